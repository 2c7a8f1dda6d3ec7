// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// What a window knows of itself, in memory of its own.
///
/// Every operation reads it. As stored properties of the class these would cost a check of exclusive access each.
@usableFromInline
struct WindowState {
  /// What lets this rank reach others now.
  enum Epoch {
    /// Nothing does.
    case none
    /// A fence was called, and may be followed by operations.
    case fence
    /// Locks of single targets.
    case locks
    /// One lock of all.
    case lockAll
    /// `accessing(_:)`.
    case access
  }

  /// Whether every rank can be reached now.
  @usableFromInline var isOpenToAll: CInt = 0
  /// Whether what is in flight can be completed by a flush: inside locks.
  @usableFromInline var isPassive: CInt = 0
  /// Whether there were operations since the epoch began.
  @usableFromInline var hasOperations: CInt = 0
  /// Which ranks can be reached now, where not all can.
  @usableFromInline let isOpen: UnsafeMutablePointer<UInt8>
  /// The number of elements of each rank.
  @usableFromInline let counts: UnsafeMutablePointer<Int>
  /// How many bytes each rank's first element lies behind the start of its memory.
  @usableFromInline let shifts: UnsafeMutablePointer<Int>
  /// Where values lie until MPI has read them.
  @usableFromInline var staging: UnsafeMutableRawPointer
  /// How many bytes of it are in use.
  @usableFromInline var staged = 0

  var epoch = Epoch.none
  /// How many single locks there are.
  var locks = 0
  /// Whether this rank is inside `exposed(to:)`.
  var isExposed = false
  /// How many epochs have ended in which a get may have been deferred.
  var ended = 0
  /// How many closures have spans of the memory.
  var spans = 0
  /// Whether it was given back.
  @usableFromInline var isFreed = false
  /// Whether an epoch could not be ended, for the program threw inside of it.
  var isBroken = false

  /// How many bytes there are for values.
  @usableFromInline static var capacity: Int { 4096 }

  init(size: Int) {
    isOpen = .allocate(capacity: size)
    isOpen.initialize(repeating: 0, count: size)
    counts = .allocate(capacity: size)
    counts.initialize(repeating: 0, count: size)
    shifts = .allocate(capacity: size)
    shifts.initialize(repeating: 0, count: size)
    staging = Self.newStaging()
  }

  static func newStaging() -> UnsafeMutableRawPointer { .allocate(byteCount: capacity, alignment: 64) }

  func deallocate() {
    isOpen.deallocate()
    counts.deallocate()
    shifts.deallocate()
    staging.deallocate()
  }

  /// Notes that an epoch has begun.
  mutating func begin(_ epoch: Epoch) {
    self.epoch = epoch
    isOpenToAll = epoch == .fence || epoch == .lockAll ? 1 : 0
    isPassive = epoch == .locks || epoch == .lockAll ? 1 : 0
    hasOperations = 0
  }
}

/// Memory that MPI reads or fills until an epoch ends.
final class KeptMemory {
  private let start: UnsafeMutableRawPointer

  init(_ start: UnsafeMutableRawPointer) { self.start = start }

  deinit { start.deallocate() }
}

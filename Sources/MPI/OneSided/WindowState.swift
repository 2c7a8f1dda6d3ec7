// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// What a window knows of itself, in memory of its own.
///
/// Every operation reads it. As stored properties of the class these would cost a check of exclusive access each.
@usableFromInline
struct WindowState {
  /// The kind of an epoch.
  enum Epoch {
    /// There is none.
    case none
    /// `fenced`.
    case fence
    /// `locked`, once or more.
    case locks
    /// `lockedAll`.
    case lockAll
    /// `accessing`.
    case access
  }

  /// Which ranks are reached by `locked` and `accessing`.
  @usableFromInline let isReached: UnsafeMutablePointer<UInt8>
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
  /// Whether this rank is inside `exposed(to:)` or `pollExposed(to:)`.
  var isExposed = false
  /// How many epochs have ended in which a get may have been deferred.
  var ended = 0
  /// How many closures have spans of the memory.
  var spans = 0
  /// Whether it was given back.
  @usableFromInline var isFreed = false
  /// Whether an epoch was not ended, because an error was thrown inside of it.
  var isBroken = false

  /// How many bytes there are for values.
  @usableFromInline static var capacity: Int { 4096 }

  init(size: Int) {
    isReached = .allocate(capacity: size)
    isReached.initialize(repeating: 0, count: size)
    counts = .allocate(capacity: size)
    counts.initialize(repeating: 0, count: size)
    shifts = .allocate(capacity: size)
    shifts.initialize(repeating: 0, count: size)
    staging = Self.newStaging()
  }

  static func newStaging() -> UnsafeMutableRawPointer { .allocate(byteCount: capacity, alignment: 64) }

  func deallocate() {
    isReached.deallocate()
    counts.deallocate()
    shifts.deallocate()
    staging.deallocate()
  }
}

/// Memory that MPI reads or fills until an epoch ends.
final class KeptMemory {
  private let start: UnsafeMutableRawPointer

  init(_ start: UnsafeMutableRawPointer) { self.start = start }

  deinit { start.deallocate() }
}

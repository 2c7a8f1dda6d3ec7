// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

/// A set of processes that can talk to each other, each with a rank from 0 to `size - 1`.
///
/// Every operation of MPI is a method of a communicator. Messages of one communicator never meet those of another.
///
/// ```swift
/// try withMPI { world in
///   let mean = try world.allReduce(sample, .sum) / Double(world.size)
/// }
/// ```
///
/// **Collective operations** are called by every rank of the communicator, in the same order. **Point-to-point**
/// operations go from one rank to another.
///
/// A communicator made by ``duplicate(file:line:)``, ``split(color:key:file:line:)->Communicator`` and the like is
/// freed when its last reference goes, and never after MPI has ended.
///
/// C: `MPI_Comm`. MPI-3.1, chapter 6.
public class Communicator: @unchecked Sendable {
  /// Which side frees the handle.
  enum Ownership {
    /// MPI's own: never freed.
    case predefined
    /// Owned elsewhere: never freed here.
    case borrowed
    /// Ours: freed with the last reference.
    case owned
  }

  /// The handle, for C libraries that take an `MPI_Comm`. It is valid as long as this object lives.
  public final let rawValue: MPI_Comm

  /// This process's rank in the communicator, from 0 to `size - 1`.
  ///
  /// C: `MPI_Comm_rank`. MPI-3.1, section 6.4.1.
  public final let rank: Int

  /// The number of processes in the communicator.
  ///
  /// C: `MPI_Comm_size`. MPI-3.1, section 6.4.1.
  public final let size: Int

  /// The number of processes that messages can go to: `size`, or that of the remote group of an intercommunicator.
  @usableFromInline final let peerCount: Int

  /// Whether the handle is that of an intercommunicator, within an ``InterCommunicator``.
  final let isInter: Bool

  /// The largest tag that a message can have, at least 32,767.
  ///
  /// C: `MPI_TAG_UB`. MPI-3.1, section 8.1.2.
  public final let largestTag: Int

  /// 0 if calls go straight to MPI; see `Attention.swift`. It lies beside what every call reads.
  ///
  /// It is read by no atomic operation, which costs an instruction more: a program makes no collective call at the
  /// moment when it begins or ends a loop or a pool on the same communicator.
  @exclusivity(unchecked) @usableFromInline final var attention: CInt

  private final var ownership: Ownership
  /// In checked mode, its number among what was made.
  private final let leak: Int
  /// The windows that its ranks have made and not freed.
  final let windows = WindowLedger()
  /// What ``isTimeUp`` has made; the communicator has it as an attribute, too, which takes longer to find.
  @exclusivity(unchecked) final var knownTimeAgreement: TimeAgreement?
  /// Checked mode's duplicate, on which the ranks compare their calls.
  private final let duplicateForChecks = Mutex(Shadow())

  /// - Parameters:
  ///   - operation: what made it.
  ///   - site: where the program made it, for checked mode.
  ///   - isInter: whether the handle is that of an intercommunicator.
  ///   - isCollective: whether all ranks are making it at this moment.
  init(
    _ handle: MPI_Comm, ownership: Ownership, _ operation: StaticString = "", _ site: CallSite? = nil,
    isInter: Bool = false, isCollective: Bool = true
  ) throws(MPIError) {
    if ownership == .owned { Runtime.releaseWaiting() }
    // Without this an error ends the job with MPI's own message, and nothing can be thrown.
    try MPI.check(MPI_Comm_set_errhandler(handle, CMPI_ERRORS_RETURN), "Communicator.init")
    var rank: CInt = 0
    var size: CInt = 0
    try MPI.check(MPI_Comm_rank(handle, &rank), "Communicator.init")
    try MPI.check(MPI_Comm_size(handle, &size), "Communicator.init")
    var peerCount = size
    if isInter { try MPI.check(MPI_Comm_remote_size(handle, &peerCount), "Communicator.init") }
    if ownership == .owned { CommunicatorRoom.note(handle) }
    self.rawValue = handle
    self.rank = Int(rank)
    self.size = Int(size)
    self.peerCount = Int(peerCount)
    self.isInter = isInter
    self.largestTag = Self.tagUpperBound(of: handle)
    self.ownership = ownership
    self.attention = CheckedMode.isOn ? Self.attentionOfChecks : 0
    self.leak = site.map { Leaks.add("a communicator of \(operation)", $0) } ?? 0
    // Made now, if all ranks are making this one; of a borrowed one only when all ranks make their first call.
    if isChecked && ownership != .borrowed && isCollective && !isInter { _ = try shadow() }
  }

  /// A communicator that is owned elsewhere, for example by a C library that uses MPI. It is not freed.
  ///
  /// Its error handler becomes `MPI_ERRORS_RETURN`, so that errors can be thrown.
  ///
  /// C: `MPI_Comm`, `MPI_Comm_test_inter`. MPI-3.1, sections 6.4 and 6.6.1.
  ///
  /// - Parameter handle: an intracommunicator that outlives this object.
  /// - Throws: ``ErrorClass/communicator`` if the handle is `MPI_COMM_NULL`, or that of an intercommunicator.
  public convenience init(borrowing handle: MPI_Comm) throws(MPIError) {
    try Self.refuseNull(handle)
    guard try !Self.isInter(handle) else {
      throw MPIError(
        .communicator, "the handle is that of an intercommunicator: use InterCommunicator(borrowing:)",
        operation: "Communicator.init(borrowing:)")
    }
    try self.init(handle, ownership: .borrowed)
  }

  deinit {
    Leaks.remove(leak)
    if let shadow = duplicateForChecks.withLock({ $0 }).value { Runtime.release(.communicator(shadow)) }
    if ownership == .owned { Runtime.release(.communicator(rawValue)) }
  }

  /// A handle that may move between threads.
  private struct Shadow: @unchecked Sendable {
    var value: MPI_Comm?
  }

  /// In checked mode, the communicator of the same ranks that only comparisons use; nil if there is no other rank to
  /// compare with. Collective at the first call.
  final func shadow() throws(MPIError) -> MPI_Comm? {
    if size == 1 { return nil }
    if let known = duplicateForChecks.withLock({ $0 }).value { return known }
    return isInter ? nil : try makeShadow(of: rawValue)
  }

  /// In checked mode, makes the communicator for comparisons of the ranks of another. Collective over those.
  @discardableResult
  final func makeShadow(of original: MPI_Comm) throws(MPIError) -> MPI_Comm? {
    let made = Shadow(value: try makeChannel(of: original, "checked mode"))
    duplicateForChecks.withLock { $0 = made }
    return made.value
  }

  /// Whether the handle is owned elsewhere.
  final var isBorrowed: Bool {
    if case .borrowed = ownership { true } else { false }
  }

  /// Whether it is one that MPI makes itself, and that is never freed.
  final var isPredefined: Bool { rawValue == CMPI_COMM_WORLD || rawValue == CMPI_COMM_SELF }

  /// Notes for checked mode that a library keeps this one as long as another communicator lives, and so need not give
  /// it back.
  package final func isKeptByLibrary() { Leaks.remove(leak) }

  /// Leaves the handle alone from now on: it was freed elsewhere.
  final func forgetHandle() { ownership = .predefined }

  /// In checked mode, that communicator if it has been made. No message is sent.
  final var knownShadow: MPI_Comm? { duplicateForChecks.withLock { $0 }.value }

  /// Whether this is rank 0, the root of an operation unless another is named.
  public final var isRoot: Bool { rank == 0 }

  /// Every process of the job.
  ///
  /// It exists while MPI runs, that is inside ``withMPI(threads:_:)-1yg5a``, which hands it over.
  ///
  /// C: `MPI_COMM_WORLD`. MPI-3.1, section 6.2.4.
  public static var world: Communicator { running(Runtime.world, "world") }

  /// This process alone.
  ///
  /// C: `MPI_COMM_SELF`. MPI-3.1, section 6.2.4.
  public static var itself: Communicator { running(Runtime.itself, "itself") }

  /// The name, for messages. A longer one than MPI takes is cut: Open MPI takes 63 bytes, MPICH 127.
  ///
  /// C: `MPI_Comm_get_name`, `MPI_Comm_set_name`. MPI-3.1, section 6.8.
  public final var name: String {
    get {
      let name = cString(capacity: Int(CMPI_MAX_OBJECT_NAME)) { MPI_Comm_get_name(rawValue, $0, $1) } ?? ""
      return name.isEmpty ? "a communicator" : name
    }
    set {
      var short = newValue
      while short.utf8.count >= Int(CMPI_MAX_OBJECT_NAME) { short.removeLast() }
      _ = short.withCString { MPI_Comm_set_name(rawValue, $0) }
    }
  }

  /// The block of `count` things, in rank order and as even as can be, that falls to a rank.
  ///
  /// The first `count % size` ranks have one more than the others. ``scatter(_:root:counts:file:line:)`` hands out
  /// arrays in this way. No message is sent.
  ///
  /// - Parameters:
  ///   - count: how many things there are in all.
  ///   - rank: the rank whose block it is; this one unless given.
  /// - Returns: the range of their indices, empty if there are fewer things than ranks.
  public final func block(of count: Int, rank: Int? = nil) -> Range<Int> {
    let rank = rank ?? self.rank
    demand(count >= 0, "block(of:) needs a count of 0 or more, and was given \(count)")
    demand((0..<size).contains(rank), "block(of:rank:) needs a rank below \(size), and was given \(rank)")
    let (share, extra) = count.quotientAndRemainder(dividingBy: size)
    let start = rank * share + min(rank, extra)
    return start..<start + share + (rank < extra ? 1 : 0)
  }

  private static func running(_ communicator: Communicator?, _ what: StaticString) -> Communicator {
    guard let communicator else {
      if Lifetime.isReplaced {
        misuse("Communicator.\(what) was used by a task in a process of its own, which has no MPI: see TaskIsolation")
      }
      misuse(
        "Communicator.\(what) was used before withMPI: use it inside withMPI { … }, or after the first one of this process"
      )
    }
    return communicator
  }

  /// Whether a handle is that of an intercommunicator.
  static func isInter(_ handle: MPI_Comm) throws(MPIError) -> Bool {
    var flag: CInt = 0
    try MPI.check(MPI_Comm_test_inter(handle, &flag), "Communicator.init(borrowing:)")
    return flag != 0
  }

  private static func refuseNull(_ handle: MPI_Comm) throws(MPIError) {
    guard handle != CMPI_COMM_NULL else {
      throw MPIError(.communicator, "the handle is MPI_COMM_NULL", operation: "Communicator.init(borrowing:)")
    }
  }

  private static func tagUpperBound(of handle: MPI_Comm) -> Int {
    var value: UnsafeMutableRawPointer? = nil
    var found: CInt = 0
    guard MPI_Comm_get_attr(handle, CMPI_TAG_UB, &value, &found) == 0, found != 0, let value else { return 32_767 }
    return Int(value.load(as: CInt.self))
  }
}

extension Communicator: CustomStringConvertible {
  /// The name, and this process's place in it.
  public var description: String { "\(name) (rank \(rank) of \(size))" }
}

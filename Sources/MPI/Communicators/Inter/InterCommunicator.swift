// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Two groups of processes that talk across: each rank sends to, and receives from, the ranks of the other group.
///
/// A process is in one group, the local one, in which it has its ``rank``. Every rank that an operation names is one of
/// the other group, the remote one.
///
/// ```swift
/// let workers = try world.spawn("worker", count: 4)
/// try workers.broadcast(settings, localRoot: 0)        // from rank 0 of this group to all of the other
/// let report: [Double] = try workers.receive(from: 2)  // from rank 2 of the other group
/// ```
///
/// Of the collective operations, those with a root have two forms. In the group of the root every rank gives which of
/// them it is, by `localRoot:`; in the other group every rank names it by `remoteRoot:`. Data never stay in a group.
///
/// It is made by ``Communicator/intercommunicator(localLeader:peer:remoteLeader:tag:file:line:)``, by
/// ``Communicator/spawn(_:arguments:count:root:info:file:line:)``, and by
/// ``Communicator/accept(on:root:info:file:line:)``; a process that was spawned finds it as ``MPIEnvironment/parent``.
/// It is freed when its last reference goes, and never after MPI has ended.
///
/// C: `MPI_Comm`. MPI-3.1, section 6.6.
public final class InterCommunicator: @unchecked Sendable {
  /// What reaches the remote ranks; nil after ``disconnect(file:line:)``.
  @usableFromInline private(set) var core: Communicator?

  /// This process's rank in the local group, from 0 to `size - 1`.
  ///
  /// C: `MPI_Comm_rank`. MPI-3.1, section 6.6.1.
  public let rank: Int

  /// The number of processes in the local group.
  ///
  /// C: `MPI_Comm_size`. MPI-3.1, section 6.6.1.
  public let size: Int

  /// The number of processes in the remote group.
  ///
  /// C: `MPI_Comm_remote_size`. MPI-3.1, section 6.6.1.
  public let remoteSize: Int

  /// Of an intercommunicator that a spawn made: for each process that was asked for, the error for which it could not
  /// be started, or nil if it was. Else empty.
  ///
  /// MPI starts all of them or none, unless a hint such as `soft` allows fewer.
  public let startErrors: [MPIError?]

  /// The largest tag that a message can have.
  ///
  /// C: `MPI_TAG_UB`. MPI-3.1, section 8.1.2.
  public let largestTag: Int

  /// - Parameter local: a communicator of the local group, for the comparisons of checked mode. All of its ranks are
  ///   making this one at this moment.
  init(
    _ handle: MPI_Comm, ownership: Communicator.Ownership, local: Communicator?, startErrors: [MPIError?] = [],
    _ operation: StaticString = "", _ site: CallSite? = nil
  ) throws(MPIError) {
    let core = try Communicator(handle, ownership: ownership, operation, site, isInter: true)
    if let local, core.isChecked, core.size > 1 { try core.makeShadow(of: local.rawValue) }
    self.core = core
    self.rank = core.rank
    self.size = core.size
    self.remoteSize = core.peerCount
    self.largestTag = core.largestTag
    self.startErrors = startErrors
  }

  /// An intercommunicator that is owned elsewhere, for example by a C library that uses MPI. It is not freed.
  ///
  /// Its error handler becomes `MPI_ERRORS_RETURN`, so that errors can be thrown.
  ///
  /// C: `MPI_Comm`, `MPI_Comm_test_inter`. MPI-3.1, sections 6.4 and 6.6.1.
  ///
  /// - Parameter handle: an intercommunicator that outlives this object.
  /// - Throws: ``ErrorClass/communicator`` if the handle is `MPI_COMM_NULL`, or not that of an intercommunicator.
  public convenience init(borrowing handle: MPI_Comm) throws(MPIError) {
    var isInter = false
    if handle != CMPI_COMM_NULL { isInter = try Communicator.isInter(handle) }
    guard isInter else {
      throw MPIError(
        .communicator, "the handle is not that of an intercommunicator", operation: "InterCommunicator.init(borrowing:)"
      )
    }
    try self.init(handle, ownership: .borrowed, local: nil)
  }

  /// The handle, for C libraries that take an `MPI_Comm`. It is valid as long as this object lives and is connected.
  public var rawValue: MPI_Comm { core.map(\.rawValue) ?? unwrapped(CMPI_COMM_NULL) }

  /// Whether this is rank 0 of the local group.
  public var isRoot: Bool { rank == 0 }

  /// Whether it was not disconnected yet.
  public var isConnected: Bool { core != nil }

  /// The name, for messages. See ``Communicator/name``.
  ///
  /// C: `MPI_Comm_get_name`, `MPI_Comm_set_name`. MPI-3.1, section 6.8.
  public var name: String {
    get { core?.name ?? "a disconnected intercommunicator" }
    set { core?.name = newValue }
  }

  /// The processes of the local group. No message is sent.
  ///
  /// C: `MPI_Comm_group`. MPI-3.1, section 6.3.2.
  public var localGroup: Group {
    get throws(MPIError) { try connected("localGroup").group }
  }

  /// The processes of the remote group. No message is sent.
  ///
  /// C: `MPI_Comm_remote_group`. MPI-3.1, section 6.6.1.
  public var remoteGroup: Group {
    get throws(MPIError) {
      let core = try connected("remoteGroup")
      var handle = CMPI_GROUP_NULL
      try core.check(MPI_Comm_remote_group(core.rawValue, &handle), "remoteGroup")
      return try Group(unwrapped(handle))
    }
  }

  /// Compares this intercommunicator with another, by both groups. No message is sent.
  ///
  /// C: `MPI_Comm_compare`. MPI-3.1, section 6.4.1.
  ///
  /// - Parameter other: the intercommunicator to compare with.
  /// - Throws: ``ErrorClass/communicator`` if one of the two was disconnected.
  public func compare(_ other: InterCommunicator) throws(MPIError) -> Comparison {
    try connected("compare").compare(other.connected("compare"))
  }

  /// What reaches the remote ranks.
  ///
  /// - Throws: ``ErrorClass/communicator`` after ``disconnect(file:line:)``.
  @inlinable @inline(__always)
  func connected(_ operation: StaticString) throws(MPIError) -> Communicator {
    guard let core else { throw disconnectedFailure(operation) }
    return core
  }

  @usableFromInline @inline(never)
  func disconnectedFailure(_ operation: StaticString) -> MPIError {
    MPIError(
      .communicator, "the intercommunicator was disconnected, and can't be used any more", operation: "\(operation)",
      communicator: name, rank: rank)
  }

  /// Gives the handle up.
  func close() {
    core?.forgetHandle()
    core = nil
  }
}

extension InterCommunicator: CustomStringConvertible {
  /// The name, and this process's place in it.
  public var description: String { "\(name) (rank \(rank) of \(size), to \(remoteSize) others)" }
}

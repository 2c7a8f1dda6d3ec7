// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Joins the ranks of this communicator and those of another to an intercommunicator.
  ///
  /// ```swift
  /// let half = try world.split(color: world.rank % 2)
  /// let across = try half.intercommunicator(peer: world, remoteLeader: 1 - world.rank % 2)
  /// ```
  ///
  /// Collective over both groups, which have no process in common. Each names a leader of its own and, by its rank in a
  /// communicator that holds both leaders, that of the other.
  ///
  /// C: `MPI_Intercomm_create`. MPI-3.1, section 6.6.2.
  ///
  /// - Parameters:
  ///   - localLeader: a rank of this communicator, the same on all its ranks.
  ///   - peer: a communicator of both leaders, such as the world.
  ///   - remoteLeader: the rank in `peer` of the other group's leader, the same on all ranks of this group.
  ///   - tag: distinguishes it from others that the leaders make at the same time; the same on both sides.
  /// - Throws: ``ErrorClass/rank`` for a leader out of range, or a remote leader that is in this group;
  ///   ``ErrorClass/tag``.
  public final func intercommunicator(
    localLeader: Int = 0, peer: Communicator, remoteLeader: Int, tag: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> InterCommunicator {
    let operation: StaticString = "intercommunicator"
    try enterCollective(operation, Never.self, root: localLeader, file, line)
    try prepare(operation) { () throws(MPIError) in
      try require(
        (0..<size).contains(localLeader), .rank, operation,
        "local leader \(localLeader) is out of range: this communicator has ranks 0 to \(size - 1)")
      try require(
        (0..<peer.size).contains(remoteLeader), .rank, operation,
        "remote leader \(remoteLeader) is out of range: the peer communicator has ranks 0 to \(peer.size - 1)")
      try peer.checkTag(tag, operation)
      try require(
        peer.group.translate([remoteLeader], to: group)[0] == nil, .rank, operation,
        "remote leader \(remoteLeader) of the peer communicator is in this group: name a process of the other group")
    }
    var handle = CMPI_COMM_NULL
    try check(
      MPI_Intercomm_create(
        rawValue, CInt(localLeader), peer.rawValue, CInt(remoteLeader), CInt(tag), &handle), operation)
    return try InterCommunicator(
      unwrapped(handle), ownership: .owned, local: self, operation, CallSite(file, line))
  }
}

extension InterCommunicator {
  /// One communicator of the processes of both groups.
  ///
  /// Collective over both groups.
  ///
  /// C: `MPI_Intercomm_merge`. MPI-3.1, section 6.6.2.
  ///
  /// - Parameter high: whether the ranks of this group come after those of the other; the same on all ranks of a group.
  ///   If both groups pass the same, MPI chooses.
  /// - Throws: ``ErrorClass/communicator`` after ``disconnect(file:line:)``; else what MPI reports.
  public func merge(
    high: Bool, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Communicator {
    let core = try connected("merge")
    try core.enterCollective("merge", Never.self, count: high ? 1 : 0, file, line)
    var handle = CMPI_COMM_NULL
    try core.check(MPI_Intercomm_merge(core.rawValue, high ? 1 : 0, &handle), "merge")
    return try Communicator(unwrapped(handle), ownership: .owned, "merge", CallSite(file, line))
  }

  /// An intercommunicator of the same two groups, whose messages never meet this one's.
  ///
  /// Collective over both groups.
  ///
  /// C: `MPI_Comm_dup`. MPI-3.1, section 6.4.2.
  ///
  /// - Throws: ``ErrorClass/communicator`` after ``disconnect(file:line:)``; else what MPI reports.
  public func duplicate(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> InterCommunicator {
    let core = try connected("duplicate")
    try core.enterCollective("duplicate", Never.self, file, line)
    var handle = CMPI_COMM_NULL
    try core.check(MPI_Comm_dup(core.rawValue, &handle), "duplicate")
    let made = try InterCommunicator(
      unwrapped(handle), ownership: .owned, local: nil, "duplicate", CallSite(file, line))
    if let shadow = try core.shadow() { try made.core?.makeShadow(of: shadow) }
    return made
  }

  /// Waits until all that was sent is received, and parts the two groups; then nothing can be sent any more.
  ///
  /// Processes that one of them spawned, or that found each other by a port, are independent of each other from then
  /// on: neither waits for the other at the end of MPI.
  ///
  /// Collective over both groups. Requests on it must have been waited for. A second call does nothing.
  ///
  /// C: `MPI_Comm_disconnect`. MPI-3.1, section 10.5.4.
  ///
  /// - Throws: ``ErrorClass/communicator`` for a borrowed one, which is owned elsewhere.
  public func disconnect(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    guard let core else { return }
    try core.require(
      !core.isBorrowed, .communicator, "disconnect", "it was borrowed: whoever made it must disconnect it")
    try core.enterCollective("disconnect", Never.self, file, line)
    var handle = CMPI_COMM_NULL
    handle = core.rawValue
    let code = MPI_Comm_disconnect(&handle)
    if code == 0 {
      if core.isChecked { CallRecord.end() }
      Runtime.forgetParent(self)
      close()
    } else {
      try core.check(code, "disconnect")
    }
  }
}

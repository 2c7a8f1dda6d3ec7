// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Makes the communicator useless on every rank: what is in flight on it ends with ``ErrorClass/revoked``, and so
  /// does all that is begun later.
  ///
  /// Not collective: one rank calls it, and the others learn of it wherever they wait. So a rank that has found a
  /// failure brings those together that have not. ``shrink(file:line:)`` and ``agree(_:file:line:)-(Int,_,_)`` go on
  /// working. What was made of this communicator, by ``duplicate(file:line:)`` and the like, is not revoked with it.
  ///
  /// > Important: Open MPI 5.0 crashes on a rank that is still in the call that makes the communicator. After one that was
  /// > just made, ``agree(_:file:line:)-(Bool,_,_)`` before it can come to a `revoke`, as ``surviving(file:line:_:)`` does.
  ///
  /// C: `MPIX_Comm_revoke`. Open MPI 5.0, "ULFM".
  ///
  /// - Throws: ``ErrorClass/notSupported``, as ``failedRanks`` does.
  public final func revoke(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try MPIEnvironment.require(.faultTolerance, "revoke")
    enter("revoke", file, line)
    // Ranks may be waiting in checked mode's comparison of a call, and not in the call.
    if let shadow = knownShadow { _ = cmpi_comm_revoke(shadow) }
    try check(cmpi_comm_revoke(rawValue), "revoke")
  }

  /// A communicator of the ranks that live, in the same order.
  ///
  /// Collective over these: it waits for them alone. The communicator may be revoked. A rank that fails
  /// meanwhile may be in the new one.
  ///
  /// ```swift
  /// do {
  ///   total = try world.allReduce(part, .sum)
  /// } catch {
  ///   guard error.isProcessFailure else { throw error }
  ///   try world.revoke()              // ranks that wait for others
  ///   let rest = try world.shrink()   // comes here too
  /// }
  /// ```
  ///
  /// C: `MPIX_Comm_shrink`. Open MPI 5.0, "ULFM".
  ///
  /// - Throws: ``ErrorClass/notSupported``, as ``failedRanks`` does.
  public final func shrink(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Communicator {
    try MPIEnvironment.require(.faultTolerance, "shrink")
    enter("shrink", file, line)
    var handle = CMPI_COMM_NULL
    try check(cmpi_comm_shrink(rawValue, &handle), "shrink")
    return try Communicator(unwrapped(handle), ownership: .owned)
  }
}

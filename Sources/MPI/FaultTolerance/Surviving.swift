// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Does something on the ranks that live: when one fails, the others do it again without it.
  ///
  /// ```swift
  /// var step = 0                             // what the ranks keep lives outside
  /// var field = initial
  /// try world.surviving { ranks in
  ///   try restore(&field, &step, on: ranks)  // of a copy that each rank keeps, or of a file
  ///   while step < 1000 { try advance(&field, &step, on: ranks) }
  /// }
  /// ```
  ///
  /// Collective. The body is given a communicator of the ranks that live, in their order, and with new numbers; that of
  /// the first run has all of them. If it throws ``ErrorClass/processFailed`` or ``ErrorClass/revoked`` on any rank, or
  /// a rank is lost before all have done it, it runs again, on all ranks that are left, those too that had come to its
  /// end: so it begins with what is known, and may be repeated. If all have done it, all return.
  ///
  /// - A communicator that the body makes of the one it is given is one that the body revokes, in a `catch`, where
  ///   ranks may wait on it: see ``revoke(file:line:)``.
  /// - What else the body throws is thrown on that rank, at once, as everywhere: inside `withMPI` it ends the job.
  ///
  /// Each run costs a `shrink` and an `agree` before it, and an `agree` after it.
  ///
  /// C: `MPIX_Comm_revoke`, `MPIX_Comm_agree`, `MPIX_Comm_shrink`. Open MPI 5.0, "ULFM".
  ///
  /// - Parameter body: what is done. It must not let the communicator out.
  /// - Returns: what the body returns, of the run that all ranks have done.
  /// - Throws: ``ErrorClass/notSupported`` if MPI can't go on when a rank fails: see
  ///   ``MPIEnvironment/Feature/faultTolerance``.
  public final func surviving<Result>(
    file: StaticString = #fileID, line: Int = #line, _ body: (Communicator) throws -> Result
  ) throws -> Result {
    try MPIEnvironment.require(.faultTolerance, "surviving")
    while true {
      let ranks = try shrink(file: file, line: line)
      ranks.name = "the survivors of \(name)"
      // `Fault.revokeWhileMakingCrashes`: now all have made it.
      guard try ranks.allHaveDone(true, file, line) else { continue }
      do {
        let result = try body(ranks)
        if try ranks.allHaveDone(true, file, line) { return result }
      } catch let error as MPIError where error.isProcessFailure {
        try ranks.revoke(file: file, line: line)
        // Ranks that came to the end of the body wait for an answer.
        _ = try ranks.allHaveDone(false, file, line)
      }
    }
  }

  /// Whether all ranks came to the end and none has failed: the same answer on all that live.
  private final func allHaveDone(_ done: Bool, _ file: StaticString, _ line: Int) throws(MPIError) -> Bool {
    do {
      return try agree(done, file: file, line: line)
    } catch {
      guard error.errorClass == .processFailed else { throw error }
      return false
    }
  }
}

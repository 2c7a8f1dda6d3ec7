// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Uses MPI without a world: begins a session, hands it to `body`, and ends it.
///
/// A library takes one to use MPI on its own, whether or not the program runs inside `withMPI`:
///
/// ```swift
/// try withSession { session in
///   let everybody = try session.group(of: "mpi://WORLD")
///   let ranks = try session.communicator(from: everybody, tag: "org.example.solver")
///   let sum = try ranks.allReduce(part, .sum)
/// }
/// ```
///
/// Every operation works on a communicator that is made so. ``Communicator/world`` and ``Communicator/itself`` are not
/// there, unless the program is inside ``withMPI(threads:_:)-1yg5a``.
///
/// **Where nothing of MPI runs yet**, this call is the program's: if `body` throws, a message on standard error names
/// the process and the error, and the process ends with a nonzero status, upon which the launcher ends the others. Each
/// process that throws prints its error: without a world they can't notify each other. When the call returns, MPI has
/// ended, and it can't be started again in this process. A `withMPI` inside it goes on until then.
///
/// **Where MPI runs already**, in `withMPI` or in another session, what `body` throws is thrown to the caller, and any
/// number of sessions can follow each other.
///
/// In checked mode the ranks compare their calls, but without a world calls that wait too long are not found.
///
/// C: `MPI_Session_init`, `MPI_Session_finalize`. MPI-4.0, section 11.3.
///
/// - Parameters:
///   - threads: how the program's threads will use MPI. It is the hint `thread_level`.
///   - info: further hints to MPI.
///   - body: the program. It must not let a communicator out.
/// - Returns: what `body` returns.
/// - Throws: ``ErrorClass/notSupported`` if the MPI at hand has no sessions: see ``MPIEnvironment/Feature/sessions``;
///   ``ErrorClass/environment`` if MPI was ended before in this process, or gives a lower thread level.
@discardableResult
public func withSession<Result>(
  threads: ThreadLevel = .single, info: [String: String] = [:], _ body: (borrowing Session) throws -> Result
) throws -> Result {
  try MPIEnvironment.require(.sessions, "withSession")
  let isOurs = try Runtime.willBeginSession()
  let session = try Session(threads, info)
  let result: Result
  do {
    try session.requireThreadLevel(threads)
    result = try body(session)
  } catch {
    if isOurs { JobFailure.end(with: error) }
    try? session.end()
    throw error
  }
  try end(session, isOurs)
  return result
}

/// Uses MPI without a world, asynchronously: begins a session, hands it to `body`, and ends it.
///
/// As the blocking form, with the caller's isolation. Child tasks run on other threads, so the default thread level is
/// ``ThreadLevel/multiple``.
///
/// C: `MPI_Session_init`, `MPI_Session_finalize`. MPI-4.0, section 11.3.
///
/// - Parameters:
///   - threads: how the program's threads will use MPI. It is the hint `thread_level`.
///   - info: further hints to MPI.
///   - body: the program. It must not let a communicator out.
/// - Returns: what `body` returns.
/// - Throws: ``ErrorClass/notSupported`` if the MPI at hand has no sessions: see ``MPIEnvironment/Feature/sessions``;
///   ``ErrorClass/environment`` if MPI was ended before in this process, or gives a lower thread level. If MPI ran
///   before this call, what `body` throws.
@discardableResult
public nonisolated(nonsending) func withSession<Result>(
  threads: ThreadLevel = .multiple, info: [String: String] = [:],
  _ body: nonisolated(nonsending) (borrowing Session) async throws -> Result
) async throws -> Result {
  try MPIEnvironment.require(.sessions, "withSession")
  let isOurs = try Runtime.willBeginSession()
  let session = try Session(threads, info)
  let result: Result
  do {
    try session.requireThreadLevel(threads)
    result = try await body(session)
  } catch {
    if isOurs { JobFailure.end(with: error) }
    try? session.end()
    throw error
  }
  try end(session, isOurs)
  return result
}

/// Ends a session, and all of MPI if nothing ran before it.
private func end(_ session: consuming Session, _ isOurs: Bool) throws(MPIError) {
  try session.end()
  guard isOurs else { return }
  guard let world = Runtime.world else { return CheckedMode.endWithoutWorld() }
  // A world that was started inside.
  CheckedMode.end(world)
  Lifetime.finalize()
}

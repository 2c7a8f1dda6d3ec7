// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Runs a program on every rank: starts MPI, and hands the world to `body`.
///
/// ```swift
/// @main
/// struct Hello {
///   static func main() throws {
///     try withMPI { world in
///       print("rank \(world.rank) of \(world.size)")
///     }
///   }
/// }
/// ```
///
/// Under `mpiexec -n 4` there are four ranks; alone, with no launcher, there is one.
///
/// **If `body` throws on any rank, the job ends**: one message on standard error names rank, host and error, and every
/// process ends with a nonzero status within seconds, those that wait in MPI too. This call does not return then. So an
/// error that the program can deal with is caught inside `body`.
///
/// **MPI stays up until the process ends**, so that one `withMPI` can follow another: MPI itself can be started only
/// once. When the process exits, the ranks wait for one another, without using their cores, and finalize. A process
/// that calls `exit` before `body` has returned ends the job with an error.
///
/// **What was printed and can't be written** (a full disk, a closed output) is an error when the process exits.
/// `SIGUSR1` and `SIGUSR2` no longer end the process, and a trap prints one line, unless the program has handlers of
/// its own.
///
/// If MPI runs already (inside another `withMPI`, or started by a C library) this call neither starts nor ends it, and
/// what `body` throws is thrown to the caller. Inside a session it starts it, and the end of the session ends it.
///
/// C: `MPI_Init`, `MPI_Init_thread`, `MPI_Finalize`, `MPI_Abort`. MPI-3.1, sections 8.7 and 12.4.3.
///
/// - Parameters:
///   - threads: how the program's threads will use MPI. The first call of a process decides. What was given is
///     ``MPIEnvironment/threadLevel``. With the default, the thread that makes this call makes all calls of MPI; loops
///     of `MPITasks` compute on other threads all the same. A higher level costs a small message some 30 % with Open
///     MPI 4.1.
///   - body: the program.
/// - Returns: what `body` returns.
/// - Throws: ``MPIError`` of the class ``ErrorClass/environment`` if MPI was ended before in this process, by a C
///   library or with a session, or if an earlier call has started it with a lower thread level.
@discardableResult
public func withMPI<Result>(
  threads: ThreadLevel = .single, _ body: (Communicator) throws -> Result
) throws -> Result {
  if Lifetime.isPassedOver(Result.self) { return () as! Result }
  let isOutermost = try beginOrEndJob(threads)
  let result: Result
  do {
    result = try body(.world)
  } catch {
    if isOutermost { JobFailure.end(with: error) }
    Lifetime.end(isOutermost: false)
    throw error
  }
  Lifetime.end(isOutermost: isOutermost)
  return result
}

/// Runs an asynchronous program on every rank: starts MPI, and hands the world to `body`.
///
/// As the blocking form, with the caller's isolation: from an `async` `main`, `body` begins on the main thread. Child
/// tasks run on other threads, so the default thread level is ``ThreadLevel/multiple``.
///
/// > Important: A blocking call of MPI in a child task keeps one of the few threads of Swift's pool. Two tasks that wait
/// > for one another that way on two cores wait forever.
///
/// C: `MPI_Init`, `MPI_Init_thread`, `MPI_Finalize`, `MPI_Abort`. MPI-3.1, sections 8.7 and 12.4.3.
///
/// - Parameters:
///   - threads: how the program's threads will use MPI. The first call of a process decides.
///   - body: the program.
/// - Returns: what `body` returns.
/// - Throws: ``MPIError`` of the class ``ErrorClass/environment`` if MPI was ended before in this process, by a C
///   library or with a session, or if an earlier call has started it with a lower thread level. If MPI ran before this
///   call, what `body` throws.
@discardableResult
public nonisolated(nonsending) func withMPI<Result>(
  threads: ThreadLevel = .multiple, _ body: nonisolated(nonsending) (Communicator) async throws -> Result
) async throws -> Result {
  if Lifetime.isPassedOver(Result.self) { return () as! Result }
  let isOutermost = try beginOrEndJob(threads, spareThreads: 2)
  let result: Result
  do {
    result = try await body(.world)
  } catch {
    if isOutermost { JobFailure.end(with: error) }
    Lifetime.end(isOutermost: false)
    throw error
  }
  Lifetime.end(isOutermost: isOutermost)
  return result
}

/// Starts MPI; if MPI has started but can't be used as asked, ends the job as a throwing body would.
///
/// - Parameter spareThreads: how many threads the system must be able to give beside those of MPI.
private func beginOrEndJob(_ threads: ThreadLevel, spareThreads: Int = 0) throws(MPIError) -> Bool {
  do {
    let isOutermost = try Lifetime.begin(threads)
    if isOutermost { try Thread.require(spareThreads) }
    return isOutermost
  } catch {
    guard MPIEnvironment.isRunning else { throw error }
    JobFailure.end(with: error)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// Runs tasks on all ranks: rank 0 runs `body`, which hands out tasks, and every rank runs tasks until it returns.
///
/// ```swift
/// @main
/// struct Steps {
///   static func main() async throws {
///     try await withTaskPool { pool in
///       let steps = try await pool.map((1...1000).map(Collatz.init))
///       print(steps.max()!)
///     }
///   }
/// }
/// ```
///
/// Under `mpiexec -n 4` there are four ranks; alone, with no launcher, there is one, and it uses every core. Each rank
/// runs as many tasks at a time as it has a share in the cores of its machine. What rank 0 has to run does not wait for
/// ranks that come late.
///
/// It starts MPI and ends it, with `threads: .multiple`; where MPI runs already it uses that, and all ranks of
/// `communicator` make the call.
///
/// If `body` throws, this throws on rank 0, after the other ranks have been notified that there are no more tasks; they
/// return. If this call started MPI, that ends the job, as with `withMPI`.
///
/// In the body and in tasks no loop and no other pool can begin, because the other ranks don't take part: they throw an
/// error. So do collective calls on `communicator`, such as `barrier`. After it all of them can be called, and so can
/// another pool.
///
/// - Parameters:
///   - communicator: the ranks that take part; nil for the world.
///   - threads: how many tasks this rank runs at a time, from 1 to 4096; nil for its share of the cores, or what the
///     environment variable `MPI_TASKS_THREADS` sets. If the system has fewer threads to give, a warning is printed.
///   - isolation: where tasks run: on threads of the ranks, or in processes, so that a task that traps, is killed or
///     needs too much memory ends nothing but itself. If nil, the value of the environment variable
///     `MPI_TASKS_ISOLATION`, else on threads.
///   - seed: what the random numbers of tasks begin with.
///   - progress: how rank 0 reports progress and the final summary on standard error.
///   - prepare: is run on every rank before its first task; what it returns is ``TaskContext/prepared(as:)`` there. If
///     it throws on any rank, the pool can't go on: what rank 0 waits for throws ``TaskPoolError/failed(_:)``, which
///     says where.
///   - file: with `line`, the place of the call that checked mode prints.
///   - body: the program of rank 0. The other ranks never run it.
/// - Returns: what `body` returns on rank 0; nil on the others.
/// - Throws: what `body` throws; ``TaskPoolError/refused(_:)`` inside of another pool, of a task or of a loop, or for a
///   number of threads that can't be; `MPIError` if MPI fails or the system gives no thread.
@discardableResult
public nonisolated(nonsending) func withTaskPool<Result>(
  on communicator: Communicator? = nil, threads: Int? = nil, isolation: TaskIsolation? = nil, seed: UInt64 = 0,
  progress: ProgressStyle = .automatic, prepare: (@Sendable (_ rank: Int) throws -> any Sendable)? = nil,
  file: StaticString = #fileID, line: Int = #line, _ body: nonisolated(nonsending) (TaskPool) async throws -> Result
) async throws -> Result? {
  try Surroundings.refusePool()
  let call = PoolCalls.next()
  if let wanted = TaskProcessMain.call {
    // A rank has started this process for the tasks of a call. Calls before it return as on ranks other than 0.
    guard call == wanted else { return nil }
    await TaskProcessMain.run(prepare)
  }
  let options = PoolOptions(
    threads: threads,
    isolation: try PoolCalls.isolation(isolation, call, isIn: communicator != nil, isPrepared: prepare != nil),
    seed: seed, progress: progress, prepare: prepare)
  if let communicator { return try await runPool(on: communicator, options, file, line, body) }
  return try await withMPI(threads: .multiple) { world in try await runPool(on: world, options, file, line, body) }
}

/// What a pool's call asks for.
private struct PoolOptions {
  var threads: Int?
  var isolation: (where: TaskIsolation, call: Int)
  var seed: UInt64
  var progress: ProgressStyle
  var prepare: (@Sendable (_ rank: Int) throws -> any Sendable)?
}

/// The calls of `withTaskPool` in this process.
private enum PoolCalls {
  private static let count = Atomic<Int>(0)

  /// The number of a call that begins, from 1.
  static func next() -> Int { count.add(1, ordering: .relaxed).newValue }

  /// Where the tasks of a call run, and at which call a task process begins with them: see ``TaskProcessStart/call``.
  ///
  /// - Parameter isIn: whether MPI runs certainly.
  static func isolation(
    _ asked: TaskIsolation?, _ call: Int, isIn: Bool, isPrepared: Bool
  ) throws -> (TaskIsolation, Int) {
    let isolation = TaskIsolation.resolved(asked)
    #if !os(Linux)
      if isolation.settings != nil {
        throw TaskPoolError.refused("withTaskPool: task processes need Linux: use isolation: .thread")
      }
    #endif
    // A program of tests calls many functions at once, and would call all of them again.
    let isTest = _typeByName("7Testing4TestV") != nil || _typeByName("6XCTest0A4CaseC") != nil
    let isNested = isIn || Lifetime.isInBody
    guard isolation.settings != nil, isTest || isNested else { return (isolation, call) }
    guard !isPrepared else {
      throw TaskPoolError.refused(
        isTest
          ? "withTaskPool: in a program of tests, task processes can't reach `prepare`: use isolation: .thread, or no prepare"
          : "withTaskPool: \(TaskProcessMain.unreached)")
    }
    return (isolation, isTest ? 0 : TaskProcessStart.inWithMPI)
  }
}

private nonisolated(nonsending) func runPool<Result>(
  on communicator: Communicator, _ options: PoolOptions, _ file: StaticString, _ line: Int,
  _ body: nonisolated(nonsending) (TaskPool) async throws -> Result
) async throws -> Result? {
  let threads = options.threads
  if let threads, !(1...ThreadCount.limit).contains(threads) {
    throw TaskPoolError.refused("withTaskPool: threads is \(threads), and must be from 1 to \(ThreadCount.limit)")
  }
  guard MPIEnvironment.threadLevel ?? .single >= .multiple else {
    let level = MPIEnvironment.threadLevel.map { ".\($0)" } ?? "none"
    throw TaskPoolError.failed(
      "it needs MPI with threads: .multiple, and MPI runs with \(level): say withMPI(threads: .multiple)")
  }
  // One that talks MPI, one that computes, and two for the program's tasks, which would wait for theirs without a word.
  try Thread.require(4)
  var place = TaskPlace(rank: communicator.rank, rankCount: communicator.size, host: MPIEnvironment.processorName)
  place.preparation = options.prepare.map { Preparation(rank: communicator.rank, $0) }
  let exchange = try Exchange(communicator, "withTaskPool", file: file, line: line)
  communicator.occupy(for: .pool)
  defer { communicator.release(from: .pool) }
  guard communicator.rank == 0 else {
    try await PoolWorker(exchange, place: place, threads: threads, options.isolation).run()
    return nil
  }
  let dispatcher = Dispatcher(place: place, exchange.bell, options.isolation.where, call: options.isolation.call)
  let reporter = Reporter(options.progress.resolved())
  let root = PoolRoot(exchange, dispatcher, reporter, threads: threads, submitter: dispatcher.place.submitter!)
  if StoppingInTime.isOn { try root.stopInTime() }
  try root.start()
  let result: Result
  let term = Surroundings.PoolTerm()
  defer { term.end() }
  do {
    let pool = TaskPool(dispatcher: dispatcher, root: root, seed: options.seed)
    result = try await Surroundings.inside(.body(term)) { try await body(pool) }
  } catch {
    await end(dispatcher, root, reporter)
    throw error
  }
  await end(dispatcher, root, reporter)
  return result
}

private nonisolated(nonsending) func end(_ dispatcher: Dispatcher, _ root: PoolRoot, _ reporter: Reporter) async {
  dispatcher.close(TaskPoolError.poolEnded)
  await root.end()
  reporter.end(dispatcher.summary)
  for key in dispatcher.takeShared() { SharedValues.remove(key) }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

// Loops whose closure gets a context: where it runs, and random numbers of its own for each index.

extension Communicator {
  /// Calls a closure for each index of a range, with a context: random numbers of the index's own, rank, host, a log.
  ///
  /// ```swift
  /// let walks = try world.map(0..<10_000, seed: 2024) { index, context in
  ///   (0..<1000).reduce(0) { sum, _ in sum + Int.random(in: -1...1, using: &context.random) }
  /// }
  /// ```
  ///
  /// The random numbers depend on the seed and the index alone, and so the results are the same for any number of
  /// ranks.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - seed: what the random numbers of all indices begin with; the same on every rank.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: as `map` without a context.
  public final func map<Result: BitwiseCopyable>(
    _ range: Range<Int>, seed: UInt64 = 0, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Result
  ) throws -> [Result]? {
    try mapWithContexts(range, seed, schedule, .plain(), LoopDisplay(progress, label, file, line), body)
  }

  /// Calls a closure for each index of a range, with a context; the results are `Codable`.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - seed: what the random numbers of all indices begin with; the same on every rank.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an index, with its context, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if the ranks gave ranges of different lengths or different schedules, and if the schedule hands out chunks of
  ///   less than one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task,
  ///   or in the body of a pool. `MPIError` of the class `serialization` on every rank if results can't be coded.
  public final func map<Result: Codable & Sendable>(
    _ range: Range<Int>, seed: UInt64 = 0, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Result
  ) throws -> [Result]? {
    try mapWithContexts(range, seed, schedule, .coded(), LoopDisplay(progress, label, file, line), body)
  }

  /// Calls a closure for each index of a range, with a context; the results are both, and travel as they lie in memory.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - seed: what the random numbers of all indices begin with; the same on every rank.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an index, with its context, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if the ranks gave ranges of different lengths or different schedules, and if the schedule hands out chunks of
  ///   less than one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task,
  ///   or in the body of a pool.
  public final func map<Result: BitwiseCopyable & Codable & Sendable>(
    _ range: Range<Int>, seed: UInt64 = 0, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Result
  ) throws -> [Result]? {
    try mapWithContexts(range, seed, schedule, .plain(), LoopDisplay(progress, label, file, line), body)
  }

  /// Calls a closure for each index of a range, with a context, and returns when all calls have returned on every rank.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - seed: what the random numbers of all indices begin with; the same on every rank.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: what is to be done for an index, with its context, on any thread. It must not call MPI.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if the ranks gave ranges of different lengths or different schedules, and if the schedule hands out chunks of
  ///   less than one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task,
  ///   or in the body of a pool.
  public final func forEach(
    _ range: Range<Int>, seed: UInt64 = 0, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Void
  ) throws {
    let call = withContexts(seed, body)
    try runForEach(range, schedule, LoopDisplay(progress, label, file, line)) { chunk in
      try chunk.eachIndex { try call($0 + range.lowerBound) }
    }
  }

  /// Calls a closure for each index of a range, with a context, and combines the results to one, which every rank gets.
  ///
  /// As `mapReduce` without one: bit for bit the same on any number of ranks.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - seed: what the random numbers of all indices begin with; the same on every rank.
  ///   - initial: what the result begins with: it is combined once, at the left of all. The result of no indices.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - combine: makes one value of two. It must be associative; it need not be commutative.
  ///   - body: computes the value of an index, with its context, on any thread. It must not call MPI.
  /// - Returns: the combined value, on every rank.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any, or `combine` in the loop; its index is the first
  ///   of a leaf. `MPIError` of the class `serialization` on every rank if `combine` throws when the values of all
  ///   ranks are combined at rank 0. `MPIError` of the class `argument` on every rank if the ranks gave ranges of
  ///   different lengths or different schedules, and if the schedule hands out chunks of less than one index.
  ///   `MPIError` of the class `other` if this is called inside the closure of a loop, in a task, or in the body of a
  ///   pool.
  public final func mapReduce<Value: BitwiseCopyable>(
    _ range: Range<Int>, seed: UInt64 = 0, initial: Value, schedule: LoopSchedule = .adaptive,
    progress: ProgressStyle = .automatic, label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ combine: @escaping @Sendable (Value, Value) throws -> Value,
    _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Value
  ) throws -> Value {
    try mapReduce(
      range, initial: initial, schedule: schedule, progress: progress, label: label, file: file, line: line, combine,
      withContexts(seed, body))
  }

  /// Calls a closure for each index of a range, with a context, and combines the results, which are `Codable`, to one.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - seed: what the random numbers of all indices begin with; the same on every rank.
  ///   - initial: what the result begins with: it is combined once, at the left of all. The result of no indices.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - combine: makes one value of two. It must be associative; it need not be commutative.
  ///   - body: computes the value of an index, with its context, on any thread. It must not call MPI.
  /// - Returns: the combined value, on every rank.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any, or `combine` in the loop; its index is the first
  ///   of a leaf. `MPIError` of the class `serialization` on every rank if values can't be coded, or if `combine`
  ///   throws when the values of all ranks are combined at rank 0. `MPIError` of the class `argument` on every rank if
  ///   the ranks gave ranges of different lengths or different schedules, and if the schedule hands out chunks of less
  ///   than one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task, or in
  ///   the body of a pool.
  @_disfavoredOverload
  public final func mapReduce<Value: Codable & Sendable>(
    _ range: Range<Int>, seed: UInt64 = 0, initial: Value, schedule: LoopSchedule = .adaptive,
    progress: ProgressStyle = .automatic, label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ combine: @escaping @Sendable (Value, Value) throws -> Value,
    _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Value
  ) throws -> Value {
    try mapReduce(
      range, initial: initial, schedule: schedule, progress: progress, label: label, file: file, line: line, combine,
      withContexts(seed, body))
  }

  private final func mapWithContexts<Result>(
    _ range: Range<Int>, _ seed: UInt64, _ schedule: LoopSchedule, _ coding: ValueCoding<Result>,
    _ display: LoopDisplay, _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Result
  ) throws -> [Result]? {
    let call = withContexts(seed, body)
    return try runMap(range, schedule, coding, display) { chunk in
      try chunk.fill { try call($0 + range.lowerBound) }
    }
  }

  /// A closure of an index that makes a context for it.
  final func withContexts<Result>(
    _ seed: UInt64, _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Result
  ) -> @Sendable (Int) throws -> Result {
    let job = TaskJob(
      place: TaskPlace(rank: rank, rankCount: size, host: MPIEnvironment.processorName), seed: seed)
    return { index in
      var context = TaskContext(job: job, index: index)
      do {
        return try body(index, &context)
      } catch {
        // Other indices that are in flight here are canceled.
        job.flag.set()
        throw error
      }
    }
  }
}

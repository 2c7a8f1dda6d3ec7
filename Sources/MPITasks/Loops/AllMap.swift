// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Communicator {
  /// Calls a closure for each index of a range, on all ranks, and returns the results on every rank.
  ///
  /// The results come to rank 0, which broadcasts them.
  ///
  /// - Parameters: as for ``map(_:schedule:progress:label:observer:_:)``.
  /// - Returns: the results in the order of the indices, on every rank.
  /// - Throws: as there.
  @inlinable
  public final func allMap<Result: BitwiseCopyable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let offset = range.lowerBound
    let display = LoopDisplay(progress, label, file, line)
    let results: [Result]? = try runMap(range, schedule, .plain(), display, operation: "allMap") { chunk in
      try chunk.fill { try body($0 + offset) }
    }
    return try broadcast(results, count: range.count, file: file, line: line)
  }

  /// Calls a closure for each index of a range, on all ranks, and returns results that are `Codable` on every rank.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results in the order of the indices, on every rank.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if the ranks gave ranges of different lengths or different schedules, and if the schedule hands out chunks of
  ///   less than one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task,
  ///   or in the body of a pool. `MPIError` of the class `serialization` on every rank if results can't be coded.
  @inlinable
  public final func allMap<Result: Codable & Sendable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let offset = range.lowerBound
    let display = LoopDisplay(progress, label, file, line)
    let results: [Result]? = try runMap(range, schedule, .coded(), display, operation: "allMap") { chunk in
      try chunk.fill { try body($0 + offset) }
    }
    return try broadcast(object: results, file: file, line: line)
  }

  /// Calls a closure for each index of a range, and returns results that are both on every rank, as they lie in memory.
  ///
  /// It is there so that the compiler knows which of the two others is meant.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results in the order of the indices, on every rank.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if the ranks gave ranges of different lengths or different schedules, and if the schedule hands out chunks of
  ///   less than one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task,
  ///   or in the body of a pool.
  @inlinable
  public final func allMap<Result: BitwiseCopyable & Codable & Sendable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let offset = range.lowerBound
    let display = LoopDisplay(progress, label, file, line)
    let results: [Result]? = try runMap(range, schedule, .plain(), display, operation: "allMap") { chunk in
      try chunk.fill { try body($0 + offset) }
    }
    return try broadcast(results, count: range.count, file: file, line: line)
  }
}

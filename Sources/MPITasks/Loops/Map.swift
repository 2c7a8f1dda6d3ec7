// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Communicator {
  /// Calls a closure for each index of a range, on all ranks and all their compute threads, and brings the results to
  /// the root in the order of the indices.
  ///
  /// ```swift
  /// let squares = try world.map(0..<1_000_000) { index in Double(index * index) }  // [Double]? at the root
  /// ```
  ///
  /// Every rank makes the call, so the closure with all that it captures is there already: no index is sent anywhere
  /// unless a rank falls idle, and then two numbers are. The root computes as well. The closure must not call MPI.
  ///
  /// A loop that needs no balancing costs each rank two small messages and its results. Results that lie in memory as
  /// they are, with no reference inside, are sent from there and received into the array that is returned.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - observer: receives at the root how far the loop is.
  ///   - body: computes the result of an index, on any thread.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if the ranks gave ranges of different lengths or different schedules, and if the schedule hands out chunks of
  ///   less than one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task,
  ///   or in the body of a pool.
  @inlinable
  public final func map<Result: BitwiseCopyable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", observer: LoopObserver? = nil,
    file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result]? {
    let offset = range.lowerBound
    return try runMap(range, schedule, .plain(), LoopDisplay(progress, label, observer, file, line)) { chunk in
      try chunk.fill { try body($0 + offset) }
    }
  }

  /// Calls a closure for each index of a range, and brings results that are `Codable` to the root, in the order of the
  /// indices.
  ///
  /// As for results that lie in memory as they are, but each rank's are encoded when the loop has ended.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - observer: receives at the root how far the loop is.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if the ranks gave ranges of different lengths or different schedules, and if the schedule hands out chunks of
  ///   less than one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task,
  ///   or in the body of a pool. `MPIError` of the class `serialization` on every rank if results can't be coded.
  @inlinable
  public final func map<Result: Codable & Sendable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", observer: LoopObserver? = nil,
    file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result]? {
    let offset = range.lowerBound
    return try runMap(range, schedule, .coded(), LoopDisplay(progress, label, observer, file, line)) { chunk in
      try chunk.fill { try body($0 + offset) }
    }
  }

  /// Calls a closure for each index of a range, and brings results that are both to the root, as they lie in memory.
  ///
  /// It is there so that the compiler knows which of the two others is meant.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - observer: receives at the root how far the loop is.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if the ranks gave ranges of different lengths or different schedules, and if the schedule hands out chunks of
  ///   less than one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task,
  ///   or in the body of a pool.
  @inlinable
  public final func map<Result: BitwiseCopyable & Codable & Sendable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", observer: LoopObserver? = nil,
    file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result]? {
    let offset = range.lowerBound
    return try runMap(range, schedule, .plain(), LoopDisplay(progress, label, observer, file, line)) { chunk in
      try chunk.fill { try body($0 + offset) }
    }
  }

  /// Runs a loop with results.
  @usableFromInline
  final func runMap<Result>(
    _ range: Range<Int>, _ schedule: LoopSchedule, _ coding: ValueCoding<Result>, _ display: LoopDisplay,
    items: (any LoopItems)? = nil, operation: StaticString = "map",
    run: @escaping @Sendable (inout LoopChunk) throws -> Void
  ) throws -> [Result]? {
    try schedule.check(operation)
    try coding.check(on: self, operation)
    func loop(_ memory: UnsafeMutableBufferPointer<Result>?) throws {
      let results = LoopResultBlocks(memory, coding: coding, operation: "\(operation)")
      let job = LoopJob("\(operation)", range, schedule, items: items, results: results, run: run)
      try runLoop(operation, display) { channel in
        _ = try channel.run(job, display) { computed, tags in try results.collect(computed, channel, tags) }
      }
    }
    guard isRoot else {
      try loop(nil)
      return nil
    }
    let count = range.count
    return try Array(unsafeUninitializedCapacity: count) { memory, initialized in
      try loop(UnsafeMutableBufferPointer(start: memory.baseAddress, count: count))
      initialized = count
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Communicator {
  /// Calls a closure for each index of a range, on all ranks, and combines the results to one, which every rank gets.
  ///
  /// ```swift
  /// let total = try world.mapReduce(0..<1_000_000, initial: 0.0, +) { index in term(index) }
  /// ```
  ///
  /// **The result is the same bit for bit** on any number of ranks and threads and with any schedule, also if the order
  /// of additions matters: the order depends on the number of indices alone. They are grouped into at most 65,536
  /// leaves; a leaf is combined from left to right, and leaves in a binary tree. It differs from the plain loop's
  /// order, so it may differ from the plain loop's sum, most often for the better.
  ///
  /// A rank combines what it has computed, and sends few values: in proportion to the logarithm of the leaves for each
  /// stretch of indices.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - initial: what the result begins with: it is combined once, at the left of all. The result of no indices.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - combine: makes one value of two. It must be associative; it need not be commutative.
  ///   - body: computes the value of an index, on any thread.
  /// - Returns: the combined value, on every rank.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any, or `combine` in the loop; its index is the first
  ///   of a leaf. `MPIError` of the class `serialization` on every rank if `combine` throws when the values of all
  ///   ranks are combined at rank 0. `MPIError` of the class `argument` on every rank if the ranks gave ranges of
  ///   different lengths or different schedules, and if the schedule hands out chunks of less than one index.
  ///   `MPIError` of the class `other` if this is called inside the closure of a loop, in a task, or in the body of a
  ///   pool.
  @inlinable
  public final func mapReduce<Value: BitwiseCopyable>(
    _ range: Range<Int>, initial: Value, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ combine: @escaping @Sendable (Value, Value) throws -> Value,
    _ body: @escaping @Sendable (Int) throws -> Value
  ) throws -> Value {
    let store = FoldStore(count: range.count, combine)
    let offset = range.lowerBound
    let display = LoopDisplay(progress, label, file, line)
    return try runFold(initial, store, schedule, .plain(), display, offset: offset) { chunk in
      try chunk.fold(store, combine) { try body($0 + offset) }
    }
  }

  /// Calls a closure for each index of a range, on all ranks, and combines the results, which are `Codable`, to one.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - initial: what the result begins with: it is combined once, at the left of all. The result of no indices.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - combine: makes one value of two. It must be associative; it need not be commutative.
  ///   - body: computes the value of an index, on any thread. It must not call MPI.
  /// - Returns: the combined value, on every rank.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any, or `combine` in the loop; its index is the first
  ///   of a leaf. `MPIError` of the class `serialization` on every rank if values can't be coded, or if `combine`
  ///   throws when the values of all ranks are combined at rank 0. `MPIError` of the class `argument` on every rank if
  ///   the ranks gave ranges of different lengths or different schedules, and if the schedule hands out chunks of less
  ///   than one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task, or in
  ///   the body of a pool.
  @inlinable @_disfavoredOverload
  public final func mapReduce<Value: Codable & Sendable>(
    _ range: Range<Int>, initial: Value, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ combine: @escaping @Sendable (Value, Value) throws -> Value,
    _ body: @escaping @Sendable (Int) throws -> Value
  ) throws -> Value {
    let store = FoldStore(count: range.count, combine)
    let offset = range.lowerBound
    let display = LoopDisplay(progress, label, file, line)
    return try runFold(initial, store, schedule, .coded(), display, offset: offset) { chunk in
      try chunk.fold(store, combine) { try body($0 + offset) }
    }
  }

  /// Runs a loop over leaves.
  @usableFromInline
  final func runFold<Value>(
    _ initial: Value, _ store: FoldStore<Value>, _ schedule: LoopSchedule, _ coding: ValueCoding<Value>,
    _ display: LoopDisplay, offset: Int, run: @escaping @Sendable (inout LoopChunk) throws -> Void
  ) throws -> Value {
    try schedule.check("mapReduce")
    try coding.check(on: self, "mapReduce")
    var job = LoopJob("mapReduce", 0..<store.leaves.leaves, schedule, run: run)
    job.indices = store.leaves.count
    job.offset = offset
    job.indicesPerItem = store.leaves.size
    return try runLoop("mapReduce", display) { channel in
      let tags = try channel.run(job, display) { _, _ in [] }
      return try store.finish(initial, coding, channel, tags)
    }
  }
}

extension LoopChunk {
  /// Combines the indices of each leaf, then leaves.
  @inlinable @inline(__always)
  mutating func fold<Value>(
    _ store: FoldStore<Value>, _ combine: (Value, Value) throws -> Value, _ body: (Int) throws -> Value
  ) throws {
    var part = FoldTree<Value>(leaves: store.leaves.leaves)
    try eachIndex { leaf in
      var index = store.leaves.start(leaf)
      let end = store.leaves.end(leaf)
      var value = try body(index)
      index += 1
      while index < end {
        value = try combine(value, body(index))
        index += 1
      }
      try part.insert(.init(level: 0, place: leaf), value, combine)
    }
    try store.add(part)
  }
}

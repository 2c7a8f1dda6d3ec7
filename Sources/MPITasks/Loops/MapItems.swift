// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Communicator {
  /// Calls a closure for each item of an array that only the root has, on all ranks, and brings the results to the root
  /// in the order of the items.
  ///
  /// ```swift
  /// let names: [String]? = world.isRoot ? try list(folder) : nil
  /// let sizes = try world.map(names) { name in size(of: name) }
  /// ```
  ///
  /// Their number is broadcast. Each rank is sent the items of its block, and those of blocks that it takes from
  /// others.
  ///
  /// - Parameters:
  ///   - items: at rank 0; nil elsewhere.
  ///   - schedule: how ranks share the items; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an item, on any thread.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: as for a range; and `MPIError` of the class `argument` on every rank if rank 0 has no items.
  @inlinable
  public final func map<Item: BitwiseCopyable, Result: BitwiseCopyable>(
    _ items: [Item]?, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Item) throws -> Result
  ) throws -> [Result]? {
    try runMap(items, schedule, .plain(), .plain(), LoopDisplay(progress, label, file, line)) { chunk in
      try chunk.fill(Item.self, body)
    }
  }

  /// Calls a closure for each item of an array that only the root has; the results are `Codable`.
  ///
  /// - Parameters:
  ///   - items: at rank 0; nil elsewhere.
  ///   - schedule: how ranks share the items; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an item, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if rank 0 has no items, if the ranks gave different schedules, and if the schedule hands out chunks of less than
  ///   one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task, or in the
  ///   body of a pool. `MPIError` of the class `serialization` on every rank if results can't be coded.
  @inlinable
  public final func map<Item: BitwiseCopyable, Result: Codable & Sendable>(
    _ items: [Item]?, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Item) throws -> Result
  ) throws -> [Result]? {
    try runMap(items, schedule, .plain(), .coded(), LoopDisplay(progress, label, file, line)) { chunk in
      try chunk.fill(Item.self, body)
    }
  }

  /// Calls a closure for each item of an array that only the root has; the results are `Codable`, and lie in memory as
  /// they are.
  ///
  /// - Parameters:
  ///   - items: at rank 0; nil elsewhere.
  ///   - schedule: how ranks share the items; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an item, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if rank 0 has no items, if the ranks gave different schedules, and if the schedule hands out chunks of less than
  ///   one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task, or in the
  ///   body of a pool.
  @inlinable
  public final func map<Item: BitwiseCopyable, Result: BitwiseCopyable & Codable & Sendable>(
    _ items: [Item]?, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Item) throws -> Result
  ) throws -> [Result]? {
    try runMap(items, schedule, .plain(), .plain(), LoopDisplay(progress, label, file, line)) { chunk in
      try chunk.fill(Item.self, body)
    }
  }

  /// Calls a closure for each item of an array that only the root has; the items are `Codable`.
  ///
  /// - Parameters:
  ///   - items: at rank 0; nil elsewhere.
  ///   - schedule: how ranks share the items; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an item, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if rank 0 has no items, if the ranks gave different schedules, and if the schedule hands out chunks of less than
  ///   one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task, or in the
  ///   body of a pool. What an item throws as it is encoded, at rank 0 alone, or as it is decoded, on the rank that it
  ///   was sent to alone.
  @inlinable @_disfavoredOverload
  public final func map<Item: Codable & Sendable, Result: BitwiseCopyable>(
    _ items: [Item]?, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Item) throws -> Result
  ) throws -> [Result]? {
    try runMap(items, schedule, .coded(), .plain(), LoopDisplay(progress, label, file, line)) { chunk in
      try chunk.fill(Item.self, body)
    }
  }

  /// Calls a closure for each item of an array that only the root has; items and results are `Codable`.
  ///
  /// - Parameters:
  ///   - items: at rank 0; nil elsewhere.
  ///   - schedule: how ranks share the items; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an item, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if rank 0 has no items, if the ranks gave different schedules, and if the schedule hands out chunks of less than
  ///   one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task, or in the
  ///   body of a pool. `MPIError` of the class `serialization` on every rank if results can't be coded. What an item
  ///   throws as it is encoded, at rank 0 alone, or as it is decoded, on the rank that it was sent to alone.
  @inlinable @_disfavoredOverload
  public final func map<Item: Codable & Sendable, Result: Codable & Sendable>(
    _ items: [Item]?, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Item) throws -> Result
  ) throws -> [Result]? {
    try runMap(items, schedule, .coded(), .coded(), LoopDisplay(progress, label, file, line)) { chunk in
      try chunk.fill(Item.self, body)
    }
  }

  /// Calls a closure for each item of an array that only the root has; the items are `Codable`, and so are the results,
  /// which lie in memory as they are.
  ///
  /// - Parameters:
  ///   - items: at rank 0; nil elsewhere.
  ///   - schedule: how ranks share the items; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - body: computes the result of an item, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``LoopFailure`` if `body` throws on any. `MPIError` of the class `argument` on every rank
  ///   if rank 0 has no items, if the ranks gave different schedules, and if the schedule hands out chunks of less than
  ///   one index. `MPIError` of the class `other` if this is called inside the closure of a loop, in a task, or in the
  ///   body of a pool. What an item throws as it is encoded, at rank 0 alone, or as it is decoded, on the rank that it
  ///   was sent to alone.
  @inlinable @_disfavoredOverload
  public final func map<Item: Codable & Sendable, Result: BitwiseCopyable & Codable & Sendable>(
    _ items: [Item]?, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Item) throws -> Result
  ) throws -> [Result]? {
    try runMap(items, schedule, .coded(), .plain(), LoopDisplay(progress, label, file, line)) { chunk in
      try chunk.fill(Item.self, body)
    }
  }

  /// Runs a loop over items, with results.
  @usableFromInline
  final func runMap<Item, Result>(
    _ items: [Item]?, _ schedule: LoopSchedule, _ itemCoding: ValueCoding<Item>, _ coding: ValueCoding<Result>,
    _ display: LoopDisplay, run: @escaping @Sendable (inout LoopChunk) throws -> Void
  ) throws -> [Result]? {
    try withItems(items, itemCoding, "map", display) { count, items in
      try runMap(0..<count, schedule, coding, display, items: items, run: run)
    }
  }

  /// Sends the number of items of the root to all ranks, and keeps the items in place.
  final func withItems<Item, Result>(
    _ items: [Item]?, _ coding: ValueCoding<Item>, _ operation: StaticString, _ display: LoopDisplay,
    _ body: (Int, any LoopItems) throws -> Result
  ) throws -> Result {
    try coding.check(on: self, operation)
    return try runLoop(operation, display) { channel in
      let count = try channel.communicator.broadcast(isRoot ? items?.count ?? -1 : nil)
      guard count >= 0 else {
        throw MPIError(
          .argument, "rank 0 has nil, and must have the items", operation: "\(operation)", communicator: name,
          rank: rank)
      }
      return try (isRoot ? items ?? [] : []).withUnsafeBufferPointer { memory in
        try body(count, LoopItemBlocks(memory, rank: rank, coding: coding))
      }
    }
  }
}

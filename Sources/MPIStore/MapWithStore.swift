// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPIStoreFile
import MPITasks

extension Communicator {
  /// Calls a closure for each index of a range whose result is not in a store, stores the results, which lie in memory
  /// as they are, and brings all to the root.
  ///
  /// ```swift
  /// let store = try TaskStore("picture.store")
  /// let rows = try world.map(0..<10_000, store: store, name: "rows") { row in Double(row) / 3 }
  /// ```
  ///
  /// Results go to rank 0 in messages while the loop runs, 40 a second of each rank at most, and from there into the
  /// file. So if all processes are killed, the next run has to compute what the last tenth of a second has computed,
  /// and what was in flight. The ranges that are left are broadcast first.
  ///
  /// - Parameters:
  ///   - range: the same on every rank. One that has grown since the last run goes on: what is stored is not computed.
  ///   - store: of rank 0, which alone opens it; made of the same path on every rank.
  ///   - name: what the results are found by, with their type and the version; one for each loop of a store.
  ///   - version: to be raised when the closure, or what it captures, has changed: then nothing stored is used.
  ///   - schedule: how ranks share the indices that are left; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there; its name, unless given.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``TaskStoreError`` if rank 0 can't open or read the store; `LoopFailure` if
  ///   `body` throws on any: what was computed before is stored; `MPIError` of the class `argument` if the ranks gave
  ///   different ranges; else as `map` without a store.
  public func map<Result: BitwiseCopyable>(
    _ range: Range<Int>, store: TaskStore, name: String, version: Int = 1, schedule: LoopSchedule = .adaptive,
    progress: ProgressStyle = .automatic, label: String? = nil, file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result]? {
    try LoopWithStore(self, range, store, name, version, seed: nil, .plain()).run(
      .plain(), schedule, progress, label, file, line, body)
  }

  /// Calls a closure for each index of a range whose result is not in a store, stores the results, which are `Codable`,
  /// and brings all to the root.
  ///
  /// - Parameters:
  ///   - range: the same on every rank. One that has grown since the last run goes on: what is stored is not computed.
  ///   - store: of rank 0, which alone opens it; made of the same path on every rank.
  ///   - name: what the results are found by, with their type and the version; one for each loop of a store.
  ///   - version: to be raised when the closure, or what it captures, has changed: then nothing stored is used.
  ///   - schedule: how ranks share the indices that are left; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there; its name, unless given.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``TaskStoreError`` if rank 0 can't open or read the store; `LoopFailure` if
  ///   `body` throws on any: what was computed before is stored; `MPIError` of the class `argument` if the ranks gave
  ///   different ranges; else as `map` without a store.
  public func map<Result: Codable & Sendable>(
    _ range: Range<Int>, store: TaskStore, name: String, version: Int = 1, schedule: LoopSchedule = .adaptive,
    progress: ProgressStyle = .automatic, label: String? = nil, file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result]? {
    try LoopWithStore(self, range, store, name, version, seed: nil, .coded()).run(
      .coded(), schedule, progress, label, file, line, body)
  }

  /// Calls a closure for each index of a range whose result is not in a store, stores the results, which are both
  /// `Codable` and in memory as they are, and brings all to the root.
  ///
  /// - Parameters:
  ///   - range: the same on every rank. One that has grown since the last run goes on: what is stored is not computed.
  ///   - store: of rank 0, which alone opens it; made of the same path on every rank.
  ///   - name: what the results are found by, with their type and the version; one for each loop of a store.
  ///   - version: to be raised when the closure, or what it captures, has changed: then nothing stored is used.
  ///   - schedule: how ranks share the indices that are left; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there; its name, unless given.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``TaskStoreError`` if rank 0 can't open or read the store; `LoopFailure` if
  ///   `body` throws on any: what was computed before is stored; `MPIError` of the class `argument` if the ranks gave
  ///   different ranges; else as `map` without a store.
  public func map<Result: BitwiseCopyable & Codable & Sendable>(
    _ range: Range<Int>, store: TaskStore, name: String, version: Int = 1, schedule: LoopSchedule = .adaptive,
    progress: ProgressStyle = .automatic, label: String? = nil, file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result]? {
    try LoopWithStore(self, range, store, name, version, seed: nil, .plain()).run(
      .plain(), schedule, progress, label, file, line, body)
  }

  /// Calls a closure for each index of a range whose result is not in a store, with a context, stores the results,
  /// which lie in memory as they are, and brings all to the root.
  ///
  /// - Parameters:
  ///   - range: the same on every rank. One that has grown since the last run goes on: what is stored is not computed.
  ///   - store: of rank 0, which alone opens it; made of the same path on every rank.
  ///   - name: what the results are found by, with their type and the version and the seed; one for each loop of a
  ///     store.
  ///   - version: to be raised when the closure, or what it captures, has changed: then nothing stored is used.
  ///   - seed: what the random numbers of all indices begin with; the same on every rank.
  ///   - schedule: how ranks share the indices that are left; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there; its name, unless given.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``TaskStoreError`` if rank 0 can't open or read the store; `LoopFailure` if
  ///   `body` throws on any: what was computed before is stored; `MPIError` of the class `argument` if the ranks gave
  ///   different ranges; else as `map` without a store.
  public func map<Result: BitwiseCopyable>(
    _ range: Range<Int>, seed: UInt64, store: TaskStore, name: String, version: Int = 1,
    schedule: LoopSchedule = .adaptive,
    progress: ProgressStyle = .automatic, label: String? = nil, file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Result
  ) throws -> [Result]? {
    try LoopWithStore(self, range, store, name, version, seed: seed, .plain()).run(
      .plain(), schedule, progress, label, file, line, callsWithContexts(seed, body))
  }

  /// Calls a closure for each index of a range whose result is not in a store, with a context, stores the results,
  /// which are `Codable`, and brings all to the root.
  ///
  /// - Parameters:
  ///   - range: the same on every rank. One that has grown since the last run goes on: what is stored is not computed.
  ///   - store: of rank 0, which alone opens it; made of the same path on every rank.
  ///   - name: what the results are found by, with their type and the version and the seed; one for each loop of a
  ///     store.
  ///   - version: to be raised when the closure, or what it captures, has changed: then nothing stored is used.
  ///   - seed: what the random numbers of all indices begin with; the same on every rank.
  ///   - schedule: how ranks share the indices that are left; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there; its name, unless given.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``TaskStoreError`` if rank 0 can't open or read the store; `LoopFailure` if
  ///   `body` throws on any: what was computed before is stored; `MPIError` of the class `argument` if the ranks gave
  ///   different ranges; else as `map` without a store.
  public func map<Result: Codable & Sendable>(
    _ range: Range<Int>, seed: UInt64, store: TaskStore, name: String, version: Int = 1,
    schedule: LoopSchedule = .adaptive,
    progress: ProgressStyle = .automatic, label: String? = nil, file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Result
  ) throws -> [Result]? {
    try LoopWithStore(self, range, store, name, version, seed: seed, .coded()).run(
      .coded(), schedule, progress, label, file, line, callsWithContexts(seed, body))
  }

  /// Calls a closure for each index of a range whose result is not in a store, with a context, stores the results,
  /// which are both `Codable` and in memory as they are, and brings all to the root.
  ///
  /// - Parameters:
  ///   - range: the same on every rank. One that has grown since the last run goes on: what is stored is not computed.
  ///   - store: of rank 0, which alone opens it; made of the same path on every rank.
  ///   - name: what the results are found by, with their type and the version and the seed; one for each loop of a
  ///     store.
  ///   - version: to be raised when the closure, or what it captures, has changed: then nothing stored is used.
  ///   - seed: what the random numbers of all indices begin with; the same on every rank.
  ///   - schedule: how ranks share the indices that are left; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there; its name, unless given.
  ///   - body: computes the result of an index, on any thread. It must not call MPI.
  /// - Returns: the results at rank 0; nil elsewhere.
  /// - Throws: on every rank, ``TaskStoreError`` if rank 0 can't open or read the store; `LoopFailure` if
  ///   `body` throws on any: what was computed before is stored; `MPIError` of the class `argument` if the ranks gave
  ///   different ranges; else as `map` without a store.
  public func map<Result: BitwiseCopyable & Codable & Sendable>(
    _ range: Range<Int>, seed: UInt64, store: TaskStore, name: String, version: Int = 1,
    schedule: LoopSchedule = .adaptive,
    progress: ProgressStyle = .automatic, label: String? = nil, file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Result
  ) throws -> [Result]? {
    try LoopWithStore(self, range, store, name, version, seed: seed, .plain()).run(
      .plain(), schedule, progress, label, file, line, callsWithContexts(seed, body))
  }
}

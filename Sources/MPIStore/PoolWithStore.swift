// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIStoreFile
import MPITasks

extension TaskPool {
  /// Runs the tasks whose results are not in a store, stores those, and gives the results of all in the order of the
  /// tasks.
  ///
  /// ```swift
  /// let store = try TaskStore("study.store")
  /// let lengths = try await pool.map((1...1000).map(Collatz.init), store: store)
  /// ```
  ///
  /// A result is found by the name of the task's type, its ``StoredTask/version`` and the task's fields; of a task with a
  /// context also by the seed and the index. Of tasks that are equal in this, one is run. A shared value in a task counts
  /// by its contents.
  ///
  /// A look-up takes some microseconds on rank 0, and a result some more on another thread of it.
  ///
  /// - Parameters:
  ///   - tasks: what to run. They are taken as workers get on.
  ///   - store: where results are looked up and stored.
  ///   - recordedFailures: what to do about tasks that have failed in an earlier run.
  ///   - onFailure: what to do about tasks that fail.
  ///   - priority: tasks of higher ones go first.
  ///   - timeout: how long each may take once it runs.
  ///   - memoryLimit: how many bytes of memory the process of each may have, in a pool with task processes.
  ///   - lookAhead: how many tasks are taken ahead of the results, at most; nil for as many as it takes to keep all ranks
  ///     at work.
  ///   - seed: what the random numbers begin with; nil for one that is made of the pool's, the same in each call with a
  ///     store and in each run.
  /// - Returns: the results, in order. All that this call has computed is in the file then, unless it can't be written.
  /// - Throws: `TaskFailure` for the first that failed, or `TaskFailures` with
  ///   `FailurePolicy.collect`; ``TaskStoreError`` if the store can't be opened or read.
  public nonisolated(nonsending) func map<Item: PoolTaskProtocol>(
    _ tasks: some Sequence<Item>, store: TaskStore, recordedFailures: RecordedFailures = .tryAgain,
    onFailure: FailurePolicy = .stop, priority: Int = 0, timeout: Duration? = nil, memoryLimit: Int? = nil,
    lookAhead: Int? = nil,
    seed: UInt64? = nil
  ) async throws -> [Item.Output] {
    var outputs: [Item.Output?] = []
    outputs.reserveCapacity(tasks.underestimatedCount)
    var failures: [TaskFailure] = []
    let options = StoredCallOptions(
      onFailure: onFailure, priority: priority, timeout: timeout, memoryLimit: memoryLimit,
      lookAhead: lookAhead)
    try await withStream(tasks, store, recordedFailures, options, seed, isForAll: true) { index, _, result in
      switch result {
      case .success(let output):
        while outputs.count <= index { outputs.append(nil) }
        outputs[index] = output
      case .failure(let failure):
        guard onFailure.runsOthers else { throw failure }
        failures.append(failure)
      }
    }
    if !failures.isEmpty { throw TaskFailures(sorted: failures) }
    return outputs.map { $0! }
  }

  /// Runs the tasks whose results are not in a store, stores those, and gives for each its result or its failure, in the
  /// order of the tasks.
  ///
  /// As ``map(_:store:recordedFailures:onFailure:priority:timeout:memoryLimit:lookAhead:seed:)``, but that tasks that fail don't make
  /// it throw.
  ///
  /// - Parameters:
  ///   - tasks: what to run.
  ///   - store: where results are looked up and stored.
  ///   - recordedFailures: what to do about tasks that have failed in an earlier run.
  ///   - priority: tasks of higher ones go first.
  ///   - timeout: how long each may take once it runs.
  ///   - memoryLimit: how many bytes of memory the process of each may have, in a pool with task processes.
  ///   - retries: how often each is tried again if it fails.
  ///   - lookAhead: how many tasks are taken ahead of the results, at most.
  ///   - seed: what the random numbers begin with.
  /// - Returns: the results and failures, in order.
  /// - Throws: ``TaskStoreError`` if the store can't be opened or read; `CancellationError`;
  ///   `TaskPoolError`.
  public nonisolated(nonsending) func mapResults<Item: PoolTaskProtocol>(
    _ tasks: some Sequence<Item>, store: TaskStore, recordedFailures: RecordedFailures = .tryAgain, priority: Int = 0,
    timeout: Duration? = nil, memoryLimit: Int? = nil,
    retries: Int = 0, lookAhead: Int? = nil, seed: UInt64? = nil
  ) async throws -> [Result<Item.Output, TaskFailure>] {
    var results: [Result<Item.Output, TaskFailure>?] = []
    results.reserveCapacity(tasks.underestimatedCount)
    let options = StoredCallOptions(
      onFailure: .retry(retries, otherwise: .collect), priority: priority, timeout: timeout, memoryLimit: memoryLimit,
      lookAhead: lookAhead)
    try await withStream(tasks, store, recordedFailures, options, seed, isForAll: true) { index, _, result in
      while results.count <= index { results.append(nil) }
      results[index] = result
    }
    return results.map { $0! }
  }

  /// Runs one task, unless its result is in a store, and stores that.
  ///
  /// - Parameters:
  ///   - task: what to run. Its index is 0.
  ///   - store: where its result is looked up and stored.
  ///   - recordedFailures: what to do if it has failed in an earlier run.
  ///   - priority: tasks of higher ones go first.
  ///   - timeout: how long it may take once it runs.
  ///   - memoryLimit: how many bytes of memory its process may have, in a pool with task processes.
  ///   - retries: how often it is tried again if it fails.
  ///   - seed: what its random numbers begin with.
  /// - Returns: its result.
  /// - Throws: as ``map(_:store:recordedFailures:onFailure:priority:timeout:memoryLimit:lookAhead:seed:)``.
  public nonisolated(nonsending) func run<Item: PoolTaskProtocol>(
    _ task: Item, store: TaskStore, recordedFailures: RecordedFailures = .tryAgain, priority: Int = 0,
    timeout: Duration? = nil, memoryLimit: Int? = nil,
    retries: Int = 0, seed: UInt64? = nil
  ) async throws -> Item.Output {
    try await map(
      CollectionOfOne(task), store: store, recordedFailures: recordedFailures, onFailure: .retry(retries),
      priority: priority, timeout: timeout, memoryLimit: memoryLimit, seed: seed)[0]
  }

  /// Calls `body` with what completes, and has all of it committed at the end, however that is.
  private nonisolated(nonsending) func withStream<Inputs: Sequence>(
    _ tasks: Inputs, _ store: TaskStore, _ failures: RecordedFailures, _ options: StoredCallOptions, _ seed: UInt64?,
    isForAll: Bool,
    _ body: (Int, Inputs.Element, Result<Inputs.Element.Output, TaskFailure>) throws -> Void
  ) async throws where Inputs.Element: PoolTaskProtocol {
    let opened = try store.opened()
    let seed = seedForStores(seed)
    let keeper = try PoolKeeper<Inputs.Element>(opened, seed: seed, failures)
    // If it can't be written, a warning was printed, and the results are here.
    defer { try? opened.writer.flush() }
    let stream = try StoredStream(tasks, self, keeper, options, seed: seed, isForAll: isForAll)
    while let completed = try await stream.next() {
      for (index, task, result) in completed { try body(index, task, result) }
    }
  }
}

/// Tasks and their results, from a store or as they end, one after the other: what
/// ``MPITasks/TaskPool/unordered(_:store:recordedFailures:onFailure:priority:timeout:memoryLimit:lookAhead:seed:)`` gives.
public struct StoredPoolResults<Inputs: Sequence>: PoolSequence where Inputs.Element: PoolTaskProtocol {
  /// A task and its result.
  public typealias Element = (task: Inputs.Element, output: Inputs.Element.Output)

  let inputs: Inputs
  let pool: TaskPool
  let store: TaskStore
  let failures: RecordedFailures
  let options: StoredCallOptions
  let seed: UInt64?

  /// Begins to take tasks as results are asked for.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(results: results.makeAsyncIterator()) }

  /// The same with the failures: they are elements, and end nothing.
  public var results: Results { Results(sequence: self) }

  /// Takes tasks and gives results.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private var results: Results.AsyncIterator
    private var failures: [TaskFailure] = []

    fileprivate init(results: Results.AsyncIterator) { self.results = results }

    /// The next task that has a result, with it; nil after the last.
    ///
    /// - Parameter actor: the actor that the caller is isolated to, if any.
    /// - Throws: `TaskFailure`, or at the end `TaskFailures`, by the call's policy;
    ///   ``TaskStoreError``; `CancellationError`; `TaskPoolError`.
    public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Element? {
      while let (task, result) = try await results.next(isolation: actor) {
        switch result {
        case .success(let output): return (task, output)
        case .failure(let failure):
          guard results.goesOn else {
            results.end()
            throw failure
          }
          failures.append(failure)
        }
      }
      guard !failures.isEmpty else { return nil }
      defer { failures = [] }
      throw TaskFailures(sorted: failures)
    }

    /// The next task that has a result, with it; nil after the last.
    ///
    /// - Throws: as ``next(isolation:)``.
    public mutating func next() async throws -> Element? { try await next(isolation: nil) }
  }

  /// Tasks with their results or failures.
  public struct Results: PoolSequence {
    /// A task, and its result or its failure.
    public typealias Element = (task: Inputs.Element, result: Result<Inputs.Element.Output, TaskFailure>)

    fileprivate let sequence: StoredPoolResults

    /// Begins to take tasks as results are asked for.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(sequence: sequence) }

    /// Takes tasks and gives results.
    public struct AsyncIterator: AsyncIteratorProtocol {
      private let sequence: StoredPoolResults
      private var stream: StoredStream<Inputs>?
      private var opened: OpenStore?
      private var ready: [Element] = []
      private var position = 0
      private var hasEnded = false

      fileprivate init(sequence: StoredPoolResults) { self.sequence = sequence }

      fileprivate var goesOn: Bool { sequence.options.onFailure.runsOthers }

      /// The next task that has completed; nil after the last.
      ///
      /// - Parameter actor: the actor that the caller is isolated to, if any.
      /// - Throws: ``TaskStoreError``; `CancellationError`; `TaskPoolError`.
      public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Element? {
        while position == ready.count {
          guard !hasEnded else { return nil }
          if stream == nil { try begin() }
          guard let completed = try await stream?.next() else {
            // After the last result all are committed.
            try? opened?.writer.flush()
            end()
            return nil
          }
          ready = completed.map { ($0.task, $0.result) }
          position = 0
        }
        position += 1
        return ready[position - 1]
      }

      /// The next task that has completed; nil after the last.
      ///
      /// - Throws: as ``next(isolation:)``.
      public mutating func next() async throws -> Element? { try await next(isolation: nil) }

      private mutating func begin() throws {
        let opened = try sequence.store.opened()
        let seed = sequence.pool.seedForStores(sequence.seed)
        let keeper = try PoolKeeper<Inputs.Element>(opened, seed: seed, sequence.failures)
        stream = try StoredStream(
          sequence.inputs, sequence.pool, keeper, sequence.options, seed: seed, isForAll: false)
        self.opened = opened
      }

      fileprivate mutating func end() {
        hasEnded = true
        stream = nil
        opened = nil
        (ready, position) = ([], 0)
      }
    }
  }
}

extension TaskPool {
  /// Runs the tasks whose results are not in a store, stores those, and gives each task with its result: first those
  /// that are stored, then others as they end.
  ///
  /// ```swift
  /// for try await (task, steps) in pool.unordered((1...1000).lazy.map(Collatz.init), store: store) { … }
  /// ```
  ///
  /// The input is taken as the results are. Leaving the loop cancels what has not run; what has completed is stored.
  ///
  /// - Parameters:
  ///   - tasks: what to run.
  ///   - store: where results are looked up and stored.
  ///   - recordedFailures: what to do about tasks that have failed in an earlier run.
  ///   - onFailure: what to do about tasks that fail.
  ///   - priority: tasks of higher ones go first.
  ///   - timeout: how long each may take once it runs.
  ///   - memoryLimit: how many bytes of memory the process of each may have, in a pool with task processes.
  ///   - lookAhead: how many tasks are taken ahead of the results, at most.
  ///   - seed: what the random numbers begin with.
  /// - Returns: the tasks and their results, one after the other.
  public func unordered<Inputs: Sequence>(
    _ tasks: Inputs, store: TaskStore, recordedFailures: RecordedFailures = .tryAgain, onFailure: FailurePolicy = .stop,
    priority: Int = 0, timeout: Duration? = nil, memoryLimit: Int? = nil,
    lookAhead: Int? = nil, seed: UInt64? = nil
  ) -> StoredPoolResults<Inputs> {
    StoredPoolResults(
      inputs: tasks, pool: self, store: store, failures: recordedFailures,
      options: StoredCallOptions(
        onFailure: onFailure, priority: priority, timeout: timeout, memoryLimit: memoryLimit,
        lookAhead: lookAhead), seed: seed)
  }
}

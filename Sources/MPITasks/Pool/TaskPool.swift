// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A pool of tasks over all ranks, as the body of ``withTaskPool(on:threads:isolation:seed:progress:prepare:file:line:_:)`` has
/// it.
///
/// Any number of calls may be in flight at once, from any number of Swift tasks: `async let` and task groups are how
/// graphs of tasks are written.
///
/// A task that throws ends its call, and not the pool: the call throws, and has no results, those of tasks that were
/// over neither. ``mapResults(_:priority:timeout:memoryLimit:retries:lookAhead:seed:)`` keeps all; see also ``FailurePolicy``.
public struct TaskPool: Sendable {
  /// What tasks that tasks submit have: they go first, so that what waits for them ends soon.
  static let priorityOfSubtasks = 1 << 32

  let dispatcher: Dispatcher
  let root: PoolRoot
  let seed: UInt64

  /// The number of ranks.
  public var rankCount: Int { dispatcher.place.rankCount }

  /// The number of tasks that can run at the same time, on all ranks that have joined so far.
  public var threadCount: Int { dispatcher.threads }

  /// Runs one task.
  ///
  /// ```swift
  /// async let a = pool.run(Collatz(start: 27))
  /// async let b = pool.run(Collatz(start: 97))
  /// let sum = try await a + b
  /// ```
  ///
  /// Canceling the Swift task that waits cancels it: it never runs if it hasn't begun; if it has, it is notified by
  /// ``TaskContext/isCancelled``, and the call doesn't wait for it.
  ///
  /// It costs a message to the worker and one back, unless this rank runs it.
  ///
  /// - Parameters:
  ///   - task: what to run.
  ///   - priority: tasks of higher ones go first.
  ///   - timeout: how long it may take once it runs. Then it has failed, with ``TaskFailure/Reason/timedOut``. In a task
  ///     process that ends it. On a thread it can't be stopped, so it keeps that thread, which gets a replacement.
  ///   - memoryLimit: how many bytes of memory of its own the process may have that runs it: with
  ///     ``TaskIsolation/process`` alone. If it has more, the task has failed, with ``TaskFailure/Reason/memoryLimit``.
  ///     The memory is looked at a hundred times a second.
  ///   - retries: how often it is tried again if it fails.
  ///   - seed: what its random numbers begin with; nil for one made of the pool's and of the call's number.
  /// - Throws: ``TaskFailure`` if it failed; `CancellationError`; ``TaskPoolError``.
  public nonisolated(nonsending) func run<Item: PoolTaskProtocol>(
    _ task: Item, priority: Int = 0, timeout: Duration? = nil, memoryLimit: Int? = nil,
    retries: Int = 0, seed: UInt64? = nil
  ) async throws -> Item.Output {
    let call: TypedCall<Item> = try begin(priority, timeout, memoryLimit, .retry(retries), seed)
    dispatcher.expect(1)
    call.append([task], first: 0)
    return try await call.outcome()
  }

  /// Runs tasks, and gives their results in the order of the tasks.
  ///
  /// ```swift
  /// let lengths = try await pool.map((1...1000).map(Collatz.init))
  /// ```
  ///
  /// The input is taken as workers get on, so it may be lazy; the results are all kept.
  ///
  /// - Parameters:
  ///   - tasks: what to run.
  ///   - onFailure: what to do about tasks that fail.
  ///   - priority: tasks of higher ones go first.
  ///   - timeout: how long each may take once it runs; see ``run(_:priority:timeout:memoryLimit:retries:seed:)``.
  ///   - memoryLimit: how much memory the process of each may have, in bytes; see there.
  ///   - lookAhead: how many tasks of a lazy input are taken ahead of the results, at most; nil for as many as it takes
  ///     to keep all ranks at work, 65,536 at most.
  ///   - seed: what the random numbers begin with: each task has those of its index.
  /// - Throws: ``TaskFailure`` for the first that failed, or ``TaskFailures`` with ``FailurePolicy/collect``.
  public nonisolated(nonsending) func map<Item: PoolTaskProtocol>(
    _ tasks: some Sequence<Item>, onFailure: FailurePolicy = .stop, priority: Int = 0, timeout: Duration? = nil,
    memoryLimit: Int? = nil, lookAhead: Int? = nil, seed: UInt64? = nil
  ) async throws -> [Item.Output] {
    let stream = try ResultStream(
      tasks, begin(priority, timeout, memoryLimit, onFailure, seed), lookAhead: lookAhead, isOrdered: true,
      isForAll: true)
    var outputs: [Item.Output] = []
    outputs.reserveCapacity(tasks.underestimatedCount)
    var failures: [TaskFailure] = []
    while let deliveries = try await stream.next() {
      for delivery in deliveries {
        if !onFailure.goesOn, let failure = delivery.failures.first { throw failure }
        failures += delivery.failures
        outputs += delivery.outputs
      }
    }
    if !failures.isEmpty { throw TaskFailures(failures: failures) }
    return outputs
  }

  /// Runs tasks, and gives for each its result or its failure, in the order of the tasks.
  ///
  /// As ``map(_:onFailure:priority:timeout:memoryLimit:lookAhead:seed:)``, but that tasks that fail don't make it throw. Each is
  /// tried again up to `retries` times.
  public nonisolated(nonsending) func mapResults<Item: PoolTaskProtocol>(
    _ tasks: some Sequence<Item>, priority: Int = 0, timeout: Duration? = nil, memoryLimit: Int? = nil,
    retries: Int = 0, lookAhead: Int? = nil, seed: UInt64? = nil
  ) async throws -> [Result<Item.Output, TaskFailure>] {
    let policy = FailurePolicy.retry(retries, otherwise: .collect)
    let stream = try ResultStream(
      tasks, begin(priority, timeout, memoryLimit, policy, seed), lookAhead: lookAhead, isOrdered: true, isForAll: true)
    var results: [Result<Item.Output, TaskFailure>] = []
    results.reserveCapacity(tasks.underestimatedCount)
    while let deliveries = try await stream.next() {
      for delivery in deliveries { delivery.visit { _, _, result in results.append(result) } }
    }
    return results
  }

  /// Runs tasks, and gives each with its result as it ends.
  ///
  /// ```swift
  /// for try await (task, steps) in pool.unordered((1...1000).lazy.map(Collatz.init)) { … }
  /// ```
  ///
  /// The input is taken as the results are: an endless one works, in bounded memory. Leaving the loop cancels what has
  /// not run. Nothing begins before the first result is asked for.
  ///
  /// For the parameters see ``map(_:onFailure:priority:timeout:memoryLimit:lookAhead:seed:)``.
  public func unordered<Inputs: Sequence>(
    _ tasks: Inputs, onFailure: FailurePolicy = .stop, priority: Int = 0, timeout: Duration? = nil,
    memoryLimit: Int? = nil, lookAhead: Int? = nil, seed: UInt64? = nil
  ) -> PoolResults<Inputs> {
    PoolResults(tasks, self, onFailure, priority, timeout, memoryLimit, lookAhead, seed, isOrdered: false)
  }

  /// Runs tasks, and gives each with its result, in the order of the tasks.
  ///
  /// As ``unordered(_:onFailure:priority:timeout:memoryLimit:lookAhead:seed:)``, but for the order: a task that takes long holds up
  /// those behind it, as many as the look-ahead.
  public func ordered<Inputs: Sequence>(
    _ tasks: Inputs, onFailure: FailurePolicy = .stop, priority: Int = 0, timeout: Duration? = nil,
    memoryLimit: Int? = nil, lookAhead: Int? = nil, seed: UInt64? = nil
  ) -> PoolResults<Inputs> {
    PoolResults(tasks, self, onFailure, priority, timeout, memoryLimit, lookAhead, seed, isOrdered: true)
  }

  /// Begins a call.
  func begin<Item: PoolTaskProtocol>(
    _ priority: Int, _ timeout: Duration?, _ memoryLimit: Int?, _ policy: FailurePolicy, _ seed: UInt64?,
    keep: (@Sendable (SettledTasks<Item>) -> Void)? = nil
  ) throws -> TypedCall<Item> {
    let number = try dispatcher.nextNumber()
    let limit = timeout?.inSeconds
    if let memoryLimit {
      guard dispatcher.processes != nil else {
        throw TaskPoolError.refused(
          "memoryLimit: tasks on threads have their memory together: use withTaskPool(isolation: .process)")
      }
      guard memoryLimit > 0 else {
        throw TaskPoolError.refused("memoryLimit is \(memoryLimit) bytes, and must be at least 1")
      }
    }
    let options = CallOptions(
      priority: priority, timeLimit: limit.map { max($0, 1e-6) }, memoryLimit: memoryLimit, policy: policy,
      seed: seed ?? mixed(self.seed, UInt64(number)))
    return try TypedCall(number: number, dispatcher: dispatcher, options: options, keep: keep)
  }
}

extension Dispatcher: TaskSubmitter {
  func submit<Item: PoolTaskProtocol>(
    _ task: Item, priority: Int, seed: UInt64, from parent: TaskJob?
  ) async throws -> Item.Output {
    let call = try TypedCall<Item>(
      number: nextNumber(), dispatcher: self, options: CallOptions(priority: priority, seed: seed))
    call.append([task], first: 0)
    return try await call.outcome()
  }
}

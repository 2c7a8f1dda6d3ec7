// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization

/// The rank, the thread and the number of a running task.
///
/// It is handed to tasks that ask for it: ``ContextPoolTask`` and ``AsyncPoolTask``.
public struct TaskContext: Sendable {
  let job: TaskJob

  /// The task's position in the input, from 0; 0 for a single task.
  public let index: Int

  /// Random numbers of its own: by the call's seed and the task's index, and so the same whichever rank runs it.
  ///
  /// ```swift
  /// var random = context.random
  /// let toss = Bool.random(using: &random)
  /// ```
  public var random: RandomStream

  package init(job: TaskJob, index: Int) {
    self.job = job
    self.index = index
    random = RandomStream(seed: job.seed, stream: index)
  }

  /// The rank that runs it, in the pool's communicator.
  public var rank: Int { job.place.rank }

  /// The number of ranks.
  public var rankCount: Int { job.place.rankCount }

  /// The host of the rank that runs it.
  public var host: String { job.place.host }

  /// Which try this is, from 0.
  public var attempt: Int { job.attempt }

  /// Writes lines with their rank, host and task.
  ///
  /// Where they go is decided by swift-log's `LoggingSystem`: standard error unless the program sets it.
  public var logger: Logger {
    var logger = Logger(label: "MPITasks")
    logger[metadataKey: "rank"] = "\(rank)"
    logger[metadataKey: "host"] = "\(host)"
    logger[metadataKey: "task"] = "\(index)"
    return logger
  }

  /// Whether the result is not needed any more: the call was canceled, or another task of it has failed.
  ///
  /// A task that takes long looks now and then, and throws or returns whatever it likes.
  public var isCancelled: Bool { job.isCancelled }

  /// Submits a task, which runs on whatever rank, and waits for its result.
  ///
  /// It goes before what the program has submitted. While this task waits, its thread runs other ones.
  ///
  /// - Parameter task: any task.
  /// - Throws: ``TaskFailure`` if it fails; ``TaskPoolError/unknownType(_:)`` if its type can't be found on other
  ///   ranks; `CancellationError` if this task was canceled.
  public func run<Item: PoolTaskProtocol>(_ task: Item) async throws -> Item.Output {
    guard let submitter = job.place.submitter else {
      throw TaskPoolError.failed("a task can be submitted by a task of a pool alone, and not by a loop")
    }
    let ordinal = UInt64(job.submitted.add(1, ordering: .relaxed).newValue)
    let seed = mixed(mixed(job.seed, UInt64(index)), ordinal)
    return try await submitter.submit(task, priority: TaskPool.priorityOfSubtasks, seed: seed, from: job)
  }

  /// Throws `CancellationError` where ``isCancelled``.
  ///
  /// - Throws: `CancellationError` if ``isCancelled`` is true.
  public func checkCancellation() throws {
    if isCancelled { throw CancellationError() }
  }
}

/// What the tasks of a batch have in common.
package final class TaskJob: Sendable {
  /// Where they run.
  package let place: TaskPlace
  /// The index of the first.
  let first: Int
  /// What their random numbers begin with.
  package let seed: UInt64
  /// Which try it is, from 0.
  let attempt: Int
  /// Whether they were canceled.
  let flag: CancelFlag
  /// Whether their time was up.
  let abandoned = CancelFlag()
  /// The number of the batch that they are, on a rank other than 0.
  let batch: Int
  /// How many tasks they are.
  let count: Int
  /// How many tasks they have submitted.
  let submitted = Atomic<Int>(0)
  /// How many of them have begun.
  private let line: TaskPage.Line

  package convenience init(place: TaskPlace, seed: UInt64 = 0) {
    self.init(place: place, first: 0, seed: seed, line: nil)
  }

  init(
    place: TaskPlace, first: Int, seed: UInt64, attempt: Int = 0, flag: CancelFlag = CancelFlag(), batch: Int = 0,
    count: Int = 1, line: TaskPage.Line? = nil
  ) {
    self.line = line ?? TaskPage.Line()
    self.batch = batch
    self.count = count
    self.place = place
    self.first = first
    self.seed = seed
    self.attempt = attempt
    self.flag = flag
  }

  package var isCancelled: Bool { flag.isSet || abandoned.isSet }

  /// Takes the right to begin the next of them, or so many. False if they were taken back.
  func claim(_ count: Int = 1) -> Bool { line.claim(count) }

  /// Whether what had not begun was taken back.
  var isCut: Bool { line.isCut }

  /// Takes back what has not begun. One thread does.
  ///
  /// - Returns: how many have, the first ones; nil if it was done before.
  func cut() -> Int? { line.cut().map { min(count, $0) } }

  /// Whether another process looks at how far they are.
  var isWatched: Bool { line.number > 0 }

  /// Notes that the thread that calls runs a task of them, or not any longer, for the case that this process dies.
  func note(isRunning: Bool) { line.note(isRunning: isRunning) }
}

/// A flag that one thread sets and others look at.
package final class CancelFlag: Sendable {
  private let value = Atomic<Bool>(false)
  /// What to do when it is set; nil afterwards.
  private let actions = Mutex<[@Sendable () -> Void]?>([])

  package init() {}

  package var isSet: Bool { value.load(ordering: .relaxed) }

  /// Sets it, and calls the handlers.
  package func set() {
    value.store(true, ordering: .sequentiallyConsistent)
    for action in actions.withLock({ $0.take() ?? [] }) { action() }
  }

  /// Calls `action` when it is set; at once if it is.
  func whenSet(_ action: @escaping @Sendable () -> Void) {
    let isLate = actions.withLock { actions in
      actions?.append(action)
      return actions == nil
    }
    if isLate { action() }
  }
}

/// Where tasks run: a rank, as they see it.
package struct TaskPlace: Sendable {
  package var rank: Int
  package var rankCount: Int
  package var host: String
  /// The name of the rank's node: ranks of one name share memory, if they can.
  var node: String
  /// What is made ready before the first task; nil for nothing.
  var preparation: Preparation?
  /// Takes tasks that tasks submit; nil in loops.
  var submitter: (any TaskSubmitter)?

  package init(rank: Int, rankCount: Int, host: String) {
    self.rank = rank
    self.rankCount = rankCount
    self.host = host
    node = NodeName.of(rank: rank, host: host)
  }
}

/// What takes a task that a task submits.
protocol TaskSubmitter: Sendable {
  func submit<Item: PoolTaskProtocol>(
    _ task: Item, priority: Int, seed: UInt64, from parent: TaskJob?
  ) async throws -> Item.Output
}

/// What takes the tasks of tasks as long as it exists. Tasks have this one, and may live longer than their pool.
final class WeakSubmitter<Submitter: TaskSubmitter & AnyObject>: TaskSubmitter, @unchecked Sendable {
  private weak let submitter: Submitter?

  init(_ submitter: Submitter) { self.submitter = submitter }

  func submit<Item: PoolTaskProtocol>(
    _ task: Item, priority: Int, seed: UInt64, from parent: TaskJob?
  ) async throws -> Item.Output {
    guard let submitter else { throw TaskPoolError.poolEnded }
    return try await submitter.submit(task, priority: priority, seed: seed, from: parent)
  }
}

/// A number made of two, which differs from that of other two (the finalizer of SplitMix64).
package func mixed(_ a: UInt64, _ b: UInt64) -> UInt64 {
  var z = a &+ 0x9E37_79B9_7F4A_7C15 &* (b &+ 1)
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

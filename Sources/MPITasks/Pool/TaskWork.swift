// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Tasks that one thread works through, and what has become of them.
public final class TaskWork<Item: PoolTaskProtocol>: @unchecked Sendable {
  // One thread has it at a time: the one that runs the tasks, then the one that takes the results.

  @usableFromInline let tasks: ArraySlice<Item>
  let job: TaskJob
  /// Where the next task is.
  @usableFromInline var position: Int
  /// The results of those that have run and not failed, in order.
  @usableFromInline var outputs: [Item.Output] = []
  /// Those that failed.
  var failures: [FailureRecord] = []
  /// For each task its distance from the first of the batch, where some are missing.
  private let offsets: [Int]?
  /// Whether none of the tasks can be taken back.
  private let areClaimed: Bool

  /// - Parameter offsets: for each task its distance from the first of the batch, where some are missing. All of the
  ///   batch is claimed then.
  init(_ tasks: ArraySlice<Item>, offsets: [Int]? = nil, job: TaskJob) {
    self.tasks = tasks
    areClaimed = offsets != nil
    self.job = job
    self.offsets = offsets
    position = tasks.startIndex
    outputs.reserveCapacity(tasks.count)
  }

  /// The next task; nil if all have run, or they were canceled or taken back.
  @inlinable
  public func next() -> Item? {
    guard position < tasks.endIndex, mayBegin() else { return nil }
    position += 1
    return tasks[position - 1]
  }

  @usableFromInline
  func mayBegin() -> Bool { !job.isCancelled && (areClaimed || job.claim()) }

  /// Notes the result of the task that ran.
  ///
  /// - Parameter output: the result of the task.
  @inlinable
  public func succeed(_ output: Item.Output) { outputs.append(output) }

  /// Notes that the task that ran has thrown.
  ///
  /// - Parameter error: what the task has thrown.
  @inlinable
  public func fail(_ error: any Error) { record(error) }

  /// The context in which the task runs.
  public var context: TaskContext { TaskContext(job: job, index: job.first + offset) }

  /// The distance of the task that ran from the first of the batch.
  private var offset: Int {
    let index = position - 1 - tasks.startIndex
    return offsets?[index] ?? index
  }

  /// How many have run, with a result or without.
  var ran: Int { position - tasks.startIndex }

  /// How many were to run and could not be decoded.
  var missing: Int { failures.count { $0.reason == .taskCoding } }

  /// The distances from the first of the batch of those that have a result.
  var offsetsOfOutputs: [Int] {
    let failed = Set(failures.map(\.offset))
    return (0..<ran).map { offsets?[$0] ?? $0 }.filter { !failed.contains($0) }
  }

  @usableFromInline
  func record(_ error: any Error) {
    failures.append(FailureRecord(error, offset: offset, of: Item.self, job.place))
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A batch of tasks that a compute thread of this rank runs.
final class RunningBatch<Item: PoolTaskProtocol>: WorkItem, @unchecked Sendable {
  private static var waiting: UInt8 { 0 }
  private static var ended: UInt8 { 1 }

  private let state = Atomic<UInt8>(waiting)
  private let job: TaskJob
  private let limit: Double?
  private let load: () -> TaskWork<Item>
  private let end: (_ work: TaskWork<Item>, _ seconds: Double) -> Void
  private let abandon: (FailureRecord) -> Void

  /// - Parameters:
  ///   - job: what the tasks have in common.
  ///   - timeLimit: for a batch of one task, how long it may take, in seconds.
  ///   - load: makes the tasks.
  ///   - end: takes what has become of them, and how long they took.
  ///   - giveUp: takes the failure of a task that took too long.
  init(
    job: TaskJob, timeLimit: Double?, load: @escaping () -> TaskWork<Item>,
    end: @escaping (_ work: TaskWork<Item>, _ seconds: Double) -> Void, giveUp: @escaping (FailureRecord) -> Void
  ) {
    self.job = job
    self.load = load
    self.end = end
    limit = timeLimit
    abandon = giveUp
  }

  var timeLimit: Double? { limit }

  /// A batch that another process watches has a result in any case.
  var isWanted: Bool { !job.isCut || job.isWatched }

  func perform(on crew: ComputeCrew) {
    let work = load()
    let start = monotonicSeconds()
    guard Item._isAsync else {
      job.note(isRunning: true)
      Surroundings.inside(.task) { Item._perform(work) }
      job.note(isRunning: false)
      finish(work, start, crew)
      return
    }
    if limit != nil { crew.leaveThread(self) }
    let executor: any TaskExecutor = job.isWatched ? BatchExecutor(crew, job) : crew
    let task = Task(executorPreference: executor) {
      await Surroundings.inside(.task) { await Item._performAsync(work) }
      self.finish(work, start, crew)
    }
    job.flag.whenSet { task.cancel() }
    if limit != nil { job.abandoned.whenSet { task.cancel() } }
  }

  func claimEnd() -> Bool {
    state.compareExchange(expected: Self.waiting, desired: Self.ended, ordering: .acquiringAndReleasing).exchanged
  }

  private func finish(_ work: TaskWork<Item>, _ start: Double, _ crew: ComputeCrew) {
    if limit != nil { crew.unwatch(self) }
    guard claimEnd() else { return }
    end(work, monotonicSeconds() - start)
  }

  func giveUp() {
    let time = Formatting.limit(limit ?? 0)
    let message = "it took longer than its limit of \(time); a task can't be stopped, so its thread was replaced"
    job.abandoned.set()
    abandon(FailureRecord(.timedOut, message, offset: 0, of: Item.self, job.place))
  }
}

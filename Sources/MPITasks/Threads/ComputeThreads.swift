// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// Threads that compute, for loops and pools. They are made when they are first needed, and kept as long as the process
/// lives: a pool or a loop that comes later finds them. Once the system has had none to give, none is kept.
///
/// They never call MPI.
package final class ComputeThreads: Sendable {
  /// This process's.
  package static let shared = ComputeThreads()

  private struct State {
    var idle: [Worker] = []
    /// Whether the system has once had no thread to give. From then on none is kept, so that others may have it.
    var isShort = false
  }

  private let state = Mutex(State())

  private init() {}

  /// Runs `body` on each of a number of threads, at once, with numbers from 0.
  ///
  /// If the system has fewer threads to give, half of these run it, so that there is something left for others, and
  /// a warning is printed.
  ///
  /// - Returns: the team of these threads. It must be joined: what `body` uses is in use until then.
  /// - Throws: if it has none at all.
  package func start(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws(MPIError) -> ComputeTeam {
    var workers: [Worker] = []
    while workers.count < count {
      do throws(MPIError) {
        workers.append(try worker())
      } catch {
        guard !workers.isEmpty else { throw error }
        let surplus = workers.suffix(workers.count / 2)
        workers.removeLast(surplus.count)
        for worker in surplus { worker.give(nil) }
        ThreadCount.warn("\(workers.count) threads compute and not \(count): \(error.text)")
        break
      }
    }
    let team = ComputeTeam(workers.count)
    for (index, worker) in workers.enumerated() {
      worker.give(Worker.Job(team: team) { body(index) })
    }
    return team
  }

  /// Runs `body` on a thread, which comes back when that returns.
  ///
  /// - Throws: if the system has none to give.
  func run(_ body: @escaping @Sendable () -> Void) throws(MPIError) {
    try worker().give(Worker.Job(team: nil, body: body))
  }

  /// One that has nothing to do.
  private func worker() throws(MPIError) -> Worker {
    if let kept = state.withLock({ $0.idle.popLast() }) { return kept }
    do throws(MPIError) {
      return try Worker(self)
    } catch {
      state.withLock { $0.isShort = true }
      throw error
    }
  }

  /// Takes back one that has nothing to do.
  ///
  /// - Returns: whether it is kept.
  fileprivate func takeBack(_ worker: Worker) -> Bool {
    state.withLock { state in
      if !state.isShort { state.idle.append(worker) }
      return !state.isShort
    }
  }
}

/// Threads that run one function together.
package final class ComputeTeam: Sendable {
  private let running: Monitor<Int>

  fileprivate init(_ count: Int) { running = Monitor(count) }

  /// Waits until the function has returned on all of them.
  package func join() { running.wait { $0 == 0 ? () : nil } }

  fileprivate func leave() {
    running.withLock { count in
      count -= 1
      if count == 0 { running.wakeAll() }
    }
  }
}

/// A thread with what it has to do next.
private final class Worker: Sendable {
  struct Job: Sendable {
    /// What waits for its end; nil if nothing does.
    var team: ComputeTeam?
    var body: @Sendable () -> Void
  }

  /// What is to be done next: nil for nothing yet, and an empty one for the thread's end.
  private let job = Monitor<Job??>(nil)

  init(_ threads: ComputeThreads) throws(MPIError) {
    // The thread holds what it needs of this object.
    try Thread { [self] in work(for: threads) }.detach()
  }

  private func work(for threads: ComputeThreads) {
    while true {
      guard let next = job.wait(for: { $0.take() }) else { continue }
      guard let next else { return }
      guard run(next, for: threads) else { return }
    }
  }

  /// Does a job, and lets go of all that it holds.
  ///
  /// - Returns: whether there may be another.
  private func run(_ job: consuming Job, for threads: ComputeThreads) -> Bool {
    job.body()
    let team = job.team
    _ = consume job
    // First, so that a thread that joins the team finds it idle.
    let isKept = threads.takeBack(self)
    team?.leave()
    return isKept
  }

  /// Gives it what to do next; nil has the thread end.
  func give(_ next: Job?) {
    job.withLock { $0 = .some(next) }
    job.wakeOne()
  }
}

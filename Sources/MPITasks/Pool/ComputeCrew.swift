// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// Something for a compute thread to do.
protocol WorkItem: AnyObject, Sendable {
  /// How long it may take, in seconds; nil for as long as it does.
  var timeLimit: Double? { get }

  /// Whether it is still to be done: it was not taken back.
  var isWanted: Bool { get }

  /// Does it, on the thread that calls. Work that waits goes on elsewhere, and this returns.
  func perform(on crew: ComputeCrew)

  /// Reports that it was given up at its time limit. Called once at most, and only after its end was claimed.
  func giveUp()

  /// Takes the right to report how it ended. False if it was taken: its time is up, or it has ended.
  func claimEnd() -> Bool
}

/// Where compute threads find work.
protocol WorkSource: AnyObject, Sendable {
  /// The next piece of work for one of `threads` threads; nil if there is none.
  func takeWork() -> (any WorkItem)?
}

/// What runs the tasks of a rank.
protocol Crew: AnyObject, Sendable {
  /// How many have something to do.
  var busyCount: Int { get }

  /// How many have nothing to do.
  var idleCount: Int { get }

  /// Notes that there is new work, or that the results of some are not needed any more.
  func notify(all: Bool)

  /// Has as many at work, from now on.
  ///
  /// - Throws: if there can be none.
  func grow(to count: Int) throws(MPIError)

  /// Gives up what has passed its limit.
  ///
  /// - Returns: when the next limit is, by ``monotonicSeconds()``; nil if there is none to be watched by the caller.
  func checkLimits() throws(MPIError) -> Double?

  /// Lets all end.
  func end()
}

/// The compute threads of a rank. It is also what runs the parts of tasks that wait.
final class ComputeCrew: Crew, TaskExecutor, @unchecked Sendable {
  private struct State {
    /// The threads that are to be there.
    var wanted = 0
    var members: [Member] = []
    /// What has a time limit, and by when it must be over.
    var limited: [(item: any WorkItem, end: Double, member: Member?)] = []
    /// Parts of tasks that can go on.
    var jobs = Queue<Part>()
    var hasEnded = false
  }

  /// A part of a task.
  private struct Part {
    var job: UnownedJob
    /// The batch that it belongs to, if that is to be noted while it runs.
    var batch: BatchExecutor?
  }

  /// A compute thread.
  private final class Member: Sendable {
    /// Whether it shall end as soon as it has done what it does.
    let isDismissed = Atomic<Bool>(false)
    let isBusy = Atomic<Bool>(false)
  }

  /// For how many seconds a thread may compute before it lets others have its core.
  private static let longWithoutYield = 100e-6

  /// Wakes threads that have run dry.
  let signal = Signal()
  private unowned let source: any WorkSource
  /// Called when something that has a time limit begins.
  private let onLimit: @Sendable () -> Void
  private let state = Mutex(State())
  private let jobCount = Atomic<Int>(0)

  init(source: any WorkSource, onLimit: @escaping @Sendable () -> Void) {
    self.source = source
    self.onLimit = onLimit
  }

  func notify(all: Bool) { signal.notify(all: all) }

  /// How many threads have something to do.
  var busyCount: Int {
    state.withLock { $0.members.count { $0.isBusy.load(ordering: .relaxed) } }
  }

  /// How many threads have nothing to do.
  var idleCount: Int {
    state.withLock { $0.members.count { !$0.isBusy.load(ordering: .relaxed) } }
  }

  /// Has as many threads at work, from now on. If the system has fewer to give, half of these run, so that there is
  /// something left for others, and a warning is printed.
  ///
  /// - Throws: if it has none at all.
  func grow(to count: Int) throws(MPIError) {
    let new = state.withLock { state -> [Member] in
      guard !state.hasEnded, count > state.wanted else { return [] }
      let new = (state.wanted..<count).map { _ in Member() }
      state.wanted = count
      state.members += new
      return new
    }
    for (index, member) in new.enumerated() {
      do throws(MPIError) {
        try start(member)
      } catch {
        let surplus = new[(index / 2)...]
        let left = state.withLock { state in
          state.members.removeAll { member in surplus.contains { $0 === member } }
          state.wanted = state.members.count
          return state.wanted
        }
        for member in surplus { member.isDismissed.store(true, ordering: .relaxed) }
        signal.notify(all: true)
        guard left > 0 else { throw error }
        ThreadCount.warn("\(left) threads run tasks and not \(count): \(error.text)")
        return
      }
    }
  }

  /// Lets all threads end, those that are at work as soon as they have done it.
  func end() {
    state.withLock { state in
      state.hasEnded = true
      for member in state.members { member.isDismissed.store(true, ordering: .relaxed) }
      state.members = []
    }
    signal.notify(all: true)
  }

  private func start(_ member: Member) throws(MPIError) {
    // The thread keeps the source of work alive until it has left.
    let source = source
    try ComputeThreads.shared.run { [self] in work(as: member, from: source) }
  }

  private func work(as member: Member, from source: any WorkSource) {
    var idle = 0
    var lastYield = monotonicSeconds()
    while !member.isDismissed.load(ordering: .relaxed) {
      let generation = signal.generation
      if let part = nextPart() {
        member.isBusy.store(true, ordering: .relaxed)
        run(part)
        member.isBusy.store(false, ordering: .relaxed)
        idle = 0
      } else if let item = takeWork(from: source, as: member) {
        if let limit = item.timeLimit { watch(item, limit, member) }
        item.perform(on: self)
        member.isBusy.store(false, ordering: .relaxed)
        idle = 0
        // The thread that exchanges messages may want this core. The system would let it wait for some milliseconds.
        if monotonicSeconds() - lastYield > Self.longWithoutYield {
          yieldThread()
          lastYield = monotonicSeconds()
        }
      } else if idle < 20 {
        // What comes next often comes at once.
        idle += 1
        yieldThread()
      } else {
        signal.wait(since: generation)
        idle = 0
      }
    }
    // Passes on a notification that it may have swallowed.
    signal.notify()
  }

  /// Takes work. The thread counts as busy before it has it: a pool that stops ends when no thread is busy and none can
  /// take anything.
  private func takeWork(from source: any WorkSource, as member: Member) -> (any WorkItem)? {
    member.isBusy.store(true, ordering: .sequentiallyConsistent)
    if let item = source.takeWork() { return item }
    member.isBusy.store(false, ordering: .relaxed)
    return nil
  }

  // MARK: Parts of tasks

  func enqueue(_ job: consuming ExecutorJob) { enqueue(job, of: nil) }

  /// Takes a part of a task.
  func enqueue(_ job: consuming ExecutorJob, of batch: BatchExecutor?) {
    let part = Part(job: UnownedJob(job), batch: batch)
    let hasEnded = state.withLock { state in
      if !state.hasEnded { state.jobs.append(part) }
      return state.hasEnded
    }
    if hasEnded {
      // A task that outlives the pool: nothing waits for it, but it may have to clean up.
      do {
        try Thread { [self] in run(part) }.detach()
      } catch {
        run(part)
      }
    } else {
      jobCount.add(1, ordering: .relaxed)
      signal.notify()
    }
  }

  private func nextPart() -> Part? {
    guard jobCount.load(ordering: .relaxed) > 0 else { return nil }
    let part = state.withLock { $0.jobs.removeFirst() }
    if part != nil { jobCount.subtract(1, ordering: .relaxed) }
    return part
  }

  private func run(_ part: Part) {
    guard let batch = part.batch else {
      part.job.runSynchronously(on: asUnownedTaskExecutor())
      return
    }
    batch.job.note(isRunning: true)
    part.job.runSynchronously(on: batch.asUnownedTaskExecutor())
    batch.job.note(isRunning: false)
  }

  // MARK: Time limits

  private func watch(_ item: any WorkItem, _ limit: Double, _ member: Member) {
    let end = monotonicSeconds() + limit
    state.withLock { $0.limited.append((item, end, member)) }
    onLimit()
  }

  /// Notes that something with a time limit has completed.
  func unwatch(_ item: any WorkItem) {
    state.withLock { $0.limited.removeAll { $0.item === item } }
  }

  /// Notes that something that has a time limit does not keep its thread.
  func leaveThread(_ item: any WorkItem) {
    state.withLock { state in
      if let place = state.limited.firstIndex(where: { $0.item === item }) { state.limited[place].member = nil }
    }
  }

  /// Gives up what has passed its limit; each thread that is stuck in it gets a replacement.
  ///
  /// - Returns: when the next limit is, by ``monotonicSeconds()``.
  /// - Throws: if no thread is left, and none can be had.
  func checkLimits() throws(MPIError) -> Double? {
    let now = monotonicSeconds()
    let (late, new, next) = state.withLock { state -> ([any WorkItem], [Member], Double?) in
      var late: [any WorkItem] = []
      var new: [Member] = []
      for entry in state.limited where entry.end <= now && entry.item.claimEnd() {
        late.append(entry.item)
        guard let stuck = entry.member, !state.hasEnded else { continue }
        stuck.isDismissed.store(true, ordering: .relaxed)
        state.members.removeAll { $0 === stuck }
        new.append(Member())
      }
      state.members += new
      state.limited.removeAll { $0.end <= now }
      return (late, new, state.limited.map(\.end).min())
    }
    for item in late { item.giveUp() }
    for member in new {
      do throws(MPIError) {
        try start(member)
      } catch {
        let left = state.withLock { state in
          state.members.removeAll { $0 === member }
          return state.members.count
        }
        if left == 0 { throw error }
      }
    }
    return next
  }
}

/// What runs the parts of one batch's tasks, so that it is known whose they are.
final class BatchExecutor: TaskExecutor {
  private let crew: ComputeCrew
  let job: TaskJob

  init(_ crew: ComputeCrew, _ job: TaskJob) { (self.crew, self.job) = (crew, job) }

  func enqueue(_ job: consuming ExecutorJob) { crew.enqueue(job, of: self) }
}

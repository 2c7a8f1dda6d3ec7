// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// Rank 0's tasks that wait, for the threads of rank 0 and for `PoolRoot`, which sends them to the other ranks.
final class Dispatcher: WorkSource, ErrandSource, @unchecked Sendable {
  private struct State {
    var queue = PriorityQueue<any Call>()
    /// How many tasks wait.
    var waiting = 0
    /// Batches of several tasks that threads of this rank run, with when they should be over.
    var running: [ObjectIdentifier: (batch: any Batch, due: Double)] = [:]
    /// The calls that are not over, by number.
    var calls: [Int: any Call] = [:]
    var lastNumber = 0
    /// Calls that have completed before all that they sent has come back.
    var ended: Set<Int> = []
    /// The keys of the values that the pool shares.
    var shared: Set<Int> = []
    /// The shared arrays that task processes of this rank can't read where they lie, and why.
    var unreadable: [(key: Int, why: String)] = []
    /// Stops the pool in time; nil if it does not stop.
    var stop: PoolStop?
    /// How many tasks the calls have announced, and since when.
    var expected = 0
    var start: Double?
    /// Why no call can begin any more.
    var closed: (any Error)?
  }

  /// This rank as tasks see it.
  private(set) var place: TaskPlace
  /// Wakes the thread of the exchange.
  private let bell: Doorbell
  private let state = Mutex(State())
  private let figures: Mutex<(ranks: [RankFigures], lastEnd: Double)>
  private let sentTasks = Mutex<[String: RunSummary.SentTasks]>([:])
  private let arguments = Mutex(RepeatedArguments())
  private let paces = Mutex<[ObjectIdentifier: Double]>([:])
  /// How many compute threads there are on all ranks.
  private let allThreads = Atomic<Int>(1)
  /// Whether there are other ranks.
  private let hasWorkers: Bool
  /// The task processes of this rank; nil if its tasks run on its threads.
  private(set) var processes: ProcessCrew?
  /// What runs the tasks of this rank.
  var crew: any Crew { processes ?? threadCrew }
  private lazy var threadCrew = ComputeCrew(source: self) { [bell] in bell.ring() }
  /// How often the process of a task may die until the task has failed.
  let deathLimit: Int

  /// - Parameters:
  ///   - bell: of the exchange.
  ///   - isolation: where tasks run.
  ///   - call: the number of the pool's call.
  init(place: TaskPlace, _ bell: Doorbell, _ isolation: TaskIsolation, call: Int) {
    self.place = place
    self.bell = bell
    deathLimit = (isolation.settings ?? TaskIsolation.Settings()).deaths
    hasWorkers = place.rankCount > 1
    figures = Mutex((Array(repeating: RankFigures(host: place.host), count: place.rankCount), 0))
    if let settings = isolation.settings {
      processes = ProcessCrew(self, place: place, settings, call: call)
    } else {
      _ = threadCrew
    }
    self.place.submitter = WeakSubmitter(self)
  }

  var threads: Int {
    get { allThreads.load(ordering: .relaxed) }
    set { allThreads.store(newValue, ordering: .relaxed) }
  }

  // MARK: Calls

  /// A number for a call that begins.
  func nextNumber() throws -> Int {
    try state.withLock { state in
      if let error = state.closed { throw error }
      state.lastNumber += 1
      return state.lastNumber
    }
  }

  /// Puts a call with new tasks in the queue.
  func enqueue(_ call: any Call, tasks: Int) {
    let error = state.withLock { state -> (any Error)? in
      if let error = state.closed { return error }
      state.calls[call.number] = call
      if state.start == nil { state.start = monotonicSeconds() }
      state.waiting += tasks
      if !call.isQueued {
        call.isQueued = true
        state.queue.append(call, priority: call.priority)
      }
      return nil
    }
    if let error {
      call.fail(error)
      return
    }
    crew.notify(all: tasks > 1)
    if hasWorkers { bell.ring() }
  }

  /// Notes that a call has completed.
  func forget(_ call: any Call, waiting: Int) {
    state.withLock { state in
      state.calls[call.number] = nil
      state.waiting -= waiting
      if hasWorkers, call.flag.isSet { state.ended.insert(call.number) }
    }
    guard call.flag.isSet else { return }
    if hasWorkers { bell.ring() }
    processes?.noteCancel()
  }

  /// The numbers of the calls that have ended early since this was last asked.
  func takeEnded() -> Set<Int> {
    state.withLock { state in
      defer { state.ended = [] }
      return state.ended
    }
  }

  /// Ends all calls with an error, those to come as well.
  func close(_ error: any Error) {
    let calls = state.withLock { state in
      if state.closed == nil { state.closed = error }
      return Array(state.calls.values)
    }
    for call in calls { call.fail(error) }
  }

  /// Notes a value that is to be forgotten at the end.
  func noteShared(_ key: Int) { state.withLock { _ = $0.shared.insert(key) } }

  /// The values that are to be forgotten now.
  func takeShared() -> Set<Int> {
    state.withLock { state in
      defer { state.shared = [] }
      return state.shared
    }
  }

  // MARK: Batches

  func takeWork() -> (any WorkItem)? {
    guard let batch = takeBatch({ _, _ in true }) else {
      // The thread that takes back sleeps if there are no messages.
      if !hasWorkers, hasSpare { bell.ring() }
      return nil
    }
    let work = batch.localWork(place)
    noteStart(of: batch)
    return work
  }

  func takeErrand(
    for line: TaskPage.Line, _ isWanted: (_ waiting: Int, _ taskSeconds: Double?) -> Bool
  ) -> (any Errand)? {
    guard let batch = takeBatch(isWanted) else {
      if !hasWorkers, hasSpare { bell.ring() }
      return nil
    }
    let errand = batch.errand(place, line)
    noteStart(of: batch)
    return errand
  }

  /// Notes a batch that this rank runs, so that a part of it can be taken back.
  private func noteStart(of batch: any Batch) {
    // In a process a single task, too, may wait behind another one.
    guard batch.count > 1 || processes != nil, hasWorkers || threads > 1 else { return }
    let due = monotonicSeconds() + batch.seconds
    state.withLock { $0.running[ObjectIdentifier(batch)] = (batch, due) }
  }

  /// Whether nothing waits, and threads of this rank may have tasks that have not begun.
  var hasSpare: Bool { state.withLock { $0.waiting == 0 && !$0.running.isEmpty } }

  /// Notes that a thread of this rank is through with a batch.
  func noteEnd(of batch: any Batch) {
    if batch.count > 1 || processes != nil {
      state.withLock { _ = $0.running.removeValue(forKey: ObjectIdentifier(batch)) }
    }
  }

  /// Takes back what threads of this rank have and have not begun, if that is not over, or has not been, within so many
  /// seconds, as far as is known; others have nothing to do.
  ///
  /// - Returns: whether there was any.
  func takeBackOwn(patience: Double, at now: Double) -> Bool {
    let batches = state.withLock { state in
      let worth = state.running.filter { abs($0.value.due - now) > patience }
      for key in worth.keys { state.running[key] = nil }
      return worth.values.map(\.batch)
    }
    var hasAny = false
    for batch in batches {
      guard let rest = batch.cut() else { continue }
      hasAny = true
      batch.putBack(rest)
    }
    return hasAny
  }

  /// The next batch, if the caller accepts it.
  ///
  /// - Parameter isWanted: is given how many tasks wait, and how long one of the next call takes.
  func takeBatch(_ isWanted: (_ waiting: Int, _ taskSeconds: Double?) -> Bool) -> (any Batch)? {
    state.withLock { state in
      while let (call, priority) = state.queue.first {
        if let stop = state.stop, !stop.mayBegin(lasting: call.taskSeconds) {
          bell.ring()
          return nil
        }
        guard isWanted(state.waiting, call.taskSeconds) else { return nil }
        _ = state.queue.removeFirst()
        guard let (batch, hasMore) = call.takeBatch(threads: threads) else {
          call.isQueued = false
          continue
        }
        if hasMore { state.queue.append(call, priority: priority) } else { call.isQueued = false }
        state.waiting -= batch.count
        return batch
      }
      return nil
    }
  }

  // MARK: Task processes

  func submit(
    _ fields: SubmitFields, _ typeName: String, _ payload: consuming Payload, from errand: (any Errand)?,
    _ answer: @escaping @Sendable (Frame<PoolMessage>) -> Void
  ) {
    Submission(fields, typeName).run(payload, by: self, answer)
  }

  func noteReady() {}

  func noteUnreadable(_ key: Int, why: String) {
    state.withLock { $0.unreadable.append((key, why)) }
    bell.ring()
  }

  /// The shared arrays that task processes of this rank have reported since this was last asked.
  func takeUnreadable() -> [(key: Int, why: String)] {
    state.withLock { state in
      defer { state.unreadable = [] }
      return state.unreadable
    }
  }

  /// Has the pool stop when the time of the job is up.
  ///
  /// - Throws: if the system gives no thread that watches the time.
  func stopInTime() throws(MPIError) {
    guard stop == nil else { return }
    let stop = try PoolStop(asksBatchSystem: true) { [weak self] in self?.noteTimeUp() }
    state.withLock { $0.stop = $0.stop ?? stop }
  }

  /// Stops the pool in time; nil if it does not stop.
  var stop: PoolStop? { state.withLock { $0.stop } }

  /// Notes that the time of the job is up.
  func noteTimeUp() {
    stop?.begin()
    bell.ring()
  }

  func fail(_ text: String) { close(TaskPoolError.failed(text)) }

  // MARK: Figures

  /// Adds to the number of expected tasks, or takes from it.
  func expect(_ count: Int) { state.withLock { $0.expected += count } }

  /// How far it is; nil before the first task.
  ///
  /// - Parameter busyRanks: how many of the other ranks have something to do.
  func progress(_ now: Double, busyRanks: Int) -> ProgressText? {
    let (start, expected) = state.withLock { ($0.start, $0.expected) }
    guard let start else { return nil }
    var progress = ProgressText()
    for rank in allFigures {
      progress.done += rank.tasks
      progress.failed += rank.failed
    }
    progress.total = expected >= progress.done && expected < 1 << 50 ? expected : nil
    progress.elapsed = now - start
    progress.busyRanks = busyRanks + (crew.busyCount > 0 ? 1 : 0)
    progress.ranks = place.rankCount
    return progress
  }

  /// How many tasks are left, as far as that is known.
  var remaining: Int {
    let (waiting, expected) = state.withLock { ($0.waiting, $0.expected) }
    let done = allFigures.reduce(0) { $0 + $1.tasks }
    return expected < 1 << 50 ? max(waiting, expected - done) : waiting
  }

  /// What was done, up to the end of the last task.
  var summary: RunSummary {
    let start = state.withLock { $0.start }
    let (ranks, end) = figures.withLock { ($0.ranks, $0.lastEnd) }
    let sent = sentTasks.withLock { Array($0.values) }
    return RunSummary(
      ranks: ranks, seconds: start.map { max(0, end - $0) } ?? 0, sent: sent,
      repeated: arguments.withLock(\.all))
  }

  /// Notes a batch that goes to another rank.
  func noteSent(_ batch: any Batch, bytes: Int) {
    let type = batch.taskType
    sentTasks.withLock { sent in
      sent[type, default: RunSummary.SentTasks(type: type)].tasks += batch.count
      sent[type]!.bytes += bytes
    }
    if bytes >= RepeatedArguments.large * batch.count { arguments.withLock { batch.note(in: &$0) } }
  }

  /// How long a task of a type took last, in seconds; nil if none was run yet.
  func pace<Item: PoolTaskProtocol>(of type: Item.Type) -> Double? { paces.withLock { $0[ObjectIdentifier(type)] } }

  /// Notes how long a task of a type took.
  func notePace<Item: PoolTaskProtocol>(_ seconds: Double, of type: Item.Type) {
    paces.withLock { $0[ObjectIdentifier(type)] = seconds }
  }

  /// Notes what a rank has done.
  func note(tasks: Int, failed: Int, seconds: Double, rank: Int, call: any Call) {
    let now = monotonicSeconds()
    figures.withLock { figures in
      figures.ranks[rank].add(tasks: tasks, failed: failed, seconds: seconds)
      figures.lastEnd = now
    }
  }

  func updateFigures(_ rank: Int, _ change: (inout RankFigures) -> Void) {
    figures.withLock { change(&$0.ranks[rank]) }
  }

  var allFigures: [RankFigures] { figures.withLock { $0.ranks } }

  /// How many tasks wait.
  var waiting: Int { state.withLock { $0.waiting } }
}

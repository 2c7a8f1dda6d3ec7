// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// How the tasks of a call are to be run.
struct CallOptions: Sendable {
  var priority = 0
  var timeLimit: Double?
  /// In bytes.
  var memoryLimit: Int?
  var policy = FailurePolicy.stop
  var seed: UInt64 = 0
}

/// A call of the pool: its tasks that wait, and the results that were not taken yet.
final class TypedCall<Item: PoolTaskProtocol>: Call, @unchecked Sendable {
  /// Tasks that follow one another in the input, and wait.
  private struct Chunk {
    var first: Int
    var tasks: ArraySlice<Item>
    var attempt = 0
    /// Whether each must go by itself.
    var isSingle = false
    /// What became of the processes that had it.
    var record = DeathRecord()

    /// Whether it goes on where another one ends of which so many tasks were taken.
    func follows(_ other: Chunk, after count: Int) -> Bool {
      first == other.first + count && attempt == other.attempt && !isSingle && record == other.record
    }
  }

  private struct State {
    /// What waits, and how many tasks that is.
    var chunks = Queue<Chunk>()
    var waiting = 0
    var size = BatchSize()
    /// Whether all was given out while results were still to come.
    var ranDry = false
    /// The most bytes that a task, or its result, has had if it was sent.
    var taskBytes = 0
    var deliveries: [Delivery<Item>] = []
    /// How many tasks have completed with them.
    var over = 0
    /// Whether any of those has failed.
    var hasFailed = false
    /// The continuation that waits for deliveries, and for how many tasks.
    var waiter: UnsafeContinuation<Void, Never>?
    var wanted = 1
    var error: (any Error)?

    /// Whether the deliveries are complete for a caller that waits for this many tasks.
    func isReady(for wanted: Int) -> Bool { error != nil || hasFailed || over >= wanted }

    /// Takes tasks of the first chunk, so many at most.
    mutating func takeTasks(_ count: Int) -> ArraySlice<Item> {
      guard let all = chunks.first?.tasks else { return [] }
      let tasks = all.prefix(count)
      waiting -= tasks.count
      if tasks.count == all.count {
        // The chunk's memory goes with its last batch.
        _ = chunks.removeFirst()
      } else {
        chunks.first?.tasks = all.dropFirst(count)
        chunks.first?.first += count
      }
      return tasks
    }
  }

  /// Up to how many seconds tasks that can wait follow one another in a batch; longer ones wait side by side.
  private static var shortWait: Double { 100e-6 }

  let number: Int
  let flag = CancelFlag()
  var isQueued = false
  var priority: Int { options.priority }

  let options: CallOptions
  /// The name of the tasks' type.
  let typeName: String
  fileprivate let dispatcher: Dispatcher
  /// Takes what has become of tasks, on whatever thread, before the program does.
  private let keep: (@Sendable (SettledTasks<Item>) -> Void)?
  private let state = Mutex(State())

  init(
    number: Int, dispatcher: Dispatcher, options: CallOptions, keep: (@Sendable (SettledTasks<Item>) -> Void)? = nil
  ) throws {
    self.number = number
    self.keep = keep
    self.dispatcher = dispatcher
    self.options = options
    typeName = try TaskTypes.name(of: Item.self)
    if let seconds = dispatcher.pace(of: Item.self) { state.withLock { $0.size = BatchSize(seconds: seconds) } }
  }

  /// How many tasks can run at the same time.
  var threads: Int { dispatcher.threads }

  // MARK: The side of the program

  /// Adds tasks, the first of which has an index.
  func append(_ tasks: ArraySlice<Item>, first: Int) {
    guard !tasks.isEmpty else { return }
    append(Chunk(first: first, tasks: tasks))
  }

  private func append(_ chunk: Chunk) {
    let isOpen = state.withLock { state in
      guard state.error == nil else { return false }
      state.chunks.append(chunk)
      state.waiting += chunk.tasks.count
      return true
    }
    if isOpen { dispatcher.enqueue(self, tasks: chunk.tasks.count) }
  }

  /// Waits until this many tasks have completed, or one has failed, and takes the results of all that have.
  nonisolated(nonsending) func deliveries(of count: Int = 1) async throws -> [Delivery<Item>] {
    if let ready = try take(count) { return ready }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let isReady = state.withLock { state in
          if state.isReady(for: count) { return true }
          (state.waiter, state.wanted) = (continuation, count)
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      fail(CancellationError())
    }
    return try take(count) ?? []
  }

  /// Waits for the result of the only task, and ends the call.
  nonisolated(nonsending) func outcome() async throws -> Item.Output {
    var outcome: Result<Item.Output, TaskFailure>?
    while outcome == nil {
      for delivery in try await deliveries() { delivery.visit { _, _, result in outcome = result } }
    }
    finish()
    return try outcome!.get()
  }

  /// What is there; nil if that is not enough.
  private func take(_ count: Int) throws -> [Delivery<Item>]? {
    try state.withLock { state in
      guard state.isReady(for: count) else { return nil }
      // What has completed before time was up is handed over first.
      if let error = state.error, state.deliveries.isEmpty || !(error is JobTimeUp) { throw error }
      defer { (state.deliveries, state.over, state.hasFailed) = ([], 0, false) }
      return state.deliveries
    }
  }

  /// Lets more of the input be taken ahead, if that is of use.
  func grow(_ ahead: inout LookAhead) {
    let (ranDry, seconds, bytes) = state.withLock { state in
      defer { state.ranDry = false }
      return (state.ranDry, state.size.mean, state.taskBytes)
    }
    ahead.grow(ranDry: ranDry, taskSeconds: seconds, taskBytes: bytes, threads: threads)
  }

  /// Notes how many bytes a task that is sent has, or its result.
  fileprivate func note(taskBytes: Int) { state.withLock { $0.taskBytes = max($0.taskBytes, taskBytes) } }

  func fail(_ error: any Error) {
    typealias Ended = (waiter: UnsafeContinuation<Void, Never>?, waiting: Int, chunks: Queue<Chunk>)
    let ended = state.withLock { state -> Ended? in
      guard state.error == nil else { return nil }
      state.error = error
      defer {
        (state.chunks, state.waiting) = (Queue(), 0)
        if !(error is JobTimeUp) { state.deliveries = [] }
      }
      return (state.waiter.take(), state.waiting, state.chunks)
    }
    guard let ended else { return }
    flag.set()
    dispatcher.forget(self, waiting: ended.waiting)
    ended.waiter?.resume()
  }

  /// Notes that so many tasks more are to come, or fewer.
  func expect(_ count: Int) { dispatcher.expect(count) }

  /// Notes that all its tasks have completed.
  func finish() {
    if let seconds = taskSeconds { dispatcher.notePace(seconds, of: Item.self) }
    dispatcher.forget(self, waiting: 0)
  }

  // MARK: The side of the workers

  var taskSeconds: Double? { state.withLock { $0.size.mean } }

  func takeBatch(threads: Int) -> (batch: any Batch, hasMore: Bool)? {
    state.withLock { state -> (batch: any Batch, hasMore: Bool)? in
      guard let chunk = state.chunks.first else { return nil }
      var count = 1
      if options.timeLimit == nil {
        count = state.size.next(waiting: state.waiting, threads: threads, taskBytes: state.taskBytes)
      }
      if chunk.isSingle || Item._isAsync && state.size.seconds ?? 1 > Self.shortWait { count = 1 }
      var tasks = state.takeTasks(count)
      // What was taken of the input at several times goes together.
      while tasks.count < count, state.chunks.first?.follows(chunk, after: tasks.count) == true {
        tasks += state.takeTasks(count - tasks.count)
      }
      if state.waiting == 0 { state.ranDry = true }
      let seconds = Double(tasks.count) * (state.size.mean ?? BatchSize.target(threads: threads))
      let batch = TypedBatch(
        self, tasks, first: chunk.first, attempt: chunk.attempt, seconds: seconds, deaths: chunk.record)
      return (batch, state.waiting > 0)
    }
  }

  /// Puts a batch back whose tasks must be looked at one by one.
  fileprivate func separate(_ batch: TypedBatch<Item>) {
    append(Chunk(first: batch.first, tasks: batch.tasks, attempt: batch.attempt, isSingle: true))
  }

  /// Puts tasks back that no thread has begun.
  fileprivate func putBack(_ tasks: ArraySlice<Item>, first: Int, attempt: Int, _ deaths: DeathRecord) {
    append(Chunk(first: first, tasks: tasks, attempt: attempt, isSingle: deaths != DeathRecord(), record: deaths))
  }

  /// Takes what the death of a process says of tasks that it had.
  fileprivate func bury(_ batch: TypedBatch<Item>, _ tasks: Range<Int>, _ verdict: Verdict) {
    func putBack(_ range: Range<Int>) { if !range.isEmpty { batch.putBack(range) } }
    var record: FailureRecord
    var deaths = batch.deaths
    switch verdict {
    case .innocent:
      putBack(tasks)
      return
    case .suspected(let suspected):
      deaths.suspicions += 1
      record = suspected
    case .guilty(let guilty):
      deaths.deaths += 1
      record = guilty
    case .exceeded(let exceeded):
      deaths.deaths = .max
      record = exceeded
    }
    let offset = min(max(record.offset, tasks.lowerBound), tasks.upperBound - 1)
    putBack(tasks.lowerBound..<offset)
    putBack(offset + 1..<tasks.upperBound)
    let task = batch.tasks.dropFirst(offset).prefix(1)
    if deaths.isFinal(limit: dispatcher.deathLimit) {
      record.offset = 0
      let one = TypedBatch(
        self, task, first: batch.first + offset, attempt: batch.attempt, seconds: 0, deaths: DeathRecord())
      dispatcher.note(tasks: 1, failed: 1, seconds: 0, rank: record.rank, call: self)
      settle(one, ran: 1, outputs: [], failures: [record], seconds: nil)
    } else {
      append(Chunk(first: batch.first + offset, tasks: task, attempt: batch.attempt, isSingle: true, record: deaths))
    }
  }

  /// Takes what has become of a batch.
  ///
  /// - Parameters:
  ///   - ran: how many of it have run, the first ones; the others were canceled, or taken back.
  ///   - seconds: how long they ran; nil if that is not known.
  fileprivate func settle(
    _ batch: TypedBatch<Item>, ran: Int, outputs: [Item.Output], failures: [FailureRecord], seconds: Double?
  ) {
    var delivery = Delivery<Item>(
      first: batch.first, tasks: batch.tasks.prefix(ran), outputs: outputs, failures: [], absent: [],
      rank: batch.ranOn, seconds: seconds.map { $0 / Double(max(1, ran)) })
    var again: [Chunk] = []
    for record in failures.sorted(by: { $0.offset < $1.offset }) {
      if batch.attempt < options.policy.retries {
        let place = batch.tasks.startIndex + record.offset
        again.append(
          Chunk(first: batch.first + record.offset, tasks: batch.tasks[place...place], attempt: batch.attempt + 1))
        delivery.absent.append(record.offset)
      } else {
        delivery.failures.append(TaskFailure(record, first: batch.first, attempts: batch.attempt + 1))
      }
    }
    keep?(SettledTasks(delivery, dispatcher, flag))
    let waiter = state.withLock { state -> UnsafeContinuation<Void, Never>? in
      if let seconds { state.size.record(count: ran, seconds: seconds) }
      guard state.error == nil, delivery.count > 0 else { return nil }
      state.deliveries.append(delivery)
      state.over += delivery.count
      if !delivery.failures.isEmpty { state.hasFailed = true }
      return state.isReady(for: state.wanted) ? state.waiter.take() : nil
    }
    waiter?.resume()
    for chunk in again { append(chunk) }
  }
}

/// How often the process of a task has died.
struct DeathRecord: Sendable, Hashable {
  /// How many suspicions are as much as a death.
  private static let suspicionsPerDeath = 10

  /// While the task ran.
  var deaths = 0
  /// While it was one of several that may have been the reason.
  var suspicions = 0

  /// Whether the task has failed.
  func isFinal(limit: Int) -> Bool { deaths >= limit || suspicions >= limit * Self.suspicionsPerDeath }
}

/// Tasks of a call that go together.
final class TypedBatch<Item: PoolTaskProtocol>: Batch, @unchecked Sendable {
  let seconds: Double
  let tasks: ArraySlice<Item>
  let first: Int
  let attempt: Int
  let deaths: DeathRecord
  var ranOn = 0
  private let typed: TypedCall<Item>
  /// Of one that this rank runs. Set before others see it.
  private var job: TaskJob?
  private var line: TaskPage.Line?

  init(
    _ call: TypedCall<Item>, _ tasks: ArraySlice<Item>, first: Int, attempt: Int, seconds: Double, deaths: DeathRecord
  ) {
    self.deaths = deaths
    self.tasks = tasks
    self.first = first
    self.attempt = attempt
    self.seconds = seconds
    typed = call
  }

  var call: any Call { typed }

  var count: Int { tasks.count }

  var typeName: String { typed.typeName }

  var taskType: String { "\(Item.self)" }

  func putBack(_ range: Range<Int>) {
    let part = tasks[tasks.startIndex + range.lowerBound..<tasks.startIndex + range.upperBound]
    typed.putBack(part, first: first + range.lowerBound, attempt: attempt, deaths)
  }

  func cut() -> Range<Int>? {
    guard let begun = job?.cut() ?? line?.cut(), begun < count else { return nil }
    return begun..<count
  }

  func localWork(_ place: TaskPlace) -> any WorkItem {
    let job = TaskJob(
      place: place, first: first, seed: typed.options.seed, attempt: attempt, flag: call.flag, count: count)
    self.job = job
    return RunningBatch<Item>(
      job: job, timeLimit: typed.options.timeLimit, load: { TaskWork(self.tasks, job: job) },
      end: { work, seconds in
        self.typed.dispatcher.note(
          tasks: work.ran, failed: work.failures.count, seconds: seconds, rank: place.rank, call: self.typed)
        self.typed.dispatcher.noteEnd(of: self)
        self.typed.settle(self, ran: work.ran, outputs: work.outputs, failures: work.failures, seconds: seconds)
      },
      giveUp: { record in
        self.typed.dispatcher.note(
          tasks: 1, failed: 1, seconds: self.typed.options.timeLimit ?? 0, rank: place.rank, call: self.typed)
        self.typed.settle(self, ran: 1, outputs: [], failures: [record], seconds: nil)
      })
  }

  func errand(_ place: TaskPlace, _ line: TaskPage.Line) -> any Errand {
    self.line = line
    return BatchErrand(self, typed.options, place) { [self] fields, failed in
      typed.dispatcher.note(
        tasks: fields.ran, failed: failed, seconds: fields.seconds, rank: place.rank, call: typed)
      typed.dispatcher.noteEnd(of: self)
    }
  }

  func bury(_ tasks: Range<Int>, _ verdict: Verdict) {
    typed.dispatcher.noteEnd(of: self)
    typed.bury(self, tasks, verdict)
  }

  func frame(batch: Int, type: Int, isNewType: Bool, _ place: TaskPlace) -> Frame<PoolMessage>? {
    let payload: Payload
    do {
      payload = try BatchCoding.encode(tasks)
    } catch {
      if count > 1 {
        typed.separate(self)
      } else {
        let message = "the task could not be encoded: \(error)"
        let record = FailureRecord(.taskCoding, message, offset: 0, of: Item.self, place)
        typed.settle(self, ran: 1, outputs: [], failures: [record], seconds: nil)
      }
      return nil
    }
    typed.note(taskBytes: payload.byteCount / count)
    let fields = WorkFields(
      batch: batch, type: type, count: count, first: first, attempt: attempt, seed: typed.options.seed,
      timeLimit: typed.options.timeLimit ?? 0, memoryLimit: typed.options.memoryLimit ?? 0)
    return Frame(.work(fields, typeName: isNewType ? typeName : nil), payload: payload)
  }

  func note(in arguments: inout RepeatedArguments) {
    for task in tasks { arguments.note(task) }
  }

  func settle(
    _ fields: ResultFields, failures: [FailureRecord], payload: consuming Payload, _ place: TaskPlace
  ) {
    if fields.outputs > 0 { typed.note(taskBytes: payload.byteCount / fields.outputs) }
    var (outputs, broken) = Item._outputCoding.decode(fields.outputs, payload)
    var failures = failures
    if !broken.isEmpty {
      let offsets = offsetsOfOutputs(ran: fields.ran, failures: failures)
      broken.removeAll { $0.position >= offsets.count }
      for (position, error) in broken {
        let message = "the result could not be decoded: \(error)"
        failures.append(FailureRecord(.outputCoding, message, offset: offsets[position], of: Item.self, place))
      }
    }
    typed.settle(self, ran: fields.ran, outputs: outputs, failures: failures, seconds: fields.seconds)
    outputs = []
  }
}

/// The distances from the first of a batch of those tasks that have a result: they ran and did not fail.
func offsetsOfOutputs(ran: Int, failures: [FailureRecord]) -> [Int] {
  let failed = Set(failures.map(\.offset))
  return (0..<ran).filter { !failed.contains($0) }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding
import Synchronization

/// A rank other than 0: runs the tasks that rank 0 sends until the pool ends.
///
/// The exchange's thread talks to rank 0; compute threads decode tasks, run them and encode the results.
final class PoolWorker: ExchangeService, WorkSource, TaskSubmitter, @unchecked Sendable {
  private struct State {
    /// What waits for a compute thread.
    var items = Queue<any WorkItem>()
    /// What is to be sent.
    var frames: [Frame<PoolMessage>] = []
    /// The batches that have not come back, by number.
    var jobs: [Int: TaskJob] = [:]
    /// The continuations of tasks here that wait for tasks that they have submitted.
    var requests: [Int: UnsafeContinuation<Reply, Never>] = [:]
    var lastRequest = 0
    /// Whether tasks may begin.
    var isPrepared = false
    /// Whether this rank has sent its hello to rank 0.
    var hasGreeted = false
    var hasEnded = false
    var failure: (any Error)?
    var waiter: UnsafeContinuation<Void, Never>?
  }

  /// What has become of a task that a task here submitted.
  private enum Reply: Sendable {
    case output(Payload)
    case failure([UInt8])
    case poolEnded
  }

  private let exchange: Exchange
  private let state = Mutex(State())
  private var place: TaskPlace
  /// How many compute threads this rank is to have; nil for its share of the cores.
  private let threads: Int?
  private(set) lazy var crew = ComputeCrew(source: self) { [bell = exchange.bell] in bell.ring() }

  // Of the exchange's thread alone.
  private var side = LinkSide(.worker)
  /// When the next time limit is; nil if there is none.
  private var nextLimit: Double?
  private var types: [Int: any PoolTaskProtocol.Type] = [:]
  private var typeNames: [Int: String] = [:]
  /// The keys of the values that it was sent to share.
  private var shared: Set<Int> = []

  init(_ exchange: Exchange, place: TaskPlace, threads: Int?) {
    self.exchange = exchange
    self.place = place
    self.threads = threads
    _ = crew
    self.place.submitter = WeakSubmitter(self)
  }

  /// Works until the pool ends.
  func run() async throws {
    await withUnsafeContinuation { continuation in
      state.withLock { $0.waiter = continuation }
      do {
        try Thread { [self] in
          do {
            orBreak { () throws(MPIError) in try prepare() }
            try exchange.run([self])
          } catch {
            state.withLock { $0.failure = error }
          }
          close()
        }.detach()
      } catch {
        state.withLock { $0.failure = error }
        close()
      }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  // MARK: The exchange's thread

  func meet(on communicator: Communicator, node: Communicator) throws {
    let count = try ThreadCount.measured(communicator, node: node, asked: threads).count
    orBreak { () throws(MPIError) in try crew.grow(to: count) }
    if side.begin() { try send(hello(threads: count)) }
  }

  func advance() throws -> Bool {
    var hasMoved = false
    if exchange.hasMet, try sendFrames() { hasMoved = true }
    nextLimit = orBreak { () throws(MPIError) in try crew.checkLimits() } ?? nil
    return hasMoved
  }

  var isOver: Bool { side.isOver }

  func outlook(at now: Int) -> Pace.Outlook {
    var outlook = Pace.Outlook(
      awake: crew.busyCount == 0 ? Pace.awake : 0, next: nextLimit.map(nanoseconds))
    // What is in hand lasts for a while, and when a thread is done with it, that thread rings.
    if state.withLock({ !$0.items.isEmpty }), !exchange.isMoving { outlook.calm = .max }
    return outlook
  }

  private func send(_ frame: Frame<PoolMessage>) throws(MPIError) { try exchange.send(frame, to: 0) }

  private func hello(threads: Int) -> Frame<PoolMessage> {
    let isReady = state.withLock { state in
      state.hasGreeted = true
      return state.isPrepared
    }
    return Frame(.hello(threads: threads, isReady: isReady, host: place.host, node: place.node))
  }

  /// Sends what is to be sent; nothing after this side's last message.
  ///
  /// - Returns: whether there was anything.
  private func sendFrames() throws(MPIError) -> Bool {
    let frames = state.withLock { state in
      defer { state.frames = [] }
      return state.frames
    }
    for frame in frames where side.isOpen { try send(frame) }
    return !frames.isEmpty
  }

  /// Lets go of all that waits.
  private func close() {
    let (jobs, requests, waiter) = state.withLock { state in
      state.hasEnded = true
      state.items = Queue()
      defer { (state.jobs, state.requests) = ([:], [:]) }
      return (state.jobs, state.requests, state.waiter.take())
    }
    for job in jobs.values { job.flag.set() }
    for request in requests.values { request.resume(returning: .poolEnded) }
    for key in shared { SharedValues.remove(key) }
    PayloadMemory.shared.clear()
    crew.end()
    waiter?.resume()
  }

  /// Makes ready what tasks need, on a thread of its own, and lets compute threads begin afterwards.
  private func prepare() throws(MPIError) {
    guard let preparation = place.preparation else {
      state.withLock { $0.isPrepared = true }
      return
    }
    try Thread { [self] in
      do {
        _ = try preparation.value()
        let hasGreeted = state.withLock { state in
          state.isPrepared = true
          return state.hasGreeted
        }
        // Else its hello has it.
        if hasGreeted { post(Frame(.ready)) }
      } catch {
        postBroken("`prepare` threw on rank \(place.rank) (\(place.host)): \(error)")
      }
    }.detach()
  }

  /// Does something without which this rank can't go on; if it throws, rank 0 is notified, and ends the pool.
  @discardableResult
  private func orBreak<Result>(_ body: () throws(MPIError) -> Result) -> Result? {
    do throws(MPIError) {
      return try body()
    } catch {
      postBroken("rank \(place.rank) (\(place.host)): \(error.text)")
      return nil
    }
  }

  private func postBroken(_ text: String) { post(Frame(.broken(text))) }

  private func post(_ frame: Frame<PoolMessage>) {
    state.withLock { $0.frames.append(frame) }
    exchange.bell.ring()
  }

  func receive(_ frame: consuming Frame<PoolMessage>, byteCount: Int, from rank: Int) throws {
    switch frame.message {
    case .work(let fields, let typeName): accept(fields, typeName, frame.payload.take())
    case .cancel(let batch): state.withLock { $0.jobs[batch] }?.flag.set()
    case .giveBack: giveBack()
    case .share(let key, let form): share(key, form, frame.payload.bytes)
    case .unshare(let key):
      shared.remove(key)
      SharedValues.remove(key)
    case .reply(let request, _, let failure):
      let reply = failure.map { Reply.failure($0) } ?? .output(frame.payload.take())
      state.withLock { $0.requests.removeValue(forKey: request) }?.resume(returning: reply)
    case .end:
      // What tasks have brought counts in the summary.
      _ = try sendFrames()
      if side.otherCloses() { try send(Frame(.bye)) }
    case .hello, .ready, .kept, .result, .submit, .placed, .unreadable, .broken, .bye:
      isForeign("went the wrong way")
    }
  }

  /// Gives back the tasks that have not begun.
  private func giveBack() {
    let jobs = state.withLock(\.jobs)
    var batches: [KeptTasks] = []
    for (batch, job) in jobs {
      guard let kept = job.cut() else { continue }
      batches.append(KeptTasks(batch: batch, tasks: kept))
      // Of what never begins there is no result.
      if kept == 0 { state.withLock { $0.jobs[batch] = nil } }
    }
    post(Frame(.kept(batches)))
  }

  /// Takes a value that all tasks may read, or what has come of it.
  private func share(_ key: Int, _ form: SharedForm, _ payload: [UInt8]) {
    shared.insert(key)
    switch form {
    case .coded: SharedValues.store(.coded(payload), for: key)
    case .plain: SharedValues.store(.plain(payload), for: key)
    case .coming: SharedValues.store(.coming, for: key)
    case .toPlace:
      let placement: Placement
      do {
        let memory = try payload.withUnsafeBytes { try SharedMemory($0) }
        SharedValues.store(.memory(memory), for: key)
        placement = .at(memory.location)
      } catch {
        SharedValues.store(.plain(payload), for: key)
        placement = .failed(why: "\(error)")
      }
      post(Frame(.placed(key: key, placement)))
    case .located(let location):
      do {
        SharedValues.store(.memory(try SharedMemory(at: location)), for: key)
      } catch {
        SharedValues.store(.coming, for: key)
        post(Frame(.unreadable(key: key, why: "\(error)")))
      }
    }
  }

  /// Takes a batch of tasks.
  private func accept(_ fields: WorkFields, _ typeName: String?, _ payload: consuming Payload) {
    if let typeName {
      typeNames[fields.type] = typeName
      types[fields.type] = TaskTypes.type(named: typeName)
    }
    guard let type = types[fields.type] else {
      let message = "the program of rank \(place.rank) has no such type: all ranks must run the same program"
      let name = typeNames[fields.type] ?? "?"
      let failures = (0..<fields.count).map {
        FailureRecord(.taskCoding, message, offset: $0, ofTypeNamed: name, place)
      }
      post(result(fields, ran: fields.count, seconds: 0, failures, outputs: 0, Payload()))
      return
    }
    func work<Item: PoolTaskProtocol>(_: Item.Type) -> any WorkItem { batch(Item.self, fields, payload.take()) }
    let item = work(type)
    state.withLock { $0.items.append(item) }
    crew.signal.notify()
  }

  // MARK: The compute threads

  func takeWork() -> (any WorkItem)? {
    state.withLock { state in
      while let item = state.items.removeFirst() {
        if item.isWanted { return item }
      }
      return nil
    }
  }

  private func batch<Item: PoolTaskProtocol>(
    _: Item.Type, _ fields: WorkFields, _ payload: consuming Payload
  ) -> any WorkItem {
    let job = TaskJob(
      place: place, first: fields.first, seed: fields.seed, attempt: fields.attempt, batch: fields.batch,
      count: fields.count)
    state.withLock { $0.jobs[fields.batch] = job }
    let box = PayloadBox(payload)
    return RunningBatch<Item>(
      job: job, timeLimit: fields.timeLimit > 0 ? fields.timeLimit : nil,
      load: { [place] in
        let (tasks, broken) = BatchCoding.decode(Item.self, count: fields.count, from: box.take())
        guard !broken.isEmpty else { return TaskWork(tasks[...], job: job) }
        // Their places in the batch are their own, so they stay together, unless all were taken back.
        guard job.claim(fields.count) else { return TaskWork([], job: job) }
        let failed = Set(broken.map(\.position))
        let work = TaskWork(tasks[...], offsets: (0..<fields.count).filter { !failed.contains($0) }, job: job)
        work.failures = broken.map { position, error in
          FailureRecord(.taskCoding, "the task could not be decoded: \(error)", offset: position, of: Item.self, place)
        }
        return work
      },
      end: { [self] work, seconds in report(work, fields, seconds) },
      giveUp: { [self] record in
        post(result(fields, ran: 1, seconds: fields.timeLimit, [record], outputs: 0, Payload()))
      })
  }

  private func report<Item: PoolTaskProtocol>(_ work: TaskWork<Item>, _ fields: WorkFields, _ seconds: Double) {
    var failures = work.failures
    var outputs = work.outputs
    var payload: Payload
    do {
      payload = try Item._outputCoding.encode(outputs[...])
    } catch {
      // Finds those that can't be encoded, and sends the others.
      let offsets = work.offsetsOfOutputs
      var good: [Item.Output] = []
      for (position, output) in outputs.enumerated() {
        do {
          _ = try Item._outputCoding.encode([output])
          good.append(output)
        } catch {
          let message = "the result could not be encoded: \(error)"
          failures.append(FailureRecord(.outputCoding, message, offset: offsets[position], of: Item.self, place))
        }
      }
      outputs = good
      payload = (try? Item._outputCoding.encode(good[...])) ?? Payload()
    }
    post(result(fields, ran: work.ran + work.missing, seconds: seconds, failures, outputs: outputs.count, payload))
  }

  private func result(
    _ fields: WorkFields, ran: Int, seconds: Double, _ failures: [FailureRecord], outputs: Int, _ payload: Payload
  ) -> Frame<PoolMessage> {
    state.withLock { $0.jobs[fields.batch] = nil }
    return Frame(
      .result(
        ResultFields(batch: fields.batch, outputs: outputs, ran: ran, seconds: seconds),
        failures: failures.isEmpty ? [] : (try? ObjectCoder.encode(failures)) ?? []),
      payload: payload)
  }

  // MARK: Tasks of tasks

  func submit<Item: PoolTaskProtocol>(
    _ task: Item, priority: Int, seed: UInt64, from parent: TaskJob?
  ) async throws -> Item.Output {
    let payload = try BatchCoding.encode([task])
    let name = try TaskTypes.name(of: Item.self)
    let reply = await withUnsafeContinuation { continuation in
      let request: Int? = state.withLock { state in
        guard !state.hasEnded else { return nil }
        state.lastRequest += 1
        state.requests[state.lastRequest] = continuation
        return state.lastRequest
      }
      guard let request else {
        continuation.resume(returning: .poolEnded)
        return
      }
      let fields = SubmitFields(request: request, parent: parent?.batch ?? 0, priority: priority, seed: seed)
      post(Frame(.submit(fields, typeName: name), payload: payload))
    }
    switch reply {
    case .output(let payload):
      let (outputs, failures) = Item._outputCoding.decode(1, payload)
      guard let output = outputs.first else { throw failures[0].error }
      return output
    case .failure(let bytes): throw try ObjectCoder.decode(SubmissionFailure.self, from: bytes).error
    case .poolEnded: throw TaskPoolError.poolEnded
    }
  }
}

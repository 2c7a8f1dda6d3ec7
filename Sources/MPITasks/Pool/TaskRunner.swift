// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding
import Synchronization

/// Runs the tasks of batches on the compute threads of this process.
///
/// Compute threads decode tasks, run them, encode the results and post them.
final class TaskRunner: TaskHost, WorkSource, TaskSubmitter, @unchecked Sendable {
  private struct State {
    /// What waits for a compute thread.
    var items = Queue<any WorkItem>()
    /// The batches that have not come back, by number.
    var jobs: [Int: TaskJob] = [:]
    /// The continuations of tasks here that wait for tasks that they have submitted.
    var requests: [Int: UnsafeContinuation<Reply, Never>] = [:]
    var lastRequest = 0
    var hasEnded = false
  }

  /// What has become of a task that a task here submitted.
  private enum Reply: Sendable {
    case output(Payload)
    case failure([UInt8])
    case poolEnded
  }

  /// A task that can't be stopped may live longer than it.
  private weak let outlet: (any TaskOutlet)?
  private let state = Mutex(State())
  private var place: TaskPlace
  /// Where the number of a batch's tasks that have begun is kept, if other processes read it; nil if none does.
  private let page: TaskPage?
  private(set) lazy var crew = ComputeCrew(source: self) { [weak outlet] in outlet?.ring() }

  // Of one thread alone, which takes messages.
  private var types: [Int: any PoolTaskProtocol.Type] = [:]
  private var typeNames: [Int: String] = [:]
  /// The keys of the values that it was sent to share.
  private var shared: Set<Int> = []

  init(_ outlet: any TaskOutlet, place: TaskPlace, page: TaskPage? = nil) {
    self.outlet = outlet
    self.place = place
    self.page = page
    _ = crew
    self.place.submitter = WeakSubmitter(self)
  }

  // MARK: The thread that takes messages

  func grow(to count: Int) throws(MPIError) { try crew.grow(to: count) }

  func checkLimits() throws(MPIError) -> Double? { try crew.checkLimits() }

  var blocks: LentBlocks? { nil }

  var isBusy: Bool { crew.busyCount > 0 }

  var hasMore: Bool { state.withLock { !$0.items.isEmpty } }

  /// Lets go of all that waits.
  func close() {
    let (jobs, requests) = state.withLock { state in
      state.hasEnded = true
      state.items = Queue()
      defer { (state.jobs, state.requests) = ([:], [:]) }
      return (state.jobs, state.requests)
    }
    for job in jobs.values { job.flag.set() }
    for request in requests.values { request.resume(returning: .poolEnded) }
    for key in shared { SharedValues.remove(key) }
    crew.end()
  }

  /// Makes ready what tasks need, on a thread of its own.
  func prepare() throws(MPIError) {
    guard let preparation = place.preparation else {
      outlet?.noteReady()
      return
    }
    try Thread { [self] in
      do {
        _ = try preparation.value()
        outlet?.noteReady()
      } catch {
        outlet?.post(Frame(.broken("`prepare` threw on rank \(place.rank) (\(place.host)): \(error)")))
      }
    }.detach()
  }

  func take(_ message: PoolMessage, _ payload: consuming Payload) {
    switch message {
    case .work(let fields, let typeName): accept(fields, typeName, payload)
    case .cancel(let batch): state.withLock { $0.jobs[batch] }?.flag.set()
    case .giveBack: giveBack()
    case .share(let key, let form): share(key, form, payload.bytes)
    case .unshare(let key):
      shared.remove(key)
      SharedValues.remove(key)
    case .reply(let request, _, let failure):
      let reply = failure.map { Reply.failure($0) } ?? .output(payload)
      state.withLock { $0.requests.removeValue(forKey: request) }?.resume(returning: reply)
    default: isForeign("went the wrong way")
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
    outlet?.post(Frame(.kept(batches)))
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
      outlet?.post(Frame(.placed(key: key, placement)))
    case .located(let location):
      do {
        SharedValues.store(.memory(try SharedMemory(at: location)), for: key)
      } catch {
        SharedValues.store(.coming, for: key)
        outlet?.post(Frame(.unreadable(key: key, why: "\(error)")))
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
      outlet?.post(result(fields, ran: fields.count, seconds: 0, failures, outputs: 0, Payload()))
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
      count: fields.count, line: page?.line(Int(fields.line)))
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
        outlet?.post(result(fields, ran: 1, seconds: fields.timeLimit, [record], outputs: 0, Payload()))
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
    let ran = work.ran + work.missing
    outlet?.post(result(fields, ran: ran, seconds: seconds, failures, outputs: outputs.count, payload))
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
      outlet?.post(Frame(.submit(fields, typeName: name), payload: payload))
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

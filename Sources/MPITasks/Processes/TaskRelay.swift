// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding
import Synchronization

/// A rank other than 0 whose tasks run in processes: passes on what rank 0 sends and what the processes answer.
final class TaskRelay: TaskHost, ErrandSource, @unchecked Sendable {
  private struct State {
    var waiting = Queue<RelayErrand>()
    /// The batches that have not come back, by rank 0's number.
    var errands: [Int: RelayErrand] = [:]
    /// How long a task of a type took last, in seconds.
    var paces: [String: Double] = [:]
    /// What takes the replies to tasks that tasks have submitted, by the number of the request here.
    var requests: [Int: @Sendable (Frame<PoolMessage>) -> Void] = [:]
    var lastRequest = 0
  }

  private weak let outlet: (any TaskOutlet)?
  private let place: TaskPlace
  private let state = Mutex(State())
  private var crew: ProcessCrew!

  // Of the thread alone that takes messages.
  private var typeNames: [Int: String] = [:]
  /// The arrays that this rank has put where its processes, and the other ranks of its node, read them.
  private var placed: [Int: SharedMemory] = [:]

  init(_ outlet: any TaskOutlet, place: TaskPlace, _ settings: TaskIsolation.Settings, call: Int) {
    self.outlet = outlet
    self.place = place
    crew = ProcessCrew(self, place: place, settings, call: call)
  }

  // MARK: From rank 0

  /// Each process prepares for itself.
  func prepare() {}

  func grow(to count: Int) throws(MPIError) { try crew.grow(to: count) }

  var blocks: LentBlocks? { crew.blocks }

  var isBusy: Bool { crew.busyCount > 0 }

  var hasMore: Bool { state.withLock { !$0.waiting.isEmpty } }

  func checkLimits() -> Double? { nil }

  func take(_ message: PoolMessage, _ payload: consuming Payload) {
    switch message {
    case .work(let fields, let typeName):
      if let typeName { typeNames[fields.type] = typeName }
      let errand = RelayErrand(self, fields, typeNames[fields.type] ?? "", payload)
      state.withLock { state in
        state.waiting.append(errand)
        state.errands[fields.batch] = errand
      }
      crew.notify(all: false)
    case .cancel(let batch):
      state.withLock { $0.errands[batch] }?.flag.set()
      crew.noteCancel()
    case .giveBack: giveBack()
    case .share(let key, let form): share(key, form, payload.bytes)
    case .unshare(let key):
      placed[key] = nil
      crew.unshare(key)
    case .reply(let request, let parent, let failure):
      let answer = state.withLock { $0.requests.removeValue(forKey: request) }
      answer?(Frame(.reply(request: 0, parent: parent, failure: failure), payload: payload))
    default: isForeign("went the wrong way")
    }
  }

  func close() {
    for errand in state.withLock({ $0.errands }).values { errand.flag.set() }
    crew.end()
    placed = [:]
  }

  /// Gives back what has not begun: what waits here, then what waits in the processes.
  private func giveBack() {
    let errands = state.withLock { state in
      var errands: [RelayErrand] = []
      while let errand = state.waiting.removeFirst() { errands.append(errand) }
      for errand in errands { state.errands[errand.fields.batch] = nil }
      return errands
    }
    let batches = errands.map { KeptTasks(batch: $0.fields.batch, tasks: 0) }
    crew.cut { [self] cut in
      outlet?.post(
        Frame(
          .kept(
            batches
              + cut.compactMap { errand, kept in
                (errand as? RelayErrand).map { KeptTasks(batch: $0.fields.batch, tasks: kept) }
              })))
    }
  }

  /// Passes on a value that all tasks may read, or what has come of it.
  private func share(_ key: Int, _ form: SharedForm, _ bytes: [UInt8]) {
    func pass(_ form: SharedForm) {
      crew.share(key, Frame(.share(key: key, form), payload: Payload(bytes: bytes), isKept: true))
    }
    guard case .toPlace = form else { return pass(form) }
    do {
      let memory = try bytes.withUnsafeBytes { try SharedMemory($0) }
      placed[key] = memory
      crew.share(key, Frame(.share(key: key, .located(memory.location))))
      outlet?.post(Frame(.placed(key: key, .at(memory.location))))
    } catch {
      pass(.plain)
      outlet?.post(Frame(.placed(key: key, .failed(why: "\(error)"))))
    }
  }

  // MARK: From the thread of the processes

  func takeErrand(
    for line: TaskPage.Line, _ isWanted: (_ waiting: Int, _ taskSeconds: Double?) -> Bool
  ) -> (any Errand)? {
    state.withLock { state in
      while let errand = state.waiting.first {
        if errand.flag.isSet {
          _ = state.waiting.removeFirst()
          continue
        }
        guard isWanted(errand.fields.count, state.paces[errand.typeName]) else { return nil }
        return state.waiting.removeFirst()
      }
      return nil
    }
  }

  func submit(
    _ fields: SubmitFields, _ typeName: String, _ payload: consuming Payload, from errand: (any Errand)?,
    _ answer: @escaping @Sendable (Frame<PoolMessage>) -> Void
  ) {
    let number = fields.request
    var fields = fields
    fields.parent = (errand as? RelayErrand)?.fields.batch ?? 0
    fields.request = state.withLock { state in
      state.lastRequest += 1
      state.requests[state.lastRequest] = { frame in
        guard case .reply(_, let parent, let failure) = frame.message else { return }
        answer(Frame(.reply(request: number, parent: parent, failure: failure), payload: frame.payload))
      }
      return state.lastRequest
    }
    outlet?.post(Frame(.submit(fields, typeName: typeName), payload: payload))
  }

  func noteReady() { outlet?.noteReady() }

  func noteUnreadable(_ key: Int, why: String) { outlet?.post(Frame(.unreadable(key: key, why: why))) }

  func fail(_ text: String) { outlet?.post(Frame(.broken(text))) }

  fileprivate func end(_ errand: RelayErrand, _ frame: Frame<PoolMessage>, pace: Double? = nil) {
    state.withLock { state in
      state.errands[errand.fields.batch] = nil
      if let pace { state.paces[errand.typeName] = pace }
    }
    outlet?.post(frame)
  }
}

/// A batch that rank 0 has sent to this rank.
private final class RelayErrand: Errand, @unchecked Sendable {
  private unowned let relay: TaskRelay
  let fields: WorkFields
  let typeName: String
  let flag = CancelFlag()
  private let payload: PayloadBox

  init(_ relay: TaskRelay, _ fields: WorkFields, _ typeName: String, _ payload: consuming Payload) {
    (self.relay, self.fields, self.typeName) = (relay, fields, typeName)
    self.payload = PayloadBox(payload)
  }

  var timeLimit: Double? { fields.timeLimit > 0 ? fields.timeLimit : nil }
  var memoryLimit: Int? { fields.memoryLimit > 0 ? fields.memoryLimit : nil }

  func frame(batch: Int, type: Int, isNewType: Bool, line: TaskPage.Line) -> Frame<PoolMessage>? {
    var fields = fields
    (fields.batch, fields.type) = (batch, type)
    fields.prepare(for: line)
    return Frame(.work(fields, typeName: isNewType ? typeName : nil), payload: payload.take())
  }

  func settle(_ result: ResultFields, failures: [UInt8], payload: consuming Payload) {
    var result = result
    result.batch = fields.batch
    let pace = result.ran > 0 ? result.seconds / Double(result.ran) : nil
    relay.end(self, Frame(.result(result, failures: failures), payload: payload), pace: pace)
  }

  func bury(_ tasks: Range<Int>, _ verdict: Verdict) {
    let (kind, record) = verdict.message
    relay.end(self, Frame(.died(batch: fields.batch, kind, record: record)))
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPIObjectCoding
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The task processes of a rank, and the thread that keeps them: it starts them, gives them batches, takes what comes
/// back, and replaces those that die.
final class ProcessCrew: Crew, @unchecked Sendable {
  private enum Order: Sendable {
    /// Gives a frame to each process, those to come as well.
    case share(key: Int, Frame<PoolMessage>)
    case unshare(key: Int)
    case reply(process: pid_t, batch: Int, Frame<PoolMessage>)
    /// Takes back what has not begun.
    case cut(@Sendable (_ cut: [(errand: any Errand, kept: Int)]) -> Void)
  }

  private struct State {
    var orders: [Order] = []
    /// Whether results of some batches are not needed any more.
    var mustCancel = false
    var wanted = 0
    var hasThread = false
    var hasEnded = false
    /// Whether the thread has ended, or there was none.
    var isOver = false
  }

  /// How many processes may die in a row before any of them has begun, while none works.
  private static let mostFailedStarts = 6
  /// Batches that take longer than this in seconds don't wait in the hands of a process that is at another.
  private static let longBatch = 20e-3
  /// How often the memory of a process is looked at that has a limit, in nanoseconds.
  private static let memoryInterval = 10_000_000
  /// After how many nanoseconds a process that has not come to where it runs tasks is reported.
  private static let longStart = 10_000_000_000
  /// How long a process may take to end by itself, in nanoseconds.
  private static let patience = 1_000_000_000

  private weak let source: (any ErrandSource)?
  private let place: TaskPlace
  private let settings: TaskIsolation.Settings
  private let starter: TaskProcessStart
  private let state = Monitor(State())
  private let waker = Waker()
  private let writer = LineWriter()
  /// Where long arrays are that go to the processes.
  let blocks = LentBlocks()
  private let busy = Atomic<Int>(0)
  private let size = Atomic<Int>(0)

  // Of the thread alone.
  private var processes: [TaskProcess] = []
  private var lastBatch = 0
  private var typeNumbers: [String: Int] = [:]
  /// What each process gets that begins, in order.
  private var shared: [(key: Int, frame: Frame<PoolMessage>)] = []
  private var unreadable: Set<Int> = []
  private var failedStarts = 0
  /// When the next process is started, in nanoseconds.
  private var nextStart = 0
  private var hasFailed = false
  private var hasWarned = false
  private var isReady = false

  /// - Parameters:
  ///   - source: where batches come from.
  ///   - place: this rank, as tasks see it.
  ///   - call: the number of the pool's call.
  init(_ source: any ErrandSource, place: TaskPlace, _ settings: TaskIsolation.Settings, call: Int) {
    self.source = source
    self.place = place
    self.settings = settings
    starter = TaskProcessStart(call: call)
  }

  // MARK: From other threads

  var busyCount: Int { busy.load(ordering: .relaxed) }

  var idleCount: Int { max(0, size.load(ordering: .relaxed) - busyCount) }

  func notify(all: Bool) { waker.wake() }

  /// Notes that results of some batches are not needed any more.
  func noteCancel() {
    state.withLock { $0.mustCancel = true }
    waker.wake()
  }

  /// Its own thread sees to limits.
  func checkLimits() throws(MPIError) -> Double? { nil }

  func grow(to count: Int) throws(MPIError) {
    let needsThread = state.withLock { state in
      guard !state.hasEnded else { return false }
      state.wanted = max(state.wanted, count)
      size.store(state.wanted, ordering: .relaxed)
      defer { state.hasThread = true }
      return !state.hasThread
    }
    if needsThread {
      do throws(MPIError) {
        try Thread { [self] in writer.run() }.detach()
        // It lives as long as the processes do: the kernel ends them with the thread that has started them.
        try Thread { [self] in run() }.detach()
      } catch {
        state.withLock { $0.hasThread = false }
        throw error
      }
    }
    waker.wake()
  }

  /// Shares a value with all processes, or what has come of it.
  func share(_ key: Int, _ frame: Frame<PoolMessage>) { order(.share(key: key, frame)) }

  func unshare(_ key: Int) { order(.unshare(key: key)) }

  /// Takes back what has not begun in the processes.
  ///
  /// - Parameter report: is given each batch of which there was something, and how many of its tasks have begun.
  func cut(_ report: @escaping @Sendable (_ cut: [(errand: any Errand, kept: Int)]) -> Void) { order(.cut(report)) }

  private func order(_ order: Order) {
    let isOpen = state.withLock { state in
      if !state.hasEnded { state.orders.append(order) }
      return !state.hasEnded
    }
    if isOpen { waker.wake() }
  }

  func end() {
    let hasThread = state.withLock { state in
      state.hasEnded = true
      return state.hasThread
    }
    guard hasThread else { return }
    waker.wake()
    _ = state.wait { $0.isOver ? () : nil }
  }

  // MARK: The thread

  private func run() {
    defer {
      endAll()
      writer.end(nanoseconds: Self.patience)
      state.withLock { $0.isOver = true }
      state.wakeAll()
    }
    while true {
      waker.clear()
      let (orders, wanted, hasEnded) = state.withLock { state in
        defer { state.orders = [] }
        return (state.orders, state.wanted, state.hasEnded)
      }
      if hasEnded { return }
      follow(orders)
      start(wanted)
      // They count as busy before they have anything: a pool that stops ends when none is busy and none can take
      // anything.
      busy.store(processes.count, ordering: .sequentiallyConsistent)
      handOut()
      noteBusy()
      cancel()
      for process in processes { process.flush() }
      wait(until: nextTime())
      for process in processes { take(from: process) }
      checkLimits(at: monotonicNanoseconds())
      reap()
      noteBusy()
    }
  }

  private func noteBusy() { busy.store(processes.count { $0.activeCount > 0 }, ordering: .sequentiallyConsistent) }

  private func follow(_ orders: [Order]) {
    for order in orders {
      switch order {
      case .share(let key, let frame):
        if let place = shared.firstIndex(where: { $0.key == key }) {
          shared[place].frame = frame
        } else {
          shared.append((key, frame))
        }
        unreadable.remove(key)
        for process in processes where process.stage != .starting { process.post(frame) }
      case .unshare(let key):
        shared.removeAll { $0.key == key }
        for process in processes where process.stage != .starting { process.post(Frame(.unshare(key: key))) }
      case .reply(let id, let batch, let frame):
        guard let process = processes.first(where: { $0.id == id }) else { continue }
        process.count(children: -1, of: batch)
        process.post(frame)
      case .cut(let report):
        var cut: [(errand: any Errand, kept: Int)] = []
        for process in processes where process.stage != .ended {
          for (batch, flight) in process.flights {
            guard let kept = flight.line.cut().map({ min(flight.count, $0) }), kept < flight.count else { continue }
            process.cut(batch, to: kept)
            cut.append((flight.errand, kept))
          }
        }
        report(cut)
      }
    }
  }

  private func start(_ wanted: Int) {
    while !hasFailed, processes.count(where: { $0.stage != .ended }) < wanted, nextStart <= monotonicNanoseconds() {
      do {
        let page = try TaskPage()
        processes.append(TaskProcess(try starter.start(), page, blocks))
      } catch {
        failStart("\(error)")
      }
    }
  }

  /// Notes that a process could not be started, or has not come to where it runs tasks.
  private func failStart(_ text: String) {
    failedStarts += 1
    // Longer and longer: what is the reason may pass. Those that are there do the work meanwhile.
    nextStart = monotonicNanoseconds() + 1_000_000 << min(failedStarts, 10)
    let hasOthers = processes.contains { $0.stage == .working }
    if failedStarts >= Self.mostFailedStarts, !hasFailed, !hasOthers { fail(text) }
  }

  private func fail(_ text: String) {
    hasFailed = true
    source?.fail(text)
  }

  // MARK: Batches

  private func handOut() {
    guard let source else { return }
    // One batch to each in turn, so that none gets all of little.
    var wanting = processes.filter { $0.stage == .working }
    while !wanting.isEmpty {
      var still: [TaskProcess] = []
      for process in wanting where process.activeCount < 2 {
        let isIdle = process.activeCount == 0
        // One that had to give back gets nothing to wait behind what it is at.
        if !isIdle, process.hasGivenBack { continue }
        guard let line = process.takeLine() else { continue }
        let errand = source.takeErrand(for: line) { waiting, seconds in
          isIdle || (seconds.map { $0 < Self.longBatch && (waiting > wanting.count || $0 < LinkWindow.long) } ?? false)
        }
        guard let errand else {
          process.giveBack(line)
          continue
        }
        give(errand, line, to: process)
        still.append(process)
      }
      wanting = still
    }
  }

  private func give(_ errand: any Errand, _ line: TaskPage.Line, to process: TaskProcess) {
    // What was shared before these tasks were submitted may have come since this thread last looked.
    let orders = state.withLock { state in
      defer { state.orders = [] }
      return state.orders
    }
    follow(orders)
    let type = typeNumbers[errand.typeName] ?? typeNumbers.count
    typeNumbers[errand.typeName] = type
    lastBatch += 1
    let isNewType = !process.knownTypes.contains(type)
    guard let frame = errand.frame(batch: lastBatch, type: type, isNewType: isNewType, line: line),
      case .work(let fields, _) = frame.message
    else {
      process.giveBack(line)
      return
    }
    process.knownTypes.insert(type)
    process.add(lastBatch, TaskProcess.Flight(errand: errand, line: line, count: fields.count))
    process.post(frame)
  }

  /// Notifies processes of batches whose results are not needed any more.
  private func cancel() {
    let mustCancel = state.withLock { state in
      defer { state.mustCancel = false }
      return state.mustCancel
    }
    guard mustCancel else { return }
    for process in processes where process.stage == .working {
      for (batch, flight) in process.flights where flight.end == nil && flight.errand.flag.isSet {
        process.post(Frame(.cancel(batch: batch)))
        process.cancel(batch, end: monotonicNanoseconds() + nanoseconds(settings.grace.inSeconds))
      }
    }
  }

  // MARK: What comes

  private func take(from process: TaskProcess) {
    guard process.stage != .ended else { return }
    process.passLines(to: writer)
    let (frames, isGone) = process.receive()
    for frame in frames { take(frame, from: process) }
    // What holds its socket no longer runs tasks for this rank.
    if isGone { process.end() }
  }

  private func take(_ frame: consuming Frame<PoolMessage>, from process: TaskProcess) {
    switch frame.message {
    case .hello:
      // It sends that first, and gets what it needs.
      process.note(.preparing)
      let setup = ProcessSetup(
        rank: place.rank, rankCount: place.rankCount, host: place.host, node: place.node, page: process.page.location,
        isPrepared: place.preparation != nil)
      process.post(Frame(.setUp(setup)))
      for (_, frame) in shared { process.post(frame) }
    case .ready:
      process.note(.working)
      failedStarts = 0
      if !isReady {
        isReady = true
        source?.noteReady()
      }
    case .result(let fields, let failures):
      guard let flight = process.remove(fields.batch) else { break }
      flight.errand.settle(fields, failures: failures, payload: frame.payload.take())
    case .submit(let fields, let typeName):
      process.count(children: 1, of: fields.parent)
      let (id, batch) = (process.id, fields.parent)
      source?.submit(fields, typeName, frame.payload.take(), from: process.flights[batch]?.errand) {
        [weak self] reply in
        self?.order(.reply(process: id, batch: batch, reply))
      }
    case .unreadable(let key, let why):
      if unreadable.insert(key).inserted { source?.noteUnreadable(key, why: why) }
    case .broken(let text): fail(text)
    default: isForeign("went the wrong way")
    }
  }

  // MARK: Limits and deaths

  /// When something has to be looked at without a message, in nanoseconds; nil if nothing has.
  private func nextTime() -> Int? {
    let now = monotonicNanoseconds()
    var next: Int?
    func look(at time: Int) { next = min(next ?? .max, time) }
    if nextStart > now { look(at: nextStart) }
    for process in processes {
      if process.stage == .ended { look(at: now + 1_000_000) }
      if case .starting = process.stage, !hasWarned { look(at: process.start + Self.longStart) }
      for flight in process.watched.compactMap({ process.flights[$0] }) {
        if let end = flight.end { look(at: end) }
        // The limit counts from when the task begins, which is at the earliest now.
        if let limit = flight.errand.timeLimit { look(at: (flight.line.start ?? now) + nanoseconds(limit)) }
        if flight.errand.memoryLimit != nil { look(at: now + Self.memoryInterval) }
      }
    }
    return next
  }

  private func checkLimits(at now: Int) {
    if !hasWarned, processes.contains(where: { $0.stage == .starting && $0.start + Self.longStart <= now }) {
      hasWarned = true
      let text = """
        warning: rank \(place.rank) (\(place.host)): a task process has not come to withTaskPool within 10 s: what `main` does \
        before happens in each task process, so it must not wait for what the rank has
        """
      writer.put(text.utf8, to: .error)
    }
    for process in processes where process.stage == .working {
      var memory: Int?
      for batch in process.watched {
        guard let flight = process.flights[batch] else { continue }
        if let limit = flight.errand.timeLimit, let start = flight.line.start, start + nanoseconds(limit) <= now {
          end(process, .exceeded(batch: batch, .timeLimit(limit)))
        } else if let limit = flight.errand.memoryLimit, flight.line.start != nil {
          memory = memory ?? process.memory ?? 0
          let isRunning = [0, flight.line.number].contains(process.page.runningLine)
          if memory! > limit, isRunning { end(process, .exceeded(batch: batch, .memoryLimit(limit))) }
        } else if let time = flight.end, time <= now {
          end(process, .unneeded)
        }
        if process.stage == .ended { break }
      }
    }
  }

  private func end(_ process: TaskProcess, _ reason: TaskProcess.Ending) {
    // What it has done until now counts.
    take(from: process)
    if case .exceeded(let batch, _) = reason, process.flights[batch] == nil { return }
    guard process.stage != .ended else { return }
    process.ending = reason
    process.end()
  }

  /// Takes leave of the processes that are dead.
  private func reap() {
    guard processes.contains(where: { $0.stage == .ended }) else { return }
    for process in processes where process.stage == .ended {
      guard let (cause, peak) = process.reap() else { continue }
      process.passLines(to: writer, isLast: true)
      processes.removeAll { $0 === process }
      var death = TaskDeath(cause: cause, peakMemory: peak, lastLines: process.lastLines)
      if case .exceeded(_, let limit) = process.ending { death.cause = limit }
      if process.hasWorked { bury(process, death) } else { failStart("a task process has not begun: \(death)") }
    }
  }

  /// Reports to each batch in a dead process's hands what its death says of it.
  private func bury(_ process: TaskProcess, _ death: TaskDeath) {
    let running = process.page.runningLine
    let isAlone = process.flights.values.count { $0.line.begunCount > 0 } == 1
    for (batch, flight) in process.flights where !flight.errand.flag.isSet {
      let (begun, isUncut) = (flight.line.begunCount, flight.line.cut() != nil)
      // What was taken back is not in its hands.
      let count = isUncut ? flight.count : min(flight.count, begun)
      var verdict = Verdict.innocent
      if begun > 0 {
        let record = record(death, flight, offset: min(begun, count) - 1)
        switch process.ending {
        case .exceeded(let culprit, _): if batch == culprit { verdict = .exceeded(record) }
        case .unneeded: break
        case nil:
          if running == flight.line.number || running == 0 && isAlone {
            verdict = .guilty(record)
          } else if running == 0 {
            verdict = .suspected(record)
          }
        }
      }
      flight.errand.bury(0..<count, verdict)
    }
  }

  private func record(_ death: TaskDeath, _ flight: TaskProcess.Flight, offset: Int) -> FailureRecord {
    let type = TaskTypes.type(named: flight.errand.typeName).map { "\($0)" } ?? flight.errand.typeName
    let reason: TaskFailure.Reason =
      switch death.cause {
      case .timeLimit: .timedOut
      case .memoryLimit: .memoryLimit
      case .signal, .exit: .died
      }
    var record = FailureRecord(reason, "\(death)", offset: offset, ofTypeNamed: type, place)
    record.death = death
    return record
  }

  /// Waits for messages, or until a time.
  private func wait(until time: Int?) {
    var descriptors = [waker.descriptor]
    let takesLines = writer.hasRoom
    for process in processes { process.listen(&descriptors, takesLines: takesLines) }
    var milliseconds = -1
    if let time { milliseconds = min(60_000, max(0, (time - monotonicNanoseconds() + 999_999) / 1_000_000)) }
    if !takesLines { milliseconds = milliseconds < 0 ? 20 : min(20, milliseconds) }
    poll(&descriptors, nfds_t(descriptors.count), Int32(milliseconds))
  }

  /// Ends all processes. Those that still run tasks are killed, because the results are not needed any more.
  private func endAll() {
    for process in processes {
      if process.flights.isEmpty, process.stage == .working {
        process.post(Frame(.end))
        process.flush()
      } else {
        process.end()
      }
    }
    let end = monotonicNanoseconds() + Self.patience
    while !processes.isEmpty {
      for process in processes {
        process.passLines(to: writer)
        if monotonicNanoseconds() > end { process.end() }
        guard process.reap() != nil else { continue }
        process.passLines(to: writer, isLast: true)
        // Whatever its tasks have started.
        processes.removeAll { $0 === process }
      }
      if !processes.isEmpty { sleep(milliseconds: 1) }
    }
  }
}

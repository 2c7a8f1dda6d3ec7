// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding
import Synchronization

/// Rank 0's end of the pool: it hands out batches to the other ranks and takes what comes back.
final class PoolRoot: ExchangeService, @unchecked Sendable {
  private struct Orders {
    /// What other threads want sent, to which link.
    var frames: [(link: Int, frame: Frame<PoolMessage>)] = []
    /// What is to be shared or unshared before any task that is handed out from now on.
    var sharing: [Sharing] = []
    var mustEnd = false
    /// Whether the other ranks are to watch the time of the job.
    var mustWatch = false
    var hasEnded = false
    var waiter: UnsafeContinuation<Void, Never>?
  }

  private enum Sharing: Sendable {
    case share(SharedOffers.Offer)
    case unshare(key: Int)
  }

  private let exchange: Exchange
  private let dispatcher: Dispatcher
  private let reporter: Reporter
  private let orders = Mutex(Orders())
  private let submitter: any TaskSubmitter
  /// How many compute threads this rank is to have; nil for its share of the cores.
  private let threads: Int?

  // Of the exchange's thread alone.
  private var links: [WorkerLink] = []
  private var mustEnd = false
  /// When the next time limit is; nil if there is none.
  private var nextLimit: Double?
  private var lastBatch = 0
  /// Whether the ranks that are there watch the time of the job.
  private var areWatching = false
  /// Until when what runs is awaited before the pool stops, in nanoseconds; nil as long as time is not up.
  private var stopEnd: Int?
  private var typeNumbers: [String: Int] = [:]
  private let offers: SharedOffers

  /// - Parameters:
  ///   - threads: how many compute threads this rank is to have; nil for its share of the cores.
  ///   - submitter: takes the tasks that tasks on other ranks submit.
  init(
    _ exchange: Exchange, _ dispatcher: Dispatcher, _ reporter: Reporter, threads: Int?, submitter: any TaskSubmitter
  ) {
    self.exchange = exchange
    self.dispatcher = dispatcher
    self.reporter = reporter
    self.threads = threads
    self.submitter = submitter
    offers = SharedOffers(node: dispatcher.place.node)
  }

  /// Begins, on a thread of its own.
  func start() throws {
    try Thread { [self] in
      do {
        // What this rank has to compute does not wait for ranks that come late.
        prepare()
        orClose { () throws(MPIError) in try dispatcher.crew.grow(to: threads ?? 1) }
        try exchange.run([self])
      } catch {
        dispatcher.close(TaskPoolError.failed("\(error)"))
      }
      dispatcher.crew.end()
      offers.removeAll()
      PayloadMemory.shared.clear()
      orders.withLock { orders in
        orders.hasEnded = true
        return orders.waiter.take()
      }?.resume()
    }.detach()
  }

  /// Notifies the other ranks that the pool ends, and waits for their answers.
  func end() async {
    await withUnsafeContinuation { continuation in
      let isOver = orders.withLock { orders in
        orders.mustEnd = true
        if !orders.hasEnded { orders.waiter = continuation }
        return orders.hasEnded
      }
      exchange.bell.ring()
      if isOver { continuation.resume() }
    }
  }

  /// Shares a value with all workers, before whatever they get later.
  func share(_ offer: SharedOffers.Offer) {
    // Tasks that are submitted after this wait for it in a process.
    dispatcher.processes?.share(offer.key, Frame(.share(key: offer.key, .coming)))
    order(.share(offer))
  }

  /// Has all workers forget a value, before whatever they get later.
  func unshare(_ key: Int) {
    dispatcher.processes?.unshare(key)
    order(.unshare(key: key))
  }

  /// Whether tasks run elsewhere than in this process.
  var hasOthers: Bool { dispatcher.place.rankCount > 1 || dispatcher.processes != nil }

  private func order(_ sharing: Sharing) {
    guard hasOthers else { return }
    orders.withLock { $0.sharing.append(sharing) }
    exchange.bell.ring()
  }

  /// Has the pool stop when the time of the job is up, as any rank knows it.
  func stopInTime() throws(MPIError) {
    try dispatcher.stopInTime()
    orders.withLock { $0.mustWatch = true }
    exchange.bell.ring()
  }

  // MARK: The exchange's thread

  /// Makes ready what tasks need.
  private func prepare() {
    let place = dispatcher.place
    do {
      if dispatcher.processes == nil { _ = try place.preparation?.value() }
    } catch {
      dispatcher.close(TaskPoolError.failed("`prepare` threw on rank 0 (\(place.host)): \(error)"))
    }
  }

  func meet(on communicator: Communicator, node: Communicator) throws {
    let count = try ThreadCount.measured(communicator, node: node, asked: threads)
    orClose { () throws(MPIError) in try dispatcher.crew.grow(to: count.count) }
    dispatcher.updateFigures(0) { $0.threads = count.count }
    reporter.warn(count.warning)
    ThreadCount.warn(count.warning)
    links = (1..<communicator.size).map { WorkerLink(rank: $0) }
    updateThreads()
  }

  func advance() throws -> Bool {
    var hasMoved = false
    // What is shared with the task processes of this rank does not wait for other ranks.
    if try followOrders() { hasMoved = true }
    if exchange.hasMet {
      if !mustEnd, try handOut() { hasMoved = true }
      if !mustEnd, try takeBack() { hasMoved = true }
      if !mustEnd, try stopInTime() { hasMoved = true }
      if !mustEnd, orders.withLock({ $0.mustEnd }) {
        (mustEnd, hasMoved) = (true, true)
        for place in links.indices where links[place].side.close() { try post(Frame(.end), to: place) }
      }
    }
    nextLimit = orClose { () throws(MPIError) in try dispatcher.crew.checkLimits() } ?? nil
    let now = monotonicSeconds()
    reporter.tick(now) { dispatcher.progress(now, busyRanks: links.count { !$0.flights.isEmpty }) }
    return hasMoved
  }

  var isOver: Bool { mustEnd && links.allSatisfy(\.side.isOver) }

  func outlook(at now: Int) -> Pace.Outlook {
    var outlook = Pace.Outlook(awake: dispatcher.crew.busyCount == 0 ? Pace.awake : 0)
    outlook.next = [nextLimit, reporter.nextTick].compactMap(\.self).min().map(nanoseconds)
    // What runs ends without a ring to this thread, if it is alone.
    if stopEnd.map({ $0 != .max }) ?? false { outlook.next = min(outlook.next ?? .max, now + Pace.longestRung) }
    if dispatcher.waiting > 0, !links.isEmpty {
      // While tasks wait, it is enough to look again long before any worker is through with what it has.
      let seconds = Double(now) * 1e-9
      let inHand = links.lazy.filter(\.side.isOpen).map { $0.flights.window.secondsInHand(at: seconds) }.min() ?? 0
      if !exchange.isMoving { outlook.calm = nanoseconds(inHand / 4) }
    } else if dispatcher.hasSpare || links.contains(where: { $0.flights.spare > 0 }) {
      // No message comes when a batch takes longer than was thought, so that others could run a part of it.
      outlook.next = min(outlook.next ?? .max, now + Pace.longestCalm)
    }
    return outlook
  }

  /// Does something without which the pool can't go on; if it throws, the pool's calls fail, and it ends in order.
  @discardableResult
  private func orClose<Result>(_ body: () throws(MPIError) -> Result) -> Result? {
    do throws(MPIError) {
      return try body()
    } catch {
      dispatcher.close(TaskPoolError.failed("rank 0 (\(dispatcher.place.host)): \(error.text)"))
      return nil
    }
  }

  private func updateThreads() {
    dispatcher.threads = max(1, dispatcher.allFigures[0].threads + links.reduce(0) { $0 + $1.flights.threads })
  }

  /// Sends a message to a worker that may still get one.
  private func send(_ frame: Frame<PoolMessage>, to place: Int) throws(MPIError) {
    if links[place].side.isOpen { try post(frame, to: place) }
  }

  private func post(_ frame: Frame<PoolMessage>, to place: Int) throws(MPIError) {
    let bytes = try exchange.send(frame, to: links[place].rank)
    dispatcher.updateFigures(place + 1) { $0.received += bytes }
  }

  /// Sends the messages of other threads, and notifies workers of calls that have ended.
  private func followOrders() throws -> Bool {
    var hasMoved = try sendShared()
    if !areWatching, orders.withLock({ $0.mustWatch }) {
      areWatching = true
      for place in links.indices where links[place].node != nil { try send(Frame(.watchTime), to: place) }
    }
    let frames = orders.withLock { orders in
      defer { orders.frames = [] }
      return orders.frames
    }
    for (place, frame) in frames {
      hasMoved = true
      if case .reply(_, let parent, _) = frame.message { links[place].flights.count(children: -1, of: parent) }
      try send(frame, to: place)
    }
    let ended = dispatcher.takeEnded()
    if !ended.isEmpty {
      for place in links.indices {
        for number in links[place].flights.numbers(where: { ended.contains($0.call.number) }) {
          try send(Frame(.cancel(batch: number)), to: place)
        }
      }
    }
    return hasMoved
  }

  /// Shares and unshares values with the workers that are there; the others get when they come what is shared then.
  private func sendShared() throws -> Bool {
    let sharing = orders.withLock { orders in
      defer { orders.sharing = [] }
      return orders.sharing
    }
    for order in sharing {
      switch order {
      case .share(let offer):
        var ranks = links.indices.compactMap { place in links[place].node.map { (place + 1, $0) } }
        if dispatcher.processes != nil { ranks.append((0, dispatcher.place.node)) }
        try send(offers.add(offer, for: ranks))
      case .unshare(let key):
        offers.remove(key)
        dispatcher.processes?.unshare(key)
        for place in links.indices where links[place].node != nil { try send(Frame(.unshare(key: key)), to: place) }
      }
    }
    let unreadable = dispatcher.takeUnreadable()
    for (key, why) in unreadable { try send(offers.unreadable(key, by: 0, on: dispatcher.place.node, why: why)) }
    if sharing.isEmpty, unreadable.isEmpty { return false }
    releaseOffers()
    return true
  }

  private func send(_ messages: [SharedOffers.Delivery]) throws {
    for (rank, frame) in messages {
      if rank > 0 {
        try send(frame, to: rank - 1)
      } else if case .share(let key, _) = frame.message {
        dispatcher.processes?.share(key, frame)
      }
    }
  }

  private func releaseOffers() {
    if exchange.hasMet, links.allSatisfy({ $0.node != nil }) { offers.release() }
  }

  /// Gives each worker as much as it should have.
  private func handOut() throws -> Bool {
    var hasMoved = false
    let allThreads = dispatcher.threads
    // One batch to each in turn, so that none gets all of little.
    var wanting = links.indices.filter { links[$0].side.isOpen }
    while !wanting.isEmpty {
      var still: [Int] = []
      for place in wanting {
        let flights = links[place].flights
        guard
          let batch = dispatcher.takeBatch({ waiting, seconds in
            flights.wantsMore(waiting: waiting, allThreads: allThreads, taskSeconds: seconds)
          })
        else { continue }
        hasMoved = true
        still.append(place)
        try send(batch, to: place)
      }
      wanting = still
    }
    return hasMoved
  }

  private func send(_ batch: any Batch, to place: Int) throws {
    // What was shared before these tasks were submitted may have come since this thread last looked.
    _ = try sendShared()
    let type = typeNumbers[batch.typeName] ?? typeNumbers.count
    typeNumbers[batch.typeName] = type
    lastBatch += 1
    let isNewType = !links[place].knownTypes.contains(type)
    guard let frame = batch.frame(batch: lastBatch, type: type, isNewType: isNewType, dispatcher.place) else { return }
    links[place].knownTypes.insert(type)
    links[place].flights.add(lastBatch, batch, tasks: batch.count, seconds: batch.seconds, at: monotonicSeconds())
    dispatcher.noteSent(batch, bytes: frame.payload.byteCount)
    try send(frame, to: place)
  }

  /// Takes back what has not begun, here or at a worker, where threads have nothing to do and nothing waits for them.
  private func takeBack() throws -> Bool {
    guard dispatcher.waiting == 0 else { return false }
    let idle = links.reduce(dispatcher.crew.idleCount) { $0 + ($1.side.isOpen ? $1.flights.idleThreads : 0) }
    guard idle > 0 else { return false }
    let (now, allThreads) = (monotonicSeconds(), dispatcher.threads)
    if dispatcher.takeBackOwn(patience: TakingBack.patience(allThreads: allThreads), at: now) { return true }
    let places = TakingBack.places(among: links.map(\.flights), idle: idle, allThreads: allThreads, at: now)
    for place in places {
      links[place].flights.ask()
      try send(Frame(.giveBack), to: place)
    }
    return !places.isEmpty
  }

  /// Has the pool stop if the time of the job is up.
  ///
  /// - Returns: whether it has begun to, or has.
  private func stopInTime() throws -> Bool {
    guard let stop = dispatcher.stop, stop.hasBegun, stopEnd != .max else { return false }
    let now = JobClock.now()
    guard let end = stopEnd else {
      stopEnd = PoolStop.end(from: now)
      for place in links.indices where links[place].side.isOpen { try send(Frame(.giveBack), to: place) }
      _ = dispatcher.takeBackOwn(patience: -1, at: monotonicSeconds())
      return true
    }
    let isRunning = dispatcher.crew.busyCount > 0 || links.contains { $0.side.isOpen && $0.flights.activeCount > 0 }
    guard !isRunning || now >= end else { return false }
    stopEnd = .max
    dispatcher.close(
      JobTimeUp(
        JobClock.signal.map { .signal($0) } ?? .limit, nanosecondsLeft: JobClock.nanosecondsLeft,
        remaining: dispatcher.remaining, of: "tasks"))
    return true
  }

  /// Hands out tasks again that are in no thread's hands.
  private func putBack(_ rest: Flights<any Batch>.Rest?) {
    guard let (batch, tasks) = rest, !tasks.isEmpty, !batch.call.flag.isSet else { return }
    batch.putBack(tasks)
  }

  // MARK: What comes

  func receive(_ frame: consuming Frame<PoolMessage>, byteCount: Int, from rank: Int) throws {
    dispatcher.updateFigures(rank) { $0.sent += byteCount }
    let place = rank - 1
    switch frame.message {
    case .hello(let threads, let isReady, let host, let node):
      dispatcher.updateFigures(place + 1) { ($0.threads, $0.host) = (threads, host) }
      guard links[place].side.begin() else { break }
      links[place].node = node
      if areWatching { try send(Frame(.watchTime), to: place) }
      try send(offers.join(place + 1, on: node))
      releaseOffers()
      if isReady { begin(place, threads: threads) }
    case .ready: begin(place, threads: dispatcher.allFigures[place + 1].threads)
    case .result(let fields, let encoded):
      let failures = FailureRecord.decoded(encoded)
      let now = monotonicSeconds()
      guard let rest = links[place].flights.comeBack(fields.batch, ran: fields.ran, at: now) else { break }
      putBack(rest)
      let batch = rest.load
      dispatcher.note(
        tasks: fields.ran, failed: failures.count, seconds: fields.seconds, rank: place + 1, call: batch.call)
      if !batch.call.flag.isSet {
        batch.ranOn = place + 1
        batch.settle(fields, failures: failures, payload: frame.payload.take(), dispatcher.place)
      }
    case .died(let batch, let kind, let record): try bury(batch, kind, record, from: place)
    case .kept(let batches):
      let now = monotonicSeconds()
      for kept in batches { putBack(links[place].flights.keep(kept.batch, tasks: kept.tasks, at: now)) }
      links[place].flights.answer()
    case .submit(let fields, let typeName): submit(fields, typeName, frame.payload.take(), from: place)
    case .placed(let key, let placement):
      try send(offers.placed(key, placement, on: links[place].node ?? ""))
      releaseOffers()
    case .timeUp(let signals, let left):
      if signals != 0 { JobClock.learn(JobSignals(rawValue: signals)) }
      if left != .max { JobClock.learn(nanosecondsLeft: left) }
      dispatcher.stop?.begin()
    case .unreadable(let key, let why):
      try send(offers.unreadable(key, by: place + 1, on: links[place].node ?? "", why: why))
      releaseOffers()
    case .broken(let text): dispatcher.close(TaskPoolError.failed(text))
    case .bye: _ = links[place].side.otherCloses()
    case .work, .cancel, .giveBack, .share, .unshare, .reply, .watchTime, .end, .setUp: isForeign("went the wrong way")
    }
  }

  /// Notes that a worker can begin.
  private func begin(_ place: Int, threads: Int) {
    links[place].flights.threads = threads
    updateThreads()
  }

  /// Takes what the death of a worker's task process says of a batch.
  private func bury(_ number: Int, _ kind: DeathKind, _ bytes: [UInt8], from place: Int) throws {
    guard let rest = links[place].flights.comeBack(number, ran: 0, at: monotonicSeconds()),
      !rest.load.call.flag.isSet
    else { return }
    rest.load.bury(rest.tasks, try Verdict(kind, bytes))
  }

  // MARK: Tasks of tasks

  private func submit(
    _ fields: SubmitFields, _ typeName: String, _ payload: consuming Payload, from place: Int
  ) {
    links[place].flights.count(children: 1, of: fields.parent)
    Submission(fields, typeName).run(payload, by: submitter) { [self] frame in
      orders.withLock { $0.frames.append((place, frame)) }
      exchange.bell.ring()
    }
  }
}

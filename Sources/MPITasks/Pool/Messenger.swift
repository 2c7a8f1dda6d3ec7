// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding
import Synchronization

/// Rank 0's thread that alone talks to the other ranks: it hands out batches and takes what comes back.
final class Messenger: @unchecked Sendable {
  private struct Orders {
    /// What other threads want sent, to which link.
    var frames: [(link: Int, frame: Frame)] = []
    /// What is to be shared or unshared before any task that is handed out from now on.
    var sharing: [Sharing] = []
    var mustEnd = false
    var hasEnded = false
    var waiter: UnsafeContinuation<Void, Never>?
  }

  private enum Sharing: Sendable {
    case share(SharedOffers.Offer)
    case unshare(key: Int)
  }

  private let dispatcher: Dispatcher
  private let communicator: Communicator
  private let reporter: Reporter
  private let orders = Mutex(Orders())
  private var submitter: (any TaskSubmitter)?

  // Of the thread alone.
  private var links: [WorkerLink] = []
  private var lastBatch = 0
  private var typeNumbers: [String: Int] = [:]
  private let offers: SharedOffers

  init(_ communicator: Communicator, _ dispatcher: Dispatcher, _ reporter: Reporter) {
    self.communicator = communicator
    self.dispatcher = dispatcher
    self.reporter = reporter
    offers = SharedOffers(node: dispatcher.place.node)
  }

  /// Begins.
  ///
  /// - Parameters:
  ///   - threads: how many compute threads this rank is to have; nil for its share of the cores.
  ///   - submitter: takes the tasks that tasks on other ranks submit.
  func start(_ joining: Joining, threads: Int?, submitter: any TaskSubmitter) throws {
    self.submitter = submitter
    try Thread { [self] in
      do {
        try run(joining, threads: threads)
      } catch {
        dispatcher.close(TaskPoolError.failed("\(error)"))
      }
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
      dispatcher.signal.notify()
      if isOver { continuation.resume() }
    }
  }

  /// Shares a value with all workers, before whatever they get later.
  func share(_ offer: SharedOffers.Offer) { order(.share(offer)) }

  /// Has all workers forget a value, before whatever they get later.
  func unshare(_ key: Int) { order(.unshare(key: key)) }

  private func order(_ sharing: Sharing) {
    guard communicator.size > 1 else { return }
    orders.withLock { $0.sharing.append(sharing) }
    dispatcher.signal.notify()
  }

  // MARK: The thread

  private func run(_ joining: Joining, threads: Int?) throws {
    var pace = PollingPace(now: monotonicSeconds())
    // What this rank has to compute does not wait for ranks that come late.
    if let preparation = dispatcher.place.preparation {
      do {
        _ = try preparation.value()
      } catch {
        let place = dispatcher.place
        dispatcher.close(TaskPoolError.failed("`prepare` threw on rank 0 (\(place.host)): \(error)"))
      }
    }
    orClose { () throws(MPIError) in try dispatcher.crew.grow(to: threads ?? 1) }
    var joining = joining
    var mustEnd = false
    while true {
      let generation = dispatcher.signal.generation
      var hasMoved = false
      if let joined = try joining.advance() {
        hasMoved = true
        orClose { () throws(MPIError) in try dispatcher.crew.grow(to: joined.threads) }
        dispatcher.updateFigures(0) { $0.threads = joined.threads }
        reporter.warn(joined.warning)
        ThreadCount.warn(joined.warning)
        links = (1..<communicator.size).map { WorkerLink(joined.mailbox, rank: $0) }
        updateThreads()
      }
      if joining.isOver {
        if try receive() { hasMoved = true }
        if try followOrders() { hasMoved = true }
        if !mustEnd, try handOut() { hasMoved = true }
        if !mustEnd, try takeBack() { hasMoved = true }
        if orders.withLock({ $0.mustEnd }), !mustEnd {
          mustEnd = true
          for place in links.indices where links[place].side.close() { try post(Frame(.end), to: place) }
        }
        if mustEnd, links.allSatisfy(\.side.isOver), !(links.first?.mailbox.isSending ?? false) {
          assert(links.first?.mailbox.hasMessage != true, "a worker has sent something after its last message")
          return
        }
      }
      let limit = orClose { () throws(MPIError) in try dispatcher.crew.checkLimits() } ?? nil
      let now = monotonicSeconds()
      reporter.tick(now) { dispatcher.progress(now, busyRanks: links.count { !$0.flights.isEmpty }) }
      if hasMoved {
        pace.event(at: now)
      } else {
        rest(&pace, since: generation, now, until: [limit, reporter.nextTick].compactMap(\.self).min())
      }
    }
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

  /// Rests until there may be something to do.
  private func rest(_ pace: inout PollingPace, since generation: Int, _ now: Double, until next: Double?) {
    let microseconds = next.map { min(max(Int(($0 - now) * 1e6), 1), 1_000_000_000) }
    guard communicator.size > 1 else {
      let longest = dispatcher.hasSpare ? PollingPace.longestCalm : nil
      dispatcher.signal.wait(since: generation, microseconds: [microseconds, longest].compactMap(\.self).min())
      return
    }
    // While tasks wait, it is enough to come back long before any worker is through with what it has.
    let inHand = links.lazy.filter(\.side.isOpen).map { $0.flights.window.secondsInHand(at: now) }.min() ?? 0
    let isCalm = dispatcher.waiting > 0 && !(links.first?.mailbox.isMoving ?? false)
    switch pace.rest(at: now, calm: isCalm ? inHand / 4 : 0) {
    case .yield: yieldThread()
    case .sleep(let length):
      dispatcher.signal.wait(since: generation, microseconds: min(length, microseconds ?? length))
    }
  }

  private func updateThreads() {
    dispatcher.threads = max(1, dispatcher.allFigures[0].threads + links.reduce(0) { $0 + $1.flights.threads })
  }

  /// Sends a message to a worker that may still get one.
  private func send(_ frame: Frame, to place: Int) throws(MPIError) {
    if links[place].side.isOpen { try post(frame, to: place) }
  }

  private func post(_ frame: Frame, to place: Int) throws(MPIError) {
    let bytes = try links[place].mailbox.send(frame, to: links[place].rank)
    dispatcher.updateFigures(place + 1) { $0.received += bytes }
  }

  /// Sends the messages of other threads, and notifies workers of calls that have ended.
  private func followOrders() throws -> Bool {
    var hasMoved = try sendShared()
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
        try send(
          offers.add(offer, for: links.indices.compactMap { place in links[place].node.map { (place + 1, $0) } }))
      case .unshare(let key):
        offers.remove(key)
        for place in links.indices where links[place].node != nil { try send(Frame(.unshare(key: key)), to: place) }
      }
    }
    if !sharing.isEmpty { releaseOffers() }
    return !sharing.isEmpty
  }

  private func send(_ messages: [SharedOffers.Message]) throws {
    for (rank, frame) in messages { try send(frame, to: rank - 1) }
  }

  private func releaseOffers() {
    if links.allSatisfy({ $0.node != nil }) { offers.release() }
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

  private func send(_ batch: Batch, to place: Int) throws {
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

  /// Hands out tasks again that are in no thread's hands.
  private func putBack(_ rest: Flights<Batch>.Rest?) {
    guard let (batch, tasks) = rest, !tasks.isEmpty, !batch.call.flag.isSet else { return }
    batch.putBack(tasks)
  }

  // MARK: What comes

  private func receive() throws -> Bool {
    guard let mailbox = links.first?.mailbox else { return false }
    var hasMoved = try mailbox.finishSends()
    // Not forever: workers want to get something, too.
    for _ in 0..<64 {
      guard let (source, frame, byteCount) = try mailbox.receive() else { break }
      hasMoved = true
      dispatcher.updateFigures(source) { $0.sent += byteCount }
      try handle(frame, from: source - 1)
    }
    return hasMoved
  }

  private func handle(_ frame: consuming Frame, from place: Int) throws {
    switch frame.message {
    case .hello(let threads, let isReady, let host, let node):
      dispatcher.updateFigures(place + 1) { ($0.threads, $0.host) = (threads, host) }
      guard links[place].side.begin() else { break }
      links[place].node = node
      try send(offers.join(place + 1, on: node))
      releaseOffers()
      if isReady { begin(place, threads: threads) }
    case .ready: begin(place, threads: dispatcher.allFigures[place + 1].threads)
    case .result(let fields, let encoded):
      let failures = try Self.failures(encoded)
      let now = monotonicSeconds()
      guard let rest = links[place].flights.comeBack(fields.batch, ran: fields.ran, at: now) else { break }
      putBack(rest)
      let batch = rest.load
      dispatcher.note(
        tasks: fields.ran, failed: failures.count, seconds: fields.seconds, rank: place + 1, call: batch.call)
      if !batch.call.flag.isSet {
        batch.settle(fields, failures: failures, payload: frame.payload.take(), dispatcher.place)
      }
    case .kept(let batches):
      let now = monotonicSeconds()
      for kept in batches { putBack(links[place].flights.keep(kept.batch, tasks: kept.tasks, at: now)) }
      links[place].flights.answer()
    case .submit(let fields, let typeName): submit(fields, typeName, frame.payload.take(), from: place)
    case .placed(let key, let placement):
      try send(offers.placed(key, placement, on: links[place].node ?? ""))
      releaseOffers()
    case .unreadable(let key, let why):
      try send(offers.unreadable(key, by: place + 1, on: links[place].node ?? "", why: why))
      releaseOffers()
    case .broken(let text): dispatcher.close(TaskPoolError.failed(text))
    case .bye: _ = links[place].side.otherCloses()
    case .work, .cancel, .giveBack, .share, .unshare, .reply, .end: PoolMessage.isForeign("went the wrong way")
    }
  }

  /// Notes that a worker can begin.
  private func begin(_ place: Int, threads: Int) {
    links[place].flights.threads = threads
    updateThreads()
  }

  private static func failures(_ bytes: [UInt8]) throws -> [FailureRecord] {
    bytes.isEmpty ? [] : try ObjectCoder.decode([FailureRecord].self, from: bytes)
  }

  // MARK: Tasks of tasks

  private func submit(
    _ fields: SubmitFields, _ typeName: String, _ payload: consuming Payload, from place: Int
  ) {
    links[place].flights.count(children: 1, of: fields.parent)
    guard let type = TaskTypes.type(named: typeName), let submitter else {
      answer(fields, at: place) { throw TaskPoolError.unknownType(typeName) }
      return
    }
    func run<Item: PoolTaskProtocol>(_: Item.Type) {
      let (tasks, failures) = Coding.decode(Item.self, count: 1, from: payload.take())
      guard let task = tasks.first else {
        answer(fields, at: place) { throw failures[0].error }
        return
      }
      Task {
        let result: Result<Item.Output, any Error>
        do {
          result = .success(
            try await submitter.submit(
              task, priority: fields.priority, seed: fields.seed, from: nil))
        } catch {
          result = .failure(error)
        }
        answer(fields, at: place) { try Item._outputCoding.encode([result.get()]) }
      }
    }
    run(type)
  }

  /// Has the outcome sent to a worker of a task that one of its tasks submitted.
  private func answer(_ fields: SubmitFields, at place: Int, _ payload: () throws -> Payload) {
    let frame: Frame
    do {
      let output = try payload()
      frame = Frame(.reply(request: fields.request, parent: fields.parent, failure: nil), payload: output)
    } catch {
      let bytes = (try? ObjectCoder.encode(SubmissionFailure(error))) ?? []
      frame = Frame(.reply(request: fields.request, parent: fields.parent, failure: bytes))
    }
    orders.withLock { $0.frames.append((place, frame)) }
    dispatcher.signal.notify()
  }
}

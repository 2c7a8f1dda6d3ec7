import MPI
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
  func start(threads: Int?, submitter: any TaskSubmitter) {
    self.submitter = submitter
    try Thread { [self] in
      do {
        try run(threads: threads)
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

  /// Tells the other ranks that the pool ends, and waits until they know.
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

  private func run(threads: Int?) throws {
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
    try dispatcher.crew.grow(to: threads ?? 1)
    var joining = Joining(communicator, threads: threads)
    var mustEnd = false
    while true {
      let generation = dispatcher.signal.generation
      var hasMoved = false
      if let joined = try joining.advance() {
        hasMoved = true
        try dispatcher.crew.grow(to: joined.threads)
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
        if orders.withLock({ $0.mustEnd }), !mustEnd {
          mustEnd = true
          for place in links.indices { try send(Frame(kind: .end), to: place) }
        }
        if mustEnd, links.allSatisfy(\.hasEnded), !(links.first?.mailbox.isSending ?? false) { return }
      }
      let limit = try dispatcher.crew.checkLimits()
      let now = monotonicSeconds()
      reporter.tick(now) { dispatcher.progress(now, busyRanks: links.count { !$0.flights.isEmpty }) }
      if hasMoved {
        pace.event(at: now)
      } else {
        rest(&pace, since: generation, now, until: [limit, reporter.nextTick].compactMap(\.self).min())
      }
    }
  }

  /// Rests until there may be something to do.
  private func rest(_ pace: inout PollingPace, since generation: Int, _ now: Double, until next: Double?) {
    let microseconds = next.map { min(max(Int(($0 - now) * 1e6), 1), 1_000_000_000) }
    guard communicator.size > 1 else {
      dispatcher.signal.wait(since: generation, microseconds: microseconds)
      return
    }
    // While tasks wait, it is enough to come back long before any worker is through with what it has.
    let inHand = links.lazy.filter { !$0.hasEnded }.map { $0.window.secondsInHand(at: now) }.min() ?? 0
    let isCalm = dispatcher.waiting > 0 && !(links.first?.mailbox.isMoving ?? false)
    switch pace.rest(at: now, calm: isCalm ? inHand / 4 : 0) {
    case .yield: yieldThread()
    case .sleep(let length):
      dispatcher.signal.wait(since: generation, microseconds: min(length, microseconds ?? length))
    }
  }

  private func updateThreads() {
    dispatcher.threads = max(
      1, dispatcher.allFigures[0].threads + links.reduce(0) { $0 + ($1.hasEnded ? 0 : $1.window.threads) })
  }

  private func send(_ frame: Frame, to place: Int) throws(MPIError) {
    let bytes = frame.byteCount
    dispatcher.updateFigures(place + 1) { $0.received += bytes }
    try links[place].mailbox.send(frame, to: links[place].rank)
  }

  /// Sends what other threads want sent, and tells workers of calls that have ended.
  private func followOrders() throws -> Bool {
    var hasMoved = try sendShared()
    let frames = orders.withLock { orders in
      defer { orders.frames = [] }
      return orders.frames
    }
    for (place, frame) in frames {
      hasMoved = true
      if frame.kind == .reply {
        var reader = Frame.Reader(frame.fields)
        _ = reader.take(Int.self)
        count(children: -1, of: reader.take(Int.self), at: place)
      }
      try send(frame, to: place)
    }
    let ended = dispatcher.takeEnded()
    if !ended.isEmpty {
      for place in links.indices {
        for (number, flight) in links[place].flights where ended.contains(flight.batch.call.number) {
          var frame = Frame(kind: .cancel)
          frame.fields.put(number)
          try send(frame, to: place)
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
        var frame = Frame(kind: .unshare)
        frame.fields.put(key)
        for place in links.indices where links[place].node != nil { try send(frame, to: place) }
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
    var wanting = links.indices.filter { !links[$0].hasEnded }
    while !wanting.isEmpty {
      var still: [Int] = []
      for place in wanting {
        let window = links[place].window
        guard
          let batch = dispatcher.takeBatch({ waiting, seconds in
            window.wantsMore(waiting: waiting, allThreads: allThreads, taskSeconds: seconds)
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
    guard var frame = batch.frame(batch: lastBatch, type: type, dispatcher.place) else { return }
    if links[place].knownTypes.insert(type).inserted { frame.fields.put(text: batch.typeName) }
    links[place].window.add(tasks: batch.count, seconds: batch.seconds, at: monotonicSeconds())
    links[place].flights[lastBatch] = WorkerLink.Flight(batch: batch)
    dispatcher.noteSent(batch, bytes: frame.payload.byteCount)
    try send(frame, to: place)
  }

  // MARK: What comes

  private func receive() throws -> Bool {
    guard let mailbox = links.first?.mailbox else { return false }
    var hasMoved = try mailbox.finishSends()
    // Not for ever: workers want to get something, too.
    for _ in 0..<64 {
      guard let (source, frame) = try mailbox.receive() else { break }
      hasMoved = true
      try handle(frame, from: source - 1)
    }
    return hasMoved
  }

  private func handle(_ frame: consuming Frame, from place: Int) throws {
    let bytes = frame.byteCount
    dispatcher.updateFigures(place + 1) { $0.sent += bytes }
    var reader = Frame.Reader(frame.fields)
    switch frame.kind {
    case .hello:
      let threads = reader.take(Int.self)
      let host = reader.takeText()
      let node = reader.takeText()
      links[place].window.threads = threads
      links[place].node = node
      try send(offers.join(place + 1, on: node))
      releaseOffers()
      dispatcher.updateFigures(place + 1) { ($0.threads, $0.host) = (threads, host) }
      updateThreads()
    case .result:
      let fields = reader.take(ResultFields.self)
      let failures = try Self.failures(reader.takeBytes())
      guard let flight = links[place].flights.removeValue(forKey: fields.batch) else { break }
      let batch = flight.batch
      links[place].window.remove(tasks: batch.count, seconds: batch.seconds, at: monotonicSeconds())
      if flight.children > 0 { links[place].window.suspended -= 1 }
      dispatcher.note(
        tasks: fields.ran, failed: failures.count, seconds: fields.seconds, rank: place + 1, call: batch.call)
      if !batch.call.flag.isSet {
        batch.settle(fields, failures: failures, payload: frame.payload.take(), dispatcher.place)
      }
    case .submit:
      submit(&reader, frame.payload.take(), from: place)
    case .placed:
      let key = reader.take(Int.self)
      let location = reader.take(Bool.self) ? reader.take(SharedMemory.Location.self) : nil
      try send(offers.placed(key, location, on: links[place].node ?? "", why: location == nil ? reader.takeText() : ""))
      releaseOffers()
    case .unreadable:
      let key = reader.take(Int.self)
      try send(offers.unreadable(key, by: place + 1, on: links[place].node ?? "", why: reader.takeText()))
      releaseOffers()
    case .broken:
      dispatcher.close(TaskPoolError.failed(reader.takeText()))
    case .bye:
      links[place].hasEnded = true
    default:
      preconditionFailure("a message of the pool went the wrong way")
    }
  }

  private static func failures(_ bytes: [UInt8]) throws -> [FailureRecord] {
    bytes.isEmpty ? [] : try ObjectCoder.decode([FailureRecord].self, from: bytes)
  }

  // MARK: Tasks of tasks

  private func submit(_ reader: inout Frame.Reader, _ payload: consuming Payload, from place: Int) {
    let request = reader.take(Int.self)
    let parent = reader.take(Int.self)
    let priority = reader.take(Int.self)
    let seed = reader.take(UInt64.self)
    let name = reader.takeText()
    count(children: 1, of: parent, at: place)
    guard let type = TaskTypes.type(named: name), let submitter else {
      answer(request, parent, at: place, .failure(TaskPoolError.unknownType(name)), of: Int.self)
      return
    }
    func run<Item: PoolTaskProtocol>(_: Item.Type) {
      let (tasks, failures) = Coding.decode(Item.self, count: 1, from: payload.take())
      guard let task = tasks.first else {
        answer(request, parent, at: place, .failure(failures[0].error), of: Item.Output.self)
        return
      }
      Task {
        let result: Result<Item.Output, any Error>
        do {
          result = .success(try await submitter.submit(task, priority: priority, seed: seed, from: nil))
        } catch {
          result = .failure(error)
        }
        answer(request, parent, at: place, result, of: Item.Output.self)
      }
    }
    run(type)
  }

  /// Has a worker told what has become of a task that a task of its submitted.
  private func answer<Output: Codable>(
    _ request: Int, _ parent: Int, at place: Int, _ result: Result<Output, any Error>, of: Output.Type
  ) {
    var frame = Frame(kind: .reply)
    frame.fields.put(request)
    frame.fields.put(parent)
    do {
      frame.payload = try Coding.encode([result.get()])
      frame.fields.put(true)
    } catch {
      frame.fields.put(false)
      frame.fields.put(bytes: (try? ObjectCoder.encode(SubmissionFailure(error))) ?? [])
    }
    let ready = frame
    orders.withLock { $0.frames.append((place, ready)) }
    dispatcher.signal.notify()
  }

  /// Notes that a batch waits for one task more, or less.
  private func count(children: Int, of parent: Int, at place: Int) {
    guard var flight = links[place].flights[parent] else { return }
    let before = flight.children > 0
    flight.children += children
    links[place].flights[parent] = flight
    if before != (flight.children > 0) { links[place].window.suspended += before ? -1 : 1 }
  }
}

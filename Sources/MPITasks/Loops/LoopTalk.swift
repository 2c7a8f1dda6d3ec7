import MPI

// What the thread that called does during a loop: it talks with the other ranks, and sleeps in between.

extension LoopRun {
  /// Talks until the loop is over.
  func talk() throws {
    if isRoot { coordinator = LoopCoordinator(count: job.count, schedule: job.schedule, threads: channel.threads) }
    try direct { $0.begin(&$1) }
    var lastNews = monotonicNanoseconds()
    while true {
      var moved = false
      while !hasEnded, let message = try communicator.nonblocking.matchedProbe(from: .any, tag: tags.control) {
        let source = message.status.source ?? 0
        try handle(message.receive(LoopMessage.self), from: source)
        moved = true
      }
      if hasEnded { return }
      if try lookAround() { moved = true }
      if hasEnded { return }
      let now = monotonicNanoseconds()
      if moved {
        lastNews = now
        continue
      }
      rest(now: now, quiet: now - lastNews)
    }
  }

  /// Waits a while: less after news, and long in a long loop where nothing moves. What this rank's threads do wakes it.
  private func rest(now: Int, quiet: Int) {
    let isComputing = monitor.withLock { $0.active > 0 || $0.share.remaining > 0 }
    if !isComputing && quiet < 50_000 {
      yieldThread()
      return
    }
    let longest = isComputing ? min(1_000_000, max(20_000, (now - start) / 64)) : 1_000_000
    let step = max(20_000, min(quiet / 8, longest))
    monitor.withLock { state in
      state.lowTime = Double(max(100_000, 2 * step))
      state.nextLook = now + step
    }
    _ = monitor.wait(on: Self.news, nanoseconds: step) { $0.attention ? () : nil }
  }

  /// Looks at what this rank's threads have done, and says what is to be said.
  ///
  /// - Returns: whether anything was.
  private func lookAround() throws -> Bool {
    let now = monotonicNanoseconds()
    let (report, failed) = monitor.withLock { state in
      state.attention = false
      // A chunk that takes much longer than was thought goes back in part, for others to take.
      for (thread, running) in state.running.enumerated() {
        guard let running, running.chunk.count > 1, !state.share.takesWholeBlocks else { continue }
        if Double(now - running.since) > 4 * LoopShare.target { flags[thread].set() }
      }
      return (self.report(state), state.failure)
    }
    var moved = false
    if let failed, !hasToldFailure {
      hasToldFailure = true
      for flag in flags { flag.set() }
      try tell(failed: LoopFailure(failed.error, index: job.programIndex(failed.index), rank: rank))
      moved = true
    }
    if !deferred.isEmpty { try answerDeferred(now) }
    if let progress, let coordinator {
      progress.tick(now) {
        progressText(
          done: coordinator.progress - (lastReport?.done ?? 0) + report.done, busyRanks: coordinator.busyRanks)
      }
    }
    if mustSay(report) || isTimeToSay(report, now) {
      lastReport = report
      moved = true
      try say(report)
    }
    return moved
  }

  private func report(_ state: LoopState) -> LoopCoordinator.Report {
    var report = LoopCoordinator.Report(
      level: state.level, done: state.done, received: received, finished: state.finished, time: state.share.time)
    report.hasStopped = hasStopped
    report.hasFailed = state.failure != nil
    return report
  }

  /// Whether the root must hear of it.
  private func mustSay(_ report: LoopCoordinator.Report) -> Bool {
    let last = lastReport
    if report.hasFailed && last?.hasFailed != true { return true }
    if report.level == .idle {
      return last?.level != .idle || last?.done != report.done || last?.received != report.received
        || last?.hasStopped != report.hasStopped
    }
    switch job.schedule {
    case .static: return false
    case .dynamic, .guided: return report.finished > (last?.finished ?? 0)
    case .adaptive:
      let before = last.map { $0.received == report.received ? $0.level : .working } ?? .working
      // Less than before; or more, put back by a thread.
      return report.level > before || (report.level < .dry && before >= .dry)
    }
  }

  /// Whether the root has heard nothing for long; the more ranks there are, the longer that is.
  private func isTimeToSay(_ report: LoopCoordinator.Report, _ now: Int) -> Bool {
    guard !isRoot, now - lastSaid > 100_000_000 + 50_000 * communicator.size else { return false }
    lastSaid = now
    return report.done != (lastReport?.done ?? 0)
  }

  private func say(_ report: LoopCoordinator.Report) throws {
    if isRoot {
      try direct { $0.report(0, report, now: Double(monotonicNanoseconds()), &$1) }
      return
    }
    var message = LoopMessage(.report)
    message.report = report
    message.figures = figures
    (message.count, message.signature) = (job.indices, job.signature)
    try communicator.send(message, to: 0, tag: tags.control)
  }

  private func tell(failed: LoopFailure) throws {
    if isRoot {
      keep(failed)
    } else {
      try send(LoopMessage(.failure), to: 0, payload: ObjectCoder.encode(failed))
    }
  }

  private func keep(_ other: LoopFailure) {
    if failure.map({ other.index < $0.index }) ?? true { failure = other }
  }

  // MARK: Messages

  /// Sends a message, with bytes that follow it.
  func send(_ message: LoopMessage, to other: Int, payload: [UInt8]? = nil) throws {
    var message = message
    message.hasPayload = payload != nil
    try communicator.send(message, to: other, tag: tags.control)
    // The other may be sending too: nobody waits in a send.
    itemBytes.sent += payload?.count ?? 0
    if let payload { try outgoing.append(communicator.nonblocking.send(payload, to: other, tag: tags.payload)) }
  }

  private func handle(_ message: LoopMessage, from source: Int) throws {
    let payload = message.hasPayload ? try communicator.receive([UInt8].self, from: source, tag: tags.payload) : nil
    let now = Double(monotonicNanoseconds())
    switch LoopMessage.Kind(rawValue: message.kind) {
    case .report:
      if message.count != job.indices || message.signature != job.signature {
        notice(message, from: source)
        try direct { $0.fail(&$1) }
      }
      if !allFigures.isEmpty { allFigures[source] = (message.figures, message.report.done) }
      try direct { $0.report(source, message.report, now: now, &$1) }
    case .failure:
      if let payload { keep(try ObjectCoder.decode(LoopFailure.self, from: payload)) }
    case .ask: try give(to: Int(message.other))
    case .gave:
      try direct {
        $0.gave(
          victim: source, thief: Int(message.other), victimTime: message.ownTime, thiefTime: message.time, now: now,
          &$1)
      }
    case .gaveNothing: try direct { $0.gaveNothing(victim: source, thief: Int(message.other), now: now, &$1) }
    case .block:
      let block = message.first..<message.end
      received += 1
      if let payload {
        itemBytes.received += payload.count
        try job.items?.take(payload, for: block)
      }
      accept(block)
    case .stop: try stop()
    case .end: try end(payload)
    case nil: break
    }
  }

  private func notice(_ message: LoopMessage, from source: Int) {
    guard mismatch == nil else { return }
    let what =
      message.count == job.indices
      ? "rank \(source) runs another loop than rank 0, whose loop is \(job.operation), \(job.schedule)"
      : "rank \(source) gave \(message.count) indices and rank 0 gave \(job.indices): all ranks must give the same"
    mismatch = MPIError(
      .argument, what, operation: job.operation, communicator: communicator.name, rank: rank)
  }

  /// The ranks that this one passes a message on to.
  private var followers: Range<Int> {
    min(2 * rank + 1, communicator.size)..<min(2 * rank + 3, communicator.size)
  }

  private func stop() throws {
    hasStopped = true
    for other in followers { try communicator.send(LoopMessage(.stop), to: other, tag: tags.control) }
    monitor.withLock { state in
      state.isStopping = true
      state.share.clear()
    }
    for flag in flags { flag.set() }
  }

  private func end(_ payload: [UInt8]?) throws {
    hasEnded = true
    for other in followers { try send(LoopMessage(.end), to: other, payload: payload) }
    guard let payload, !isRoot else { return }
    let verdict = try ObjectCoder.decode(LoopVerdict.self, from: payload)
    failure = verdict.failure
    mismatch = verdict.mismatch.map {
      MPIError(.argument, $0, operation: job.operation, communicator: communicator.name, rank: rank)
    }
  }

  // MARK: The root

  /// Lets the coordinator decide, and does what it says. Nothing, but at the root.
  private func direct(_ event: (inout LoopCoordinator, inout [LoopCoordinator.Action]) -> Void) throws {
    guard coordinator != nil else { return }
    var actions: [LoopCoordinator.Action] = []
    event(&coordinator!, &actions)
    for action in actions { try carryOut(action) }
  }

  private func carryOut(_ action: LoopCoordinator.Action) throws {
    switch action {
    case .ask(let victim, let thief):
      if victim == 0 {
        try give(to: thief)
      } else {
        var message = LoopMessage(.ask)
        message.other = Int32(thief)
        try communicator.send(message, to: victim, tag: tags.control)
      }
    case .grant(let other, let block): try hand(block, to: other)
    case .stop: try stop()
    case .end:
      guard failure != nil || mismatch != nil else { return try end(nil) }
      try end(ObjectCoder.encode(LoopVerdict(failure: failure, mismatch: mismatch?.text)))
    }
  }

  // MARK: Giving

  private func give(to thief: Int) throws {
    if try !tryToGive(thief) { deferred.append((thief, monotonicNanoseconds())) }
  }

  /// Gives a part of this rank's block to another; says that it can't where no thread could put anything back.
  ///
  /// - Returns: whether that is settled.
  private func tryToGive(_ thief: Int, isPatient: Bool = true) throws -> Bool {
    let (block, ownTime, time, mayCome) = monitor.withLock { state in
      let block = state.isStopping ? nil : state.share.give(toThreads: channel.threads[thief])
      let time = Double(block?.count ?? 0) * state.share.cost / Double(channel.threads[thief])
      var mayCome = false
      if block == nil && isPatient && !state.isStopping {
        for (thread, running) in state.running.enumerated() where (running?.chunk.count ?? 0) > 1 {
          flags[thread].set()
          mayCome = true
        }
      }
      return (block, state.share.time, time, mayCome)
    }
    if block == nil && mayCome { return false }
    var answer = LoopMessage(block == nil ? .gaveNothing : .gave)
    answer.other = Int32(thief)
    (answer.time, answer.ownTime) = (time, ownTime)
    if let block {
      try hand(block, to: thief)
      // What was low is known; what is left is less than was said.
      lastReport?.level = .working
    }
    if isRoot {
      let now = Double(monotonicNanoseconds())
      try direct { coordinator, actions in
        if block == nil {
          coordinator.gaveNothing(victim: 0, thief: thief, now: now, &actions)
        } else {
          coordinator.gave(victim: 0, thief: thief, victimTime: ownTime, thiefTime: time, now: now, &actions)
        }
      }
    } else {
      try communicator.send(answer, to: 0, tag: tags.control)
    }
    return true
  }

  private func answerDeferred(_ now: Int) throws {
    let waiting = deferred
    deferred = []
    for (thief, since) in waiting {
      if try !tryToGive(thief, isPatient: now - since < 300_000) { deferred.append((thief, since)) }
    }
  }

  /// Gives a block to a rank.
  private func hand(_ block: Range<Int>, to other: Int) throws {
    if other == rank {
      received += 1
      accept(block)
      return
    }
    var message = LoopMessage(.block)
    (message.first, message.end) = (block.lowerBound, block.upperBound)
    try send(message, to: other, payload: job.items?.encoded(block))
  }

  /// Gives each rank the items of its block. Called by every rank.
  func distribute(_ items: any LoopItems, _ mine: Range<Int>) throws {
    guard !takesWholeBlocks else { return }
    let shares = StaticShares(count: job.count, threads: channel.threads)
    if isRoot {
      for other in 1..<max(1, communicator.size) where !shares[other].isEmpty {
        let bytes = try items.encoded(shares[other])
        itemBytes.sent += bytes.count
        try outgoing.append(communicator.nonblocking.send(bytes, to: other, tag: tags.payload))
      }
    } else if !mine.isEmpty {
      let bytes = try communicator.receive([UInt8].self, from: 0, tag: tags.payload)
      itemBytes.received += bytes.count
      try items.take(bytes, for: mine)
    }
  }
}

/// How a loop has failed, for all ranks.
private struct LoopVerdict: Codable {
  var failure: LoopFailure?
  var mismatch: String?
}

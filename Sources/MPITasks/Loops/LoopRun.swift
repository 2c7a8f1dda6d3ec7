// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// One loop on one rank, from where ``LoopOpening`` has left it: a crew that computes, and the thread that called,
/// which exchanges messages with the other ranks and sleeps in between.
final class LoopRun {
  private let channel: LoopChannel
  private let job: LoopJob
  private let start: Int
  private let crew: LoopCrew
  private let post: LoopPost
  /// What this rank does besides, if it is the first of its node, and if it is the root.
  private var leader: LoopLeader?
  private var root: LoopRoot?
  private let progress: LoopProgress?

  /// The last reports of this rank.
  private var reporting: LoopReporting
  /// Messages that came before this began.
  private let heard: [(message: LoopMessage, source: Int)]
  /// How many blocks this rank was given by others.
  private var received = 0
  /// Of the chunks that the root hands out, how many have come, and the last report of them.
  private var chunksReceived = 0
  private var chunksReported = ChunkDispenser.Counts()
  /// How many such reports were sent.
  private var chunkMessages = 0
  /// The ranks that wait for a part of what a thread must put back, and since when.
  private var deferred: [(thief: Int, since: Int)] = []
  private var hasReportedFailure = false
  private var hasReportedTimeUp = false
  /// Whether the root has passed on how much time is left.
  private var hasReportedClock = false
  /// How many parcels of results this rank has sent, and has received; and when it last sent one.
  private var parcels = (sent: 0, received: 0)
  private var lastParcel = 0
  private var hasStopped = false
  /// Whether the loop has ended but for chunks in flight.
  private var endIsDue = false
  /// How it has ended; nil before.
  private var end: LoopEnd?
  /// What the root has decided of a loop that has failed, elsewhere.
  private var verdict: LoopVerdict?

  private var communicator: Communicator { channel.communicator }
  private var rank: Int { communicator.rank }
  private var nodes: LoopNodes { channel.nodes }
  /// The rank that coordinates this one.
  private let coordinator: Int

  /// Goes on with a loop that has begun.
  init(_ opening: consuming LoopOpening, _ display: LoopDisplay) {
    (job, channel, start, heard) = (opening.job, opening.channel, opening.start, opening.heard)
    reporting = LoopReporting(opening.job.schedule, now: opening.start)
    if let report = opening.report { reporting.said(report) }
    crew = LoopCrew(opening)
    post = LoopPost(opening)
    let rank = channel.communicator.rank
    coordinator = channel.nodes.leader(of: rank)
    if rank == coordinator { leader = LoopLeader(job, post, start: start) }
    if rank == 0 { root = LoopRoot(job, post) }
    progress = rank == 0 ? LoopProgress(display, job, channel, start: start) : nil
  }

  /// Runs the loop, has its results collected, and prints the summary. Collective.
  ///
  /// - Parameter collect: is given what this rank has computed, and returns at the root how many bytes each rank has
  ///   sent it; none if there are no results.
  /// - Throws: on every rank, ``LoopFailure`` if the closure has thrown on any, an `MPIError` if the ranks differ in
  ///   what they call, or `JobTimeUp` if the loop has stopped in time.
  func finish(_ collect: (LoopPortion) throws -> [Int]) throws {
    do {
      let end = communicator.size == 1 && channel.threads[0] == 1 ? try runSerially() : try run()
      var portion = LoopPortion(indices: crew.computed)
      if end.areBlocksWhole { portion.blocks = channel.shares(of: job.count) }
      let figures = end.wantsFigures ? try gatherFigures() : []
      let bytes = try collect(portion)
      guard end.wantsFigures else {
        progress?.cancel()
        return
      }
      progress?.end(figures, results: bytes)
    } catch {
      progress?.cancel()
      throw error
    }
  }

  /// Runs the loop on several ranks or threads. Collective.
  private func run() throws -> LoopEnd {
    defer { crew.join() }
    do {
      try exchange()
    } catch {
      // MPI itself has failed: nothing more is begun here.
      crew.stop()
      throw error
    }
    if job.shipment != nil { try shipRest() }
    try post.finish()
    crew.join()
    do {
      try check()
    } catch {
      job.results?.discard(crew.computed)
      throw error
    }
    return end!
  }

  /// Runs the loop on one rank that has one thread.
  private func runSerially() throws -> LoopEnd {
    do {
      try crew.runSerially { now, done in progress?.tick(now, done: done, busyRanks: 1) }
    } catch {
      let computed = crew.computed
      job.results?.discard(computed)
      throw job.failure(error, at: computed.count, rank: rank)
    }
    let computed = crew.computed
    if computed.count < job.count {
      job.results?.discard(computed)
      throw LoopTimeUp().error(job, done: computed.count)
    }
    return LoopEnd(wantsFigures: progress!.wantsSummary(monotonicNanoseconds()))
  }

  /// Throws what the loop throws, if it has failed.
  private func check() throws {
    try root?.check()
    guard let verdict else { return }
    if let mismatch = verdict.mismatch {
      throw MPIError(.argument, mismatch, operation: job.operation, communicator: communicator.name, rank: rank)
    }
    if let failure = verdict.failure { throw failure }
    if let timeUp = verdict.timeUp {
      // The next loop need not find it out.
      if case .signal(let signals) = timeUp.reason { JobClock.learn(signals) }
      throw timeUp
    }
  }

  /// What each rank has done, at the root.
  private func gatherFigures() throws -> [LoopFigures] {
    var figures = crew.figures
    (figures.received, figures.sent) = post.itemBytes
    return communicator.size == 1 ? [figures] : try communicator.gather(figures) ?? []
  }

  // MARK: Exchanging messages

  /// Handles messages until the loop has ended.
  private func exchange() throws {
    try root?.begin()
    for (message, source) in heard where end == nil {
      try handle(message, from: source, post.payload(of: message, from: source))
    }
    var lastNews = monotonicNanoseconds()
    try channel.bell.watch {
      var hasMoved = false
      while end == nil, let (message, source, payload) = try post.next() {
        try handle(message, from: source, payload)
        hasMoved = true
      }
      if end != nil { return .end }
      if try lookAround() { hasMoved = true }
      if try crew.computeBetweenMessages() { hasMoved = true }
      let now = monotonicNanoseconds()
      guard hasMoved else { return .nothing(try outlook(now: now, quiet: now - lastNews)) }
      lastNews = now
      return .something
    }
  }

  /// For how many nanoseconds without news the thread that called stays awake if none of this rank computes, and the
  /// others can't ring: its core is free, and a loop has many short waits.
  private static let awake = 1_000_000

  /// What is known when nothing has moved for so long. What this rank's threads do rings, but for the chunks that they
  /// take: one that turns out to be long is looked for.
  private func outlook(now: Int, quiet: Int) throws(MPIError) -> Pace.Outlook {
    var outlook = Pace.Outlook(awaitsMessages: communicator.size > 1, next: progress?.nextTick)
    let isSending = try post.isSending()
    outlook.isRung = channel.areRung && !isSending
    let longest = LoopReporting.longestRest(after: now - start, nodes: nodes.count)
    let step = max(20_000, min(quiet / 8, longest))
    // Another rank's message is read at the next look, or at once.
    let isComputing = crew.expectLook(at: now + step, lowTime: Double(max(100_000, outlook.isRung ? 0 : 2 * step)))
    communicator.hasWaited(nanoseconds: isComputing ? nil : quiet)
    if isComputing {
      outlook.longest = longest
      outlook.next = min(outlook.next ?? .max, now + step)
    } else {
      outlook.awake = channel.areRung ? Pace.awake : Self.awake
    }
    if job.shipment != nil {
      let due = lastParcel + Self.parcelInterval
      outlook.next = min(outlook.next ?? .max, max(now + 1_000_000, due))
    }
    return outlook
  }

  // MARK: Results for a store

  /// How many nanoseconds lie between two parcels, at least.
  private static let parcelInterval = 25_000_000

  /// Sends the root what this rank has computed since the last time, if it is time to.
  ///
  /// - Returns: whether anything was sent.
  private func ship(_ now: Int) throws -> Bool {
    guard root == nil, let shipment = job.shipment, now - lastParcel >= Self.parcelInterval else { return false }
    lastParcel = now
    guard let bytes = try shipment.parcel() else { return false }
    parcels.sent += 1
    try post.send(.parcel, to: 0, payload: bytes)
    return true
  }

  /// Brings the root the parcels that are in flight when the loop has ended, and if it has failed what was not sent yet:
  /// otherwise that comes with the results.
  private func shipRest() throws {
    guard communicator.size > 1, verdict?.mismatch == nil else { return }
    crew.join()
    if verdict != nil {
      lastParcel = 0
      _ = try ship(.max)
    }
    guard let counts = try communicator.gather(parcels.sent) else { return }
    let expected = counts.reduce(0, +)
    while parcels.received < expected {
      guard let (message, source, payload) = try post.next() else {
        yieldThread()
        continue
      }
      if case .parcel = message { receive(payload, from: source) }
    }
  }

  private func receive(_ parcel: [UInt8]?, from source: Int) {
    parcels.received += 1
    if let parcel { job.shipment?.receive(parcel, from: source, host: channel.hosts[source]) }
  }

  /// Looks at what this rank's threads have done, and reports what is needed.
  ///
  /// - Returns: whether anything was.
  private func lookAround() throws -> Bool {
    let now = monotonicNanoseconds()
    let survey = crew.survey(now)
    var hasMoved = false
    if let failed = survey.failure, !hasReportedFailure {
      hasReportedFailure = true
      crew.interrupt()
      try report(job.failure(failed.error, at: failed.index, rank: rank))
      hasMoved = true
    }
    if survey.isTimeUp, !hasReportedTimeUp {
      hasReportedTimeUp = true
      crew.interrupt()
      try report(LoopTimeUp())
      hasMoved = true
    }
    if job.stopsInTime, root != nil { try reportClock() }
    if !deferred.isEmpty { try answerDeferred(now) }
    if let all = root?.coordinator ?? leader?.coordinator {
      progress?.tick(now, done: all.done, busyRanks: communicator.size - all.idleRanks)
    }
    if job.handsOut(on: channel) || chunksReceived > 0, try reportChunks(survey.finished) { hasMoved = true }
    var report = survey.report
    (report.received, report.hasStopped, report.chunkMessages) = (received, hasStopped, chunkMessages)
    if hasReportedTimeUp { report.hasFailed = true }
    if reporting.isDue(report, now: now, ranks: communicator.size) {
      try post.post(.report(report, job.identity), to: coordinator)
      hasMoved = true
    }
    if try ship(now) { hasMoved = true }
    if try leader?.report(job, lowTime: crew.lowTime, now: now) == true { hasMoved = true }
    return hasMoved
  }

  /// Reports to the root how many chunks have come and are done, if that is new.
  private func reportChunks(_ finished: Int) throws -> Bool {
    let counts = ChunkDispenser.Counts(received: chunksReceived, finished: finished)
    guard finished > chunksReported.finished || (hasStopped && counts != chunksReported) else { return false }
    chunksReported = counts
    chunkMessages += 1
    try post.post(.chunks(counts), to: 0)
    return true
  }

  private func report(_ failure: LoopFailure) throws {
    if root != nil {
      root!.keep(failure)
    } else {
      // By the same way as the reports, so that it comes before the one that mentions it.
      try post.send(.failure, to: coordinator == rank ? 0 : coordinator, payload: ObjectCoder.encode(failure))
    }
  }

  private func report(_ timeUp: LoopTimeUp) throws {
    if root != nil {
      root!.keep(timeUp)
    } else {
      try post.post(.timeUp(timeUp), to: coordinator == rank ? 0 : coordinator)
    }
  }

  /// At the root: passes on how much time is left, once that is known.
  private func reportClock() throws {
    guard !hasReportedClock, let left = JobClock.nanosecondsLeft else { return }
    hasReportedClock = true
    try channel.passOn(.clock(left: left), post.tags)
  }

  private func handle(_ message: LoopMessage, from source: Int, _ payload: [UInt8]?) throws {
    switch message {
    case .report(_, let identity), .nodeReport(_, let identity): try compare(identity, of: source)
    case .mismatch(let other, let identity): try compare(identity, of: other)
    case .failure:
      if root == nil {
        try post.send(message, to: 0, payload: payload)
      } else if let payload {
        root!.keep(try ObjectCoder.decode(LoopFailure.self, from: payload))
      }
    case .timeUp(let timeUp): if root == nil { try post.post(message, to: 0) } else { root!.keep(timeUp) }
    case .clock(let left):
      JobClock.learn(nanosecondsLeft: left)
      try channel.passOn(message, post.tags)
    case .ask(let thief, let given):
      reporting.asked(given: given)
      try give(to: thief)
    case .block(let block):
      received += 1
      try take(block, payload)
    case .chunk(let block):
      chunksReceived += 1
      try take(block, payload)
    case .stop: try stop()
    case .parcel: receive(payload, from: source)
    case .end(let end): try finish(end, payload)
    case .gave, .gaveNothing, .chunks, .nodeAsk, .nodeGave, .nodeGiven: break
    }
    try carryOut(leader?.handle(message, from: source) ?? [])
    try carryOut(root?.handle(message, from: source) ?? [])
    if endIsDue { try endLoop() }
  }

  private func carryOut(_ rulings: [LoopRuling]) throws {
    for ruling in rulings {
      switch ruling {
      case .stop: try stop()
      case .end:
        endIsDue = true
        try endLoop()
      }
    }
  }

  /// Puts the work down.
  private func stop() throws {
    hasStopped = true
    try channel.passOn(.stop, post.tags)
    crew.stop()
    leader?.stop()
    root?.stop()
  }

  /// At the root, once the loop has ended: notifies all ranks when no chunk is in flight, nor any message about one.
  private func endLoop() throws {
    guard let root, end == nil else { return }
    let coordinator = root.coordinator ?? leader?.coordinator
    guard root.isSettled(expected: coordinator?.chunkMessages) else { return }
    verdict = root.verdict(done: coordinator?.done ?? 0)
    if let verdict {
      try finish(LoopEnd(hasVerdict: true), ObjectCoder.encode(verdict))
    } else {
      try finish(LoopEnd(wantsFigures: progress?.wantsSummary(monotonicNanoseconds()) ?? false), nil)
    }
  }

  /// Ends the loop on this rank, and passes that on.
  private func finish(_ end: LoopEnd, _ payload: [UInt8]?) throws {
    self.end = end
    for other in channel.followers { try post.send(.end(end), to: other, payload: payload) }
    if root == nil, let payload { verdict = try ObjectCoder.decode(LoopVerdict.self, from: payload) }
  }

  /// Compares a rank's loop with this one. The root stops all if they differ, and others report it to the root.
  private func compare(_ identity: LoopIdentity, of source: Int) throws {
    guard identity != job.identity else { return }
    guard root != nil else { return try post.post(.mismatch(rank: source, identity), to: 0) }
    root!.keep(identity, of: source)
    try carryOut(root!.coordinator == nil ? leader!.fail() : root!.fail())
  }

  // MARK: Giving and taking work

  /// Takes a block, with its items if they travel.
  private func take(_ message: LoopBlock, _ payload: [UInt8]?) throws {
    let block = message.first..<message.end
    // If the root runs a loop without items, this one fails: the root will have a report of it.
    if job.items != nil && payload == nil && root == nil { return }
    // Nor is there room for indices of a rank that gave another range, which asks and gives before the root has its
    // report.
    guard block.upperBound <= job.count else { return }
    if let payload {
      do { try job.items?.take(payload, for: block) } catch { return crew.fail(error, at: block.lowerBound) }
    }
    crew.accept(block, cost: message.cost)
  }

  private func give(to thief: Int) throws {
    if try !tryToGive(thief) { deferred.append((thief, monotonicNanoseconds())) }
  }

  private func answerDeferred(_ now: Int) throws {
    let waiting = deferred
    deferred = []
    for (thief, since) in waiting {
      if try !tryToGive(thief, isPatient: now - since < 300_000) { deferred.append((thief, since)) }
    }
  }

  /// Gives a part of this rank's work to another; refuses if no thread could put anything back.
  ///
  /// - Returns: whether that is settled.
  private func tryToGive(_ thief: Int, isPatient: Bool = true) throws -> Bool {
    switch crew.give(toThreads: channel.threads[thief], isPatient: isPatient) {
    case .block(let block, let time, let ownTime):
      try post.hand(block, to: thief) { .block($0) }
      reporting.gave()
      try post.post(.gave(rank: thief, time: time, ownTime: ownTime), to: coordinator)
    case .nothing:
      reporting.gaveNothing(received: received)
      try post.post(.gaveNothing(rank: thief), to: coordinator)
    case .later: return false
    }
    return true
  }
}

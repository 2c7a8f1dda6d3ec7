// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

// What the thread that called does during a loop: it talks with the other ranks, and sleeps in between.

extension LoopRun {
  /// Handles messages until the loop has ended.
  func talk() throws {
    try beginDirection()
    for (message, source) in heard where !hasEnded { try handle(message, from: source) }
    var lastNews = monotonicNanoseconds()
    try channel.bell.watch {
      var hasMoved = false
      while !hasEnded, try handleNext() { hasMoved = true }
      if hasEnded { return .end }
      if try lookAround() { hasMoved = true }
      if try computeBetweenMessages() { hasMoved = true }
      let now = monotonicNanoseconds()
      guard hasMoved else { return .nothing(outlook(now: now, quiet: now - lastNews)) }
      lastNews = now
      return .something
    }
  }

  /// Handles a message, if there is one.
  private func handleNext() throws -> Bool {
    if let message = ownMessages.removeFirst() {
      try handle(message, from: rank)
      return true
    }
    guard let (message, source) = try channel.nextMessage(tags) else { return false }
    try handle(message, from: source)
    return true
  }

  /// For how many nanoseconds without news the thread that called stays awake if none of this rank computes: its core is
  /// free.
  private static let awake = 1_000_000

  /// What is known when nothing has moved for so long. What this rank's threads do rings, but for the chunks that they
  /// take: one that turns out to be long is looked for.
  private func outlook(now: Int, quiet: Int) -> Pace.Outlook {
    var outlook = Pace.Outlook(awaitsMessages: communicator.size > 1, isRung: channel.areRung, next: progress?.nextTick)
    outlook.longest = LoopReporting.longestRest(after: now - start, nodes: nodes.count)
    let step = max(20_000, min(quiet / 8, outlook.longest))
    let isComputing = monitor.withLock { state in
      state.nextLook = now + step
      // Another rank's message is read at the next look, or at once.
      state.lowTime = Double(max(100_000, outlook.isRung ? 0 : 2 * step))
      return state.active > 0 || state.share.remaining > 0
    }
    communicator.hasWaited(nanoseconds: isComputing ? nil : quiet)
    if isComputing { outlook.next = min(outlook.next ?? .max, now + step) } else { outlook.awake = Self.awake }
    return outlook
  }

  /// Looks at what this rank's threads have done, and reports what is needed.
  ///
  /// - Returns: whether anything was.
  private func lookAround() throws -> Bool {
    let now = monotonicNanoseconds()
    var (report, finished, failed) = monitor.withLock { state in
      state.attention = false
      // A chunk that takes much longer than was thought goes back in part, for others to take.
      for (thread, running) in state.running.enumerated() {
        guard let running, running.chunk.count > 1, !state.share.takesWholeBlocks else { continue }
        if Double(now - running.since) > 4 * LoopShare.target { flags[thread].set() }
      }
      return (self.report(state), state.finished, state.failure)
    }
    var moved = false
    if let failed, !hasToldFailure {
      hasToldFailure = true
      for flag in flags { flag.set() }
      try tell(failed: job.failure(failed.error, at: failed.index, rank: rank))
      moved = true
    }
    if !deferred.isEmpty { try answerDeferred(now) }
    showProgress(now)
    if takesWholeBlocks || chunksReceived > 0, try sayChunks(finished) { moved = true }
    report.chunkMessages = chunkMessages.sent
    if try say(report, as: .report, &reporting, to: leader, now) { moved = true }
    if try sayNode(now) { moved = true }
    return moved
  }

  private func report(_ state: LoopState) -> LoopCoordinator.Report {
    var report = LoopCoordinator.Report(
      level: state.level, done: state.done, received: received, time: state.share.time)
    report.hasStopped = hasStopped
    report.hasFailed = state.failure != nil
    report.idleRanks = report.level == .idle ? 1 : 0
    return report
  }

  /// Reports how far this rank, or its node, is, if the coordinator needs it, or has had no report for long; the more
  /// ranks there are, the longer that is.
  ///
  /// - Returns: whether it was reported.
  func say(
    _ report: LoopCoordinator.Report, as kind: LoopMessage.Kind, _ reporting: inout LoopReporting, to other: Int,
    _ now: Int
  ) throws -> Bool {
    let pause = 100_000_000 + 50_000 * communicator.size
    guard reporting.mustSay(report) || reporting.isTimeToSay(report, now: now, pause: pause) else { return false }
    reporting.said(report)
    try post(LoopMessage(kind, report, of: job), to: other)
    return true
  }

  /// Reports to the root how many chunks have come and are done, if that is new.
  private func sayChunks(_ finished: Int) throws -> Bool {
    let counts = ChunkDispenser.Counts(received: chunksReceived, finished: finished)
    guard finished > chunksSaid.finished || (hasStopped && counts != chunksSaid) else { return false }
    chunksSaid = counts
    var message = LoopMessage(.chunks)
    message.chunks = counts
    chunkMessages.sent += 1
    try post(message, to: 0)
    return true
  }

  private func tell(failed: LoopFailure) throws {
    if isRoot {
      keep(failed)
    } else {
      // By the same way as the reports, so that it comes before the one that mentions it.
      try send(LoopMessage(.failure), to: leader == rank ? 0 : leader, payload: ObjectCoder.encode(failed))
    }
  }

  private func keep(_ other: LoopFailure) {
    if failure.map({ other.index < $0.index }) ?? true { failure = other }
  }

  // MARK: Messages

  /// Sends a message without a payload, perhaps to this rank itself.
  func post(_ message: LoopMessage, to other: Int) throws {
    if other == rank {
      ownMessages.append(message)
    } else {
      try channel.send(message, to: other, tags)
    }
  }

  /// Sends a message to another rank, with bytes that follow it.
  func send(_ message: LoopMessage, to other: Int, payload: [UInt8]?) throws {
    var message = message
    message.hasPayload = payload != nil
    try channel.send(message, to: other, tags)
    // The other may be sending too: neither waits in a send.
    itemBytes.sent += payload?.count ?? 0
    if let payload { try outgoing.append(communicator.nonblocking.send(payload, to: other, tag: tags.payload)) }
  }

  private func handle(_ message: LoopMessage, from source: Int) throws {
    let payload = message.hasPayload ? try communicator.receive([UInt8].self, from: source, tag: tags.payload) : nil
    switch LoopMessage.Kind(rawValue: message.kind) {
    case .failure:
      if !isRoot {
        try send(message, to: 0, payload: payload)
      } else if let payload {
        keep(try ObjectCoder.decode(LoopFailure.self, from: payload))
      }
    case .ask:
      reporting.asked(given: Int(message.blocks))
      try give(to: Int(message.other))
    case .block:
      received += 1
      try take(message, payload)
    case .chunk:
      chunksReceived += 1
      try take(message, payload)
    case .stop: try stop()
    case .end:
      (wantsFigures, areBlocksWhole) = (message.wantsFigures, message.areBlocksWhole)
      try end(payload)
    case .report, .gave, .gaveNothing, .nodeReport, .nodeAsk, .nodeGave, .nodeGiven, .chunks, .mismatch:
      try direct(message, from: source)
    case nil: break
    }
  }

  private func take(_ message: LoopMessage, _ payload: [UInt8]?) throws {
    let block = message.first..<message.end
    // Where the root runs a loop without items, this one fails: the root will have a report of it.
    if job.items != nil && payload == nil && !isRoot { return }
    // Nor is there room for indices of a rank that gave another range, which asks and gives before the root has its
    // report.
    guard block.upperBound <= job.count else { return }
    if let payload {
      itemBytes.received += payload.count
      do { try job.items?.take(payload, for: block) } catch {
        return monitor.withLock { $0.fail(error, at: block.lowerBound) }
      }
    }
    accept(block, cost: message.cost)
  }

  func stop() throws {
    hasStopped = true
    try channel.passOn(LoopMessage(.stop), tags)
    monitor.withLock { state in
      state.isStopping = true
      state.share.clear()
    }
    for flag in flags { flag.set() }
    coordinator?.stop()
    dispenser?.stop()
  }

  func end(_ payload: [UInt8]?) throws {
    hasEnded = true
    var message = LoopMessage(.end)
    (message.wantsFigures, message.areBlocksWhole) = (wantsFigures, areBlocksWhole)
    for other in channel.followers { try send(message, to: other, payload: payload) }
    guard let payload, !isRoot else { return }
    let verdict = try ObjectCoder.decode(LoopVerdict.self, from: payload)
    failure = verdict.failure
    mismatch = verdict.mismatch.map {
      MPIError(.argument, $0, operation: job.operation, communicator: communicator.name, rank: rank)
    }
  }
}

/// How a loop has failed, for all ranks.
struct LoopVerdict: Codable {
  var failure: LoopFailure?
  var mismatch: String?
}

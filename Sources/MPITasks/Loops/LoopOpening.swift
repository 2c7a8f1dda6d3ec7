// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The beginning of a loop on one rank, and all of a short one.
///
/// The thread that called computes the block that its rank begins with, without a lock and without waking other
/// threads, and reports to the root when nothing of it is left. If all ranks are through at about the same time, the
/// root notifies them that the loop has ended. If not, ``LoopRun`` goes on from here: it has threads, balances the
/// load, and shows how far the loop is. Messages and their order are the same either way, so each rank decides for
/// itself how long it stays here. A loop with a store is the exception: at its end all ranks gather how many messages
/// with results they have sent, so none of them ends here.
struct LoopOpening: ~Copyable {
  let job: LoopJob
  let channel: LoopChannel
  let tags: LoopTags
  let start = monotonicNanoseconds()
  /// The blocks that ranks begin with, and this rank's; empty if the root hands out chunks.
  let blocks: StaticShares
  let block: Range<Int>

  /// The indices of the block that have been computed, from the first on.
  private(set) var computed: Range<Int>
  /// How many chunks they were, how long they took, and the longest index; in nanoseconds.
  private(set) var chunks = 0
  private(set) var busy = 0
  private(set) var longest = 0.0
  /// What an index of the last chunk took, in nanoseconds; 0 before the first.
  private(set) var cost = 0.0
  /// What the index after those has thrown, or what is wrong with the items.
  private(set) var failure: (any Error)?
  /// What this rank has reported to the root.
  private(set) var report: LoopCoordinator.Report?
  /// Messages that have come, and were not handled.
  private(set) var heard: [(message: LoopMessage, source: Int)] = []
  /// Items on their way to other ranks, and the bytes of items that this rank was sent and that it sent.
  var outgoing = RequestSet<[UInt8]>()
  private(set) var itemBytes = (received: 0, sent: 0)

  /// For how many nanoseconds this thread computes before it looks at how much is left.
  private static let looksAway = 20_000
  /// How many nanoseconds what is left may take it, alone and if there are threads to help; and how long all may take.
  private static let leastShared = (alone: 60_000.0, helped: 25_000.0)
  private static let longestAlone = 200_000
  /// How many nanoseconds it waits for others.
  private static let patience = 50_000
  /// An index of a shorter block may be as long as the whole loop, and this thread must talk meanwhile.
  private static let leastIndices = 64

  init(_ job: LoopJob, _ channel: LoopChannel) {
    self.job = job
    self.channel = channel
    tags = channel.nextTags()
    blocks = channel.shares(of: job.count)
    block = job.handsOut(on: channel) ? 0..<0 : blocks[channel.communicator.rank]
    computed = block.lowerBound..<block.lowerBound
  }

  private var communicator: Communicator { channel.communicator }

  /// Whether this thread computes: not in a loop that stops in time, because each of its indices is checked first.
  var computesHere: Bool { block.count >= Self.leastIndices && !job.stopsInTime }

  /// Begins the loop. Called by every rank.
  ///
  /// - Parameter mayEnd: whether it may end here, if it is short: nothing is to be shown of it.
  /// - Returns: what this rank has computed if the loop has ended; nil if it goes on.
  mutating func run(mayEnd: Bool) throws -> LoopPortion? {
    if let items = job.items { try distribute(items) }
    job.results?.prepare(block)
    if computesHere && failure == nil { compute() }
    // A closure that combines may have failed after the last index.
    let isThrough = failure == nil && computed == block
    let canEnd = mayEnd && job.shipment == nil && channel.nodes.count == 1 && !job.handsOut(on: channel)
    guard canEnd, isThrough else { return nil }
    guard let end = try communicator.isRoot ? endsAll() : heardEnd() else { return nil }
    if job.items != nil { _ = try outgoing.waitAll() }
    if end.wantsFigures { _ = try communicator.gather(figures) }
    var portion = LoopPortion(indices: IndexRanges())
    portion.indices.insert(block)
    if end.areBlocksWhole { portion.blocks = blocks }
    return portion
  }

  /// What this rank has done.
  private var figures: LoopFigures {
    LoopFigures(
      done: computed.count, busy: busy, longest: longest, received: itemBytes.received, sent: itemBytes.sent)
  }

  /// Gives each rank the items of its block.
  private mutating func distribute(_ items: any LoopItems) throws {
    guard !job.handsOut(on: channel) else { return }
    if communicator.isRoot {
      for other in 1..<max(1, communicator.size) where !blocks[other].isEmpty {
        let bytes = try items.encoded(blocks[other])
        itemBytes.sent += bytes.count
        try outgoing.append(communicator.nonblocking.send(bytes, to: other, tag: tags.payload))
      }
    } else if !block.isEmpty {
      let bytes = try communicator.receive([UInt8].self, from: 0, tag: tags.payload)
      itemBytes.received += bytes.count
      do { try items.take(bytes, for: block) } catch { failure = error }
    }
  }

  /// Computes the block, or as much of it as need not be shared.
  private mutating func compute() {
    var chunk = LoopChunk(
      block, stride: .max, results: job.results?.memory(for: block), items: job.items?.memory(for: block),
      flag: channel.neverSet)
    var (now, size) = (start, 1)
    let leastShared = channel.threads[communicator.rank] == 1 ? Self.leastShared.alone : Self.leastShared.helped
    do {
      try Surroundings.insideLoop {
        while chunk.next < block.upperBound {
          let (first, left) = (chunk.next, block.upperBound - chunk.next)
          if now - start > Self.looksAway {
            if Double(left) * cost > leastShared || now - start > Self.longestAlone { break }
          }
          chunk.end = first + min(size, left)
          try job.run(&chunk)
          let end = monotonicNanoseconds()
          note(first..<chunk.next, nanoseconds: end - now)
          now = end
          // Never more than four times what went well before, nor an eighth of the block.
          size = min(4 * size, max(1, Int(10_000 / cost)), max(1, block.count / 8))
        }
      }
    } catch {
      failure = error
      note(computed.upperBound..<chunk.next, nanoseconds: monotonicNanoseconds() - now)
    }
  }

  private mutating func note(_ indices: Range<Int>, nanoseconds: Int) {
    computed = block.lowerBound..<indices.upperBound
    chunks += 1
    busy += nanoseconds
    guard !indices.isEmpty else { return }
    cost = max(0.1, Double(nanoseconds) / Double(indices.count))
    longest = max(longest, cost)
  }

  /// At the root: waits a little for the reports of all ranks, and if all are through, notifies them that the loop has
  /// ended.
  private mutating func endsAll() throws -> LoopEnd? {
    while heard.count < communicator.size - 1 {
      guard let next = try nextMessage() else { return nil }
      heard.append(next)
      guard isThrough(next.message, next.source) else { return nil }
    }
    let end = LoopEnd(areBlocksWhole: true)
    try channel.passOn(.end(end), tags)
    return end
  }

  /// Elsewhere: reports that nothing is left, and waits a little for the root's message that the loop has ended.
  private mutating func heardEnd() throws -> LoopEnd? {
    var report = LoopCoordinator.Report(level: .idle, done: computed.count)
    report.idleRanks = 1
    self.report = report
    try channel.send(.report(report, job.identity), to: 0, tags)
    guard let next = try nextMessage() else { return nil }
    guard case .end(let end) = next.message, !end.hasVerdict else {
      heard.append(next)
      return nil
    }
    try channel.passOn(.end(end), tags)
    return end
  }

  /// The next message; nil if none comes for a while.
  private func nextMessage() throws(MPIError) -> (message: LoopMessage, source: Int)? {
    let begin = monotonicNanoseconds()
    while true {
      for _ in 0..<8 { if let next = try channel.nextMessage(tags) { return next } }
      guard monotonicNanoseconds() - begin < Self.patience else { return nil }
      yieldThread()
    }
  }

  /// Whether a rank reports that it runs the same loop and has computed its block and nothing else.
  private func isThrough(_ message: LoopMessage, _ source: Int) -> Bool {
    guard case .report(let report, let identity) = message else { return false }
    return report.level == .idle && !report.hasFailed && !report.hasStopped && report.received == 0
      && report.done == blocks[source].count && identity == job.identity
  }
}

/// What a rank has computed of a loop that has completed.
struct LoopPortion {
  var indices: IndexRanges
  /// The blocks of all ranks, if each has computed the one that it began with, and nothing else.
  var blocks: StaticShares? = nil
}

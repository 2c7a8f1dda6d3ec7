// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// One loop on one rank, from where ``LoopOpening`` has left it: threads that compute, and the thread that called,
/// which talks with the other ranks.
final class LoopRun: @unchecked Sendable {
  let channel: LoopChannel
  let job: LoopJob
  let tags: LoopTags
  let monitor: Monitor<LoopState>
  let threads: Int
  /// Have each thread put its chunk's rest back.
  let flags: [StopFlag]
  let start: Int
  private var team: ComputeTeam?

  // What the thread that talks alone uses.
  /// Whether this thread, which called, computes too as long as the loop is short.
  private let beginsHere: Bool
  /// The coordinator of the node, if this rank is its first; with one node, of the whole loop.
  var coordinator: LoopCoordinator?
  /// At the root, which node gives to which, if there are several.
  var nodeCoordinator: LoopCoordinator?
  /// At the root, where it hands out chunks.
  var dispenser: ChunkDispenser?
  /// The last reports of this rank, and of its node.
  var reporting: LoopReporting
  var nodeReporting: LoopReporting
  /// Messages of this rank to itself.
  var ownMessages = Queue<LoopMessage>()
  /// How many blocks this rank was given by others.
  var received = 0
  /// Of the chunks that the root hands out, how many have come, and the last report of them.
  var chunksReceived = 0
  var chunksSaid = ChunkDispenser.Counts()
  /// How many such reports were sent; and at the root, how many have come.
  var chunkMessages = (sent: 0, received: 0)
  var hasStopped = false
  /// Whether the loop has ended but for chunks in flight.
  var endIsDue = false
  var hasEnded = false
  var hasToldFailure = false
  var failure: LoopFailure?
  var mismatch: MPIError?
  /// The rank that waits for a part of what a thread must put back, and since when.
  var deferred: [(thief: Int, since: Int)] = []
  var outgoing: RequestSet<[UInt8]>
  /// Messages that came before this began.
  let heard: [(message: LoopMessage, source: Int)]
  /// At the root, what people see.
  let display: LoopDisplay
  var progress: LoopProgress?
  /// Whether the root wants to know what each rank has done, for its summary; and at the root, what that is.
  var wantsFigures = false
  /// Whether each rank has computed the block that it began with, and nothing else: the root has found so in its
  /// opening.
  var areBlocksWhole = false
  private(set) var allFigures: [LoopFigures] = []
  /// The bytes of items that this rank was sent and that it sent.
  var itemBytes: (received: Int, sent: Int)

  var communicator: Communicator { channel.communicator }
  var rank: Int { communicator.rank }
  var isRoot: Bool { communicator.isRoot }
  var nodes: LoopNodes { channel.nodes }
  /// The rank that coordinates this one.
  let leader: Int

  /// Goes on with a loop that has begun.
  init(_ opening: consuming LoopOpening, _ display: LoopDisplay) {
    (job, channel, start, tags) = (opening.job, opening.channel, opening.start, opening.tags)
    self.display = display
    leader = channel.nodes.leader(of: channel.communicator.rank)
    reporting = LoopReporting(job.schedule, now: start)
    nodeReporting = reporting
    if let report = opening.report { reporting.said(report) }
    (heard, itemBytes, beginsHere) = (opening.heard, opening.itemBytes, opening.computesHere)
    threads = channel.threads[channel.communicator.rank]
    flags = (0..<threads).map { _ in StopFlag() }
    monitor = Monitor(LoopState(opening, LoopShare(threads: threads, takesWholeBlocks: job.schedule.handsOut)))
    if channel.communicator.isRoot { progress = LoopProgress(display, start: start) }
    outgoing = opening.outgoing
  }

  /// Runs the loop, has its results collected, and prints the summary. Collective.
  ///
  /// - Parameter collect: is given what this rank has computed, and returns at the root how many bytes each rank has
  ///   sent it; none if there are no results.
  /// - Throws: on every rank, ``LoopFailure`` if the closure has thrown on any, or an `MPIError` if the ranks differ
  ///   in what they call.
  func finish(_ collect: (LoopPortion) throws -> [Int]) throws {
    do {
      let indices = try run()
      let blocks = areBlocksWhole ? channel.shares(of: job.count) : nil
      let bytes = try collect(LoopPortion(indices: indices, blocks: blocks))
      guard wantsFigures else {
        progress?.cancel()
        return
      }
      progress?.end(warning: channel.warning) { summary(seconds: $0, results: bytes) }
    } catch {
      progress?.cancel()
      throw error
    }
  }

  /// Runs the loop. Collective.
  ///
  /// - Returns: the indices that this rank has computed.
  private func run() throws -> IndexRanges {
    if communicator.size == 1 && threads == 1 { return try runSerially() }
    defer { joinThreads() }
    do {
      try talk()
    } catch {
      abandon()
      throw error
    }
    _ = try outgoing.waitAll()
    joinThreads()
    let computed = monitor.withLock { $0.computed }
    guard failure == nil && mismatch == nil else {
      job.results?.discard(computed)
      if let mismatch { throw mismatch }
      throw failure!
    }
    if wantsFigures { allFigures = try communicator.gather(figures) ?? [] }
    return computed
  }

  /// Whether this rank gets all that it computes from the root, chunk by chunk.
  var takesWholeBlocks: Bool { job.handsOut(on: channel) }

  /// Gives this rank's threads a block.
  ///
  /// - Parameter cost: what an index takes, in nanoseconds; 0 if that is not known.
  func accept(_ block: Range<Int>, cost: Double) {
    job.results?.prepare(block)
    monitor.withLock { state in if !state.isStopping { state.share.add(block, cost: cost) } }
    if team != nil { monitor.wakeAll() }
  }

  // MARK: Computing

  /// One rank, one thread: the rest of the plain loop, with a look at the clock now and then.
  private func runSerially() throws -> IndexRanges {
    var (computed, failed) = monitor.withLock { ($0.computed, $0.failure) }
    if let failed {
      job.results?.discard(computed)
      throw job.failure(failed.error, at: failed.index, rank: rank)
    }
    guard job.count > 0 else { return computed }
    let begin = computed.count
    var chunk = LoopChunk(
      begin..<job.count, stride: .max, results: job.results?.memory(for: 0..<job.count),
      items: job.items?.memory(for: 0..<job.count), flag: flags[0])
    var (size, before) = (1, monotonicNanoseconds())
    progress?.tick(before) { progressText(done: begin, busyRanks: 1) }
    do {
      try Surroundings.insideLoop {
        while chunk.next < job.count {
          let first = chunk.next
          chunk.end = size < job.count - first ? first + size : job.count
          try job.run(&chunk)
          let now = monotonicNanoseconds()
          note(chunk.next - first, nanoseconds: now - before)
          progress?.tick(now) { progressText(done: chunk.next, busyRanks: 1) }
          if now - before < 10_000_000 { size *= 2 }
          before = now
        }
      }
    } catch {
      computed.insert(begin..<chunk.next)
      job.results?.discard(computed)
      throw job.failure(error, at: chunk.next, rank: rank)
    }
    computed.insert(begin..<job.count)
    wantsFigures = wantsSummary()
    return computed
  }

  private func note(_ count: Int, nanoseconds: Int) {
    monitor.withLock { state in
      state.done += count
      state.busy += nanoseconds
      state.longest = max(state.longest, Double(nanoseconds) / Double(count))
    }
  }

  /// For how many nanoseconds the thread that called computes, if this rank has no other. It looks for messages between
  /// two chunks; a thread that shares its core would get in its way.
  private static let begins = 2_000_000

  /// Computes a chunk on this thread; or has others compute, where it's time to.
  ///
  /// - Returns: whether this thread has computed.
  func computeBetweenMessages() throws(MPIError) -> Bool {
    guard team == nil else { return false }
    var now = monotonicNanoseconds()
    let next = monitor.withLock { state -> Next? in
      guard state.share.remaining > 0 else { return nil }
      // Others would have half of it; or it has completed before they are awake.
      let isShort = threads == 1 ? now - start < Self.begins : state.share.time * Double(threads) < 50_000
      // Of a few indices, or long ones, each may take forever.
      guard beginsHere, isShort, state.share.lastCost < LoopShare.target else { return .leave }
      return state.take(0, now: now).map { .compute($0) }
    }
    switch next {
    case .compute(let chunk):
      compute(chunk, thread: 0, now: &now)
      return true
    case .leave: try startThreads()
    case nil: break
    }
    return false
  }

  private func compute(_ range: Range<Int>, thread: Int, now: inout Int) {
    let cost = monitor.withLock { $0.share.lastCost }
    let stride = cost > 0 ? max(1, min(64, Int(1000 / cost))) : 1
    var chunk = LoopChunk(
      range, stride: stride, results: job.results?.memory(for: range), items: job.items?.memory(for: range),
      flag: flags[thread])
    var failed: (any Error)? = nil
    do {
      try Surroundings.insideLoop { try job.run(&chunk) }
    } catch {
      failed = error
    }
    now = monotonicNanoseconds()
    let (next, end) = (chunk.next, now)
    let (wakesTalker, yields) = monitor.withLock { state in
      flags[thread].clear()
      state.leave(thread, at: next, now: end, error: failed)
      return (state.attention, end >= state.nextLook)
    }
    if wakesTalker { channel.bell.ring() }
    // The thread that talks may want this core. The system would let it wait for some milliseconds.
    if yields { yieldThread() }
  }

  private enum Next {
    case compute(Range<Int>)
    case leave
  }

  private func startThreads() throws(MPIError) {
    guard team == nil else { return }
    team = try ComputeThreads.shared.start(threads) { [self] thread in
      Surroundings.insideLoop { computeChunks(thread) }
    }
  }

  /// The work of a compute thread, until the loop is over on this rank.
  private func computeChunks(_ thread: Int) {
    while true {
      let next = monitor.wait { state -> Next? in
        if state.isOver { return .leave }
        return state.take(thread, now: monotonicNanoseconds()).map { .compute($0) }
      }
      guard case .compute(let chunk) = next else { return }
      if monitor.withLock({ $0.attention }) { channel.bell.ring() }
      var now = 0
      compute(chunk, thread: thread, now: &now)
    }
  }

  private func joinThreads() {
    guard let team else { return }
    monitor.withLock { $0.isOver = true }
    monitor.wakeAll()
    team.join()
    self.team = nil
  }

  /// MPI itself has failed: nothing more is begun here.
  private func abandon() {
    monitor.withLock { state in
      state.isStopping = true
      state.share.clear()
    }
    for flag in flags { flag.set() }
  }
}

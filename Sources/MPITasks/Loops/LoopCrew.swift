// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// What one rank computes of a loop: its threads, and the indices that they have and have not computed.
///
/// The thread that called the loop computes, too, as long as the loop is short; then it only exchanges messages.
final class LoopCrew: @unchecked Sendable {
  private let job: LoopJob
  private let monitor: Monitor<LoopState>
  /// Have each thread put its chunk's rest back.
  private let flags: [StopFlag]
  /// Wakes the thread that called.
  private let bell: Doorbell
  private let start: Int
  /// Whether the thread that called computes at all.
  private let beginsHere: Bool
  /// Of the thread that called.
  private var team: ComputeTeam?

  private var threads: Int { flags.count }

  /// For how many nanoseconds the thread that called computes, if this rank has no other. It looks for messages between
  /// two chunks; a thread that shares its core would get in its way.
  private static let begins = 2_000_000

  /// Goes on from where the opening has left it.
  init(_ opening: borrowing LoopOpening) {
    let channel = opening.channel
    (job, start, beginsHere, bell) = (opening.job, opening.start, opening.computesHere, channel.bell)
    let threads = channel.threads[channel.communicator.rank]
    flags = (0..<threads).map { _ in StopFlag() }
    monitor = Monitor(
      LoopState(opening, LoopShare(threads: threads, takesWholeBlocks: opening.job.schedule.handsOut)))
  }

  // MARK: For the thread that called

  /// What there is to compute, and what has been.
  struct Survey {
    var report: LoopCoordinator.Report
    /// How many chunks are done.
    var finished: Int
    var failure: (index: Int, error: any Error)?
    /// Whether no more indices may begin, because they would not end in time.
    var isTimeUp: Bool
  }

  /// Looks at what the threads have done.
  func survey(_ now: Int) -> Survey {
    monitor.withLock { state in
      let isTimeUp = !state.mayBegin(job, now: now)
      state.attention = false
      // A chunk that takes much longer than was thought goes back in part, for others to take.
      for (thread, running) in state.running.enumerated() {
        guard let running, running.chunk.count > 1, !state.share.takesWholeBlocks else { continue }
        if Double(now - running.since) > 4 * LoopShare.target { flags[thread].set() }
      }
      var report = LoopCoordinator.Report(level: state.level, done: state.done, time: state.share.time)
      report.hasFailed = state.failure != nil
      report.idleRanks = report.level == .idle ? 1 : 0
      return Survey(report: report, finished: state.finished, failure: state.failure, isTimeUp: isTimeUp)
    }
  }

  /// Notes when the thread that called looks again, which may have no core of its own.
  ///
  /// - Parameter lowTime: below how many nanoseconds of work this rank is low.
  /// - Returns: whether there is anything to compute.
  func expectLook(at next: Int, lowTime: Double) -> Bool {
    monitor.withLock { state in
      (state.nextLook, state.lowTime) = (next, lowTime)
      return state.active > 0 || state.share.remaining > 0
    }
  }

  /// Below how many nanoseconds of work this rank is low.
  var lowTime: Double { monitor.withLock { $0.lowTime } }

  /// The indices that have been computed.
  var computed: IndexRanges { monitor.withLock { $0.computed } }

  /// What has been done, but for the bytes of items.
  var figures: LoopFigures {
    monitor.withLock { LoopFigures(done: $0.done, busy: $0.busy, longest: $0.longest) }
  }

  /// Gives the threads a block.
  ///
  /// - Parameter cost: what an index takes, in nanoseconds; 0 if that is not known.
  func accept(_ block: Range<Int>, cost: Double) {
    job.results?.prepare(block)
    monitor.withLock { state in if !state.isStopping { state.share.add(block, cost: cost) } }
    if team != nil { monitor.wakeAll() }
  }

  /// What another rank gets of the work.
  enum Gift {
    /// A block, how many nanoseconds it takes the other rank, and how many are left here.
    case block(LoopBlock, time: Double, ownTime: Double)
    case nothing
    /// A part of what a thread has been told to put back: it is to be asked for again.
    case later
  }

  /// Gives away a part of the work.
  ///
  /// - Parameters:
  ///   - threads: how many the other rank has.
  ///   - isPatient: whether the other may wait for what a thread puts back.
  func give(toThreads threads: Int, isPatient: Bool) -> Gift {
    monitor.withLock { state in
      guard !state.isStopping else { return .nothing }
      if let block = state.share.give(toThreads: threads) {
        let time = Double(block.range.count) * block.cost / Double(threads)
        return .block(LoopBlock(block.range, cost: block.cost), time: time, ownTime: state.share.time)
      }
      var mayCome = false
      if isPatient {
        for (thread, running) in state.running.enumerated() where (running?.chunk.count ?? 0) > 1 {
          flags[thread].set()
          mayCome = true
        }
      }
      return mayCome ? .later : .nothing
    }
  }

  /// Notes that what came for an index is of no use.
  func fail(_ error: any Error, at index: Int) { monitor.withLock { $0.fail(error, at: index) } }

  /// Has all threads put their chunks' rests back.
  func interrupt() {
    for flag in flags { flag.set() }
  }

  /// Stops: threads take no more chunks, and drop the rest of theirs.
  func stop() {
    monitor.withLock { state in
      state.isStopping = true
      state.share.clear()
    }
    interrupt()
  }

  /// Waits until all threads have left.
  func join() {
    guard let team else { return }
    monitor.withLock { $0.isOver = true }
    monitor.wakeAll()
    team.join()
    self.team = nil
  }

  // MARK: Computing

  private enum Next {
    case compute(Range<Int>)
    case leave
  }

  /// One rank, one thread: computes the rest as a plain loop, with a look at the clock now and then; less than all if
  /// the loop stops in time.
  ///
  /// - Parameter tick: is given the time and how many indices are done.
  /// - Throws: what the closure throws. The index after those that have been computed is the one that failed.
  func runSerially(_ tick: (_ now: Int, _ done: Int) -> Void) throws {
    let (begun, failed) = monitor.withLock { ($0.computed.count, $0.failure) }
    if let failed { throw failed.error }
    guard job.count > 0 else { return }
    var chunk = LoopChunk(
      begun..<job.count, stride: .max, results: job.results?.memory(for: 0..<job.count),
      items: job.items?.memory(for: 0..<job.count), flag: flags[0])
    var (size, before, cost) = (1, monotonicNanoseconds(), 0.0)
    tick(before, begun)
    do {
      try Surroundings.insideLoop {
        while chunk.next < job.count, job.mayBegin(cost: cost, now: before) {
          let first = chunk.next
          chunk.end = size < job.count - first ? first + size : job.count
          try job.run(&chunk)
          let now = monotonicNanoseconds()
          note(first..<chunk.next, nanoseconds: now - before)
          cost = Double(now - before) / Double(chunk.next - first)
          tick(now, chunk.next)
          if now - before < 10_000_000 { size *= 2 }
          before = now
        }
      }
    } catch {
      monitor.withLock { state in
        // The chunks before are noted.
        state.computed.insert(state.computed.count..<chunk.next)
        state.fail(error, at: chunk.next)
      }
      throw error
    }
  }

  private func note(_ indices: Range<Int>, nanoseconds: Int) {
    monitor.withLock { state in
      state.computed.insert(indices)
      state.done += indices.count
      state.busy += nanoseconds
      state.longest = max(state.longest, Double(nanoseconds) / Double(indices.count))
    }
  }

  /// Computes a chunk on the thread that called; or has others compute, if it's time to.
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
      return state.take(0, of: job, now: now).map { .compute($0) }
    }
    switch next {
    case .compute(let chunk):
      compute(chunk, thread: 0, now: &now)
      return true
    case .leave:
      team = try ComputeThreads.shared.start(threads) { [self] thread in
        Surroundings.insideLoop { computeChunks(thread) }
      }
    case nil: break
    }
    return false
  }

  /// The work of a compute thread, until the loop has ended on this rank.
  private func computeChunks(_ thread: Int) {
    while true {
      let next = monitor.wait { state -> Next? in
        if state.isOver { return .leave }
        return state.take(thread, of: job, now: monotonicNanoseconds()).map { .compute($0) }
      }
      guard case .compute(let chunk) = next else { return }
      if monitor.withLock({ $0.attention }) { bell.ring() }
      var now = monotonicNanoseconds()
      compute(chunk, thread: thread, now: &now)
    }
  }

  private func compute(_ range: Range<Int>, thread: Int, now: inout Int) {
    let cost = monitor.withLock { $0.share.lastCost }
    let stride = cost > 0 ? max(1, min(64, Int(1000 / cost))) : 1
    var chunk = LoopChunk(
      range, stride: stride, results: job.results?.memory(for: range), items: job.items?.memory(for: range),
      flag: flags[thread])
    var failed: (any Error)? = nil
    do {
      try Surroundings.insideLoop {
        if job.stopsInTime { try job.runInTime(&chunk, now: now) } else { try job.run(&chunk) }
      }
    } catch {
      failed = error
    }
    now = monotonicNanoseconds()
    let (next, end) = (chunk.next, now)
    let (wakesCaller, yields, hasRest) = monitor.withLock { state in
      flags[thread].clear()
      state.leave(thread, at: next, now: end, error: failed)
      return (state.attention, end >= state.nextLook, state.share.remaining > 0)
    }
    // What it puts back others can take.
    if next < range.upperBound, hasRest { monitor.wakeAll() }
    if wakesCaller { bell.ring() }
    // The thread that exchanges messages may want this core. The system would let it wait for some milliseconds.
    if yields { yieldThread() }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// What the threads of a rank share during a loop.
struct LoopState {
  /// What a thread is at.
  struct Running {
    var chunk: Range<Int>
    var since: Int
  }

  var share: LoopShare
  var computed = IndexRanges()
  var done = 0
  /// How many chunks are done.
  var finished = 0
  /// What each thread is at.
  var running: [Running?]
  var active = 0
  /// Below how many nanoseconds of work the rank is low.
  var lowTime = 100_000.0
  /// Whether the thread that called should look at this.
  var attention = false
  /// When that thread, which may have no core of its own, wants to look around again.
  var nextLook = Int.max
  /// Whether threads shall take nothing more.
  var isStopping = false
  /// Whether threads shall leave.
  var isOver = false
  /// Whether no index may begin because time is up.
  var isTimeUp = false
  var failure: (index: Int, error: any Error)?
  /// Nanoseconds that threads have computed, in all.
  var busy = 0
  /// The longest index, in nanoseconds; of those that went together, their mean.
  var longest = 0.0

  /// - Parameter share: nothing yet.
  init(_ opening: borrowing LoopOpening, _ share: LoopShare) {
    self.share = share
    running = Array(repeating: nil, count: share.threads)
    computed.insert(opening.computed)
    (done, finished) = (opening.computed.count, opening.chunks)
    (busy, longest) = (opening.busy, opening.longest)
    self.share.took(opening.computed, nanoseconds: opening.cost * Double(opening.computed.count))
    if let error = opening.failure {
      fail(error, at: opening.computed.upperBound)
    } else {
      self.share.add(opening.computed.upperBound..<opening.block.upperBound, cost: opening.cost)
    }
  }

  /// How much this rank has left.
  var level: LoopCoordinator.Level {
    if share.remaining == 0 { return active == 0 ? .idle : .dry }
    let time = share.time
    return time > 0 && time < lowTime ? .low : .working
  }

  /// Takes the next chunk for a thread, of so many nanoseconds.
  mutating func take(
    _ thread: Int, of job: LoopJob, now: Int, lasting target: Double = LoopShare.target
  ) -> Range<Int>? {
    guard !isStopping, mayBegin(job, now: now), let chunk = share.nextChunk(lasting: target) else { return nil }
    running[thread] = Running(chunk: chunk, since: now)
    active += 1
    // It is worth a look when this begins; a block that comes ends it.
    if level >= .low { attention = true }
    return chunk
  }

  /// Whether one of the indices that are left may begin, as far as time is concerned.
  mutating func mayBegin(_ job: LoopJob, now: Int) -> Bool {
    guard job.stopsInTime else { return true }
    guard !isTimeUp else { return false }
    let isWaiting = share.remaining > 0 || running.contains { ($0?.chunk.count ?? 0) > 1 }
    guard isWaiting, !job.mayBegin(cost: share.lastCost, now: now) else { return true }
    (isTimeUp, attention) = (true, true)
    return false
  }

  /// Notes that an index has failed, and ends the computing on this rank.
  mutating func fail(_ error: any Error, at index: Int) {
    if failure.map({ index < $0.index }) ?? true { failure = (index, error) }
    (isStopping, attention) = (true, true)
  }

  /// Notes that a thread has computed its chunk, up to an index, and puts the rest back.
  mutating func leave(_ thread: Int, at next: Int, now: Int, error: (any Error)?) {
    guard let was = running[thread] else { return }
    running[thread] = nil
    active -= 1
    let computedPart = was.chunk.lowerBound..<next
    computed.insert(computedPart)
    done += computedPart.count
    finished += 1
    busy += now - was.since
    if !computedPart.isEmpty { longest = max(longest, Double(now - was.since) / Double(computedPart.count)) }
    if let error {
      fail(error, at: next)
      return
    }
    share.took(computedPart, nanoseconds: Double(now - was.since))
    if next < was.chunk.upperBound {
      if !isStopping { share.putBack(next..<was.chunk.upperBound) }
      attention = true
    }
    if share.takesWholeBlocks || (active == 0 && share.remaining == 0) { attention = true }
  }
}

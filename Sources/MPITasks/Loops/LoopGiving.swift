// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

// How work gets from rank to rank in a loop.

extension LoopRun {
  func give(to thief: Int) throws {
    if try !tryToGive(thief) { deferred.append((thief, monotonicNanoseconds())) }
  }

  /// Gives a part of this rank's block to another; refuses if no thread could put anything back.
  ///
  /// - Returns: whether that is settled.
  private func tryToGive(_ thief: Int, isPatient: Bool = true) throws -> Bool {
    let (block, ownTime, time, mayCome) = monitor.withLock { state in
      let block = state.isStopping ? nil : state.share.give(toThreads: channel.threads[thief])
      let time = (block.map { Double($0.range.count) * $0.cost } ?? 0) / Double(channel.threads[thief])
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
      try hand(block.range, as: .block, to: thief, cost: block.cost)
      reporting.gave()
    } else {
      reporting.gaveNothing(received: received)
    }
    try post(answer, to: leader)
    return true
  }

  func answerDeferred(_ now: Int) throws {
    let waiting = deferred
    deferred = []
    for (thief, since) in waiting {
      if try !tryToGive(thief, isPatient: now - since < 300_000) { deferred.append((thief, since)) }
    }
  }

  /// Sends a block, with its items, to a rank; the root may give a chunk to itself.
  func hand(_ block: Range<Int>, as kind: LoopMessage.Kind, to other: Int, cost: Double = 0) throws {
    var message = LoopMessage(kind)
    message.cost = cost
    (message.first, message.end) = (block.lowerBound, block.upperBound)
    if other == rank {
      try post(message, to: other)
    } else {
      try send(message, to: other, payload: job.items?.encoded(block))
    }
  }
}

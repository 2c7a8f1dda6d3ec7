// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Compares the ranks' clocks with the root's.
struct ClockMeasurement {
  /// All ranks.
  let world: Communicator
  /// The seconds to wait for an answer.
  let patience: Double

  /// The number of questions to each rank: the one that comes back soonest is the most precise.
  private static let questions = 10

  /// Measures. All ranks call it.
  ///
  /// - Returns: on the root the seconds by which each rank's clock is ahead of its own, nil for one that didn't answer;
  ///   elsewhere nothing. They are known to within half of a round trip.
  func measure() throws -> [Double?] {
    guard world.isRoot else {
      for number in 0..<Self.questions {
        // The first one comes when it is this rank's turn.
        let patience = 1000 * patience
        let question = try message(
          from: 0, number == 0 ? .quietly(patience: patience) : .busily(patience: patience, isCrowded: false))
        guard let question else { throw RollCall.Stopped() }
        let _: Double = try question.receive()
        try world.send(System.time, to: 0, tag: RollCall.Tag.clock)
      }
      return []
    }
    return try (0..<world.size).map { rank in rank == 0 ? 0 : try offset(of: rank) }
  }

  /// By how much one rank's clock is ahead of the root's.
  private func offset(of rank: Int) throws -> Double? {
    var best: (trip: Double, offset: Double)?
    for _ in 0..<Self.questions {
      let begin = System.time
      try world.send(begin, to: rank, tag: RollCall.Tag.clock)
      guard let answer = try message(from: rank, .busily(patience: patience, isCrowded: false)) else { return nil }
      let there: Double = try answer.receive()
      let end = System.time
      if end - begin < best?.trip ?? .infinity { best = (end - begin, there - (begin + end) / 2) }
    }
    return best?.offset
  }

  /// The next message of a rank; nil if there is none for too long.
  private func message(from rank: Int, _ waiting: Waiting) throws -> Message? {
    try waiting.forAnswer { try world.nonblocking.matchedProbe(from: rank, tag: RollCall.Tag.clock) }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Rounds of disjoint pairs in which every rank meets every other one once, as teams of a tournament do.
///
/// The pairs of a round measure at the same time and share no rank; so n ranks take n - 1 rounds (n of them where n is
/// odd), not n(n - 1)/2 turns.
struct PairSchedule {
  /// The number of ranks.
  let size: Int

  /// The number of rounds.
  var roundCount: Int { size < 2 ? 0 : size % 2 == 0 ? size - 1 : size }

  /// The partner of a rank in a round; nil if it has none.
  ///
  /// - Parameters:
  ///   - rank: 0 to `size` - 1.
  ///   - round: 0 to `roundCount` - 1.
  func partner(of rank: Int, round: Int) -> Int? {
    // All but the last stand in a circle that turns; the last one meets the one that it turns to. If their number is
    // odd, the last one isn't there.
    let circle = size % 2 == 0 ? size - 1 : size
    let last = circle
    let partner: Int
    if rank == last {
      // The one that would meet itself: 2 r = round, and circle is odd.
      partner = round % 2 == 0 ? round / 2 : (round + circle) / 2
    } else {
      let opposite = ((round - rank) % circle + circle) % circle
      partner = opposite == rank ? last : opposite
    }
    return partner < size ? partner : nil
  }

  /// The rounds in turns, in none of which more ranks of a host are at work than there are places for. If there is one
  /// for every rank, each round is one turn.
  ///
  /// Two ranks of a host with one place have a turn there of their own.
  ///
  /// - Parameters:
  ///   - hosts: the host of each rank, as a number from 0.
  ///   - places: for each host, how many of its ranks may be at work at once.
  /// - Returns: for each turn its pairs, the lower rank first.
  func turns(hosts: [Int], places: [Int]) -> [[(Int, Int)]] {
    (0..<roundCount).flatMap { round in
      var turns: [(pairs: [(Int, Int)], busy: [Int])] = []
      for rank in 0..<size {
        guard let partner = partner(of: rank, round: round), rank < partner else { continue }
        let (one, other) = (hosts[rank], hosts[partner])
        let wanted = one == other ? 2 : 1
        let place = turns.firstIndex { turn in
          [one, other].allSatisfy { turn.busy[$0] == 0 || turn.busy[$0] + wanted <= places[$0] }
        }
        if place == nil { turns.append(([], Array(repeating: 0, count: places.count))) }
        let index = place ?? turns.count - 1
        turns[index].pairs.append((rank, partner))
        turns[index].busy[one] += 1
        turns[index].busy[other] += 1
      }
      return turns.map(\.pairs)
    }
  }
}

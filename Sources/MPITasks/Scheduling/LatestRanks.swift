// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A number for each rank, and at once the rank with the largest one: a tournament tree.
package struct LatestRanks: Sendable {
  private let width: Int
  /// The winner of each match; the leaves are the ranks.
  private var winners: [Int32]
  private var keys: [Double]

  /// All ranks begin with minus infinity.
  package init(_ count: Int) {
    var width = 1
    while width < count { width *= 2 }
    self.width = width
    keys = Array(repeating: -.infinity, count: width)
    winners = (0..<2 * width).map { node in
      var node = node
      while node < width && node > 0 { node *= 2 }
      return Int32(max(0, node - width))
    }
  }

  /// The number of a rank. Setting it takes time in proportion to the logarithm of the ranks.
  package subscript(rank: Int) -> Double {
    get { keys[rank] }
    set {
      keys[rank] = newValue
      var node = (rank + width) / 2
      while node >= 1 {
        let (left, right) = (winners[2 * node], winners[2 * node + 1])
        winners[node] = keys[Int(left)] >= keys[Int(right)] ? left : right
        node /= 2
      }
    }
  }

  /// The rank with the largest number; nil if all have minus infinity.
  package var latest: Int? {
    let rank = Int(winners[1])
    return keys[rank] == -.infinity ? nil : rank
  }
}

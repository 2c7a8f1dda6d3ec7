// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// How a shared array gets to the ranks: to one of each node by a message, and to the others there by shared memory.
///
/// It decides; messages are for others. Ranks may come at any time.
struct SharedDelivery<Location: Sendable>: Sendable {
  /// What is to be done for a rank.
  enum Step {
    /// Send it a copy for itself alone.
    case copy(rank: Int)
    /// Send it a copy, which it puts where the ranks of its node read it.
    case place(rank: Int)
    /// Announce the array.
    case announce(rank: Int)
    /// Send it the place of the array.
    case open(rank: Int, Location)
  }

  private enum Node {
    case coming(waiting: [Int])
    case there(Location)
    /// No process there can share memory.
    case apart
  }

  private var nodes: [String: Node] = [:]

  /// A rank is there.
  mutating func join(_ rank: Int, on node: String) -> Step {
    switch nodes[node] {
    case nil:
      nodes[node] = .coming(waiting: [])
      return .place(rank: rank)
    case .coming(let waiting):
      nodes[node] = .coming(waiting: waiting + [rank])
      return .announce(rank: rank)
    case .there(let location): return .open(rank: rank, location)
    case .apart: return .copy(rank: rank)
    }
  }

  /// A rank has put it in its node's memory; or could not: nil.
  mutating func placed(_ location: Location?, on node: String) -> [Step] {
    guard case .coming(let waiting) = nodes[node] else { return [] }
    nodes[node] = location.map { .there($0) } ?? .apart
    return waiting.map { rank in location.map { .open(rank: rank, $0) } ?? .copy(rank: rank) }
  }
}

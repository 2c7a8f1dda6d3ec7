// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Which ranks of a loop are coordinated together: those of a node, by its first rank; or all, by rank 0.
package struct LoopNodes: Sendable {
  /// How many ranks rank 0 coordinates alone. By the simulator, nodes cost more than they save below, because what one
  /// node gets from another takes twice as many messages on its way.
  package static let mostUndivided = 2048

  /// The ranks of each node, in order.
  package let members: [[Int]]
  /// The node of each rank, and which of its members that is.
  private let places: [(node: Int32, member: Int32)]

  /// - Parameter names: a number for each rank, which is the same for those of a node.
  package init(names: [UInt64]) {
    var members: [[Int]] = []
    var nodes: [UInt64: Int] = [:]
    places = names.enumerated().map { rank, name in
      let node = nodes[name] ?? members.count
      if node == members.count {
        nodes[name] = node
        members.append([])
      }
      members[node].append(rank)
      return (Int32(node), Int32(members[node].count - 1))
    }
    self.members = members
  }

  /// All ranks as one node.
  package init(undivided ranks: Int) { self.init(names: Array(repeating: 0, count: ranks)) }

  package var count: Int { members.count }

  package func node(of rank: Int) -> Int { Int(places[rank].node) }

  /// The rank that coordinates a rank's node.
  package func leader(of rank: Int) -> Int { members[node(of: rank)][0] }

  /// The number of a rank for the coordinator of a node: which member it is; a number that no member has, for others.
  package func number(of rank: Int, in node: Int) -> Int {
    self.node(of: rank) == node ? Int(places[rank].member) : members[node].count + rank
  }

  /// The numbers of a node's ranks, for the coordinator of another one.
  package func numbers(ofNode other: Int, in node: Int) -> [Int] { members[other].map { number(of: $0, in: node) } }

  /// The rank of such a number.
  package func rank(of number: Int, in node: Int) -> Int {
    number < members[node].count ? members[node][number] : number - members[node].count
  }

  /// The threads of each node, of those of each rank.
  package func sums(_ threads: [Int]) -> [Int] { members.map { $0.reduce(0) { $0 + threads[$1] } } }
}

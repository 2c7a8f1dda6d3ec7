// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

// The three programs of the paper on KaMPIng (Uhl and others, 2024). In each the lines that communicate are few: the
// lengths of what is sent are the library's to find out.

/// The numbers of all ranks, as many as each has.
func gatherVectors(_ world: Communicator, _ mine: [Int]) throws -> RankPartitioned<Int> {
  try world.allGather(mine)
}

/// Sorts by buckets, one a rank.
func bucketSort(_ world: Communicator, _ keys: [Int]) throws -> [Int] {
  let each = 16
  let samples = (0..<each).map { keys[$0 * keys.count / each] }
  let all = try world.allGather(samples).elements.sorted()
  let splitters = (1..<world.size).map { all[$0 * each] }
  var buckets = [[Int]](repeating: [], count: world.size)
  for key in keys { buckets[splitters.firstIndex { key < $0 } ?? splitters.count].append(key) }
  return try world.allToAll(RankPartitioned(buckets)).elements.sorted()
}

/// How many edges each vertex of this rank is from one; -1 if it can't be reached.
func breadthFirstSearch(_ world: Communicator, _ graph: LocalGraph, from source: Int) throws -> [Int] {
  var distances = [Int](repeating: -1, count: graph.vertices.count)
  var frontier = graph.vertices.contains(source) ? [source] : []
  var found = [[Int]](repeating: [], count: world.size)
  for depth in 0... {
    guard try world.allReduce(!frontier.isEmpty, .logicalOr) else { break }
    graph.visit(frontier, depth, &distances, &found)
    frontier = try world.allToAll(RankPartitioned(found)).elements
  }
  return distances
}

/// The vertices of a graph that a rank has; rank r has `share` of them from r * share on.
struct LocalGraph {
  var vertices: Range<Int>
  var share: Int
  /// Where the neighbors of each vertex begin, and the end.
  var starts: [Int]
  var neighbors: [Int]

  /// Notes how far the vertices are that were not seen before, and lists their neighbors by rank.
  func visit(_ frontier: [Int], _ depth: Int, _ distances: inout [Int], _ found: inout [[Int]]) {
    let (starts, neighbors, share) = (starts, neighbors, UInt(share))
    var lists = found.mutableSpan
    for rank in lists.indices {
      lists[rank].removeAll(keepingCapacity: true)
      // An array that grows is copied; memory that is not used costs nothing.
      lists[rank].reserveCapacity(neighbors.count / lists.count)
    }
    for vertex in frontier {
      let local = vertex - vertices.lowerBound
      if distances[local] >= 0 { continue }
      distances[local] = depth
      for edge in starts[local]..<starts[local + 1] {
        let neighbor = neighbors[edge]
        // A division without a sign is shorter.
        lists[Int(UInt(bitPattern: neighbor) / share)].append(neighbor)
      }
    }
  }
}

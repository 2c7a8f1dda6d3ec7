// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import Foundation
import MPI

/// The last of C's gathered numbers.
func gatherVectorsInC(_ world: Communicator, _ mine: [Int64]) -> Int64 {
  var total: CInt = 0
  let all = c_gather_vectors(world.rawValue, mine, CInt(mine.count), &total)
  defer { free(all) }
  return all![Int(total) - 1]
}

/// C's sort by buckets.
func bucketSortInC(_ world: Communicator, _ keys: [Int64]) -> MemoryOfC<Int64> {
  var count: CInt = 0
  let sorted = c_bucket_sort(world.rawValue, keys, CInt(keys.count), &count)
  return MemoryOfC(sorted, count)
}

extension LocalGraph {
  /// A graph of so many vertices, and edges between vertices that a random generator chose; each edge goes both ways.
  init(_ world: Communicator, vertices: Int, edges: Int) {
    share = (vertices + world.size - 1) / world.size
    let first = min(world.rank * share, vertices)
    self.vertices = first..<min(first + share, vertices)
    var numbers = NASNumbers(seed: 271_828_183, after: 0)
    // Every rank makes all edges and keeps its own.
    var mine: [[Int]] = Array(repeating: [], count: self.vertices.count)
    for _ in 0..<edges {
      let one = Int(numbers.next() >> 14) % vertices
      let other = Int(numbers.next() >> 14) % vertices
      if self.vertices.contains(one) { mine[one - first].append(other) }
      if self.vertices.contains(other) { mine[other - first].append(one) }
    }
    starts = [0]
    neighbors = []
    for list in mine {
      neighbors += list
      starts.append(neighbors.count)
    }
  }

  /// Whether distances are those from a vertex: a neighbor is at most one further, and one of them is nearer by one. The
  /// same answer on every rank.
  func areRight(_ world: Communicator, _ distances: [Int], from source: Int) throws -> Bool {
    let all = try world.allGather(distances).elements
    let right = vertices.allSatisfy { vertex in
      let own = all[vertex]
      let others = neighbors[starts[vertex - vertices.lowerBound]..<starts[vertex - vertices.lowerBound + 1]]
        .map { all[$0] }
      if own < 0 { return others.allSatisfy { $0 < 0 } }
      return others.allSatisfy { abs($0 - own) <= 1 }
        && (vertex == source ? own == 0 : own > 0 && others.contains(own - 1))
    }
    return try world.allReduce(right, .logicalAnd)
  }

  /// C's search, in Swift's form.
  func searchInC(_ world: Communicator, from source: Int, _ distances: inout [Int64]) {
    starts.withUnsafeBytes { starts in
      neighbors.withUnsafeBytes { neighbors in
        var part = GraphPart(
          first: Int64(vertices.lowerBound), count: Int64(vertices.count), share: Int64(share),
          starts: starts.bindMemory(to: Int64.self).baseAddress,
          neighbors: neighbors.bindMemory(to: Int64.self).baseAddress)
        c_bfs(world.rawValue, &part, Int64(source), &distances)
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct GraphTests {
    let world = Communicator.world

    /// Rank 0 in the middle.
    var star: [[Int]] { [Array(1..<world.size)] + (1..<world.size).map { _ in [0] } }

    @Test func aStar() throws {
      let graph = try world.graph(neighbors: star)
      #expect(graph.neighbors == star && graph.sourceWeights == nil && graph.destinationWeights == nil)
      #expect(graph.sources == star[graph.rank].map { Neighbor($0) } && graph.destinations == graph.sources)
      #expect(try graph.neighborAllGather(10 * graph.rank) == star[graph.rank].map { 10 * $0 })
      #expect(try graph.allReduce(1, .sum) == world.size)
    }

    @Test func edgesThatAreThereTwiceAndLoops() throws {
      let neighbors = (0..<world.size).map { [$0, ($0 + 1) % world.size, ($0 + world.size - 1) % world.size] }
      let graph = try world.graph(neighbors: neighbors)
      #expect(graph.sources.count == 3)
      #expect(try graph.neighborAllGather(graph.rank) == neighbors[graph.rank])
    }

    @Test func noEdges() throws {
      let graph = try world.graph(neighbors: (0..<world.size).map { _ in [] })
      #expect(graph.sources.isEmpty)
      #expect(try graph.neighborAllGather(1).isEmpty)
      #expect(try graph.neighborAllToAll(RankPartitioned([[Int]]())).isEmpty)
    }

    @Test func fewerThanThereAre() throws {
      let graph = try world.graphSubset(neighbors: [[0]])
      #expect((graph == nil) == !world.isRoot)
      if let graph { #expect(try graph.neighborAllGather(5) == [5]) }
    }

    @Test func edgesThatLeadOneWay() throws {
      guard world.size > 2 else { return }
      let ring = try world.graph(neighbors: (0..<world.size).map { [($0 + 1) % world.size] })
      #expect(ring.sources == [Neighbor(world.right)])
      try expectRefusal(.topology, "neighborAllGather", naming: "one way", "distributedGraph", on: ring) {
        _ = try ring.neighborAllGather(1)
      }
      try expectRefusal(.topology, "neighborAllToAll(each:)", on: ring) { _ = try ring.neighborAllToAll(each: [1]) }
      try expectRefusal(.topology, "neighborAllGather", on: ring) { _ = try ring.nonblocking.neighborAllGather(1) }
    }

    @Test func wrongArguments() throws {
      let ones = (0...world.size).map { _ in [Int]() }
      try expectRefusal(.topology, "graph", naming: "\(world.size + 1) lists") { _ = try world.graph(neighbors: ones) }
      try expectRefusal(.topology, "graph", naming: "0 lists") { _ = try world.graph(neighbors: []) }
      try expectRefusal(.topology, "graphSubset", naming: "at most \(world.size)") {
        _ = try world.graphSubset(neighbors: ones)
      }
      for wrong in [-1, world.size] {
        var neighbors = star
        neighbors[0].append(wrong)
        try expectRefusal(.rank, "graph", naming: "rank \(wrong)") { _ = try world.graph(neighbors: neighbors) }
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct DistributedGraphTests {
    let world = Communicator.world

    @Test func aRingThatLeadsOneWay() throws {
      let ring = try world.distributedGraph(sources: [world.left], destinations: [world.right])
      #expect(ring.sources == [Neighbor(world.left)] && ring.destinations == [Neighbor(world.right)])
      #expect(ring.sourceWeights == nil && ring.destinationWeights == nil && ring.neighbors == nil)
      #expect(try ring.neighborAllGather(ring.rank) == [world.left])
      #expect(try ring.neighborAllToAll(each: [ring.rank]) == [world.left])
    }

    @Test func weights() throws {
      let sources = world.isRoot ? Array(1..<world.size) : []
      let destinations = world.isRoot ? [] : [0]
      let tree = try world.distributedGraph(
        sources: sources, destinations: destinations, sourceWeights: sources.map { 10 * $0 },
        destinationWeights: destinations.map { _ in 10 * world.rank }, info: ["swift": "yes"])
      #expect(tree.sourceWeights == sources.map { 10 * $0 })
      #expect(tree.destinationWeights == destinations.map { _ in 10 * world.rank })
      #expect(try tree.neighborAllGather(world.rank) == sources)
      let parts = try tree.neighborAllGather([Int](repeating: world.rank, count: world.rank))
      #expect(parts.map(Array.init) == sources.map { [Int](repeating: $0, count: $0) })
    }

    @Test func edgesGivenByAnyRank() throws {
      // The root says those of all.
      let all = (0..<world.size).flatMap { rank in
        [(from: rank, to: (rank + 1) % world.size), (from: rank, to: rank)]
      }
      let graph = try world.distributedGraph(
        edges: world.isRoot ? all : [], weights: world.isRoot ? all.map { 100 * $0.from + $0.to } : [])
      let theirs = graph.sources.map { $0.rank! }
      #expect(theirs.sorted() == [world.left, world.rank].sorted())
      #expect(graph.sourceWeights == theirs.map { 100 * $0 + graph.rank })
      #expect(graph.destinations.map { $0.rank! }.sorted() == [world.right, world.rank].sorted())
      #expect(try graph.neighborAllGather(graph.rank) == theirs)
      let plain = try world.distributedGraph(edges: [(from: world.rank, to: world.left)])
      #expect(plain.sources == [Neighbor(world.right)] && plain.sourceWeights == nil)
    }

    @Test func noEdges() throws {
      let graph = try world.distributedGraph(sources: [], destinations: [])
      #expect(graph.sources.isEmpty && graph.destinations.isEmpty)
      #expect(try graph.neighborAllGather(1).isEmpty)
      let empty = try world.distributedGraph(edges: [], reorder: true)
      #expect(empty.sources.isEmpty)
      let weighted = try world.distributedGraph(
        sources: [], destinations: [], sourceWeights: [], destinationWeights: [])
      #expect(weighted.sourceWeights == [])
    }

    @Test func endsThatDoNotAgree() throws {
      guard world.size > 1 else {
        try expectRefusal(.topology, "distributedGraph", naming: "rank 0", "1 times", "0 times") {
          _ = try world.distributedGraph(sources: [], destinations: [0])
        }
        return
      }
      // The last rank does not know that the root sends to it.
      let isOdd = world.rank == 0
      try expectRefusal(.topology, "distributedGraph") {
        _ = try world.distributedGraph(sources: [], destinations: isOdd ? [world.last] : [])
      }
      let ring = try world.distributedGraph(
        sources: [world.left], destinations: [world.right], checkingEdges: false)
      #expect(try ring.neighborAllGather(ring.rank) == [world.left])
    }

    @Test func wrongArguments() throws {
      for wrong in [-1, world.size] {
        try expectRefusal(.rank, "distributedGraph", naming: "\(wrong)") {
          _ = try world.distributedGraph(sources: [wrong], destinations: [])
        }
        try expectRefusal(.rank, "distributedGraph", naming: "\(wrong)") {
          _ = try world.distributedGraph(edges: [(from: 0, to: wrong)])
        }
      }
      try expectRefusal(.argument, "distributedGraph", naming: "both") {
        _ = try world.distributedGraph(sources: [], destinations: [], sourceWeights: [])
      }
      try expectRefusal(.argument, "distributedGraph", naming: "2 weights", "1 edges") {
        _ = try world.distributedGraph(edges: [(from: 0, to: 0)], weights: [1, 2])
      }
      try expectRefusal(.argument, "distributedGraph", naming: "-3") {
        _ = try world.distributedGraph(
          sources: [world.left], destinations: [world.right], sourceWeights: [-3], destinationWeights: [1])
      }
    }
  }
}

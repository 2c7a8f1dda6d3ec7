// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct TopologyTests {
    let world = Communicator.world

    @Test func whatTheRanksAreArrangedOn() throws {
      #expect(try world.topology == nil)
      let grid = try world.cartesian(dimensions: [world.size], periodic: [true])
      #expect(try grid.topology == .cartesian)
      let ring = try world.graph(neighbors: (0..<world.size).map { [($0 + 1) % world.size] })
      #expect(try ring.topology == .graph)
      let distributed = try world.distributedGraph(sources: [world.left], destinations: [world.right])
      #expect(try distributed.topology == .distributedGraph)
      #expect(try grid.duplicate().topology == .cartesian)
    }

    @Test func borrowedGrid() throws {
      let grid = try world.cartesian(dimensions: [1, world.size], periodic: [false, true])
      let same = try CartesianCommunicator(borrowing: grid.rawValue)
      #expect(same.dimensions == grid.dimensions && same.periodic == grid.periodic)
      #expect(same.coordinates == grid.coordinates && same.sources == grid.sources)
      #expect(try same.allReduce(1, .sum) == world.size)
    }

    @Test func borrowedGraphs() throws {
      let ring = try world.graph(neighbors: (0..<world.size).map { [($0 + 1) % world.size] })
      let same = try GraphCommunicator(borrowing: ring.rawValue)
      #expect(same.neighbors == ring.neighbors && same.sources == ring.sources)
      let weighted = try world.distributedGraph(
        sources: [world.left], destinations: [world.right], sourceWeights: [3], destinationWeights: [3])
      let alike = try GraphCommunicator(borrowing: weighted.rawValue)
      #expect(alike.sources == weighted.sources && alike.sourceWeights == [3] && alike.neighbors == nil)
    }

    @Test func borrowedOfAnotherKind() throws {
      let grid = try world.cartesian(dimensions: [world.size], periodic: [true])
      expectError(.topology, naming: "no Cartesian") { _ = try CartesianCommunicator(borrowing: world.rawValue) }
      expectError(.topology, naming: "no graph") { _ = try GraphCommunicator(borrowing: world.rawValue) }
      expectError(.topology, naming: "no graph") { _ = try GraphCommunicator(borrowing: grid.rawValue) }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func bothAreOneKind() throws {
      let ring: [TopologyCommunicator] = try [
        world.cartesian(dimensions: [world.size], periodic: [true], reorder: false),
        world.distributedGraph(sources: [world.left, world.right], destinations: [world.left, world.right]),
      ]
      for ring in ring {
        #expect(ring.sources == [Neighbor(world.left), Neighbor(world.right)])
        #expect(ring.destinations == ring.sources)
        #expect(try ring.neighborAllGather(world.rank) == [world.left, world.right])
      }
    }
  }
}

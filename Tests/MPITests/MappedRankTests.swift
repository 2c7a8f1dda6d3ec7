// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct MappedRankTests {
    let world = Communicator.world

    /// All ranks have one, each another.
    func expectAll(_ rank: Int?) throws {
      #expect(try world.allGather(rank ?? -1).sorted() == Array(0..<world.size))
    }

    @Test func onAGrid() throws {
      try expectAll(world.mappedRank(dimensions: [world.size, 1], periodic: [true, false]))
      let one = try world.mappedRank(dimensions: [1], periodic: [false])
      #expect(try world.allReduce(one == nil ? 0 : 1, .sum) == 1)
    }

    @Test func onAGraph() throws {
      try expectAll(world.mappedRank(neighbors: (0..<world.size).map { [($0 + 1) % world.size] }))
      let one = try world.mappedRank(neighbors: [[0]])
      #expect(try world.allReduce(one == nil ? 0 : 1, .sum) == 1)
    }

    @Test func wrongArguments() throws {
      try expectRefusal(.dimensions, "mappedRank", naming: "[\(world.size + 1)]") {
        _ = try world.mappedRank(dimensions: [world.size + 1], periodic: [true])
      }
      try expectRefusal(.topology, "mappedRank", naming: "0 lists") { _ = try world.mappedRank(neighbors: []) }
      try expectRefusal(.rank, "mappedRank", naming: "rank 1") { _ = try world.mappedRank(neighbors: [[1]]) }
    }
  }
}

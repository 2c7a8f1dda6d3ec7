// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct SubgridTests {
    let world = Communicator.world

    @Test func rowsAndColumns() throws {
      let grid = try world.cartesian(dimensions: world.balancedDimensions(count: 2), periodic: [false, true])
      for kept in 0..<2 {
        let line = try grid.subgrid(keeping: [kept])
        #expect(line.dimensions == [grid.dimensions[kept]] && line.periodic == [grid.periodic[kept]])
        #expect(line.coordinates == [grid.coordinates[kept]] && line.rank == grid.coordinates[kept])
        // All have this rank's other coordinate.
        let others = try line.allGather(grid.coordinates[1 - kept])
        #expect(others == [Int](repeating: grid.coordinates[1 - kept], count: line.size))
      }
    }

    @Test func marked() throws {
      let grid = try world.cartesian(dimensions: [1, world.size, 1], periodic: [true, true, false])
      let plane = try grid.subgrid(keeping: [true, true, false])
      #expect(plane.dimensions == [1, world.size] && plane.periodic == [true, true])
      #expect(try grid.subgrid(keeping: [2, 1]).dimensions == [world.size, 1])
      #expect(try plane.allReduce(1, .sum) == world.size)
    }

    @Test func everyRankByItself() throws {
      let grid = try world.cartesian(dimensions: [world.size], periodic: [true])
      let point = try grid.subgrid(keeping: [false])
      #expect(point.size == 1 && point.dimensions.isEmpty && point.sources.isEmpty)
      #expect(try grid.subgrid(keeping: [Int]()).size == 1)
      #expect(try point.neighborAllGather(7).isEmpty)
    }

    @Test func wrongDimensions() throws {
      let grid = try world.cartesian(dimensions: [world.size, 1], periodic: [true, true])
      for wrong in [-1, 2] {
        try expectRefusal(.dimensions, "subgrid", naming: "\(wrong)", on: grid) {
          _ = try grid.subgrid(keeping: [wrong])
        }
      }
      try expectRefusal(.dimensions, "subgrid", naming: "twice", on: grid) { _ = try grid.subgrid(keeping: [1, 1]) }
      try expectRefusal(.dimensions, "subgrid", naming: "1 entries", on: grid) {
        _ = try grid.subgrid(keeping: [true])
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct CartesianTests {
    let world = Communicator.world

    @Test func ring() throws {
      let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
      #expect(ring.size == world.size && ring.dimensions == [world.size] && ring.periodic == [true])
      #expect(ring.coordinates == [ring.rank])
      let (before, after) = ring.shift(dimension: 0)
      #expect(before.rank == ring.left && after.rank == ring.right)
      #expect(try ring.sendReceive(ring.rank, to: after, from: before) == ring.left)
    }

    @Test func lineHasEnds() throws {
      let line = try world.cartesian(dimensions: [world.size], periodic: [false], reorder: false)
      #expect(line.rank == world.rank)
      let (before, after) = line.shift(dimension: 0)
      #expect(before.rank == (line.rank == 0 ? nil : line.rank - 1))
      #expect(after.rank == (line.rank == line.last ? nil : line.rank + 1))
      var ghost = -1
      try line.sendReceive(inPlace: &ghost, to: after, from: before)
      var memory = [-7]
      var span = memory.mutableSpan
      try line.sendReceive([line.rank].span, to: after, into: &span, from: before)
      #expect(memory == [line.rank == 0 ? -7 : line.rank - 1])
    }

    @Test func distances() throws {
      let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
      let far = ring.shift(dimension: 0, by: 2 * world.size + 1)
      #expect(far.before.rank == ring.left && far.after.rank == ring.right)
      let back = ring.shift(dimension: 0, by: -1)
      #expect(back.before.rank == ring.right && back.after.rank == ring.left)
      let here = ring.shift(dimension: 0, by: 0)
      #expect(here.before.rank == ring.rank && here.after.rank == ring.rank)
      let line = try world.cartesian(dimensions: [world.size], periodic: [false])
      let off = line.shift(dimension: 0, by: world.size)
      #expect(off.before == Neighbor(nil) && off.after == Neighbor(nil))
    }

    @Test func gridOfTwoDimensions() throws {
      let rows = world.size % 2 == 0 ? 2 : 1
      let columns = world.size / rows
      let grid = try world.cartesian(dimensions: [rows, columns], periodic: [false, true])
      let (row, column) = (grid.rank / columns, grid.rank % columns)
      #expect(grid.coordinates == [row, column])
      #expect(grid.rank(at: [row, column]) == grid.rank)
      #expect(grid.rank(at: [row, column + columns]) == grid.rank)
      #expect(grid.rank(at: [row, column - columns]) == grid.rank)
      #expect(grid.rank(at: [rows, 0]) == nil && grid.rank(at: [-1, 0]) == nil)
      let (up, down) = grid.shift(dimension: 0)
      #expect(up.rank == (row == 0 ? nil : grid.rank - columns))
      #expect(down.rank == (row == rows - 1 ? nil : grid.rank + columns))
      let left = grid.shift(dimension: 1).before
      #expect(left.rank == row * columns + (column + columns - 1) % columns)
      #expect(try grid.allGather(grid.coordinates).count == world.size)
    }

    @Test func itIsACommunicator() throws {
      let grid = try world.cartesian(dimensions: [1, world.size, 1], periodic: [true, false, true])
      #expect(try grid.allReduce(1, .sum) == world.size)
      #expect(try [.congruent, .similar].contains(grid.compare(world)))
      #expect(try grid.duplicate().size == world.size)
      try expectRefusal(.rank, "send", naming: "\(world.size)", on: grid) { try grid.send(1, to: world.size) }
    }

    @Test func placesOfAllRanks() throws {
      let grid = try world.cartesian(dimensions: world.balancedDimensions(count: 3), periodic: [true, false, true])
      for rank in 0..<grid.size { #expect(try grid.rank(at: grid.coordinates(of: rank)) == rank) }
      #expect(try grid.coordinates(of: grid.rank) == grid.coordinates)
      for rank in [-1, grid.size] {
        try expectRefusal(.rank, "coordinates(of:)", naming: "\(rank)", on: grid) {
          _ = try grid.coordinates(of: rank)
        }
      }
    }

    @Test func neighborsInTheOrderOfTheDimensions() throws {
      let grid = try world.cartesian(dimensions: world.balancedDimensions(count: 2), periodic: [false, true])
      let expected = (0..<2).flatMap { dimension in
        let (before, after) = grid.shift(dimension: dimension)
        return [before, after]
      }
      #expect(grid.sources == expected && grid.destinations == expected)
    }

    @Test func fewerCellsThanRanks() throws {
      let cells = max(world.size - 1, 1)
      let grid = try world.cartesianSubset(dimensions: [cells], periodic: [true], reorder: false)
      #expect((grid == nil) == (world.rank >= cells))
      if let grid {
        #expect(grid.size == cells)
        #expect(try grid.neighborAllGather(grid.rank).count == 2)
      }
      let all = try world.cartesianSubset(dimensions: [world.size, 1], periodic: [true, false])
      #expect(all?.size == world.size)
      for dimensions in [[world.size + 1], [0], [-1, -1], [Int.max, Int.max]] {
        try expectRefusal(.dimensions, "cartesianSubset", naming: "\(dimensions)", "at most \(world.size) ranks") {
          _ = try world.cartesianSubset(dimensions: dimensions, periodic: dimensions.map { _ in true })
        }
      }
    }

    /// Such a grid has one cell, which is next to none.
    @Test func noDimensions() throws {
      let some = try world.cartesianSubset(dimensions: [], periodic: [])
      // One rank has it.
      #expect(try world.allReduce(some == nil ? 0 : 1, .sum) == 1)
      let subgrid = try world.cartesian(dimensions: [world.size], periodic: [true]).subgrid(keeping: [Int]())
      let alone = try Communicator.itself.cartesian(dimensions: [], periodic: [])
      for grid in [some, subgrid, alone] {
        guard let grid else { continue }
        #expect(grid.size == 1 && grid.rank == 0)
        #expect(try grid.topology == .cartesian)
        #expect(grid.dimensions == [] && grid.periodic == [] && grid.coordinates == [])
        #expect(grid.sources == [] && grid.destinations == [])
        #expect(try grid.rank(at: []) == 0 && grid.coordinates(of: 0) == [])
        #expect(try grid.allReduce(3, .sum) == 3)
        #expect(try grid.neighborAllGather(1) == [])
        #expect(try grid.neighborAllToAll(each: [Int]()) == [])
        #expect(try grid.nonblocking.neighborAllGather(1).wait() == [])
        var cell = [7.5]
        try grid.exchangeHalo(&cell, shape: [], width: [])
        #expect(cell == [7.5])
        #expect(try grid.subgrid(keeping: [Bool]()).size == 1)
        #expect(try CartesianCommunicator(borrowing: grid.rawValue).dimensions == [])
        #expect(try grid.balancedDimensions(count: 0) == [])
        #expect(try grid.duplicate().size == 1)
      }
      #expect(try world.mappedRank(dimensions: [], periodic: []) == (world.isRoot ? 0 : nil))
      if world.size > 1 {
        try expectRefusal(.dimensions, "cartesian", naming: "[]", "\(world.size) ranks", "cartesianSubset") {
          _ = try world.cartesian(dimensions: [], periodic: [])
        }
      }
      try expectRefusal(.dimensions, "cartesianSubset", naming: "1 entries", "0 dimensions") {
        _ = try world.cartesianSubset(dimensions: [], periodic: [true])
      }
    }

    @Test func wrongDimensions() throws {
      let size = world.size
      for dimensions in [[size + 1], [size, 2], [0], [-1], [-1, -size], [size, 0]] {
        let periodic = [Bool](repeating: true, count: dimensions.count)
        try expectRefusal(.dimensions, "cartesian", naming: "\(dimensions)", "\(size) ranks") {
          _ = try world.cartesian(dimensions: dimensions, periodic: periodic)
        }
      }
      try expectRefusal(.dimensions, "cartesian", naming: "2 entries", "1 dimensions") {
        _ = try world.cartesian(dimensions: [size], periodic: [true, false])
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Exchanges between neighbors with a layout for each.
  @Suite struct NeighborLayoutTests {
    let world = Communicator.world

    /// A block of rows and columns with a border of ghost cells on each side.
    private static let (rows, columns) = (5, 7)

    private func block<Element: Sample>(_: Element.Type, from rank: Int) -> [Element] {
      Element.samples(Self.rows * Self.columns, from: 100 * rank)
    }

    @Test func facesOfAGrid() throws {
      let (rows, columns) = (Self.rows, Self.columns)
      func check<Element: Sample>(_: Element.Type, _ grid: CartesianCommunicator) throws {
        // The edges go out, and come into the ghost cells: above, below, left, right.
        let row = try Layout<Element>.contiguous(columns)
        let column = try Layout<Element>.vector(count: rows, stride: columns)
        let out = try [
          row.shifted(by: columns), row.shifted(by: (rows - 2) * columns), column.shifted(by: 1),
          column.shifted(by: columns - 2),
        ]
        let into = try [row, row.shifted(by: (rows - 1) * columns), column, column.shifted(by: columns - 1)]
        let mine = block(Element.self, from: grid.rank)
        // Rows and columns cross in the corners, so one direction after the other.
        for pair in [0, 2] {
          var received = mine
          let part = pair..<pair + 2
          let line = try grid.subgrid(keeping: [pair / 2])
          try line.neighborAllToAll(
            mine[layouts: Array(out[part])], into: &received[layouts: Array(into[part])])
          var expected = mine
          for side in 0..<2 {
            // The neighbor's edge that faces this rank.
            guard let neighbor = grid.sources[pair + side].rank else { continue }
            let theirs = block(Element.self, from: neighbor)
            for index in 0..<(pair == 0 ? columns : rows) {
              let (from, to) =
                pair == 0
                ? ((side == 0 ? rows - 2 : 1) * columns + index, (side == 0 ? 0 : rows - 1) * columns + index)
                : (index * columns + (side == 0 ? columns - 2 : 1), index * columns + (side == 0 ? 0 : columns - 1))
              expected[to] = theirs[from]
            }
          }
          #expect(received == expected, "\(Element.self), \(grid.dimensions), \(grid.periodic)")
        }
      }
      for dimensions in try [[world.size, 1], [1, world.size], world.balancedDimensions(count: 2)] {
        for periodic in [[false, false], [true, false], [true, true]] {
          let grid = try world.cartesian(dimensions: dimensions, periodic: periodic, reorder: false)
          for type in everySample { try check(type, grid) }
        }
      }
    }

    @Test func differentTypes() throws {
      // Weights of structs go out around a ring, and come into doubles.
      let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
      let mine = Padded.samples(4, from: 10 * ring.rank)
      let out = try (0..<2).map { try Layout<Padded>.fields(\.weight, count: 2).shifted(by: 2 * $0) }
      let into = try (0..<2).map { try Layout<Double>.contiguous(2).shifted(by: 2 * $0) }
      var weights = [Double](repeating: 0, count: 4)
      var span = weights.mutableSpan
      try ring.neighborAllToAll(mine.span[layouts: out, as: Double.self], into: &span[layouts: into])
      let (before, after) = ring.shift(dimension: 0)
      let expected =
        Padded.samples(4, from: 10 * before.rank!)[2...].map(\.weight)
        + Padded.samples(4, from: 10 * after.rank!)[..<2].map(\.weight)
      #expect(weights == expected)
    }

    @Test func literalsAndUnevenParts() throws {
      // Each rank of a graph gives the next one as many elements as its own number says.
      let graph = try world.distributedGraph(sources: [world.left], destinations: [world.right])
      var received = [Int](repeating: -1, count: world.size + 2)
      let (sent, coming) = (world.rank, world.left)
      let outgoing = [7, 8, 9, 10] + Array(repeating: world.rank, count: world.size)
      try graph.neighborAllToAll(
        outgoing[layouts: [.contiguous(sent).shifted(by: 4)]],
        into: &received[layouts: [.contiguous(coming).shifted(by: 1)]])
      #expect(
        received == [-1] + Array(repeating: world.left, count: coming)
          + Array(repeating: -1, count: world.size + 1 - coming))
    }

    @Test func noNeighbors() throws {
      let graph = try world.distributedGraph(sources: [], destinations: [])
      var received = [1, 2]
      try graph.neighborAllToAll([3, 4][layouts: []], into: &received[layouts: []])
      #expect(received == [1, 2])
      let cell = try Communicator.itself.cartesian(dimensions: [], periodic: [])
      try cell.neighborAllToAll([3, 4][layouts: []], into: &received[layouts: []])
      #expect(received == [1, 2])
    }

    @Test func wrongLayouts() throws {
      let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
      var room = [0, 0, 0, 0]
      let one = try Layout<Int>.contiguous(1)
      let two = try [one, one.shifted(by: 1)]
      try expectRefusal(.count, "neighborAllToAll", naming: "1 layouts", "2 neighbors", on: ring) {
        try ring.neighborAllToAll([1, 2][layouts: [one]], into: &room[layouts: two])
      }
      try expectRefusal(.count, "neighborAllToAll", naming: "3 layouts", "2 neighbors", on: ring) {
        try ring.neighborAllToAll([1, 2][layouts: two], into: &room[layouts: two + [one]])
      }
      try expectRefusal(.count, "neighborAllToAll", naming: "memory of 2", on: ring) {
        try ring.neighborAllToAll([1, 2][layouts: [one, one.shifted(by: 2)]], into: &room[layouts: two])
      }
      try expectRefusal(.type, "neighborAllToAll", naming: "in common", on: ring) {
        try ring.neighborAllToAll([1, 2][layouts: two], into: &room[layouts: [one, one]])
      }
      try expectRefusal(.type, "neighborAllToAll", naming: "twice", on: ring) {
        try ring.neighborAllToAll(
          [1, 2][layouts: two],
          into: &room[layouts: [one, Layout<Int>.contiguous(2).resized(extent: 1).repeated(2)]])
      }
      #expect(room == [0, 0, 0, 0])
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct NeighborAllToAllTests {
    let world = Communicator.world

    /// Grids of all kinds, rings of one and of two among them, on any number of ranks.
    func grids() throws -> [CartesianCommunicator] {
      var grids: [CartesianCommunicator] = []
      for dimensions in try [[world.size], world.balancedDimensions(count: 2), [1, world.size, 1]] {
        for flags in 0..<1 << dimensions.count {
          let periodic = dimensions.indices.map { flags >> $0 & 1 == 1 }
          grids.append(try world.cartesian(dimensions: dimensions, periodic: periodic))
        }
      }
      return grids
    }

    /// What a rank sends in the direction of one of its neighbors.
    func block<Element: Sample>(_: Element.Type, _ count: Int, from rank: Int, direction: Int) -> [Element] {
      Element.samples(count, from: 20 * rank + 3 * direction)
    }

    /// The direction that leads back.
    func back(_ direction: Int) -> Int { direction ^ 1 }

    @Test func equalBlocks() throws {
      func check<Element: Sample>(_: Element.Type, _ grid: CartesianCommunicator) throws {
        let directions = grid.destinations.indices
        let out = directions.flatMap { block(Element.self, 4, from: grid.rank, direction: $0) }
        let before = Element.samples(out.count, from: 88)
        let expected = directions.flatMap { direction in
          grid.sources[direction].rank.map { block(Element.self, 4, from: $0, direction: back(direction)) }
            ?? Array(before[4 * direction..<4 * direction + 4])
        }
        var memory = before
        var span = memory.mutableSpan
        try grid.neighborAllToAll(out.span, into: &span)
        #expect(memory == expected, "\(Element.self) on \(grid.dimensions), \(grid.periodic)")

        memory = before
        span = memory.mutableSpan
        try grid.nonblocking.neighborAllToAll(out.span, into: &span) { _ = try $0.test() }
        #expect(memory == expected, "\(Element.self) on \(grid.dimensions), \(grid.periodic), nonblocking")

        let each = directions.map { block(Element.self, 1, from: grid.rank, direction: $0)[0] }
        let one = directions.map { direction in
          grid.sources[direction].rank.map { block(Element.self, 1, from: $0, direction: back(direction))[0] }
        }
        #expect(try grid.neighborAllToAll(each: each) == one, "\(Element.self)")
        #expect(try grid.nonblocking.neighborAllToAll(each: each).wait() == one, "\(Element.self)")
      }
      for grid in try grids() {
        try check(Int.self, grid)
        try check(Padded.self, grid)
        try check(Float.self, grid)
      }
    }

    @Test func partsOfDifferentLengths() throws {
      /// How many go in a direction: none among them.
      func count(_ rank: Int, _ direction: Int) -> Int { (5 * rank + 3 * direction) % 9 }
      func check<Element: Sample>(_: Element.Type, _ grid: CartesianCommunicator) throws {
        let directions = grid.destinations.indices
        let out = RankPartitioned(
          directions.map { block(Element.self, count(grid.rank, $0), from: grid.rank, direction: $0) })
        let expected = RankPartitioned(
          directions.map { direction in
            grid.sources[direction].rank.map {
              block(Element.self, count($0, back(direction)), from: $0, direction: back(direction))
            } ?? []
          })
        let counts = expected.counts
        let place = "\(Element.self) on \(grid.dimensions), \(grid.periodic)"
        #expect(try grid.neighborAllToAll(out) == expected, "\(place)")
        #expect(try grid.neighborAllToAll(out, receivedCounts: counts) == expected, "\(place)")
        #expect(
          try grid.nonblocking.neighborAllToAll(out, receivedCounts: counts).wait() == expected, "\(place)")
        var memory = Element.samples(expected.elements.count, from: 50)
        var span = memory.mutableSpan
        try grid.neighborAllToAll(out.elements.span, counts: out.counts, into: &span, receivedCounts: counts)
        #expect(memory == expected.elements, "\(place)")
      }
      for grid in try grids() {
        try check(Double.self, grid)
        try check(Tupled.self, grid)
      }
    }

    @Test(.enabled(if: MPIEnvironment.supports(.persistentCollectives))) func persistent() throws {
      for grid in try grids() {
        let directions = grid.destinations.indices
        var equal = try grid.persistent.neighborAllToAll([Int](repeating: 0, count: 6 * directions.count))
        let parts = RankPartitioned(directions.map { _ in [0, 0, 0, 0, 0, 0] })
        var unlike = try grid.persistent.neighborAllToAll(parts, receivedCounts: parts.counts)
        for step in 1...3 {
          for index in 0..<6 * directions.count {
            equal.input[index] = 1000 * step + 20 * grid.rank + index / 6
            unlike.input[index] = 1000 * step + 20 * grid.rank + index / 6
          }
          try equal.start()
          try unlike.start()
          try unlike.wait()
          try equal.wait()
          for index in 0..<6 * directions.count {
            let value = grid.sources[index / 6].rank.map { 1000 * step + 20 * $0 + back(index / 6) } ?? 0
            #expect(equal.output[index] == value && unlike.output[index] == value)
          }
        }
      }
    }

    @Test func onAGraph() throws {
      // From each rank to all higher ones.
      let (lower, higher) = (Array(0..<world.rank), Array(world.rank + 1..<world.size))
      let graph = try world.distributedGraph(sources: lower, destinations: higher)
      let parts = RankPartitioned(higher.map { [Int](repeating: world.rank, count: $0) })
      let incoming = try graph.neighborAllToAll(parts)
      #expect(incoming.map(Array.init) == lower.map { [Int](repeating: $0, count: world.rank) })
      #expect(
        try graph.neighborAllToAll(each: higher.map { 10 * world.rank + $0 }) == lower.map { 10 * $0 + world.rank })
      var memory = [Int](repeating: -1, count: 2 * lower.count)
      var span = memory.mutableSpan
      try graph.neighborAllToAll([Int](repeating: world.rank, count: 2 * higher.count).span, into: &span)
      #expect(memory == lower.flatMap { [$0, $0] })
    }

    @Test func noElements() throws {
      for grid in try grids() {
        let none = try grid.neighborAllToAll(RankPartitioned(grid.destinations.map { _ in [Padded]() }))
        #expect(none.elements.isEmpty && none.count == grid.sources.count)
        var memory: [Padded] = []
        var span = memory.mutableSpan
        try grid.neighborAllToAll([Padded]().span, into: &span)
        #expect(memory.isEmpty)
      }
    }

    @Test func wrongArguments() throws {
      let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
      var memory = [1, 2, 3]
      try expectRefusal(.count, "neighborAllToAll", naming: "3 elements", on: ring) {
        var span = memory.mutableSpan
        try ring.neighborAllToAll([1, 2, 3].span, into: &span)
      }
      try expectRefusal(.count, "neighborAllToAll", naming: "3 elements", "must have 2", on: ring) {
        var span = memory.mutableSpan
        try ring.neighborAllToAll([1, 2].span, into: &span)
      }
      try expectRefusal(.count, "neighborAllToAll", naming: "1 elements", "must have 2", on: ring) {
        _ = try ring.neighborAllToAll(RankPartitioned([[1]]))
      }
      try expectRefusal(.count, "neighborAllToAll", naming: "3 counts", on: ring) {
        _ = try ring.neighborAllToAll(RankPartitioned([[1], [2]]), receivedCounts: [1, 1, 1])
      }
      try expectRefusal(.count, "neighborAllToAll(each:)", naming: "3 elements", on: ring) {
        _ = try ring.neighborAllToAll(each: [1, 2, 3])
      }
      try expectRefusal(.count, "neighborAllToAll", naming: "must have 4", on: ring) {
        var span = memory.mutableSpan
        try ring.neighborAllToAll([1, 2].span, counts: [2, 2], into: &span, receivedCounts: [1, 2])
      }
    }
  }
}

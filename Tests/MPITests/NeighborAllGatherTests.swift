// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct NeighborAllGatherTests {
    let world = Communicator.world

    /// Of each kind one: rings, lines, a plane, graphs.
    func topologies() throws -> [TopologyCommunicator] {
      let plane = try world.balancedDimensions(count: 2)
      return try [
        world.cartesian(dimensions: [world.size], periodic: [true]),
        world.cartesian(dimensions: [world.size], periodic: [false]),
        world.cartesian(dimensions: plane, periodic: [true, false]),
        world.distributedGraph(sources: [world.left, world.rank], destinations: [world.right, world.rank]),
        world.graph(neighbors: (0..<world.size).map { rank in (0..<world.size).filter { $0 != rank } }),
      ]
    }

    @Test func everyType() throws {
      func check<Element: Sample>(_: Element.Type, _ grid: TopologyCommunicator) throws {
        let mine = Element.samples(3, from: 10 * grid.rank)
        let values = grid.sources.map { $0.rank.map { Element.sample(10 * $0) } }
        #expect(try grid.neighborAllGather(mine[0]) == values, "\(Element.self)")
        #expect(try grid.nonblocking.neighborAllGather(mine[0]).wait() == values, "\(Element.self)")

        // The block of a missing neighbor stays.
        let before = Element.samples(3 * grid.sources.count, from: 77)
        let expected = grid.sources.enumerated().flatMap { index, source in
          source.rank.map { Element.samples(3, from: 10 * $0) } ?? Array(before[3 * index..<3 * index + 3])
        }
        var memory = before
        var span = memory.mutableSpan
        try grid.neighborAllGather(mine.span, into: &span)
        #expect(memory == expected, "\(Element.self)")

        memory = before
        span = memory.mutableSpan
        let worked = try grid.nonblocking.neighborAllGather(mine.span, into: &span) { pending in
          _ = try pending.test()
          return 5
        }
        #expect(worked == 5 && memory == expected, "\(Element.self)")
      }
      for grid in try topologies() {
        for type in everySample { try check(type, grid) }
      }
    }

    @Test func differentLengths() throws {
      func check<Element: Sample>(_: Element.Type, _ grid: TopologyCommunicator) throws {
        let mine = Element.samples(7 * grid.rank, from: grid.rank)
        let counts = grid.sources.map { 7 * ($0.rank ?? 0) }
        let expected = RankPartitioned(
          grid.sources.map { source in source.rank.map { Element.samples(7 * $0, from: $0) } ?? [] })
        #expect(try grid.neighborAllGather(mine) == expected, "\(Element.self)")
        #expect(try grid.neighborAllGather(mine, counts: counts) == expected, "\(Element.self)")
        #expect(try grid.nonblocking.neighborAllGather(mine, counts: counts).wait() == expected, "\(Element.self)")
        var memory = Element.samples(expected.elements.count, from: 50)
        var span = memory.mutableSpan
        try grid.neighborAllGather(mine.span, into: &span, counts: counts)
        #expect(memory == expected.elements, "\(Element.self)")
      }
      for grid in try topologies() {
        for type in everySample { try check(type, grid) }
      }
    }

    @Test(.enabled(if: MPIEnvironment.supports(.persistentCollectives))) func persistent() throws {
      for grid in try topologies() {
        var equal = try grid.persistent.neighborAllGather([0, 0, 0, 0, 0, 0, 0])
        let counts = grid.sources.map { ($0.rank ?? 0) + 6 }
        var unlike = try grid.persistent.neighborAllGather([Int](repeating: 0, count: grid.rank + 6), counts: counts)
        for step in 0..<3 {
          for index in 0..<7 { equal.input[index] = 100 * step + grid.rank }
          for index in 0..<grid.rank + 6 { unlike.input[index] = 100 * step + grid.rank }
          try equal.start()
          try unlike.start()
          try equal.wait()
          try unlike.wait()
          var place = 0
          for (index, source) in grid.sources.enumerated() {
            let value = source.rank.map { 100 * step + $0 } ?? 0
            for element in 0..<7 { #expect(equal.output[7 * index + element] == value) }
            for element in 0..<counts[index] { #expect(unlike.output[place + element] == value) }
            place += counts[index]
          }
        }
      }
    }

    @Test func noElements() throws {
      for grid in try topologies() {
        let none = try grid.neighborAllGather([Padded]())
        #expect(none.elements.isEmpty && none.count == grid.sources.count)
        var memory: [Padded] = []
        var span = memory.mutableSpan
        try grid.neighborAllGather([Padded]().span, into: &span)
        #expect(memory.isEmpty)
      }
    }

    @Test func wrongArguments() throws {
      let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
      var memory = [1, 2, 3]
      try expectRefusal(.count, "neighborAllGather", naming: "3 elements", "must have 2", on: ring) {
        var span = memory.mutableSpan
        try ring.neighborAllGather([1].span, into: &span)
      }
      try expectRefusal(.count, "neighborAllGather", naming: "1 counts", "2 neighbors", on: ring) {
        _ = try ring.neighborAllGather([1], counts: [1])
      }
      try expectRefusal(.count, "neighborAllGather", naming: "-1", on: ring) {
        _ = try ring.neighborAllGather([1], counts: [1, -1])
      }
      try expectRefusal(.count, "neighborAllGather", naming: "3 elements", "must have 5", on: ring) {
        var span = memory.mutableSpan
        try ring.neighborAllGather([1].span, into: &span, counts: [1, 4])
      }
      let point = try world.cartesian(dimensions: [world.size, 1], periodic: [true, false])
      try expectRefusal(.count, "neighborAllGather", naming: "count 3 is 1", "no neighbor", on: point) {
        _ = try point.neighborAllGather([1], counts: [1, 1, 0, 1])
      }
    }
  }
}

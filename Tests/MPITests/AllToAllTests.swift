// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct AllToAllTests {
    let world = Communicator.world

    /// What goes from one rank to another.
    func block<Element: Sample>(_: Element.Type, _ count: Int, from source: Int, to destination: Int) -> [Element] {
      Element.samples(count, from: 10 * source + destination)
    }

    @Test func everyType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let out = (0..<world.size).flatMap { block(Element.self, 3, from: world.rank, to: $0) }
        let incoming = (0..<world.size).flatMap { block(Element.self, 3, from: $0, to: world.rank) }
        #expect(try world.allToAll(out) == incoming, "\(Element.self)")

        var memory = Element.samples(out.count, from: 90)
        var span = memory.mutableSpan
        try world.allToAll(out.span, into: &span)
        #expect(memory == incoming, "\(Element.self)")

        memory = out
        try world.allToAll(inPlace: &memory)
        #expect(memory == incoming, "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func oneElementForEachRank() throws {
      let out = (0..<world.size).map { 100 * world.rank + $0 }
      #expect(try world.allToAll(out) == (0..<world.size).map { 100 * $0 + world.rank })
    }

    @Test func partsOfDifferentLengths() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        // From rank r to rank s go (r + 2 s) % 4 elements: none among them.
        let counts = (0..<world.size).map { (world.rank + 2 * $0) % 4 }
        let receivedCounts = (0..<world.size).map { ($0 + 2 * world.rank) % 4 }
        let out = RankPartitioned(
          (0..<world.size).map { block(Element.self, counts[$0], from: world.rank, to: $0) })
        let incoming = RankPartitioned(
          (0..<world.size).map { block(Element.self, receivedCounts[$0], from: $0, to: world.rank) })
        #expect(try world.allToAll(out) == incoming, "\(Element.self)")
        #expect(try world.allToAll(out, receivedCounts: receivedCounts) == incoming, "\(Element.self)")

        var memory = Element.samples(incoming.elements.count, from: 90)
        var span = memory.mutableSpan
        try world.allToAll(out.elements.span, counts: counts, into: &span, receivedCounts: receivedCounts)
        #expect(memory == incoming.elements, "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func everythingToOneRank() throws {
      let parts = (0..<world.size).map { $0 == world.last ? [world.rank, -1] : [] }
      let incoming = try world.allToAll(RankPartitioned(parts))
      let isLast = world.rank == world.last
      #expect(incoming.map(Array.init) == (0..<world.size).map { isLast ? [$0, -1] : [] })
    }

    @Test func noElements() throws {
      #expect(try world.allToAll([Padded]()).isEmpty)
      let none = try world.allToAll(RankPartitioned([[Padded]](repeating: [], count: world.size)))
      #expect(none.elements.isEmpty && none.count == world.size)
      var memory: [Padded] = []
      var span = memory.mutableSpan
      try world.allToAll([Padded]().span, into: &span)
      try world.allToAll(inPlace: &memory)
      #expect(memory.isEmpty)
    }

    @Test func largeArrays() throws {
      let count = 1 << 17
      let out = (0..<world.size).flatMap { block(Double.self, count, from: world.rank, to: $0) }
      let incoming = (0..<world.size).flatMap { block(Double.self, count, from: $0, to: world.rank) }
      #expect(try world.allToAll(out) == incoming)
      let parts = RankPartitioned(out, counts: [Int](repeating: count, count: world.size))
      #expect(try world.allToAll(parts).elements == incoming)
      var memory = out
      try world.allToAll(inPlace: &memory)
      #expect(memory == incoming)
    }

    // MARK: Wrong arguments

    @Test func noMultipleOfTheSize() throws {
      guard world.size > 1 else { return }
      var memory = [Int](repeating: 0, count: world.size + 1)
      let out = memory
      let (count, size) = (world.size + 1, world.size)
      try expectRefusal(
        .count, "allToAll", naming: "\(count) elements", "\(size) ranks", "multiple of \(size)", "RankPartitioned"
      ) { _ = try world.allToAll(out) }
      try expectRefusal(.count, "allToAll", naming: "\(count) elements", "multiple of \(size)") {
        _ = try world.nonblocking.allToAll(out)
      }
      try expectRefusal(.count, "allToAll", naming: "\(count) elements", "multiple of \(size)") {
        _ = try world.persistent.allToAll(out)
      }
      try expectRefusal(.count, "allGather", naming: "\(count) elements", "multiple of \(size)", "counts") {
        try world.allGather(inPlace: &memory)
      }
      for operation in ["gather", "scatter"] {
        // The root alone can see it.
        if world.isRoot {
          expectError(.count, operation, naming: "\(count) elements", "multiple of \(size)", "counts") {
            if operation == "gather" { try world.gather(inPlace: &memory) } else { try world.scatter(inPlace: &memory) }
          }
        }
      }
      try expectRefusal(.count, "allToAll", naming: "\(world.size + 1)") { try world.allToAll(inPlace: &memory) }
      try expectRefusal(.count, "allToAll", naming: "\(world.size + 1)") {
        var span = memory.mutableSpan
        try world.allToAll(out.span, into: &span)
      }
    }

    @Test func differentLengths() throws {
      let out = [Int](repeating: 0, count: world.size)
      var memory = [Int](repeating: 0, count: 2 * world.size)
      try expectRefusal(.count, "allToAll", naming: "\(2 * world.size) elements", "must have \(world.size)") {
        var span = memory.mutableSpan
        try world.allToAll(out.span, into: &span)
      }
    }

    @Test func wrongCounts() throws {
      let size = world.size
      let ones = [Int](repeating: 1, count: size)
      let long = ones + [1]
      var negative = ones
      negative[size - 1] = -1
      var memory = ones
      for (counts, received) in [(long, ones), (ones, long)] {
        try expectRefusal(.count, "allToAll", naming: "\(size + 1) entries") {
          var span = memory.mutableSpan
          try world.allToAll(ones.span, counts: counts, into: &span, receivedCounts: received)
        }
      }
      for (counts, received) in [(negative, ones), (ones, negative)] {
        expectError(.count, "allToAll") {
          var span = memory.mutableSpan
          try world.allToAll(ones.span, counts: counts, into: &span, receivedCounts: received)
        }
      }
      try expectRefusal(.count, "allToAll", naming: "\(size + 1) elements", "must have \(size)") {
        var span = memory.mutableSpan
        try world.allToAll(long.span, counts: ones, into: &span, receivedCounts: ones)
      }
      try expectRefusal(.count, "allToAll", naming: "\(size + 1) elements", "must have \(size)") {
        var other = long
        var span = other.mutableSpan
        try world.allToAll(ones.span, counts: ones, into: &span, receivedCounts: ones)
      }
    }

    @Test func aPartTooMany() throws {
      let parts = RankPartitioned([[Int]](repeating: [1], count: world.size + 1))
      try expectRefusal(.count, "allToAll", naming: "\(world.size + 1)", "must have \(world.size)") {
        _ = try world.allToAll(parts)
      }
      let good = RankPartitioned([[Int]](repeating: [1], count: world.size))
      try expectRefusal(.count, "allToAll", naming: "0 entries") {
        _ = try world.allToAll(good, receivedCounts: [])
      }
    }
  }
}

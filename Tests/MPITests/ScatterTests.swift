// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct ScatterTests {
    let world = Communicator.world
    func atRoot<Value>(_ root: Int, _ value: @autoclosure () -> Value) -> Value? { world.rank == root ? value() : nil }

    @Test func everyTypeFromEveryRoot() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        for root in 0..<world.size {
          let all = Element.samples(3 * world.size, from: root)
          let mine = Array(all[3 * world.rank..<3 * world.rank + 3])
          #expect(try world.scatter(atRoot(root, all), root: root) == mine, "\(Element.self)")
          let one = try world.scatter(each: atRoot(root, Element.samples(world.size)), root: root)
          #expect(one == Element.sample(world.rank), "\(Element.self)")

          var memory = Element.samples(3, from: 70)
          var span = memory.mutableSpan
          try world.scatter((world.rank == root ? all : []).span, into: &span, root: root)
          #expect(memory == mine, "\(Element.self)")

          memory = world.rank == root ? all : Element.samples(3, from: 70)
          try world.scatter(inPlace: &memory, root: root)
          #expect(memory == (world.rank == root ? all : mine), "\(Element.self)")
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func blocksAsEvenAsCanBe() throws {
      for count in [0, 1, world.size - 1, world.size, 3 * world.size + 2, 17] {
        let all = Padded.samples(count)
        let mine = try world.scatter(atRoot(world.last, all), root: world.last)
        #expect(mine == Array(all[world.block(of: count)]), "\(count) elements")
      }
    }

    @Test func unevenCounts() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        // Rank 0 gets none, rank r the next 2 r.
        let counts = (0..<world.size).map { 2 * $0 }
        let start = counts[..<world.rank].reduce(0, +)
        let all = Element.samples(counts.reduce(0, +))
        let mine = Array(all[start..<start + counts[world.rank]])
        for root in [0, world.last] {
          #expect(try world.scatter(atRoot(root, all), root: root, counts: counts) == mine, "\(Element.self)")

          var memory = Element.samples(counts[world.rank], from: 80)
          var span = memory.mutableSpan
          try world.scatter((world.rank == root ? all : []).span, into: &span, counts: counts, root: root)
          #expect(memory == mine, "\(Element.self)")

          memory = world.rank == root ? all : Element.samples(counts[world.rank], from: 80)
          try world.scatter(inPlace: &memory, root: root, counts: counts)
          #expect(memory == (world.rank == root ? all : mine), "\(Element.self)")
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func partsOfDifferentLengths() throws {
      let parts = RankPartitioned((0..<world.size).map { Double.samples(($0 * 5 + 3) % 4, from: $0) })
      for root in 0..<world.size {
        let mine = try world.scatter(atRoot(root, parts), root: root)
        #expect(mine == Array(parts[world.rank]))
      }
    }

    @Test func partsThatAreAllEmpty() throws {
      let parts = RankPartitioned([[Int]](repeating: [], count: world.size))
      #expect(try world.scatter(atRoot(0, parts)).isEmpty)
    }

    @Test func noElements() throws {
      #expect(try world.scatter(atRoot(0, [Int]())).isEmpty)
      let none = [Int](repeating: 0, count: world.size)
      #expect(try world.scatter(atRoot(0, [Padded]()), counts: none).isEmpty)
      var memory: [Padded] = []
      var span = memory.mutableSpan
      try world.scatter([Padded]().span, into: &span)
      try world.scatter(inPlace: &memory)
      #expect(memory.isEmpty)
    }

    @Test func whatOtherRanksGiveIsNotLookedAt() throws {
      let all = [Int](repeating: world.rank, count: world.size + world.rank)
      #expect(try world.scatter(all, root: 0) == [0])
      let each = [Int](repeating: world.rank, count: world.rank == world.last ? world.size : 1)
      #expect(try world.scatter(each: each, root: world.last) == world.last)
    }

    @Test func largeArray() throws {
      let count = (1 << 19) + 1
      let all = Double.samples(count)
      let mine = try world.scatter(atRoot(world.last, all), root: world.last)
      #expect(mine == Array(all[world.block(of: count)]))
    }

    @Test func objects() throws {
      for root in 0..<world.size {
        let documents = atRoot(root, (0..<world.size).map(Document.sample))
        #expect(try world.scatter(object: documents, root: root) == Document.sample(world.rank))
      }
    }

    // MARK: Wrong arguments

    @Test(arguments: [-1, 1_000]) func rootOutOfRange(root: Int) throws {
      let parts = RankPartitioned([[Int]](repeating: [1], count: world.size))
      var memory = [Int](repeating: 1, count: world.size)
      let all = memory
      try expectRefusal(.root, "scatter", naming: "\(root)") { _ = try world.scatter(all, root: root) }
      try expectRefusal(.root, "scatter", naming: "\(root)") { _ = try world.scatter(each: all, root: root) }
      try expectRefusal(.root, "scatter", naming: "\(root)") { _ = try world.scatter(parts, root: root) }
      try expectRefusal(.root, "scatter", naming: "\(root)") { try world.scatter(inPlace: &memory, root: root) }
      try expectRefusal(.root, "scatter(object:)", naming: "\(root)") {
        _ = try world.scatter(object: ["x"], root: root)
      }
    }

    @Test func nilAtTheRoot() throws {
      let root = world.last
      try expectRefusal(.argument, "scatter", naming: "nil") { _ = try world.scatter([Int]?.none, root: root) }
      try expectRefusal(.argument, "scatter", naming: "nil") {
        _ = try world.scatter(RankPartitioned<Int>?.none, root: root)
      }
      try expectRefusal(.argument, "scatter", naming: "nil") {
        _ = try world.scatter(object: [String]?.none, root: root)
      }
      if world.rank == root {
        let counts = [Int](repeating: 1, count: world.size)
        expectError(.argument, "scatter", naming: "nil", on: world) {
          _ = try world.scatter(each: [Int]?.none, root: root)
        }
        expectError(.argument, "scatter", naming: "nil", on: world) {
          _ = try world.scatter([Int]?.none, root: root, counts: counts)
        }
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func wrongCounts() throws {
      let (size, all) = (world.size, [Int](repeating: 1, count: 2 * world.size))
      var negative = [Int](repeating: 2, count: size)
      negative[size - 1] = -2
      let (long, bad) = ([Int](repeating: 2, count: size + 1), negative)
      try expectRefusal(.count, "scatter", naming: "\(size + 1) entries", "\(size) ranks") {
        _ = try world.scatter(all, counts: long)
      }
      try expectRefusal(.count, "scatter", naming: "counts[\(size - 1)] is -2") {
        _ = try world.scatter(all, counts: bad)
      }
      var memory = [0, 0, 0]
      let counts = [Int](repeating: 2, count: size)
      try expectRefusal(.count, "scatter", naming: "3 elements", "must have 2") {
        var span = memory.mutableSpan
        try world.scatter(all.span, into: &span, counts: counts)
      }
    }

    @Test func wrongLengthsAtTheRoot() throws {
      let size = world.size
      if world.isRoot {
        var memory = [0, 0]
        expectError(.count, "scatter", naming: "\(size + 1) elements", "must have \(size)", on: world) {
          _ = try world.scatter(each: [Int](repeating: 1, count: size + 1))
        }
        expectError(.count, "scatter", naming: "1 elements", "must have \(2 * size)", on: world) {
          var span = memory.mutableSpan
          try world.scatter([1].span, into: &span)
        }
        expectError(.count, "scatter", naming: "1 elements", "must have \(2 * size)", on: world) {
          _ = try world.scatter([1], counts: [Int](repeating: 2, count: size))
        }
        if size > 1 {
          var odd = [Int](repeating: 0, count: size + 1)
          expectError(.count, "scatter", naming: "\(size + 1)", on: world) { try world.scatter(inPlace: &odd) }
        }
      }
      #expect(try world.allReduce(1, .sum) == size)
    }

    @Test func tooManyPartsOrObjects() throws {
      let parts = RankPartitioned([[Int]](repeating: [1], count: world.size + 1))
      try expectRefusal(.count, "scatter", naming: "\(world.size + 1)", "must have \(world.size)") {
        _ = try world.scatter(parts)
      }
      let objects = [String](repeating: "x", count: world.size + 1)
      try expectRefusal(.count, "scatter", naming: "\(world.size + 1)") { _ = try world.scatter(object: objects) }
    }
  }
}

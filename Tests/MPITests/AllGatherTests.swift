// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct AllGatherTests {
    let world = Communicator.world

    @Test func everyType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let values = try world.allGather(Element.sample(world.rank + 5))
        #expect(values == Element.samples(world.size, from: 5), "\(Element.self)")

        let all = (0..<world.size).flatMap { Element.samples(4, from: 10 * $0) }
        let mine = Element.samples(4, from: 10 * world.rank)
        #expect(try world.allGather(mine).elements == all, "\(Element.self)")

        var memory = Element.samples(all.count, from: 90)
        var span = memory.mutableSpan
        try world.allGather(mine.span, into: &span)
        #expect(memory == all, "\(Element.self)")

        memory = Element.samples(all.count, from: 90)
        memory.replaceSubrange(4 * world.rank..<4 * world.rank + 4, with: mine)
        try world.allGather(inPlace: &memory)
        #expect(memory == all, "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func arraysOfDifferentLengths() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        for empty in [0, world.last] {
          let counts = (0..<world.size).map { $0 == empty ? 0 : 2 * $0 + 3 }
          let mine = Element.samples(counts[world.rank], from: world.rank)
          let all = RankPartitioned((0..<world.size).map { Element.samples(counts[$0], from: $0) })
          #expect(try world.allGather(mine) == all, "\(Element.self)")
          #expect(try world.allGather(mine, counts: counts) == all, "\(Element.self)")

          var memory = Element.samples(all.elements.count, from: 90)
          var span = memory.mutableSpan
          try world.allGather(mine.span, into: &span, counts: counts)
          #expect(memory == all.elements, "\(Element.self)")

          memory = Element.samples(all.elements.count, from: 90)
          memory.replaceSubrange(all.offsets[world.rank]..<all.offsets[world.rank + 1], with: mine)
          try world.allGather(inPlace: &memory, counts: counts)
          #expect(memory == all.elements, "\(Element.self)")
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func whatCameFromWhom() throws {
      let all = try world.allGather([Int](repeating: world.rank, count: world.rank))
      #expect(all.counts == Array(0..<world.size))
      for rank in 0..<world.size { #expect(all[rank].allSatisfy { $0 == rank }) }
    }

    @Test func noElements() throws {
      let none = try world.allGather([Padded]())
      #expect(none.elements.isEmpty && none.count == world.size)
      var memory: [Padded] = []
      var span = memory.mutableSpan
      try world.allGather([Padded]().span, into: &span)
      try world.allGather(inPlace: &memory)
      #expect(memory.isEmpty)
    }

    @Test func largeArrays() throws {
      let count = 1 << 19
      let all = try world.allGather(Double.samples(count + world.rank, from: world.rank))
      for rank in 0..<world.size { #expect(Array(all[rank]) == Double.samples(count + rank, from: rank)) }
    }

    @Test func objects() throws {
      #expect(try world.allGather(object: Document.sample(world.rank)) == (0..<world.size).map(Document.sample))
      #expect(try world.allGather(object: world.rank % 2 == 0 ? nil : "odd").count == world.size)
    }

    // MARK: Wrong arguments

    @Test func wrongCounts() throws {
      let size = world.size
      try expectRefusal(.count, "allGather", naming: "\(size - 1) entries", "\(size) ranks") {
        _ = try world.allGather([1], counts: [Int](repeating: 1, count: size - 1))
      }
      try expectRefusal(.count, "allGather", naming: "counts[\(size - 1)] is -1") {
        _ = try world.allGather([1], counts: [Int](repeating: 1, count: size - 1) + [-1])
      }
      try expectRefusal(.count, "allGather", naming: "1 elements", "must have 3") {
        _ = try world.allGather([1], counts: [Int](repeating: 3, count: size))
      }
    }

    @Test func wrongLengths() throws {
      let size = world.size
      var memory = [Int](repeating: 0, count: 2 * size + 1)
      try expectRefusal(.count, "allGather", naming: "\(2 * size + 1) elements", "must have \(2 * size)") {
        var span = memory.mutableSpan
        try world.allGather([1, 2].span, into: &span)
      }
      try expectRefusal(.count, "allGather", naming: "\(2 * size + 1) elements", "must have \(2 * size)") {
        var span = memory.mutableSpan
        try world.allGather([1, 2].span, into: &span, counts: [Int](repeating: 2, count: size))
      }
      try expectRefusal(.count, "allGather", naming: "\(2 * size + 1) elements", "must have \(2 * size)") {
        try world.allGather(inPlace: &memory, counts: [Int](repeating: 2, count: size))
      }
      if size > 1 {
        try expectRefusal(.count, "allGather", naming: "\(2 * size + 1) elements") {
          try world.allGather(inPlace: &memory)
        }
      }
    }
  }
}

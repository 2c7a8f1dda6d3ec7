// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct GatherTests {
    let world = Communicator.world

    @Test func everyTypeAtEveryRoot() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        for root in 0..<world.size {
          let isHere = world.rank == root
          let values = try world.gather(Element.sample(world.rank + root), root: root)
          #expect(values == (isHere ? Element.samples(world.size, from: root) : nil), "\(Element.self)")

          let all = (0..<world.size).flatMap { Element.samples(3, from: 10 * $0) }
          let mine = Element.samples(3, from: 10 * world.rank)
          #expect(try world.gather(mine, root: root)?.elements == (isHere ? all : nil), "\(Element.self)")

          var memory = isHere ? Element.samples(all.count, from: 90) : []
          var span = memory.mutableSpan
          try world.gather(mine.span, into: &span, root: root)
          #expect(memory == (isHere ? all : []), "\(Element.self)")

          memory = mine
          if isHere {
            memory = Element.samples(all.count, from: 90)
            memory.replaceSubrange(3 * world.rank..<3 * world.rank + 3, with: mine)
          }
          try world.gather(inPlace: &memory, root: root)
          #expect(memory == (isHere ? all : mine), "\(Element.self)")
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func arraysOfDifferentLengths() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        // Rank 0 has none.
        let counts = (0..<world.size).map { 3 * $0 }
        let mine = Element.samples(counts[world.rank], from: world.rank)
        let all = RankPartitioned((0..<world.size).map { Element.samples(counts[$0], from: $0) })
        for root in [0, world.last] {
          let isHere = world.rank == root
          #expect(try world.gather(mine, root: root) == (isHere ? all : nil), "\(Element.self)")
          #expect(try world.gather(mine, root: root, counts: counts) == (isHere ? all : nil), "\(Element.self)")

          var memory = isHere ? Element.samples(all.elements.count, from: 90) : []
          var span = memory.mutableSpan
          try world.gather(mine.span, into: &span, counts: counts, root: root)
          #expect(memory == (isHere ? all.elements : []), "\(Element.self)")

          memory = mine
          if isHere {
            memory = Element.samples(all.elements.count, from: 90)
            memory.replaceSubrange(all.offsets[world.rank]..<all.offsets[world.rank + 1], with: mine)
          }
          try world.gather(inPlace: &memory, root: root, counts: counts)
          #expect(memory == (isHere ? all.elements : mine), "\(Element.self)")
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func whatCameFromWhom() throws {
      let gathered = try world.gather([Int](repeating: world.rank, count: world.rank + 1))
      guard world.isRoot else {
        #expect(gathered == nil)
        return
      }
      let all = try #require(gathered)
      #expect(all.count == world.size)
      for rank in 0..<world.size { #expect(Array(all[rank]) == [Int](repeating: rank, count: rank + 1)) }
    }

    @Test func noElements() throws {
      let none = try world.gather([Padded](), root: world.last)
      #expect(none?.elements.isEmpty == (world.rank == world.last ? true : nil))
      #expect(none?.counts == (world.rank == world.last ? [Int](repeating: 0, count: world.size) : nil))
      var memory: [Padded] = []
      var span = memory.mutableSpan
      try world.gather([Padded]().span, into: &span)
      try world.gather(inPlace: &memory)
      #expect(memory.isEmpty)
    }

    @Test func memoryElsewhereIsNotLookedAt() throws {
      var memory = world.isRoot ? [Int](repeating: -1, count: world.size) : [5, 5, 5]
      var span = memory.mutableSpan
      try world.gather([world.rank].span, into: &span)
      #expect(memory == (world.isRoot ? Array(0..<world.size) : [5, 5, 5]))
    }

    @Test func largeArrays() throws {
      let count = 1 << 19
      let all = try world.gather(Double.samples(count + world.rank, from: world.rank), root: world.last)
      guard let all else { return }
      for rank in 0..<world.size { #expect(Array(all[rank]) == Double.samples(count + rank, from: rank)) }
    }

    @Test func objects() throws {
      for root in 0..<world.size {
        let all = try world.gather(object: Document.sample(world.rank), root: root)
        #expect(all == (world.rank == root ? (0..<world.size).map(Document.sample) : nil))
      }
    }

    // MARK: Wrong arguments

    @Test(arguments: [-1, 1_000]) func rootOutOfRange(root: Int) throws {
      var memory = [1]
      try expectRefusal(.root, "gather", naming: "\(root)") { _ = try world.gather(1, root: root) }
      try expectRefusal(.root, "gather", naming: "\(root)") { _ = try world.gather([1], root: root) }
      try expectRefusal(.root, "gather", naming: "\(root)") { try world.gather(inPlace: &memory, root: root) }
      try expectRefusal(.root, "gather", naming: "\(root)") { _ = try world.gather(object: "x", root: root) }
    }

    @Test func wrongCounts() throws {
      let size = world.size
      try expectRefusal(.count, "gather", naming: "\(size + 2) entries", "\(size) ranks") {
        _ = try world.gather([1], counts: [Int](repeating: 1, count: size + 2))
      }
      try expectRefusal(.count, "gather", naming: "counts[0] is -7") {
        _ = try world.gather([1], counts: [-7] + [Int](repeating: 1, count: size - 1))
      }
      try expectRefusal(.count, "gather", naming: "1 elements", "must have 4") {
        _ = try world.gather([1], counts: [Int](repeating: 4, count: size))
      }
      var memory = [1, 2]
      try expectRefusal(.count, "gather", naming: "0 entries") { try world.gather(inPlace: &memory, counts: []) }
    }

    @Test func wrongLengthsAtTheRoot() throws {
      let size = world.size
      if world.isRoot {
        var memory = [Int](repeating: 0, count: 2 * size + 1)
        expectError(.count, "gather", naming: "\(2 * size + 1) elements", "must have \(2 * size)", on: world) {
          var span = memory.mutableSpan
          try world.gather([1, 2].span, into: &span)
        }
        expectError(.count, "gather", naming: "\(2 * size + 1) elements", "must have \(2 * size)", on: world) {
          var span = memory.mutableSpan
          try world.gather([1, 2].span, into: &span, counts: [Int](repeating: 2, count: size))
        }
        if size > 1 {
          expectError(.count, "gather", naming: "\(2 * size + 1)", on: world) { try world.gather(inPlace: &memory) }
        }
      }
      #expect(try world.allReduce(1, .sum) == size)
    }
  }
}

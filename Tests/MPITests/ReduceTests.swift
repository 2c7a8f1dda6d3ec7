// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct ReduceTests {
    let world = Communicator.world
    var ranksSummed: Int { world.size * (world.size - 1) / 2 }

    @Test func valueAtEveryRoot() throws {
      for root in 0..<world.size {
        let sum = try world.reduce(world.rank + root, .sum, root: root)
        #expect(sum == (world.rank == root ? ranksSummed + world.size * root : nil))
      }
      #expect(try world.reduce(1, .sum) == (world.isRoot ? world.size : nil))
    }

    @Test func arrayAtEveryRoot() throws {
      let mine = (0..<9).map { $0 + world.rank }
      for root in 0..<world.size {
        let sum = try world.reduce(mine, .sum, root: root)
        #expect(sum == (world.rank == root ? (0..<9).map { world.size * $0 + ranksSummed } : nil))
        #expect(try world.reduce(mine, .sum, root: root, checkingCounts: false) == sum)
      }
    }

    @Test func spanAtTheRoot() throws {
      let mine = [Float](repeating: 2, count: 10)
      let isHere = world.rank == world.last
      // Elsewhere the memory is not used, and may have any length.
      var memory = [Float](repeating: -1, count: isHere ? 10 : 3)
      var span = memory.mutableSpan
      try world.reduce(mine.span, into: &span, .sum, root: world.last)
      #expect(memory == (isHere ? [Float](repeating: Float(2 * world.size), count: 10) : [-1, -1, -1]))
    }

    @Test func inPlaceAtTheRoot() throws {
      for root in 0..<world.size {
        let isHere = world.rank == root
        var memory = (0..<8).map { $0 + world.rank }
        try world.reduce(inPlace: &memory, .max, root: root)
        #expect(memory == (0..<8).map { $0 + (isHere ? world.last : world.rank) })
        var span = memory.mutableSpan
        try world.reduce(inPlace: &span, .min, root: root)
        let least = world.size == 1 ? 0 : isHere ? (root == 0 ? 1 : 0) : world.rank
        #expect(memory == (0..<8).map { $0 + least })
      }
    }

    @Test func closureOverEveryType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let right = ReduceOperation<Element>.custom(isCommutative: false) { $1 }
        let mine = Element.samples(12, from: world.rank)
        let expected = Element.samples(12, from: world.last)
        for root in [0, world.last] {
          let isHere = world.rank == root
          let value = try world.reduce(Element.sample(world.rank), right, root: root)
          #expect(value == (isHere ? Element?.some(.sample(world.last)) : nil), "\(Element.self)")
          #expect(try world.reduce(mine, right, root: root) == (isHere ? expected : nil), "\(Element.self)")
          var memory = mine
          try world.reduce(inPlace: &memory, right, root: root)
          #expect(memory == (isHere ? expected : mine), "\(Element.self)")
          memory = Element.samples(12, from: 50)
          var span = memory.mutableSpan
          try world.reduce(mine.span, into: &span, right, root: root)
          #expect(memory == (isHere ? expected : Element.samples(12, from: 50)), "\(Element.self)")
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func noElements() throws {
      #expect(try world.reduce([Int](), .sum, root: world.last) == (world.rank == world.last ? [] : nil))
      #expect(try world.reduce([Padded](), .custom { $1 })?.isEmpty == (world.isRoot ? true : nil))
      var memory: [Double] = []
      try world.reduce(inPlace: &memory, .sum, root: world.last)
      var span = memory.mutableSpan
      try world.reduce([Double]().span, into: &span, .sum)
      #expect(memory.isEmpty)
    }

    @Test func largeArray() throws {
      let mine = [Double](repeating: Double(world.rank), count: 1 << 19)
      let expected = [Double](repeating: Double(ranksSummed), count: 1 << 19)
      let isHere = world.rank == world.last
      #expect(try world.reduce(mine, .sum, root: world.last) == (isHere ? expected : nil))
      let ordered = ReduceOperation<Double>.custom(isCommutative: false) { $0 + $1 }
      #expect(try world.reduce(mine, ordered, root: world.last) == (isHere ? expected : nil))
      var memory = mine
      try world.reduce(inPlace: &memory, ordered, root: world.last)
      #expect(memory == (isHere ? expected : mine))
    }

    // MARK: Wrong arguments

    @Test(arguments: [-1, 1_000]) func rootOutOfRange(root: Int) throws {
      var memory = [1]
      let range = "0 to \(world.size - 1)"
      try expectRefusal(.root, "reduce", naming: "\(root)", range) { _ = try world.reduce(1, .sum, root: root) }
      try expectRefusal(.root, "reduce", naming: "\(root)") { _ = try world.reduce([1], .sum, root: root) }
      try expectRefusal(.root, "reduce", naming: "\(root)") { try world.reduce(inPlace: &memory, .sum, root: root) }
      try expectRefusal(.root, "reduce", naming: "\(root)") {
        var span = memory.mutableSpan
        try world.reduce([1].span, into: &span, .sum, root: root)
      }
    }

    @Test func differentCountsThrowOnEveryRank() throws {
      guard world.size > 1 else { return }
      try expectRefusal(.count, "reduce", naming: "least is 1", "most \(world.size)", "gives \(world.rank + 1)") {
        _ = try world.reduce([Int](repeating: 1, count: world.rank + 1), .sum, root: world.last)
      }
    }

    @Test func memoryOfAnotherLengthAtTheRoot() throws {
      if world.isRoot {
        var memory = [0, 0]
        expectError(.count, "reduce", naming: "2 elements", "must have 3", on: world) {
          var span = memory.mutableSpan
          try world.reduce([1, 2, 3].span, into: &span, .sum)
        }
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct ReduceScatterTests {
    let world = Communicator.world
    var ranksSummed: Int { world.size * (world.size - 1) / 2 }
    /// The sum over the ranks of `index + rank`.
    func sum(_ index: Int) -> Int { index * world.size + ranksSummed }

    @Test func blocksAsEvenAsCanBe() throws {
      for count in [0, 1, world.size - 1, world.size, 2 * world.size + 1, 23] {
        let mine = (0..<count).map { $0 + world.rank }
        let expected = world.block(of: count).map(sum)
        #expect(try world.reduceScatter(mine, .sum) == expected, "\(count) elements")
        #expect(try world.reduceScatter(mine, .sum, checkingCounts: false) == expected, "\(count) elements")
        var memory = mine
        try world.reduceScatter(inPlace: &memory, .sum)
        #expect(Array(memory.prefix(expected.count)) == expected, "\(count) elements in place")
      }
    }

    @Test func unevenCounts() throws {
      // Rank 0 gets none.
      let counts = (0..<world.size).map { 2 * $0 }
      let start = counts[..<world.rank].reduce(0, +)
      let mine = (0..<counts.reduce(0, +)).map { $0 + world.rank }
      let expected = (start..<start + counts[world.rank]).map(sum)
      #expect(try world.reduceScatter(mine, .sum, counts: counts) == expected)
      var memory = [Int](repeating: -1, count: counts[world.rank])
      var span = memory.mutableSpan
      try world.reduceScatter(mine.span, into: &span, .sum, counts: counts)
      #expect(memory == expected)
      memory = mine
      try world.reduceScatter(inPlace: &memory, .sum, counts: counts)
      #expect(Array(memory.prefix(expected.count)) == expected)
      memory = mine
      span = memory.mutableSpan
      try world.reduceScatter(inPlace: &span, .max, counts: counts)
      #expect(Array(memory.prefix(expected.count)) == (start..<start + counts[world.rank]).map { $0 + world.last })
    }

    @Test func spansOfEqualBlocks() throws {
      let mine = (0..<4 * world.size).map { $0 + world.rank }
      var memory = [Int](repeating: 0, count: 4)
      var span = memory.mutableSpan
      try world.reduceScatter(mine.span, into: &span, .sum)
      #expect(memory == (4 * world.rank..<4 * world.rank + 4).map(sum))
    }

    @Test func oneElementForEachRank() throws {
      let value = try world.reduceScatter(each: (0..<world.size).map { $0 * world.rank }, .sum)
      #expect(value == world.rank * ranksSummed)
    }

    @Test func closureOverEveryType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let right = ReduceOperation<Element>.custom(isCommutative: false) { $1 }
        let mine = Element.samples(3 * world.size, from: world.rank)
        let expected = Element.samples(3, from: world.last + 3 * world.rank)
        #expect(try world.reduceScatter(mine, right) == expected, "\(Element.self)")
        var memory = Element.samples(3, from: 60)
        var span = memory.mutableSpan
        try world.reduceScatter(mine.span, into: &span, right)
        #expect(memory == expected, "\(Element.self)")
        memory = mine
        try world.reduceScatter(inPlace: &memory, right)
        #expect(Array(memory.prefix(3)) == expected, "\(Element.self)")
        let one = try world.reduceScatter(each: Element.samples(world.size, from: world.rank), right)
        #expect(one == .sample(world.last + world.rank), "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func productsOfMatricesInRankOrder() throws {
      let mine = (0..<2 * world.size + 1).map { Matrix.sample(world.rank + 3 * $0) }
      let product = ReduceOperation<Matrix>.custom(isCommutative: false) { $0 * $1 }
      let expected = world.block(of: mine.count).map { index in
        Matrix.product((0..<world.size).map { $0 + 3 * index })
      }
      #expect(try world.reduceScatter(mine, product) == expected)
      var memory = mine
      try world.reduceScatter(inPlace: &memory, product)
      #expect(Array(memory.prefix(expected.count)) == expected)
    }

    @Test func noElements() throws {
      #expect(try world.reduceScatter([Int](), .sum).isEmpty)
      var memory: [Double] = []
      try world.reduceScatter(inPlace: &memory, .sum)
      var span = memory.mutableSpan
      try world.reduceScatter([Double]().span, into: &span, .sum)
      #expect(memory.isEmpty)
    }

    @Test func largeArray() throws {
      let count = (1 << 19) + 3
      let mine = (0..<count).map { $0 + world.rank }
      #expect(try world.reduceScatter(mine, .sum) == world.block(of: count).map(sum))
    }

    // MARK: Wrong arguments

    @Test func differentCountsThrowOnEveryRank() throws {
      guard world.size > 1 else { return }
      try expectRefusal(.count, "reduceScatter", naming: "least is 2", "most \(world.size + 1)") {
        _ = try world.reduceScatter([Int](repeating: 1, count: world.rank + 2), .sum)
      }
    }

    @Test func wrongCounts() throws {
      let size = world.size
      try expectRefusal(.count, "reduceScatter", naming: "\(size + 1) entries") {
        _ = try world.reduceScatter([1], .sum, counts: [Int](repeating: 1, count: size + 1))
      }
      try expectRefusal(.count, "reduceScatter", naming: "counts[0] is -1") {
        _ = try world.reduceScatter([1], .sum, counts: [-1] + [Int](repeating: 1, count: size - 1))
      }
      try expectRefusal(.count, "reduceScatter", naming: "1 elements", "must have \(2 * size)") {
        _ = try world.reduceScatter([1], .sum, counts: [Int](repeating: 2, count: size))
      }
    }

    @Test func wrongLengths() throws {
      let size = world.size
      var memory = [0, 0]
      try expectRefusal(.count, "reduceScatter", naming: "1 elements", "must have \(2 * size)") {
        var span = memory.mutableSpan
        try world.reduceScatter([1].span, into: &span, .sum)
      }
      try expectRefusal(.count, "reduceScatter", naming: "\(size + 1) elements", "must have \(size)") {
        _ = try world.reduceScatter(each: [Int](repeating: 1, count: size + 1), .sum)
      }
      try expectRefusal(.count, "reduceScatter", naming: "2 elements", "must have 3") {
        var span = memory.mutableSpan
        try world.reduceScatter([1].span, into: &span, .sum, counts: [Int](repeating: 3, count: size))
      }
    }
  }
}

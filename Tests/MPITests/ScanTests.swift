// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct ScanTests {
    let world = Communicator.world
    /// The ranks that the result is of.
    var ranks: Range<Int> { 0..<world.rank + 1 }

    @Test func value() throws {
      #expect(try world.scan(world.rank + 1, .sum) == ranks.reduce(0) { $0 + $1 + 1 })
    }

    @Test func array() throws {
      let mine = (0..<14).map { $0 * world.rank + 1 }
      let expected = (0..<14).map { index in ranks.reduce(0) { $0 + $1 * index + 1 } }
      let result = try world.scan(mine, .sum)
      #expect(result == expected)
      #expect(try world.scan(mine, .sum, checkingCounts: false) == result)
    }

    @Test func span() throws {
      let mine = [Double](repeating: 2, count: 10)
      var memory = [Double](repeating: -1, count: 10)
      var span = memory.mutableSpan
      try world.scan(mine.span, into: &span, .sum)
      let expected = [Double](repeating: Double(2 * ranks.count), count: 10)
      #expect(memory == expected)
    }

    @Test func inPlace() throws {
      let mine = (0..<9).map { 10 * $0 + world.rank }
      var memory = mine
      try world.scan(inPlace: &memory, .sum)
      let expected = (0..<9).map { index in ranks.reduce(0) { $0 + 10 * index + $1 } }
      #expect(memory == expected)
      memory = mine
      var span = memory.mutableSpan
      try world.scan(inPlace: &span, .max)
      #expect(memory == (0..<9).map { 10 * $0 + world.rank })
    }

    @Test func closureOverEveryType() throws {
      // The right one of two: what the highest of the ranks gave.
      func check<Element: Sample>(_: Element.Type) throws {
        let right = ReduceOperation<Element>.custom(isCommutative: false) { $1 }
        let mine = Element.samples(8, from: world.rank)
        let expected = Element.samples(8, from: max(world.rank, 0))
        let value = try world.scan(mine[0], right)
        #expect(value == expected[0], "\(Element.self)")
        #expect(try world.scan(mine, right) == expected, "\(Element.self)")
        var memory = mine
        try world.scan(inPlace: &memory, right)
        #expect(memory == expected, "\(Element.self)")
        memory = mine
        var span = memory.mutableSpan
        try world.scan(mine.span, into: &span, right)
        #expect(memory == expected, "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func productOfMatricesInRankOrder() throws {
      let product = ReduceOperation<Matrix>.custom(isCommutative: false) { $0 * $1 }
      #expect(try world.scan(Matrix.sample(world.rank), product) == Matrix.product(ranks))
      let mine = [Matrix](repeating: .sample(world.rank), count: 7)
      var memory = mine
      try world.scan(inPlace: &memory, product)
      #expect(memory == [Matrix](repeating: Matrix.product(ranks), count: 7))
    }

    @Test func noElements() throws {
      #expect(try world.scan([Int](), .sum) == [])
      var memory: [Double] = []
      try world.scan(inPlace: &memory, .sum)
      var span = memory.mutableSpan
      try world.scan([Double]().span, into: &span, .sum)
      #expect(memory.isEmpty)
    }

    @Test func largeArray() throws {
      let mine = [Double](repeating: 1, count: 1 << 19)
      let expected = [Double](repeating: Double(ranks.count), count: 1 << 19)
      #expect(try world.scan(mine, .sum) == expected)
      #expect(try world.scan(mine, .custom { $0 + $1 }) == expected)
    }

    // MARK: Wrong arguments

    @Test func differentCountsThrowOnEveryRank() throws {
      guard world.size > 1 else { return }
      try expectRefusal(.count, "scan", naming: "least is 1", "most \(world.size)") {
        _ = try world.scan([Int](repeating: 1, count: world.rank + 1), .sum)
      }
    }

    @Test func memoryOfAnotherLength() throws {
      var memory = [0, 0]
      try expectRefusal(.count, "scan", naming: "2 elements", "must have 3") {
        var span = memory.mutableSpan
        try world.scan([1, 2, 3].span, into: &span, .sum)
      }
    }
  }
}

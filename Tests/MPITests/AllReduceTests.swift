// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct AllReduceTests {
    let world = Communicator.world
    var ranksSummed: Int { world.size * (world.size - 1) / 2 }

    @Test func value() throws {
      #expect(try world.allReduce(world.rank, .sum) == ranksSummed)
      #expect(try world.allReduce(Double(world.rank), .max) == Double(world.last))
    }

    @Test func arrayElementByElement() throws {
      let mine = (0..<20).map { $0 * (world.rank + 1) }
      let sum = try world.allReduce(mine, .sum)
      #expect(sum == (0..<20).map { $0 * (ranksSummed + world.size) })
      #expect(try world.allReduce(mine, .sum, checkingCounts: false) == sum)
    }

    @Test func span() throws {
      let mine = Int32.samples(11, from: world.rank)
      var memory = [Int32](repeating: 0, count: 11)
      var span = memory.mutableSpan
      try world.allReduce(mine.span, into: &span, .sum)
      let expected = (0..<11).map { index in (0..<world.size).reduce(Int32(0)) { $0 &+ .sample($1 + index) } }
      #expect(memory == expected)
      #expect(mine == Int32.samples(11, from: world.rank))
    }

    @Test func inPlace() throws {
      var memory = [Double](repeating: Double(world.rank), count: 13)
      try world.allReduce(inPlace: &memory, .max)
      #expect(memory == [Double](repeating: Double(world.last), count: 13))
      var span = memory.mutableSpan
      try world.allReduce(inPlace: &span, .sum)
      #expect(memory == [Double](repeating: Double(world.last * world.size), count: 13))
    }

    @Test func closureOverEveryType() throws {
      // The right one of two: what the last rank gave.
      func check<Element: Sample>(_: Element.Type) throws {
        let right = ReduceOperation<Element>.custom(isCommutative: false) { $1 }
        #expect(try world.allReduce(Element.sample(world.rank), right) == .sample(world.last), "\(Element.self)")
        let mine = Element.samples(12, from: world.rank)
        let expected = Element.samples(12, from: world.last)
        #expect(try world.allReduce(mine, right) == expected, "\(Element.self)")
        var memory = mine
        try world.allReduce(inPlace: &memory, right)
        #expect(memory == expected, "\(Element.self)")
        memory = mine
        var span = memory.mutableSpan
        try world.allReduce(mine.span, into: &span, right)
        #expect(memory == expected, "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func noElements() throws {
      #expect(try world.allReduce([Int](), .sum).isEmpty)
      #expect(try world.allReduce([Padded](), .custom { $1 }).isEmpty)
      var memory: [Double] = []
      try world.allReduce(inPlace: &memory, .sum)
      var span = memory.mutableSpan
      try world.allReduce([Double]().span, into: &span, .sum)
      #expect(memory.isEmpty)
    }

    @Test func largeArray() throws {
      let mine = [Double](repeating: Double(world.rank), count: 1 << 19)
      let sum = try world.allReduce(mine, .sum)
      #expect(sum == [Double](repeating: Double(ranksSummed), count: 1 << 19))
      let custom = try world.allReduce(mine, .custom { $0 + $1 })
      #expect(custom == sum)
      var memory = mine
      try world.allReduce(inPlace: &memory, .custom(isCommutative: false) { $0 + $1 })
      #expect(memory == sum)
    }

    @Test func onThisProcessAlone() throws {
      #expect(try Communicator.itself.allReduce([world.rank], .sum) == [world.rank])
    }

    // MARK: Wrong arguments

    @Test func differentCountsThrowOnEveryRank() throws {
      guard world.size > 1 else { return }
      let error = expectError(
        .count, "allReduce", naming: "least is 1", "most \(world.size)", "gives \(world.rank + 1)", on: world
      ) {
        _ = try world.allReduce([Int](repeating: 1, count: world.rank + 1), .sum)
      }
      #expect(error?.code == 0)
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func oneRankWithMoreThrowsOnEveryRank() throws {
      guard world.size > 1 else { return }
      try expectRefusal(.count, "allReduce", naming: "least is 2", "most 3") {
        _ = try world.allReduce([Int](repeating: 1, count: world.rank == world.last ? 3 : 2), .sum)
      }
      try expectRefusal(.count, "allReduce", naming: "least is 0", "most 2") {
        _ = try world.allReduce([Int](repeating: 1, count: world.isRoot ? 0 : 2), .sum)
      }
    }

    @Test func memoryOfAnotherLength() throws {
      var memory = [0, 0]
      try expectRefusal(.count, "allReduce", naming: "2 elements", "must have 3") {
        var span = memory.mutableSpan
        try world.allReduce([1, 2, 3].span, into: &span, .sum)
      }
    }
  }
}

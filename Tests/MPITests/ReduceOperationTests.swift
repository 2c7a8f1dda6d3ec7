// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// What each operation gives, compared with Swift's own over the ranks' values.
  @Suite struct ReduceOperationTests {
    let world = Communicator.world

    /// Reduces in every form, and compares with `combine` over what the ranks give.
    func check<Element: BitwiseCopyable & Equatable>(
      _ values: (Int) -> Element, _ operation: ReduceOperation<Element>, _ combine: (Element, Element) -> Element,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      func reduced(_ ranks: Range<Int>, _ offset: Int = 0) -> Element {
        ranks.dropFirst().reduce(values(offset + ranks.lowerBound)) { combine($0, values(offset + $1)) }
      }
      let all = 0..<world.size
      let value = try world.allReduce(values(world.rank), operation)
      #expect(value == reduced(all), "\(Element.self)", sourceLocation: sourceLocation)
      let array = try world.allReduce((0..<7).map { values(world.rank + $0) }, operation)
      #expect(array == (0..<7).map { reduced(all, $0) }, "\(Element.self)", sourceLocation: sourceLocation)
      let atRoot = try world.reduce(values(world.rank), operation, root: world.last)
      #expect(atRoot == (world.rank == world.last ? value : nil), "\(Element.self)", sourceLocation: sourceLocation)
      let prefix = try world.scan(values(world.rank), operation)
      #expect(prefix == reduced(0..<world.rank + 1), "\(Element.self)", sourceLocation: sourceLocation)
      let below = try world.exclusiveScan(values(world.rank), operation)
      #expect(
        below == (world.rank == 0 ? nil : reduced(0..<world.rank)), "\(Element.self)", sourceLocation: sourceLocation)
      let block = try world.reduceScatter((0..<world.size).map { values(world.rank + $0) }, operation)
      #expect(block == [reduced(all, world.rank)], "\(Element.self)", sourceLocation: sourceLocation)
    }

    @Test func everyOperationOfEveryInteger() throws {
      func check<Element: Sample & FixedWidthInteger>(_: Element.Type) throws {
        let values = { (seed: Int) in Element.sample(seed) }
        // The samples are large: sums and products overflow, and wrap around.
        try self.check(values, .sum) { $0 &+ $1 }
        try self.check(values, .product) { $0 &* $1 }
        try self.check(values, .min, min)
        try self.check(values, .max, max)
        try self.check(values, .bitwiseAnd) { $0 & $1 }
        try self.check(values, .bitwiseOr) { $0 | $1 }
        try self.check(values, .bitwiseXor) { $0 ^ $1 }
        for period in 1...3 {
          let flags = { (seed: Int) in Element(seed % period == 0 ? 0 : seed % 5 + 2) }
          let all = { (left: Element, right: Element) -> Element in left != 0 && right != 0 ? 1 : 0 }
          guard world.size > 1 else { continue }
          try check(flags, .logicalAnd, all)
          try check(flags, .logicalOr) { $0 != 0 || $1 != 0 ? 1 : 0 }
          try check(flags, .logicalXor) { ($0 != 0) != ($1 != 0) ? 1 : 0 }
        }
      }
      /// As `self.check`, of all ranks alone: of one value MPI makes no 1 or 0.
      func check<Element: Sample & FixedWidthInteger>(
        _ values: (Int) -> Element, _ operation: ReduceOperation<Element>, _ combine: (Element, Element) -> Element
      ) throws {
        let expected = (1..<world.size).reduce(values(0)) { combine($0, values($1)) }
        #expect(try world.allReduce(values(world.rank), operation) == expected, "\(Element.self)")
      }
      try check(Int.self)
      try check(Int8.self)
      try check(Int16.self)
      try check(Int32.self)
      try check(Int64.self)
      try check(Int128.self)
      try check(UInt.self)
      try check(UInt8.self)
      try check(UInt16.self)
      try check(UInt32.self)
      try check(UInt64.self)
      try check(UInt128.self)
    }

    @Test func integersWrapAround() throws {
      func check<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) throws {
        let sum = try world.allReduce(world.isRoot ? Element.max : 1, .sum)
        #expect(sum == Element.max &+ Element(world.size - 1), "\(Element.self)")
      }
      try check(Int.self)
      try check(Int8.self)
      try check(Int128.self)
      try check(UInt8.self)
      try check(UInt64.self)
      try check(UInt128.self)
    }

    @Test func everyOperationOfFloatingPointNumbers() throws {
      func check<Element: BinaryFloatingPoint & BitwiseCopyable>(_: Element.Type) throws {
        // Small whole numbers and halves: exact in any order.
        let values = { (seed: Int) in Element(seed) + 0.5 }
        try self.check(values, .sum, +)
        try self.check({ Element($0 % 4 + 1) }, .product, *)
        try self.check(values, .min, min)
        try self.check({ -values($0) }, .max, max)
      }
      try check(Double.self)
      try check(Float.self)
      #if arch(x86_64)
        try check(Float80.self)
      #endif
    }

    @Test func truthValues() throws {
      for period in 1...3 {
        let values = { (seed: Int) in seed % period == 0 }
        try check(values, .logicalAnd) { $0 && $1 }
        try check(values, .logicalOr) { $0 || $1 }
        try check(values, .logicalXor) { $0 != $1 }
      }
    }

    @Test func vectorsOfFloatingPointNumbers() throws {
      let values = { (seed: Int) in SIMD3(Double(seed), 1 - Double(seed), 2) }
      try check(values, .sum, +)
      try check(values, .product, *)
      try check(values, .min, pointwiseMin)
      try check(values, .max, pointwiseMax)
      try check({ SIMD8<Float>(repeating: Float($0)) }, .sum, +)
    }

    @Test func vectorsOfIntegers() throws {
      let values = { (seed: Int) in SIMD4<Int32>(Int32.max, Int32(seed), -3, Int32.sample(seed)) }
      try check(values, .sum, &+)
      try check(values, .product, &*)
      try check(values, .min, pointwiseMin)
      try check(values, .max, pointwiseMax)
      try check(values, .bitwiseAnd, &)
      try check(values, .bitwiseOr, |)
      try check(values, .bitwiseXor, ^)
      try check({ SIMD2<UInt8>(UInt8($0), 200) }, .sum, &+)
    }

    @Test func complexNumbersBySum() throws {
      try check({ Complex(real: Double($0), imaginary: 1) }, .sum, +)
      try check({ Duration.seconds($0) }, .sum, +)
    }

    @Test func comparableStructs() throws {
      struct Version: Comparable {
        var (major, minor): (Int32, Int8)
        static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
        static func == (left: Self, right: Self) -> Bool { (left.major, left.minor) == (right.major, right.minor) }
        init(_ seed: Int) { (major, minor) = (Int32(seed % 2), Int8(seed)) }
      }
      try check({ Version($0) }, .min, min)
      try check({ Version($0) }, .max, max)
    }

    // MARK: Closures

    @Test func capturesThatChange() throws {
      for k in [100, 200, 300] {
        let sum = try world.allReduce(1, .custom { $0 + $1 + k })
        #expect(sum == world.size + (world.size - 1) * k)
      }
    }

    @Test func matricesInRankOrder() throws {
      try check({ Matrix.sample($0) }, .custom(isCommutative: false) { $0 * $1 }, *)
      let all = try world.allReduce(Matrix.sample(world.rank), .custom(isCommutative: false) { $0 * $1 })
      #expect(all == .product(0..<world.size))
    }

    @Test func structsOfDifferentMembers() throws {
      struct Summary: Equatable {
        var count: Int
        var largest: Double
        var first: Int16
      }
      let merged = try world.allReduce(
        [Summary(count: 1, largest: Double(world.rank), first: Int16(world.rank + 3))],
        .custom(isCommutative: false) { left, right in
          Summary(count: left.count + right.count, largest: max(left.largest, right.largest), first: left.first)
        })
      #expect(merged == [Summary(count: world.size, largest: Double(world.last), first: 3)])
    }

    @Test func anOperationIsKeptAndReused() throws {
      let operation = ReduceOperation<Int>.custom { $0 + $1 + 7 }
      for round in 0..<200 {
        #expect(try world.allReduce(round, operation) == round * world.size + 7 * (world.size - 1))
      }
      let team = try world.duplicate()
      #expect(try team.scan([5], operation) == [5 * (world.rank + 1) + 7 * world.rank])
    }

    @Test func severalOperationsAtOnce() throws {
      let operations = (0..<10).map { k in
        ReduceOperation<Padded>.custom { left, right in
          Padded(weight: left.weight + right.weight, index: left.index + right.index + Int32(k))
        }
      }
      for (k, operation) in operations.enumerated().reversed() {
        let value = try world.allReduce(Padded(weight: 1, index: 0), operation)
        #expect(value == Padded(weight: Double(world.size), index: Int32(k * (world.size - 1))))
      }
    }

    @Test(.skipped(on: .waitsKeepTheCore, ranks: .moreThanCores)) func manyOperationsAreMadeAndDropped() throws {
      var total = 0
      for k in 0..<5_000 { total += try world.allReduce(1, .custom { $0 + $1 + k }) }
      #expect(total == 5_000 * world.size + (world.size - 1) * 5_000 * 4_999 / 2)
    }

    @Test func anOperationThatWasNeverUsed() {
      _ = ReduceOperation<Double>.custom { $0 * $1 }
    }

    @Test func aClosureMarkedCommutative() throws {
      let result = try world.allReduce(world.rank, .custom(isCommutative: true) { $0 ^ $1 })
      #expect(result == (0..<world.size).reduce(0, ^))
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct ReduceLocalTests {
    let world = Communicator.world

    @Test func arrays() throws {
      var totals = [10.0, 20, 30]
      try ReduceOperation.sum.reduceLocal([1, 2, 3], into: &totals)
      #expect(totals == [11, 22, 33])
      var least: [UInt8] = [1, 200, 3]
      try ReduceOperation.min.reduceLocal([2, 100, 255], into: &least)
      #expect(least == [1, 100, 3])
      var none: [Int] = []
      try ReduceOperation.sum.reduceLocal([], into: &none)
      #expect(none.isEmpty)
    }

    @Test func spans() throws {
      let left = Int.samples(1000)
      var right = Int.samples(1000, from: 7)
      let expected = zip(left, right).map { $0 ^ $1 }
      var span = right.mutableSpan
      try ReduceOperation.bitwiseXor.reduceLocal(left.span, into: &span)
      #expect(right == expected)
    }

    @Test func values() throws {
      #expect(try ReduceOperation.max.reduceLocal(3, 8) == 8)
      #expect(try ReduceOperation.logicalAnd.reduceLocal(true, false) == false)
    }

    @Test func closures() throws {
      let product = ReduceOperation<Matrix>.custom(isCommutative: false) { $0 * $1 }
      // The left one stays at the left.
      #expect(try product.reduceLocal(.sample(1), .sample(2)) == Matrix.product([1, 2]))
      var many = (0..<8).map { Matrix.sample($0) }
      try product.reduceLocal((0..<8).map { Matrix.sample($0 + 3) }, into: &many)
      #expect(many == (0..<8).map { Matrix.product([$0 + 3, $0]) })
      let sum = try ReduceOperation<Complex>.sum.reduceLocal(
        Complex(real: 1, imaginary: 2), Complex(real: 3, imaginary: 4))
      #expect(sum == Complex(real: 4, imaginary: 6))
    }

    @Test func commutativity() throws {
      #expect(try ReduceOperation<Int>.sum.isCommutative)
      #expect(try ReduceOperation<Int>.custom { $0 &+ $1 }.isCommutative)
      #expect(try !ReduceOperation<Int>.custom(isCommutative: false) { $0 &- $1 }.isCommutative)
    }

    @Test func differentLengths() throws {
      var totals = [1, 2]
      expectError(.count, "reduceLocal", naming: "3 elements", "2") {
        try ReduceOperation.sum.reduceLocal([1, 2, 3], into: &totals)
      }
      #expect(totals == [1, 2])
    }
  }
}

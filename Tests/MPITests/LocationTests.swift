// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct LocationTests {
    let world = Communicator.world

    @Test func valueAndItsRank() throws {
      let (least, owner) = try world.allReduceLocation(Double(7 * world.rank % 5), .min)
      #expect(least == 0 && owner == 0)
      let most = try world.allReduceLocation(world.rank == world.last ? 9.5 : 1, .max)
      #expect(most.value == 9.5 && most.rank == world.last)
    }

    @Test func everyComparableType() throws {
      func check<Value: Sample & Comparable>(_: Value.Type, _ low: Value, _ high: Value) throws {
        for winner in 0..<world.size {
          let most = try world.allReduceLocation(world.rank == winner ? high : low, .max)
          #expect(most.value == high && most.rank == winner, "\(Value.self)")
          let least = try world.allReduceLocation(world.rank == winner ? low : high, .min)
          #expect(least.value == low && least.rank == winner, "\(Value.self)")
          let atRoot = try world.reduceLocation(world.rank == winner ? low : high, .min, root: winner)
          #expect(atRoot?.value == (world.rank == winner ? low : nil), "\(Value.self)")
          #expect(atRoot?.rank == (world.rank == winner ? winner : nil), "\(Value.self)")
        }
      }
      func checkInteger<Value: Sample & FixedWidthInteger>(_: Value.Type) throws { try check(Value.self, .min, .max) }
      try checkInteger(Int.self)
      try checkInteger(Int8.self)
      try checkInteger(Int16.self)
      try checkInteger(Int32.self)
      try checkInteger(Int64.self)
      try checkInteger(Int128.self)
      try checkInteger(UInt.self)
      try checkInteger(UInt8.self)
      try checkInteger(UInt16.self)
      try checkInteger(UInt32.self)
      try checkInteger(UInt64.self)
      try checkInteger(UInt128.self)
      try check(Float.self, -.infinity, .greatestFiniteMagnitude)
      try check(Double.self, -1e300, 1e300)
    }

    @Test func ofEqualsTheLowestRankWins() throws {
      func check<Value: Sample & Comparable>(_ value: Value) throws {
        for operation in [LocationOperation.min, .max] {
          let found = try world.allReduceLocation(value, operation)
          #expect(found.value == value && found.rank == 0, "\(Value.self)")
          let atRoot = try world.reduceLocation([value, value], operation, root: world.last)
          #expect(atRoot?.map(\.rank) == (world.rank == world.last ? [0, 0] : nil), "\(Value.self)")
        }
      }
      try check(1.5)
      try check(Float(1.5))
      try check(7)
      try check(Int32(7))
      try check(UInt8(7))
      try check(Int128(7))
    }

    @Test func arraysElementByElement() throws {
      // Element i is largest on rank i % size.
      func check<Value: Sample & Comparable>(_ low: Value, _ high: Value) throws {
        let mine = (0..<13).map { $0 % world.size == world.rank ? high : low }
        let most = try world.allReduceLocation(mine, .max)
        #expect(most.map(\.value) == [Value](repeating: high, count: 13), "\(Value.self)")
        #expect(most.map(\.rank) == (0..<13).map { $0 % world.size }, "\(Value.self)")
        let unchecked = try world.allReduceLocation(mine, .max, checkingCounts: false)
        #expect(unchecked.map(\.rank) == most.map(\.rank), "\(Value.self)")
        let atRoot = try world.reduceLocation(mine, .max, root: world.last)
        #expect(atRoot?.map(\.rank) == (world.rank == world.last ? most.map(\.rank) : nil), "\(Value.self)")
      }
      try check(1.0, 2.0)
      try check(Float(-1), 2)
      try check(Int.min, .max)
      try check(UInt8(0), 255)
      try check(Int16(-5), 5)
    }

    @Test func noElements() throws {
      #expect(try world.allReduceLocation([Double](), .min).isEmpty)
      #expect(try world.reduceLocation([UInt8](), .max)?.isEmpty == (world.isRoot ? true : nil))
    }

    @Test func differentCountsThrowOnEveryRank() throws {
      guard world.size > 1 else { return }
      try expectRefusal(.count, "allReduceLocation", naming: "least is 0", "most \(world.last)") {
        _ = try world.allReduceLocation([Double](repeating: 1, count: world.rank), .min)
      }
      try expectRefusal(.count, "reduceLocation", naming: "least is 0") {
        _ = try world.reduceLocation([UInt8](repeating: 1, count: world.rank), .min)
      }
    }

    @Test(arguments: [-1, 1_000]) func rootOutOfRange(root: Int) throws {
      try expectRefusal(.root, "reduceLocation", naming: "\(root)") {
        _ = try world.reduceLocation([1], .min, root: root)
      }
    }
  }
}

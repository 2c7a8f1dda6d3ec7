// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// The largest and the smallest of floating-point numbers: NaN and the two zeros, the same on every rank.
  @Suite struct ExtremesTests {
    let world = Communicator.world

    /// Every result of the reductions over all ranks, of what each rank gives.
    private func everyWay<Value: BitwiseCopyable>(
      _ own: [Value], _ operation: ReduceOperation<Value>
    ) throws -> [(String, [Value])] {
      var ways: [(String, [Value])] = []
      ways.append(("allReduce", try world.allReduce(own, operation)))
      ways.append(("value", try own.map { try world.allReduce($0, operation) }))
      var memory = own
      try world.allReduce(inPlace: &memory, operation)
      ways.append(("in place", memory))
      ways.append(("nonblocking", try world.nonblocking.allReduce(own, operation).wait()))
      let reduced = try world.reduce(own, operation, root: world.last)
      ways.append(("reduce", try world.broadcast(reduced, root: world.last)))
      let scanned = try world.scan(own, operation)
      ways.append(("scan", try world.broadcast(world.rank == world.last ? scanned : nil, root: world.last)))
      // Each rank's block of it, all with the same elements.
      let block = try world.reduceScatter((0..<world.size).flatMap { _ in own }, operation)
      ways.append(("reduceScatter", block))
      return ways
    }

    private func checkNaN<Value: BitwiseCopyable & BinaryFloatingPoint>(_: Value.Type) throws {
      for place in 0..<world.size {
        let own = [world.rank == place ? Value.nan : Value(world.rank), Value(world.rank)]
        for (way, found) in try everyWay(own, .max) {
          #expect(found[0].isNaN && found[1] == Value(world.last), "max, \(way), \(Value.self)")
        }
        for (way, found) in try everyWay(own, .min) {
          #expect(found[0].isNaN && found[1] == 0, "min, \(way), \(Value.self)")
        }
      }
      let unusual: [Value] = [.signalingNaN, -.nan, .nan]
      for (way, found) in try everyWay([unusual[world.rank % 3]], .max) { #expect(found[0].isNaN, "\(way)") }
      let infinities: [Value] = [world.rank % 2 == 0 ? .infinity : -.infinity]
      for (way, found) in try everyWay(infinities, .max) {
        #expect(found[0] == Value.infinity, "\(way)")
      }
    }

    @Test func notANumber() throws {
      try checkNaN(Double.self)
      try checkNaN(Float.self)
      #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
        try checkNaN(Float16.self)
      #endif
    }

    @Test func bitsAreTheSameOnEveryRank() throws {
      let own = [world.isRoot ? Double(nan: 1, signaling: false) : 1, world.rank == world.last ? -.nan : .nan]
      for (way, found) in try everyWay(own, .max) + everyWay(own, .min) {
        for value in found {
          let bits = try world.allGather(value.bitPattern)
          #expect(bits.allSatisfy { $0 == bits[0] }, "\(way)")
        }
      }
    }

    private func checkZeros<Value: BitwiseCopyable & BinaryFloatingPoint>(_: Value.Type) throws {
      for place in 0..<world.size {
        let own: [Value] = [world.rank == place ? -0.0 : 0, world.rank == place ? 0 : -0.0, -0.0]
        for (way, found) in try everyWay(own, .max) where world.size > 1 {
          #expect(found.map(\.sign) == [.plus, .plus, .minus] && found == [0, 0, 0], "max, \(way), \(Value.self)")
        }
        for (way, found) in try everyWay(own, .min) where world.size > 1 {
          #expect(found.map(\.sign) == [.minus, .minus, .minus] && found == [0, 0, 0], "min, \(way), \(Value.self)")
        }
      }
    }

    @Test func zeros() throws {
      try checkZeros(Double.self)
      try checkZeros(Float.self)
      #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
        try checkZeros(Float16.self)
      #endif
    }

    @Test func exclusiveScanAndLocal() throws {
      let before = try world.exclusiveScan(world.isRoot ? Double.nan : 1, .max)
      if world.rank > 0 { #expect(before?.isNaN == true) }
      for (left, right) in [(Double.nan, 1), (1, .nan), (.nan, .nan)] {
        #expect(try ReduceOperation<Double>.max.reduceLocal(left, right).isNaN)
        #expect(try ReduceOperation<Double>.min.reduceLocal(left, right).isNaN)
      }
      #expect(try ReduceOperation<Float>.min.reduceLocal(0, -0.0).sign == .minus)
      #expect(try ReduceOperation<Float>.max.reduceLocal(-0.0, 0).sign == .plus)
      #expect(try ReduceOperation<Double>.max.isCommutative)
    }

    @Test func lanes() throws {
      let own = SIMD4<Double>(world.isRoot ? .nan : 1, Double(world.rank), world.rank == world.last ? .nan : 0, -0.0)
      for (way, found) in try everyWay([own], .max) {
        #expect(found[0].x.isNaN && found[0].y == Double(world.last) && found[0].z.isNaN && found[0].w == 0, "\(way)")
      }
      for (way, found) in try everyWay([own], .min) {
        #expect(found[0].x.isNaN && found[0].y == 0 && found[0].z.isNaN && found[0].w.sign == .minus, "\(way)")
      }
    }

    @Test func manyElements() throws {
      let count = 10_001
      func values(_ rank: Int) -> [Double] {
        (0..<count).map { (index: Int) -> Double in
          index % 97 == rank ? Double.nan : Double((index * (rank + 3)) % 1013)
        }
      }
      let own = values(world.rank)
      let all = (0..<world.size).map { values($0) }
      let found = try world.allReduce(own, .max)
      for index in 0..<count {
        let values = all.map { $0[index] }
        let expected = values.contains { $0.isNaN } ? Double.nan : values.max()!
        #expect(found[index] == expected || found[index].isNaN && expected.isNaN)
      }
    }

    private func checkLocation<Value: BitwiseCopyable & BinaryFloatingPoint>(_: Value.Type) throws {
      for place in 0..<world.size {
        for operation in [LocationOperation.min, .max] {
          // On several ranks, the lowest of them.
          let own = world.rank >= place ? Value.nan : Value(world.rank)
          let found = try world.allReduceLocation(own, operation)
          #expect(found.value.isNaN && found.rank == place, "\(operation), \(Value.self)")
          let one = try world.allReduceLocation(world.rank == place ? Value.nan : 5, operation)
          #expect(one.value.isNaN && one.rank == place)
          let atRoot = try world.reduceLocation([world.rank == place ? Value.nan : 5, 1], operation)
          if world.isRoot { #expect(atRoot?.map(\.rank) == [place, 0]) }
        }
      }
      let zero = try world.allReduceLocation(world.rank % 2 == 0 ? -0.0 as Value : 0, .max)
      #expect(zero.value == 0 && zero.value.sign == .minus && zero.rank == 0)
    }

    @Test func locations() throws {
      try checkLocation(Double.self)
      try checkLocation(Float.self)
      #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
        try checkLocation(Float16.self)
      #endif
    }

    /// In a window MPI compares by itself.
    @Test func accumulate() throws {
      try world.withWindow(of: Double.self, count: 1) { window in
        try window.fenced { epoch in
          try epoch.accumulate(Double(world.rank), AccumulateOperation(.max), to: 0, at: 0)
        }
        if world.isRoot { #expect(window.local[0] == Double(world.last)) }
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

/// Every way to get a window of `count` elements, with its kind.
func everyWindow<Element: BitwiseCopyable>(
  of type: Element.Type, count: Int, zero: Element, _ body: (Window<Element>) throws -> Void
) throws {
  let world = Communicator.world
  for placement in [WindowPlacement.automatic, .allocated, .shared] {
    try world.withWindow(of: type, count: count, placement: placement, body)
  }
  var array = [Element](repeating: zero, count: count)
  try world.withWindow(over: &array, body)
  #expect(array.count == count)
}

extension OnEveryRank {
  /// Windows and their memory.
  @Suite struct WindowTests {
    let world = Communicator.world

    @Test func fencesMakeAHalo() throws {
      try everyWindow(of: Double.self, count: 3, zero: 0) { window throws in
        for index in 0..<3 { window.local[index] = -1 }
        try window.fenced { epoch in
          try epoch.put(Double(world.rank), to: world.right, at: 0)
          try epoch.put([7, 8], to: world.left, at: 1)
        }
        #expect(Array(window.local) == [Double(world.left), 7, 8])
      }
    }

    @Test func memoryBeginsWithZeros() throws {
      for placement in [WindowPlacement.automatic, .allocated, .shared] {
        try world.withWindow(of: Int.self, count: 1000, placement: placement) { window throws in
          #expect(window.local.allSatisfy { $0 == 0 })
          for index in window.local.indices { window.local[index] = -1 }
        }
      }
    }

    @Test func differentCounts() throws {
      for placement in [WindowPlacement.automatic, .allocated, .shared] {
        try world.withWindow(of: Padded.self, count: world.rank * 2, placement: placement) { window throws in
          #expect(window.counts == (0..<world.size).map { $0 * 2 })
          #expect(window.count == world.rank * 2 && window.local.count == window.count)
          try window.fenced { epoch in
            if world.right > 0 { try epoch.put(Padded.samples(2, from: 5), to: world.right, at: world.right * 2 - 2) }
          }
          if world.rank > 0 { #expect(Array(window.local.suffix(2)) == Padded.samples(2, from: 5)) }
        }
      }
      var mine = [Int32](repeating: 0, count: world.isRoot ? 1 : 0)
      try world.withWindow(over: &mine) { window throws in
        try window.lockedAll { try $0.accumulate(Int32(1), .sum, to: 0, at: 0) }
        try world.barrier()
      }
      #expect(mine == (world.isRoot ? [Int32(world.size)] : []))
    }

    @Test func noRankHasMemory() throws {
      try everyWindow(of: Int.self, count: 0, zero: 0) { window throws in
        try window.fenced { epoch in
          try epoch.put([Int](), to: world.right, at: 0)
        }
        #expect(window.local.isEmpty && window.base == nil)
        window.local.withSpan { #expect($0.count == 0) }
      }
    }

    @Test func arraysComeBack() throws {
      var array = Tupled.samples(4, from: world.rank)
      let sum = try world.withWindow(over: &array) { window throws in
        #expect(window.kind == .array)
        #expect(Array(window.local) == Tupled.samples(4, from: world.rank))
        window.local[3] = Tupled.sample(40)
        try window.fenced { epoch in
          try epoch.put(Tupled.sample(99), to: world.right, at: 0)
        }
        return 5
      }
      #expect(sum == 5)
      #expect(array == [Tupled.sample(99)] + Tupled.samples(2, from: world.rank + 1) + [Tupled.sample(40)])
      // Freed inside.
      try world.withWindow(over: &array) { window throws in
        window.local[0] = Tupled.sample(1)
        try window.free()
      }
      #expect(array[0] == Tupled.sample(1) && array.count == 4)
    }

    @Test func aWindowThatOwnsAnArray() throws {
      let mine = Int.samples(5, from: world.rank)
      let window = try world.window(over: mine)
      #expect(Array(window.local) == mine)
      try window.fenced { epoch in
        try epoch.put(3, to: world.right, at: 4)
      }
      #expect(window.local[4] == 3)
      #expect(mine == Int.samples(5, from: world.rank))
      try window.free()
    }

    @Test func properties() throws {
      try everyWindow(of: Int32.self, count: 6, zero: 0) { window throws in
        #expect(window.size == world.size && window.rank == world.rank)
        #expect(window.displacementUnit == 4)
        #expect(window.byteCount >= 24)
        #expect(window.base != nil)
        #expect(window.model == .unified)
        #expect(try window.group.compare(world.group) == .identical)
        window.name = "pressure"
        #expect(window.name == "pressure")
        #expect("\(window)".contains("pressure"))
        window.name = String(repeating: "é", count: 300)
        #expect(!window.name.isEmpty)
        _ = try window.info
        try window.setInfo(["no_locks": "false"])
      }
      // An entry that is wrong on one rank is an error on all.
      try world.withWindow(of: Int8.self, count: 1) { window throws in
        let isWrong = world.rank == world.last
        expectError(.infoKey, "setInfo") { try window.setInfo(isWrong ? ["": "x"] : ["no_locks": "false"]) }
        try window.setInfo(["no_locks": "false"])
        let copy = try world.duplicate()
        expectError(.infoKey, "setInfo") { try copy.setInfo(isWrong ? ["": "x"] : ["host": "x"]) }
        #expect(try copy.allReduce(1, .sum) == world.size)
      }
      let shared = try world.window(of: Int8.self, count: 1, placement: .shared, info: ["same_size": "true"])
      #expect(shared.kind == .shared)
      try shared.free()
      let allocated = try world.window(of: Int8.self, count: 1, placement: .allocated)
      #expect(allocated.kind == .allocated)
      try allocated.free()
    }

    @Test func elementsThatNeedAlignment() throws {
      struct Wide: BitwiseCopyable, Equatable {
        var values: SIMD8<Double>
      }
      let wide = Wide(values: SIMD8(repeating: Double(world.rank)))
      try everyWindow(of: Wide.self, count: 3, zero: wide) { window throws in
        window.local.withSpan { span in
          span.withUnsafeBufferPointer { #expect(Int(bitPattern: $0.baseAddress!) % MemoryLayout<Wide>.alignment == 0) }
        }
        try window.fenced { epoch in
          try epoch.put(wide, to: world.right, at: 2)
        }
        #expect(window.local[2].values == SIMD8(repeating: Double(world.left)))
        try window.lockedAll { epoch throws in
          #expect(try epoch.get(from: world.right, at: 2) == wide)
        }
        try world.barrier()
      }
    }

    @Test func otherRanksMemoryOfANode() throws {
      let window = try world.sharedWindow(of: Int.self, count: world.rank + 1)
      let theirs = try window.shared(of: world.right)
      try window.fenced { epoch in
        for index in window.local.indices { window.local[index] = 10 * world.rank + index }
        try epoch.fence()
        for rank in 0..<world.size {
          #expect(Array(try window.shared(of: rank)) == (0...rank).map { 10 * rank + $0 })
        }
        try epoch.fence()
        theirs[0] = -world.rank
      }
      #expect(window.local[0] == -world.left)
      try window.lockedAll { epoch in
        try world.barrier()
        theirs[0] = world.rank
        try epoch.sync()
        try world.barrier()
        try epoch.sync()
        #expect(window.local[0] == world.left)
        try world.barrier()
      }
      try expectRefusal(.rank, "shared(of:)") { _ = try window.shared(of: world.size) }
      try window.free()
      let allocated = try world.window(of: Int.self, count: 1, placement: .allocated)
      try expectRefusal(.windowFlavor, "shared(of:)", naming: "sharedWindow") { _ = try allocated.shared(of: 0) }
      try allocated.free()
    }

    @Test func onOneRankAlone() throws {
      let itself = Communicator.itself
      try itself.withWindow(of: Int.self, count: 2) { window throws in
        try window.locked(0) { try $0.put(5, to: 0, at: 1) }
        #expect(window.local[1] == 5)
      }
      var array = [1.5, 2.5]
      try itself.withWindow(over: &array) { window throws in
        try window.fenced { epoch in
          try epoch.accumulate([1, 1], .sum, to: 0, at: 0)
        }
        #expect(window.local[0] == 2.5)
      }
      #expect(array == [2.5, 3.5])
    }
  }
}

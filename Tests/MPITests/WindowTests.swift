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
  /// Windows, their memory, and the epochs.
  @Suite struct WindowTests {
    let world = Communicator.world

    @Test func fencesMakeAHalo() throws {
      try everyWindow(of: Double.self, count: 3, zero: 0) { window throws in
        for index in 0..<3 { window.local[index] = -1 }
        try window.fence()
        try window.put(Double(world.rank), to: world.right, at: 0)
        try window.put([7, 8], to: world.left, at: 1)
        try window.fence()
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

    @Test func unlikeCounts() throws {
      for placement in [WindowPlacement.automatic, .allocated, .shared] {
        try world.withWindow(of: Padded.self, count: world.rank * 2, placement: placement) { window throws in
          #expect(window.counts == (0..<world.size).map { $0 * 2 })
          #expect(window.count == world.rank * 2 && window.local.count == window.count)
          try window.fence()
          if world.right > 0 { try window.put(Padded.samples(2, from: 5), to: world.right, at: world.right * 2 - 2) }
          try window.fence()
          if world.rank > 0 { #expect(Array(window.local.suffix(2)) == Padded.samples(2, from: 5)) }
        }
      }
      var mine = [Int32](repeating: 0, count: world.isRoot ? 1 : 0)
      try world.withWindow(over: &mine) { window throws in
        try window.lockedAll { try $0.accumulate(Int32(1), .sum, to: 0, at: 0) }
        try window.fence()
      }
      #expect(mine == (world.isRoot ? [Int32(world.size)] : []))
    }

    @Test func nobodyHasMemory() throws {
      try everyWindow(of: Int.self, count: 0, zero: 0) { window throws in
        try window.fence()
        try window.put([Int](), to: world.right, at: 0)
        try window.fence()
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
        try window.fence()
        try window.put(Tupled.sample(99), to: world.right, at: 0)
        try window.fence()
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
      try window.fence()
      try window.put(3, to: world.right, at: 4)
      try window.fence()
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
        try window.fence()
        try window.put(wide, to: world.right, at: 2)
        try window.fence()
        #expect(window.local[2].values == SIMD8(repeating: Double(world.left)))
        try window.lockedAll { window throws in
          #expect(try window.get(from: world.right, at: 2) == wide)
        }
        try world.barrier()
      }
    }

    @Test func otherRanksMemoryOfANode() throws {
      let window = try world.sharedWindow(of: Int.self, count: world.rank + 1)
      for index in window.local.indices { window.local[index] = 10 * world.rank + index }
      try window.fence()
      for rank in 0..<world.size {
        #expect(Array(try window.shared(of: rank)) == (0...rank).map { 10 * rank + $0 })
      }
      try window.fence()
      let theirs = try window.shared(of: world.right)
      theirs[0] = -world.rank
      try window.fence()
      #expect(window.local[0] == -world.left)
      try window.lockedAll { window in
        try world.barrier()
        theirs[0] = world.rank
        try window.sync()
        try world.barrier()
        try window.sync()
        #expect(window.local[0] == world.left)
        try world.barrier()
      }
      try expectRefusal(.windowSynchronization, "sync") { try window.sync() }
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
        try window.fence()
        try window.accumulate([1, 1], .sum, to: 0, at: 0)
        try window.fence()
        #expect(window.local[0] == 2.5)
      }
      #expect(array == [2.5, 3.5])
    }

    // MARK: Epochs

    @Test func locks() throws {
      try everyWindow(of: Int.self, count: 2, zero: 0) { window throws in
        for _ in 0..<10 {
          try window.locked(0) { window throws in
            let old = try window.get(from: 0, at: 0)
            try window.put(old + 1, to: 0, at: 0)
          }
        }
        try world.barrier()
        let total = try window.locked(0, .shared) { try $0.get(from: 0, at: 0) }
        #expect(total == 10 * world.size)
        try world.barrier()
        // Several at once, in the same order everywhere.
        if world.size > 1 {
          try window.locked(0) { window throws in
            try window.locked(1) { window throws in
              try window.put(1, to: 1, at: 1)
              try window.put(2, to: 0, at: 1)
            }
            try window.put(3, to: 0, at: 1)
          }
        }
        try world.barrier()
      }
    }

    @Test func locksEndWhenTheBodyThrows() throws {
      struct Stop: Error {}
      try world.withWindow(of: Int.self, count: 1) { window throws in
        #expect(throws: Stop.self) { try window.locked(0) { _ in throw Stop() } }
        #expect(throws: Stop.self) { try window.lockedAll { _ in throw Stop() } }
        #expect(throws: Stop.self) { try window.accessing([Int]()) { _ in throw Stop() } }
        try window.locked(0) { try $0.accumulate(1, .sum, to: 0, at: 0) }
        try world.barrier()
        #expect(try window.locked(0) { try $0.get(from: 0, at: 0) } == world.size)
      }
    }

    @Test func flushes() throws {
      try everyWindow(of: Int.self, count: 4, zero: 0) { window throws in
        try window.lockedAll { window throws in
          try window.put(world.rank + 1, to: world.right, at: 0)
          try window.flush(world.right)
          #expect(try window.get(from: world.right, at: 0) == world.rank + 1)
          try window.put([1, 2, 3], to: world.right, at: 1)
          try window.flushLocal(world.right)
          try window.flushLocalAll()
          try window.flushAll()
          try world.barrier()
          #expect(try window.get(count: 4, from: world.rank, at: 0) == [world.left + 1, 1, 2, 3])
          try world.barrier()
        }
      }
    }

    @Test func manySmallPuts() throws {
      let count = 3000
      try everyWindow(of: Int.self, count: count, zero: 0) { window throws in
        try window.lockedAll { window throws in
          for index in 0..<count { try window.put(index + world.rank, to: world.right, at: index) }
        }
        try window.fence()
        for index in 0..<count { #expect(window.local[index] == index + world.left) }
        try window.fence()
        for index in 0..<count { try window.put(index - world.rank, to: world.right, at: index) }
        try window.fence()
        for index in 0..<count { #expect(window.local[index] == index - world.left) }
      }
    }

    @Test func exposureAndAccess() throws {
      let neighbors = Array(Set([world.left, world.right])).sorted()
      try everyWindow(of: Int.self, count: world.size, zero: -1) { window throws in
        for _ in 0..<3 {
          try window.exposed(to: neighbors) { window throws in
            try window.accessing(neighbors) { window throws in
              for neighbor in neighbors { try window.put(world.rank, to: neighbor, at: world.rank) }
            }
          }
          for neighbor in neighbors { #expect(window.local[neighbor] == neighbor) }
        }
      }
    }

    @Test func exposureOfTheRootAlone() throws {
      let others = Array(1..<world.size)
      try world.withWindow(of: Int.self, count: 10) { window throws in
        if world.isRoot {
          let group = try world.group.including(others)
          try window.exposed(to: group) { _ in }
          for rank in others { #expect(window.local[rank] == rank) }
          var worked = 0
          try window.pollExposed(to: others) { worked += 1 }
          for rank in others { #expect(window.local[rank] == 2 * rank) }
        } else {
          try window.accessing([0]) { try $0.put(world.rank, to: 0, at: world.rank) }
          let deferred = try window.accessing([0]) { window throws in
            let deferred = try window.getDeferred(count: 1, from: 0, at: 9)
            try window.accumulate(world.rank, .sum, to: 0, at: world.rank)
            return deferred
          }
          #expect(try deferred.elements == [0])
        }
      }
    }

    @Test func deferredGets() throws {
      try everyWindow(of: Padded.self, count: 40, zero: Padded.sample(0)) { window throws in
        for index in 0..<40 { window.local[index] = Padded.sample(100 * world.rank + index) }
        try window.fence()
        let ghost = try window.getDeferred(count: 8, from: world.right, at: 3)
        let none = try window.getDeferred(count: 0, from: world.right, at: 40)
        #expect(try none.elements.isEmpty)
        expectError(.windowSynchronization, "getDeferred", on: world) { _ = try ghost.elements }
        try window.fence()
        #expect(try ghost.elements == Padded.samples(8, from: 100 * world.right + 3))
        try window.lockedAll { window throws in
          let now = try window.getDeferred(count: 2, from: world.left, at: 0)
          #expect(try now.elements == Padded.samples(2, from: 100 * world.left))
        }
        try world.barrier()
      }
    }

    @Test func whatIsPutMayChangeAtOnce() throws {
      let count = 1 << 16
      try everyWindow(of: Int.self, count: count, zero: 0) { window throws in
        var elements = Int.samples(count, from: world.rank)
        try window.fence()
        try window.put(elements, to: world.right, at: 0)
        for index in elements.indices { elements[index] = -1 }
        try window.fence()
        #expect(Array(window.local) == Int.samples(count, from: world.left))
        elements = Int.samples(count, from: 7 * world.rank)
        try window.fence()
        try window.put(elements.span, to: world.right, at: 0)
        for index in elements.indices { elements[index] = -1 }
        try window.fence()
        #expect(Array(window.local) == Int.samples(count, from: 7 * world.left))
      }
    }

    @Test func assertions() throws {
      try world.withWindow(of: Int.self, count: 1) { window throws in
        try window.fence([.noPrecede, .noStore])
        try window.put(4, to: world.right, at: 0)
        try window.fence([.noSucceed, .noPut])
        #expect(window.local[0] == 4)
        expectError(.windowSynchronization, "put", on: world) { try window.put(1, to: 0, at: 0) }
        try world.barrier()
        try window.lockedAll(assertions: .noCheck) { try $0.put(5, to: world.right, at: 0) }
        try window.fence()
        #expect(window.local[0] == 5)
        try window.put(5, to: world.right, at: 0)
        try expectRefusal(.assertion, "fence", naming: "noPrecede") { try window.fence(.noPrecede) }
        try window.fence()
      }
    }

    // MARK: Errors

    @Test func outsideOfAnEpoch() throws {
      try everyWindow(of: Int.self, count: 1, zero: 0) { window throws in
        let right = world.right
        try expectRefusal(.windowSynchronization, "put", naming: "fence()") { try window.put(1, to: right, at: 0) }
        try expectRefusal(.windowSynchronization, "get") { _ = try window.get(from: right, at: 0) }
        try expectRefusal(.windowSynchronization, "accumulate") { try window.accumulate([1], .sum, to: right, at: 0) }
        try expectRefusal(.windowSynchronization, "fetchAndOp") { try window.fetchAndOp(1, .sum, on: right, at: 0) }
        try expectRefusal(.windowSynchronization, "flush") { try window.flush(right) }
        try expectRefusal(.windowSynchronization, "flushAll") { try window.flushAll() }
        try window.locked(world.rank, .shared) { _ in insideALock(window) }
        try window.fence()
        try window.put(world.rank, to: right, at: 0)
        try expectRefusal(.windowSynchronization, "get", naming: "getDeferred") {
          _ = try window.get(from: right, at: 0)
        }
        try expectRefusal(.windowSynchronization, "locked", naming: "fence()") { try window.locked(0) { _ in } }
        try expectRefusal(.windowSynchronization, "free", naming: "fence()") { try window.free() }
        try window.fence()
        #expect(window.local[0] == world.left)
      }
    }

    private func insideALock(_ window: Window<Int>) {
      expectError(.windowSynchronization, "lockedAll", on: world) { try window.lockedAll { _ in } }
      expectError(.windowSynchronization, "fence", on: world) { try window.fence() }
      expectError(.windowSynchronization, "free", on: world) { try window.free() }
      expectError(.windowSynchronization, "locked", naming: "already", on: world) {
        try window.locked(world.rank) { _ in }
      }
      if world.size > 1 {
        expectError(.windowSynchronization, "put", naming: "rank \(world.right)", on: world) {
          try window.put(1, to: world.right, at: 0)
        }
      }
    }

    @Test func placesThatThereAreNot() throws {
      try everyWindow(of: Int.self, count: 3, zero: 0) { window throws in
        try window.fence()
        let size = world.size
        for rank in [-1, size, Int.max] {
          try expectRefusal(.rank, "put", naming: "\(rank)") { try window.put(1, to: rank, at: 0) }
          try expectRefusal(.rank, "accumulate") { try window.accumulate(1, .sum, to: rank, at: 0) }
          try expectRefusal(.rank, "get") { _ = try window.get(from: rank, at: 0) }
          try expectRefusal(.rank, "locked") { try window.locked(rank) { _ in } }
          try expectRefusal(.rank, "accessing") { try window.accessing([rank]) { _ in } }
        }
        try expectRefusal(.rank, "exposed(to:)", naming: "twice") { try window.exposed(to: [0, 0]) { _ in } }
        for index in [-1, 3, Int.min, Int.max] {
          try expectRefusal(.windowRange, "put", naming: "\(index)", "has 3") { try window.put(1, to: 0, at: index) }
        }
        try expectRefusal(.windowRange, "put") { try window.put([1, 2], to: 0, at: 2) }
        try expectRefusal(.windowRange, "accumulate") { try window.accumulate([1, 2], .sum, to: 0, at: 2) }
        try window.fence()
        try window.lockedAll { window throws in
          var memory = [0, 0, 0, 0]
          var span = memory.mutableSpan
          expectError(.windowRange, "get", on: world) { try window.get(into: &span, from: 0, at: 0) }
          expectError(.windowRange, "get", on: world) { _ = try window.get(count: 2, from: 0, at: 2) }
          expectError(.count, "get", on: world) { _ = try window.get(count: -1, from: 0, at: 2) }
          expectError(.windowRange, "fetchAndOp", on: world) { try window.fetchAndOp(1, .sum, on: 0, at: 3) }
          expectError(.rank, "fetchAndOp", on: world) { try window.fetchAndOp(1, .sum, on: size, at: 0) }
          expectError(.rank, "flush", on: world) { try window.flush(size) }
        }
        // Nobody there: nothing is done.
        try window.fence()
        try window.put(1, to: .null, at: 99)
        try window.accumulate([1], .sum, to: Neighbor(nil), at: 99)
        try window.fence()
        #expect(window.local.allSatisfy { $0 == 0 })
      }
      try expectRefusal(.count, "window", naming: "-1") { _ = try world.window(of: Int.self, count: -1) }
      try expectRefusal(.count, "window") { _ = try world.window(of: Int.self, count: Int.max) }
    }

    @Test func freedOnce() throws {
      let window = try world.window(of: Int.self, count: 1)
      window.local.withSpan { _ in expectError(.window, "free", naming: "span", on: world) { try window.free() } }
      try window.free()
      #expect(window.isFreed)
      try expectRefusal(.window, "free", naming: "freed") { try window.free() }
      try expectRefusal(.window, "fence", naming: "freed") { try window.fence() }
      try expectRefusal(.window, "put", naming: "freed") { try window.put(1, to: 0, at: 0) }
      try expectRefusal(.window, "locked", naming: "freed") { try window.locked(0) { _ in } }
      try expectRefusal(.window, "flushAll", naming: "freed") { try window.flushAll() }
      #expect(throws: MPIError.self) { _ = try window.group }
      #expect(window.base == nil && window.byteCount == 0)
    }

    @Test func aBodyThatThrowsLeavesTheWindow() throws {
      struct Stop: Error {}
      var array = [1, 2, 3]
      #expect(throws: Stop.self) {
        try world.withWindow(over: &array) { window throws in
          window.local[0] = 9
          throw Stop()
        }
      }
      #expect(array == [9, 2, 3])
      #expect(throws: Stop.self) { try world.withWindow(of: Int.self, count: 4) { _ in throw Stop() } }
      // One that is dropped stays until the end.
      _ = try world.window(of: Int.self, count: 4)
      _ = try world.window(over: [1, 2])
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func throwingWhileExposedBreaksTheWindow() throws {
      struct Stop: Error {}
      let window = try world.window(of: Int.self, count: 1)
      #expect(throws: Stop.self) { try window.exposed(to: [world.rank]) { _ in throw Stop() } }
      try expectRefusal(.window, "fence", naming: "exposed") { try window.fence() }
      try expectRefusal(.window, "free", naming: "exposed") { try window.free() }
    }
  }
}

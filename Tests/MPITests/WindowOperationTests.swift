// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// What a window's operations do with the memory of others.
  @Suite struct WindowOperationTests {
    let world = Communicator.world

    @Test func everyTypeByPutAndGet() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        try everyWindow(of: Element.self, count: 9, zero: Element.sample(0)) { window throws in
          try window.lockedAll { epoch throws in
            try epoch.put(Element.samples(8, from: world.rank), to: world.right, at: 1)
            try epoch.put(Element.sample(world.rank), to: world.right, at: 0)
            try epoch.flush(world.right)
            #expect(try epoch.get(from: world.right, at: 0) == Element.sample(world.rank), "\(Element.self)")
            let back = try epoch.get(count: 8, from: world.right, at: 1)
            #expect(back == Element.samples(8, from: world.rank), "\(Element.self)")
          }
          try world.barrier()
          #expect(Array(window.local.dropFirst()) == Element.samples(8, from: world.left), "\(Element.self)")
          try window.fenced { epoch in
            try epoch.put(Element.samples(3, from: 5).span, to: world.right, at: 6)
          }
          #expect(Array(window.local.suffix(3)) == Element.samples(3, from: 5), "\(Element.self)")
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func getIntoSpans() throws {
      try everyWindow(of: Padded.self, count: 7, zero: Padded.sample(0)) { window throws in
        for index in 0..<7 { window.local[index] = Padded.sample(10 * world.rank + index) }
        try world.barrier()
        try window.locked(world.right, .shared) { epoch throws in
          var memory = Padded.samples(3, from: 77)
          var span = memory.mutableSpan
          try epoch.get(into: &span, from: world.right, at: 4)
          #expect(memory == Padded.samples(3, from: 10 * world.right + 4))
          var none = memory.mutableSpan
          try epoch.get(into: &none, from: .null, at: 4)
          #expect(memory == Padded.samples(3, from: 10 * world.right + 4))
        }
        try world.barrier()
      }
    }

    @Test func accumulateOfNumbers() throws {
      func check<Element: Sample & Numeric & Comparable>(_: Element.Type) throws {
        try everyWindow(of: Element.self, count: 6, zero: 0) { window throws in
          try window.fenced { epoch in
            try epoch.accumulate(1, .sum, to: 0, at: 0)
            try epoch.accumulate([1, 2, 3, 4, 5, 6], .sum, to: 0, at: 0)
          }
          let ranks = Element(exactly: world.size)!
          if world.isRoot {
            #expect(Array(window.local) == [2 * ranks, 2 * ranks, 3 * ranks, 4 * ranks, 5 * ranks, 6 * ranks])
          }
          try world.barrier()
          try window.locked(0) { try $0.accumulate([7, 7].span, .replace, to: 0, at: 0) }
          try world.barrier()
          try window.lockedAll { epoch throws in
            try epoch.accumulate(2, .product, to: 0, at: 0)
            try epoch.flushAll()
            try world.barrier()
            let power = (0..<world.size).reduce(Element(exactly: 7)!) { value, _ in value * 2 }
            #expect(try epoch.get(from: 0, at: 0) == power, "\(Element.self)")
            try world.barrier()
          }
        }
      }
      try check(Int.self)
      try check(Int8.self)
      try check(Int16.self)
      try check(Int32.self)
      try check(UInt64.self)
      try check(UInt16.self)
      try check(Float.self)
      try check(Double.self)
    }

    @Test func smallestAndLargest() throws {
      func check<Element: Sample & Comparable>(_ low: Element, _ high: Element) throws {
        for placement in [WindowPlacement.automatic, .allocated, .shared] {
          try world.withWindow(of: Element.self, count: 2, placement: placement) { window throws in
            window.local[0] = high
            window.local[1] = low
            try world.barrier()
            try window.lockedAll { epoch throws in
              let (target, other) = (world.right, [low, high])
              // Right, or refused, as with MPICH 4.0, which compares unsigned numbers as signed ones.
              do { try epoch.fetchAndOp(high, .min, on: target, at: 0) } catch {
                #expect((error as? MPIError)?.errorClass == .operation && MPIEnvironment.vendor != .openMPI, "\(error)")
                return
              }
              #expect(try epoch.fetchAndOp(low, .min, on: target, at: 0) == high)
              #expect(try epoch.fetchAndOp(high, .max, on: target, at: 1) == low)
              #expect(try epoch.get(count: 2, from: target, at: 0) == other, "\(Element.self)")
              #expect(try epoch.fetchAndOp(high, .min, on: target, at: 0) == low)
              #expect(try epoch.getAccumulate([low], .max, on: target, at: 1) == [high])
              #expect(try epoch.get(count: 2, from: target, at: 0) == other, "\(Element.self)")
            }
            try world.barrier()
          }
        }
      }
      try check(UInt64.max - 3, UInt64.max)
      try check(UInt64(3), UInt64.max - 5)
      try check(UInt32(3), UInt32.max - 5)
      try check(UInt16(3), UInt16.max - 5)
      try check(UInt8(3), UInt8.max - 5)
      try check(-5, 3)
      try check(Int32.min, 3)
      try check(Int8(-5), 3)
      try check(-5.5, 3.25)
      try check(Float(-5.5), 3.25)
    }

    @Test func unsignedNumbersInArrays() throws {
      var array: [UInt64] = [3, UInt64.max - 1]
      try world.withWindow(over: &array) { window throws in
        try window.lockedAll { epoch throws in
          try world.barrier()
          // Right, or refused.
          do {
            let before = try epoch.fetchAndOp(UInt64.max, .min, on: world.right, at: 0)
            let after = try epoch.get(from: world.right, at: 0)
            #expect(before == 3 && after == 3)
          } catch {
            let refusal = error as? MPIError
            #expect(refusal?.errorClass == .operation && refusal?.code == 0, "\(error)")
            #expect(refusal?.text.contains("window(of:count:)") == true)
          }
          #expect(try epoch.fetchAndOp(1, .sum, on: world.right, at: 1) == UInt64.max - 1)
        }
      }
      #expect(array == [3, UInt64.max])
    }

    /// Every operation on integers of every size in every kind of window is right, or refused before MPI is called.
    @Test func everyOperationIsRightOrRefused() throws {
      func check<Element: FixedWidthInteger & BitwiseCopyable & Sendable>(_: Element.Type) throws {
        let truth: (Bool) -> Element = { $0 ? 1 : 0 }
        let operations: [(String, ReduceOperation<Element>, (Element, Element) -> Element)] = [
          ("sum", .sum, { $0 &+ $1 }), ("product", .product, { $0 &* $1 }), ("min", .min, { Swift.min($0, $1) }),
          ("max", .max, { Swift.max($0, $1) }), ("and", .bitwiseAnd, { $0 & $1 }), ("or", .bitwiseOr, { $0 | $1 }),
          ("xor", .bitwiseXor, { $0 ^ $1 }), ("all", .logicalAnd, { truth($0 != 0 && $1 != 0) }),
          ("any", .logicalOr, { truth($0 != 0 || $1 != 0) }), ("one", .logicalXor, { truth(($0 != 0) != ($1 != 0)) }),
        ]
        for (old, new) in [(0, 6), (5, 3)] as [(Element, Element)] {
          try everyWindow(of: Element.self, count: operations.count, zero: 0) { window throws in
            for index in operations.indices { window.local[index] = old }
            var refused: Set<String> = []
            try window.fenced { epoch in
              for (index, (name, operation, _)) in operations.enumerated() {
                do {
                  try epoch.accumulate(new, AccumulateOperation(operation), to: world.right, at: index)
                } catch {
                  refused.insert(name)
                  #expect((error as? MPIError)?.errorClass == .operation, "\(error)")
                }
              }
            }
            for (index, (name, _, combine)) in operations.enumerated() where !refused.contains(name) {
              #expect(window.local[index] == combine(old, new), "\(name) of \(Element.self) in \(window.kind)")
            }
            #expect(refused.isDisjoint(with: ["sum", "product"]))
            if window.kind != .array { #expect(refused.isDisjoint(with: ["and", "or", "xor", "all", "any", "one"])) }
          }
        }
      }
      try check(Int8.self)
      try check(UInt16.self)
      try check(Int32.self)
      try check(UInt32.self)
      try check(Int.self)
      try check(UInt64.self)
    }

    @Test func bitsAndTruth() throws {
      try everyWindow(of: UInt32.self, count: 3, zero: 0) { window throws in
        for (index, value) in [0b1100, 0b1100, 0b1100].enumerated() { window.local[index] = UInt32(value) }
        try window.fenced { epoch in
          try epoch.accumulate(0b1010, .bitwiseAnd, to: world.right, at: 0)
          try epoch.accumulate(0b1010, .bitwiseOr, to: world.right, at: 1)
          try epoch.accumulate(0b1010, .bitwiseXor, to: world.right, at: 2)
        }
        #expect(Array(window.local) == [0b1000, 0b1110, 0b0110])
      }
      try everyWindow(of: Bool.self, count: 3, zero: false) { window throws in
        for index in 0..<3 { window.local[index] = true }
        try window.fenced { epoch in
          try epoch.accumulate(false, .logicalAnd, to: world.right, at: 0)
          try epoch.accumulate(false, .logicalOr, to: world.right, at: 1)
          try epoch.accumulate(true, .logicalXor, to: world.right, at: 2)
        }
        #expect(Array(window.local) == [false, true, false])
      }
    }

    @Test func fetchAndOpOfEveryNumber() throws {
      func check<Element: Sample & FixedWidthInteger>(_: Element.Type) throws {
        try everyWindow(of: Element.self, count: 2, zero: 0) { window throws in
          try world.barrier()
          var seen: [Element] = []
          try window.locked(0, .shared) { epoch throws in
            for _ in 0..<5 { seen.append(try epoch.fetchAndOp(1, .sum, on: 0, at: 1)) }
          }
          let all = try world.gather(seen)
          if let all { #expect(all.elements.sorted() == (0..<5 * world.size).map { Element($0) }, "\(Element.self)") }
          try world.barrier()
          try window.locked(0) { epoch throws in
            let old = try epoch.fetchAndOp(0, .noOperation, on: 0, at: 1)
            #expect(try epoch.fetchAndOp(9, .replace, on: 0, at: 1) == old)
            #expect(try epoch.fetchAndOp(old, .replace, on: 0, at: 1) == 9)
            #expect(try epoch.get(from: 0, at: 0) == 0)
          }
          try world.barrier()
        }
      }
      try check(Int.self)
      try check(Int8.self)
      try check(Int16.self)
      try check(Int32.self)
      try check(UInt8.self)
      try check(UInt.self)
    }

    @Test func compareAndSwapOfEveryInteger() throws {
      func check<Element: Sample & FixedWidthInteger>(_: Element.Type) throws {
        try everyWindow(of: Element.self, count: 3, zero: 0) { window throws in
          if isOpenMPI4 && world.size > 1 && window.kind != .shared && MemoryLayout<Element>.size == 8 {
            return try window.lockedAll { epoch in
              expectError(.notSupported, "compareAndSwap", naming: "Open MPI 4", on: world) {
                try epoch.compareAndSwap(expected: 0, desired: 1, on: world.rank, at: 0)
              }
            }
          }
          try world.barrier()
          let mine = Element(world.rank + 1)
          let (isMine, before) = try window.locked(world.last, .shared) { epoch throws in
            try epoch.compareAndSwap(expected: 0, desired: mine, on: world.last, at: 1)
          }
          #expect(isMine == (before == 0))
          #expect(try world.allReduce(isMine ? 1 : 0, .sum) == 1, "\(Element.self)")
          try window.lockedAll { epoch throws in
            let winner = try epoch.get(from: world.last, at: 1)
            #expect(isMine == (winner == mine))
            let again = try epoch.compareAndSwap(expected: 0, desired: mine, on: world.last, at: 1)
            #expect(!again.exchanged && again.original == winner)
            #expect(try epoch.get(from: world.last, at: 0) == 0 && epoch.get(from: world.last, at: 2) == 0)
          }
          try world.barrier()
        }
      }
      try check(Int.self)
      try check(Int64.self)
      try check(UInt64.self)
      try check(Int32.self)
      try check(UInt32.self)
      try check(Int16.self)
      try check(UInt8.self)
    }

    private var isOpenMPI4: Bool {
      MPIEnvironment.vendor == .openMPI && MPIEnvironment.vendorVersion.major <= 4
    }

    @Test func getAccumulate() throws {
      try everyWindow(of: Double.self, count: 8, zero: 0) { window throws in
        for index in 0..<8 { window.local[index] = Double(index) }
        try world.barrier()
        try window.locked(world.right) { epoch throws in
          let before = try epoch.getAccumulate(Array(repeating: 1, count: 7), .sum, on: world.right, at: 1)
          #expect(before == [1, 2, 3, 4, 5, 6, 7])
          var memory = [0.0, 0.0]
          var span = memory.mutableSpan
          try epoch.getAccumulate([5, 5].span, .noOperation, into: &span, on: world.right, at: 0)
          #expect(memory == [0, 2])
          var short = [0.0]
          var shortSpan = short.mutableSpan
          expectError(.count, "getAccumulate", on: world) {
            try epoch.getAccumulate([5, 5].span, .replace, into: &shortSpan, on: world.right, at: 0)
          }
          #expect(try epoch.getAccumulate([], .sum, on: world.right, at: 8) == [])
        }
        try world.barrier()
        #expect(Array(window.local) == [0, 2, 3, 4, 5, 6, 7, 8])
      }
    }

    @Test func structsAreReplacedAndNotAdded() throws {
      try everyWindow(of: Padded.self, count: 4, zero: Padded.sample(0)) { window throws in
        try world.barrier()
        try window.lockedAll { epoch throws in
          try epoch.accumulate(Padded.samples(3, from: world.rank), .replace, to: world.right, at: 1)
          try epoch.flushAll()
          let old = try epoch.getAccumulate(Padded.samples(3), .noOperation, on: world.right, at: 1)
          #expect(old == Padded.samples(3, from: world.rank))
          expectError(.operation, "fetchAndOp", naming: "Padded", on: world) {
            try epoch.fetchAndOp(Padded.sample(1), .replace, on: 0, at: 0)
          }
        }
        try world.barrier()
        #expect(Array(window.local.suffix(3)) == Padded.samples(3, from: world.left))
      }
      try world.withWindow(of: Complex.self, count: 1) { window throws in
        try window.fenced { epoch in
          try expectRefusal(.operation, "accumulate", naming: "Complex") {
            try epoch.accumulate(Complex(real: 1, imaginary: 1), .sum, to: 0, at: 0)
          }
        }
      }
    }

    @Test func operationsOfReductions() throws {
      try world.withWindow(of: Int.self, count: 1) { window throws in
        try window.fenced { epoch in
          try epoch.accumulate(world.rank + 1, AccumulateOperation(ReduceOperation<Int>.sum), to: 0, at: 0)
        }
        if world.isRoot { #expect(window.local[0] == world.size * (world.size + 1) / 2) }
        expectError(.operation, naming: "closure") {
          _ = try AccumulateOperation(ReduceOperation<Int>.custom { $0 + $1 })
        }
        try window.fenced { epoch in
          try expectRefusal(.operation, "accumulate", naming: ".noOperation") {
            try epoch.accumulate(1, .noOperation, to: 0, at: 0)
          }
        }
      }
    }

    @Test func requests() throws {
      try everyWindow(of: Int.self, count: 20, zero: 0) { window throws in
        try window.lockedAll { epoch throws in
          let put = try epoch.nonblocking.put(Int.samples(8, from: world.rank), to: world.right, at: 0)
          #expect(try put.wait() == Int.samples(8, from: world.rank))
          try epoch.flush(world.right)
          let get = try epoch.nonblocking.get(count: 8, from: world.right, at: 0)
          #expect(try get.wait() == Int.samples(8, from: world.rank))
          let sum = try epoch.nonblocking.accumulate([1, 1, 1, 1, 1, 1, 1], .sum, to: world.right, at: 10)
          #expect(try sum.wait() == [1, 1, 1, 1, 1, 1, 1])
          try epoch.flush(world.right)
          let old = try epoch.nonblocking.getAccumulate([2, 2, 2, 2, 2, 2, 2], .sum, on: world.right, at: 10)
          #expect(try old.wait() == [1, 1, 1, 1, 1, 1, 1])
          #expect(try epoch.nonblocking.put([], to: world.right, at: 20).wait() == [])
          #expect(try epoch.nonblocking.get(count: 0, from: world.right, at: 20).wait() == [])
          _ = try epoch.nonblocking.put([5, 6], to: world.right, at: 18)
        }
        try world.barrier()
        #expect(Array(window.local[0..<8]) == Int.samples(8, from: world.left))
        #expect(Array(window.local[10..<17]) == [3, 3, 3, 3, 3, 3, 3])
        #expect(Array(window.local[18..<20]) == [5, 6])
        try window.lockedAll { epoch in
          let right = world.right
          try expectRefusal(.windowRange, "get") { _ = try epoch.nonblocking.get(count: 21, from: right, at: 0) }
          try expectRefusal(.rank, "put") { _ = try epoch.nonblocking.put([1], to: world.size, at: 0) }
        }
        try world.barrier()
      }
    }

    @Test func dynamicWindows() throws {
      let window = try world.dynamicWindow(of: Int.self)
      #expect(window.kind == .dynamic)
      let mine = try window.attach(count: 4)
      #expect((0..<4).allSatisfy { mine[$0] == 0 })
      mine[3] = 70 + world.rank
      let blocks = try world.allGather(mine.block)
      #expect(blocks.allSatisfy { $0.count == 4 })
      let theirs = blocks[world.right]
      try window.lockedAll { epoch throws in
        try epoch.put([1, 2].span, to: world.right, in: theirs, at: 1)
        try epoch.flush(world.right)
        #expect(try epoch.get(from: world.right, in: theirs) == [0, 1, 2, 70 + world.right])
        var memory = [0]
        var span = memory.mutableSpan
        try epoch.get(into: &span, from: world.right, in: theirs, at: 3)
        #expect(memory == [70 + world.right])
        #expect(try epoch.fetchAndOp(5, .sum, on: world.right, in: theirs) == 0)
      }
      try world.barrier()
      #expect((0..<4).map { mine[$0] } == [5, 1, 2, 70 + world.rank])
      try window.fenced { epoch in
        try epoch.put([9].span, to: world.right, in: theirs)
      }
      #expect(mine[0] == 9)
      try window.lockedAll { epoch in
        try expectRefusal(.windowRange, "put", naming: "block") {
          try epoch.put([1, 2].span, to: world.right, in: theirs, at: 3)
        }
        try expectRefusal(.windowRange, "put", naming: "block") { try epoch.put(1, to: world.right, at: 0) }
        try expectRefusal(.rank, "put") { try epoch.put([1].span, to: world.size, in: theirs) }
      }
      try expectRefusal(.count, "attach") { _ = try window.attach(count: 0) }
      try window.detach(mine)
      try expectRefusal(.windowAttach, "detach") { try window.detach(mine) }
      _ = try window.attach(count: 10)
      try window.free()
      let allocated = try world.window(of: Int.self, count: 1)
      try expectRefusal(.windowFlavor, "attach") { _ = try allocated.attach(count: 1) }
      try allocated.free()
    }
  }
}

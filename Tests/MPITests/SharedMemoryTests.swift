// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Arrays with one copy a node, and counters of all ranks.
  @Suite struct SharedMemoryTests {
    let world = Communicator.world

    @Test func oneRankOfEachNodeFills() throws {
      var filled = 0
      let array = try SharedArray<Double>(world, count: 1000) { span in
        filled += 1
        for index in span.indices { span[index] = Double(index) / 2 }
      }
      #expect(try array.node.allReduce(filled, .sum) == 1)
      #expect(array.count == 1000 && array[999] == 499.5)
      #expect(array.withSpan { span in span.indices.allSatisfy { span[$0] == Double($0) / 2 } })
      #expect(try array.withSpan(of: 10..<12) { span in [span[0], span[1]] } == [5, 5.5])
      #expect(array.elements.reduce(0, +) == 249_750)
      try expectRefusal(.windowRange, "SharedArray.withSpan") { try array.withSpan(of: 10..<1001) { _ in } }
      array.withSpan { _ in expectError(.window, "SharedArray.free", naming: "span") { try array.free() } }
      try array.free()
      expectError(.window, "SharedArray.free") { try array.free() }
    }

    @Test func fromOneRank() throws {
      for root in [0, world.last] {
        let elements = Padded.samples(77, from: 3)
        let array = try SharedArray(world, from: world.rank == root ? elements : nil, root: root)
        #expect(array.count == 77)
        #expect(Array(array.elements) == elements)
        try array.free()
      }
      let empty = try SharedArray(world, from: world.isRoot ? [Int]() : nil)
      #expect(empty.count == 0 && empty.elements.isEmpty)
      try empty.free()
      try expectRefusal(.root, "SharedArray.init") { _ = try SharedArray(world, from: [1], root: world.size) }
    }

    @Test func eachRankChangesItsBlock() throws {
      let array = try SharedArray<Int>(world, count: 103) { _ in }
      for round in 1...5 {
        try array.mutate { block, range in
          #expect(block.count == range.count && range == array.block())
          for (place, index) in range.enumerated() { block[place] += index * round }
        }
        let factor = (1...round).reduce(0, +)
        #expect(array.withSpan { span in span.indices.allSatisfy { span[$0] == $0 * factor } })
      }
      try array.free()
    }

    @Test func aClosureThatThrows() throws {
      struct Stop: Error {}
      // Every rank throws: there its own error.
      var own: (any Error)?
      do {
        _ = try SharedArray<Int>(world, count: 10) { _ in throw Stop() }
      } catch {
        own = error
      }
      if try world.split(.sharedMemory).isRoot {
        #expect(own is Stop)
      } else {
        #expect("\(try #require(own))".contains("Stop"))
      }
      // One rank throws, and the others go on.
      let array = try SharedArray<Int>(world, count: world.size) { _ in }
      let isStopped: Bool
      do {
        try array.mutate { block, range in
          for place in block.indices { block[place] = 5 }
          if world.rank == world.last { throw Stop() }
        }
        isStopped = false
      } catch is Stop {
        isStopped = true
      }
      #expect(isStopped == (world.rank == world.last))
      #expect(array.elements.allSatisfy { $0 == 5 })
      try array.free()
    }

    @Test func onPartsOfTheWorld() throws {
      let alone = try SharedArray<Int128>(.itself, count: 3) { span in span[2] = 5 }
      #expect(alone[2] == 5 && alone[0] == 0 && alone.node.size == 1)
      try alone.mutate { block, range in block[0] = 7 }
      #expect(alone[0] == 7)
      try alone.free()
      let half = try world.split(color: world.rank % 2)
      let array = try SharedArray(half, from: half.isRoot ? [world.rank % 2] : nil)
      #expect(array[0] == world.rank % 2)
      try array.free()
    }

    @Test func aCounterGivesEachNumberOnce() throws {
      let counter = try SharedCounter(world)
      var mine: [Int] = []
      for _ in 0..<1000 { mine.append(try counter.next()) }
      #expect(zip(mine, mine.dropFirst()).allSatisfy { $0 < $1 })
      if let all = try world.gather(mine) { #expect(all.elements.sorted() == Array(0..<1000 * world.size)) }
      #expect(try counter.value() == 1000 * world.size)
      try world.barrier()
      try counter.free()
    }

    @Test func aCounterElsewhere() throws {
      let counter = try SharedCounter(world, start: 10, host: world.last)
      #expect(counter.host == world.last && counter.communicator === world)
      try counter.add(5)
      try world.barrier()
      #expect(try counter.value() == 10 + 5 * world.size)
      try counter.reset(to: -3)
      try counter.add(-1)
      try world.barrier()
      #expect(try counter.value() == -3 - world.size)
      try world.barrier()
      try counter.free()
      try expectRefusal(.window, "SharedCounter.next") { _ = try counter.next() }
      try expectRefusal(.window, "SharedCounter.free") { try counter.free() }
      try expectRefusal(.rank, "SharedCounter.init") { _ = try SharedCounter(world, host: world.size) }
    }

    @Test func aCounterWhileTheHostComputes() throws {
      let counter = try SharedCounter(world)
      let start = MPIEnvironment.wallTime
      if world.isRoot {
        while MPIEnvironment.wallTime - start < 1 {}
      } else {
        for _ in 0..<100 { _ = try counter.next() }
        // Without the host's help, if all ranks are on one node.
        if MPIEnvironment.vendor == .openMPI { #expect(MPIEnvironment.wallTime - start < 0.9) }
      }
      try world.barrier()
      #expect(try counter.value() == 100 * (world.size - 1))
      try world.barrier()
      try counter.free()
    }

    @Test func aCounterHandsOutWork() throws {
      let counter = try SharedCounter(world)
      var done = [Int](repeating: 0, count: 200)
      while true {
        let first = try counter.add(8)
        if first >= done.count { break }
        for task in first..<min(first + 8, done.count) { done[task] += 1 }
      }
      #expect(try world.allReduce(done, .sum) == Array(repeating: 1, count: 200))
      try counter.free()
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// The epochs of windows, what is done in them, and their errors.
  @Suite struct EpochTests {
    let world = Communicator.world

    @Test func locks() throws {
      try everyWindow(of: Int.self, count: 2, zero: 0) { window throws in
        for _ in 0..<10 {
          try window.locked(0) { epoch throws in
            let old = try epoch.get(from: 0, at: 0)
            try epoch.put(old + 1, to: 0, at: 0)
          }
        }
        try world.barrier()
        let total = try window.locked(0, .shared) { try $0.get(from: 0, at: 0) }
        #expect(total == 10 * world.size)
        try world.barrier()
        // Several at once, in the same order everywhere.
        if world.size > 1 {
          try window.locked(0) { first throws in
            try window.locked(1) { second throws in
              try second.put(1, to: 1, at: 1)
              try first.put(2, to: 0, at: 1)
              try first.flushAll()
              try second.flushAll()
              #expect(try second.get(from: 1, at: 1) == 1)
            }
            try first.put(3, to: 0, at: 1)
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
        try window.lockedAll { epoch throws in
          try epoch.put(world.rank + 1, to: world.right, at: 0)
          try epoch.flush(world.right)
          #expect(try epoch.get(from: world.right, at: 0) == world.rank + 1)
          try epoch.put([1, 2, 3], to: world.right, at: 1)
          try epoch.flushLocal(world.right)
          try epoch.flushLocalAll()
          try epoch.flushAll()
          try world.barrier()
          #expect(try epoch.get(count: 4, from: world.rank, at: 0) == [world.left + 1, 1, 2, 3])
          try world.barrier()
        }
      }
    }

    @Test func manySmallPuts() throws {
      let count = 3000
      try everyWindow(of: Int.self, count: count, zero: 0) { window throws in
        try window.lockedAll { epoch throws in
          for index in 0..<count { try epoch.put(index + world.rank, to: world.right, at: index) }
        }
        try world.barrier()
        for index in 0..<count { #expect(window.local[index] == index + world.left) }
        try window.fenced { epoch in
          for index in 0..<count { try epoch.put(index - world.rank, to: world.right, at: index) }
        }
        for index in 0..<count { #expect(window.local[index] == index - world.left) }
      }
    }

    @Test func exposureAndAccess() throws {
      let neighbors = Array(Set([world.left, world.right])).sorted()
      try everyWindow(of: Int.self, count: world.size, zero: -1) { window throws in
        for _ in 0..<3 {
          try window.exposed(to: neighbors) {
            try window.accessing(neighbors) { epoch throws in
              for neighbor in neighbors { try epoch.put(world.rank, to: neighbor, at: world.rank) }
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
          try window.exposed(to: group) {}
          for rank in others { #expect(window.local[rank] == rank) }
          var worked = 0
          try window.pollExposed(to: others) { worked += 1 }
          for rank in others { #expect(window.local[rank] == 2 * rank) }
        } else {
          try window.accessing([0]) { try $0.put(world.rank, to: 0, at: world.rank) }
          let deferred = try window.accessing([0]) { epoch throws in
            let deferred = try epoch.getDeferred(count: 1, from: 0, at: 9)
            try epoch.accumulate(world.rank, .sum, to: 0, at: world.rank)
            return deferred
          }
          #expect(try deferred.elements == [0])
        }
      }
    }

    @Test func deferredGets() throws {
      try everyWindow(of: Padded.self, count: 40, zero: Padded.sample(0)) { window throws in
        for index in 0..<40 { window.local[index] = Padded.sample(100 * world.rank + index) }
        let ghost = try window.fenced { epoch in
          let ghost = try epoch.getDeferred(count: 8, from: world.right, at: 3)
          let none = try epoch.getDeferred(count: 0, from: world.right, at: 40)
          #expect(try none.elements.isEmpty)
          expectError(.windowSynchronization, "getDeferred", naming: "closure", on: world) { _ = try ghost.elements }
          let other = try epoch.getDeferred(count: 1, from: world.left, at: 39)
          try epoch.fence()
          #expect(try other.elements == Padded.samples(1, from: 100 * world.left + 39))
          return ghost
        }
        #expect(try ghost.elements == Padded.samples(8, from: 100 * world.right + 3))
        try window.lockedAll { epoch throws in
          let now = try epoch.getDeferred(count: 2, from: world.left, at: 0)
          #expect(try now.elements == Padded.samples(2, from: 100 * world.left))
        }
        try world.barrier()
      }
    }

    @Test func whatIsPutMayChangeAtOnce() throws {
      let count = 1 << 16
      try everyWindow(of: Int.self, count: count, zero: 0) { window throws in
        var elements = Int.samples(count, from: world.rank)
        try window.fenced { epoch in
          try epoch.put(elements, to: world.right, at: 0)
          for index in elements.indices { elements[index] = -1 }
        }
        #expect(Array(window.local) == Int.samples(count, from: world.left))
        elements = Int.samples(count, from: 7 * world.rank)
        try window.fenced { epoch in
          try epoch.put(elements.span, to: world.right, at: 0)
          for index in elements.indices { elements[index] = -1 }
        }
        #expect(Array(window.local) == Int.samples(count, from: 7 * world.left))
      }
    }

    @Test func assertions() throws {
      try world.withWindow(of: Int.self, count: 1) { window throws in
        try window.fenced(opening: .noStore, closing: .noStore) { epoch in
          try epoch.put(4, to: world.right, at: 0)
        }
        #expect(window.local[0] == 4)
        try world.barrier()
        try window.lockedAll(assertions: .noCheck) { try $0.put(5, to: world.right, at: 0) }
        try world.barrier()
        #expect(window.local[0] == 5)
        window.local[0] = 6
        try window.fenced(opening: .noPut) { epoch in
          let theirs = try epoch.getDeferred(count: 1, from: world.right, at: 0)
          try epoch.fence([.noStore])
          #expect(try theirs.elements == [6])
          try epoch.put(7, to: world.right, at: 0)
        }
        #expect(window.local[0] == 7)
      }
    }

    /// One epoch of fences with several exchanges, and one after the other.
    @Test func fencesWithinAnEpoch() throws {
      try everyWindow(of: Int.self, count: 2, zero: 0) { window throws in
        for turn in 0..<3 {
          try window.fenced { epoch throws in
            for step in 0..<4 {
              try epoch.put(100 * turn + 10 * step + world.rank, to: world.right, at: step % 2)
              try epoch.fence()
              #expect(window.local[step % 2] == 100 * turn + 10 * step + world.left)
            }
          }
        }
        let sum = try window.fenced { epoch throws in try exchange(epoch) }
        #expect(sum == 2)
        #expect(Array(window.local) == [world.left, world.left])
      }
    }

    /// A function of a program that takes part in an epoch, and one for each kind of it.
    private func exchange(_ epoch: FenceEpoch<Int>) throws -> Int {
      try putBoth(epoch)
      return epoch.window.count
    }

    private func putBoth(_ epoch: borrowing some WindowEpoch<Int> & ~Escapable) throws {
      try epoch.put([world.rank, world.rank], to: world.right, at: 0)
    }

    // MARK: Errors

    @Test func epochsInsideOfOthers() throws {
      try everyWindow(of: Int.self, count: 1, zero: 0) { window throws in
        try window.locked(world.rank, .shared) { epoch in insideALock(window, epoch) }
        try window.fenced { epoch in
          try epoch.put(world.rank, to: world.right, at: 0)
          try expectRefusal(.windowSynchronization, "fenced", naming: "inside") { try window.fenced { _ in } }
          try expectRefusal(.windowSynchronization, "locked", naming: "inside") { try window.locked(0) { _ in } }
          try expectRefusal(.windowSynchronization, "lockedAll") { try window.lockedAll { _ in } }
          try expectRefusal(.windowSynchronization, "accessing") { try window.accessing([0]) { _ in } }
          try expectRefusal(.windowSynchronization, "exposed(to:)") { try window.exposed(to: [0]) {} }
          try expectRefusal(.windowSynchronization, "free", naming: "inside") { try window.free() }
        }
        #expect(window.local[0] == world.left)
      }
    }

    private func insideALock(_ window: Window<Int>, _ epoch: LockEpoch<Int>) {
      expectError(.windowSynchronization, "lockedAll", on: world) { try window.lockedAll { _ in } }
      expectError(.windowSynchronization, "fenced", on: world) { try window.fenced { _ in } }
      expectError(.windowSynchronization, "free", on: world) { try window.free() }
      expectError(.windowSynchronization, "locked", naming: "already", on: world) {
        try window.locked(world.rank) { _ in }
      }
      if world.size > 1 {
        let right = world.right
        expectError(.windowSynchronization, "put", naming: "not of rank \(right)", on: world) {
          try epoch.put(1, to: right, at: 0)
        }
        expectError(.windowSynchronization, "get", on: world) { _ = try epoch.get(from: right, at: 0) }
        expectError(.windowSynchronization, "fetchAndOp", on: world) { try epoch.fetchAndOp(1, .sum, on: right, at: 0) }
        expectError(.windowSynchronization, "flush", on: world) { try epoch.flush(right) }
        expectError(.windowSynchronization, "put", on: world) {
          _ = try epoch.nonblocking.put([1], to: right, at: 0)
        }
      }
    }

    @Test func ranksThatAnAccessDoesNotReach() throws {
      guard world.size > 1 else { return }
      try world.withWindow(of: Int.self, count: 1) { window throws in
        let (left, right) = (world.left, world.right)
        try window.exposed(to: [left]) {
          try window.accessing([right]) { epoch in
            try epoch.put(world.rank, to: right, at: 0)
            if left != right {
              expectError(.windowSynchronization, "put", naming: "rank \(left)", on: world) {
                try epoch.put(1, to: left, at: 0)
              }
            }
            expectError(.windowSynchronization, "put", naming: "rank \(world.rank)", on: world) {
              try epoch.put(1, to: world.rank, at: 0)
            }
          }
        }
        #expect(window.local[0] == left)
      }
    }

    @Test func placesThatThereAreNot() throws {
      try everyWindow(of: Int.self, count: 3, zero: 0) { window throws in
        let size = world.size
        try window.fenced { epoch in
          for rank in [-1, size, Int.max] {
            try expectRefusal(.rank, "put", naming: "\(rank)") { try epoch.put(1, to: rank, at: 0) }
            try expectRefusal(.rank, "accumulate") { try epoch.accumulate(1, .sum, to: rank, at: 0) }
            try expectRefusal(.rank, "getDeferred") { _ = try epoch.getDeferred(count: 1, from: rank, at: 0) }
            try expectRefusal(.rank, "locked") { try window.locked(rank) { _ in } }
            try expectRefusal(.rank, "accessing") { try window.accessing([rank]) { _ in } }
          }
          try expectRefusal(.rank, "exposed(to:)", naming: "twice") { try window.exposed(to: [0, 0]) {} }
          for index in [-1, 3, Int.min, Int.max] {
            try expectRefusal(.windowRange, "put", naming: "\(index)", "has 3") { try epoch.put(1, to: 0, at: index) }
          }
          try expectRefusal(.windowRange, "put") { try epoch.put([1, 2], to: 0, at: 2) }
          try expectRefusal(.windowRange, "accumulate") { try epoch.accumulate([1, 2], .sum, to: 0, at: 2) }
        }
        try window.lockedAll { epoch throws in
          var memory = [0, 0, 0, 0]
          var span = memory.mutableSpan
          expectError(.windowRange, "get", on: world) { try epoch.get(into: &span, from: 0, at: 0) }
          expectError(.windowRange, "get", on: world) { _ = try epoch.get(count: 2, from: 0, at: 2) }
          expectError(.count, "get", on: world) { _ = try epoch.get(count: -1, from: 0, at: 2) }
          expectError(.windowRange, "fetchAndOp", on: world) { try epoch.fetchAndOp(1, .sum, on: 0, at: 3) }
          expectError(.rank, "fetchAndOp", on: world) { try epoch.fetchAndOp(1, .sum, on: size, at: 0) }
          expectError(.rank, "flush", on: world) { try epoch.flush(size) }
        }
        // No such rank: nothing is done.
        try window.fenced { epoch in
          try epoch.put(1, to: .null, at: 99)
          try epoch.accumulate([1], .sum, to: Neighbor(nil), at: 99)
        }
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
      try expectRefusal(.window, "fenced", naming: "freed") { try window.fenced { _ in } }
      try expectRefusal(.window, "locked", naming: "freed") { try window.locked(0) { _ in } }
      try expectRefusal(.window, "accessing", naming: "freed") { try window.accessing([0]) { _ in } }
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

    @Test func throwingInAnEpochOfSeveralRanksBreaksTheWindow() throws {
      struct Stop: Error {}
      for isFenced in [true, false] {
        let window = try world.window(of: Int.self, count: 1)
        #expect(throws: Stop.self) {
          if isFenced {
            try window.fenced { _ in throw Stop() }
          } else {
            try window.exposed(to: [world.rank]) { throw Stop() }
          }
        }
        try expectRefusal(.window, "fenced", naming: "exposed") { try window.fenced { _ in } }
        try expectRefusal(.window, "locked", naming: "exposed") { try window.locked(0) { _ in } }
        try expectRefusal(.window, "free", naming: "exposed") { try window.free() }
      }
    }
  }
}

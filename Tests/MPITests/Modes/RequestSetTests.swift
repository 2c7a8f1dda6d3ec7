// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPI

extension OnEveryRank {
  @Suite struct RequestSetTests {
    let world = Communicator.world

    /// Receives from the left, one for each tag, in a set.
    private func receives(_ count: Int) throws -> RequestSet<Int> {
      var set = RequestSet<Int>()
      for tag in 0..<count { try set.append(world.nonblocking.receive(Int.self, from: world.left, tag: tag)) }
      return set
    }

    private func send(_ tags: some Sequence<Int>) throws {
      for tag in tags { try world.send(10 * world.rank + tag, to: world.right, tag: tag) }
    }

    @Test func all() throws {
      var set = try receives(5)
      let count = set.count
      #expect(count == 5)
      try send((0..<5).reversed())
      #expect(try set.waitAll() == (0..<5).map { 10 * world.left + $0 })
      let isEmpty = set.isEmpty
      #expect(isEmpty)
      #expect(try set.waitAll() == [])
    }

    @Test func anyOfThem() throws {
      var set = try receives(4)
      #expect(try set.testAny() == nil)
      try world.barrier()
      var seen: [Int] = []
      for tag in [2, 0, 3, 1] {
        try send([tag])
        let found = try set.waitAny()
        #expect(found?.index == tag && found?.output == 10 * world.left + tag)
        if let found { seen.append(found.index) }
        try world.barrier()
      }
      #expect(seen == [2, 0, 3, 1])
      #expect(try set.waitAny() == nil)
      #expect(try set.testAny() == nil)
    }

    @Test func some() throws {
      var set = try receives(6)
      try send([1, 4])
      var found: [Int] = []
      while found.count < 2 { found += try set.waitSome().map(\.index) }
      try world.barrier()
      #expect(found.sorted() == [1, 4])
      #expect(try set.testSome().isEmpty)
      let left = set.count
      #expect(left == 4)
      try world.barrier()
      try send([0, 2, 3, 5])
      while !set.isEmpty { found += try set.testSome().map(\.index) }
      #expect(found.sorted() == Array(0..<6))
      #expect(try set.waitSome().isEmpty)
    }

    @Test func testAllOfThem() throws {
      var set = try receives(3)
      #expect(try set.testAll() == nil)
      try world.barrier()
      try send(0..<3)
      var outputs: [Int]? = nil
      while outputs == nil { outputs = try set.testAll() }
      #expect(outputs == (0..<3).map { 10 * world.left + $0 })
    }

    @Test func theRestAfterSome() throws {
      var set = try receives(3)
      try send([1])
      #expect(try set.waitAny()?.index == 1)
      try world.barrier()
      try send([0, 2])
      #expect(try set.waitAll() == [10 * world.left, 10 * world.left + 2])
    }

    @Test func requestsOfDifferentKinds() throws {
      var set = RequestSet<String>()
      try set.append(world.nonblocking.allReduce(1, .sum).map { "sum \($0)" })
      try set.append(world.nonblocking.barrier().map { "barrier" })
      try set.append(
        world.nonblocking.sendReceive([world.rank], to: world.right, from: world.left).map { "from \($0[0])" })
      #expect(try set.waitAll() == ["sum \(world.size)", "barrier", "from \(world.left)"])
    }

    @Test("A set to which requests are appended as others are handed out takes no more memory, and keeps the numbers")
    func neverDry() throws {
      let (count, inFlight) = (2000, 5)
      var set = RequestSet<Int>()
      // One that completes last.
      try set.append(world.nonblocking.receive(Int.self, from: world.left, tag: count))
      func begin(_ tag: Int) throws { try set.append(world.nonblocking.receive(Int.self, from: world.left, tag: tag)) }
      for tag in 0..<inFlight { try begin(tag) }
      var seen: Set<Int> = []
      for tag in 0..<count {
        try send([tag])
        // A neighbor may be ahead, and then several have come.
        let found = try #require(try set.waitAny())
        #expect(found.output == 10 * world.left + found.index - 1 && seen.insert(found.index).inserted)
        if tag + inFlight < count { try begin(tag + inFlight) }
      }
      #expect(seen == Set(1...count))
      try world.barrier()
      let (left, places, handles) = (set.count, set.members.count, set.handles.count)
      #expect(left == 1 && places <= 32 && handles <= 32)
      try begin(count + 1)
      try send([count + 1, count])
      #expect(try set.waitAll() == [10 * world.left + count, 10 * world.left + count + 1])
      let isEmpty = set.isEmpty
      #expect(isEmpty)
    }

    @Test("The error of a request is that of its number, when places are used again", arguments: [false, true])
    func neverDryWithErrors(all: Bool) throws {
      guard world.size > 1 else { return }
      var set = RequestSet<[Int]>()
      for tag in 0..<100 {
        try set.append(world.nonblocking.receive(Int.self, count: 2, from: world.left, tag: tag))
        _ = try world.nonblocking.send([tag], to: world.right, tag: tag)
        #expect(try set.waitAny()?.index == tag)
      }
      for tag in 100..<103 {
        try set.append(world.nonblocking.receive(Int.self, count: 2, from: world.left, tag: tag))
        _ = try world.nonblocking.send(Array(0...(tag - 100)), to: world.right, tag: tag)
      }
      if all {
        expectError(.truncate, "receive", on: world) { _ = try set.waitAll() }
        #expect(try set.waitAll() == [[0], [0, 1]])
      } else {
        var (failed, found): (Int, Set<Int>) = (0, [])
        while !set.isEmpty {
          do { if let one = try set.waitAny() { found.insert(one.index) } } catch { failed += 1 }
        }
        #expect(failed == 1 && found == [100, 101])
      }
      try world.barrier()
    }

    @Test func oneThatIsOverBefore() throws {
      var request = try world.nonblocking.receive(Int.self, from: world.left)
      try world.send(7, to: world.right)
      while try !request.test() {}
      var set = RequestSet<Int>()
      set.append(request)
      #expect(try set.testAny()?.output == 7)
    }

    @Test func oneFails() throws {
      guard world.size > 1 else { return }
      var set = RequestSet<[Int]>()
      try world.barrier()
      try set.append(world.nonblocking.receive(Int.self, count: 1, from: world.left, tag: 0))
      try set.append(world.nonblocking.receive(Int.self, count: 4, from: world.left, tag: 1))
      try world.nonblocking.send([1, 2, 3], to: world.right, tag: 0).wait()
      expectError(.truncate, "receive", on: world) { _ = try set.waitAny() }
      let left = set.count
      #expect(left == 1)
      try world.nonblocking.send([1, 2, 3], to: world.right, tag: 1).wait()
      #expect(try set.waitAny()?.output == [1, 2, 3])
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func oneOfAllFails() throws {
      guard world.size > 1 else { return }
      var set = RequestSet<[Int]>()
      for tag in 0..<3 { try set.append(world.nonblocking.receive(Int.self, count: 2, from: world.left, tag: tag)) }
      for tag in 0..<3 { _ = try world.nonblocking.send(Array(0...tag), to: world.right, tag: tag) }
      expectError(.truncate, "receive", on: world) { _ = try set.waitAll() }
      // Those that have come are not lost.
      let left = set.count
      #expect(left == 2)
      #expect(try set.waitAll() == [[0], [0, 1]])
      let isEmpty = set.isEmpty
      #expect(isEmpty)
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    /// Receives of two elements, of which some get three: those with these tags. One of them may be handed out already.
    private func receives(_ count: Int, tooLong: Set<Int>, first: Int? = nil) throws -> RequestSet<[Int]> {
      var set = RequestSet<[Int]>()
      for tag in 0..<count { try set.append(world.nonblocking.receive(Int.self, count: 2, from: world.left, tag: tag)) }
      try world.barrier()
      if let first {
        try world.nonblocking.send([first], to: world.right, tag: first).wait()
        #expect(try set.waitAny()?.index == first)
        try world.barrier()
      }
      for tag in 0..<count where tag != first {
        try world.nonblocking.send(tooLong.contains(tag) ? [tag, 0, 0] : [tag], to: world.right, tag: tag).wait()
      }
      try world.barrier()
      return set
    }

    @Test func severalOfAllFail() throws {
      guard world.size > 1 else { return }
      var set = try receives(6, tooLong: [1, 4], first: 3)
      expectError(.truncate, "receive", on: world) { _ = try set.waitAll() }
      expectError(.truncate, "receive", on: world) { _ = try set.waitAll() }
      #expect(try set.waitAll() == [[0], [2], [5]])
      #expect(try set.waitAny() == nil)
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func nothingOfSomeIsLost() throws {
      guard world.size > 1 else { return }
      for waits in [true, false] {
        var set = try receives(7, tooLong: [2, 6])
        var (taken, errors): ([Int], Int) = ([], 0)
        while !set.isEmpty {
          do {
            for (index, output) in waits ? try set.waitSome() : try set.testSome() {
              #expect(output == [index])
              taken.append(index)
            }
          } catch {
            #expect(error.errorClass == .truncate)
            errors += 1
          }
        }
        #expect(taken.sorted() == [0, 1, 3, 4, 5] && errors == 2)
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func oneThatHadFailedBefore() throws {
      guard world.size > 1 else { return }
      for waitsForAll in [true, false] {
        var request = try world.nonblocking.receive(Int.self, count: 1, from: world.left)
        try world.nonblocking.send([1, 2], to: world.right).wait()
        expectError(.truncate, "receive", on: world) { while try !request.test() {} }
        var set = RequestSet<[Int]>()
        set.append(request)
        expectError(.truncate, "receive", on: world) {
          if waitsForAll { _ = try set.waitAll() } else { _ = try set.waitAny() }
        }
        let isEmpty = set.isEmpty
        #expect(isEmpty)
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func dropped() throws {
      do {
        let set = try receives(50)
        _ = consume set
      }
      try world.barrier()
      for tag in 0..<3 {
        // A rank of its own neighbor waits for the receive, in some MPIs.
        let sent = try world.nonblocking.send(10 * world.rank + tag, to: world.right, tag: tag)
        #expect(try world.receive(Int.self, from: world.left, tag: tag) == 10 * world.left + tag)
        _ = try sent.wait()
      }
    }
  }
}

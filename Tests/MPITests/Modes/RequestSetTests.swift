// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

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

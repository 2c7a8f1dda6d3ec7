// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPI

extension OnEveryRank {
  /// Any number of messages in flight on one memory.
  @Suite struct LentMemoryTests {
    let world = Communicator.world

    @Test func manyReceivesIntoOneMemory() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let (count, length) = (64, 3)
        let filler = Element.sample(7777)
        // From each rank in turn, in another order than they are sent in.
        for source in 0..<world.size {
          var memory = Array(repeating: filler, count: count * length)
          try world.nonblocking.lending(&memory) { memory in
            for index in (0..<count).reversed() {
              try memory.receive(into: index * length..<(index + 1) * length, from: source, tag: index)
            }
            #expect(memory.messageCount == count)
            if world.rank == source {
              for target in 0..<world.size {
                for index in 0..<count {
                  try world.send(Element.samples(length, from: 10 * index), to: target, tag: index)
                }
              }
            }
          }
          #expect(memory == (0..<count).flatMap { Element.samples(length, from: 10 * $0) })
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func halo() throws {
      // 8 ghosts, 16 of its own, 8 ghosts.
      var memory = (0..<32).map { 100 * world.rank + $0 }
      try world.nonblocking.lending(&memory) { memory in
        try memory.receive(into: 0..<8, from: world.left, tag: 1)
        try memory.receive(into: 24..<32, from: world.right, tag: 2)
        try memory.send(8..<16, to: world.left, tag: 2)
        try memory.send(16..<24, to: world.right, tag: 1)
      }
      #expect(Array(memory[..<8]) == (16..<24).map { 100 * world.left + $0 })
      #expect(Array(memory[8..<24]) == (8..<24).map { 100 * world.rank + $0 })
      #expect(Array(memory[24...]) == (8..<16).map { 100 * world.right + $0 })
    }

    @Test("Messages that follow one another, with some always in flight, take no more memory")
    func neverDry() throws {
      let (count, inFlight) = (500, 4)
      var memory = [Int](repeating: 0, count: inFlight + 1)
      var seen: Set<Int> = []
      try world.nonblocking.lending(&memory) { memory in
        for tag in 0..<inFlight { try memory.receive(into: tag..<tag + 1, from: world.left, tag: tag) }
        for tag in 0..<count {
          try world.send(tag, to: world.right, tag: tag)
          // A neighbor may be ahead, and then several have come.
          let (range, status) = try #require(try memory.waitAny())
          let came = status.tag
          #expect(try memory.elements(in: range)[0] == came && seen.insert(came).inserted)
          let next = tag + inFlight
          if next < count { try memory.receive(into: range, from: world.left, tag: next) }
        }
        #expect(memory.messageCount == 0 && memory.parts.isEmpty && memory.requests.members.count <= 16)
      }
    }

    @Test func thePartOfAMessageThatFailedIsFreeAgain() throws {
      guard world.size > 1 else { return }
      var memory = [0, 0, 0]
      try world.nonblocking.lending(&memory) { memory in
        try memory.receive(into: 0..<1, from: world.left, tag: 0)
        try memory.receive(into: 1..<2, from: world.left, tag: 1)
        _ = try world.nonblocking.send([1, 2, 3], to: world.right, tag: 0)
        expectError(.truncate, "receive", on: world) { _ = try memory.waitAny() }
        try memory.receive(into: 0..<1, from: world.left, tag: 2)
        expectError(.argument, "receive", on: world) { try memory.receive(into: 1..<2, from: world.left, tag: 3) }
        for tag in 1...2 { try world.send(10 * tag, to: world.right, tag: tag) }
      }
      #expect(memory == [20, 10, 0])
    }

    @Test func asTheyArrive() throws {
      var memory = [Int](repeating: -1, count: 4 * world.size)
      var seen: [Int] = []
      try world.nonblocking.lending(&memory) { memory in
        for rank in 0..<world.size { try memory.receive(into: 4 * rank..<4 * rank + 4, from: rank) }
        for rank in 0..<world.size { try world.send([world.rank, rank], to: rank) }
        while let (range, status) = try memory.waitAny() {
          let source = try #require(status.source)
          #expect(range == 4 * source..<4 * source + 4)
          #expect(try status.count(of: Int.self) == 2)
          let elements = try memory.elements(in: range)
          #expect([elements[0], elements[1], elements[2]] == [source, world.rank, -1])
          seen.append(source)
        }
        #expect(try memory.testAny() == nil)
        #expect(memory.messageCount == 0)
        // The parts take part in others then.
        try memory.receive(into: 0..<4, from: .null)
        try memory.waitAll()
        try memory.send(0..<2, to: world.rank, tag: 5)
        try memory.receive(into: 2..<4, from: world.rank, tag: 5)
      }
      #expect(seen.sorted() == Array(0..<world.size))
      #expect(Array(memory[..<4]) == [0, world.rank, 0, world.rank])
    }

    @Test func otherMemories() throws {
      let (left, right) = (world.left, world.right)
      var spread = (0..<8).map { 100 * world.rank + $0 }
      try world.nonblocking.lending(&spread[layout: .vector(count: 4, stride: 2)]) { memory in
        #expect(memory.count == 4)
        try memory.send(0..<2, to: right)
        try memory.receive(into: 2..<4, from: left)
      }
      #expect(spread[4] == 100 * left && spread[6] == 100 * left + 2)
      #expect(spread[5] == 100 * world.rank + 5)
      var array = ContiguousArray([1, 2, world.rank])
      var span = array.mutableSpan
      let sum = try world.nonblocking.lending(&span) { memory in
        try memory.send(2..<3, to: right)
        try memory.receive(into: 0..<1, from: left)
        try memory.receive(into: 1..<1, from: .null)
        return 5
      }
      #expect(sum == 5)
      #expect(Array(array) == [left, 2, world.rank])
      var none: [Int] = []
      try world.nonblocking.lending(&none) { memory in
        try memory.send(0..<0, to: right)
        try memory.receive(into: 0..<0, from: left)
      }
    }

    @Test func overlapsAreRefused() throws {
      var memory = [0, 1, 2, 3]
      let name = "memory has 4"
      try world.nonblocking.lending(&memory) { memory in
        try memory.receive(into: 0..<2, from: world.rank)
        #expect(throws: MPIError.self) { try memory.receive(into: 1..<3, from: world.rank) }
        #expect(throws: MPIError.self) { try memory.send(0..<1, to: world.rank) }
        #expect(throws: MPIError.self) { _ = try memory.elements(in: 1..<2).count }
        #expect {
          try memory.send(3..<5, to: world.rank)
        } throws: {
          "\($0)".contains(name)
        }
        try memory.send(2..<4, to: world.rank)
        try memory.send(2..<4, to: world.rank, tag: 1)
        #expect {
          try memory.receive(into: 3..<4, from: world.rank)
        } throws: {
          "\($0)".contains("2..<4, which are sent from")
        }
        try memory.waitAll()
        try memory.receive(into: 0..<2, from: world.rank, tag: 1)
      }
      #expect(memory == [2, 3, 2, 3])
    }

    @Test func errors() throws {
      var memory = [0, 0, 0, 0]
      // A message that is too long: the others have completed, and the communicator works on. (Open MPI reports no such
      // error of a message to itself.)
      if world.size > 1 {
        expectError(.truncate, "receive", on: world) {
          try world.nonblocking.lending(&memory) { memory in
            try memory.receive(into: 0..<1, from: world.left, tag: 1)
            try memory.receive(into: 2..<4, from: world.left, tag: 2)
            try world.nonblocking.send([1, 2], to: world.right, tag: 1).wait()
            try world.nonblocking.send([3, 4], to: world.right, tag: 2).wait()
          }
        }
        #expect(Array(memory[2...]) == [3, 4])
      }
      // Work that throws: the receive, whose message never comes, is canceled.
      struct Stop: Error {}
      #expect(throws: Stop.self) {
        try world.nonblocking.lending(&memory) { memory in
          try memory.receive(into: 0..<1, from: world.rank, tag: 3)
          try memory.receive(into: 1..<2, from: world.rank, tag: 4)
          try world.send(9, to: world.rank, tag: 4)
          throw Stop()
        }
      }
      try world.send(7, to: world.rank, tag: 3)
      #expect(try world.receive(Int.self, from: world.rank, tag: 3) == 7)
      try world.nonblocking.lending(&memory) { memory in
        #expect(throws: MPIError.self) { try memory.receive(into: 0..<1, from: world.size) }
        #expect(throws: MPIError.self) { try memory.send(0..<1, to: 0, tag: -1) }
        #expect(memory.messageCount == 0)
      }
    }
  }
}

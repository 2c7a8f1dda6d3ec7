// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Each rank receives from the one before it, which has begun to send: so it is safe on one rank, too.
  @Suite struct ReceiveTests {
    let world = Communicator.world

    @Test func value() throws {
      let outgoing = try world.nonblocking.send(Double(world.rank), to: world.right)
      let received: Double = try world.receive(from: world.left)
      #expect(received == Double(world.left))
      #expect(try outgoing.wait() == [Double(world.rank)])
    }

    @Test func valueOfEveryType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let outgoing = try world.nonblocking.send(Element.sample(world.rank), to: world.right)
        #expect(try world.receive(Element.self, from: world.left) == Element.sample(world.left), "\(Element.self)")
        _ = try outgoing.wait()
      }
      for type in everySample { try check(type) }
    }

    @Test func arrayOfUnknownLength() throws {
      let outgoing = try world.nonblocking.send(Int.samples(3 * world.rank + 1), to: world.right)
      let received: [Int] = try world.receive(from: world.left)
      #expect(received == Int.samples(3 * world.left + 1))
      _ = try outgoing.wait()
    }

    @Test func arrayOfEveryType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let outgoing = try world.nonblocking.send(Element.samples(11, from: world.rank), to: world.right)
        let received = try world.receive([Element].self, from: world.left, tag: 0)
        #expect(received == Element.samples(11, from: world.left), "\(Element.self)")
        _ = try outgoing.wait()
      }
      for type in everySample { try check(type) }
    }

    @Test func largeArray() throws {
      let count = 1 << 22
      let outgoing = try world.nonblocking.send(UInt8.samples(count, from: world.rank), to: world.right)
      #expect(try world.receive([UInt8].self, from: world.left) == UInt8.samples(count, from: world.left))
      _ = try outgoing.wait()
    }

    @Test func emptyArray() throws {
      let outgoing = try world.nonblocking.send([Padded](), to: world.right)
      #expect(try world.receive([Padded].self, from: world.left).isEmpty)
      _ = try outgoing.wait()
    }

    @Test func spanOfTheLength() throws {
      let outgoing = try world.nonblocking.send(Int64.samples(12, from: world.rank), to: world.right, tag: 3)
      var memory = [Int64](repeating: -1, count: 12)
      var span = memory.mutableSpan
      let status = try world.receive(into: &span, from: world.left, tag: 3)
      #expect(memory == Int64.samples(12, from: world.left))
      #expect(status.source == world.left && status.tag == 3 && status.byteCount == 96)
      #expect(try status.count(of: Int64.self) == 12)
      _ = try outgoing.wait()
    }

    @Test func fewerElementsThanMemory() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let outgoing = try world.nonblocking.send(Element.samples(3, from: world.rank), to: world.right)
        var memory = Element.samples(8, from: 40)
        let status = try world.receive(into: &memory, from: world.left)
        #expect(memory == Element.samples(3, from: world.left) + Element.samples(5, from: 43), "\(Element.self)")
        #expect(try status.count(of: Element.self) == 3)
        _ = try outgoing.wait()
      }
      for type in everySample { try check(type) }
    }

    @Test func anySource() throws {
      guard world.size > 1 else { return }
      if world.rank == world.last {
        var seen = Set<Int>()
        for _ in 0..<world.last {
          let values: [Int] = try world.receive(from: .any, tag: 5)
          #expect(values == [values[0], values[0] + 1])
          seen.insert(values[0])
        }
        #expect(seen == Set(0..<world.last))
      } else {
        try world.send([world.rank, world.rank + 1], to: world.last, tag: 5)
      }
    }

    @Test func anySourceAndTagAreInTheStatus() throws {
      let outgoing = try world.nonblocking.send([1, 2], to: world.right, tag: 10 + world.rank)
      var memory = [0, 0]
      let status = try world.receive(into: &memory, from: .any, tag: .any)
      #expect(status.source == world.left && status.tag == 10 + world.left)
      #expect(status.description == "message from rank \(world.left), tag \(10 + world.left), 16 bytes")
      #expect(!status.isCanceled)
      _ = try outgoing.wait()
    }

    @Test func tagsChooseAmongMessages() throws {
      let first = try world.nonblocking.send(1, to: world.right, tag: 1)
      let second = try world.nonblocking.send(2, to: world.right, tag: 2)
      #expect(try world.receive(Int.self, from: world.left, tag: 2) == 2)
      #expect(try world.receive(Int.self, from: world.left, tag: 1) == 1)
      _ = try first.wait()
      _ = try second.wait()
    }

    @Test func fromNoRank() throws {
      var memory = [7, 8]
      let status = try world.receive(into: &memory, from: .null)
      #expect(memory == [7, 8])
      #expect(status.source == nil && status.byteCount == 0)
      #expect(status.description.contains("no rank"))
      #expect(try world.receive([Int].self, from: .null).isEmpty)
      #expect(try world.receive([Padded].self, from: Neighbor(nil), tag: 3).isEmpty)
      expectError(.type, "receive", naming: "no rank", on: world) { _ = try world.receive(Int.self, from: .null) }
    }

    @Test func messageLongerThanTheMemory() throws {
      let outgoing = try world.nonblocking.send(Int.samples(10), to: world.right)
      var memory = [0, 0, 0]
      let error = expectError(.truncate, "receive", naming: "longer than the memory", on: world) {
        try world.receive(into: &memory, from: world.left)
      }
      #expect(error?.code != 0)
      _ = try outgoing.wait()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func messageLongerThanAValue() throws {
      let outgoing = try world.nonblocking.send([1.0, 2.0], to: world.right)
      expectError(.truncate, "receive", on: world) { _ = try world.receive(Double.self, from: world.left) }
      _ = try outgoing.wait()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test(.skipped(on: .partialElementAborts), .skipped(on: .partialElementToItselfAborts, ranks: 1...1))
    func messageShorterThanAValue() throws {
      let outgoing = try world.nonblocking.send(Int32(1), to: world.right, tag: 6)
      expectError(.type, "receive", naming: "4 bytes", "Double", "8", "tag 6", "rank \(world.left)", on: world) {
        _ = try world.receive(Double.self, from: world.left)
      }
      _ = try outgoing.wait()
      let empty = try world.nonblocking.send([Int32](), to: world.right)
      expectError(.type, "receive", naming: "0 bytes", on: world) {
        _ = try world.receive(Int32.self, from: world.left)
      }
      _ = try empty.wait()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func messageOfBrokenElementsIsGone() throws {
      let wrong = try world.nonblocking.send([UInt8](repeating: 1, count: 6), to: world.right)
      let right = try world.nonblocking.send([Int32(5)], to: world.right)
      expectError(.type, "receive", naming: "6 bytes", "Int32", "multiple of 4", on: world) {
        _ = try world.receive([Int32].self, from: world.left)
      }
      #expect(try world.receive([Int32].self, from: world.left) == [5])
      _ = try wrong.wait()
      _ = try right.wait()
    }

    @Test func statusOfAnotherType() throws {
      let outgoing = try world.nonblocking.send([UInt8](repeating: 1, count: 6), to: world.right)
      var memory = [UInt8](repeating: 0, count: 10)
      let status = try world.receive(into: &memory, from: world.left)
      #expect(try status.count(of: UInt16.self) == 3)
      expectError(.type, "Status.count(of:)", naming: "6 bytes", "Double") { _ = try status.count(of: Double.self) }
      _ = try outgoing.wait()
    }

    @Test func bytesThatAreNoObject() throws {
      let outgoing = try world.nonblocking.send([UInt8](repeating: 0xA5, count: 33), to: world.right)
      expectError(.serialization, "receive(object:)", naming: "33 bytes", "Document", on: world) {
        _ = try world.receive(object: Document.self, from: world.left)
      }
      _ = try outgoing.wait()
      let empty = try world.nonblocking.send([UInt8](), to: world.right)
      expectError(.serialization, on: world) { _ = try world.receive(object: Int.self, from: world.left) }
      _ = try empty.wait()
    }

    @Test func objectOfAnotherType() throws {
      let outgoing = try world.nonblocking.send(object: ["a": 1], to: world.right)
      expectError(.serialization, on: world) { _ = try world.receive(object: [String].self, from: world.left) }
      _ = try outgoing.wait()
      let next = try world.nonblocking.send(object: Document.State.draft, to: world.right)
      #expect(try world.receive(object: Document.State.self, from: .any) == .draft)
      _ = try next.wait()
    }

    // MARK: Wrong arguments

    @Test(arguments: [-1, 1_000_000]) func rankOutOfRange(rank: Int) throws {
      var memory = [0]
      try expectRefusal(.rank, "receive", naming: "\(rank)") { _ = try world.receive(Int.self, from: rank) }
      try expectRefusal(.rank, "receive", naming: "\(rank)") { try world.receive(into: &memory, from: rank) }
      try expectRefusal(.rank, "receive", naming: "\(rank)") { _ = try world.receive([Int].self, from: rank) }
      try expectRefusal(.rank, "receive(object:)", naming: "\(rank)") {
        _ = try world.receive(object: Int.self, from: rank)
      }
      try expectRefusal(.rank, "receive", naming: "\(rank)") {
        _ = try world.nonblocking.receive(Int.self, from: rank)
      }
      #expect(memory == [0])
    }

    @Test func tagOutOfRange() throws {
      for tag in [-1, world.largestTag + 1] {
        try expectRefusal(.tag, "receive", naming: "\(tag)") { _ = try world.receive(Int.self, from: 0, tag: tag) }
        try expectRefusal(.tag, "receive", naming: "\(tag)") { _ = try world.receive([Int].self, from: .any, tag: tag) }
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Each rank probes for what the one before it has begun to send.
  @Suite struct ProbeTests {
    let world = Communicator.world

    @Test func aMessageReceivedWithoutWaiting() throws {
      let outgoing = try world.nonblocking.send(Int.samples(5, from: world.rank), to: world.right, tag: 21)
      let message = try world.matchedProbe(from: world.left, tag: 21)
      let incoming = try world.nonblocking.receive(message, as: Int.self)
      #expect(try incoming.wait() == Int.samples(5, from: world.left))
      try outgoing.wait()

      let odd = try world.nonblocking.send([UInt8](repeating: 1, count: 5), to: world.right, tag: 22)
      let short = try world.matchedProbe(from: world.left, tag: 22)
      expectError(.type, "receive", of: short, naming: "5 bytes", "Int") {
        _ = try world.nonblocking.receive($0, as: Int.self)
      }
      try odd.wait()
    }

    @Test func aMessageReceivedIntoAnArrayThatIsThere() throws {
      var room = [Int](repeating: -1, count: 7)
      for round in 0..<3 {
        let outgoing = try world.nonblocking.send(Int.samples(5 + round, from: world.rank), to: world.right, tag: 23)
        let message = try world.matchedProbe(from: world.left, tag: 23)
        let memory = room.withUnsafeBufferPointer { $0.baseAddress }
        let incoming = try world.nonblocking.receive(message, into: consume room)
        room = try incoming.wait()
        #expect(room == Int.samples(5 + round, from: world.left) + [Int](repeating: -1, count: 2 - round))
        // No copy of it was made.
        #expect(room.withUnsafeBufferPointer { $0.baseAddress } == memory)
        try outgoing.wait()
      }
      // Nothing came, and nothing is changed.
      let nothing = try world.nonblocking.send([Int](), to: world.right, tag: 24)
      let none = try world.matchedProbe(from: world.left, tag: 24)
      #expect(try world.nonblocking.receive(none, into: [1, 2]).wait() == [1, 2])
      try nothing.wait()

      let longer = try world.nonblocking.send([1, 2, 3], to: world.right, tag: 25)
      let long = try world.matchedProbe(from: world.left, tag: 25)
      expectError(.truncate, "receive", of: long, naming: "3 elements", "2") {
        _ = try world.nonblocking.receive($0, into: [0, 0])
      }
      try longer.wait()
    }

    @Test func probeReturnsTheLength() throws {
      let outgoing = try world.nonblocking.send(Padded.samples(5 + world.rank), to: world.right, tag: 30 + world.rank)
      let status = try world.probe(from: .any)
      #expect(status.source == world.left && status.tag == 30 + world.left)
      #expect(try status.count(of: Padded.self) == 5 + world.left)
      #expect(status.byteCount == 16 * (5 + world.left))
      // The message is still there.
      let received = try world.receive([Padded].self, from: world.left, tag: status.tag)
      #expect(received == Padded.samples(5 + world.left))
      _ = try outgoing.wait()
    }

    @Test func probeWaitsForItsTag() throws {
      let other = try world.nonblocking.send(1, to: world.right, tag: 1)
      let wanted = try world.nonblocking.send(2, to: world.right, tag: 2)
      #expect(try world.probe(from: world.left, tag: 2).tag == 2)
      #expect(try world.receive(Int.self, from: world.left, tag: 1) == 1)
      #expect(try world.receive(Int.self, from: world.left, tag: 2) == 2)
      _ = try other.wait()
      _ = try wanted.wait()
    }

    @Test func nothingToProbe() throws {
      #expect(try world.nonblocking.probe(from: .any, tag: 99) == nil)
      let message = try world.nonblocking.matchedProbe(from: .any, tag: 99)
      if message != nil { Issue.record("a message out of nowhere") }
    }

    @Test func nonblockingProbe() throws {
      let outgoing = try world.nonblocking.send([1.5, 2.5], to: world.right, tag: 3)
      var status = try world.nonblocking.probe(from: world.left, tag: 3)
      while status == nil { status = try world.nonblocking.probe(from: world.left, tag: 3) }
      #expect(status?.source == world.left && status?.byteCount == 16)
      #expect(try world.receive([Double].self, from: world.left, tag: 3) == [1.5, 2.5])
      _ = try outgoing.wait()
    }

    @Test func messageAsArray() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let outgoing = try world.nonblocking.send(Element.samples(6, from: world.rank), to: world.right, tag: 1)
        let message = try world.matchedProbe(from: world.left, tag: 1)
        #expect(message.status.source == world.left && message.status.tag == 1)
        #expect(try message.status.count(of: Element.self) == 6)
        let elements: [Element] = try message.receive()
        #expect(elements == Element.samples(6, from: world.left), "\(Element.self)")
        _ = try outgoing.wait()
      }
      for type in everySample { try check(type) }
    }

    @Test func messageAsValue() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let outgoing = try world.nonblocking.send(Element.sample(world.rank), to: world.right)
        let message = try world.matchedProbe(from: .any)
        #expect(try message.receive(Element.self) == Element.sample(world.left), "\(Element.self)")
        _ = try outgoing.wait()
      }
      for type in everySample { try check(type) }
    }

    @Test func messageIntoMemory() throws {
      let outgoing = try world.nonblocking.send([1, 2, world.rank], to: world.right)
      let message = try world.matchedProbe(from: world.left)
      var memory = [0, 0, 0, 9]
      var span = memory.mutableSpan
      try message.receive(into: &span)
      #expect(memory == [1, 2, world.left, 9])
      _ = try outgoing.wait()
    }

    @Test func messageAsObject() throws {
      let outgoing = try world.nonblocking.send(object: Document.sample(world.rank), to: world.right)
      #expect(try world.matchedProbe(from: world.left).receive(object: Document.self) == Document.sample(world.left))
      _ = try outgoing.wait()
    }

    @Test func emptyMessage() throws {
      let outgoing = try world.nonblocking.send([Double](), to: world.right)
      let message = try world.matchedProbe(from: world.left)
      #expect(message.status.byteCount == 0)
      #expect(try message.receive([Double].self).isEmpty)
      _ = try outgoing.wait()
    }

    @Test func messageFromNoRank() throws {
      let message = try world.matchedProbe(from: .null)
      #expect(message.status.source == nil && message.status.byteCount == 0)
      #expect(try message.receive([Int].self).isEmpty)
      #expect(try world.probe(from: .null).source == nil)
      #expect(try world.nonblocking.probe(from: .null)?.byteCount == 0)
      _ = try world.matchedProbe(from: .null)
    }

    @Test func nonblockingMatchedProbe() throws {
      let outgoing = try world.nonblocking.send(Int16.samples(4), to: world.right, tag: 12)
      while true {
        guard let message = try world.nonblocking.matchedProbe(from: world.left, tag: 12) else { continue }
        #expect(message.status.byteCount == 8)
        #expect(try message.receive([Int16].self) == Int16.samples(4))
        break
      }
      _ = try outgoing.wait()
    }

    @Test func aMatchedMessageIsOutOfLine() throws {
      let first = try world.nonblocking.send([1], to: world.right)
      let second = try world.nonblocking.send([2, 2], to: world.right)
      let message = try world.matchedProbe(from: world.left)
      #expect(try world.receive([Int].self, from: world.left) == [2, 2])
      #expect(try message.receive([Int].self) == [1])
      _ = try first.wait()
      _ = try second.wait()
    }

    @Test(arguments: [1, 100, 1 << 20]) func aMessageThatIsDroppedIsTaken(count: Int) throws {
      let first = try world.nonblocking.send([Int](repeating: 1, count: count), to: world.right)
      let second = try world.nonblocking.send([Int](repeating: 2, count: count), to: world.right)
      do {
        let message = try world.matchedProbe(from: world.left)
        #expect(message.status.byteCount == 8 * count)
      }
      let received = try world.receive([Int].self, from: world.left)
      #expect(received == [Int](repeating: 2, count: count))
      _ = try first.wait()
      _ = try second.wait()
    }

    @Test func aMessageOfTheWrongTypeIsTaken() throws {
      let first = try world.nonblocking.send([UInt8](repeating: 3, count: 5), to: world.right)
      let second = try world.nonblocking.send([UInt8](repeating: 4, count: 5), to: world.right)
      let third = try world.nonblocking.send(8, to: world.right)
      let one = try world.matchedProbe(from: world.left)
      expectError(.type, of: one, naming: "5 bytes", "multiple of 4", on: world) { _ = try $0.receive([Float].self) }
      let two = try world.matchedProbe(from: world.left)
      expectError(.type, of: two, naming: "5 bytes", "Int", on: world) { _ = try $0.receive(Int.self) }
      #expect(try world.receive(Int.self, from: world.left) == 8)
      _ = try first.wait()
      _ = try second.wait()
      _ = try third.wait()
    }

    @Test func aMessageLongerThanTheMemory() throws {
      let outgoing = try world.nonblocking.send([1, 2, 3], to: world.right)
      let message = try world.matchedProbe(from: world.left)
      var memory = [0]
      expectError(.truncate, of: message, on: world) {
        var span = memory.mutableSpan
        try $0.receive(into: &span)
      }
      _ = try outgoing.wait()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func aMessageThatIsNoObject() throws {
      let outgoing = try world.nonblocking.send([UInt8](0..<40), to: world.right)
      let message = try world.matchedProbe(from: world.left)
      expectError(.serialization, "receive(object:)", of: message, naming: "40 bytes", on: world) {
        _ = try $0.receive(object: [String].self)
      }
      _ = try outgoing.wait()
    }

    @Test func wrongArguments() throws {
      try expectRefusal(.rank, "probe", naming: "\(world.size)") { _ = try world.probe(from: world.size) }
      try expectRefusal(.rank, "matchedProbe", naming: "-4") { _ = try world.matchedProbe(from: -4) }
      try expectRefusal(.rank, "probe", naming: "-4") { _ = try world.nonblocking.probe(from: -4) }
      try expectRefusal(.rank, "matchedProbe", naming: "-4") { _ = try world.nonblocking.matchedProbe(from: -4) }
      try expectRefusal(.tag, "probe", naming: "-3") { _ = try world.probe(from: .any, tag: -3) }
      try expectRefusal(.tag, "matchedProbe", naming: "-3") { _ = try world.nonblocking.matchedProbe(from: 0, tag: -3) }
    }

    @Test func anAnswerGoesToTheSender() throws {
      let question = try world.nonblocking.send(world.rank, to: world.right, tag: 25)
      let message = try world.matchedProbe(from: .any, tag: 25)
      let sender = message.status.sender
      #expect(sender.rank == world.left)
      let answer = try world.nonblocking.send(message.receive(Int.self) * 2, to: sender, tag: 26)
      #expect(try world.receive(Int.self, from: world.right, tag: 26) == world.rank * 2)
      try question.wait()
      try answer.wait()
      #expect(try world.probe(from: .null).sender == .null)
    }
  }
}

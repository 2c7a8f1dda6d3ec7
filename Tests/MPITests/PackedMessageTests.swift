// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct PackedMessageTests {
    let world = Communicator.world

    @Test func roundTrip() throws {
      let column = try Layout<Double>.vector(count: 3, stride: 4, start: 1)
      let matrix = Double.samples(12, from: world.rank)
      var packed = PackedMessage(world)
      try packed.append(world.rank)
      try packed.append([1.0, 2.0])
      try packed.append(matrix[layout: column])
      try packed.append(Padded.sample(7))
      try packed.append(true)
      let outgoing = try world.nonblocking.send(packed, to: world.right, tag: 4)

      var message = try world.receive(PackedMessage.self, from: world.left, tag: 4)
      let rank: Int = try message.next()
      #expect(rank == world.left)
      #expect(try message.next([Double].self, count: 2) == [1, 2])
      var room = [Double](repeating: 0, count: 12)
      try message.next(into: &room[layout: column])
      let other = Double.samples(12, from: world.left)
      #expect(room == room.indices.map { $0 % 4 == 1 ? other[$0] : 0 })
      #expect(try message.next(Padded.self) == .sample(7))
      #expect(!message.isAtEnd)
      #expect(try message.next(Bool.self))
      #expect(message.isAtEnd && message.bytesRead == message.bytes.count)
      #expect(try outgoing.wait().bytes == packed.bytes)
    }

    @Test func everyTypeOfElement() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        var packed = PackedMessage(world)
        try packed.append(Element.sample(3))
        try packed.append(Element.samples(9))
        try packed.append([Element]())
        #expect(try packed.next(Element.self) == .sample(3), "\(Element.self)")
        #expect(try packed.next([Element].self) == Element.samples(9), "\(Element.self)")
        #expect(try packed.next([Element].self) == [], "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func nothing() throws {
      let outgoing = try world.nonblocking.send(PackedMessage(world), to: world.right)
      let message = try world.receive(PackedMessage.self, from: .any)
      #expect(message.isAtEnd && message.bytes.isEmpty)
      _ = try outgoing.wait()
      #expect(try world.receive(PackedMessage.self, from: .null).isAtEnd)
    }

    @Test func sentAgain() throws {
      var packed = PackedMessage(world)
      try packed.append(Int.samples(1000))
      for _ in 0..<3 {
        let incoming = try world.nonblocking.receive(UInt8.self, count: packed.bytes.count, from: world.left)
        try world.send(packed, to: world.right)
        var copy = PackedMessage(try incoming.wait(), of: world)
        #expect(try copy.next([Int].self) == Int.samples(1000))
      }
    }

    @Test func broadcast() throws {
      for root in [0, world.last] {
        var packed = PackedMessage(world)
        try packed.append(world.rank)
        try packed.append(Float.samples(root))
        var message = try world.broadcast(world.rank == root ? packed : nil, root: root)
        #expect(try message.next() == root)
        #expect(try message.next([Float].self) == Float.samples(root))
      }
      if world.isRoot {
        expectError(.argument, "broadcast", on: world) { _ = try world.broadcast(nil as PackedMessage?) }
      }
      try expectRefusal(.root, "broadcast", naming: "-1") {
        _ = try world.broadcast(PackedMessage(world), root: -1)
      }
    }

    @Test func pastTheEnd() throws {
      var packed = PackedMessage(world)
      try packed.append([1, 2, 3])
      try packed.append(UInt8(4))
      expectError(.truncate, "PackedMessage.next", naming: "32 bytes", "25", on: world) {
        _ = try packed.next([Int].self, count: 4)
      }
      expectError(.type, "PackedMessage.next", naming: "25 bytes", "multiple of 8", on: world) {
        _ = try packed.next([Int].self)
      }
      expectError(.count, "PackedMessage.next", naming: "-1", on: world) {
        _ = try packed.next([Int].self, count: -1)
      }
      expectError(.truncate, "PackedMessage.next", on: world) { _ = try packed.next([Int].self, count: .max) }
      expectError(.truncate, "PackedMessage.next", naming: "40 bytes", on: world) {
        var room = Int.samples(9)
        try packed.next(into: &room[layout: .vector(count: 5, stride: 2)])
      }
      // Nothing was read.
      #expect(packed.bytesRead == 0)
      #expect(try packed.next([Int].self, count: 3) == [1, 2, 3])
      expectError(.truncate, "PackedMessage.next", naming: "2 bytes", "1 of 25", on: world) {
        _ = try packed.next(Int16.self)
      }
      #expect(try packed.next(UInt8.self) == 4)
      expectError(.truncate, "PackedMessage.next", on: world) { _ = try packed.next(UInt8.self) }
    }

    @Test func wrongLayouts() throws {
      var packed = PackedMessage(world)
      expectError(.count, "PackedMessage.append", naming: "element 9", "memory of 9", on: world) {
        try packed.append(Int.samples(9)[layout: .contiguous(10)])
      }
      #expect(packed.bytes.isEmpty)
      try packed.append([1, 2])
      expectError(.type, "PackedMessage.next", naming: "twice", on: world) {
        var room = [0]
        try packed.next(into: &room[layout: .vector(count: 2, stride: 0)])
      }
      expectError(.count, "PackedMessage.next", naming: "element 1", on: world) {
        var room = [0]
        try packed.next(into: &room[layout: .contiguous(2)])
      }
    }

    @Test func ofAnotherCommunicator() throws {
      let other = try world.duplicate()
      try expectRefusal(.communicator, "send", naming: other.name) {
        try world.send(PackedMessage(other), to: world.right)
      }
      try expectRefusal(.communicator, "send", naming: other.name) {
        _ = try world.nonblocking.send(PackedMessage(other), to: world.right)
      }
      try expectRefusal(.rank, "send", naming: "\(world.size)") {
        try world.send(PackedMessage(world), to: world.size)
      }
    }
  }
}

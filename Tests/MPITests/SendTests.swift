// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Each rank sends to the next one, whose receive has been posted: so it is safe on one rank, too.
  @Suite struct SendTests {
    let world = Communicator.world

    @Test func value() throws {
      let incoming = try world.nonblocking.receive(Double.self, from: world.left)
      try world.send(Double(world.rank) + 0.5, to: world.right)
      #expect(try incoming.wait() == Double(world.left) + 0.5)
    }

    @Test func valueOfEveryType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let incoming = try world.nonblocking.receive(Element.self, from: world.left)
        try world.send(Element.sample(world.rank), to: world.right)
        #expect(try incoming.wait() == Element.sample(world.left), "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func array() throws {
      let incoming = try world.nonblocking.receive(Int.self, count: 100, from: world.left)
      try world.send(Array(world.rank..<world.rank + 100), to: world.right)
      #expect(try incoming.wait() == Array(world.left..<world.left + 100))
    }

    @Test func arrayOfEveryType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let incoming = try world.nonblocking.receive(Element.self, count: 9, from: world.left)
        try world.send(Element.samples(9, from: world.rank), to: world.right)
        #expect(try incoming.wait() == Element.samples(9, from: world.left), "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func span() throws {
      let elements = Float.samples(20, from: world.rank)
      let incoming = try world.nonblocking.receive(Float.self, count: 20, from: world.left)
      try world.send(elements.span, to: world.right)
      #expect(try incoming.wait() == Float.samples(20, from: world.left))
    }

    @Test func partOfASpan() throws {
      let elements = Int32.samples(20, from: world.rank)
      let incoming = try world.nonblocking.receive(Int32.self, count: 20, from: world.left)
      try world.send(elements.span.extracting(5..<12), to: world.right)
      #expect(try incoming.wait() == Int32.samples(7, from: world.left + 5))
    }

    @Test func noElements() throws {
      let incoming = try world.nonblocking.receive(Double.self, count: 3, from: world.left, tag: 4)
      try world.send([Double](), to: world.right, tag: 4)
      #expect(try incoming.wait().isEmpty)
      let more = try world.nonblocking.receive(Padded.self, count: 0, from: world.left)
      try world.send([Padded]().span, to: world.right)
      #expect(try more.wait().isEmpty)
    }

    @Test func unevenArrays() throws {
      let incoming = try world.nonblocking.receive(Int16.self, count: world.size, from: world.left)
      try world.send(Int16.samples(world.rank), to: world.right)
      #expect(try incoming.wait() == Int16.samples(world.left))
    }

    @Test func largeArray() throws {
      let count = 1 << 19
      let incoming = try world.nonblocking.receive(Double.self, count: count, from: world.left)
      try world.send(Double.samples(count, from: world.rank), to: world.right)
      #expect(try incoming.wait() == Double.samples(count, from: world.left))
    }

    @Test(arguments: [SendMode.standard, .synchronous, .ready]) func everyMode(mode: SendMode) throws {
      let incoming = try world.nonblocking.receive(Int.self, count: 8, from: world.left)
      let one = try world.nonblocking.receive(Padded.self, from: world.left)
      let object = try world.nonblocking.receive(UInt8.self, count: 10_000, from: world.left)
      try world.barrier()
      try world.send(Int.samples(8, from: world.rank), to: world.right, mode: mode)
      try world.send(Padded.sample(world.rank), to: world.right, mode: mode)
      try world.send(object: Document.sample(world.rank), to: world.right, mode: mode)
      #expect(try incoming.wait() == Int.samples(8, from: world.left))
      #expect(try one.wait() == Padded.sample(world.left))
      #expect(try !object.wait().isEmpty)
    }

    @Test func bufferedBeforeAnyReceive() throws {
      let byteCount = 2 * (8 * 1000 + sendBufferOverhead) + 8 + sendBufferOverhead
      try withSendBuffer(byteCount: byteCount) {
        try world.send(Int.samples(1000, from: world.rank), to: world.right, tag: 1, mode: .buffered)
        try world.send(Int.samples(1000, from: world.rank + 7).span, to: world.right, tag: 2, mode: .buffered)
        try world.send(world.rank, to: world.right, tag: 3, mode: .buffered)
        #expect(try world.receive(Int.self, from: world.left, tag: 3) == world.left)
        #expect(try world.receive([Int].self, from: world.left, tag: 2) == Int.samples(1000, from: world.left + 7))
        #expect(try world.receive([Int].self, from: world.left, tag: 1) == Int.samples(1000, from: world.left))
      }
    }

    @Test func sendBufferGivesBackWhatTheBodyReturns() throws {
      #expect(try withSendBuffer(byteCount: 64) { 42 } == 42)
      #expect(throws: CancellationError.self) { try withSendBuffer(byteCount: 64) { throw CancellationError() } }
      // It can be attached again.
      #expect(try withSendBuffer(byteCount: 64) { world.size } == world.size)
    }

    @Test func sendBufferOfNoBytes() throws {
      #expect(try withSendBuffer(byteCount: 0) { 42 } == 42)
    }

    @Test func bufferedWithTooLittleMemory() throws {
      _ = try withSendBuffer(byteCount: 100 + sendBufferOverhead) {
        expectError(.buffer, "send", naming: "withSendBuffer", "8000 bytes", on: world) {
          try world.send(Int.samples(1000), to: world.right, mode: .buffered)
        }
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func sendBufferOfAnImpossibleLength() throws {
      expectError(.argument, "withSendBuffer", naming: "-1") { try withSendBuffer(byteCount: -1) {} }
      let tooLong = 1 << 31
      expectError(.argument, "withSendBuffer", naming: "\(tooLong)") { try withSendBuffer(byteCount: tooLong) {} }
    }

    @Test func secondSendBufferAtOnce() throws {
      try withSendBuffer(byteCount: 1000) {
        let error = #expect(throws: MPIError.self) { try withSendBuffer(byteCount: 1000) {} }
        #expect(error?.errorClass == .buffer)
      }
    }

    @Test func toNoRank() throws {
      try world.send(1, to: .null)
      try world.send([1, 2], to: .null, mode: .synchronous)
      try world.send([1, 2].span, to: Neighbor(nil), tag: 9)
      try world.send(object: Document.sample(2), to: .null)
    }

    @Test func toANeighbor() throws {
      let incoming = try world.nonblocking.receive(Int.self, from: Neighbor(world.left))
      try world.send(world.rank, to: Neighbor(world.right))
      #expect(try incoming.wait() == world.left)
    }

    @Test func largestTag() throws {
      #expect(world.largestTag >= 32_767)
      let incoming = try world.nonblocking.receive(Int.self, from: world.left, tag: world.largestTag)
      try world.send(world.rank, to: world.right, tag: world.largestTag)
      #expect(try incoming.wait() == world.left)
    }

    @Test func messagesFromOneRankKeepTheirOrder() throws {
      for index in 0..<100 { _ = try world.nonblocking.send(index, to: world.right) }
      for index in 0..<100 { #expect(try world.receive(Int.self, from: world.left) == index) }
    }

    @Test func object() throws {
      let outgoing = try world.nonblocking.send(object: Document.sample(world.rank), to: world.right)
      #expect(try world.receive(object: Document.self, from: world.left) == Document.sample(world.left))
      #expect(try !outgoing.wait().isEmpty)
      guard world.size > 1 else { return }
      if world.rank == 0 { try world.send(object: ["answer": [42]], to: world.last) }
      if world.rank == world.last {
        #expect(try world.receive(object: [String: [Int]].self, from: 0) == ["answer": [42]])
      }
    }

    /// Their bytes go in memory that is used again and again, and grows.
    @Test func objectsOfManyLengths() throws {
      struct Samples: Codable, Equatable {
        var name: String
        var values: [Double]
      }
      for (turn, count) in [0, 100, 9_000, 200_000, 3, 100_000, 0].enumerated() {
        func samples(of rank: Int) -> Samples {
          Samples(name: "\(turn) of \(rank)", values: (0..<(count + rank)).map { Double($0 + rank) })
        }
        let received = try world.sendReceive(object: samples(of: world.rank), to: world.right, from: world.left)
        #expect(received == samples(of: world.left))
        guard world.size > 1 else { continue }
        if world.rank == 0 { try world.send(object: samples(of: 0), to: world.last) }
        if world.rank == world.last {
          #expect(try world.receive(object: Samples.self, from: 0) == samples(of: 0))
        }
        #expect(try world.allGather(object: samples(of: world.rank)) == (0..<world.size).map { samples(of: $0) })
      }
    }

    @Test func objectThatCannotBeEncoded() throws {
      struct Secret: Encodable {
        func encode(to encoder: any Encoder) throws {
          throw EncodingError.invalidValue(self, .init(codingPath: [], debugDescription: "too secret"))
        }
      }
      try expectRefusal(.serialization, "send(object:)", naming: "Secret", "too secret") {
        try world.send(object: Secret(), to: world.right)
      }
    }

    // MARK: Wrong arguments

    @Test(arguments: [-1, 1_000_000]) func rankOutOfRange(rank: Int) throws {
      try expectRefusal(.rank, "send", naming: "\(rank)", "0 to \(world.size - 1)") { try world.send(1, to: rank) }
      try expectRefusal(.rank, "send", naming: "\(rank)") { try world.send([1], to: rank) }
      try expectRefusal(.rank, "send", naming: "\(rank)") { try world.send([1].span, to: Neighbor(rank)) }
      try expectRefusal(.rank, "send", naming: "\(rank)") { try world.send(object: "x", to: rank) }
      try expectRefusal(.rank, "send", naming: "\(rank)") { _ = try world.nonblocking.send([1], to: rank) }
    }

    @Test func rankOfTheSize() throws {
      try expectRefusal(.rank, "send", naming: "\(world.size)") { try world.send(1, to: world.size) }
    }

    @Test func tagOutOfRange() throws {
      for tag in [-1, world.largestTag + 1, Int.min, Int.max] {
        try expectRefusal(.tag, "send", naming: "\(tag)", "\(world.largestTag)") {
          try world.send(1, to: 0, tag: tag)
        }
        try expectRefusal(.tag, "send", naming: "\(tag)") { try world.send([1], to: 0, tag: tag) }
        try expectRefusal(.tag, "send", naming: "\(tag)") { try world.send(object: "x", to: 0, tag: tag) }
        try expectRefusal(.tag, "send", naming: "\(tag)") { _ = try world.nonblocking.send(1, to: 0, tag: tag) }
      }
    }

    @Test func errorsNameTheCommunicator() throws {
      let team = try world.duplicate()
      team.name = "team"
      try expectRefusal(.rank, "send", naming: "77", on: team) { try team.send(1, to: 77) }
    }
  }
}

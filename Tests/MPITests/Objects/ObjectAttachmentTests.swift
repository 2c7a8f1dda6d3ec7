// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

@testable import MPIObjectCoding

extension OnEveryRank {
  @Suite struct ObjectAttachmentMessages {
    /// Nobody else has arrays of it.
    struct Rare: Codable, Equatable {
      var x: Int16
      var y: Float
    }

    let world = Communicator.world

    /// What the rank to the left has sent.
    private func passedOn(_ attachment: ObjectAttachment) throws -> ObjectAttachment {
      let request = try world.nonblocking.send(attachment, to: world.right, tag: 3)
      let message = try world.matchedProbe(from: world.left, tag: 3)
      let incoming = try world.nonblocking.receive(message, elementType: attachment.elementType)
      let received = try incoming.wait()
      #expect(try request.wait().byteCount == attachment.byteCount)
      return received
    }

    @Test func numbersComeAsArrays() throws {
      for count in [0, 1, 100_000] {
        let received = try passedOn(ObjectAttachment((0..<count).map { Double($0 + world.rank) }))
        #expect(received.byteCount == 8 * count)
        #expect(received.elements(of: Double.self) == (0..<count).map { Double($0 + world.left) })
        #expect(received.elements(of: Int.self) == nil)
      }
      #expect(try passedOn(ObjectAttachment([true, false])).elements(of: Bool.self) == [true, false])
    }

    @Test func aTypeIsKnownOnceAnArrayOfItWasSentOrRead() throws {
      let numbers = (0..<1000).map { Rare(x: Int16($0), y: Float(world.rank)) }
      let expected = numbers.map { Rare(x: $0.x, y: Float(world.left)) }
      let stranger = ObjectAttachment(Array(repeating: UInt8(7), count: 16), elementType: 12345)
      #expect(try passedOn(stranger).elements(of: UInt8.self) == Array(repeating: 7, count: 16))
      // Whoever sends one knows it.
      #expect(try passedOn(ObjectAttachment(numbers)).elements(of: Rare.self) == expected)
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Sends and receives by layouts, in every mode.
  @Suite struct LayoutMessageTests {
    let world = Communicator.world
    let rows = 5
    let columns = 4

    /// A matrix whose elements say whose they are.
    private func matrix(of rank: Int) -> [Double] { (0..<rows * columns).map { Double(100 * rank + $0) } }

    private func column(_ index: Int) throws -> Layout<Double> {
      try .vector(count: rows, stride: columns, start: index)
    }

    /// This rank's matrix with one column of the left one's in place of its own.
    private func withColumn(_ into: Int, ofTheLefts from: Int) -> [Double] {
      var result = matrix(of: world.rank)
      let other = matrix(of: world.left)
      for row in 0..<rows { result[row * columns + into] = other[row * columns + from] }
      return result
    }

    @Test func columnToAnotherColumn() throws {
      var mine = matrix(of: world.rank)
      let outgoing = try world.nonblocking.send(matrix(of: world.rank)[layout: column(1)], to: world.right, tag: 3)
      let status = try world.receive(into: &mine[layout: column(3)], from: world.left, tag: 3)
      #expect(mine == withColumn(3, ofTheLefts: 1))
      #expect(status.source == world.left && status.tag == 3 && status.byteCount == 8 * rows)
      _ = try outgoing.wait()
    }

    @Test func everyMode() throws {
      let own = matrix(of: world.rank)
      for mode in [SendMode.standard, .synchronous, .ready] {
        let incoming = try world.nonblocking.receive(Double.self, count: rows, from: world.left)
        try world.barrier()
        try world.send(own[layout: column(2)], to: world.right, mode: mode)
        #expect(try incoming.wait() == (0..<rows).map { matrix(of: world.left)[$0 * columns + 2] })
      }
      try withSendBuffer(byteCount: 8 * rows + sendBufferOverhead) {
        try world.send(own[layout: column(2)], to: world.right, mode: .buffered)
        #expect(try world.receive([Double].self, from: world.left).first == matrix(of: world.left)[2])
      }
      try withSendBuffer(byteCount: sendBufferOverhead) {
        try expectRefusal(.buffer, "send", naming: "\(8 * rows) bytes") {
          try world.send(own[layout: column(2)], to: world.right, mode: .buffered)
        }
      }
    }

    @Test func nonblockingArrays() throws {
      let incoming = try world.nonblocking.receive(
        into: matrix(of: world.rank)[layout: column(0)], from: world.left, tag: 9)
      let outgoing = try world.nonblocking.send(matrix(of: world.rank)[layout: column(3)], to: world.right, tag: 9)
      #expect(try incoming.wait().base == withColumn(0, ofTheLefts: 3))
      #expect(try outgoing.wait().base == matrix(of: world.rank))
    }

    @Test func nonblockingSpans() throws {
      var mine = matrix(of: world.rank)
      let own = matrix(of: world.rank)
      var span = mine.mutableSpan
      let status = try world.nonblocking.receive(into: &span[layout: column(0)], from: world.left) { _ in
        try world.nonblocking.send(own.span[layout: column(1)], to: world.right) { pending in
          while try !pending.test() {}
        }
      }.status
      #expect(status.source == world.left)
      #expect(mine == withColumn(0, ofTheLefts: 1))
    }

    @Test func persistent() throws {
      var outgoing = try world.persistent.send(matrix(of: world.rank)[layout: column(1)], to: world.right)
      var incoming = try world.persistent.receive(into: matrix(of: world.rank)[layout: column(2)], from: world.left)
      for round in 0..<3 {
        for row in 0..<rows { outgoing.input[row * columns + 1] += Double(1000 * round) }
        try incoming.start()
        try outgoing.start()
        try incoming.wait()
        try outgoing.wait()
        var expected = withColumn(2, ofTheLefts: 1)
        let sum = Double(1000 * (0...round).reduce(0, +))
        for row in 0..<rows { expected[row * columns + 2] += sum }
        let output = incoming.output
        #expect(output.indices.map { output[$0] } == expected)
      }
    }

    @Test func matchedMessage() throws {
      let outgoing = try world.nonblocking.send(matrix(of: world.rank)[layout: column(1)], to: world.right)
      var mine = matrix(of: world.rank)
      let message = try world.matchedProbe(from: world.left)
      #expect(message.status.byteCount == 8 * rows)
      var span = mine.mutableSpan
      try message.receive(into: &span[layout: column(0)])
      #expect(mine == withColumn(0, ofTheLefts: 1))
      _ = try outgoing.wait()
    }

    @Test func shorterThanTheLayout() throws {
      let outgoing = try world.nonblocking.send([-1.0, -2], to: world.right)
      var mine = matrix(of: world.rank)
      let status = try world.receive(into: &mine[layout: column(1)], from: world.left)
      #expect(try status.count(of: Double.self) == 2)
      var expected = matrix(of: world.rank)
      (expected[1], expected[1 + columns]) = (-1, -2)
      #expect(mine == expected)
      _ = try outgoing.wait()
    }

    @Test func longerThanTheLayout() throws {
      guard world.size > 1 else { return }
      let outgoing = try world.nonblocking.send([1.0, 2, 3, 4, 5, 6], to: world.right)
      expectError(.truncate, "receive", on: world) {
        var mine = matrix(of: world.rank)
        try world.receive(into: &mine[layout: column(1)], from: world.left)
      }
      _ = try outgoing.wait()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func noRank() throws {
      var mine = matrix(of: world.rank)
      try world.send(mine[layout: column(1)], to: .null)
      #expect(try world.receive(into: &mine[layout: column(1)], from: .null).source == nil)
      #expect(mine == matrix(of: world.rank))
    }

    // MARK: Send and receive at once

    @Test func sendReceive() throws {
      let own = matrix(of: world.rank)
      var mine = own
      try world.sendReceive(
        own[layout: column(3)], to: world.right, into: &mine[layout: column(1)], from: world.left)
      #expect(mine == withColumn(1, ofTheLefts: 3))
    }

    @Test func edgesWithinOneMemory() throws {
      var mine = matrix(of: world.rank)
      try world.sendReceive(
        within: &mine, layout: column(columns - 2), to: world.right, receivedLayout: column(0), from: world.left)
      #expect(mine == withColumn(0, ofTheLefts: columns - 2))
      try expectRefusal(.type, "sendReceive", naming: "in common") {
        var room = matrix(of: 0)
        try world.sendReceive(
          within: &room, layout: .contiguous(3), to: world.right, receivedLayout: column(2), from: world.left)
      }
    }

    @Test func inPlace() throws {
      var mine = matrix(of: world.rank)
      try world.sendReceive(inPlace: &mine[layout: column(2)], to: world.right, from: world.left)
      #expect(mine == withColumn(2, ofTheLefts: 2))
    }

    @Test func wrongArguments() throws {
      let own = matrix(of: world.rank)
      var room = own
      try expectRefusal(.count, "sendReceive", naming: "element 20", "memory of 20") {
        var span = room.mutableSpan
        try world.sendReceive(
          own.span[layout: .contiguous(21)], to: world.right, into: &span[layout: column(1)], from: world.left)
      }
      try expectRefusal(.count, "sendReceive", naming: "element 20", "memory of 20") {
        var span = room.mutableSpan
        try world.sendReceive(
          own.span[layout: column(1)], to: world.right, into: &span[layout: .contiguous(21)], from: world.left)
      }
      try expectRefusal(.type, "sendReceive", naming: "twice") {
        var span = room.mutableSpan
        try world.sendReceive(
          inPlace: &span[layout: .vector(count: 2, stride: 0)], to: world.right, from: world.left)
      }
      try expectRefusal(.count, "receive", naming: "element 20") {
        _ = try world.nonblocking.receive(into: own[layout: .contiguous(21)], from: world.left)
      }
      try expectRefusal(.count, "send", naming: "element 20") {
        _ = try world.persistent.send(own[layout: .contiguous(21)], to: world.right)
      }
      try expectRefusal(.rank, "receive", naming: "\(world.size)") {
        _ = try world.persistent.receive(into: own[layout: .contiguous(2)], from: world.size)
      }
    }

    @Test func large() throws {
      // A column of a matrix of 1,000 × 500 structs.
      let (rows, columns) = (1000, 500)
      let own = Padded.samples(rows * columns, from: world.rank)
      let layout = try Layout<Padded>.vector(count: rows, stride: columns, start: 7)
      let outgoing = try world.nonblocking.send(own[layout: layout], to: world.right)
      let received: [Padded] = try world.receive(from: world.left)
      #expect(received == (0..<rows).map { Padded.sample(world.left + $0 * columns + 7) })
      _ = try outgoing.wait()
    }
  }
}

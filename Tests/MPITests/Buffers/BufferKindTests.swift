// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Every kind of buffer, at both ends.
  @Suite struct BufferKindTests {
    let world = Communicator.world

    /// A struct with padding and fields of several types.
    struct Body: BitwiseCopyable, Equatable {
      var mass: Double
      var charge: Int8
      var position: SIMD2<Float>

      init(_ number: Int) {
        mass = Double(number) / 2
        charge = Int8(truncatingIfNeeded: number)
        position = SIMD2(Float(number), -1)
      }
    }

    private func own(_ rank: Int, _ count: Int = 6) -> [Int] { (0..<count).map { 100 * rank + $0 } }

    /// Sends by `body`, and expects the neighbor's at this rank.
    private func passOn(_ expected: [Int], _ body: () throws -> Void, line: Int = #line) throws {
      let incoming = try world.nonblocking.receive(Int.self, count: 100, from: world.left, tag: 4)
      try body()
      #expect(try incoming.wait() == expected, "line \(line)")
    }

    @Test func everyKindIsSent() throws {
      let mine = own(world.rank)
      let theirs = own(world.left)
      try passOn(theirs) { try world.send(mine, to: world.right, tag: 4) }
      try passOn(Array(theirs[1..<4])) { try world.send(mine[1..<4], to: world.right, tag: 4) }
      try passOn(Array(theirs[1...])) { try world.send(mine.dropFirst(), to: world.right, tag: 4) }
      try passOn(theirs) { try world.send(ContiguousArray(mine), to: world.right, tag: 4) }
      try passOn(theirs) { try world.send(mine.span, to: world.right, tag: 4) }
      try passOn(Array(theirs[2..<5])) { try world.send(mine.span.extracting(2..<5), to: world.right, tag: 4) }
      try passOn(theirs) {
        var copy = mine
        try world.send(copy.mutableSpan, to: world.right, tag: 4)
      }
      let even = try Layout<Int>.vector(count: 3, stride: 2)
      let taken = [theirs[0], theirs[2], theirs[4]]
      try passOn(taken) { try world.send(mine[layout: even], to: world.right, tag: 4) }
      try passOn(taken) { try world.send(mine[0..<5][layout: even], to: world.right, tag: 4) }
      try passOn(taken) { try world.send(ContiguousArray(mine)[layout: even], to: world.right, tag: 4) }
      try passOn(taken) { try world.send(mine.span[layout: even], to: world.right, tag: 4) }
      try passOn(taken) {
        var copy = mine
        var span = copy.mutableSpan
        try world.send(span[layout: even], to: world.right, tag: 4)
        try world.receive(into: &span[layout: even], from: .null)
      }
      try passOn([theirs[3]]) { try world.send(mine[3], to: world.right, tag: 4) }
      try passOn([]) { try world.send(mine[2..<2], to: world.right, tag: 4) }
      try passOn([]) { try world.send([Int](), to: world.right, tag: 4) }
    }

    @Test func everyKindIsSentByARequest() throws {
      let mine = own(world.rank)
      let theirs = own(world.left)
      let even = try Layout<Int>.vector(count: 3, stride: 2)
      try passOn(Array(theirs[1..<4])) {
        let sent = try world.nonblocking.send(mine[1..<4], to: world.right, tag: 4).wait()
        #expect(sent == mine[1..<4])
      }
      try passOn(theirs) {
        let sent = try world.nonblocking.send(ContiguousArray(mine), to: world.right, tag: 4).wait()
        #expect(sent == ContiguousArray(mine))
      }
      try passOn([theirs[0], theirs[2], theirs[4]]) {
        let sent = try world.nonblocking.send(mine[layout: even], to: world.right, tag: 4).wait()
        #expect(sent.base == mine)
      }
      try passOn([theirs[1], theirs[3], theirs[5]]) {
        let work = try world.nonblocking.send(mine[1...][layout: even], to: world.right, tag: 4) { pending in
          _ = try pending.test()
          return 7
        }
        #expect(work == 7)
      }
      // The slice of a literal, and an array that was just changed.
      try passOn([theirs[1], 5]) {
        try world.nonblocking.send([0, 100 * world.rank + 1, 5][1...], to: world.right, tag: 4).wait()
      }
    }

    /// Calls `body` while the left neighbor sends `expected` here, and this rank its own to the right.
    private func expectReceived(
      _ sent: [Int], _ expected: [Int], line: Int = #line, _ body: () throws -> [Int]
    ) throws {
      let outgoing = try world.nonblocking.send(sent, to: world.right, tag: 5)
      #expect(try body() == expected, "line \(line)")
      try outgoing.wait()
    }

    @Test func everyKindIsReceivedInto() throws {
      let (left, three) = (world.left, [world.rank, 7, 9])
      let blank = [-1, -2, -3, -4, -5, -6]
      try expectReceived(three, [left, 7, 9, -4, -5, -6]) {
        var memory = blank
        let status = try world.receive(into: &memory, from: left, tag: 5)
        #expect(try status.count(of: Int.self) == 3)
        return memory
      }
      try expectReceived(three, [-1, -2, left, 7, 9, -6]) {
        var memory = blank
        try world.receive(into: &memory[2..<6], from: left, tag: 5)
        return memory
      }
      try expectReceived(three, [left, 7, 9, -4, -5, -6]) {
        var memory = ContiguousArray(blank)
        try world.receive(into: &memory, from: left, tag: 5)
        return Array(memory)
      }
      try expectReceived(three, [-1, left, 7, 9, -5, -6]) {
        var memory = blank
        var span = memory.mutableSpan
        try world.receive(into: &span[layout: .contiguous(4).shifted(by: 1)], from: left, tag: 5)
        return memory
      }
      let odd = try Layout<Int>.vector(count: 3, stride: 2, start: 1)
      try expectReceived(three, [-1, left, -3, 7, -5, 9]) {
        var memory = blank
        try world.receive(into: &memory[layout: odd], from: left, tag: 5)
        return memory
      }
      try expectReceived(three, [-1, left, -3, 7, -5, 9]) {
        var memory = ContiguousArray(blank)
        try world.receive(into: &memory[layout: odd], from: left, tag: 5)
        return Array(memory)
      }
      try expectReceived(three, [-1, left, -3, 7, -5, 9]) {
        var memory = blank
        var span = memory.mutableSpan
        try world.receive(into: &span[layout: odd], from: left, tag: 5)
        return memory
      }
      try expectReceived(three, [left, 7, 9, -4, -5, -6]) {
        let request = try world.nonblocking.receive(into: blank, from: left, tag: 5)
        return try request.wait()
      }
      try expectReceived(three, [left, 7, 9, -4]) {
        Array(try world.nonblocking.receive(into: blank[0..<4], from: left, tag: 5).wait())
      }
      try expectReceived(three, [-1, left, -3, 7, -5, 9]) {
        var request = try world.persistent.receive(into: blank[layout: odd], from: left, tag: 5)
        try request.start {}
        return (0..<6).map { request.output[$0] }
      }
      try expectReceived(three, [-2, left, -4, 7, -6, 9]) {
        var memory = [0] + blank
        try world.nonblocking.receive(into: &memory[1...][layout: odd], from: left, tag: 5) { _ = try $0.test() }
        return [memory[1], memory[2], memory[3], memory[4], memory[5], memory[6]].enumerated().map { index, value in
          index % 2 == 0 ? value - 1 : value
        }
      }
    }

    @Test func aValueIsReceivedIntoAVariable() throws {
      var value = 4.5
      let outgoing = try world.nonblocking.send(Double(world.rank), to: world.right)
      let status = try world.receive(into: &value, from: world.left)
      #expect(value == Double(world.left) && status.source == world.left)
      try outgoing.wait()
      #expect(try world.receive(into: &value, from: .null).source == nil)
      #expect(value == Double(world.left))
      // Of another length, the variable is left as it was.
      let short = try world.nonblocking.send([UInt8](repeating: 1, count: 3), to: world.right)
      expectError(.type, "receive", naming: "3 bytes") { try world.receive(into: &value, from: world.left) }
      #expect(value == Double(world.left))
      try short.wait()
    }

    @Test func receivedInPlaceTheStorageStays() throws {
      func place(_ array: [Int]) -> UnsafeRawPointer? { array.withUnsafeBytes { $0.baseAddress } }
      var memory = own(0, 9)
      let before = place(memory)
      let outgoing = try world.nonblocking.send([1, 2, 3], to: world.right)
      try world.receive(into: &memory[layout: .vector(count: 3, stride: 3)], from: world.left)
      #expect(place(memory) == before)
      #expect(memory == [1, 1, 2, 2, 4, 5, 3, 7, 8])
      try outgoing.wait()
      // An error leaves the array, too.
      expectError(.count, "receive", naming: "element 9 of a memory of 9") {
        try world.receive(into: &memory[layout: .contiguous(10)], from: world.left)
      }
      #expect(place(memory) == before && memory.count == 9)
    }

    @Test func fieldsAreElementsOfTheirType() throws {
      let mine = (0..<4).map { Body(10 * world.rank + $0) }
      let theirs = (0..<4).map { Body(10 * world.left + $0) }
      var masses = [0.0, 0, 0, 0]
      let fields = try Layout<Body>.fields(\.mass, count: 4)
      try world.sendReceive(mine[layout: fields, as: Double.self], to: world.right, into: &masses, from: world.left)
      #expect(masses == theirs.map(\.mass))
      var bodies = mine
      try world.sendReceive(masses, to: world.left, into: &bodies[layout: fields, as: Double.self], from: world.right)
      #expect(bodies == mine)
      expectError(.type, "send", naming: "whole number of elements of 16 bytes") {
        try world.send(
          mine[layout: .fields(\.mass, count: 3), as: SIMD2<Double>.self], to: world.right)
      }
    }

    @Test func exchangesOfEveryKind() throws {
      let mine = own(world.rank)
      let theirs = own(world.left)
      #expect(try world.sendReceive(mine[1..<3], to: world.right, from: world.left) == Array(theirs[1..<3]))
      #expect(try world.sendReceive(mine.span, to: world.right, from: world.left) == theirs)
      let column = try Layout<Int>.vector(count: 2, stride: 3)
      #expect(try world.sendReceive(mine[layout: column], to: world.right, from: world.left) == [theirs[0], theirs[3]])
      var memory = ContiguousArray(mine)
      try world.sendReceive(inPlace: &memory[layout: column], to: world.right, from: world.left)
      #expect(Array(memory) == [theirs[0], mine[1], mine[2], theirs[3], mine[4], mine[5]])
      var part = mine
      try world.sendReceive(inPlace: &part[2...], to: world.right, from: world.left)
      #expect(part == Array(mine[..<2]) + Array(theirs[2...]))
      let request = try world.nonblocking.sendReceive(mine[layout: column], to: world.right, from: world.left)
      #expect(try request.wait() == [theirs[0], theirs[3]])
      try world.nonblocking.sendReceive(mine[..<2], to: world.right, into: &part[4...], from: world.left) { _ in }
      #expect(Array(part[4...]) == Array(theirs[..<2]))
    }

    @Test func messagesBetweenGroupsHaveEveryModeAndKind() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      guard inter.rank < inter.remoteSize else { return }
      let peer = inter.rank
      let (mine, theirs) = (own(world.rank), own(across.remotes[peer]))
      let even = try Layout<Int>.vector(count: 3, stride: 2)
      let wanted = [theirs[0], theirs[2], theirs[4]]
      var memory = [-1, -1, -1, -1]
      try inter.sendReceive(mine[layout: even], to: peer, into: &memory[1...], from: peer)
      #expect(memory == [-1] + wanted)
      memory = [0, 0, 0, 0]
      try inter.nonblocking.receive(into: &memory[..<3], from: peer) { _ in
        try inter.nonblocking.send(mine.span[layout: even], to: peer) { _ in }
      }
      #expect(memory == wanted + [0])
      var sending = try inter.persistent.send(mine[layout: even], to: peer)
      var receiving = try inter.persistent.receive(Int.self, count: 3, from: peer)
      for _ in 0..<2 {
        try receiving.start()
        try sending.start {}
        try receiving.wait()
        #expect((0..<3).map { receiving.output[$0] } == wanted)
      }
      var packed = PackedMessage(world)
      try packed.append(1)
      expectError(.communicator, "send", naming: "was packed for") { try inter.send(packed, to: peer) }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Fields of structs.
  @Suite struct LayoutFieldsTests {
    let world = Communicator.world

    struct Particle: Sample {
      var kind: Int8
      var position: SIMD3<Double>
      var charge: Float
      var spin: Spin
      var mass: Double
      /// 9 bytes, 16 from one to the next; `tail` begins in the padding.
      var last: Odd
      var tail: Int8
      var speed: Double { Double(kind) }

      struct Spin: BitwiseCopyable, Equatable {
        var up: Int32
        var down: Int16
      }
      struct Odd: BitwiseCopyable, Equatable {
        var value: Double
        var flag: Int8
      }

      static func sample(_ seed: Int) -> Self {
        Self(
          kind: Int8(seed % 100), position: .sample(seed), charge: .sample(seed),
          spin: Spin(up: Int32(seed), down: Int16(seed % 99)), mass: Double(seed) * 3,
          last: Odd(value: Double(-seed), flag: Int8(seed % 50)), tail: Int8(seed % 77))
      }
    }

    /// Sends to the right what a layout names, and returns what comes from the left.
    private func passed<Element, Field: BitwiseCopyable>(
      _ memory: [Element], _ layout: Layout<Element>, as _: Field.Type
    ) throws -> [Field] {
      let outgoing = try world.nonblocking.send(memory[layout: layout], to: world.right)
      let received: [Field] = try world.receive(from: world.left)
      _ = try outgoing.wait()
      return received
    }

    @Test func oneField() throws {
      let particles = Particle.samples(9)
      #expect(try passed(particles, .fields(\.mass, count: 9), as: Double.self) == particles.map(\.mass))
      #expect(try passed(particles, .fields(\.kind, count: 9), as: Int8.self) == particles.map(\.kind))
      #expect(try passed(particles, .fields(\.charge, count: 9), as: Float.self) == particles.map(\.charge))
      #expect(
        try passed(particles, .fields(\.position, count: 9), as: SIMD3<Double>.self) == particles.map(\.position))
      #expect(try passed(particles, .fields(\.spin.down, count: 9), as: Int16.self) == particles.map(\.spin.down))
    }

    @Test func someOfTheStructs() throws {
      let particles = Particle.samples(9)
      let second = try Layout<Particle>.vector(count: 4, stride: 2, start: 1, of: .fields(\.mass))
      #expect(try passed(particles, second, as: Double.self) == [1, 3, 5, 7].map { particles[$0].mass })
      let last = try Layout<Particle>.fields(\.charge).shifted(by: 8)
      #expect(try passed(particles, last, as: Float.self) == [particles[8].charge])
    }

    @Test func severalFields() throws {
      struct Pair: BitwiseCopyable, Equatable {
        var mass: Double
        var value: Double
      }
      let particles = Particle.samples(5)
      let layout = try Layout<Particle>.fields(\.mass, \.last.value, count: 5)
      #expect(layout.elementCount == 5 && layout.byteCount == 80 && !layout.overlaps)
      // They go as doubles, so as doubles they come.
      #expect(try passed(particles, layout, as: Double.self) == particles.flatMap { [$0.mass, $0.last.value] })
    }

    @Test func intoAField() throws {
      var particles = Particle.samples(6)
      var expected = particles
      let masses = (0..<6).map { Double(100 + $0) }
      for index in expected.indices { expected[index].mass = masses[index] }
      let outgoing = try world.nonblocking.send(masses, to: world.right)
      let status = try world.receive(into: &particles[layout: .fields(\.mass, count: 6)], from: world.left)
      _ = try outgoing.wait()
      #expect(particles == expected)
      #expect(try status.count(of: Double.self) == 6)
    }

    @Test func aFieldInWhosePaddingAnotherLies() throws {
      #expect(MemoryLayout<Particle.Odd>.size == 9)
      let source = Particle.samples(4, from: 20)
      var particles = Particle.samples(4)
      var expected = particles
      for index in expected.indices { expected[index].last = source[index].last }
      let layout = try Layout<Particle>.fields(\.last, count: 4)
      #expect(layout.byteCount == 36)
      let outgoing = try world.nonblocking.send(source[layout: layout], to: world.right)
      try world.receive(into: &particles[layout: layout], from: world.left)
      _ = try outgoing.wait()
      #expect(particles == expected)
    }

    @Test func fromFieldToField() throws {
      struct Other: BitwiseCopyable, Equatable {
        var weight: Double
        var name: Int64
      }
      let particles = Particle.samples(5, from: world.rank)
      var others = (0..<5).map { Other(weight: 0, name: Int64($0)) }
      var span = others.mutableSpan
      try world.sendReceive(
        particles.span[layout: .fields(\.mass, count: 5), as: Double.self], to: world.right,
        into: &span[layout: .fields(\.weight, count: 5), as: Double.self], from: world.left)
      let expected = Particle.samples(5, from: world.left).enumerated().map {
        Other(weight: $1.mass, name: Int64($0))
      }
      #expect(others == expected)
    }

    @Test func wholeElementIsAFieldToo() throws {
      try expect(Layout<Padded>.fields(\.self, count: 1).shifted(by: 2), takesSizeOf: [2])
    }

    /// `\.self` travels without the padding at the end.
    private func expect(_ layout: Layout<Padded>, takesSizeOf indices: [Int]) throws {
      #expect(layout.byteCount == indices.count * MemoryLayout<Padded>.size && layout.extent == 1)
      let source = Padded.samples(4, from: 9)
      var room = Padded.samples(4)
      var expected = room
      for index in indices { expected[index] = source[index] }
      let outgoing = try world.nonblocking.send(source[layout: layout], to: world.right)
      try world.receive(into: &room[layout: layout], from: world.left)
      _ = try outgoing.wait()
      #expect(room == expected)
    }

    @Test func noStructs() throws {
      let layout = try Layout<Particle>.fields(\.mass, count: 0)
      #expect(layout.isEmpty)
      #expect(try passed([], layout, as: Double.self) == [])
    }

    @Test func aFieldTwice() throws {
      let layout = try Layout<Padded>.fields(\.weight, \.weight)
      #expect(layout.overlaps)
      #expect(try passed(Padded.samples(1, from: 8), layout, as: Double.self) == [4, 4])
      try expectRefusal(.type, "receive", naming: "twice") {
        var room = Padded.samples(1)
        try world.receive(into: &room[layout: layout], from: world.left)
      }
    }

    @Test func noStoredProperty() throws {
      expectError(.argument, "Layout.fields", naming: "no stored property of Particle") {
        _ = try Layout<Particle>.fields(\.mass, \.speed)
      }
      expectError(.count, "Layout.fields", naming: "-1") { _ = try Layout<Particle>.fields(\.mass, count: -1) }
    }

    @Test func outOfBounds() throws {
      try expectRefusal(.count, "send", naming: "element 3", "memory of 3") {
        try world.send(Particle.samples(3)[layout: .fields(\.kind, count: 4)], to: world.right)
      }
    }

    /// A layout that does not say of how many structs it is does not leave out the rest of an array in silence.
    @Test func withoutACountItIsOfOne() throws {
      let one = try Layout<Particle>.fields(\.mass, \.charge)
      let particles = Particle.samples(5)
      try expectRefusal(.count, "send", naming: "1 element is", "memory of 5", "count: 5") {
        try world.send(particles[layout: one], to: world.right)
      }
      try expectRefusal(.count, "send", naming: "memory of 5") {
        _ = try world.nonblocking.send(particles[layout: one], to: world.right)
      }
      try expectRefusal(.count, "send", naming: "memory of 5") {
        _ = try world.persistent.send(particles[layout: one], to: world.right)
      }
      var room = particles
      try expectRefusal(.count, "receive", naming: "memory of 5") {
        try world.receive(into: &room[layout: one], from: world.left)
      }
      try expectRefusal(.count, "sendReceive", naming: "memory of 5") {
        try world.sendReceive(
          within: &room, layout: one, to: world.right, receivedLayout: .fields(\.mass, count: 5), from: world.left)
      }
      try expectRefusal(.count, "broadcast", naming: "memory of 5") { try world.broadcast(inPlace: &room[layout: one]) }
      var message = PackedMessage(world)
      expectError(.count, "PackedMessage.append", naming: "memory of 5") {
        try message.append(particles[layout: one])
      }
      var portable = PortableBytes()
      expectError(.count, "PortableBytes.append", naming: "memory of 5") {
        try portable.append(particles.span[layout: one])
      }
      // Copies of it, one for each rank, are of as many structs as there are ranks.
      if world.isRoot || world.size == 1 {
        let many = Particle.samples(4 * world.size)
        expectError(.count, "scatter", naming: "\(4 * world.size)", "count: ") {
          var room = [Particle]()
          try world.scatter(many[layouts: [Layout](repeating: one, count: world.size)], into: &room)
        }
      }
      // Elsewhere it is of one because the program says so.
      #expect(try passed(particles, one.shifted(by: 0), as: Float.self).count > 0)
      #expect(try passed(particles, .fields(\.mass, count: 1), as: Double.self) == [particles[0].mass])
      #expect(try passed([particles[3]], .fields(\.mass), as: Double.self) == [particles[3].mass])
      #expect(try passed(particles, .contiguous(5, of: .fields(\.mass)), as: Double.self) == particles.map(\.mass))
      #expect(room == particles)
    }

    /// So is a datatype of C, beside which there is a count in C.
    @Test func borrowedOfOne() throws {
      let one = try Layout<Particle>.fields(\.mass, count: 1)
      let borrowed = try Layout<Particle>(borrowing: one.rawValue)
      let particles = Particle.samples(3)
      try expectRefusal(.count, "send", naming: "memory of 3", ".contiguous(3, of: layout)") {
        try world.send(particles[layout: borrowed], to: world.right)
      }
      #expect(try passed(particles, .contiguous(3, of: borrowed), as: Double.self) == particles.map(\.mass))
      #expect(try passed([particles[1]], borrowed, as: Double.self) == [particles[1].mass])
    }

    @Test func besideAnAddress() throws {
      struct Node: BitwiseCopyable {
        var value: Int
        var next: UnsafeMutableRawPointer?
      }
      let nodes = (0..<4).map { Node(value: $0, next: nil) }
      #expect(try passed(nodes, .fields(\.value, count: 4), as: Int.self) == [0, 1, 2, 3])
      #if DEBUG
        expectError(.type, "Layout.fields", naming: "next", "address") { _ = try Layout<Node>.fields(\.value, \.next) }
      #endif
    }
  }
}

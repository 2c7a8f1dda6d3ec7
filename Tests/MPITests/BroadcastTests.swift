// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct BroadcastTests {
    let world = Communicator.world
    /// The root, as its rank sees it; nil elsewhere.
    func atRoot<Value>(_ root: Int, _ value: Value) -> Value? { world.rank == root ? value : nil }

    @Test func valueFromRankZero() throws {
      let value = try world.broadcast(world.isRoot ? 3.5 : nil)
      #expect(value == 3.5)
    }

    @Test func everyTypeFromEveryRoot() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        for root in 0..<world.size {
          let value = try world.broadcast(atRoot(root, Element.sample(root + 3)), root: root)
          #expect(value == Element.sample(root + 3), "\(Element.self)")
          let array = try world.broadcast(atRoot(root, Element.samples(9, from: root)), root: root)
          #expect(array == Element.samples(9, from: root), "\(Element.self)")
          var inPlace = Element.samples(9, from: world.rank)
          try world.broadcast(inPlace: &inPlace, root: root)
          #expect(inPlace == array, "\(Element.self)")
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func whatOtherRanksGiveIsNotLookedAt() throws {
      #expect(try world.broadcast(world.rank, root: world.last) == world.last)
      #expect(try world.broadcast([Int](repeating: world.rank, count: world.rank + 1), root: 0) == [0])
      #expect(try world.broadcast(object: "\(world.rank)", root: world.last) == "\(world.last)")
    }

    @Test func arrayOfAKnownLength() throws {
      let array = try world.broadcast(atRoot(world.last, [1, 2, 3]), root: world.last, count: 3)
      #expect(array == [1, 2, 3])
    }

    @Test func span() throws {
      var memory = Padded.samples(12, from: world.rank)
      var span = memory.mutableSpan
      try world.broadcast(inPlace: &span, root: world.last)
      #expect(memory == Padded.samples(12, from: world.last))
    }

    @Test func noElements() throws {
      #expect(try world.broadcast(atRoot(0, [Double]())).isEmpty)
      #expect(try world.broadcast(atRoot(world.last, [Padded]()), root: world.last, count: 0).isEmpty)
      var memory: [Int] = []
      try world.broadcast(inPlace: &memory)
      #expect(memory.isEmpty)
    }

    @Test func optionalValues() throws {
      let nothing = try world.broadcast(world.isRoot ? Double??.some(nil) : Double??.none)
      #expect(nothing == Double?.none)
      let something = try world.broadcast(world.isRoot ? Double??.some(2) : Double??.none)
      #expect(something == Double?.some(2))
    }

    @Test func largeArray() throws {
      let array = try world.broadcast(atRoot(world.last, Double.samples(1 << 19)), root: world.last)
      #expect(array == Double.samples(1 << 19))
    }

    @Test func object() throws {
      for root in 0..<world.size {
        let value = try world.broadcast(object: atRoot(root, Document.sample(root + 2)), root: root)
        #expect(value == Document.sample(root + 2))
      }
      #expect(try world.broadcast(object: atRoot(0, ["a": [1], "b": []])) == ["a": [1], "b": []])
    }

    // MARK: Wrong arguments

    @Test(arguments: [-1, 1_000]) func rootOutOfRange(root: Int) throws {
      var memory = [1]
      let range = "0 to \(world.size - 1)"
      try expectRefusal(.root, "broadcast", naming: "\(root)", range) { _ = try world.broadcast(1, root: root) }
      try expectRefusal(.root, "broadcast", naming: "\(root)") { _ = try world.broadcast([1], root: root) }
      try expectRefusal(.root, "broadcast", naming: "\(root)") { try world.broadcast(inPlace: &memory, root: root) }
      try expectRefusal(.root, "broadcast(object:)", naming: "\(root)") {
        _ = try world.broadcast(object: "x", root: root)
      }
    }

    @Test func nilAtTheRoot() throws {
      // The array's and the object's root tell all ranks; the value's can't.
      try expectRefusal(.argument, "broadcast", naming: "nil") {
        _ = try world.broadcast([Int]?.none, root: world.last)
      }
      try expectRefusal(.argument, "broadcast", naming: "nil") {
        _ = try world.broadcast(object: String?.none, root: world.last)
      }
      if world.rank == world.last {
        expectError(.argument, "broadcast", naming: "nil", on: world) {
          _ = try world.broadcast(Int?.none, root: world.last)
        }
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func wrongCount() throws {
      try expectRefusal(.count, "broadcast", naming: "-3") { _ = try world.broadcast([1], count: -3) }
      if world.isRoot {
        expectError(.count, "broadcast", naming: "has 2 elements", "must have 3", on: world) {
          _ = try world.broadcast([1, 2], count: 3)
        }
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func objectOfAnotherType() throws {
      guard world.size > 1 else { return }
      // The root gives a string, the others ask for a number.
      let team = try world.duplicate()
      if team.isRoot {
        #expect(try team.broadcast(object: "text") == "text")
      } else {
        expectError(.serialization, "broadcast(object:)", on: team) { _ = try team.broadcast(object: Int?.none) }
      }
      #expect(try team.allReduce(1, .sum) == team.size)
    }
  }
}

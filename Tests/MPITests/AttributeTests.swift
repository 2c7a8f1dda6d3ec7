// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization
import Testing

/// Counts how many of it live.
private final class Counted: Sendable {
  static let alive = Atomic<Int>(0)
  let number: Int

  init(_ number: Int) {
    self.number = number
    Self.alive.add(1, ordering: .relaxed)
  }

  deinit { Self.alive.subtract(1, ordering: .relaxed) }
}

private let worldKey = AttributeKey<Counted>()

extension OnEveryRank {
  @Suite struct AttributeTests {
    let world = Communicator.world
    private var alive: Int { Counted.alive.load(ordering: .relaxed) }

    @Test func valuesOfAnyType() throws {
      let team = try world.duplicate()
      let (number, text, list) = (AttributeKey<Int>(), AttributeKey<String>(), AttributeKey<[Document]>())
      let other = AttributeKey<Int>()
      #expect(team[number] == nil && team[text] == nil)
      team[number] = 7 + world.rank
      team[text] = "number \(world.rank)"
      team[list] = [.sample(1), .sample(2)]
      #expect(team[number] == 7 + world.rank)
      #expect(team[text] == "number \(world.rank)")
      #expect(team[list] == [.sample(1), .sample(2)])
      #expect(team[other] == nil && world[number] == nil)
      team[number]! += 1
      team[list]?.removeFirst()
      #expect(team[number] == 8 + world.rank && team[list] == [.sample(2)])
      team[number] = nil
      team[number] = nil
      #expect(team[number] == nil && team[text] != nil)
      let borrowed = try Communicator(borrowing: team.rawValue)
      #expect(borrowed[text] == team[text])
    }

    @Test func optionalValues() throws {
      let team = try world.duplicate()
      let key = AttributeKey<Int?>()
      team[key] = .some(nil)
      #expect(team[key] == .some(nil))
      team[key] = nil
      #expect(team[key] == nil)
    }

    @Test func releasedWhenReplacedRemovedOrFreed() throws {
      let before = alive
      let key = AttributeKey<Counted>()
      do {
        let team = try world.duplicate()
        team[key] = Counted(1)
        #expect(alive == before + 1)
        team[key] = Counted(2)
        #expect(alive == before + 1 && team[key]?.number == 2)
        team[key] = nil
        #expect(alive == before)
        team[key] = Counted(3)
      }
      #expect(alive == before)
    }

    @Test func duplicates() throws {
      let before = alive
      let (shared, none) = (AttributeKey<Counted> { $0 }, AttributeKey<Counted>())
      let next = AttributeKey<Counted> { $0.number < 3 ? Counted($0.number + 1) : nil }
      do {
        let first = try world.duplicate()
        first[shared] = Counted(1)
        first[none] = Counted(1)
        first[next] = Counted(2)
        let second = try first.duplicate()
        #expect(second[shared] === first[shared])
        #expect(second[none] == nil)
        #expect(second[next]?.number == 3)
        second[shared] = nil
        #expect(first[shared] != nil)
        let third = try second.duplicate()
        #expect(third[next] == nil)
        // Other ways to make communicators copy nothing.
        #expect(try first.split(color: 0)[shared] == nil)
      }
      #expect(alive == before)
    }

    /// The communicators that the library makes for itself copy nothing.
    @Test func copiesAreForDuplicatesOfTheProgram() throws {
      let copies = Atomic<Int>(0)
      let key = AttributeKey<Int> {
        copies.add(1, ordering: .relaxed)
        return $0 + 1
      }
      let team = try world.duplicate()
      team[key] = 1
      let second = try team.duplicate()
      #expect(second[key] == 2 && copies.load(ordering: .relaxed) == 1)
      #expect(try second.nonblocking.duplicate().wait()[key] == 3 && copies.load(ordering: .relaxed) == 2)
      // An operation of many messages, a halo exchange, a grid, a file.
      _ = try second.allReduce(object: "a", by: +)
      try second.inOrder {}
      let ring = try second.cartesian(dimensions: [world.size], periodic: [true])
      ring[key] = 1
      var cells = [0, 1, 0]
      try ring.exchangeHalo(&cells, dimension: 0, width: 1)
      try withPath { path in try second.withFile(path, .create, .readWrite, .deleteOnClose) { _ in } }
      #expect(copies.load(ordering: .relaxed) == 2)
    }

    @Test func aKeyThatIsGone() throws {
      let before = alive
      do {
        let team = try world.duplicate()
        do {
          let key = AttributeKey<Counted> { $0 }
          team[key] = Counted(1)
        }
        #expect(alive == before + 1)
        // The value is still copied, though no code can see it.
        let other = try team.duplicate()
        _ = other
      }
      #expect(alive == before)
    }

    @Test func manyKeys() throws {
      let team = try world.duplicate()
      let keys = (0..<500).map { _ in AttributeKey<Int>() }
      for (index, key) in keys.enumerated() { team[key] = index }
      for (index, key) in keys.enumerated() { #expect(team[key] == index) }
      for _ in 0..<5000 { team[AttributeKey<Int>()] = 1 }
    }

    @Test func ofTheWorld() throws {
      let before = alive
      world[worldKey] = Counted(5)
      #expect(Communicator.world[worldKey]?.number == 5)
      #expect(try world.duplicate()[worldKey] == nil)
      world[worldKey] = nil
      #expect(alive == before)
      do {
        let key = AttributeKey<Counted>()
        world[key] = Counted(1)
      }
      #expect(alive == before)
    }

    @Test func predefined() {
      #expect(MPIEnvironment.universeSize.map { $0 >= 1 } ?? true)
      #expect(MPIEnvironment.applicationNumber ?? 0 == 0)
      #expect(MPIEnvironment.hostRank.map { (0..<world.size).contains($0) } ?? true)
      #expect(MPIEnvironment.ioRank.map { (0..<world.size).contains($0) } ?? true)
      #expect(MPIEnvironment.lastUsedErrorCode ?? 1 > 0)
      _ = MPIEnvironment.isWallTimeGlobal
      #expect(MPIEnvironment.parent == nil)
    }
  }
}

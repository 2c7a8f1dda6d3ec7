// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct GroupTests {
    let world = Communicator.world
    var all: [Int] { Array(0..<world.size) }
    var evens: [Int] { all.filter { $0 % 2 == 0 } }
    var odds: [Int] { all.filter { $0 % 2 == 1 } }

    /// The world's ranks of a group's processes.
    func ranks(_ group: Group) throws -> [Int?] {
      try group.translate(Array(0..<group.size), to: world.group)
    }

    @Test func ofACommunicator() throws {
      let group = try world.group
      #expect(group.size == world.size && group.rank == world.rank)
      #expect(try Communicator.itself.group.size == 1)
    }

    @Test func including() throws {
      let group = try world.group.including(Array(all.reversed()))
      #expect(try ranks(group) == all.reversed())
      #expect(group.rank == world.last - world.rank)
      let first = try world.group.including([0])
      #expect(first.size == 1 && first.rank == (world.isRoot ? 0 : nil))
      let none = try world.group.including([])
      #expect(none.size == 0 && none.rank == nil)
    }

    @Test func excluding() throws {
      #expect(try ranks(world.group.excluding(odds)) == evens)
      #expect(try world.group.excluding(all).size == 0)
      #expect(try world.group.excluding([]).size == world.size)
    }

    @Test func setOperations() throws {
      let even = try world.group.including(evens)
      let low = try world.group.including(Array(all.prefix(2)))
      #expect(try ranks(even.union(low)) == evens + all.prefix(2).filter { $0 % 2 == 1 })
      #expect(try ranks(even.intersection(low)) == [0])
      #expect(try ranks(low.subtracting(even)) == all.prefix(2).filter { $0 % 2 == 1 })
      #expect(try even.subtracting(even).size == 0)
      #expect(try even.intersection(world.group.including(odds)).size == 0)
    }

    @Test func operationsOnTheEmptyGroup() throws {
      let none = try world.group.including([])
      #expect(try none.union(world.group).size == world.size)
      #expect(try none.union(none).size == 0)
      #expect(try none.intersection(world.group).size == 0)
      #expect(try world.group.subtracting(none).size == world.size)
      #expect(try none.translate([], to: world.group) == [])
      #expect(try none.compare(none) == .identical)
    }

    @Test func translate() throws {
      let even = try world.group.including(evens)
      #expect(try world.group.translate(all, to: even) == all.map { $0 % 2 == 0 ? $0 / 2 : nil })
      #expect(try world.group.translate([0, 0], to: even) == [0, 0])
      expectError(.rank, "Group.translate", naming: "\(world.size)") {
        _ = try world.group.translate([world.size], to: even)
      }
    }

    @Test func compare() throws {
      let group = try world.group
      #expect(try group.compare(world.group) == .identical)
      let reversed = try group.including(Array(all.reversed()))
      #expect(try group.compare(reversed) == (world.size == 1 ? .identical : .similar))
      #expect(try group.compare(group.including([0])) == (world.size == 1 ? .identical : .unequal))
    }

    @Test func wrongRanks() throws {
      expectError(.rank, "Group.including", naming: "-1") { _ = try world.group.including([-1]) }
      expectError(.rank, "Group.including", naming: "twice") { _ = try world.group.including([0, 0]) }
      expectError(.rank, "Group.excluding", naming: "\(world.size)") { _ = try world.group.excluding([world.size]) }
      expectError(.rank, "Group.excluding", naming: "twice") { _ = try world.group.excluding([0, 0]) }
    }

    @Test func aCommunicatorOfAGroup() throws {
      let team = try world.create(from: world.group.including(Array(evens.reversed())))
      #expect(team?.size == (world.rank % 2 == 0 ? evens.count : nil))
      if let team { #expect(try team.allGather(world.rank) == evens.reversed()) }
      let isNobody = try world.create(from: world.group.including([])) == nil
      #expect(isNobody)
    }

    @Test func aCommunicatorMadeByTheGroupAlone() throws {
      if world.rank % 2 == 0 {
        let team = try world.create(byGroup: world.group.including(evens), tag: 5)
        #expect(try team.allGather(world.rank) == evens)
      } else {
        let team = try world.create(byGroup: world.group.including(odds), tag: 6)
        #expect(try team.allGather(world.rank) == odds)
      }
    }

    @Test func aCommunicatorOfAGroupThatThisRankIsNotIn() throws {
      try expectRefusal(.group, "create(byGroup:)", naming: "not in the group") {
        _ = try world.create(byGroup: world.group.excluding([world.rank]))
      }
      try expectRefusal(.tag, "create(byGroup:)", naming: "-1") {
        _ = try world.create(byGroup: world.group, tag: -1)
      }
    }

    @Test func thousandsAreMadeAndDropped() throws {
      for _ in 0..<5_000 { _ = try world.group.including([0]).union(world.group) }
      #expect(try world.group.size == world.size)
    }
  }
}

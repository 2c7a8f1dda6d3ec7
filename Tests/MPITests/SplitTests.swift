// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct SplitTests {
    let world = Communicator.world

    @Test func byColor() throws {
      let half = try world.split(color: world.rank % 2)
      let together = (0..<world.size).filter { $0 % 2 == world.rank % 2 }
      #expect(half.size == together.count && half.rank == world.rank / 2)
      #expect(try half.allGather(world.rank) == together)
    }

    @Test func theKeyOrdersTheRanks() throws {
      let reversed = try world.split(color: 7, key: -world.rank)
      #expect(reversed.rank == world.last - world.rank)
      #expect(try reversed.allGather(world.rank) == Array((0..<world.size).reversed()))
      // Among equal keys the rank does.
      let odd = try world.split(color: 0, key: world.rank % 2)
      let expected = (0..<world.size).filter { $0 % 2 == 0 } + (0..<world.size).filter { $0 % 2 == 1 }
      #expect(try odd.allGather(world.rank) == expected)
    }

    @Test func ranksThatAreLeftOut() throws {
      let color: Int? = world.rank == world.last ? nil : 3
      let rest = try world.split(color: color)
      #expect(rest?.size == (world.rank == world.last ? nil : world.size - 1))
      if let rest { #expect(try rest.allGather(world.rank) == Array(0..<world.last)) }
      let isAlone = try world.split(color: Int?.none) == nil
      #expect(isAlone)
    }

    @Test func theLargestColor() throws {
      #expect(try world.split(color: Int(Int32.max)).size == world.size)
    }

    @Test func sharedMemory() throws {
      // The tests run on one machine.
      let node = try world.split(.sharedMemory)
      #expect(node.size == world.size && node.rank == world.rank)
      #expect(try world.split(.sharedMemory, key: -world.rank).rank == world.last - world.rank)
    }

    @Test func ofASplit() throws {
      let pair = try world.split(color: world.rank / 2)
      let alone = try pair.split(color: pair.rank)
      #expect(alone.size == 1 && alone.rank == 0)
      #expect(try alone.allReduce(world.rank, .sum) == world.rank)
    }

    @Test func subsetOfRanks() throws {
      let ends = try world.subset(ranks: world.size == 1 ? [0] : [world.last, 0])
      let isIn = world.rank == 0 || world.rank == world.last
      #expect(ends?.size == (isIn ? min(world.size, 2) : nil))
      if let ends { #expect(try ends.allGather(world.rank) == (world.size == 1 ? [0] : [world.last, 0])) }
      let isNobody = try world.subset(ranks: []) == nil
      #expect(isNobody)
    }

    // MARK: Wrong arguments

    @Test func wrongColors() throws {
      for color in [-1, Int.min, 1 << 31] {
        try expectRefusal(.argument, "split", naming: "color \(color)") { _ = try world.split(color: color) }
        try expectRefusal(.argument, "split", naming: "color \(color)") {
          _ = try world.split(color: Optional(color))
        }
      }
    }

    @Test func wrongKeys() throws {
      for key in [1 << 31, Int.min] {
        try expectRefusal(.argument, "split", naming: "key \(key)") { _ = try world.split(color: 0, key: key) }
        try expectRefusal(.argument, "split", naming: "key \(key)") { _ = try world.split(.sharedMemory, key: key) }
      }
    }

    @Test func wrongSubsets() throws {
      expectError(.rank, "Group.including", naming: "\(world.size)", "has \(world.size) processes") {
        _ = try world.subset(ranks: [0, world.size])
      }
      expectError(.rank, "Group.including", naming: "-1") { _ = try world.subset(ranks: [-1]) }
      expectError(.rank, "Group.including", naming: "0 is given twice") { _ = try world.subset(ranks: [0, 0]) }
      #expect(try world.allReduce(1, .sum) == world.size)
    }
  }
}

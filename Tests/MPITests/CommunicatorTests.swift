// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct CommunicatorTests {
    let world = Communicator.world

    @Test func everyRankIsAnother() throws {
      #expect((0..<world.size).contains(world.rank))
      #expect(try world.allGather(world.rank) == Array(0..<world.size))
      #expect(world.isRoot == (world.rank == 0))
    }

    @Test func thisProcessAlone() throws {
      let itself = Communicator.itself
      #expect(itself.rank == 0 && itself.size == 1 && itself.isRoot)
      #expect(try itself.allGather([world.rank]).elements == [world.rank])
    }

    @Test func names() throws {
      #expect(world.name == "MPI_COMM_WORLD")
      #expect(world.description == "MPI_COMM_WORLD (rank \(world.rank) of \(world.size))")
      let team = try world.duplicate()
      team.name = "büro"
      #expect(team.name == "büro")
      team.name = String(repeating: "ß", count: 100)
      #expect(team.name == String(repeating: "ß", count: team.name.count))
      #expect((60...200).contains(team.name.utf8.count))
      team.name = ""
      #expect(!team.name.isEmpty)
    }

    @Test func duplicateHasTheSameRanks() throws {
      let team = try world.duplicate()
      #expect(team.rank == world.rank && team.size == world.size && team.largestTag == world.largestTag)
      #expect(try team.compare(world) == .congruent)
    }

    @Test func messagesOfADuplicateNeverMeetThoseOfTheOriginal() throws {
      let team = try world.duplicate()
      let first = try team.nonblocking.send(1, to: team.right, tag: 4)
      let second = try world.nonblocking.send(2, to: world.right, tag: 4)
      #expect(try world.receive(Int.self, from: .any, tag: .any) == 2)
      #expect(try world.nonblocking.probe(from: .any) == nil)
      #expect(try team.receive(Int.self, from: .any, tag: .any) == 1)
      _ = try first.wait()
      _ = try second.wait()
    }

    @Test func borrowed() throws {
      let handle = world.rawValue
      do {
        let borrowed = try Communicator(borrowing: handle)
        #expect(borrowed.rank == world.rank && borrowed.size == world.size)
        #expect(try borrowed.allReduce(1, .sum) == world.size)
        #expect(try borrowed.compare(world) == .identical)
        try expectRefusal(.rank, "send", naming: "\(world.size)", on: borrowed) {
          try borrowed.send(1, to: world.size)
        }
      }
      // It was not freed.
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func compare() throws {
      #expect(try world.compare(world) == .identical)
      #expect(try world.compare(.itself) == (world.size == 1 ? .congruent : .unequal))
      let reversed = try world.split(color: 0, key: -world.rank)
      #expect(try world.compare(reversed) == (world.size == 1 ? .congruent : .similar))
    }

    @Test(.skipped(on: .waitsKeepTheCore, ranks: .moreThanCores)) func thousandsAreMadeAndDropped() throws {
      for index in 0..<3_000 {
        let team = index % 2 == 0 ? try world.duplicate() : try world.split(color: world.rank % 2)
        if index % 500 == 0 { #expect(try team.allReduce(1, .sum) == team.size) }
      }
      for _ in 0..<1_000 { _ = try world.subset(ranks: [world.last]) }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func manyAtOnce() throws {
      let teams = try (0..<100).map { _ in try world.duplicate() }
      for (index, team) in teams.enumerated().reversed() {
        #expect(try team.broadcast(team.isRoot ? index : nil) == index)
      }
    }

    @Test func blocksAreEvenAndCoverAll() {
      for count in [0, 1, 5, world.size - 1, world.size, 7 * world.size + 3, 1_000_003] {
        let blocks = (0..<world.size).map { world.block(of: count, rank: $0) }
        #expect(blocks.first?.lowerBound == 0 && blocks.last?.upperBound == count)
        for (one, next) in zip(blocks, blocks.dropFirst()) {
          #expect(one.upperBound == next.lowerBound)
          #expect(one.count == next.count || one.count == next.count + 1)
        }
        #expect(world.block(of: count) == blocks[world.rank])
        #expect(blocks[0].count - blocks[world.size - 1].count <= 1)
      }
      #expect(world.block(of: Int.max, rank: world.last).upperBound == Int.max)
    }

    @Test func withMPIInsideOfMPI() throws {
      // It neither starts nor ends MPI, and what the body throws comes out.
      #expect(try withMPI { try $0.allReduce(1, .sum) } == world.size)
      #expect(throws: CancellationError.self) { try withMPI { _ in throw CancellationError() } }
      #expect(try world.allReduce(1, .sum) == world.size)
    }
  }
}

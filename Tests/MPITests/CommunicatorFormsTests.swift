// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// The less usual ways to make communicators and groups, memory of MPI's, error handlers.
  @Suite struct CommunicatorFormsTests {
    let world = Communicator.world

    @Test func nonblockingDuplicate() throws {
      let first = try world.nonblocking.duplicate()
      var second = try world.nonblocking.duplicate()
      #expect(try world.allReduce(1, .sum) == world.size)
      while try !second.test() {}
      let (one, two) = (try first.wait(), try second.wait())
      #expect(try one.compare(world) == .congruent && two.compare(one) == .congruent)
      #expect(try one.allReduce(1, .sum) + two.allReduce(1, .sum) == 2 * world.size)
      expectError(.truncate, "receive", on: two) {
        _ = try two.nonblocking.send([1, 2, 3], to: two.rank)
        var short = [0]
        try two.receive(into: &short, from: two.rank)
      }
    }

    @Test func nonblockingDuplicatesAreDropped() throws {
      // When they are over: with Open MPI 4.1 nothing else can make communicators before.
      for _ in 0..<100 {
        var request = try world.nonblocking.duplicate()
        while try !request.test() {}
      }
      try world.barrier()
      #expect(try world.duplicate().size == world.size)
    }

    @Test func duplicateWithInfo() throws {
      let team = try world.duplicate(info: ["mpi_assert_no_any_tag": "true"])
      #expect(try team.compare(world) == .congruent)
      #expect(try world.duplicate(info: [:]).allReduce(1, .sum) == world.size)
      expectError(.infoKey, "duplicate") { _ = try world.duplicate(info: ["": "x"]) }
    }

    @Test func hardware() throws {
      guard MPIEnvironment.supports(.hardwareSplit) else {
        expectError(.notSupported, "split", naming: "splits by hardware", "MPI 4.0") {
          _ = try world.split(hardware: nil)
        }
        return
      }
      let part = try world.split(hardware: nil)
      #expect(part.map { $0.size <= world.size } ?? true)
      #expect(try world.split(hardware: "no such thing") == nil)
    }

    @Test func rangesOfRanks() throws {
      let group = try world.group
      let last = world.last
      let down = try group.including(ranges: [RankRange(from: last, through: 0, by: -1)])
      #expect(try down.translate(Array(0..<world.size), to: group) == (0..<world.size).reversed().map { $0 })
      #expect(try group.including(ranges: [RankRange(0...last)]).compare(group) == .identical)
      let evens = try group.including(ranges: [RankRange(0...last, by: 2)])
      #expect(evens.size == (world.size + 1) / 2)
      let odds = try group.excluding(ranges: [RankRange(0...last, by: 2)])
      #expect(odds.size == world.size / 2)
      #expect(try evens.union(odds).compare(group) != .unequal)
      #expect(try group.including(ranges: [RankRange(from: last, through: last, by: 1 << 40)]).size == 1)
      #expect(try group.including(ranges: []).isEmpty)
      #expect(try group.excluding(ranges: []).compare(group) == .identical)
      let empty = try Group.empty
      #expect(empty.isEmpty && empty.rank == nil)
      #expect(try empty.compare(group.including([])) == .identical)
      #expect(try empty.union(group).compare(group) == .identical)
      #expect(try world.create(from: .empty) == nil)
      expectError(.rank, "Group.including") { _ = try group.including(ranges: [RankRange(0...world.size)]) }
      expectError(.rank, "Group.excluding", naming: "twice") {
        _ = try group.excluding(ranges: [RankRange(0...0), RankRange(0...last)])
      }
      for stride in [0, -1] where world.size > 1 {
        expectError(.argument, "Group.including") { _ = try group.including(ranges: [RankRange(0...last, by: stride)]) }
      }
    }

    @Test func memoryOfMPI() throws {
      let sum = try withMPIMemory(of: Padded.self, count: 1000) { memory in
        #expect(memory.count == 1000 && memory[999] == Padded(weight: 0, index: 0))
        memory[3] = .sample(3)
        try world.broadcast(inPlace: &memory, root: world.last)
        return memory[3].weight
      }
      #expect(sum == 1.5)
      #expect(try withMPIMemory(of: Int.self, count: 0) { $0.count } == 0)
      expectError(.count, "withMPIMemory") { try withMPIMemory(of: Int.self, count: -1) { _ in } }
      expectError(.noMemory, "withMPIMemory") { try withMPIMemory(of: Int.self, count: Int.max) { _ in } }
      #expect(throws: CancellationError.self) {
        try withMPIMemory(of: Int.self, count: 5) { _ in throw CancellationError() }
      }
    }

    @Test func errorHandling() throws {
      #expect(try world.errorHandling == .returns)
      let theirs = try world.duplicate()
      try theirs.setErrorHandling(.aborts)
      #expect(try theirs.errorHandling == .aborts)
      try theirs.setErrorHandling(.returns)
      #expect(try theirs.errorHandling == .returns)
      expectError(.argument, "setErrorHandling", on: theirs) { try theirs.setErrorHandling(.custom) }
      #expect(MPIEnvironment.isMainThread || MPIEnvironment.threadLevel! > .funneled)
    }
  }
}

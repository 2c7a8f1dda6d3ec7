// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import Testing

@testable import MPITasks

extension OnEveryRank {
  /// Loops in which a rank of each node coordinates it, as in jobs of thousands of ranks.
  @Suite struct LoopsOnNodes {
    /// The world, with so many ranks that follow one another taken for those of a node.
    private func divided(_ ranksPerNode: Int) throws -> Communicator {
      NodeName.pretendedSize.withLock { $0 = ranksPerNode }
      defer { NodeName.pretendedSize.withLock { $0 = nil } }
      let communicator = try Communicator.world.duplicate()
      // The first call of a loop, or this one, finds out who is where.
      _ = try communicator.computeThreads()
      return communicator
    }

    @Test(arguments: [1, 2]) func resultsAreTheSame(ranksPerNode: Int) throws {
      let loops = Loops(on: try divided(ranksPerNode))
      for schedule in allSchedules {
        try loops.resultsComeInOrder(schedule: schedule)
        try loops.eachIndexIsCalledOnce(schedule: schedule)
        try loops.itemsThatOnlyTheRootHas(schedule: schedule)
        try loops.heavyItemsAnywhere(schedule: schedule)
      }
      try loops.ranksMayArriveLate()
      try loops.manyLoopsInARow()
      try loops.communicatorsOfSomeRanks()
    }

    @Test(arguments: [1, 2]) func nodesThatFallIdleTakeWorkOver(ranksPerNode: Int) throws {
      let loops = Loops(on: try divided(ranksPerNode))
      for _ in 0..<5 { try loops.ranksThatFallIdleTakeWorkOver() }
    }

    @Test(arguments: [1, 2]) func failuresAreTheSame(ranksPerNode: Int) throws {
      let failures = LoopFailures(on: try divided(ranksPerNode))
      for schedule in allSchedules {
        try failures.everyRankThrows(schedule: schedule)
        try failures.allIndicesFail(schedule: schedule)
      }
      try failures.failuresWhileWorkMoves()
      try failures.failuresInAReductionNameAnIndexOfTheProgram()
      try failures.differentRangesAreFoundOnEveryRank()
    }

    @Test("Short loops, and those that fail, leave no message behind", arguments: [nil, 1, 2] as [Int?])
    func noMessageIsLeft(ranksPerNode: Int?) throws {
      struct Failure: Error {}
      let communicator = try ranksPerNode.map { try divided($0) } ?? Communicator.world.duplicate()
      for round in 0..<20 {
        for schedule in allSchedules {
          // Now and then a rank is late.
          if round % 4 == communicator.rank { sleep(milliseconds: 1) }
          for count in [0, 1, 7, 60] {
            try communicator.forEach(0..<count, schedule: schedule, progress: .never) { _ in }
            #expect(throws: LoopFailure.self) {
              try communicator.forEach(0..<count + 1, schedule: schedule, progress: .never) { index in
                if index % 3 == 0 { throw Failure() }
              }
            }
          }
        }
        try communicator.barrier()
        let left = try LoopChannel.of(communicator).communicator.nonblocking.probe(from: .any)
        #expect(left == nil, "\(left as Any)")
        // None sends anything of the next loop before all have looked.
        try communicator.barrier()
      }
    }
  }
}

/// What a node's coordinator, and rank 0's of the nodes, make of what they are told.
@Suite struct NodeCoordinators {
  @Test func ranksAreNumberedNodeByNode() {
    let nodes = LoopNodes(names: [7, 9, 7, 9, 9])
    #expect(nodes.members == [[0, 2], [1, 3, 4]])
    #expect((0..<5).map { nodes.leader(of: $0) } == [0, 1, 0, 1, 1])
    #expect(nodes.sums([1, 2, 3, 4, 5]) == [4, 11])
    // Members have small numbers, and everybody has one.
    #expect((0..<5).map { nodes.number(of: $0, in: 0) } == [0, 3, 1, 5, 6])
    for node in 0..<2 {
      for rank in 0..<5 { #expect(nodes.rank(of: nodes.number(of: rank, in: node), in: node) == rank) }
    }
    #expect(LoopNodes(undivided: 3).members == [[0, 1, 2]])
  }

  @Test func aNodeHelpsItselfFirst() {
    var node = LoopCoordinator(ofNode: [true, true], schedule: .adaptive)
    var actions: [LoopCoordinator.Action] = []
    node.report(0, .init(level: .idle, done: 5), now: 10, &actions)
    #expect(actions == [.ask(victim: 1, thief: 0)])
    // It says nothing as long as there is something to give.
    #expect(node.report(now: 10, lowTime: 100).level == .working)
    actions = []
    node.gaveNothing(victim: 1, thief: 0, now: 20, &actions)
    #expect(actions == [])
    #expect(node.report(now: 20, lowTime: 100).level == .dry)
    // Another node gives: rank 0 has heard of it from that one.
    node.given(to: 0, time: 500, now: 30, &actions)
    let report = node.report(now: 30, lowTime: 100)
    #expect(report.level == .working && report.received == 1 && report.time == 250)
  }

  @Test func aNodeGivesHalfOfWhatItHas() {
    var node = LoopCoordinator(ofNode: [true, true, true], schedule: .adaptive)
    var actions: [LoopCoordinator.Action] = []
    for (member, time) in [1000.0, 400, 200].enumerated() {
      node.report(member, .init(level: .working, done: 0, time: time), now: 0, &actions)
    }
    // 1600 in all: half of 1000, then half of 500, then half of 400, before it is half.
    node.giveAway(to: 1, thieves: [10, 11, 12, 13], now: 0, &actions)
    #expect(
      actions == [.ask(victim: 0, thief: 10), .ask(victim: 0, thief: 11), .ask(victim: 1, thief: 12)])
    actions = []
    node.gave(victim: 0, thief: 10, victimTime: 500, thiefTime: 500, now: 0, &actions)
    node.gaveNothing(victim: 0, thief: 11, now: 0, &actions)
    node.gave(victim: 1, thief: 12, victimTime: 200, thiefTime: 200, now: 0, &actions)
    #expect(
      actions == [
        .tell(thief: 10, time: 500), .tell(thief: 12, time: 200),
        .answer(node: 1, blocks: 2, time: 400.0 / 3, thiefTime: 175),
      ])
    // If the ranks that were thought to have most had nothing, others are asked.
    actions = []
    node.giveAway(to: 3, thieves: [30], now: 0, &actions)
    guard case .ask(let first, 30) = actions.last else { return #expect(Bool(false), "\(actions)") }
    node.gaveNothing(victim: first, thief: 30, now: 0, &actions)
    guard case .ask(let second, 30) = actions.last else { return #expect(Bool(false), "\(actions)") }
    #expect(Set([first, second]) == [1, 2])
    actions = []
    node.gaveNothing(victim: second, thief: 30, now: 0, &actions)
    #expect(actions == [.answer(node: 3, blocks: 0, time: 0, thiefTime: 0)])
    actions = []
    node.stop()
    node.giveAway(to: 2, thieves: [20], now: 0, &actions)
    #expect(actions == [.answer(node: 2, blocks: 0, time: 0, thiefTime: 0)])
  }

  @Test func aStoppedNodeIsIdleOnceAllHasArrived() {
    var node = LoopCoordinator(ofNode: [true, true], schedule: .adaptive)
    var actions: [LoopCoordinator.Action] = []
    var failed = LoopCoordinator.Report(level: .idle, done: 1)
    failed.hasFailed = true
    node.report(0, failed, now: 0, &actions)
    // Rank 0 stops the loop, not the node.
    #expect(actions == [.ask(victim: 1, thief: 0)] || actions == [])
    #expect(node.report(now: 0, lowTime: 1).hasFailed)
    node.stop()
    failed.hasStopped = true
    var other = LoopCoordinator.Report(level: .idle, done: 3)
    other.hasStopped = true
    node.report(0, failed, now: 0, &actions)
    node.report(1, other, now: 0, &actions)
    for action in actions { if case .ask = action { node.gaveNothing(victim: 1, thief: 0, now: 0, &actions) } }
    #expect(node.report(now: 0, lowTime: 1).level == .idle)
    // A block that another node has given is not there yet.
    node.given(to: 1, time: 10, now: 0, &actions)
    #expect(node.report(now: 0, lowTime: 1).level != .idle)
    other.received = 1
    node.report(1, other, now: 0, &actions)
    let report = node.report(now: 0, lowTime: 1)
    #expect(report.level == .idle && report.hasStopped && report.done == 4 && report.received == 1)
  }
}

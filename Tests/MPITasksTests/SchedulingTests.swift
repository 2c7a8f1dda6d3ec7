// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks
import Testing

@Suite struct Scheduling {
  @Test func sharesAreInProportionToThreads() {
    let shares = StaticShares(count: 100, threads: [1, 3, 0, 1])
    #expect((0..<4).map { shares[$0] } == [0..<20, 20..<80, 80..<80, 80..<100])
    let huge = StaticShares(count: .max, threads: [1, 1])
    #expect(huge[1].upperBound == .max)
  }

  @Test func rangesAreJoined() {
    var ranges = IndexRanges()
    for range in [5..<7, 0..<2, 9..<9, 2..<5, 20..<30, 10..<20] { ranges.insert(range) }
    #expect(ranges.ranges == [0..<7, 10..<30])
    #expect(ranges.count == 27)
  }

  @Test func chunksGrowByMeasuredTimeAndShrinkAtTheEnd() {
    var share = LoopShare(threads: 2)
    share.add(0..<100_000)
    #expect(share.nextChunk() == 0..<1)
    var sizes: [Int] = []
    while let chunk = share.nextChunk() {
      share.took(chunk, nanoseconds: 100 * Double(chunk.count))
      sizes.append(chunk.count)
    }
    #expect(sizes.max()! <= 750)
    #expect(sizes.contains(750))
    // Not below what is worth taking: two microseconds.
    #expect(sizes.suffix(2).first == 20 && sizes.last! <= 20)
    #expect(sizes.reduce(1, +) == 100_000)
  }

  @Test func aShareGivesFromItsEnd() {
    var share = LoopShare(threads: 1)
    share.add(0..<100)
    #expect(share.give(toThreads: 1)?.range == 50..<100)
    #expect(share.give(toThreads: 3)?.range == 13..<50)
    #expect(share.remaining == 13)
    share.took(0..<1, nanoseconds: 10)
    // 130 ns are not worth a message.
    #expect(share.give(toThreads: 1) == nil)
  }

  @Test func eachBlockHasACostOfItsOwn() {
    var share = LoopShare(threads: 1)
    share.add(0..<100, cost: 10)
    share.add(500..<600, cost: 1000)
    #expect(share.time == 101_000)
    // What is measured in one says nothing of the other.
    share.took(0..<1, nanoseconds: 30)
    #expect(share.time == 103_000)
    // Half of the time, not of the indices.
    let given = share.give(toThreads: 1)
    #expect(given?.range == 549..<600 && given?.cost == 1000)
    #expect(share.remaining == 149)
  }

  @Test func chunksAreHandedOutAsTheyAreDone() throws {
    var dispenser = try #require(ChunkDispenser(count: 9, schedule: .dynamic(chunk: 2), threads: [1, 1]))
    #expect(dispenser.begin().map(\.chunk) == [0..<2, 2..<4, 4..<6, 6..<8])
    #expect(!dispenser.isSettled)
    let more = dispenser.heard(1, .init(received: 2, finished: 1))
    #expect(more.map(\.rank) == [1] && more.map(\.chunk) == [8..<9])
    #expect(dispenser.heard(1, .init(received: 3, finished: 3)).isEmpty)
    #expect(dispenser.heard(0, .init(received: 2, finished: 0)).isEmpty)
    #expect(dispenser.isSettled)
    #expect(ChunkDispenser(count: 9, schedule: .adaptive, threads: [1]) == nil)
    var stopped = try #require(ChunkDispenser(count: 100, schedule: .guided, threads: [1, 1]))
    #expect(stopped.begin().map(\.chunk.count) == [25, 18, 14, 10])
    stopped.stop()
    #expect(stopped.heard(0, .init(received: 2, finished: 2)).isEmpty && !stopped.isSettled)
    #expect(stopped.heard(1, .init(received: 2, finished: 0)).isEmpty && stopped.isSettled)
  }

  @Test func aRankWithoutWorkReportsABlock() {
    var reporting = LoopReporting(.adaptive)
    reporting.said(.init(level: .idle, done: 3))
    let working = LoopCoordinator.Report(level: .working, done: 3, received: 1, time: 100)
    #expect(!reporting.mustSay(working))
    reporting.asked(given: 0)
    reporting.gaveNothing(received: 0)
    #expect(!reporting.mustSay(working))
    // It was asked before the block came that others know of.
    reporting.asked(given: 1)
    reporting.gaveNothing(received: 0)
    #expect(reporting.mustSay(working))
    reporting.said(working)
    #expect(!reporting.mustSay(working))
    #expect(reporting.mustSay(.init(level: .low, done: 9, received: 1, time: 10)))
  }

  @Test func whatIsGivenComesOnTopOfWhatIsThere() {
    var coordinator = LoopCoordinator(count: 30, schedule: .adaptive, threads: [1, 1, 1])
    var actions: [LoopCoordinator.Action] = []
    coordinator.report(0, .init(level: .working, done: 1, time: 4000), now: 0, &actions)
    coordinator.report(1, .init(level: .low, done: 1, time: 1000), now: 0, &actions)
    #expect(actions == [.ask(victim: 2, thief: 1)])
    actions = []
    coordinator.gave(victim: 2, thief: 1, victimTime: 500, thiefTime: 2000, now: 0, &actions)
    // 3000 and 4000 are left: who has 2500 gets nothing of 4000, for then it would be the last.
    coordinator.report(2, .init(level: .low, done: 1, time: 2500), now: 0, &actions)
    #expect(actions == [])
    coordinator.report(0, .init(level: .idle, done: 20), now: 0, &actions)
    #expect(actions == [.ask(victim: 1, thief: 0)])
  }

  @Test func whatIsGivenAfterARankWasAskedIsNotForgotten() {
    var coordinator = LoopCoordinator(count: 30, schedule: .adaptive, threads: [1, 1])
    var actions: [LoopCoordinator.Action] = []
    coordinator.report(0, .init(level: .low, done: 1, time: 100), now: 0, &actions)
    coordinator.report(1, .init(level: .low, done: 1, time: 50), now: 0, &actions)
    #expect(actions == [.ask(victim: 1, thief: 0), .ask(victim: 0, thief: 1)])
    actions = []
    coordinator.gave(victim: 1, thief: 0, victimTime: 20, thiefTime: 5000, now: 0, &actions)
    // When it said so, it had not been given anything.
    coordinator.gaveNothing(victim: 0, thief: 1, now: 0, &actions)
    #expect(actions == [.ask(victim: 0, thief: 1)])
    #expect(coordinator.given(to: 0) == 1)
  }

  @Test func theLatestRankIsFound() {
    var ranks = LatestRanks(5)
    #expect(ranks.latest == nil)
    ranks[3] = 7
    ranks[1] = 9
    #expect(ranks.latest == 1)
    ranks[1] = -.infinity
    #expect(ranks.latest == 3)
  }

  @Test func theCoordinatorAsksTheOneWithMostLeft() {
    var coordinator = LoopCoordinator(count: 30, schedule: .adaptive, threads: [1, 1, 1])
    var actions: [LoopCoordinator.Action] = []
    coordinator.report(0, .init(level: .working, done: 1, time: 500), now: 10, &actions)
    coordinator.report(1, .init(level: .working, done: 1, time: 900), now: 10, &actions)
    coordinator.report(2, .init(level: .idle, done: 10), now: 20, &actions)
    #expect(actions == [.ask(victim: 1, thief: 2)])
    actions = []
    coordinator.gave(victim: 1, thief: 2, victimTime: 400, thiefTime: 400, now: 30, &actions)
    coordinator.report(2, .init(level: .idle, done: 14, received: 1), now: 100, &actions)
    #expect(actions == [.ask(victim: 0, thief: 2)])
    actions = []
    coordinator.gaveNothing(victim: 0, thief: 2, now: 100, &actions)
    #expect(actions == [.ask(victim: 1, thief: 2)])
    actions = []
    coordinator.report(0, .init(level: .idle, done: 10), now: 200, &actions)
    #expect(actions == [.ask(victim: 1, thief: 0)])
    actions = []
    coordinator.report(1, .init(level: .idle, done: 6), now: 200, &actions)
    coordinator.gaveNothing(victim: 1, thief: 2, now: 210, &actions)
    // What was asked of a rank must be answered before the loop is over.
    #expect(actions == [])
    coordinator.gaveNothing(victim: 1, thief: 0, now: 220, &actions)
    #expect(actions == [.end])
  }
}

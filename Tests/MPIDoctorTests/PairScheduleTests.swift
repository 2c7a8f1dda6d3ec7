// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import mpi_doctor

@Suite struct PairScheduleTests {
  @Test(arguments: 0...17)
  func everyPairMeetsOnceAndNoRankTwiceInARound(size: Int) {
    let schedule = PairSchedule(size: size)
    var met: Set<[Int]> = []
    for round in 0..<schedule.roundCount {
      for rank in 0..<size {
        guard let partner = schedule.partner(of: rank, round: round) else { continue }
        #expect(partner != rank)
        #expect(schedule.partner(of: partner, round: round) == rank)
        if rank < partner {
          let isNew = met.insert([rank, partner]).inserted
          #expect(isNew, "\(rank) and \(partner) meet twice")
        }
      }
    }
    #expect(met.count == size * max(0, size - 1) / 2)
  }

  @Test func roundsAreAsFewAsCanBe() {
    #expect(PairSchedule(size: 64).roundCount == 63)
    #expect(PairSchedule(size: 5).roundCount == 5)
    #expect(PairSchedule(size: 1).roundCount == 0)
  }

  /// Ranks of so many hosts, one host after the other, with so many places on each.
  @Test(arguments: [(64, 1, 2), (64, 4, 2), (64, 4, 16), (9, 3, 1), (5, 2, 1), (2, 1, 1), (17, 3, 4)])
  func turnsHoldEveryPairOnceAndCrowdNoHost(size: Int, hostCount: Int, places: Int) {
    let hosts = (0..<size).map { $0 * hostCount / size }
    let turns = PairSchedule(size: size).turns(hosts: hosts, places: Array(repeating: places, count: hostCount))
    var met: Set<[Int]> = []
    for turn in turns {
      let ranks = turn.flatMap { [$0.0, $0.1] }
      #expect(Set(ranks).count == ranks.count, "a rank has two partners at once")
      for host in 0..<hostCount {
        let busy = ranks.filter { hosts[$0] == host }.count
        #expect(busy <= max(2, places))
        if busy > places { #expect(turn.allSatisfy { hosts[$0.0] != host || hosts[$0.1] == host }) }
      }
      for (one, other) in turn {
        #expect(one < other)
        let isNew = met.insert([one, other]).inserted
        #expect(isNew)
      }
    }
    #expect(met.count == size * (size - 1) / 2)
  }

  @Test func whereEveryRankHasAPlaceEachRoundIsOneTurn() {
    let turns = PairSchedule(size: 64).turns(hosts: (0..<64).map { $0 / 16 }, places: [16, 16, 16, 16])
    #expect(turns.count == 63)
    #expect(turns.allSatisfy { $0.count == 32 })
    // One pair at a time, if there is no more room.
    #expect(PairSchedule(size: 8).turns(hosts: Array(repeating: 0, count: 8), places: [2]).count == 28)
    #expect(PairSchedule(size: 1).turns(hosts: [0], places: [4]).isEmpty)
  }
}

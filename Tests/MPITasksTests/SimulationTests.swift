// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks
import Testing

@testable import schedule_simulator

@Suite struct Simulations {
  @Test(arguments: Skew.allCases) func everyLoopEnds(skew: Skew) {
    for tasks in [1, 7, 100, 5000] {
      let work = Workload(count: tasks, mean: 50_000, skew: skew)
      for (ranks, nodeSize) in [(1, nil), (2, nil), (3, 1), (8, nil), (33, nil), (33, 4)] as [(Int, Int?)] {
        for schedule in allSchedules {
          var simulation = Simulation(work, ranks: ranks, schedule: schedule, costs: Costs(), nodeSize: nodeSize)
          let outcome = simulation.run()
          #expect(outcome.efficiency > 0 && outcome.efficiency <= 1, "\(tasks) \(ranks) \(schedule)")
        }
      }
    }
  }

  @Test(arguments: Skew.allCases) func theDefaultBalancesLongLoops(skew: Skew) {
    let work = Workload(count: 100_000, mean: 100_000, skew: skew)
    for ranks in [2, 8, 32] {
      var simulation = Simulation(work, ranks: ranks, schedule: .adaptive, costs: Costs())
      #expect(simulation.run().efficiency > 0.97)
      var divided = Simulation(work, ranks: ranks, schedule: .adaptive, costs: Costs(), nodeSize: 4)
      #expect(divided.run().efficiency > 0.97)
    }
  }

  @Test func nodesRelieveRank0() {
    let work = Workload(count: 200_000, mean: 100_000, skew: .hill)
    var whole = Simulation(work, ranks: 512, schedule: .adaptive, costs: Costs())
    var divided = Simulation(work, ranks: 512, schedule: .adaptive, costs: Costs(), nodeSize: 32)
    let (flat, nodes) = (whole.run(), divided.run())
    #expect(nodes.messages < flat.messages / 2)
  }

  @Test func equalBlocksOfUnequalWorkWait() {
    // Of the first tenth, which takes ten times as long as the rest, the first of two ranks has all.
    let work = Workload(count: 100_000, mean: 100_000, skew: .heavyFirst)
    var simulation = Simulation(work, ranks: 2, schedule: .static, costs: Costs())
    let expected = 19.0 / 2 / (10 * 1 + 4)
    #expect(abs(simulation.run().efficiency - expected) < 0.01)
  }

  @Test func timesAndIndicesOfAWorkload() {
    let work = Workload(count: 1_000_000, mean: 1000, skew: .ramp)
    #expect(abs(work.time(0..<1_000_000) - 1e9) < 1)
    for first in [0, 100_000, 999_000] {
      let index = work.index(from: first, after: work.time(first..<first + 500))
      #expect(abs(index - first - 500) <= 1)
    }
  }
}

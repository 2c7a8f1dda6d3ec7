import MPITasks
import Testing

@testable import schedule_simulator

extension OnEveryRank {
  @Suite struct Simulations {
    @Test(arguments: Skew.allCases) func everyLoopEnds(skew: Skew) {
      for tasks in [1, 7, 100, 5000] {
        for ranks in [1, 2, 3, 8, 33] {
          for schedule in allSchedules {
            let work = Workload(count: tasks, mean: 50_000, skew: skew)
            var simulation = Simulation(work, ranks: ranks, schedule: schedule, costs: Costs())
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
      }
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
}

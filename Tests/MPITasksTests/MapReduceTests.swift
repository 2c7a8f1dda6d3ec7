// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import Testing

/// What a reduction gives on one rank, in the documented order: leaves from left to right, then a binary tree.
func reference(_ count: Int, _ term: (Int) -> Double) -> Double {
  let size = max(1, (count + 65_535) / 65_536)
  var level = stride(from: 0, to: count, by: size).map { start in
    (start + 1..<min(count, start + size)).reduce(term(start)) { $0 + term($1) }
  }
  guard !level.isEmpty else { return 0.5 }
  while level.count > 1 {
    level = stride(from: 0, to: level.count, by: 2).map { $0 + 1 < level.count ? level[$0] + level[$0 + 1] : level[$0] }
  }
  return 0.5 + level[0]
}

@Sendable func awkward(_ index: Int) -> Double { 1 / (Double(index) * 1.37 + 0.1) * (index % 3 == 0 ? -1e6 : 1) }

extension OnEveryRank {
  @Suite struct MapReduce {
    var world: Communicator { .world }

    @Test(arguments: allSchedules) func sameBitsWithAnySchedule(schedule: LoopSchedule) throws {
      for count in [0, 1, 2, 3, 7, 100, 1000, 65_535, 65_537, 200_001] {
        if case .dynamic(chunk: 1) = schedule, count > 1000 { continue }
        let sum = try world.mapReduce(0..<count, initial: 0.5, schedule: schedule, +) { awkward($0) }
        #expect(sum.bitPattern == reference(count, awkward).bitPattern, "\(count)")
      }
    }

    @Test func sameBitsWhereWorkMoves() throws {
      for _ in 0..<3 {
        let sum = try world.mapReduce(0..<900, initial: 0.5, +) { index in
          if index < 120 { work(microseconds: 150) }
          return awkward(index)
        }
        #expect(sum.bitPattern == reference(900, awkward).bitPattern)
      }
    }

    @Test(arguments: allSchedules) func whatDoesNotCommute(schedule: LoopSchedule) throws {
      let text = try world.mapReduce(0..<500, initial: "<", schedule: schedule, +) { "\($0)," }
      #expect(text == "<" + (0..<500).map { "\($0)," }.joined())
      #expect(try world.mapReduce(3..<3, initial: "none", schedule: schedule, +) { "\($0)" } == "none")
    }

    /// Values that one rank alone has seen can be combined, those of two can't.
    @Test func anErrorOfTheCombinationKeepsItsWords() throws {
      struct Strangers: Error {}
      let rank = world.rank
      var caught: (any Error)?
      do {
        let sum = try world.mapReduce(
          0..<100, initial: -1, schedule: .static,
          { left, right in
            if left >= 0 && left != right { throw Strangers() }
            return right
          }, { _ in rank })
        #expect(sum == 0)
      } catch {
        caught = error
      }
      #expect((caught != nil) == (world.size > 1))
      if let caught {
        #expect(!world.isRoot || caught is Strangers, "\(caught)")
        #expect("\(caught)".contains("Strangers"), "\(caught)")
      }
    }

    @Test func histograms() throws {
      let counts = try world.mapReduce(
        0..<10_000, initial: [Int](repeating: 0, count: 10), { left, right in zip(left, right).map(+) },
        { index in (0..<10).map { $0 == index % 10 ? 1 : 0 } })
      #expect(counts == Array(repeating: 1000, count: 10))
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import Testing

extension OnEveryRank {
  @Suite struct ThreadCounts {
    @Test func aRankHasItsShareOfTheCores() {
      // One process on a whole machine; four that share it; four that are bound to two each; more ranks than cores.
      #expect(ThreadCount(sharers: [1, 1, 1, 1], reachable: 4, ranks: 1).count == 4)
      #expect(ThreadCount(sharers: Array(repeating: 4, count: 8), reachable: 8, ranks: 4).count == 2)
      #expect(ThreadCount(sharers: [1, 1], reachable: 8, ranks: 4).count == 2)
      #expect(ThreadCount(sharers: [3, 3], reachable: 2, ranks: 3).count == 1)
      #expect(ThreadCount(sharers: Array(repeating: 3, count: 9), reachable: 9, ranks: 3).count == 3)
    }

    @Test func aRankThatIsBoundToOneCoreOfManyIsWarnedAbout() {
      let bound = ThreadCount(sharers: [1], reachable: 8, ranks: 2)
      #expect(bound.count == 1)
      #expect(bound.warning?.contains("1 core of 8") == true)
      #expect(bound.warning?.contains("--bind-to none") == true)
      #expect(ThreadCount(sharers: [1, 1], reachable: 8, ranks: 4).warning == nil)
      #expect(ThreadCount(sharers: [2, 2], reachable: 2, ranks: 2).warning == nil)
    }

    @Test func theEnvironmentDecides() {
      #expect(
        ThreadCount(sharers: [1], reachable: 8, ranks: 2, asked: "3")
          == .init(sharers: [1, 1, 1], reachable: 3, ranks: 1))
      for wrong in ["many", "0", "-1", "5000"] {
        let count = ThreadCount(sharers: [1, 1], reachable: 2, ranks: 1, asked: wrong)
        #expect(count.count == 2)
        #expect(count.warning?.contains("'\(wrong)'") == true)
      }
    }

    @Test func thisProcessHasCores() {
      #expect(MPIEnvironment.availableCores >= 1)
      #expect(MPIEnvironment.availableCores <= MPIEnvironment.machineCores)
    }
  }
}

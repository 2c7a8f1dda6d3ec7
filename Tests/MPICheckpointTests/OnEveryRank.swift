// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITesting
import Testing

/// The tests that use MPI: here on one rank, and by `UnderTheLauncher` on more.
@Suite(.everyRank(timeLimit: .seconds(120))) struct OnEveryRank {}

/// The same tests on several ranks.
@Suite struct UnderTheLauncher {
  @Test(arguments: rankCounts) func onEveryRank(ranks: Int) async throws {
    try await launchTests(of: OnEveryRank.self, ranks: ranks, timeLimit: .seconds(600))
  }
}

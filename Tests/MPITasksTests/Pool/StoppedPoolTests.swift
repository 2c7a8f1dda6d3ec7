// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITesting
import Testing

/// Pools that stop when the time of the job is up, with tasks on threads and in processes.
@Suite struct StoppedPoolTests {
  private func run(_ mode: String, ranks: Int, isolation: String) async throws -> LaunchedJob {
    let job = try await launch(
      executable(named: "pool-program"), arguments: ["stopped pools", mode], ranks: ranks,
      environment: ["MPI_TASKS_THREADS": "2", "MPI_TASKS_ISOLATION": isolation], timeLimit: .seconds(90))
    #expect(!job.isTimedOut, "\(job.output) \(job.errorOutput)")
    return job
  }

  static let isolations = ["thread", "process"]

  @Test(
    "A pool stops at the limit, and each result is handed over or left to do", arguments: ["limit", "long"],
    [0, 1, 2, 3])
  func limit(mode: String, ranks: Int) async throws {
    for isolation in Self.isolations {
      let job = try await run(mode, ranks: ranks, isolation: isolation)
      #expect(job.status == 75, "\(job.errorOutput)")
      #expect(job.output == "limit true true all\n", "\(job.output)")
      #expect(job.errorOutput.contains("tasks are left: run it again (status 75)"), "\(job.errorOutput)")
    }
  }

  @Test("A signal to a rank stops the pool", arguments: [0, 2, 3], isolations)
  func signal(ranks: Int, isolation: String) async throws {
    let job = try await run("signal", ranks: ranks, isolation: isolation)
    #expect(job.status == 75, "\(job.errorOutput)")
    #expect(job.output == "signal(SIGUSR1) true\n", "\(job.output)")
  }

  @Test("Tasks that wait for tasks don't hold it up", arguments: [0, 2], isolations)
  func waiting(ranks: Int, isolation: String) async throws {
    let job = try await run("waiting", ranks: ranks, isolation: isolation)
    #expect(job.status == 75, "\(job.errorOutput)")
  }

  @Test("A pool that is done in time returns, and one that was not asked to stop does not", arguments: [0, 2])
  func done(ranks: Int) async throws {
    for mode in ["done", "not asked"] {
      let job = try await run(mode, ranks: ranks, isolation: "thread")
      #expect(job.status == 0 && job.output == "100\n", "\(job.output) \(job.errorOutput)")
    }
  }
}

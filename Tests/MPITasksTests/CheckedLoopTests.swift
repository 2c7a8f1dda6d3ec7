// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITesting
import Testing

/// What checked mode finds in loops and pools, as seen from outside: it names the program's line, and not the library's.
@Suite struct CheckedLoopTests {
  private func run(_ mode: String..., ranks: Int) async throws -> (job: LaunchedJob, place: String) {
    let job = try await launch(
      executable(named: "pool-program"), arguments: mode, ranks: ranks,
      environment: ["MPI_CHECK": "1", "MPI_CHECK_TIMEOUT": "1"], timeLimit: .seconds(40))
    let line = job.output.split(separator: "\n").first { $0.contains(" is at line ") }
    let number = try #require(line?.split(separator: " ").last, "\(job.output) \(job.errorOutput)")
    return (job, "at pool_program/PoolProgram.swift:\(number)")
  }

  @Test(arguments: [("loop of one rank", "the end of withMPI"), ("items of one rank", "barrier")], [2, 4])
  func aLoopThatOneRankCalls(mistake: (mode: String, others: String), ranks: Int) async throws {
    let (job, place) = try await run(mistake.mode, ranks: ranks)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(job.errorOutput.contains("rank 0 is in map \(place)"), "\(job.errorOutput)")
    #expect(job.errorOutput.contains("in \(mistake.others)"), "\(job.errorOutput)")
    #expect(!job.errorOutput.contains("MPITasks/"), "\(job.errorOutput)")
  }

  @Test(arguments: [("end", "the end of withMPI"), ("barrier", "barrier")], [2, 4])
  func aPoolThatOneRankCalls(other: (mode: String, call: String), ranks: Int) async throws {
    let (job, place) = try await run("pool of one rank", other.mode, ranks: ranks)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(job.errorOutput.contains("rank 0 is in withTaskPool \(place)"), "\(job.errorOutput)")
    #expect(job.errorOutput.contains("in \(other.call)"), "\(job.errorOutput)")
    #expect(!job.errorOutput.contains("MPITasks/"), "\(job.errorOutput)")
  }

  @Test(arguments: [2, 3])
  func aClosureThatDoesNotEnd(ranks: Int) async throws {
    let (job, place) = try await run("endless closure", ranks: ranks)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(job.errorOutput.contains("rank 0: in forEach \(place)"), "\(job.errorOutput)")
    #expect(job.errorOutput.contains("rank \(ranks - 1): computing in forEach \(place)"), "\(job.errorOutput)")
  }

  @Test(arguments: [0, 1, 2, 3])
  func nothingIsSaidOfLoopsThatAreRight(ranks: Int) async throws {
    let job = try await launch(
      executable(named: "pool-program"), arguments: ["loops"], ranks: ranks,
      environment: ["MPI_CHECK": "1", "MPI_CHECK_TIMEOUT": "10", "MPI_TASKS_PROGRESS": "never"],
      timeLimit: .seconds(60))
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(!job.errorOutput.contains("MPI_CHECK"), "\(job.errorOutput)")
  }
}

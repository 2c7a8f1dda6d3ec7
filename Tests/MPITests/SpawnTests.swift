// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Testing

/// Programs that start programs, as seen from outside: a job that hangs is ended by its time limit.
@Suite struct SpawnTests {
  private func run(_ mode: String, ranks: Int, environment: [String: String] = [:]) async throws -> LaunchedJob {
    try await launch(
      executable(named: "test-program"), arguments: ["spawning", mode], ranks: ranks, environment: environment,
      timeLimit: .seconds(30))
  }

  /// On 0 ranks there is no launcher.
  @Test(
    .skipped(on: .spawnsHang),
    arguments: ["work", "last-root", "several", "dropped", "grandchildren", "from-itself"], [0, 1, 3])
  func allIsWell(mode: String, ranks: Int) async throws { try await endsWell(mode, ranks) }

  @Test(.skipped(on: .spawnsHang), arguments: [0, 1, 3])
  func hints(ranks: Int) async throws { try await endsWell("with-hints", ranks) }

  /// Without a launcher, on a busy machine, Open MPI 4.1 once did not end.
  @Test(.skipped(on: .spawnsHang), arguments: [1, 3])
  func manyTimes(ranks: Int) async throws { try await endsWell("many", ranks) }

  @Test(arguments: ["missing", "drops-duplicates"], [0, 1, 3])
  func allIsWellWithoutOtherProcesses(mode: String, ranks: Int) async throws { try await endsWell(mode, ranks) }

  private func endsWell(_ mode: String, _ ranks: Int) async throws {
    let job = try await run(mode, ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(!job.isTimedOut)
    #expect(job.output.contains("the end"))
    #expect(job.errorOutput == "")
  }

  @Test(.skipped(on: .spawnsHang)) func processesJoinByASocket() async throws {
    let job = try await run("join", ranks: 2)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(!job.isTimedOut)
  }

  /// In checked mode too, where every call of a group is compared.
  @Test(.skipped(on: .spawnsHang), arguments: ["work", "last-root", "several", "missing"])
  func inCheckedMode(mode: String) async throws {
    let job = try await run(mode, ranks: 2, environment: ["MPI_CHECK": "1"])
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output.contains("the end"))
    #expect(job.errorOutput == "")
  }

  /// Checked mode compares the calls of a group's ranks.
  @Test(.skipped(on: .spawnsHang)) func differentCallsInCheckedMode() async throws {
    let job = try await run("different-calls", ranks: 3, environment: ["MPI_CHECK": "1"])
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(job.errorOutput.contains("rank 0 is in barrier at test_program/"), "\(job.errorOutput)")
    #expect(job.errorOutput.contains("the others are in broadcast(of: Int, root: 0) at"), "\(job.errorOutput)")
  }

  /// Every rank learns of it, and none hangs.
  @Test(
    .skipped(on: .spawnsHang),
    .enabled(if: MPIEnvironment.vendor == .openMPI, "MPICH has room for as many processes as it is asked for"),
    arguments: [1, 3])
  func thereIsNoRoom(ranks: Int) async throws {
    // Slots enough for the ranks, and none more.
    let job = try await run(
      "no-room", ranks: ranks,
      environment: [
        "OMPI_MCA_rmaps_base_oversubscribe": "0", "OMPI_MCA_orte_set_default_slots": "\(ranks)",
        "PRTE_MCA_rmaps_default_mapping_policy": ":nooversubscribe", "PRTE_MCA_prte_set_default_slots": "\(ranks)",
      ])
    #expect(!job.isTimedOut)
    #expect(job.status != 0)
    #expect(job.output.contains("refused") || job.errorOutput.contains("as it must be"), "\(job.errorOutput)")
    #expect(job.errorOutput.contains("Failure(text: \"as it must be\")"), "\(job.errorOutput)")
  }

  /// The error of one process ends the parents' job as well.
  @Test(.skipped(on: .spawnsHang), .skipped(on: .abortOfTheSpawnedHangs), arguments: [1, 2])
  func aChildThrows(ranks: Int)
    async throws
  {
    let job = try await run("child-throws", ranks: ranks)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(job.errorOutput.contains("error on rank 1 of 2"), "\(job.errorOutput)")
    #expect(job.errorOutput.contains("Failure(text: \"of a child\")"))
  }

  @Test(arguments: [0, 2]) func attributesAreReleasedWhileMPIRuns(ranks: Int) async throws {
    let job = try await run("keeps-attributes", ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    for rank in 0..<max(ranks, 1) {
      for name in ["world", "itself", "duplicate"] {
        #expect(job.output.contains("released \(name) \(rank), while MPI runs"), "\(job.output)")
      }
    }
  }
}

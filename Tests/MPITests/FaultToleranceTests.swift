// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITesting
import Testing

/// A rank that kills itself, and what the others do then, as seen from outside.
@Suite struct FaultToleranceTests {
  /// Whether there is a launcher that lets a job go on when a rank has failed: Open MPI's, from 5.0 on.
  static let isLaunchable = MPIEnvironment.vendor == .openMPI && MPIEnvironment.vendorVersion.major >= 5

  private func run(_ mode: String, ranks: Int) async throws -> LaunchedJob {
    try await launch(
      executable(named: "test-program"), arguments: ["surviving", mode], ranks: ranks,
      launcherOptions: ["--with-ft", "ulfm", "--mca", "async_mpi_finalize", "1"], timeLimit: .seconds(40))
  }

  private func lines(_ job: LaunchedJob) -> [Substring] {
    job.output.split(separator: "\n").filter { $0.hasPrefix("rank ") }.sorted()
  }

  @Test(.enabled(if: isLaunchable, "this MPI ends the job when a rank fails"), arguments: [2, 3, 4])
  func theRestShrinksAndGoesOn(ranks: Int) async throws {
    let job = try await run("by-hand", ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    let sums = Array(repeating: "\(ranks)", count: 5) + Array(repeating: "\(ranks - 1)", count: 5)
    let expected = (0..<ranks).filter { $0 != 1 }.map { "rank \($0): \(sums.joined(separator: " "))" }
    // What a rank knew of a step that others had not done is done again by all.
    #expect(lines(job).map(String.init) == expected, "\(job.output)")
  }

  @Test(.enabled(if: isLaunchable, "this MPI ends the job when a rank fails"), arguments: [2, 3, 4])
  func theBodyRunsAgainOnTheRest(ranks: Int) async throws {
    let job = try await run("surviving", ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    let sum = 10 * (ranks - 1) * (ranks - 2) / 2
    #expect(
      lines(job).map(String.init) == (0..<ranks).filter { $0 != 1 }.map { "rank \($0): sum \(sum), runs 2" },
      "\(job.output)")
  }

  @Test(.enabled(if: isLaunchable, "this MPI ends the job when a rank fails"))
  func aLaterErrorEndsTheJob() async throws {
    let job = try await run("throws", ranks: 4)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(job.errorOutput.components(separatedBy: "error on rank ").count == 2, "\(job.errorOutput)")
    #expect(job.errorOutput.contains("error on rank 0 of 4"), "\(job.errorOutput)")
  }

  @Test(.enabled(if: isLaunchable, "this MPI ends the job when a rank fails"))
  func theEndCopesWithALostRank() async throws {
    let job = try await run("at-the-end", ranks: 4)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(!job.isTimedOut)
  }

  @Test(.enabled(if: isLaunchable, "this MPI ends the job when a rank fails"), arguments: [1, 2, 4])
  func revokingBringsAllTogether(ranks: Int) async throws {
    let job = try await run("no-rank-fails", ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(lines(job).map(String.init) == (0..<ranks).map { "rank \($0): revoked" }, "\(job.output)")
  }

  /// Where the launcher was not told, or the MPI has none of it.
  @Test func elsewhereItIsRefusedInWords() async throws {
    let job = try await launch(executable(named: "test-program"), arguments: ["surviving"], ranks: 2)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output.components(separatedBy: "refused: shrink: this MPI, ").count == 3, "\(job.output)")
    #expect(job.output.contains("mpiexec --with-ft ulfm"))
  }
}

extension OnEveryRank {
  /// On an MPI, or a job, that does not go on without a rank: every call says so, and the communicator works on.
  @Suite struct FaultToleranceRefusalTests {
    let world = Communicator.world

    @Test(.enabled(if: !MPIEnvironment.supports(.faultTolerance), "this job goes on without a rank"))
    func everyCallIsRefused() throws {
      expectError(.notSupported, "revoke", naming: "fault tolerance") { try world.revoke() }
      expectError(.notSupported, "shrink") { _ = try world.shrink() }
      expectError(.notSupported, "agree") { _ = try world.agree(1) }
      expectError(.notSupported, "agree") { _ = try world.nonblocking.agree(1).wait() }
      expectError(.notSupported, "failedRanks") { _ = try world.failedRanks }
      expectError(.notSupported, "acknowledgeFailures") { try world.acknowledgeFailures() }
      expectError(.notSupported, "isRevoked") { _ = try world.isRevoked }
      expectError(.notSupported, "surviving") { try world.surviving { _ in } }
      #expect(try world.allReduce(1, .sum) == world.size)
    }
  }
}

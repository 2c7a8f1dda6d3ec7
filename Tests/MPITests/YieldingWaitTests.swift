// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

@testable import MPI

/// When waits give way to other ranks.
@Suite struct YieldingWaitTests {
  @Test(
    arguments: [
      (nil, 2, 2, false), (1, 2, 2, false), (2, 2, 2, false), (3, 2, 2, true), (8, 2, 2, true), (64, 1, 64, false),
      (65, 1, 64, true), (4, 4, 1, false),
    ] as [(Int?, Int, Int, Bool)])
  func moreRanksThanCores(ranks: Int?, allowed: Int, ofLauncher: Int, isNeeded: Bool) {
    #expect(YieldingWaits.areNeeded(ranks: ranks, allowed: allowed, ofLauncher: ofLauncher) == isNeeded)
  }

  @Test(
    arguments: [
      ("4", 0, 4), ("2(x3),1", 0, 2), ("2(x3),1", 2, 2), ("2(x3),1", 3, 1), ("2(x3),1", 4, nil), ("16,8(x2)", 2, 8),
      ("", 0, nil), ("many", 0, nil),
    ] as [(String, Int, Int?)])
  func ranksOfANodeInSlurm(list: String, node: Int, count: Int?) {
    #expect(Launch.ranks(ofNode: node, in: list) == count)
  }

  /// Eight ranks that have two cores at most give way, unless the user has said; the environment stays as it was.
  @Test(.enabled(if: MPIEnvironment.vendor == .openMPI), arguments: [nil, "0", "1"] as [String?])
  func manyRanksGiveWay(asked: String?) async throws {
    let variable = YieldingWaits.variable
    let given = asked.map { "export \(variable)=\($0);" } ?? "unset \(variable);"
    // The host file lets the launcher think that there are enough cores, so it does not set the variable itself.
    let hosts = FileManager.default.temporaryDirectory.appendingPathComponent("yielding-\(UUID().uuidString)")
    try "localhost slots=8\n".write(to: hosts, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: hosts) }
    let core = MPIEnvironment.allowedCores().prefix(2).map { "\($0)" }.joined(separator: ",")
    let program = try "\(executable(named: "test-program")) misbehaving"
    let job = try await launch(
      "/bin/bash",
      arguments: [
        "-c",
        "unset OMPI_MCA_rmaps_base_oversubscribe; \(given) exec taskset -c \(core) mpiexec --hostfile \(hosts.path) -n 8 \(program) waits",
      ], ranks: 0, timeLimit: .seconds(60))
    #expect(job.status == 0, "\(job.errorOutput)")
    let expected = "gives way: \(asked != "0"), environment: \(asked ?? "none")"
    #expect(job.output.components(separatedBy: expected).count == 9, "\(job.output)")
  }
}

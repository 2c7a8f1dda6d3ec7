// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

/// Jobs with a store that stop because their time is up, and go on.
@Suite struct TimeUpTests {
  @Test(
    "A job whose time is up stores all that it has done, ends with status 75, and is continued",
    arguments: [("study", "thread"), ("study", "process"), ("rows", "thread")], [0, 2])
  func timeUp(job kind: (mode: String, isolation: String), ranks: Int) async throws {
    let (folder, count) = (try Folder(), 3000)
    var committed: Set<Int> = []
    var (attempt, statuses): (Int, [Int]) = (0, [])
    while statuses.last != 0, attempt < 60 {
      attempt += 1
      let log = "\(folder.log).\(attempt)"
      let job = try await launch(
        executable(named: "store-program"), arguments: [kind.mode, folder.store, log, "\(count)", "1000", "-1"],
        ranks: ranks,
        environment: [
          "MPI_TASKS_THREADS": "1", "MPI_TASKS_ISOLATION": kind.isolation, "MPI_TASKS_TIME_LIMIT": "2s",
        ], timeLimit: .seconds(100))
      try #require(!job.isTimedOut)
      statuses.append(Int(job.status))
      try #require(job.status == 0 || job.status == 75, "\(job.errorOutput)")
      if job.status == 75 { #expect(job.errorOutput.contains("are left: run it again"), "\(job.errorOutput)") }
      let now = try await KillTests.committed(folder.store, isLoop: kind.mode == "rows")
      let ran = folder.noted(log)
      #expect(committed.isDisjoint(with: ran), "what was committed ran again")
      #expect(now == committed.union(ran), "what was done is lost")
      committed = now
    }
    #expect(statuses.last == 0 && statuses.count > 1, "\(statuses)")
    #expect(committed == Set(0..<count))
  }
}

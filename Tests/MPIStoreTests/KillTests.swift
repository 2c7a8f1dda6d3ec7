// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPIStoreFile
import MPITesting
import Testing

/// Jobs with a store that are killed, and go on. `MPI_STORE_KILLS` sets how often, 10 times unless set.
@Suite struct KillTests {
  private var kills: Int { ProcessInfo.processInfo.environment["MPI_STORE_KILLS"].flatMap { Int($0) } ?? 10 }

  @Test(
    "After kill -9 of all processes at random, a study and a loop go on, and nothing committed runs again",
    arguments: [("study", 0), ("study", 2), ("rows", 0), ("rows", 2)])
  func killed(mode: String, ranks: Int) async throws {
    let count = 2000
    var (round, killed, repeated) = (0, 0, 0)
    while killed < (kills + 3) / 4 {
      round += 1
      let folder = try Folder()
      var committed: Set<Int> = []
      var (isDone, endedWell) = (false, false)
      var attempt = 0
      while !isDone {
        attempt += 1
        // A run takes a second or two; when all kills are done it may end.
        let delay = killed < (kills + 3) / 4 ? Int.random(in: 1...700) : -1
        let log = "\(folder.log).\(attempt)"
        let job = try await launch(
          executable(named: "store-program"),
          arguments: [mode, folder.store, log, "\(count)", "1000", "\(delay)"], ranks: ranks,
          environment: ["MPI_TASKS_THREADS": "1"], timeLimit: .seconds(60))
        try #require(!job.isTimedOut)
        isDone = job.output.contains("done")
        // One that ends well has all results; one may be killed when it has them.
        #expect(isDone || job.status != 0, "\(job.errorOutput)")
        endedWell = job.status == 0
        if !endedWell { killed += 1 }
        // The launcher is killed first: this waits until no rank has the store any longer.
        let now = try await Self.committed(folder.store, isLoop: mode == "rows")
        let ran = folder.noted(log)
        #expect(Set(ran).count == ran.count)
        #expect(committed.isDisjoint(with: ran), "\(mode): what was committed ran again")
        #expect(committed.isSubset(of: now))
        repeated += Set(ran).subtracting(now).count
        committed = now
      }
      #expect(committed == Set(0..<count))
      #expect(try StoreFile(reading: folder.store).check().isEmpty)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("a.store") }
      #expect(!endedWell || left == ["a.store"])
    }
    print("\(mode) on \(ranks) ranks: \(killed) kills, \(repeated) tasks of 1 ms repeated")
  }

  /// The numbers whose results a store has, when nothing writes it.
  static func committed(_ path: String, isLoop: Bool) async throws -> Set<Int> {
    // A rank whose launcher was killed may live for a moment.
    for _ in 0..<500 where StoreLock.owner(of: path, isLocal: true) != nil {
      try await Task.sleep(for: .milliseconds(10))
    }
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    // None if it was killed before the tables were made.
    guard let file = try? StoreFile(reading: path) else { return [] }
    var numbers: Set<Int> = []
    let sql = isLoop ? "SELECT first, count FROM block" : "SELECT position, 1 FROM result"
    try file.rows(sql) { row in
      for number in row.int(0)..<row.int(0) + row.int(1) { numbers.insert(number) }
    }
    return numbers
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

/// The heat equation, killed and continued.
@Suite struct HeatTests {
  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/heat-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  private func run(
    _ arguments: String..., ranks: Int, in folder: String, killedAfter seconds: Double? = nil
  ) async throws -> LaunchedJob {
    var words = [try executable(named: "heat"), "--rows", "61", "--columns", "47"] + arguments
    // Each rank is killed by `kill -9`, wherever it is.
    if let seconds { words = ["timeout", "-s", "KILL", "\(seconds)"] + words }
    let job = try await launch(
      "/usr/bin/env", arguments: words, ranks: ranks, directory: folder, timeLimit: .seconds(120))
    #expect(!job.isTimedOut)
    return job
  }

  /// The step of a line such as "continued at step 70, which …".
  private func step(_ job: LaunchedJob) -> Int? {
    job.output.firstMatch(of: /continued at step (\d+),/).flatMap { Int($0.1) }
  }

  @Test("Killed again and again, on other numbers of ranks, it has the bytes of an undisturbed run")
  func killedAndContinued() async throws {
    try await withFolder { folder in
      for ranks in [2, 3, 1, 4] {
        let job = try await run(
          "--steps", "1000000000", "--every", "0.02", ranks: ranks, in: folder,
          killedAfter: .random(in: 1.0...2.0))
        #expect(job.status != 0)
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files.contains("heat.checkpoint") && !files.contains("heat.bin"), "\(files)")
      // How far it is, by a copy, because a run that completes removes its checkpoint.
      try FileManager.default.copyItem(atPath: folder + "/heat.checkpoint", toPath: folder + "/copy")
      let look = try await run("--steps", "0", "-k", "copy", "-o", "copy.bin", ranks: 0, in: folder)
      let reached = try #require(step(look), "\(look.output) \(look.errorOutput)")
      #expect(reached > 0)
      let steps = "\(reached + 300)"
      let job = try await run("--steps", steps, "--every", "0.02", ranks: 3, in: folder)
      #expect(job.status == 0 && job.errorOutput == "", "\(job.errorOutput)")
      #expect(step(job) == reached)
      #expect(job.output.hasSuffix("\(steps) steps of a plate of 61 × 47: heat.bin\n"))
      let undisturbed = try await run("--steps", steps, "-k", "other", "-o", "other.bin", ranks: 2, in: folder)
      #expect(undisturbed.status == 0 && step(undisturbed) == nil)
      let (one, other) = (
        FileManager.default.contents(atPath: folder + "/heat.bin"),
        FileManager.default.contents(atPath: folder + "/other.bin")
      )
      #expect(one == other && one?.count == 8 * 61 * 47)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["copy.bin", "heat.bin", "other.bin"])
    }
  }

  @Test("The same bytes on any number of ranks", arguments: 0...4)
  func anyNumberOfRanks(ranks: Int) async throws {
    try await withFolder { folder in
      _ = try await run("--steps", "40", "-o", "one.bin", ranks: 0, in: folder)
      let job = try await run("--steps", "40", "--every", "0", ranks: ranks, in: folder)
      #expect(job.status == 0 && job.output == "40 steps of a plate of 61 × 47: heat.bin\n", "\(job.errorOutput)")
      #expect(
        FileManager.default.contents(atPath: folder + "/heat.bin")
          == FileManager.default.contents(atPath: folder + "/one.bin"))
    }
  }

  @Test("What is wrong is said once, with a status", arguments: [0, 2])
  func mistakes(ranks: Int) async throws {
    try await withFolder { folder in
      for (words, status, text) in [
        (["--steps", "x"], 64, "--steps"), (["--every", "-1"], 64, "--every"), (["--columns", "2"], 64, "3 columns"),
        (["-k", "missing/a"], 1, "heat: checkpoint missing/a: it can't be saved: No such file or directory"),
      ] as [([String], Int32, String)] {
        let job = try await launch(executable(named: "heat"), arguments: words, ranks: ranks, directory: folder)
        #expect(job.status == status, "\(words): \(job.errorOutput)")
        #expect(job.errorOutput.components(separatedBy: text).count >= 2, "\(job.errorOutput)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
      }
    }
  }
}

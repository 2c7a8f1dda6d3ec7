// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

/// Programs that are killed while they save.
@Suite struct KillTests {
  private func program(_ arguments: String..., ranks: Int) async throws -> LaunchedJob {
    let job = try await launch(
      executable(named: "checkpoint-program"), arguments: arguments, ranks: ranks, alone: true,
      timeLimit: .seconds(120))
    #expect(!job.isTimedOut)
    return job
  }

  /// The last number after a word at the beginning of a line.
  private func last(_ word: String, _ job: LaunchedJob) -> Int? {
    job.output.split(separator: "\n").last { $0.hasPrefix(word + " ") }.flatMap { Int($0.dropFirst(word.count + 1)) }
  }

  @Test("Killed 20 times while it saves, a program goes on from what it saved last")
  func killedAgainAndAgain() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoint-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/a.checkpoint"
    var (generation, kills, leftovers) = (0, 0, 0)
    while kills < 20 {
      let ranks = kills % 4 + 1
      // One rank, and the launcher ends the others; or all by themselves.
      let killed = kills % 2 == 0 ? -1 : Int.random(in: 0..<ranks)
      let job = try await program(
        "generations", path, "100000", "\(killed)", "\(Int.random(in: 0...300_000))", ranks: ranks)
      #expect(job.status != 0, "\(job.output)")
      kills += 1
      if let restored = last("restored", job) { #expect(restored >= generation, "\(job.output)") }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      leftovers += names.count { $0.hasSuffix(".saving") }
      // On another number of ranks; what was reported as saved is there.
      let check = try await program("verify", path, ranks: (kills + 1) % 4 + 1)
      #expect(check.status == 0, "\(check.output) \(check.errorOutput)")
      let found = try #require(last("restored", check))
      #expect(found >= max(generation, last("saved", job) ?? 0), "\(job.output)")
      generation = found
    }
    #expect(generation > 0)
    print("killed \(kills) times at \(generation) generations; \(leftovers) times within a save")
    // A rank that was killed while it waited for the disk ends later. Its number is in the name of its file.
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".saving") {
      let process = try #require(name.split(separator: ".").dropLast(3).last.flatMap { Int32($0) })
      for _ in 0..<3000 where kill(process, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
    }
    let job = try await program("generations", path, "1", ranks: 2)
    #expect(job.status == 0 && last("saved", job) == generation + 1, "\(job.output) \(job.errorOutput)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.checkpoint"])
  }

  @Test("Saved by 2 ranks, restored by others", arguments: [0, 1, 2, 3, 4])
  func otherNumbersOfRanks(ranks: Int) async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoint-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try await program("generations", path, "3", ranks: 2).status == 0)
    let job = try await program("verify", path, ranks: ranks)
    #expect(job.status == 0 && last("restored", job) == 3, "\(job.output) \(job.errorOutput)")
  }
}

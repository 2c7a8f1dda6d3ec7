// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

/// What a rank that ends by a signal leaves, as seen from outside; and which signals end none.
@Suite struct RankSignalTests {
  private func run(
    _ arguments: [String], ranks: Int, environment: [String: String] = [:]
  ) async throws -> LaunchedJob {
    try await launch(
      executable(named: "test-program"), arguments: ["misbehaving"] + arguments, ranks: ranks, environment: environment,
      timeLimit: .seconds(60))
  }

  /// The lines of this library's, which name a rank.
  private func messages(_ job: LaunchedJob) -> [Substring] {
    job.errorOutput.split(separator: "\n").filter { $0.hasPrefix("error on rank ") }
  }

  /// Swift's backtrace, which is on unless the environment says otherwise, and that of Open MPI.
  private func expectNoScreen(_ job: LaunchedJob) {
    for words in ["Registers:", "Program crashed", "received signal ***", "Backtrac"] {
      #expect(!job.errorOutput.contains(words), "\(job.errorOutput)")
    }
  }

  @Test(
    arguments: [
      ("index", "SIGILL"), ("nil", "SIGILL"), ("overflow", "SIGILL"), ("fatal-error", "SIGILL"), ("thread", "SIGILL"),
      ("thread-stack", "SIGSEGV"), ("address", "SIGSEGV"), ("stack", "SIGSEGV"), ("abort", "SIGABRT"),
    ], [0, 1, 3])
  func aTrapIsOneLine(trap: (how: String, signal: String), ranks: Int) async throws {
    let job = try await run(["traps", trap.how], ranks: ranks, environment: ["SWIFT_BACKTRACE": ""])
    let size = max(ranks, 1)
    #expect(job.status != 0)
    if ranks == 0 { #expect([132, 133, 134, 139].contains(job.status), "\(job.status)") }
    #expect(!job.isTimedOut)
    let said = messages(job)
    #expect(said.count == 1, "\(job.errorOutput)")
    #expect(said.first?.hasPrefix("error on rank \(size - 1) of \(size) (") == true, "\(job.errorOutput)")
    #expect(said.first?.contains("): test-program ") == true, "\(job.errorOutput)")
    #expect(said.first?.contains("(\(trap.signal))") == true, "\(job.errorOutput)")
    #expect(said.first?.hasSuffix("SWIFT_BACKTRACE=enable=yes shows where") == true, "\(job.errorOutput)")
    expectNoScreen(job)
  }

  @Test(arguments: ["index", "address", "abort"], [2, 4])
  func ofAllThatTrapOneSpeaks(how: String, ranks: Int) async throws {
    let job = try await run(["all-trap", how], ranks: ranks, environment: ["SWIFT_BACKTRACE": ""])
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(messages(job).count == 1, "\(job.errorOutput)")
    expectNoScreen(job)
  }

  /// Who asks for Swift's backtrace gets it, once.
  @Test(arguments: [0, 2]) func theBacktraceComesIfItIsAskedFor(ranks: Int) async throws {
    let settings = "enable=yes,color=no,interactive=no,threads=crashed,images=none"
    let job = try await run(["all-trap", "index"], ranks: ranks, environment: ["SWIFT_BACKTRACE": settings])
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(messages(job).count == 1, "\(job.errorOutput)")
    // Not every system has the program that prints it.
    guard job.errorOutput.contains("Program crashed") else { return }
    #expect(job.errorOutput.components(separatedBy: "Program crashed: ").count == 2, "\(job.errorOutput)")
    #expect(job.errorOutput.contains("MisbehavingProgram.trap"), "\(job.errorOutput)")
    #expect(job.errorOutput.contains("Backtrace took"), "\(job.errorOutput)")
  }

  @Test(arguments: [0, 2]) func aHandlerOfTheProgramsStays(ranks: Int) async throws {
    let job = try await run(["traps", "own-handler"], ranks: ranks, environment: ["SWIFT_BACKTRACE": ""])
    #expect(job.status == 9, "\(job.errorOutput)")
    #expect(messages(job) == [], "\(job.errorOutput)")
  }

  /// A rank that runs out of memory ends without a screen.
  @Test func outOfMemoryIsSaid() async throws {
    let job = try await run(["traps", "memory"], ranks: 2, environment: ["SWIFT_BACKTRACE": ""])
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(messages(job).count == 1, "\(job.errorOutput)")
    expectNoScreen(job)
  }

  /// SIGUSR1 and SIGUSR2 are notices, unless the program says what they do.
  @Test(arguments: 0...3) func aNoticeEndsNoRank(ranks: Int) async throws {
    let job = try await run(["takes-notices"], ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output.components(separatedBy: "noticed").count == max(ranks, 1) + 1, "\(job.output)")
  }
}

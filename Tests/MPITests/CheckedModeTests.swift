// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

/// What checked mode finds, as seen from outside.
@Suite struct CheckedModeTests {
  private func run(
    _ mode: String, ranks: Int, timeout: String = "1", environment: [String: String] = [:]
  ) async throws -> LaunchedJob {
    try await launch(
      executable(named: "test-program"), arguments: ["checked", mode], ranks: ranks,
      environment: ["MPI_CHECK": "1", "MPI_CHECK_TIMEOUT": timeout].merging(environment) { $1 },
      timeLimit: .seconds(40))
  }

  /// Where the program says that something is.
  private func place(_ name: String, _ job: LaunchedJob) throws -> String {
    let line = try #require(
      job.output.split(separator: "\n").first { $0.hasPrefix("\(name) is at line ") }, "\(job.output)")
    return "CheckedProgram.swift:\(line.split(separator: " ").last!)"
  }

  // MARK: Collectives that differ

  @Test(
    arguments: [
      ("operations", "is in barrier at ", "allReduce(of: Int, count: 1) at "),
      ("roots", "is in broadcast(of: Int, count: 1, root: 1) at ", "broadcast(of: Int, count: 1, root: 0) at "),
      ("sizes", "is in gather(of: Int32, count: 1, root: 0) at ", "gather(of: Int64, count: 1, root: 0) at "),
      (
        "nonblocking", "is in nonblocking.allReduce(of: Int, count: 2) at ",
        "nonblocking.allReduce(of: Int, count: 1) at "
      ),
    ], [2, 3, 4])
  func bothPlacesAreSaid(mistake: (mode: String, one: String, other: String), ranks: Int) async throws {
    let job = try await run(mistake.mode, ranks: ranks)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    let said = job.errorOutput
    #expect(try said.contains(mistake.one + "test_program/" + place("one", job)), "\(said)")
    #expect(try said.contains(mistake.other + "test_program/" + place("other", job)), "\(said)")
    #expect(said.contains("[mismatch]"), "\(said)")
    // One message.
    #expect(said.components(separatedBy: "error on rank").count == 2, "\(said)")
    if ranks > 2 { #expect(said.contains("rank \(ranks - 1) \(mistake.one)"), "\(said)") }
  }

  @Test(arguments: [2, 3])
  func differentCounts(ranks: Int) async throws {
    let job = try await run("counts", ranks: ranks)
    #expect(job.status != 0)
    let place = try place("one", job)
    #expect(
      job.errorOutput.contains("allReduce(of: Double, count: 5) at test_program/\(place)"), "\(job.errorOutput)")
    #expect(
      job.errorOutput.contains("allReduce(of: Double, count: 3) at test_program/\(place)"), "\(job.errorOutput)")
  }

  @Test(arguments: ["types", "modes"])
  func alsoDifferent(mode: String) async throws {
    let job = try await run(mode, ranks: 3)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(!job.errorOutput.isEmpty)
  }

  @Test(arguments: [2, 4])
  func aRankThatReturnedEarly(ranks: Int) async throws {
    let job = try await run("early", ranks: ranks)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    let said = job.errorOutput
    #expect(said.contains("rank \(ranks - 1) is in the end of withMPI"), "\(said)")
    #expect(try said.contains("barrier at test_program/" + place("other", job)), "\(said)")
  }

  @Test func aMismatchCanBeCaught() async throws {
    let job = try await run("caught", ranks: 3)
    #expect(job.status == 0, "\(job.errorOutput)")
    for rank in 0..<3 { #expect(job.output.contains("caught \(rank)")) }
  }

  // MARK: Calls that wait too long

  @Test(arguments: ["1", "0.5"])
  func twoSendsToEachOther(timeout: String) async throws {
    let job = try await run("send-send", ranks: 2, timeout: timeout)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(job.duration < .seconds(15))
    let said = job.errorOutput
    #expect(try said.contains("rank 0: in send at test_program/" + place("one", job)), "\(said)")
    #expect(try said.contains("rank 1: in send at test_program/" + place("other", job)), "\(said)")
    #expect(said.components(separatedBy: "MPI_CHECK_TIMEOUT").count == 2, "\(said)")
  }

  @Test func ranksOutsideOfCalls() async throws {
    let job = try await run("receive", ranks: 3)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(job.errorOutput.contains("rank 0: in receive at "), "\(job.errorOutput)")
    for rank in 1...2 {
      #expect(job.errorOutput.contains("rank \(rank): in none of this library's calls"), "\(job.errorOutput)")
    }
  }

  @Test func differentCommunicators() async throws {
    let job = try await run("part", ranks: 4)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    for rank in 0..<4 { #expect(job.errorOutput.contains("rank \(rank): in "), "\(job.errorOutput)") }
  }

  @Test(arguments: [2, 3])
  func reductionsOfObjects(ranks: Int) async throws {
    let job = try await run("reductions", ranks: ranks, timeout: "10")
    #expect(job.status == 0 && job.errorOutput == "", "\(job.errorOutput)")
    let lines = job.output.split(separator: "\n")
    for rank in 0..<ranks { #expect(lines.count { $0 == "caught \(rank)" } == 2, "\(job.output)") }
    #expect(lines.count { $0 == "well" } == ranks)
  }

  @Test(arguments: ["0", "1"], [1, 2])
  func attributesAreCopiedForTheProgramAlone(check: String, ranks: Int) async throws {
    let job = try await run("copies", ranks: ranks, timeout: "10", environment: ["MPI_CHECK": check])
    #expect(job.status == 0 && job.output == "2 copies\n", "\(job.output)\(job.errorOutput)")
  }

  // MARK: What is left

  @Test func leaks() async throws {
    let job = try await run("leaks", ranks: 2)
    #expect(job.status == 0)
    let said = job.errorOutput
    for rank in 0..<2 {
      #expect(
        try said.contains(
          "MPI_CHECK: rank \(rank) dropped a request of receive, made at test_program/" + place("one", job)),
        "\(said)")
      #expect(
        try said.contains(
          "MPI_CHECK: rank \(rank) never gave back a communicator of duplicate, made at test_program/"
            + place("other", job)), "\(said)")
      for (operation, name) in [("merge", "merged"), ("duplicate", "across")] {
        let line =
          try "rank \(rank) never gave back a communicator of \(operation), made at test_program/"
          + place(name, job)
        #expect(said.contains(line), "\(said)")
      }
    }
    // What was freed before is not listed.
    #expect(!said.contains("communicator of intercommunicator") && !said.contains("communicator of split"), "\(said)")
  }

  // MARK: What is right

  @Test(arguments: ["nothing", "order", "places"], 0...3)
  func nothingIsSaidWhereNothingIsWrong(mode: String, ranks: Int) async throws {
    let job = try await run(mode, ranks: ranks, timeout: "10")
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.errorOutput == "")
  }

  @Test func offItDoesNothing() async throws {
    let job = try await run("leaks", ranks: 2, environment: ["MPI_CHECK": "0"])
    #expect(job.status == 0)
    #expect(job.errorOutput == "")
  }

  @Test(arguments: [("MPI_CHECK", "yes"), ("MPI_CHECK_TIMEOUT", "soon"), ("MPI_CHECK_TIMEOUT", "-1")])
  func wrongSettings(variable: String, value: String) async throws {
    let job = try await run("nothing", ranks: 0, environment: [variable: value])
    #expect(job.status != 0)
    #expect(job.errorOutput.contains("\(variable) is '\(value)'"), "\(job.errorOutput)")
  }
}

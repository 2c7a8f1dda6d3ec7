// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

/// The program and the script, as they are run.
@Suite struct ProgramTests {
  /// NAS EP, IS and CG have the published results, keys are sorted and distances right, in C and in Swift: else the status
  /// is another one.
  @Test(arguments: 1...4) func programsHaveTheRightResults(ranks: Int) async throws {
    let job = try await launch(
      executable(named: "benchmark"),
      arguments: ["programs", "--classes", "S", "--keys", "10007", "--repeats", "1"], ranks: ranks,
      timeLimit: .seconds(180))
    #expect(job.status == 0, "\(job.errorOutput)")
    for program in ["EP S", "IS S", "CG S", "sample sort", "vector all-gather", "bucket sort", "breadth-first search"] {
      #expect(job.errorOutput.contains("\(program): right"), "\(program)")
    }
  }

  /// Fewer keys than samples: some are samples twice, and some ranks end with none.
  @Test func fewKeysAreSortedToo() async throws {
    let job = try await launch(
      executable(named: "benchmark"),
      arguments: ["programs", "--classes", "", "--keys", "3", "--repeats", "1"], ranks: 3)
    #expect(job.status == 0, "\(job.errorOutput)")
    for program in ["sample sort", "vector all-gather", "bucket sort", "breadth-first search"] {
      #expect(job.errorOutput.contains("\(program): right"), "\(program)")
    }
  }

  /// A message of 8 bytes is measured for each way to begin MPI, and by a program in C.
  @Test func levelsAreMeasured() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "levels-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var files: [String] = []
    for level in ["MPI_Init", "single", "multiple"] {
      files.append(folder.appending(path: "\(level).json").path)
      let job = try await launch(
        executable(named: "benchmark"), arguments: ["level", level, "--quick", "--output", files.last!], ranks: 2)
      #expect(job.status == 0, "\(job.errorOutput)")
    }
    let report = try await launch(
      executable(named: "benchmark"), arguments: ["report", "--into", folder.path] + files, ranks: 0)
    #expect(report.status == 0, "\(report.errorOutput)")
    let page = try String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8)
    #expect(page.contains("## Thread levels\n") && page.contains("| C, `MPI_Init` | "))
    #expect(page.contains("| `withMPI(threads: .multiple)` | "))
  }

  /// All parts are measured, each result is checked on the way, and the page names what falls short.
  @Test(arguments: 2...3) func tasksAreMeasured(ranks: Int) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tasks-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let figures = folder.appending(path: "figures.json").path
    let job = try await launch(
      executable(named: "benchmark"), arguments: ["tasks", "--output", figures, "--size", "tiny"], ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    let report = try await launch(
      executable(named: "benchmark"), arguments: ["report-tasks", "--into", folder.path, figures], ranks: 0)
    #expect(report.status == 0, "\(report.errorOutput)")
    let page = try String(contentsOf: folder.appending(path: "tasks.md"), encoding: .utf8)
    #expect(page.contains("\(ranks) ranks; the median"))
    for title in [
      "Tasks that do nothing", "Loops that are too small to share", "A loop over matrices", "The ideal end",
      "Long arguments and results", "Waiting", "Memory", "What falls short",
    ] {
      #expect(page.contains("## \(title)\n"), "\(title)")
    }
  }

  @Test func tasksWantTwoRanks() async throws {
    let job = try await launch(
      executable(named: "benchmark"), arguments: ["tasks", "--output", "/nowhere/figures.json"], ranks: 0)
    #expect(job.status == 64)
    #expect(job.errorOutput.contains("run it under mpiexec"))
  }

  @Test(arguments: [
    (["programs", "--classes", "X"], "there is no class 'X' of EP here: there are S, W, A and B"),
    (["programs", "--keys", "none"], "--keys wants a whole number from 1, not 'none'"),
    (["micro"], "--output is missing"),
    (["level", "highest", "--output", "x"], "level wants one of MPI_Init, funneled, multiple, serialized, single"),
    (["tasks", "--output", "x", "--size", "huge"], "--size wants full, quick or tiny"),
    (["micro", "--bogus"], "unknown option '--bogus'"),
    (["nonsense"], "it wants a command"),
    ([], "it wants a command"),
  ])
  func wrongArgumentsAreOneLineAndStatus64(arguments: [String], text: String) async throws {
    let job = try await launch(executable(named: "benchmark"), arguments: arguments, ranks: 0)
    #expect(job.status == 64)
    #expect(job.errorOutput.contains(text))
    #expect(job.errorOutput.split(separator: "\n").count == 1)
  }

  @Test(arguments: [
    ["nonsense"], ["--bogus"], ["-n", "1"], ["-n"], ["--save", "micro"], ["--save", "--quick"], ["--check", "micro"],
    ["--scratch-path"], ["tasks", "--matrix-times", "0"], ["micro", "--matrix-times", "3"],
    ["--save", "tasks", "micro"],
  ])
  func theScriptRefusesWrongArguments(arguments: [String]) async throws {
    let job = try await launch(script, arguments: arguments, ranks: 0)
    #expect(job.status == 64)
    #expect(job.errorOutput.hasPrefix("scripts/bench: "))
    #expect(job.errorOutput.split(separator: "\n").count == 1)
  }

  @Test func theScriptExplainsItself() async throws {
    let job = try await launch(script, arguments: ["--help"], ranks: 0)
    #expect(job.status == 0 && job.output.hasPrefix("usage: scripts/bench"))
  }

  private var script: String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../scripts/bench").standardized.path
  }
}

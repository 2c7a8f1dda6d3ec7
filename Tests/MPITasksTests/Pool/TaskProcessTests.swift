// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Testing

@testable import MPITasks

/// Tasks in processes of their own, in programs as users write them.
@Suite struct TaskProcessTests {
  private func run(
    _ arguments: String..., ranks: Int, environment: [String: String] = [:]
  ) async throws -> LaunchedJob {
    let job = try await launch(
      executable(named: "pool-program"), arguments: ["isolated"] + arguments, ranks: ranks,
      environment: ["MPI_TASKS_THREADS": "2"].merging(environment) { $1 }, timeLimit: .seconds(100))
    #expect(!job.isTimedOut, "\(job.errorOutput)")
    return job
  }

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
  }

  /// The attempts of tasks that ended their process: for each task how many.
  private func attempts(in folder: String) throws -> [Int: Int] {
    try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: [:]) { attempts, name in
      attempts[Int(name.split(separator: "-")[0])!, default: 0] += 1
    }
  }

  @Test(
    "A task that ends its process each time fails after three, and the others have results", arguments: [0, 3],
    [
      ("trap", "signal", "Fatal error: task 7 trapped"), ("index", "signal", "Fatal error"), ("exit", "status 3", ""),
      ("quit", "status 0", ""), ("kill", "signal 9", ""), ("abort", "signal 6", ""), ("terminate", "signal 15", ""),
      ("stack", "signal", ""),
    ])
  func ends(ranks: Int, end: (name: String, cause: String, words: String)) async throws {
    try await withFolder { folder in
      let job = try await run("ends", end.name, "40", folder, ranks: ranks)
      #expect(job.status == 0, "\(job.errorOutput)")
      let lines = job.output.split(separator: "\n")
      #expect(lines.count == 40)
      // Optimized, a check of the standard library has none.
      let hasWords = !end.words.isEmpty && (end.name != "index" || _isDebugAssertConfiguration())
      for (index, line) in lines.enumerated() where index % 10 != 7 { #expect(line == "\(index)") }
      for index in stride(from: 7, to: 40, by: 10) where lines.count == 40 {
        #expect(lines[index].hasPrefix("\(index) died: its process"), "\(lines[index])")
        #expect(lines[index].contains(end.cause), "\(lines[index])")
        #expect(lines[index].contains("of memory at most"))
        if hasWords {
          #expect(lines[index].contains("Fatal error"), "\(lines[index])")
          #expect(lines[index].contains(".swift:"), "\(lines[index])")
        }
      }
      if hasWords, lines.count == 40 { #expect(lines[7].contains(end.words)) }
      #expect(try attempts(in: folder) == [7: 3, 17: 3, 27: 3, 37: 3])
    }
  }

  @Test("A task whose process dies twice has its result with the third", arguments: [0, 1, 2, 3, 4])
  func again(ranks: Int) async throws {
    try await withFolder { folder in
      let job = try await run("ends", "kill", "200", folder, "2", ranks: ranks)
      #expect(job.status == 0, "\(job.errorOutput)")
      #expect(job.output == (0..<200).map { "\($0)\n" }.joined())
      #expect(try attempts(in: folder).allSatisfy { $0.value == 2 })
    }
  }

  @Test("Limits of time and memory end one task each", arguments: [0, 2])
  func limits(ranks: Int) async throws {
    let job = try await run("limits", ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    let lines = job.output.split(separator: "\n")
    try #require(lines.count == 20, "\(job.output)")
    for (index, line) in lines.enumerated() where index != 5 && index != 13 { #expect(line == "\(index % 10)") }
    #expect(lines[5].hasPrefix("5 timedOut: it took longer than its limit of 0.6 s; its process was ended"))
    #expect(lines[13].hasPrefix("3 memoryLimit: its process had more memory than its limit of 209.7 MB"))
  }

  @Test("Tasks find in a process what they find on a thread", arguments: [0, 1, 2, 3, 4])
  func surroundings(ranks: Int) async throws {
    let job = try await run("surroundings", ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    let lines = job.output.split(separator: "\n").map { $0.split(separator: "|").map(String.init) }
    #expect(lines.count == 20)
    for (index, fields) in lines.enumerated() where fields.count == 9 {
      let rank = Int(fields[0].prefix(1))!
      #expect((0..<max(1, ranks)).contains(rank))
      var random = RandomStream(seed: mixed(7, 1), stream: index)
      let stream = random.next()
      #expect(
        fields == [
          "\(rank) of \(max(1, ranks))", "\(index)", "\(stream)", "a,b", "100000.0", "prepared on rank \(rank)", "0",
          "true", "false",
        ])
    }
  }

  @Test("Long arrays go there and back", arguments: [0, 2, 3])
  func arrays(ranks: Int) async throws {
    let job = try await run("arrays", "40", "200000", ranks: ranks)
    #expect(job.output == "true\n", "\(job.errorOutput)")
  }

  @Test("A process that waits for what its rank has is reported")
  func locked() async throws {
    try await withFolder { folder in
      let job = try await run("locked", "\(folder)/lock", ranks: 0)
      #expect(job.output == "45\n", "\(job.errorOutput)")
      let warnings = job.errorOutput.split(separator: "\n").count {
        $0.contains("has not come to withTaskPool within 10 s")
      }
      #expect(warnings == 1, "\(job.errorOutput)")
    }
  }

  @Test("Whole lines of what tasks print come out once", arguments: [0, 3])
  func printing(ranks: Int) async throws {
    let job = try await run("printing", "50", ranks: ranks)
    let lines = Set(job.output.split(separator: "\n"))
    #expect(lines.count == 500)
    for task in 0..<50 {
      for line in 0..<10 { #expect(lines.contains("line \(line) of task \(task)")) }
      #expect(job.errorOutput.split(separator: "\n").count { $0 == "error of task \(task)" } == 1)
    }
  }

  @Test("Tasks wait for tasks that they submit, whatever process runs them", arguments: [0, 1, 2, 4])
  func tree(ranks: Int) async throws {
    let job = try await run("tree", "7", ranks: ranks)
    #expect(job.output == "128\n", "\(job.errorOutput)")
  }

  @Test("The tests of the pool pass with tasks in processes", arguments: [1, 3])
  func pool(ranks: Int) async throws {
    let job = try await launch(
      CommandLine.arguments[0],
      arguments: ["--testing-library", "swift-testing", "--filter", "MPITasksTests.OnEveryRank.Pool"], ranks: ranks,
      environment: ["MPI_TASKS_ISOLATION": "process", "MPI_TASKS_THREADS": "2"], timeLimit: .seconds(300))
    let failures = (job.output + job.errorOutput).split(separator: "\n").filter { $0.contains("✘") }
    #expect(job.status == 0 && !job.isTimedOut, "\(failures.joined(separator: "\n"))")
    #expect(job.output.contains("passed after") || job.errorOutput.contains("passed after"))
  }

  @Test("Processes that are killed at random cost no result", arguments: [0, 2, 3])
  func kills(ranks: Int) async throws {
    let job = try await run("kills", "2000", "40", ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output == "true\n")
  }

  @Test(
    "No process outlives its rank, nor what a task has started", arguments: [0, 2],
    ["return", "throw", "exit", "kill", "trap", "cancel"])
  func orphans(ranks: Int, end: String) async throws {
    try await withFolder { folder in
      _ = try await run("orphans", end, "\(folder)/processes", ranks: ranks)
      let processes = try String(contentsOfFile: "\(folder)/processes", encoding: .utf8).split(separator: " ")
        .compactMap { pid_t($0) }
      #expect(processes.count == 16)
      // The kernel may take a moment.
      for _ in 0..<500 where processes.contains(where: isThere) { try await Task.sleep(for: .milliseconds(10)) }
      #expect(processes.filter(isThere) == [])
    }
  }

  private func isThere(_ process: pid_t) -> Bool {
    // A zombie has ended.
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
    return text[text.lastIndex(of: ")")!...].split(separator: " ")[1] != "Z"
  }
}

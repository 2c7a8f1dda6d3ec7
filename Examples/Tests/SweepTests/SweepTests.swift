// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITasks
import MPITesting
import Testing

@testable import sweep

@Suite struct SweepTests {
  static let input = """
    name,beta,gamma,population,infected
    slow,0.3,0.25,200,4

    "fast, very",0.9,0.2,300,2\r
    none,0,0,10,3
    """

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/sweep-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  private func run(_ arguments: [String], ranks: Int, in folder: String) async throws -> LaunchedJob {
    let job = try await launch(
      executable(named: "sweep"), arguments: arguments, ranks: ranks, directory: folder, timeLimit: .seconds(120))
    #expect(!job.isTimedOut)
    return job
  }

  @Test("The same bytes on any number of ranks, in the order of the input")
  func sameBytes() async throws {
    try await withFolder { folder in
      try Self.input.write(toFile: folder + "/in.csv", atomically: true, encoding: .utf8)
      var first: String?
      for ranks in 0...4 {
        let job = try await run(["in.csv", "-o", "out.csv", "--runs", "60", "--seed", "7"], ranks: ranks, in: folder)
        #expect(job.status == 0, "\(job.errorOutput)")
        #expect(job.output == "")
        #expect(job.errorOutput.hasPrefix("sweep: 'out.csv': 3 parameter sets, 60 runs each, "))
        let text = try String(contentsOfFile: folder + "/out.csv", encoding: .utf8)
        first = first ?? text
        #expect(text == first)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["in.csv", "out.csv"])
      }
      let lines = try CSV(parsing: Array(#require(first).utf8)).records.map(\.cells)
      #expect(lines.count == 4)
      #expect(
        lines[0].count == 20 && lines[0][..<6] == ["name", "beta", "gamma", "population", "infected", "cases_mean"])
      #expect(lines.map { $0[0] } == ["name", "slow", "fast, very", "none"])
      #expect(lines[3][5...9] == ["3.0", "0.0", "3.0", "3.0", "3.0"])
      #expect(lines[3][15] == "365.0")
      let fast = try #require(Double(lines[2][5]))
      #expect((150...300).contains(fast))
      // Another seed, other runs.
      _ = try await run(["in.csv", "-o", "other.csv", "--runs", "60", "--seed", "8"], ranks: 2, in: folder)
      #expect(try String(contentsOfFile: folder + "/other.csv", encoding: .utf8) != first)
    }
  }

  @Test("All that is wrong is said, with lines, before anything runs", arguments: [0, 2])
  func badRows(ranks: Int) async throws {
    try await withFolder { folder in
      let bad = "beta,gamma,population,infected\n0.1,0.1,100,1\n-1,x,100,1\n0.1,0.1,10\n0.1,0.1,1.5,0\n1,1,5,6\n"
      try bad.write(toFile: folder + "/in.csv", atomically: true, encoding: .utf8)
      let job = try await run(["in.csv", "--runs", "1000000"], ranks: ranks, in: folder)
      #expect(job.status == Sweep.usageError)
      let lines = job.errorOutput.split(separator: "\n").filter { $0.hasPrefix("in.csv:") }
      #expect(
        lines == [
          "in.csv:3: beta is -1, and a rate can't be negative", "in.csv:3: gamma is 'x', and must be a number",
          "in.csv:4: 3 cells, and the header has 4",
          "in.csv:5: population is '1.5', and must be a whole number above 0",
          "in.csv:5: infected is '0', and must be a whole number above 0",
          "in.csv:6: infected is 6, more than the population, 5",
        ])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["in.csv"])
    }
  }

  @Test("A missing column, an empty file, no sets")
  func badFiles() {
    func problems(_ text: String) -> [String] {
      do throws(ParameterTable.Problems) {
        _ = try ParameterTable(parsing: Array(text.utf8), name: "f", days: 1)
        return []
      } catch {
        return error.lines
      }
    }
    #expect(problems("") == ["f: the file is empty"])
    #expect(
      problems("beta,infected\n1,2") == ["f:1: there is no column 'gamma'", "f:1: there is no column 'population'"])
    #expect(
      problems("beta,gamma,population,infected,beta\n").first == "f:1: the columns 1 and 5 have the same name, 'beta'")
    #expect(problems("beta,gamma,population,infected\n") == ["f: there are no parameter sets below the header"])
    #expect(problems("beta,gamma,population,infected\nnan,inf,1,1").count == 2)
  }

  @Test("Wrong arguments, input that isn't there, output that can't be", arguments: [0, 2])
  func wrongArguments(ranks: Int) async throws {
    try await withFolder { folder in
      let none = try await run(["none.csv"], ranks: ranks, in: folder)
      #expect(none.status == Sweep.usageError && none.errorOutput.contains("'none.csv' can't be read"))
      let runs = try await run(["none.csv", "--runs", "0"], ranks: ranks, in: folder)
      #expect(runs.status == Sweep.usageError && runs.errorOutput.contains("--runs must be 1"))
      try Self.input.write(toFile: folder + "/in.csv", atomically: true, encoding: .utf8)
      let output = try await run(["in.csv", "-o", "none/out.csv"], ranks: ranks, in: folder)
      #expect(output.status == 1 && output.errorOutput.contains("'none/out.csv' can't be written"))
      let help = try await run(["--help"], ranks: ranks, in: folder)
      #expect(help.status == 0 && help.output.contains("USAGE"))
    }
  }

  @Test("A sweep of a sweep's own output is the same to the last byte") func again() async throws {
    try await withFolder { folder in
      let input = "name,beta,gamma,population,infected\n\"north\nside \",0.5,0.2,50,2\n"
      try input.write(toFile: folder + "/in.csv", atomically: true, encoding: .utf8)
      for (from, to) in [("in.csv", "one.csv"), ("one.csv", "two.csv"), ("two.csv", "two.csv")] {
        let job = try await run([from, "-o", to, "--runs", "20"], ranks: 2, in: folder)
        #expect(job.status == 0, "\(job.errorOutput)")
        #expect(job.errorOutput.contains("results of an earlier sweep") == (from != "in.csv"))
      }
      let one = try String(contentsOfFile: folder + "/one.csv", encoding: .utf8)
      #expect(one.contains("\n\"north\nside \",0.5,0.2,50,2,"))
      #expect(try String(contentsOfFile: folder + "/two.csv", encoding: .utf8) == one)
    }
  }

  @Test("Devices, pipes and links stay what they are", arguments: [0, 2]) func outputs(ranks: Int) async throws {
    try await withFolder { folder in
      try Self.input.write(toFile: folder + "/in.csv", atomically: true, encoding: .utf8)
      let quiet = ["in.csv", "--runs", "5", "--quiet", "-o"]
      #expect(try await run(quiet + ["file.csv"], ranks: ranks, in: folder).errorOutput == "")
      let expected = try String(contentsOfFile: folder + "/file.csv", encoding: .utf8)

      let output = try await run(quiet + ["/dev/stdout"], ranks: ranks, in: folder)
      #expect(output.status == 0 && output.output == expected)
      var status = stat()
      #expect(lstat("/dev/stdout", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
      let full = try await run(quiet + ["/dev/full"], ranks: ranks, in: folder)
      #expect(full.status == 1 && full.errorOutput.contains("'/dev/full' can't be written: No space left on device"))

      mkfifo(folder + "/pipe", 0o600)
      symlink("kept.csv", folder + "/link.csv")
      try Data().write(to: URL(filePath: folder + "/kept.csv"))
      chmod(folder + "/kept.csv", 0o600)
      let reader = Process()
      reader.executableURL = URL(filePath: "/bin/sh")
      reader.arguments = ["-c", "cat \(folder)/pipe >\(folder)/copy.csv"]
      try reader.run()
      #expect(try await run(quiet + ["pipe"], ranks: ranks, in: folder).status == 0)
      reader.waitUntilExit()
      #expect(try await run(quiet + ["link.csv"], ranks: ranks, in: folder).status == 0)
      for name in ["copy.csv", "kept.csv"] {
        #expect(try String(contentsOfFile: folder + "/" + name, encoding: .utf8) == expected)
      }
      #expect(stat(folder + "/kept.csv", &status) == 0 && status.st_mode & 0o777 == 0o600)
      #expect(lstat(folder + "/link.csv", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
      #expect(stat(folder + "/pipe", &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)

      chmod(folder + "/kept.csv", 0o444)
      let readOnly = try await run(quiet + ["kept.csv"], ranks: ranks, in: folder)
      #expect(
        readOnly.status == 1 && readOnly.errorOutput.contains("'kept.csv' can't be written: the file is read-only"))
    }
  }

  @Test func statistics() {
    let statistics = Statistics((0...100).map(Double.init).reversed())
    #expect(statistics.mean == 50)
    #expect(abs(statistics.deviation - 29.300170647967224) < 1e-12)
    #expect(statistics.quantiles == [5, 50, 95])
    #expect(Statistics([3]) == Statistics([3, 3, 3]))
  }

  @Test("An epidemic keeps its people, and is as large as theory says")
  func epidemic() {
    var random = RandomStream(seed: 1, stream: 2)
    let model = Epidemic(beta: 1.0, gamma: 0.5, population: 2000, infected: 40, days: 1000)
    var cases = 0
    for _ in 0..<20 {
      let outcome = model.run(using: &random)
      #expect((40...2000).contains(outcome.cases) && outcome.peak <= outcome.cases && outcome.end > 0)
      cases += outcome.cases
    }
    // The final size z solves 1 - z = s0 exp(-2 z), with 2 % infected at the beginning: 0.804.
    #expect(abs(Double(cases) / 20 / 2000 - 0.804) < 0.02)
  }
}

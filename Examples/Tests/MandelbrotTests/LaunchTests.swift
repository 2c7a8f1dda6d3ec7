// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

@testable import mandelbrot

extension MandelbrotTests {
  /// The program as users start it, on one rank and on several.
  @Suite struct LaunchTests {
    /// A small picture in which rows differ in cost.
    static let arguments = ["--center", "-0.6,0.6", "--width", "1.5", "--size", "48x36", "--iterations", "300"]

    /// A picture that takes a second or two, long enough for a bar.
    static var lasting: [String] {
      #if DEBUG
        let size = "300x200"
      #else
        let size = "3600x2400"
      #endif
      return ["--center", "-0.7453,0.1127", "--width", "0.008", "--iterations", "20000", "--size", size]
    }

    /// Runs the program on several ranks, or alone if `ranks` is nil.
    func run(
      _ arguments: [String], ranks: Int?, in folder: String, environment: [String: String] = [:]
    ) async throws -> LaunchedJob {
      try await launch(
        executable(named: "mandelbrot"), arguments: arguments, ranks: ranks ?? 0, environment: environment,
        directory: folder)
    }

    /// The number of times that a text is in another.
    func occurrences(of part: String, in text: String) -> Int {
      text.components(separatedBy: part).count - 1
    }

    @Test(
      "The picture is the same on any number of ranks, by any schedule", arguments: [nil, 1, 2, 3, 4],
      ["dynamic", "static"])
    func samePicture(ranks: Int?, schedule: String) async throws {
      try await withFolder { folder in
        let outcome = try await run(
          Self.arguments + ["--output", "x.png", "--schedule", schedule], ranks: ranks, in: folder)
        #expect(outcome.status == 0)
        #expect(outcome.output == "")
        let plan = try Options.parse(Self.arguments).plan
        #expect(try PNGTests.read(folder + "/x.png") == picture(plan))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x.png"])

        // A line for each rank, one for the whole and one for the file.
        let lines = outcome.errorOutput.split(separator: "\n")
        let count = ranks ?? 1
        let rows = lines.filter { $0.wholeMatch(of: /\ +\d+  \S+ +\d+ +\d+ +[\d.]+ % .*/) != nil }
        #expect(rows.count == count, "\(outcome.errorOutput)")
        #expect(rows.compactMap { Int($0.split(separator: " ")[3]) }.reduce(0, +) == 4, "\(outcome.errorOutput)")
        #expect(lines.contains { $0.hasPrefix("mandelbrot: 4 iterations in ") }, "\(outcome.errorOutput)")
        #expect(lines.last?.wholeMatch(of: /'x\.png': 48x36 pixels, \d+ bytes/) != nil)
      }
    }

    @Test("More ranks than rows are no harm", arguments: ["dynamic", "static"])
    func fewRows(schedule: String) async throws {
      try await withFolder { folder in
        let outcome = try await run(
          ["--size", "5x2", "--schedule", schedule, "--quiet"], ranks: 4, in: folder)
        #expect(outcome.status == 0)
        #expect(try PNGTests.read(folder + "/mandelbrot.png") == picture(smallPlan(size: Size(width: 5, height: 2))))
      }
    }

    @Test("Rows of one pixel, tens of thousands of them", arguments: [nil, 2])
    func shortRows(ranks: Int?) async throws {
      try await withFolder { folder in
        let arguments = ["--size", "1x65536", "--iterations", "20", "--output", "x.png"]
        let outcome = try await run(arguments, ranks: ranks, in: folder)
        #expect(outcome.status == 0 && !outcome.isTimedOut)
        #expect(try PNGTests.read(folder + "/x.png") == picture(Options.parse(arguments).plan))
        #expect(outcome.errorOutput.contains("\nmandelbrot: 128 iterations in "), "\(outcome.errorOutput)")
      }
    }

    @Test("A picture goes to a pipe as it goes to a file", arguments: [nil, 2])
    func toAPipe(ranks: Int?) async throws {
      try await withFolder { folder in
        for output in ["x.png", "/dev/stdout"] {
          let outcome = try await run(Self.arguments + ["--quiet", "--output", output], ranks: ranks, in: folder)
          #expect(outcome.status == 0)
          // A picture is no text.
          if output == "/dev/stdout" { #expect(outcome.output.contains("PNG") && outcome.output.contains("IEND")) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x.png"])
      }
    }

    @Test("Quiet is quiet", arguments: [1, 2])
    func quiet(ranks: Int) async throws {
      try await withFolder { folder in
        let outcome = try await run(
          Self.arguments + ["--quiet"], ranks: ranks, in: folder,
          environment: ["MPI_TERMINAL_COLUMNS": "60"])
        #expect(outcome.status == 0)
        #expect(outcome.output + outcome.errorOutput == "")
      }
    }

    @Test("Where a script says that there is a terminal behind the launcher, there is a bar")
    func barByVariable() async throws {
      try await withFolder { folder in
        let outcome = try await run(
          Self.lasting, ranks: 2, in: folder, environment: ["MPI_TERMINAL_COLUMNS": "60"])
        #expect(outcome.status == 0)
        #expect(outcome.errorOutput.contains("\r\u{1B}[Krank  host"))
      }
    }

    /// How a job is started whose standard error goes to various places.
    enum Redirection: String, CaseIterable {
      case none = "mpiexec -n 2 PROGRAM"
      case launcherToFile = "mpiexec -n 2 PROGRAM 2>log; cat log"
      case rankToFile = "mpiexec -n 2 sh -c 'PROGRAM 2>>log'; cat log"
      case launcherToPipe = "mpiexec -n 2 PROGRAM 2>&1 | cat"
      case rankToPipe = "mpiexec -n 2 sh -c 'PROGRAM 2>&1 | cat'"
    }

    @Test(
      "At a terminal, plain mpiexec shows a bar, and none if standard error is redirected",
      .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "it wants script, of util-linux"),
      arguments: Redirection.allCases)
    func barAtATerminal(redirection: Redirection) async throws {
      try await withFolder { folder in
        let program = try executable(named: "mandelbrot") + " " + Self.lasting.joined(separator: " ")
        let command = redirection.rawValue.replacingOccurrences(of: "PROGRAM", with: program)
        // It gives the command a terminal.
        let outcome = try await launch(
          "/usr/bin/script", arguments: ["-qec", command, "/dev/null"], ranks: 0, directory: folder)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("\r\u{1B}[Krank  host") == (redirection == .none), "\(outcome.output)")
        #expect(outcome.output.contains("rank  host"))
      }
    }

    @Test("Wrong arguments are told once, and every rank ends with status 64", arguments: [nil, 1, 3])
    func wrongArguments(ranks: Int?) async throws {
      try await withFolder { folder in
        let outcome = try await run(["--size", "0x3"], ranks: ranks, in: folder)
        #expect(outcome.status == 64)
        #expect(outcome.output == "" || ranks != nil)
        #expect(occurrences(of: "the width must be 1 pixel or more.", in: outcome.errorOutput) == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
      }
    }

    @Test("An output that can't be is told before anything is computed")
    func wrongOutput() async throws {
      try await withFolder { folder in
        let outcome = try await run(
          ["--output", "none/x.png", "--iterations", "1000000000", "--center", "-1.5,0", "--width", "0.001"],
          ranks: 2, in: folder)
        #expect(outcome.status == 64)
        #expect(occurrences(of: "there is no folder 'none'.", in: outcome.errorOutput) == 1)
      }
    }

    @Test("The help and the version are printed once, with status 0", arguments: [nil, 1, 3])
    func help(ranks: Int?) async throws {
      try await withFolder { folder in
        let help = try await run(["--help"], ranks: ranks, in: folder)
        #expect(help.status == 0)
        #expect(help.errorOutput == "")
        #expect(occurrences(of: "OVERVIEW:", in: help.output) == 1)
        let version = try await run(["--version"], ranks: ranks, in: folder)
        #expect(version.status == 0)
        #expect(version.output == Options.configuration.version + "\n")
      }
    }
  }
}

/// Gives an asynchronous body a new folder, and removes that with all that's in it afterwards.
func withFolder<Result>(
  isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.path + "/mandelbrot-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}

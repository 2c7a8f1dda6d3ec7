// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

/// The program as users start it.
@Suite struct DoctorLaunchTests {
  private func run(
    _ arguments: [String], ranks: Int, options: [String] = [], in folder: String? = nil
  ) async throws -> LaunchedJob {
    let job = try await launch(
      executable(named: "mpi-doctor"), arguments: arguments, ranks: ranks, launcherOptions: options, directory: folder)
    #expect(!job.isTimedOut)
    return job
  }

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/doctor-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  @Test("A picture that can't be made is refused before anything is measured", arguments: [0, 2])
  func wrongPictures(ranks: Int) async throws {
    try await withFolder { folder in
      let cases: [([String], String)] = [
        (["--picture", "none/x.svg"], "--picture 'none/x.svg' can't be written: there is no folder 'none'"),
        (["--picture", "."], "--picture '.' can't be written: it is a folder"),
        (["--picture", "x.png"], "--picture writes the SVG format, and 'x.png' is a name for PNG: use .svg"),
        (["--picture", "x.svg", "--quick"], "--picture shows the links, which --quick does not measure"),
      ]
      for (arguments, reason) in cases {
        let job = try await run(arguments, ranks: ranks, in: folder)
        #expect(job.status == 64 && job.errorOutput.contains(reason), "\(job.errorOutput)")
        #expect(!job.output.contains("mpi-doctor: "))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }

  @Test("A picture goes to a file and to a pipe; without links there is none, and that is said")
  func pictures() async throws {
    try await withFolder { folder in
      _ = try await run(["--picture", "x.svg", "--size", "1000"], ranks: 2, in: folder)
      #expect(try String(contentsOfFile: folder + "/x.svg", encoding: .utf8).contains("</svg>"))
      let piped = try await run(["--picture", "/dev/stderr", "--size", "1000"], ranks: 2, in: folder)
      #expect(piped.errorOutput.contains("</svg>"))
      let alone = try await run(["--picture", "y.svg", "--size", "1000"], ranks: 0, in: folder)
      #expect(alone.errorOutput.contains("no link was measured, so there is no picture 'y.svg'"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x.svg"])
    }
  }

  @Test(
    "A rank that is bound to one core of several is noted",
    .enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "this machine has one core"))
  func boundToOneCore() async throws {
    let free = try await run(["--quick"], ranks: 1)
    #expect(!free.output.contains("would be its share"), "\(free.output)")
    let program = try executable(named: "mpi-doctor")
    let bound = try await launch("/usr/bin/taskset", arguments: ["-c", "0", program, "--quick"], ranks: 1)
    #expect(bound.status == 0)
    let words = bound.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("rank 0 is bound to 1 core of "), "\(bound.output)")
    #expect(!words.contains("nothing found that is wrong"))
  }

  @Test("A report that can't be written is an error", arguments: ["--help", "--quick"])
  func fullOutput(option: String) async throws {
    let program = try executable(named: "mpi-doctor")
    let job = try await launch("/bin/sh", arguments: ["-c", "exec \"$0\" $1 >/dev/full", program, option], ranks: 0)
    #expect(job.status == 1 && job.errorOutput.contains("can't be written: No space left on device"))
  }
}

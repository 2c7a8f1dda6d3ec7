// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

/// Programs that must not compile, in the folder `Tests/Refusals`. The first line of each says what the compiler says
/// of it.
@Suite struct RefusalTests {
  /// The package's folder.
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The files, each a program.
  private static let programs: [String] = {
    let folder = root.appendingPathComponent("Tests/Refusals").path
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }()

  /// What one of the tools of the compiler prints.
  private func run(_ words: String...) async throws -> LaunchedJob { try await run(words) }

  private func run(_ words: [String]) async throws -> LaunchedJob {
    try await launch("/usr/bin/env", arguments: words, ranks: 0, timeLimit: .seconds(120))
  }

  @Test(arguments: programs)
  func compilerSays(program: String) async throws {
    let path = Self.root.appendingPathComponent("Tests/Refusals/\(program)").path
    let first = try #require(String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").first)
    // The modules lie beside the executables.
    let modules = try URL(fileURLWithPath: executable(named: "test-program")).deletingLastPathComponent()
      .appendingPathComponent("Modules").path
    let package = ProcessInfo.processInfo.environment["MPI_PKG_CONFIG"] ?? "mpi-c"
    let flags = try await run("pkg-config", "--cflags-only-I", package).output.split(whereSeparator: \.isWhitespace)

    // Some of what is refused is found only after the types are checked.
    var words = ["swiftc", "-emit-sil", "-o", "/dev/null", "-swift-version", "6", "-I", modules]
    words += ["-Xcc", "-fmodule-map-file=\(Self.root.path)/Sources/CMPI/module.modulemap"]
    for flag in flags { words += ["-Xcc", String(flag)] }
    let job = try await run(words + [path])
    let said = job.errorOutput + job.output
    if first == "// accepted" {
      #expect(job.status == 0, "\(said)")
    } else {
      let expected = try #require(first.split(separator: ":", maxSplits: 1).last).drop { $0 == " " }
      #expect(first.hasPrefix("// refused: "))
      #expect(job.status != 0)
      #expect(said.contains("error: "), "\(said)")
      #expect(said.contains(expected), "\(said)")
    }
  }

  @Test func thereArePrograms() {
    #expect(Self.programs.count >= 13)
  }
}

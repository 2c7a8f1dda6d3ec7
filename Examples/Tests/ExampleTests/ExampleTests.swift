// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITesting
import Testing

/// The examples, as a user runs them: alone, and on several ranks. Each checks its own results.
@Suite struct ExampleTests {
  @Test(arguments: 0...4)
  func helloComesFromEveryRank(ranks: Int) async throws {
    let job = try await launch(executable(named: "hello"), ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    let size = max(ranks, 1)
    let lines = job.output.split(separator: "\n").map { $0.prefix { $0 != "o" } }
    #expect(lines.sorted() == (0..<size).map { "rank \($0) " })
    #expect(job.output.contains(" of \(size) on "))
    #expect(job.errorOutput == "")
  }

  @Test(arguments: 0...4)
  func piIsAboutRight(ranks: Int) async throws {
    let job = try await launch(executable(named: "pi"), ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output.hasPrefix("pi is about 3.14159265358"))
    #expect(job.output.split(separator: "\n").count == 1)
  }

  @Test(arguments: ["ring", "structs", "halo", "loop"], 0...4)
  func checksItself(example: String, ranks: Int) async throws {
    let job = try await launch(executable(named: example), ranks: ranks)
    #expect(job.status == 0)
    #expect(job.output + job.errorOutput == "")
  }

  @Test(arguments: 0...4)
  func poolRunsTasks(ranks: Int) async throws {
    let job = try await launch(executable(named: "pool"), ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    let line = #/failed on rank \d: InvalidStart\(start: 0\)\n/#
    #expect(job.output.wholeMatch(of: line) != nil, "\(job.output)")
  }
}

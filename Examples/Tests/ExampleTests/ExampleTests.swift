// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITesting
import Testing

/// The examples, as a user runs them: alone, and on several ranks.
@Suite struct ExampleTests {
  /// The lines that an example prints.
  private func lines(_ example: String, ranks: Int) async throws -> [String] {
    let job = try await launch(executable(named: example), ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.errorOutput == "")
    return job.output.split(separator: "\n").map(String.init)
  }

  @Test(arguments: 0...4)
  func helloComesFromEveryRank(ranks: Int) async throws {
    let size = max(ranks, 1)
    let lines = try await lines("hello", ranks: ranks)
    #expect(lines.map { $0.prefix { $0 != "o" } }.sorted() == (0..<size).map { "rank \($0) " })
    #expect(lines.allSatisfy { $0.contains(" of \(size) on ") })
  }

  @Test(arguments: 0...4)
  func piIsAboutRight(ranks: Int) async throws {
    let size = max(ranks, 1)
    let counts = (0..<size).map { 1_000_003 / size + ($0 < 1_000_003 % size ? 1 : 0) }
    let lines = try await lines("pi", ranks: ranks)
    #expect(lines.count == 2 && lines[0].hasPrefix("pi is about 3.14159265358"))
    #expect(lines.last == "rows of each rank: \(counts)")
  }

  @Test(arguments: 0...4)
  func ringPassesItsTokens(ranks: Int) async throws {
    let size = max(ranks, 1)
    var expected = (0..<size).map { rank in
      let left = (rank + size - 1) % size
      return "rank \(rank): \(left) from the left, then [1.0, 2.0, \(left).0]"
    }
    if size > 1 { expected.append("rank 1: [3.5, 4.5] and [\"answer\": 42] from rank 0") }
    #expect(try await lines("ring", ranks: ranks) == expected)
  }

  @Test(arguments: 0...4)
  func structsAreGatheredAndReduced(ranks: Int) async throws {
    let size = max(ranks, 1)
    let ids = (0..<size).flatMap { Array(repeating: $0, count: $0 + 1) }
    let sums = [100, 200, 300].map { size + (size - 1) * $0 }
    let lines = try await lines("structs", ranks: ranks)
    #expect(lines.count == 4)
    #expect(lines[0] == "bodies of each rank: \(Array(1...size)), ids: \(ids)")
    #expect(lines[1] == "sums with a captured number: \(sums)")
    #expect(lines[2].hasPrefix("mean \(Double(size - 1) / 2), variance "))
    let variance = try #require(Double(lines[2].split(separator: " ").last ?? ""))
    #expect(abs(variance - Double(size * size - 1) / 12) < 1e-12)
    #expect(lines[3] == "the least, 0.0, is on rank 0")
  }

  @Test(arguments: 0...4)
  func haloConservesTheTotal(ranks: Int) async throws {
    let size = max(ranks, 1)
    #expect(try await lines("halo", ranks: ranks) == ["total: \(Double(1000 * size * (size - 1) / 2))"])
  }

  @Test(arguments: 0...4)
  func loopsOverNumbersAndItems(ranks: Int) async throws {
    #expect(
      try await lines("loop", ranks: ranks) == [
        "240 rows; 3 ^ 5 is 6", "the sum is 499999500000, the lengths are [1, 2, 3]",
      ])
  }

  @Test(arguments: 0...4)
  func poolRunsTasks(ranks: Int) async throws {
    let lines = try await lines("pool", ranks: ranks)
    #expect(lines.count == 5)
    #expect(lines.prefix(2) == ["from 27: 111 steps", "the most below 1001: 178 steps from 871"])
    #expect(lines[2] == "from their sum: 34 steps", "\(lines)")
    #expect(lines[3].wholeMatch(of: /failed on rank \d: InvalidStart\(start: 0\)/) != nil, "\(lines)")
    #expect(lines[4] == "its start was 0")
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks

// Tasks are values with a `run`. They run on every core of every rank.

struct Collatz: PoolTask {
  var start: Int

  func run() throws -> Int {
    guard start > 0 else { throw InvalidStart(start: start) }
    var n = start
    var steps = 0
    while n != 1 {
      n = n.isMultiple(of: 2) ? n / 2 : 3 * n + 1
      steps += 1
    }
    return steps
  }
}

struct InvalidStart: Error, Codable { var start: Int }

@main
struct Pool {
  static func main() async throws {
    try await withTaskPool { pool in
      let ordered = try await pool.map((1...1000).map(Collatz.init))  // [Int], in order
      print("from 27: \(ordered[26]) steps")

      var best = (start: 0, steps: 0)
      for try await (task, steps) in pool.unordered((1...1000).lazy.map(Collatz.init)) where steps > best.steps {
        best = (task.start, steps)  // as each one completes
      }
      print("the most below 1001: \(best.steps) steps from \(best.start)")

      async let a = pool.run(Collatz(start: 27))  // futures and graphs are Swift's own async let
      async let b = pool.run(Collatz(start: 97))
      let c = try await pool.run(Collatz(start: a + b))
      print("from their sum: \(c) steps")

      do {
        _ = try await pool.run(Collatz(start: 0))
      } catch let failure as TaskFailure {  // where it ran, and what it threw
        print("failed on rank \(failure.rank): \(failure.message)")
        if let invalid = failure.error(as: InvalidStart.self) { print("its start was \(invalid.start)") }
      }
    }
  }
}

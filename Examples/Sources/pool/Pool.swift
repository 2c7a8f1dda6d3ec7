// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Tasks are values: Codable, with a `run`. Rank 0 runs the body; every rank runs tasks.
import MPI
import MPITasks

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
      precondition(ordered[26] == 111)

      var best = (start: 0, steps: 0)
      for try await (task, steps) in pool.unordered((1...1000).lazy.map(Collatz.init)) where steps > best.steps {
        best = (task.start, steps)  // as each one ends
      }
      precondition(best == (871, 178))

      async let a = pool.run(Collatz(start: 27))  // futures and graphs are Swift's own async let
      async let b = pool.run(Collatz(start: 97))
      let c = try await pool.run(Collatz(start: a + b))
      precondition(c > 0)

      do {
        _ = try await pool.run(Collatz(start: 0))
        preconditionFailure("must throw")
      } catch let failure as TaskFailure {  // where it ran, and what it threw
        precondition(failure.error(as: InvalidStart.self)?.start == 0)
        print("failed on rank \(failure.rank): \(failure.message)")
      }
    }
  }
}

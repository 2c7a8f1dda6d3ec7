// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Scatter, compute, reduce: the first program everyone writes.
import MPI

@main
struct Pi {
  static func main() throws {
    try withMPI { world in
      // Only the root has the table; 1,000,003 rows do not divide evenly, and need not.
      let table: [Double]? = world.isRoot ? (0..<1_000_003).map { (Double($0) + 0.5) / 1_000_003 } : nil
      let mine = try world.scatter(table)  // [Double] on every rank, in rank order
      let partial = mine.reduce(0) { $0 + 4 / (1 + $1 * $1) }
      let sum = try world.reduce(partial, .sum)  // Double? : a value on the root alone
      let counts = try world.gather(mine.count)  // [Int]? in rank order
      if let sum, let counts {
        print("pi is about \(sum / 1_000_003)")
        print("rows of each rank: \(counts)")
      }
    }
  }
}

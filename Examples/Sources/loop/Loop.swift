// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks

// Loops over numbers, over items that only the root has, and a reduction.

@main
struct Loop {
  static func main() throws {
    try withMPI { world in
      let width = 320
      // [[UInt8]]? at the root, in order
      let rows = try world.map(0..<240) { y in (0..<width).map { x in UInt8(truncatingIfNeeded: x ^ y) } }

      // The same bits on any number of ranks.
      let total = try world.mapReduce(0..<1_000_000, initial: 0, +) { $0 }

      let names: [String]? = world.isRoot ? ["a", "bb", "ccc"] : nil
      let lengths = try world.map(names) { $0.count }

      if let rows, let lengths {
        print("\(rows.count) rows; 3 ^ 5 is \(rows[3][5])")
        print("the sum is \(total), the lengths are \(lengths)")
      }
    }
  }
}

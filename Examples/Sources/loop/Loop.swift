// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// A loop over the cluster: every rank calls it, every rank (the root too) computes, closures capture what they like.
import MPI
import MPITasks

@main
struct Loop {
  static func main() throws {
    try withMPI { world in
      let width = 320
      // [[UInt8]]? at the root
      let rows = try world.map(0..<240) { y in (0..<width).map { x in UInt8(truncatingIfNeeded: x ^ y) } }
      if let rows { precondition(rows.count == 240 && rows[3][5] == 6) }

      let total = try world.mapReduce(0..<1_000_000, initial: 0, +) { $0 }
      precondition(total == 499_999_500_000)

      let names: [String]? = world.isRoot ? ["a", "bb", "ccc"] : nil  // items only the root has
      let lengths = try world.map(names) { $0.count }
      if let lengths { precondition(lengths == [1, 2, 3]) }
    }
  }
}

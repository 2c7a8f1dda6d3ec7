// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import MPI

// In a file of its own: within a file, LLVM merges these loops with those of allReduce, from which they differ in nothing but
// MPI's function, and calls that by its address. Two instructions would be counted as the library's.

func scan(_ world: Communicator, bytes: Int) -> Case {
  let work = Workload<Double>(world, bytes: bytes)
  return Case(
    operation: "scan", bytes: bytes,
    variants: [
      work.inC(c_scan),
      work.spans { world, out, into, times in
        for _ in 0..<times { try world.scan(out, into: &into, .sum) }
      },
      work.arrays("array") { world, array, times in
        for _ in 0..<times { keep(try world.scan(array, .sum, checkingCounts: false)) }
      },
      work.arrays("array, counts compared") { world, array, times in
        for _ in 0..<times { keep(try world.scan(array, .sum)) }
      },
    ]
      + one(bytes) {
        work.values { world, value, times in
          for _ in 0..<times { value = try world.scan(value, .sum) }
        }
      })
}

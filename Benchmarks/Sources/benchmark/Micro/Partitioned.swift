// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import MPI

// Every way into a `RankPartitioned`, through it and out of it, beside what a C program does by hand. No message is sent.

/// 64-bit numbers of so many bytes, in 16 parts.
func partitioned(_ world: Communicator, bytes: Int) -> [Case] {
  let total = bytes / 8
  // Different lengths, one of them 0.
  let parts = Int(part_count)
  var counts = (0..<parts).map { 2 * $0 * total / (parts * (parts - 1)) }
  counts[parts - 1] += total - counts.reduce(0, +)
  let work = Workload<Int>(world, c_byte(), zero: 0, count: total, counts: counts)
  let elements = work.array
  let rows = counts.map { work.array($0) }
  let whole = RankPartitioned(elements, counts: counts)
  let other = RankPartitioned(rows)
  func sample(
    _ operation: String, _ kernel: @escaping @convention(c) (UnsafePointer<Job>?, Int) -> Void,
    _ run: @escaping (Int) throws -> Void
  ) -> Case {
    Case(
      operation: operation, mode: "in memory", bytes: bytes,
      variants: [work.inC(kernel), Variant(form: "array", run: run)])
  }
  return [
    sample("parts joined", c_join_parts) { times in
      for _ in 0..<times { keep(RankPartitioned(rows)) }
    },
    sample("parts by counts", c_parts_by_counts) { times in
      for _ in 0..<times { keep(RankPartitioned(elements, counts: counts)) }
    },
    sample("counts of parts", c_counts_of_parts) { times in
      for _ in 0..<times { keep(whole.counts) }
    },
    sample("parts iterated", c_sum_parts) { times in
      for _ in 0..<times {
        var most = 0
        for part in whole { most = max(most, sum(part)) }
        keep(most)
      }
    },
    sample("parts by subscript", c_sum_parts) { times in
      for _ in 0..<times {
        var most = 0
        for rank in whole.indices { most = max(most, sum(whole[rank])) }
        keep(most)
      }
    },
    sample("parts of a slice", c_sum_parts) { times in
      for _ in 0..<times {
        var most = 0
        for part in whole[0..<whole.count] { most = max(most, sum(part)) }
        keep(most)
      }
    },
    sample("parts mapped", c_sums_of_parts) { times in
      for _ in 0..<times { keep(whole.map { sum($0) }) }
    },
    sample("parts to arrays", c_split_parts) { times in
      for _ in 0..<times { keep(whole.parts) }
    },
    sample("parts compared", c_compare_parts) { times in
      // Counted, for a comparison that nothing depends on is left out.
      var equal = 0
      for _ in 0..<times where whole == other { equal += 1 }
      try require(equal == times, "a comparison of parts")
    },
  ]
}

private func sum(_ part: ArraySlice<Int>) -> Int {
  var total = 0
  for element in part { total &+= element }
  return total
}

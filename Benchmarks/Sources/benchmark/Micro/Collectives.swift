// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import MPI

// Each blocking collective in C and in every form that Swift has of it. `bytes` is what a rank gives; 8 bytes are one
// value. If a form that takes arrays compares their lengths first, it stands here both ways.

func barrier(_ world: Communicator) -> Case {
  let work = Workload<Double>(world, bytes: 8)
  return Case(
    operation: "barrier", bytes: 0,
    variants: [
      work.inC(c_barrier),
      Variant(form: "call") { times in for _ in 0..<times { try world.barrier() } },
    ])
}

/// The question whether the job's time is up, beside what a program would do at each step without it.
func isTimeUp(_ world: Communicator) -> Case {
  let work = Workload<Double>(world, bytes: 8)
  return Case(
    operation: "isTimeUp", bytes: 0,
    variants: [
      work.inC(c_all_reduce),
      Variant(form: "call") { times in for _ in 0..<times { keep(try world.isTimeUp) } },
    ])
}

func broadcast(_ world: Communicator, bytes: Int) -> Case {
  let work = Workload<Double>(world, bytes: bytes)
  let count = work.count
  let root = world.isRoot
  return Case(
    operation: "broadcast", bytes: bytes,
    variants: [
      work.inC(c_broadcast),
      work.spans { world, _, into, times in
        for _ in 0..<times { try world.broadcast(inPlace: &into) }
      },
      work.arrays("array in place") { world, array, times in
        for _ in 0..<times { try world.broadcast(inPlace: &array) }
      },
      work.arrays("array") { world, array, times in
        let mine = root ? array : nil
        for _ in 0..<times { keep(try world.broadcast(mine, count: count)) }
      },
      work.arrays("array, count unknown") { world, array, times in
        let mine = root ? array : nil
        for _ in 0..<times { keep(try world.broadcast(mine)) }
      },
    ]
      + one(bytes) {
        work.values { world, value, times in
          for _ in 0..<times { value = try world.broadcast(root ? value : nil) }
        }
      })
}

func reduce(_ world: Communicator, bytes: Int) -> Case {
  let work = Workload<Double>(world, bytes: bytes)
  return Case(
    operation: "reduce", bytes: bytes,
    variants: [
      work.inC(c_reduce),
      work.spans { world, out, into, times in
        for _ in 0..<times { try world.reduce(out, into: &into, .sum) }
      },
      work.arrays("array") { world, array, times in
        for _ in 0..<times { keep(try world.reduce(array, .sum, checkingCounts: false)) }
      },
      work.arrays("array, counts compared") { world, array, times in
        for _ in 0..<times { keep(try world.reduce(array, .sum)) }
      },
    ]
      + one(bytes) {
        work.values { world, value, times in
          for _ in 0..<times { if let sum = try world.reduce(value, .sum) { value = sum } }
        }
      })
}

func allReduce(_ world: Communicator, bytes: Int) -> Case {
  let work = Workload<Double>(world, bytes: bytes)
  return Case(
    operation: "allReduce", bytes: bytes,
    variants: [
      work.inC(c_all_reduce),
      work.spans { world, out, into, times in
        for _ in 0..<times { try world.allReduce(out, into: &into, .sum) }
      },
      work.arrays("array") { world, array, times in
        for _ in 0..<times { keep(try world.allReduce(array, .sum, checkingCounts: false)) }
      },
      work.arrays("array, counts compared") { world, array, times in
        for _ in 0..<times { keep(try world.allReduce(array, .sum)) }
      },
    ]
      + one(bytes) {
        work.values { world, value, times in
          for _ in 0..<times { value = try world.allReduce(value, .sum) }
        }
      })
}

/// With `MPI_IN_PLACE`, which C has its own loop for.
func allReduceInPlace(_ world: Communicator, bytes: Int) -> Case {
  let work = Workload<Double>(world, bytes: bytes)
  return Case(
    operation: "allReduce in place", bytes: bytes,
    variants: [
      work.inC(c_all_reduce_in_place),
      work.spans { world, _, into, times in
        for _ in 0..<times { try world.allReduce(inPlace: &into, .sum) }
      },
      work.arrays("array in place") { world, array, times in
        for _ in 0..<times { try world.allReduce(inPlace: &array, .sum) }
      },
    ])
}

func allGather(_ world: Communicator, bytes: Int) -> Case {
  let total = bytes / 8 * world.size
  let work = Workload<Double>(world, bytes: bytes, room: total)
  return Case(
    operation: "allGather", bytes: bytes,
    variants: [
      work.inC(c_all_gather),
      work.spans(into: total) { world, out, into, times in
        for _ in 0..<times { try world.allGather(out, into: &into) }
      },
    ]
      + one(bytes) {
        work.values { world, value, times in
          for _ in 0..<times { keep(try world.allGather(value)) }
        }
      })
}

/// Rank r gives r + 1 parts of 2, if all know the counts.
func allGatherUneven(_ world: Communicator, bytes: Int) -> Case {
  let counts = unevenCounts(world, bytes)
  let total = counts.reduce(0, +)
  let work = Workload<Double>(world, bytes: bytes, room: total, counts: counts)
  let own = counts[world.rank]
  return Case(
    operation: "allGather uneven", bytes: bytes,
    variants: [
      work.inC(c_all_gather_uneven),
      work.spans(out: own, into: total) { world, out, into, times in
        for _ in 0..<times { try world.allGather(out, into: &into, counts: counts) }
      },
      work.arrays("array", count: own) { world, array, times in
        for _ in 0..<times { keep(try world.allGather(array, counts: counts)) }
      },
    ])
}

/// The same, if a rank knows its own count alone: C gathers the counts, and makes memory.
func allGatherUnknown(_ world: Communicator, bytes: Int) -> Case {
  let counts = unevenCounts(world, bytes)
  let work = Workload<Double>(world, bytes: bytes, room: counts.reduce(0, +), counts: counts)
  return Case(
    operation: "allGather, counts unknown", bytes: bytes,
    variants: [
      work.inC(c_all_gather_unknown),
      work.arrays("array", count: counts[world.rank]) { world, array, times in
        for _ in 0..<times { keep(try world.allGather(array)) }
      },
    ])
}

private func unevenCounts(_ world: Communicator, _ bytes: Int) -> [Int] {
  (0..<world.size).map { max(1, bytes / 8 * ($0 + 1) * 2 / (world.size + 1)) }
}

/// `bytes` go to each rank.
func allToAll(_ world: Communicator, bytes: Int) -> Case {
  let total = bytes / 8 * world.size
  let work = Workload<Double>(world, bytes: bytes, room: total)
  return Case(
    operation: "allToAll", bytes: bytes,
    variants: [
      work.inC(c_all_to_all),
      work.spans(out: total, into: total) { world, out, into, times in
        for _ in 0..<times { try world.allToAll(out, into: &into) }
      },
      work.arrays("array", count: total) { world, array, times in
        for _ in 0..<times { keep(try world.allToAll(array)) }
      },
    ])
}

/// A variant for the case that is about one element.
func one(_ bytes: Int, _ variant: () -> Variant) -> [Variant] { bytes == 8 ? [variant()] : [] }

/// Keeps a result from being left out by the compiler.
@inline(never)
func keep<Value>(_: borrowing Value) {}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import MPI

// Rank 0 reaches the memory of the last rank, inside a lock of all; the others do nothing. Each operation is over, on
// this side, before the next begins. C works on the window that Swift has made: which memory a window gets decides how
// fast it is.

/// Put and get of so many bytes.
///
/// - Returns: the cases, and what gives the window back.
func putAndGet(_ world: Communicator, bytes: Int) throws -> (cases: [Case], end: () throws -> Void) {
  let count = bytes / 8
  let window = try world.window(of: Double.self, count: count)
  let target = world.size - 1
  let work = Workload<Double>(world, bytes: bytes, target: target)
  work.job.pointee.window = window.rawValue
  func variant(_ form: String, _ loop: @escaping (LockEpoch<Double>, Int) throws -> Void) -> Variant {
    Variant(form: form) { times in if world.isRoot { try window.lockedAll { try loop($0, times) } } }
  }
  func spans(
    _ loop: @escaping (LockEpoch<Double>, Span<Double>, inout MutableSpan<Double>, Int) throws -> Void
  ) -> Variant {
    work.spans { world, out, into, times in
      // A mutable span can't be captured: the window is locked around the loop by hand, as `lockedAll` does.
      if world.isRoot {
        var memory = UnsafeMutableBufferPointer(start: work.into.baseAddress, count: count).mutableSpan
        let out = UnsafeBufferPointer(start: work.out.baseAddress, count: count)
        try window.lockedAll { try loop($0, out.span, &memory, times) }
      }
    }
  }
  let array = work.array
  let put = Case(
    operation: "put", mode: "one-sided", bytes: bytes,
    variants: [
      variant("C") { _, times in c_put(work.job, times) },
      spans { epoch, out, _, times in
        for _ in 0..<times { try epoch.put(out, to: target, at: 0) }
      },
      variant("array") { epoch, times in
        for _ in 0..<times { try epoch.put(array, to: target, at: 0) }
      },
    ]
      + (bytes == 8
        ? [
          variant("value") { epoch, times in
            for _ in 0..<times {
              try epoch.put(1, to: target, at: 0)
              try epoch.flushLocal(target)
            }
          }
        ] : []))
  let get = Case(
    operation: "get", mode: "one-sided", bytes: bytes,
    variants: [
      variant("C") { _, times in c_get(work.job, times) },
      spans { epoch, _, into, times in
        for _ in 0..<times { try epoch.get(into: &into, from: target, at: 0) }
      },
      variant("array") { epoch, times in
        for _ in 0..<times { keep(try epoch.get(count: count, from: target, at: 0) as [Double]) }
      },
    ]
      + (bytes == 8
        ? [
          variant("value") { epoch, times in
            for _ in 0..<times { keep(try epoch.get(from: target, at: 0) as Double) }
          }
        ] : []))
  return ([put, get], { try window.free() })
}

/// Fetch-and-add of one integer.
func fetchAndAdd(_ world: Communicator) throws -> (cases: [Case], end: () throws -> Void) {
  let window = try world.window(of: Int.self, count: 1)
  let target = world.size - 1
  let work = Workload<Double>(world, bytes: 8, target: target)
  work.job.pointee.window = window.rawValue
  let fetch = Case(
    operation: "fetch and add", mode: "one-sided", bytes: 8,
    variants: [
      Variant(form: "C") { times in
        if world.isRoot { try window.lockedAll { _ in c_fetch_and_add(work.job, times) } }
      },
      Variant(form: "value") { times in
        if world.isRoot {
          try window.lockedAll { epoch in
            for _ in 0..<times { try epoch.fetchAndOp(1, .sum, on: target, at: 0) }
          }
        }
      },
    ])
  return ([fetch], { try window.free() })
}

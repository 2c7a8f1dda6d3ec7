// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Measures how fast memory is while a node's cores all use it: `a[i] = b[i] + s * c[i]` over arrays larger than
/// caches.
enum MemoryMeasurement {
  /// What the root orders a rank to do.
  struct Order: BitwiseCopyable {
    /// The elements of each of the three arrays.
    var count: Int

    /// - Parameter ranks: how many of the node's ranks measure.
    init(ranks: Int) {
      // Together half a GiB an array, which no cache holds; of one rank no less than 4 MiB, and no more than 32.
      count = max(4 << 20, min(32 << 20, (512 << 20) / ranks)) / MemoryLayout<Double>.stride
    }
  }

  /// The seconds for which it goes on at least: the ranks of a node don't begin at the same moment.
  private static let duration = 0.2

  /// This rank's share of its node's bandwidth, in bytes a second, over all passes.
  static func follow(_ order: Order) -> Double {
    var a = [Double](repeating: 0, count: order.count)
    let b = [Double](repeating: 1, count: order.count)
    let c = [Double](repeating: 2, count: order.count)
    let begin = MPIEnvironment.wallTime
    var passes = 0
    var seconds = 0.0
    while seconds < duration {
      passes += 1
      add(Double(passes), b, c, to: &a)
      seconds = MPIEnvironment.wallTime - begin
    }
    // The compiler removes a computation whose result is not used.
    precondition(a[order.count / 2] == 1 + 2 * Double(passes), "memory that doesn't hold what was written to it")
    return Double(passes * 3 * order.count * MemoryLayout<Double>.stride) / seconds
  }

  /// One pass.
  @inline(never)
  private static func add(_ factor: Double, _ b: [Double], _ c: [Double], to a: inout [Double]) {
    for index in a.indices { a[index] = b[index] + factor * c[index] }
  }
}

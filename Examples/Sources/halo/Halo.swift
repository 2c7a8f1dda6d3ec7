// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

// A ring of ranks, each with 1,000 cells and a copy of its neighbors' outermost ones: ten steps of diffusion.

@main
struct Halo {
  static func main() throws {
    try withMPI { world in
      let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
      let (left, right) = ring.shift(dimension: 0)
      var cells = [Double](repeating: Double(ring.rank), count: 1002)  // two ghost cells
      for _ in 0..<10 {
        let (first, last) = (cells[1], cells[1000])
        cells[1001] = try ring.sendReceive(first, to: left, from: right)
        cells[0] = try ring.sendReceive(last, to: right, from: left)
        var next = cells
        for i in 1...1000 { next[i] = (cells[i - 1] + cells[i] + cells[i + 1]) / 3 }
        cells = next
      }
      // What diffuses is conserved, up to rounding.
      if let total = try ring.reduce(cells[1...1000].reduce(0, +), .sum) { print("total: \(total.rounded())") }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

// Structs travel as they are, and a reduction is a closure, with all that it captures.

struct Body {
  var position: SIMD3<Double>
  var mass: Float
  var id: Int32
}

struct Summary {
  var count: Int
  var mean: Double
  var m2: Double
}

@main
struct Structs {
  static func main() throws {
    try withMPI { world in
      // Rank r has r + 1 bodies. The counts are exchanged, and the result knows each rank's part.
      let bodies = (0...world.rank).map { Body(position: [Double($0), 0, 1], mass: 2, id: Int32(world.rank)) }
      let all = try world.allGather(bodies)

      // A closure with a captured variable.
      var sums: [Int] = []
      for k in [100, 200, 300] { sums.append(try world.allReduce(1, .custom { $0 + $1 + k })) }

      // The variance of one number of each rank, by Chan's formula.
      let mine = Summary(count: 1, mean: Double(world.rank), m2: 0)
      let combine = ReduceOperation<Summary>.custom { a, b in
        let n = a.count + b.count
        let d = b.mean - a.mean
        return Summary(
          count: n, mean: a.mean + d * Double(b.count) / Double(n),
          m2: a.m2 + b.m2 + d * d * Double(a.count) * Double(b.count) / Double(n))
      }
      let pooled = try world.allReduce(mine, combine)
      let (least, owner) = try world.allReduceLocation(Double(7 * world.rank % 5), .min)

      if world.isRoot {
        print("bodies of each rank: \(all.map(\.count)), ids: \(all.elements.map(\.id))")
        print("sums with a captured number: \(sums)")
        print("mean \(pooled.mean), variance \(pooled.m2 / Double(pooled.count))")
        print("the least, \(least), is on rank \(owner)")
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Structs travel as they are; reductions are closures, captures and all.
import MPI

struct Body: Equatable {
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
      let bodies = (0...world.rank).map { Body(position: [Double($0), 0, 1], mass: 2, id: Int32(world.rank)) }

      // Rank r contributes r + 1 bodies. No one says so: counts are exchanged, and the result remembers them.
      let all = try world.allGather(bodies)
      for rank in 0..<world.size {
        precondition(all[rank].count == rank + 1 && all[rank].allSatisfy { $0.id == Int32(rank) })
      }
      precondition(all.elements.count == world.size * (world.size + 1) / 2)

      for k in [100, 200, 300] {  // a captured value that changes is honoured
        let sum = try world.allReduce(1, .custom { $0 + $1 + k })
        precondition(sum == world.size + (world.size - 1) * k)
      }
      let mine = Summary(count: 1, mean: Double(world.rank), m2: 0)
      // Chan's parallel variance.
      let combine = ReduceOperation<Summary>.custom { a, b in
        let n = a.count + b.count
        let d = b.mean - a.mean
        return Summary(
          count: n, mean: a.mean + d * Double(b.count) / Double(n),
          m2: a.m2 + b.m2 + d * d * Double(a.count) * Double(b.count) / Double(n))
      }
      let pooled = try world.allReduce(mine, combine)
      precondition(pooled.count == world.size)

      let (least, owner) = try world.allReduceLocation(Double(7 * world.rank % 5), .min)
      precondition(least == 0 && owner == 0)

      let half = try world.split(color: world.rank % 2, key: -world.rank)
      precondition(half.size == (world.size + 1 - world.rank % 2) / 2)
      let prefix = try world.scan(1, .sum)
      precondition(prefix == world.rank + 1)
    }
  }
}

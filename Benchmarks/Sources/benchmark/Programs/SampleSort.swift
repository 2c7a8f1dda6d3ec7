// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Sorts the ranks' keys over the ranks: each returns its part, which begins where the part of the rank before it ends.
func sampleSort(_ world: Communicator, _ keys: [UInt64]) throws -> [UInt64] {
  let own = keys.sorted()

  // Samples of every rank, and among them the keys at which a rank's part begins.
  let each = 16 * world.size
  let samples = (0..<each).map { own[$0 * own.count / each] }
  let all = try world.allGather(samples, counts: Array(repeating: each, count: world.size)).elements.sorted()
  let starts = [0] + (1..<world.size).map { place(of: all[$0 * each], in: own) } + [own.count]
  let counts = zip(starts, starts.dropFirst()).map { $1 - $0 }

  return try world.allToAll(RankPartitioned(own, counts: counts)).elements.sorted()
}

/// The first place in sorted keys that is not below a key.
private func place(of key: UInt64, in keys: [UInt64]) -> Int {
  var range = keys.indices
  while !range.isEmpty {
    let middle = range.lowerBound + range.count / 2
    range = keys[middle] < key ? middle + 1..<range.upperBound : range.lowerBound..<middle
  }
  return range.lowerBound
}

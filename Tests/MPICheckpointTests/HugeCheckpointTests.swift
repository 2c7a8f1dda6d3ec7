// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

@testable import MPICheckpoint

extension OnEveryRank {
  /// Arrays of more than 2 GiB. `scripts/test --huge` runs them.
  @Suite struct HugeCheckpointTests {
    let world = Communicator.world

    @Test(.enabled(if: ProcessInfo.processInfo.environment["MPI_TEST_HUGE"] != nil))
    func arraysAboveTwoGigabytes() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        // Rank 0 has nearly all of it.
        let count = world.isRoot ? 300_000_000 : 5
        let start = world.isRoot ? 0 : 300_000_000 + 5 * (world.rank - 1)
        do {
          let field = [Int](unsafeUninitializedCapacity: count) { memory, initialized in
            for index in 0..<count { memory[index] = start + index }
            initialized = count
          }
          try world.save(["field": .spread(field)], to: path)
        }
        let saved = try #require(try world.restore(from: path))
        let total = 300_000_000 + 5 * (world.size - 1)
        #expect(try saved.shape(of: "field") == [total])
        let mine: [Int] = try saved.spread("field")
        #expect(mine.count == count && mine.last == start + count - 1)
        // Places on both sides of 2³¹ bytes.
        let middle = 1 << 28
        #expect(try saved.spread("field", range: middle - 2..<middle + 2) == Array(middle - 2..<middle + 2))
        #expect(try saved.spread("field", range: total - 7..<total) == Array(total - 7..<total))
        var isRight = true
        mine.withUnsafeBufferPointer { for index in 0..<count where $0[index] != start + index { isRight = false } }
        #expect(isRight)
      }
    }
  }
}

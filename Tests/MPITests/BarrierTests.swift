// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct BarrierTests {
    let world = Communicator.world

    @Test func noRankLeavesBeforeAllHaveArrived() throws {
      // Every rank but the last tells it that it has come; past the barrier all of that has been sent.
      let last = world.size - 1
      if world.rank != last { try world.send(world.rank, to: last, tag: 1) }
      try world.barrier()
      if world.rank == last {
        for rank in 0..<last { #expect(try world.receive(Int.self, from: rank, tag: 1) == rank) }
      }
    }

    @Test func nonblockingIsOverOnceAllHaveBegun() throws {
      var barrier = try world.nonblocking.barrier()
      while try !barrier.test() {}
      try barrier.wait()
    }
  }
}

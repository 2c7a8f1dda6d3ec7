// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

/// A rank that may not be there. What messages to one do is in the tests of the operations.
@Suite struct NeighborTests {
  @Test func equality() {
    #expect(Neighbor(3) == Neighbor(3) && Neighbor(3) != Neighbor(4) && Neighbor(nil) != Neighbor(0))
    #expect(Set([Neighbor(1), Neighbor(1), Neighbor(nil)]).count == 2)
  }

  @Test func description() {
    #expect("\(Neighbor(3))" == "rank 3")
    #expect("\(Neighbor(nil))" == "no rank")
  }

  @Test func rank() {
    #expect(Neighbor(5).rank == 5)
    #expect(Neighbor(nil).rank == nil)
    let none: Neighbor = .null
    #expect(none == Neighbor(nil))
  }
}

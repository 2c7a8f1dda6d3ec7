// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPI

extension OnEveryRank {
  /// Datatypes that this library makes are given back when they are no longer needed.
  @Suite struct OwnedDatatypeTests {
    let world = Communicator.world

    /// How many datatypes are owned, beyond those of constants.
    private func owned() -> Int {
      Runtime.releaseWaiting()
      return Runtime.datatypeCount
    }

    @Test func ofALayout() throws {
      let before = owned()
      try {
        let layout = try Layout<Int>.vector(count: 2, stride: 3)
        _ = try layout.rawValue
        #expect(owned() > before)
      }()
      #expect(owned() == before)
    }

    @Test func ofAClosure() throws {
      let before = owned()
      try {
        let operation = ReduceOperation<Int>.custom { $0 &+ 2 &* $1 }
        _ = try world.allReduce(1, operation)
        #expect(owned() > before)
        _ = operation
      }()
      #expect(owned() == before)
    }

    /// An exchange has datatypes of its own for parts that an `int` can't count: in a build with tiny counts, more than five
    /// elements.
    @Test func ofAnExchange() throws {
      let before = owned()
      let counts = [Int](repeating: 8, count: world.size)
      let out = [Int](repeating: world.rank, count: 8 * world.size)
      var into = [Int](repeating: -1, count: out.count)
      var span = into.mutableSpan
      let during = try world.nonblocking.allToAll(
        out.span, counts: counts, into: &span, receivedCounts: counts
      ) { (pending: inout Pending) in
        owned()
      }
      #expect((during > before) == (largestCount < 8))
      try world.allToAll(out.span, counts: counts, into: &span, receivedCounts: counts)
      #expect(owned() == before)
      #expect(into == (0..<world.size).flatMap { [Int](repeating: $0, count: 8) })
    }
  }
}

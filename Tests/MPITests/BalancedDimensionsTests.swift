// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct BalancedDimensionsTests {
    let world = Communicator.world

    @Test func theirProductIsTheSize() throws {
      for count in 1...4 {
        let lengths = try world.balancedDimensions(count: count)
        #expect(lengths.count == count && lengths.reduce(1, *) == world.size)
        #expect(lengths == lengths.sorted(by: >))
      }
      if world.size == 4 { #expect(try world.balancedDimensions(count: 2) == [2, 2]) }
      #expect(try world.balancedDimensions(count: 1) == [world.size])
    }

    @Test func someAreGiven() throws {
      #expect(try world.balancedDimensions([0, world.size, 0]) == [1, world.size, 1])
      #expect(try world.balancedDimensions([1, 0]) == [1, world.size])
      #expect(try world.balancedDimensions([world.size, 1]) == [world.size, 1])
      if world.size % 2 == 0 { #expect(try world.balancedDimensions([0, 2, 0])[1] == 2) }
    }

    @Test func thoseThatDoNotDivide() throws {
      let size = world.size
      for lengths in [[0, size + 1], [-1, 0], [0, -size], [size, 2], [Int.max, Int.max, 0]] {
        try expectRefusal(.dimensions, "balancedDimensions") { _ = try world.balancedDimensions(lengths) }
      }
      if size > 1 {
        try expectRefusal(.dimensions, "balancedDimensions", naming: "[1, 1]", "\(size) ranks") {
          _ = try world.balancedDimensions([1, 1])
        }
      }
      try expectRefusal(.dimensions, "balancedDimensions", naming: "-1") {
        _ = try world.balancedDimensions(count: -1)
      }
      if size > 1 {
        try expectRefusal(.dimensions, "balancedDimensions", naming: "\(size) ranks", "1 dimension or more") {
          _ = try world.balancedDimensions(count: 0)
        }
        try expectRefusal(.dimensions, "balancedDimensions") { _ = try world.balancedDimensions([]) }
      }
      #expect(try Communicator.itself.balancedDimensions(count: 0) == [])
    }
  }
}

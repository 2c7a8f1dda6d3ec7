// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Collectives of `Codable` values of which one can't be encoded: every rank that waits for it throws, and none hangs.
  @Suite struct UnencodableTests {
    let world = Communicator.world

    private struct Refusal: Error {}

    /// A value that can be encoded on some ranks only.
    private struct Fragile: Codable, Equatable {
      var text = "whole"
      var isBroken: Bool

      func encode(to encoder: any Encoder) throws {
        if isBroken { throw Refusal() }
        var container = encoder.singleValueContainer()
        try container.encode(text)
      }

      init(isBroken: Bool) { self.isBroken = isBroken }

      init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
        isBroken = false
      }
    }

    private let whole = Fragile(isBroken: false)

    /// What every rank that is told of the error must throw, and what the rank itself throws.
    private func expectRefusal(
      from rank: Int, _ operation: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
      let words = world.rank == rank ? "a Fragile could not be encoded: Refusal" : "on rank "
      expectError(.serialization, operation, naming: words, sourceLocation: sourceLocation) { try body() }
    }

    /// Every rank in turn has the broken one, and the communicator works on.
    @Test func broadcast() throws {
      for root in 0..<world.size {
        expectRefusal(from: root, "broadcast(object:)") {
          _ = try world.broadcast(object: world.rank == root ? Fragile(isBroken: true) : nil, root: root)
        }
        #expect(try world.broadcast(object: world.rank == root ? whole : nil, root: root) == whole)
      }
    }

    @Test func gather() throws {
      for broken in 0..<world.size {
        let root = world.last
        let own = Fragile(isBroken: world.rank == broken)
        if [broken, root].contains(world.rank) {
          expectRefusal(from: broken, "gather(object:)") { _ = try world.gather(object: own, root: root) }
        } else {
          #expect(try world.gather(object: own, root: root) == nil)
        }
        #expect(try world.allReduce(1, .sum) == world.size)
      }
    }

    @Test func allGather() throws {
      for broken in 0..<world.size {
        expectRefusal(from: broken, "allGather(object:)") {
          _ = try world.allGather(object: Fragile(isBroken: world.rank == broken))
        }
        #expect(try world.allGather(object: whole).count == world.size)
      }
    }

    @Test func scatter() throws {
      for broken in 0..<world.size {
        let root = world.size / 2
        let all = (0..<world.size).map { Fragile(isBroken: $0 == broken) }
        if [broken, root].contains(world.rank) {
          expectRefusal(from: root, "scatter(object:)") {
            _ = try world.scatter(object: world.rank == root ? all : nil, root: root)
          }
        } else {
          #expect(try world.scatter(object: nil as [Fragile]?, root: root) == whole)
        }
        #expect(try world.allReduce(1, .sum) == world.size)
      }
    }

    @Test func allToAll() throws {
      // Rank 0's value for the last rank.
      let out = (0..<world.size).map { Fragile(isBroken: world.isRoot && $0 == world.last) }
      if world.isRoot || world.rank == world.last {
        expectRefusal(from: 0, "allToAll(object:)") { _ = try world.allToAll(object: out) }
        expectRefusal(from: 0, "reduceScatter(object:)") {
          _ = try world.reduceScatter(object: out) { (first, _) in first }
        }
      } else {
        #expect(try world.allToAll(object: out).count == world.size)
        #expect(try world.reduceScatter(object: out) { (first, _) in first } == whole)
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func betweenGroups() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let broken = Fragile(isBroken: true)
      // All values of the lower group are broken: each rank of it throws its own error, each upper one that of another.
      let own = Fragile(isBroken: !across.isUpper)
      func expectRefusal(_ operation: String, _ body: () throws -> Void) {
        let words = across.isUpper ? "on rank 0: a Fragile could not" : "a Fragile could not be encoded: Refusal"
        expectError(.serialization, operation, naming: words) { try body() }
      }
      expectRefusal("allGather(object:)") { _ = try inter.allGather(object: own) }
      expectRefusal("allToAll(object:)") {
        _ = try inter.allToAll(object: [Fragile](repeating: own, count: inter.remoteSize))
      }
      if across.isUpper {
        expectRefusal("broadcast(object:)") { _ = try inter.broadcast(object: Fragile.self, remoteRoot: 0) }
        expectRefusal("scatter(object:)") { _ = try inter.scatter(object: Fragile.self, remoteRoot: 0) }
        if inter.rank == 0 {
          expectRefusal("gather(object:)") { _ = try inter.gather(object: Fragile.self, localRoot: 0) }
        } else {
          #expect(try inter.gather(object: Fragile.self, localRoot: 0) == nil)
        }
      } else {
        if inter.rank == 0 {
          expectRefusal("broadcast(object:)") { try inter.broadcast(object: broken, localRoot: 0) }
          expectRefusal("scatter(object:)") {
            try inter.scatter(object: [Fragile](repeating: broken, count: inter.remoteSize), localRoot: 0)
          }
        } else {
          try inter.broadcast(object: nil as Fragile?, localRoot: 0)
          try inter.scatter(object: nil as [Fragile]?, localRoot: 0)
        }
        expectRefusal("gather(object:)") { try inter.gather(object: broken, remoteRoot: 0) }
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

private let isThere = MPIEnvironment.supports(.partitionedCommunication)

extension OnEveryRank {
  /// Partitioned messages. A rank sends to its neighbor; alone, to itself.
  @Suite struct PartitionedTests {
    let world = Communicator.world

    /// What a rank sends in a run.
    private func value(_ index: Int, of rank: Int, in run: Int) -> Int { index + 1000 * rank + 100_000 * run }

    @Test(
      .enabled(if: isThere, "this MPI has no partitioned communication"), arguments: [(1, 1), (4, 4), (4, 2), (2, 8)])
    func manyRuns(parts: Int, otherParts: Int) throws {
      let sent = try world.persistent.partitionedSend(
        [Int](repeating: 0, count: 16), partitions: parts, to: world.right)
      let came = try world.persistent.partitionedReceive(Int.self, count: 16, partitions: otherParts, from: world.left)
      #expect(sent.partitionLength == 16 / parts)
      for run in 0..<3 {
        try came.start()
        try sent.start()
        #expect(sent.isInFlight)
        for partition in (0..<parts).reversed() {
          try sent.write(partition) { elements in
            for index in elements.indices {
              elements[index] = value(partition * sent.partitionLength + index, of: world.rank, in: run)
            }
          }
          try sent.markReady(partition)
        }
        try sent.wait()
        try came.wait()
        #expect(!came.isInFlight)
        let expected = (0..<16).map { value($0, of: world.left, in: run) }
        #expect(try came.elements() == expected)
        for partition in 0..<otherParts {
          #expect(try came.hasArrived(partition))
          #expect(try came.read(partition) { $0[0] } == expected[partition * came.partitionLength])
        }
      }
    }

    @Test(.enabled(if: isThere, "this MPI has no partitioned communication"))
    func partitionsCanBeReadAsTheyCome() throws {
      let sent = try world.persistent.partitionedSend(Padded.samples(12), partitions: 4, to: world.right, tag: 3)
      let came = try world.persistent.partitionedReceive(
        Padded.self, count: 12, partitions: 4, from: world.left, tag: 3)
      try came.start()
      try sent.start()
      try sent.markReady(0..<2)
      try sent.markReady([3])
      #expect(try !sent.test())
      #expect(try !came.test())
      // The left one does not go on before this one has looked.
      try world.barrier()
      // Whether some have come is MPI's affair: MPICH sends all when the last is ready.
      for _ in 0..<1000 { for partition in [0, 1, 3] { _ = try came.hasArrived(partition) } }
      try sent.markReady(2)
      for partition in [1, 0, 3, 2] {
        while try !came.hasArrived(partition) {}
        #expect(try came.read(partition) { $0[0] } == Padded.sample(partition * 3))
      }
      while try !came.test() {}
      while try !sent.test() {}
      #expect(try came.elements() == Padded.samples(12))
    }

    @Test(.enabled(if: isThere, "this MPI has no partitioned communication"))
    func threadsMarkTheirPartitions() throws {
      let sent = try world.persistent.partitionedSend([Int](repeating: 0, count: 800), partitions: 8, to: world.right)
      let came = try world.persistent.partitionedReceive(Int.self, count: 800, partitions: 8, from: world.left)
      for run in 0..<5 {
        try came.start()
        try sent.start()
        DispatchQueue.concurrentPerform(iterations: 8) { partition in
          do {
            try sent.write(partition) { elements in
              for index in elements.indices { elements[index] = partition * 100 + index + run }
            }
            try sent.markReady(partition)
          } catch {
            Issue.record(error)
          }
        }
        try sent.wait()
        try came.wait()
        #expect(try came.elements() == (0..<800).map { $0 + run })
      }
    }

    @Test(.enabled(if: isThere, "this MPI has no partitioned communication"))
    func noRankAndNoElements() throws {
      let nowhere = try world.persistent.partitionedSend([1, 2], partitions: 2, to: .null)
      let fromNowhere = try world.persistent.partitionedReceive(Int.self, count: 2, partitions: 1, from: .null)
      try nowhere.start()
      try fromNowhere.start()
      #expect(try fromNowhere.hasArrived(0))
      #expect(try !nowhere.test())
      try nowhere.markReady(0..<2)
      try nowhere.wait()
      try fromNowhere.wait()
      #expect(try fromNowhere.elements() == [0, 0])
    }

    @Test(.enabled(if: isThere, "this MPI has no partitioned communication"))
    func droppedOnesGoOn() throws {
      do {
        let sent = try world.persistent.partitionedSend([1, 2, 3, 4], partitions: 2, to: world.right, tag: 5)
        try sent.start()
        try sent.markReady(1)
      }
      let came = try world.persistent.partitionedReceive(Int.self, count: 4, partitions: 2, from: world.left, tag: 5)
      try came.start()
      try came.wait()
      #expect(try came.elements() == [1, 2, 3, 4])
    }

    @Test(.enabled(if: isThere, "this MPI has no partitioned communication"))
    func neverStarted() throws {
      // On a communicator of their own: Open MPI 5.0 leaves a message of its own there.
      let own = try world.duplicate()
      _ = try own.persistent.partitionedSend([1, 2], partitions: 2, to: own.right)
      _ = try own.persistent.partitionedReceive(Int.self, count: 2, partitions: 2, from: own.left)
      try world.barrier()
    }

    @Test(.enabled(if: isThere, "this MPI has no partitioned communication"))
    func noElements() throws {
      let sent = try world.persistent.partitionedSend([Int](), partitions: 2, to: world.right, tag: 9)
      let came = try world.persistent.partitionedReceive(Int.self, count: 0, partitions: 2, from: world.left, tag: 9)
      try came.start()
      try sent.start()
      let length = try sent.write(1) { $0.count }
      #expect(length == 0)
      try sent.markReady(0..<2)
      try sent.wait()
      try came.wait()
      #expect(try came.elements() == [])
    }

    @Test(.enabled(if: isThere, "this MPI has no partitioned communication"))
    func wrongArguments() throws {
      let persistent = world.persistent
      try expectRefusal(.rank, "partitionedSend") {
        _ = try persistent.partitionedSend([1], partitions: 1, to: world.size)
      }
      try expectRefusal(.tag, "partitionedSend") {
        _ = try persistent.partitionedSend([1], partitions: 1, to: 0, tag: -1)
      }
      try expectRefusal(.count, "partitionedSend", naming: "3 elements", "2 partitions") {
        _ = try persistent.partitionedSend([1, 2, 3], partitions: 2, to: 0)
      }
      try expectRefusal(.argument, "partitionedSend") {
        _ = try persistent.partitionedSend([1], partitions: 0, to: 0)
      }
      try expectRefusal(.rank, "partitionedReceive", naming: ".any") {
        _ = try persistent.partitionedReceive(Int.self, count: 1, partitions: 1, from: .any)
      }
      try expectRefusal(.count, "partitionedReceive") {
        _ = try persistent.partitionedReceive(Int.self, count: -4, partitions: 2, from: 0)
      }
    }

    @Test(.enabled(if: isThere, "this MPI has no partitioned communication"))
    func wrongOrder() throws {
      let sent = try world.persistent.partitionedSend([1, 2], partitions: 2, to: world.right, tag: 6)
      let came = try world.persistent.partitionedReceive(Int.self, count: 2, partitions: 2, from: world.left, tag: 6)
      expectError(.request, "partitionedSend", naming: "not in flight") { try sent.markReady(0) }
      try came.start()
      try sent.start()
      expectError(.request, "partitionedSend", naming: "in flight") { try sent.start() }
      expectError(.request, "partitionedSend", naming: "partitions [0, 1]") { try sent.wait() }
      expectError(.argument, "partitionedSend", naming: "partition 2") { try sent.markReady(2) }
      expectError(.argument, "partitionedSend", naming: "\(Int.max)") { try sent.markReady(Int.max) }
      expectError(.argument, "partitionedSend", naming: "-1") { try sent.markReady(-1) }
      expectError(.argument, "partitionedSend") { try sent.markReady([0, 0]) }
      try sent.markReady(0)
      expectError(.request, "partitionedSend") { try sent.markReady(0..<2) }
      expectError(.request, "partitionedSend", naming: "marked ready") { try sent.write(0) { $0[0] = 9 } }
      expectError(.request, "partitionedReceive") { _ = try came.elements() }
      expectError(.argument, "partitionedReceive") { _ = try came.hasArrived(-1) }
      try sent.markReady(1)
      try sent.wait()
      try came.wait()
      #expect(try came.elements() == [1, 2])
      try sent.write(0) { $0[0] = 5 }  // for the next run
    }

    @Test(.enabled(if: !isThere, "this MPI has it"))
    func elsewhereItIsRefused() throws {
      expectError(.notSupported, "partitionedSend", naming: "partitioned communication") {
        _ = try world.persistent.partitionedSend([1], partitions: 1, to: 0)
      }
      expectError(.notSupported, "partitionedReceive") {
        _ = try world.persistent.partitionedReceive(Int.self, count: 1, partitions: 1, from: 0)
      }
    }
  }
}

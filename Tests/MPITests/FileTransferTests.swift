// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Reading and writing of files.
  @Suite struct FileTransferTests {
    let world = Communicator.world

    /// Calls `body` with a file that is new, and can be read and written.
    func withNew(_ body: (MPIFile) throws -> Void) throws {
      try withPath { path in
        try world.withFile(path, .create, .readWrite, .deleteOnClose) { try body($0) }
      }
    }

    /// Makes what all ranks wrote seen by all.
    func settle(_ file: MPIFile) throws {
      try file.sync()
      try world.barrier()
      try file.sync()
    }

    @Test func valuesOfEveryType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        try withNew { file in
          try file.write(Element.sample(world.rank), at: world.rank)
          try settle(file)
          #expect(try file.read(Element.self, at: world.right) == Element.sample(world.right), "\(Element.self)")
          try world.barrier()
          try file.writeAll(Element.sample(world.rank + 10), at: world.rank)
          try settle(file)
          #expect(try file.readAll(Element.self, at: world.right) == Element.sample(world.right + 10))
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func arraysOfEveryType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        try withNew { file in
          try file.writeAll(Element.samples(9, from: world.rank), at: 9 * world.rank)
          try settle(file)
          let elements = try file.readAll(Element.self, at: 9 * world.right, count: 9)
          #expect(elements == Element.samples(9, from: world.right), "\(Element.self)")
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func spans() throws {
      try withNew { file in
        let mine = Double.samples(50, from: world.rank)
        try file.write(mine.span, at: 50 * world.rank)
        try settle(file)
        var memory = [Double](repeating: -1, count: 60)
        var span = memory.mutableSpan
        #expect(try file.read(into: &span, at: 50 * world.last) == 50)
        #expect(memory == Double.samples(50, from: world.last) + [Double](repeating: -1, count: 10))
        var other = [Double](repeating: -1, count: 50)
        var otherSpan = other.mutableSpan
        #expect(try file.readAll(into: &otherSpan, at: 50 * world.rank) == 50)
        #expect(other == mine)
        try world.barrier()
        try file.writeAll(mine.span.extracting(0..<10), at: 10 * world.rank)
        try settle(file)
        #expect(try file.read(Double.self, at: 10 * world.right, count: 10) == Double.samples(10, from: world.right))
      }
    }

    @Test func theEndOfTheFile() throws {
      try withNew { file in
        try file.setSize(8 * 5 + 3)
        #expect(try file.read(Int.self, at: 3, count: 100).count == 2)
        #expect(try file.readAll(Int.self, at: 3, count: 100).count == 2)
        #expect(try file.read(Int.self, at: 5, count: 1).isEmpty)
        #expect(try file.readAll(Int.self, at: 1000, count: 1).isEmpty)
        #expect(try file.read(Int.self, at: 0, count: .max).count == 5)
        expectError(.io, "read", naming: "ends before") { _ = try file.read(Int.self, at: 5) }
        try file.seek(to: 32)
        #expect(try file.read(Int.self, count: 9).count == 1)
        #expect(try file.read(Int.self, count: 9).isEmpty)
        #expect(try file.nonblocking.read(Int.self, at: 3, count: 9).wait().count == 2)
        #expect(try file.nonblocking.readAll(Int.self, at: 3, count: 9).wait().count == 2)
        #expect(try file.nonblocking.read(Int.self, at: 50, count: 9).wait().isEmpty)
        #expect(try file.nonblocking.readAll(Int.self, at: 50, count: 9).wait().isEmpty)
      }
    }

    @Test func nothing() throws {
      try withNew { file in
        try file.writeAll([Int](), at: 0)
        try file.write([Int](), at: 7)
        #expect(try file.size == 0)
        try world.barrier()
        #expect(try file.readAll(Int.self, at: 0, count: 0).isEmpty)
        #expect(try file.read(Int.self, at: 0, count: 0).isEmpty)
        #expect(try file.nonblocking.write([Int](), at: 0).wait().isEmpty)
        #expect(try file.nonblocking.writeAll([Int](), at: 0).wait().isEmpty)
        // One rank alone has some.
        try file.writeAll(world.rank == world.last ? [1, 2, 3] : [], at: 0)
        try settle(file)
        #expect(try file.readAll(Int.self, at: 0, count: world.isRoot ? 3 : 0) == (world.isRoot ? [1, 2, 3] : []))
      }
    }

    @Test func unevenParts() throws {
      try withNew { file in
        let offset = world.rank * (world.rank + 1) / 2
        try file.writeAll(Int.samples(world.rank + 1, from: offset), at: offset)
        try settle(file)
        let total = world.size * (world.size + 1) / 2
        #expect(try file.readAll(Int.self, at: 0, count: total + 1) == Int.samples(total))
      }
    }

    @Test func pointers() throws {
      try withNew { file in
        try file.seek(to: 16 * world.rank)
        try file.write([world.rank, 7])
        #expect(try file.position == 16 * world.rank + 16)
        try settle(file)
        try file.seek(to: -8, from: .current)
        #expect(try file.read(Int.self) == 7)
        try file.seek(to: -16, from: .end)
        #expect(try file.readAll(Int.self, count: 2) == [world.last, 7])
        try file.seek(to: 0)
        #expect(try file.readAll(Int.self) == 0)
        #expect(try file.readAll(Int.self) == 7)
        try world.barrier()
        try file.seek(to: 8 * world.rank)
        try file.writeAll([50 + world.rank])
        try settle(file)
        #expect(try file.read(Int.self, at: 0, count: world.size) == (0..<world.size).map { 50 + $0 })
        expectError(.argument, "seek", naming: "begin at 0") { try file.seek(to: -1) }
        expectError(.argument, "seek") { try file.seek(to: -1000, from: .current) }
        expectError(.argument, "seek") { try file.seek(to: -1_000_000, from: .end) }
        #expect(try file.position == 8 * world.rank + 8)
        #expect(try file.byteOffset(of: 12) == 12)
        expectError(.argument, "byteOffset(of:)") { _ = try file.byteOffset(of: -1) }
      }
    }

    @Test func wrongPlacesAndCounts() throws {
      try withNew { file in
        expectError(.argument, "write", naming: "-1") { try file.write(1, at: -1) }
        expectError(.argument, "read", naming: "-5") { _ = try file.read(Int.self, at: -5) }
        expectError(.argument, "readAll") { _ = try file.readAll(Int.self, at: .max, count: 1) }
        expectError(.count, "read", naming: "-2") { _ = try file.read(Int.self, at: 0, count: -2) }
        expectError(.count, "readShared") { _ = try file.readShared(Int.self, count: -2) }
        let size = try file.size
        #expect(size == 0)
      }
    }

    // MARK: Shared pointers

    @Test func ordered() throws {
      try withNew { file in
        let mine = Int.samples(world.rank + 1, from: 10 * world.rank)
        try file.writeOrdered(mine)
        try file.writeOrdered(world.rank)
        try settle(file)
        let total = world.size * (world.size + 1) / 2
        #expect(try file.sharedPosition == 8 * (total + world.size))
        try file.seekShared(to: 0)
        #expect(try file.readOrdered(Int.self, count: world.rank + 1) == mine)
        #expect(try file.readOrdered(Int.self) == world.rank)
        #expect(try file.readOrdered(Int.self, count: 5).isEmpty)
        try file.seekShared(to: 0)
        var memory = [Int](repeating: 0, count: world.rank + 1)
        var span = memory.mutableSpan
        #expect(try file.readOrdered(into: &span) == world.rank + 1)
        #expect(memory == mine)
        try file.seekShared(to: 8, from: .current)
        #expect(try file.sharedPosition == 8 * (total + 1))
        try file.seekShared(to: -8 * world.size, from: .end)
        expectError(.argument, "seekShared") { try file.seekShared(to: -1) }
        #expect(try file.readOrdered(Int.self) == world.rank)
      }
    }

    @Test func firstComeFirstServed() throws {
      try withNew { file in
        for index in 0..<5 { try file.writeShared([world.rank, index]) }
        try settle(file)
        #expect(try file.size == 80 * world.size)
        let pairs = try file.readAll(SIMD2<Int>.self, at: 0, count: 5 * world.size)
        #expect(Set(pairs).count == 5 * world.size)
        try file.seekShared(to: 0)
        // Every rank takes what it gets, until there is no more.
        var mine: [SIMD2<Int>] = []
        while case let batch = try file.readShared(SIMD2<Int>.self, count: 3), !batch.isEmpty { mine += batch }
        let all = try world.allReduce(mine.count, .sum)
        #expect(all == 5 * world.size)
        #expect(Set(mine).isSubset(of: Set(pairs)))
        expectError(.io, "readShared") { _ = try file.readShared(Int.self) }
      }
    }

    @Test func sharedRequests() throws {
      try withNew { file in
        let request = try file.nonblocking.writeShared(Int.samples(4, from: world.rank))
        #expect(try request.wait() == Int.samples(4, from: world.rank))
        try settle(file)
        try file.seekShared(to: 0)
        let reading = try file.nonblocking.readShared(Int.self, count: 4)
        #expect(try reading.wait().count == 4)
        try world.barrier()
        #expect(try file.nonblocking.readShared(Int.self, count: 4).wait().isEmpty)
      }
    }

    // MARK: Requests

    @Test func requests() throws {
      try withNew { file in
        let first = try file.nonblocking.write(Double.samples(1000, from: world.rank), at: 1000 * world.rank)
        #expect(try first.wait() == Double.samples(1000, from: world.rank))
        try settle(file)
        let second = try file.nonblocking.read(Double.self, at: 1000 * world.right, count: 1000)
        let third = try file.nonblocking.readAll(Double.self, at: 1000 * world.left, count: 1000)
        #expect(try second.wait() == Double.samples(1000, from: world.right))
        #expect(try third.wait() == Double.samples(1000, from: world.left))
        try world.barrier()
        let fourth = try file.nonblocking.writeAll([world.rank], at: world.rank)
        _ = try fourth.wait()
        try settle(file)
        #expect(try file.read(Int.self, at: world.right) == world.right)
      }
    }

    @Test func requestsByPointer() throws {
      try withNew { file in
        try file.seek(to: 16 * world.rank)
        let first = try file.nonblocking.write([world.rank])
        let second = try file.nonblocking.writeAll([-world.rank])
        _ = try first.wait()
        _ = try second.wait()
        #expect(try file.position == 16 * world.rank + 16)
        try settle(file)
        try file.seek(to: 16 * world.right)
        let third = try file.nonblocking.read(Int.self, count: 1)
        let fourth = try file.nonblocking.readAll(Int.self, count: 1)
        #expect(try third.wait() == [world.right])
        #expect(try fourth.wait() == [-world.right])
      }
    }

    @Test func requestsInASet() throws {
      try withNew { file in
        try file.writeAll(Int.samples(100, from: world.rank), at: 100 * world.rank)
        try settle(file)
        var set = RequestSet<[Int]>()
        for rank in 0..<world.size { try set.append(file.nonblocking.read(Int.self, at: 100 * rank, count: 100)) }
        let all = try set.waitAll()
        #expect(all == (0..<world.size).map { Int.samples(100, from: $0) })
        try world.barrier()
      }
    }

    @Test func requestsOnMemory() throws {
      try withNew { file in
        let mine = Int.samples(200, from: world.rank)
        let worked = try file.nonblocking.write(mine.span, at: 200 * world.rank) { pending in
          _ = try pending.test()
          return "worked"
        }
        #expect(worked == "worked")
        try settle(file)
        var memory = [Int](repeating: 0, count: 200)
        var span = memory.mutableSpan
        let (result, count) = try file.nonblocking.read(into: &span, at: 200 * world.right) { _ in 5 }
        #expect(result == 5 && count == 200)
        #expect(memory == Int.samples(200, from: world.right))
        try world.barrier()
        try file.nonblocking.writeAll(mine.span.extracting(0..<20), at: 20 * world.rank) { _ in }
        try settle(file)
        var others = [Int](repeating: 0, count: 30)
        var otherSpan = others.mutableSpan
        let read = try file.nonblocking.readAll(into: &otherSpan, at: 20 * world.rank) { _ in }
        #expect(read.count == 30)
        #expect(others.prefix(20) == mine.prefix(20))
      }
    }

    @Test func aFileWithRequestsUnderWayIsNotClosed() throws {
      try withPath { path in
        let file = try world.openFile(path, .create, .readWrite, .deleteOnClose)
        let request = try file.nonblocking.write([1, 2, 3], at: 0)
        expectError(.request, "close", naming: "wait for them") { try file.close() }
        #expect(file.isOpen)
        expectError(.request, "write", of: request, naming: "can't be canceled") { _ = try $0.cancel() }
        try file.close()
      }
    }

    @Test func requestsThatAreDropped() throws {
      try withNew { file in
        for _ in 0..<20 { _ = try file.nonblocking.write(Int.samples(100), at: 100 * world.rank) }
        try settle(file)
      }
    }

    // MARK: Split collectives

    @Test func workInBetween() throws {
      try withNew { file in
        let mine = Double.samples(100, from: world.rank)
        #expect(try file.writeAll(mine.span, at: 100 * world.rank) { 3 } == 3)
        try settle(file)
        var memory = [Double](repeating: 0, count: 150)
        var span = memory.mutableSpan
        let (result, count) = try file.readAll(into: &span, at: 100 * world.rank) { "read" }
        #expect(result == "read" && count == (world.rank == world.last ? 100 : 150))
        #expect(memory.prefix(100) == mine.prefix(100))
        try world.barrier()
        try file.seek(to: 8 * world.rank)
        try file.writeAll([Double(world.rank)].span) {}
        try settle(file)
        try file.seek(to: 8 * world.right)
        var one = [0.0]
        var oneSpan = one.mutableSpan
        #expect(try file.readAll(into: &oneSpan) {}.count == 1)
        #expect(one == [Double(world.right)])
      }
    }

    @Test func workInBetweenInOrder() throws {
      try withNew { file in
        let mine = Int.samples(world.rank + 2, from: world.rank)
        try file.writeOrdered(mine.span) {}
        try settle(file)
        try file.seekShared(to: 0)
        var memory = [Int](repeating: 0, count: world.rank + 2)
        var span = memory.mutableSpan
        #expect(try file.readOrdered(into: &span) { 1 }.count == world.rank + 2)
        #expect(memory == mine)
        var others = [0]
        var otherSpan = others.mutableSpan
        #expect(try file.readOrdered(into: &otherSpan) { 1 }.count == 0)
      }
    }

    @Test func workThatThrows() throws {
      struct Oops: Error {}
      try withNew { file in
        let mine = [world.rank]
        #expect(throws: Oops.self) { try file.writeAll(mine.span, at: world.rank) { throw Oops() } }
        try settle(file)
        #expect(try file.readAll(Int.self, at: world.right) == world.right)
        var memory = [0]
        #expect(throws: Oops.self) {
          var span = memory.mutableSpan
          try file.readAll(into: &span, at: 0) { throw Oops() }
        }
        #expect(try file.readAll(Int.self, at: 0) == 0)
      }
    }
  }
}

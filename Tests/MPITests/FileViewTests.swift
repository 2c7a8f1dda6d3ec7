// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// What the ranks see of a file.
  @Suite struct FileViewTests {
    let world = Communicator.world

    func withNew(_ body: (String, MPIFile) throws -> Void) throws {
      try withPath { path in
        try world.withFile(path, .create, .readWrite) { try body(path, $0) }
      }
    }

    func settle(_ file: MPIFile) throws {
      try file.sync()
      try world.barrier()
      try file.sync()
    }

    @Test func displacement() throws {
      try withNew { path, file in
        if world.isRoot { try file.write([UInt8](repeating: 9, count: 24), at: 0) }
        try settle(file)
        try file.setView(Double.self, displacement: 24)
        #expect(try file.viewDisplacement == (24, "native"))
        try file.writeAll([Double(world.rank)], at: world.rank)
        #expect(try file.position == 0 && file.byteOffset(of: 2) == 40)
        #expect(try file.extent(of: Double.self) == 8 && file.extent(of: Padded.self) == 16)
        try settle(file)
        #expect(try file.readAll(Double.self, at: 0, count: 99) == (0..<world.size).map { Double($0) })
        let all = try contents(path, of: UInt64.self)
        if world.isRoot { #expect(all?.first == 0x0909_0909_0909_0909 && all?.count == 3 + world.size) }
      }
    }

    @Test func strided() throws {
      try withNew { path, file in
        try file.setView(Int.self, .strided(blockLength: 3, stride: 3 * world.size, start: 3 * world.rank))
        let mine = (0..<9).map { 100 * world.rank + $0 }
        try file.writeAll(mine, at: 0)
        #expect(try file.byteOffset(of: 4) == 8 * (3 * world.size + 3 * world.rank + 1))
        try settle(file)
        #expect(try file.readAll(Int.self, at: 2, count: 5) == Array(mine[2..<7]))
        #expect(try file.read(Int.self, at: 7, count: 50) == Array(mine[7...]))
        #expect(try file.readAll(Int.self, at: 7, count: 50) == Array(mine[7...]))
        #expect(try file.nonblocking.read(Int.self, at: 7, count: 50).wait() == Array(mine[7...]))
        #expect(try file.nonblocking.readAll(Int.self, at: 7, count: 50).wait() == Array(mine[7...]))
        try file.seek(to: 4)
        #expect(try file.read(Int.self, count: 2) == [mine[4], mine[5]])
        #expect(try file.position == 6)
        let all = try contents(path, of: Int.self)
        if world.isRoot, let all {
          for index in 0..<9 * world.size {
            #expect(all[index] == 100 * (index / 3 % world.size) + index / (3 * world.size) * 3 + index % 3)
          }
        }
      }
    }

    @Test func subarray() throws {
      try withNew { path, file in
        let columns = world.block(of: 10)
        try file.setView(
          Float.self, .subarray(sizes: [6, 10], subsizes: [6, columns.count], starts: [0, columns.lowerBound]))
        let mine = (0..<6).flatMap { row in columns.map { Float(10 * row + $0) } }
        try file.writeAll(mine, at: 0)
        try settle(file)
        #expect(try file.readAll(Float.self, at: 0, count: mine.count) == mine)
        let all = try contents(path, of: Float.self)
        if world.isRoot { #expect(all == (0..<60).map { Float($0) }) }
        // A second array behind the first.
        try file.writeAll(mine, at: mine.count)
        try settle(file)
        let both = try contents(path, of: Float.self)
        if world.isRoot { #expect(both == (0..<120).map { Float($0 % 60) }) }
      }
    }

    @Test func ranksWithNothing() throws {
      try withNew { path, file in
        // One row for all but the last ranks.
        let rows = world.block(of: 1)
        try file.setView(
          Padded.self, .subarray(sizes: [1, 4], subsizes: [rows.count, 4], starts: [rows.lowerBound, 0]))
        let mine = rows.isEmpty ? [] : Padded.samples(4)
        try file.writeAll(mine, at: 0)
        try settle(file)
        #expect(try file.readAll(Padded.self, at: 0, count: 4) == mine)
        #expect(try file.read(Padded.self, at: 0, count: 4) == mine)
        if rows.isEmpty { expectError(.count, "write", naming: "empty") { try file.write(Padded.sample(1), at: 0) } }
      }
    }

    @Test func distributed() throws {
      try withNew { path, file in
        try file.setView(Int32.self, .distributed(sizes: [11], over: [world.size], [.block]))
        let share = (11 + world.size - 1) / world.size
        let block = min(world.rank * share, 11)..<min((world.rank + 1) * share, 11)
        try file.writeAll(block.map { Int32($0) }, at: 0)
        try settle(file)
        let all = try contents(path, of: Int32.self)
        if world.isRoot { #expect(all == Array(0..<11)) }

        try file.setView(Int32.self, .distributed(sizes: [11, 2], over: [world.size, 1], [.cyclic(2), .whole]))
        let rows = (0..<11).filter { $0 / 2 % world.size == world.rank }
        let mine = rows.flatMap { [Int32(2 * $0), Int32(2 * $0 + 1)] }
        try file.writeAll(mine, at: 0)
        try settle(file)
        #expect(try file.readAll(Int32.self, at: 0, count: mine.count) == mine)
        let table = try contents(path, of: Int32.self)
        if world.isRoot { #expect(table == Array(0..<22)) }
      }
    }

    @Test func sharedPointerOfAView() throws {
      try withNew { _, file in
        try file.setView(Int.self, displacement: 16)
        try file.writeOrdered([world.rank, world.rank])
        #expect(try file.sharedPosition == 2 * world.size)
        try settle(file)
        try file.seekShared(to: 0)
        #expect(try file.readOrdered(Int.self, count: 2) == [world.rank, world.rank])
      }
    }

    @Test func elementsOfSeveral() throws {
      try withNew { _, file in
        try file.setView(Double.self, displacement: 8)
        try file.writeAll(SIMD2(Double(world.rank), 0.5), at: world.rank)
        try settle(file)
        #expect(try file.readAll(Double.self, at: 2 * world.right, count: 2) == [Double(world.right), 0.5])
        expectError(.type, "write", naming: "Double", "Float") { try file.write(Float(1), at: 0) }
        expectError(.type, "readAll", naming: "Int8") { _ = try file.readAll(Int8.self, at: 0) }
      }
    }

    @Test func representations() throws {
      try withNew { path, file in
        do {
          try file.setView(Int32.self, representation: .external32)
          try file.writeAll([Int32(0x0102_0304)], at: world.rank)
          try settle(file)
          #expect(try file.readAll(Int32.self, at: world.right) == 0x0102_0304)
          let bytes = try contents(path, of: UInt8.self)
          if world.isRoot { #expect(bytes?.prefix(4) == [1, 2, 3, 4], "external32 is native here") }
          expectError(.type, "read") { _ = try file.read(Int64.self, at: 0) }
        } catch let error as MPIError where error.errorClass == .unsupportedRepresentation {
          #expect(error.text.contains("external32"))
        }
        do {
          try file.setView(Int32.self, representation: .internal)
          try file.writeAll(Int32(5), at: world.rank)
          try settle(file)
          #expect(try file.readAll(Int32.self, at: world.right) == 5)
        } catch let error as MPIError where error.errorClass == .unsupportedRepresentation {
          #expect(error.text.contains("internal"))
        }
        try file.setView(UInt8.self)
      }
    }

    @Test func wrongViews() throws {
      try withNew { path, file in
        expectError(.displacement, "setView", naming: "-8") { try file.setView(Int.self, displacement: -8) }
        let wrong: [MPIFile.Pattern] = [
          .strided(blockLength: 5, stride: 4), .strided(blockLength: 2, stride: 4, start: 3),
          .strided(blockLength: -1, stride: 4), .strided(blockLength: 0, stride: 0),
          .subarray(sizes: [4], subsizes: [4, 4], starts: [0]), .subarray(sizes: [], subsizes: [], starts: []),
          .subarray(sizes: [4], subsizes: [2], starts: [-1]),
          .subarray(sizes: [1 << 40], subsizes: [1], starts: [0]),
          .subarray(sizes: [4], subsizes: [.max], starts: [1]),
          .distributed(sizes: [4], over: [world.size + 1], [.block]),
          .distributed(sizes: [4], over: [world.size], [.cyclic(0)]),
          .distributed(sizes: [0], over: [world.size], [.block]),
          .distributed(sizes: [4], over: [], []),
        ]
        for pattern in wrong { expectError(.argument, "setView") { try file.setView(Int.self, pattern) } }
        try file.writeAll(world.rank, at: world.rank)
        try settle(file)
        #expect(try file.read(Int.self, at: world.right) == world.right)
      }
    }
  }
}

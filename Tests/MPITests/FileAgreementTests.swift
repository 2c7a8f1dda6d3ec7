// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

extension OnEveryRank {
  /// Collective calls on files when ranks come at different times, or when one of them fails.
  @Suite struct FileAgreementTests {
    let world = Communicator.world

    /// The later the higher the rank.
    private func comeLate() { usleep(UInt32(20_000 * world.rank)) }

    /// What a late rank sees of the file must not lead it out of step.
    @Test func preallocateAndWhatFollows() throws {
      for size in [10, 1000, 100_000] {
        try withPath { path in
          try world.withFile(path, .create, .readWrite) { file in
            comeLate()
            try file.preallocate(size)
            #expect(try file.size == size)
            try file.setAtomic(true)
            #expect(try file.isAtomic)
            try file.writeAll([Int32](repeating: Int32(world.rank), count: 5), at: 5 * world.rank)
            comeLate()
            try file.preallocate(2 * size)
            try file.setSize(2 * size)
            try file.setView(Int32.self)
            try file.writeOrdered([Int32(world.rank)])
            try file.sync()
            try file.setAtomic(false)
            let all = try file.readAll(Int32.self, at: 0, count: world.size)
            #expect(all == (0..<world.size).map { Int32($0) })
          }
        }
      }
    }

    @Test func siblingsInAnyOrder() throws {
      let calls: [(String, (MPIFile) throws -> Void)] = [
        ("preallocate", { try $0.preallocate(4000) }), ("setSize", { try $0.setSize(3000) }),
        ("setAtomic", { try $0.setAtomic(true) }), ("not atomic", { try $0.setAtomic(false) }),
        ("setView", { try $0.setView(UInt8.self) }), ("writeShared", { try $0.writeShared([UInt8(1)]) }),
        ("writeOrdered", { try $0.writeOrdered([UInt8(2)]) }), ("setInfo", { try $0.setInfo(["cb_nodes": "1"]) }),
        (
          "split",
          { file in
            let bytes = [UInt8](repeating: 3, count: 9)
            try file.writeAll(bytes.span, at: 9 * world.rank) {}
          }
        ),
      ]
      for (first, call) in calls {
        for (second, other) in calls {
          try withPath { path in
            try world.withFile(path, .create, .readWrite) { file in
              comeLate()
              try call(file)
              try other(file)
              // What a late rank writes by itself is not to come after what follows.
              try file.sync()
              try world.barrier()
              try file.writeAll([UInt8](repeating: UInt8(world.rank), count: 3), at: 3 * world.rank)
              try file.sync()
              try world.barrier()
              let expected = (0..<world.size).flatMap { [UInt8](repeating: UInt8($0), count: 3) }
              #expect(try file.readAll(UInt8.self, at: 0, count: 3 * world.size) == expected, "\(first), \(second)")
              // None writes what another one has still to read.
              try world.barrier()
            }
          }
        }
      }
    }

    @Test func preallocateIsOfThePathAtTheBeginning() throws {
      let here = FileManager.default.currentDirectoryPath
      defer { _ = FileManager.default.changeCurrentDirectoryPath(here) }
      let name = "swift-mpi-relative-\(try world.allReduce(Int.random(in: 0..<1 << 60), .max)).bin"
      #expect(FileManager.default.changeCurrentDirectoryPath("/tmp"))
      try world.withFile(name, .create, .readWrite, .deleteOnClose) { file in
        #expect(FileManager.default.changeCurrentDirectoryPath("/"))
        try file.preallocate(100)
        #expect(try file.size == 100)
        try world.barrier()
      }
    }

    @Test func noRoomLeavesTheFileAsItIs() throws {
      try withSmallFileSystem { directory in
        let path = "\(directory)/a.bin"
        try world.withFile(path, .create, .readWrite) { file in
          try file.writeAll([UInt8](repeating: 7, count: 100), at: 100 * world.rank)
          let before = try free(directory)
          for size in [1 << 21, 1 << 30, 1 << 50] {
            expectError(.noSpace, "preallocate", naming: "bytes more", "left") { try file.preallocate(size) }
            #expect(try file.size == 100 * world.size)
          }
          try world.barrier()
          #expect(try free(directory) == before)
          // What there is room for is given, and what is there already needs none.
          try file.preallocate(600_000)
          try file.preallocate(600_000)
          #expect(try file.size == 600_000)
          #expect(try file.readAll(UInt8.self, at: 0, count: 100) == [UInt8](repeating: 7, count: 100))
        }
      }
    }

    private func free(_ directory: String) throws -> Int {
      try world.barrier()
      defer { try? world.barrier() }
      let attributes = try FileManager.default.attributesOfFileSystem(forPath: directory)
      return (attributes[.systemFreeSize] as? Int) ?? -1
    }

    @Test func errorsOfOneRankReachAll() throws {
      try withPath { path in
        try world.withFile(path, .create, .readWrite) { file in
          let isWrong = world.rank == world.last
          expectError(.argument, "setSize") { try file.setSize(isWrong ? -1 : 10) }
          expectError(.argument, "preallocate") { try file.preallocate(isWrong ? -1 : 10) }
          expectError(.displacement, "setView", naming: "-8") {
            try file.setView(Int.self, displacement: isWrong ? -8 : 0)
          }
          expectError(.argument, "setView") {
            try file.setView(Int.self, isWrong ? .strided(blockLength: -1, stride: 1) : .contiguous)
          }
          expectError(.infoKey, "setInfo") { try file.setInfo(isWrong ? ["": "x"] : ["cb_nodes": "1"]) }
          // It can still be used.
          try file.setSize(10)
          #expect(try file.size == 10)
          try world.barrier()
        }
      }
    }
  }
}

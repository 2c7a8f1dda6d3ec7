// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

@testable import MPICheckpoint

extension OnEveryRank {
  /// Files that are not what was written.
  @Suite struct DamageTests {
    let world = Communicator.world

    private let step = 12
    private var own: [UInt16] { [UInt16](repeating: UInt16(world.rank), count: world.rank + 1) }
    private var cells: [Int] { (0..<5).map { 10 * world.rank + $0 } }

    private func save(_ path: String) throws {
      try world.save(["step": .value(step), "own": .own(own), "cells": .spread(cells)], to: path)
    }

    /// Restores all parts, and expects of each that it is right or fails.
    private func restoreAll(_ path: String) throws -> [CheckpointError] {
      var errors: [CheckpointError] = []
      func attempt(_ body: () throws -> Void) throws {
        do { try body() } catch { errors.append(try #require(error as? CheckpointError)) }
      }
      try attempt {
        guard let saved = try world.restore(from: path) else { throw CheckpointError(.io, "gone", path: path) }
        try attempt {
          let value: Int = try saved.value("step")
          #expect(value == step)
        }
        try attempt {
          let array: [UInt16] = try saved.own("own")
          #expect(array == own)
        }
        try attempt {
          let array: [Int] = try saved.spread("cells")
          #expect(array == cells)
        }
        try attempt {
          let array: [Int] = try saved.spread("cells", range: 0..<5)
          #expect(array == [0, 1, 2, 3, 4])
        }
      }
      return errors
    }

    @Test func aBitAnywhere() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        try save(path)
        #expect(try restoreAll(path) == [])
        let good = try Data(contentsOf: URL(fileURLWithPath: path))
        var (found, unnoticed) = (0, [Int]())
        // All of the beginning and of the blocks, and some of what lies between them.
        for place in 0..<good.count where good[place] != 0 || place % 61 == 0 {
          if world.isRoot, let file = FileHandle(forUpdatingAtPath: path) {
            try file.seek(toOffset: UInt64(place))
            try file.write(contentsOf: [good[place] ^ (1 << UInt8(place % 8))])
            try file.close()
          }
          try world.barrier()
          let isFound = try !restoreAll(path).isEmpty
          found += isFound ? 1 : 0
          // What is zero may lie between the blocks, and means nothing there.
          if !isFound && good[place] != 0 { unnoticed.append(place) }
          try world.barrier()
          if world.isRoot, let file = FileHandle(forUpdatingAtPath: path) {
            try file.seek(toOffset: UInt64(place))
            try file.write(contentsOf: [good[place]])
            try file.close()
          }
        }
        #expect(found > 100 && unnoticed == [])
        try world.barrier()
        #expect(try restoreAll(path) == [])
      }
    }

    @Test func aBlockThatIsDamagedIsNamed() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        let count = 200_000
        let block = [Int](repeating: 7 + world.rank, count: count)
        try world.save(["small": .spread([1]), "cells": .spread(block), "last": .own([world.rank])], to: path)
        // In the third chunk of the last rank's block.
        try change(path) { data in
          let element = withUnsafeBytes(of: 7 + world.last) { Data($0) }
          guard let start = data.firstRange(of: element + element) else { return }
          data[start.lowerBound + 1_200_000] ^= 4
        }
        let saved = try #require(try world.restore(from: path))
        let error = try expectError(.damaged, part: "cells", naming: "block of rank \(world.last)") {
          _ = try saved.spread("cells", as: Int.self)
        }
        #expect(error?.rank == world.last)
        #expect(error?.path == path)
        // All else is as it was, the other chunks of the block too.
        #expect(try saved.spread("small") == [1])
        #expect(try saved.own("last") == [world.rank])
        let before = count * world.last..<count * world.last + 100_000
        #expect(try saved.spread("cells", range: before) == [Int](repeating: 7 + world.last, count: 100_000))
      }
    }

    @Test func filesThatEndTooEarlyOrTooLate() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        try save(path)
        let good = try Data(contentsOf: URL(fileURLWithPath: path))
        for size in [1, 15, 16, 60, 127, 128, 200, 4096, good.count - 4000, good.count - 1] {
          try change(path) { $0 = good.prefix(size) }
          try expectError(.truncated, naming: "\(size) bytes") { _ = try world.restore(from: path) }
        }
        try change(path) { $0 = good + [0] }
        try expectError(.damaged, naming: "\(good.count + 1) bytes, more than") { _ = try world.restore(from: path) }
        try change(path) { $0 = Data() }
        try expectError(.notACheckpoint, naming: "empty") { _ = try world.restore(from: path) }
      }
    }

    @Test func filesOfOtherProgramsAndVersions() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        try save(path)
        let good = try Data(contentsOf: URL(fileURLWithPath: path))
        try change(path) { $0[16] = 2 }
        try expectError(.newerFormat, naming: "version 2", "versions up to 1") { _ = try world.restore(from: path) }
        try change(path) { $0 = good }
        try change(path) { $0[24..<32] = Data($0[24..<32].reversed()) }
        try expectError(.otherByteOrder) { _ = try world.restore(from: path) }
        for text in [
          "x", "swift-mpi ckpt\n" + String(repeating: "x", count: 200), String(repeating: "SQLite", count: 99),
        ] {
          try change(path) { $0 = Data(text.utf8) }
          try expectError(.notACheckpoint) { _ = try world.restore(from: path) }
        }
        try expectError(.notACheckpoint) { _ = try world.restore(from: folder) }
        try expectError(.notACheckpoint) { _ = try world.restore(from: "/dev/null") }
        try expectError(.argument) { _ = try world.restore(from: "") }
        try expectError(.argument) { _ = try world.restore(from: "a\u{0}b") }
        try expectError(.argument) { _ = try world.restore(from: path + "/b") }
        #expect(try world.restore(from: "\(folder)/missing/a") == nil)
        // A new one takes the place of any file.
        try save(path)
        #expect(try restoreAll(path) == [])
      }
    }

    @Test func partsOfOtherNamesAndTypes() throws {
      struct Swapped: BitwiseCopyable {
        var id: Int32 = 4
        var isFixed = true
        var position = SIMD3<Double>(1, 2, 3)
      }
      struct Renamed: BitwiseCopyable, Equatable {
        var position = SIMD3<Double>(1, 2, 3)
        var id: Int32 = 4
        var isFixed = true
      }
      try withFolder { folder in
        let path = "\(folder)/a"
        try world.save(["bodies": .spread([Body()]), "own": .own([1.5]), "state": .value(State())], to: path)
        let saved = try #require(try world.restore(from: path))
        try expectError(.noSuchPart, part: "body", naming: "'bodies', 'own', 'state'") {
          _ = try saved.spread("body", as: Body.self)
        }
        try expectError(.noSuchPart, part: "own", naming: "an array of each rank", "a value of rank 0") {
          _ = try saved.value("own", as: Int.self)
        }
        try expectError(.otherType, part: "own", naming: "Double", "Int") { _ = try saved.own("own", as: Int.self) }
        try expectError(.otherType, part: "bodies", naming: "id: Int32 @32", "id: Int32 @0") {
          _ = try saved.spread("bodies", as: Swapped.self)
        }
        #expect(try saved.spread("bodies") == [Renamed()])
        try expectError(.coding, part: "state", naming: "State", "Array<Int>") {
          _ = try saved.value("state", as: [Int].self)
        }
        try expectError(.noSuchPart, part: "value") { _ = try world.restore(Int.self, from: path) }
        // Nothing is lost by an error.
        #expect(try saved.spread("bodies") == [Body()])
      }
    }
  }
}

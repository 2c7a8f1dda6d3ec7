// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

@testable import MPICheckpoint

extension OnEveryRank {
  /// What is saved is what is restored, on as many ranks and on others.
  @Suite struct RoundTripTests {
    let world = Communicator.world

    @Test func allKindsOfParts() throws {
      try withFolder { folder in
        let path = "\(folder)/a.checkpoint"
        let rank = world.rank
        let own = [Int32](repeating: Int32(rank), count: 3 * rank)
        let block = (0..<rank + 2).map { Body(position: .one * Double($0), id: Int32(rank)) }
        let generator = ["rank": rank]
        #expect(try world.restore(from: path) == nil)
        try world.save(
          [
            "state": .value(State()), "own": .own(own), "generator": .own(object: generator), "bodies": .spread(block),
            "step": .value(rank == 0 ? 42 : -1),
          ], to: path)
        let saved = try #require(try world.restore(from: path))
        #expect(saved.names == ["state", "own", "generator", "bodies", "step"])
        #expect(saved.rankCount == world.size)
        #expect(saved.path == path)
        #expect(try saved.shape(of: "bodies") == [(0..<world.size).map { $0 + 2 }.reduce(0, +)])
        #expect(try saved.value("step") == 42)
        #expect(try saved.spread("bodies") == block)
        #expect(try saved.value("state", as: State.self) == State())
        #expect(try saved.own(object: "generator", as: [String: Int].self) == generator)
        #expect(try saved.own("own", as: Int32.self) == own)
        #expect(try names(in: folder) == ["a.checkpoint"])
      }
    }

    @Test func oneValue() throws {
      try withFolder { folder in
        let path = "\(folder)/state"
        #expect(try world.restore(State.self, from: path) == nil)
        var state = State()
        for step in 1...3 {
          state.step = world.isRoot ? step : 0
          try world.save(state, to: path)
          #expect(try world.restore(State.self, from: path)?.step == step)
        }
      }
    }

    @Test func slicesLayoutsAndPartsThatAreSet() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        let cells = (0..<12).map { Double($0 + 100 * world.rank) }
        let inner = try Layout<Double>.vector(count: 2, blockLength: 2, stride: 4)
        var parts = CheckpointParts()
        parts["slice"] = .spread(cells[1..<11])
        parts["contiguous"] = .own(ContiguousArray(cells))
        parts["inner"] = .spread(cells[layout: inner])
        parts["gone"] = .value(1)
        parts["gone"] = nil
        #expect(parts.names == ["slice", "contiguous", "inner"])
        try world.save(parts, to: path)
        let saved = try #require(try world.restore(from: path))
        #expect(try saved.spread("slice") == Array(cells[1..<11]))
        #expect(try saved.own("contiguous") == cells)
        #expect(try saved.spread("inner") == [cells[0], cells[1], cells[4], cells[5]])
      }
    }

    /// The lengths of the ranks' blocks, by kind: none at all, one element on the last rank, uneven, several chunks.
    @Test(arguments: ["none", "one", "uneven", "chunks"])
    func spreadOverOtherNumbersOfRanks(kind: String) throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        let count =
          switch kind {
          case "none": 0
          case "one": world.rank == world.last ? 1 : 0
          case "uneven": (7 * world.rank + 3) % 5
          default: 150_001 + 1000 * world.rank
          }
        let start = try world.exclusiveScan(count, .sum) ?? 0
        let total = try world.allReduce(count, .sum)
        try world.save(["cells": .spread((start..<start + count).map { 3 * $0 + 1 })], to: path)
        // With one rank of the world, with two, and so on; the others wait.
        for size in 1...world.size {
          guard let ranks = try world.split(color: world.rank < size ? 0 : nil) else {
            try world.barrier()
            continue
          }
          let saved = try #require(try ranks.restore(from: path))
          #expect(try saved.shape(of: "cells") == [total])
          let mine = size == world.size ? start..<start + count : ranks.block(of: total)
          #expect(try saved.spread("cells") == mine.map { 3 * $0 + 1 })
          // Ranges that overlap, from the end on, and none.
          let wanted = max(0, total / 2 - ranks.rank - 1)..<min(total, total / 2 + 200_000)
          #expect(try saved.spread("cells", range: wanted) == wanted.map { 3 * $0 + 1 })
          #expect(
            try saved.spread("cells", as: Int.self, range: ranks.isRoot ? 0..<total : 0..<0).count
              == (ranks.isRoot ? total : 0))
          try world.barrier()
        }
      }
    }

    @Test func arraysOfRanksNeedAsManyRanks() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        try world.save(["own": .own([world.rank]), "object": .own(object: "x"), "step": .value(5)], to: path)
        guard world.size > 1, let ranks = try world.split(color: world.rank == world.last ? nil : 0) else {
          try world.barrier()
          return
        }
        let saved = try #require(try ranks.restore(from: path))
        let words = ["\(world.size) ranks", "now there are \(ranks.size)"]
        try expectError(.otherRankCount, part: "own", naming: words[0], words[1], on: ranks) {
          _ = try saved.own("own", as: Int.self)
        }
        try expectError(.otherRankCount, part: "object", naming: words[0], words[1], on: ranks) {
          _ = try saved.own(object: "object", as: String.self)
        }
        #expect(try saved.value("step") == 5)
        try world.barrier()
      }
    }

    @Test func partsOfSplitCommunicators() throws {
      try withFolder { folder in
        // Each pair of ranks has a checkpoint, in reverse order of rank.
        let ranks: Communicator = try world.split(color: world.rank / 2, key: -world.rank)
        let path = "\(folder)/\(world.rank / 2)"
        for step in 0..<3 {
          try ranks.save(["mine": .spread([world.rank, step]), "step": .value(step)], to: path)
        }
        let saved = try #require(try ranks.restore(from: path))
        #expect(try saved.value("step") == 2)
        #expect(try saved.spread("mine") == [world.rank, 2])
        let all = try saved.spread("mine", as: Int.self, range: 0..<2 * ranks.size)
        #expect(stride(from: 0, to: all.count, by: 2).map { all[$0] } == (try ranks.allGather(world.rank)))
        try world.barrier()
        #expect(try names(in: folder).count == (world.size + 1) / 2)
      }
    }

    @Test func noPartsAndOddNames() throws {
      try withFolder { folder in
        let path = "\(folder)/\(String(repeating: "é", count: 100)) .saving"
        try world.save([:], to: path)
        #expect(try #require(try world.restore(from: path)).names == [])
        try world.save(["": .value("empty"), "a\u{0}b\n": .spread([world.rank])], to: path)
        let saved = try #require(try world.restore(from: path))
        #expect(try saved.value("") == "empty")
        #expect(try saved.spread("a\u{0}b\n") == [world.rank])
        #expect(try names(in: folder).count == 1)
      }
    }

    @Test func anOpenCheckpointStaysAsItIs() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        try world.save(["x": .spread([1])], to: path)
        let old = try #require(try world.restore(from: path))
        try world.save(["x": .spread([2, 2])], to: path)
        #expect(try old.spread("x") == [1])
        #expect(try #require(try world.restore(from: path)).spread("x") == [2, 2])
      }
    }

    @Test func linksModesAndRelativePaths() throws {
      try withFolder { folder in
        if world.isRoot {
          mkdir("\(folder)/real", 0o755)
          symlink("real/a", "\(folder)/link")
        }
        try world.barrier()
        try world.save(1, to: "\(folder)/link")
        if world.isRoot { chmod("\(folder)/real/a", 0o640) }
        try world.barrier()
        try world.save(2, to: "\(folder)/link")
        #expect(try world.restore(Int.self, from: "\(folder)/real/a") == 2)
        #expect(try names(in: folder) == ["link", "real"])
        #expect(try names(in: "\(folder)/real") == ["a"])
        var info = stat()
        #expect(stat("\(folder)/real/a", &info) == 0 && info.st_mode & 0o7777 == 0o640)
        let here = FileManager.default.currentDirectoryPath
        #expect(FileManager.default.changeCurrentDirectoryPath(folder))
        defer { _ = FileManager.default.changeCurrentDirectoryPath(here) }
        try world.save(3, to: "b")
        #expect(try world.restore(Int.self, from: "b") == 3)
        try world.barrier()
      }
    }

    @Test func nothingStaysOpen() throws {
      try withFolder { folder in
        // On one rank those of files here: other tests of the process have others meanwhile.
        func descriptors() throws -> [String] {
          try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
          }.filter { world.size > 1 || $0.hasPrefix(folder) }
        }
        func once() throws {
          try world.save(["x": .spread([1]), "y": .value(2)], to: "\(folder)/a")
          let saved = try #require(try world.restore(from: "\(folder)/a"))
          _ = try saved.spread("x", as: Int.self)
          _ = try? world.restore(from: "\(folder)")
          _ = try? world.save(1, to: "\(folder)/missing/a")
        }
        // The first ones open what MPI keeps.
        for _ in 0..<3 { try once() }
        let before = try descriptors().count
        for _ in 0..<20 { try once() }
        #expect(try descriptors().count == before)
        // The test can fail.
        let file = FileHandle(forReadingAtPath: "\(folder)/a")
        #expect(try descriptors().count == before + 1)
        try file?.close()
      }
    }
  }
}

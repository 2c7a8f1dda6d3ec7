// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

@testable import MPICheckpoint

extension OnEveryRank {
  /// Saves that fail leave the checkpoint as it was, and the ranks together.
  @Suite struct FailureTests {
    let world = Communicator.world

    @Test func aFullDisk() throws {
      try withFileSystem("size=2m") { folder in
        let path = "\(folder)/a"
        let checkpoint = try Checkpoint(path, on: world, every: .zero)
        try checkpoint.save(["step": .value(1), "cells": .spread([UInt8](repeating: 1, count: 1000))])
        let before = try names(in: folder)
        for _ in 0..<5 {
          // Each rank has too much, then the last one alone.
          for count in [3_000_000, world.rank == world.last ? 3_000_000 : 0] {
            try expectError(.noSpace, naming: "bytes") {
              try checkpoint.saveIfDue(
                ["step": .value(2), "cells": .spread([UInt8](repeating: 2, count: count))])
            }
            #expect(try names(in: folder) == before)
            let saved = try #require(try checkpoint.restore())
            #expect(try saved.value("step") == 1)
            #expect(try saved.spread("cells") == [UInt8](repeating: 1, count: 1000))
          }
        }
        // Room for one more is enough.
        let large = [UInt8](repeating: 3, count: 900_000 / world.size)
        for step in 3...6 {
          try checkpoint.save(["step": .value(step), "cells": .spread(large)])
          #expect(try #require(try checkpoint.restore()).value("step") == step)
        }
        #expect(try names(in: folder) == before)
      }
    }

    /// As on a file system that takes no room in advance: the write fails, and the ranks can go on using files.
    @Test func aDiskThatBecomesFullWhileItIsWritten() throws {
      try withFileSystem("size=1m") { folder in
        for step in 1...3 {
          var failure: CheckpointError?
          try world.withFile("\(folder)/x", .create, .write) { file in
            do {
              try world.agreeing(path: "x") {
                let bytes = [UInt8](repeating: 1, count: 2_000_000)
                var writer = RegionWriter(file, at: bytes.count * world.rank)
                try bytes.withUnsafeBytes { try writer.add($0) }
                try writer.finish()
              }
            } catch {
              failure = error as? CheckpointError
            }
          }
          try expectError(.noSpace) { if let failure { throw failure } }
          if world.isRoot { unlink("\(folder)/x") }
          try world.barrier()
          try world.save(step, to: "\(folder)/a")
          #expect(try world.restore(Int.self, from: "\(folder)/a") == step)
        }
      }
    }

    @Test func aLimitOfTheFileSize() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        try world.save(1, to: path)
        var limit = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        // On one rank alone: rank 0, which takes the room, or the last, which writes there.
        for rank in Set([0, world.last]).sorted() {
          if world.rank == rank {
            var low = rlimit(rlim_cur: 100_000, rlim_max: limit.rlim_max)
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &low) == 0)
          }
          try expectError(.noSpace, naming: "rank \(rank)", "ulimit") {
            try world.save(["x": .spread([UInt8](repeating: 2, count: 300_000))], to: path)
          }
          #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        }
        #expect(try world.restore(Int.self, from: path) == 1)
        #expect(try names(in: folder) == ["a"])
      }
    }

    private func prepare(_ path: String) throws { _ = try Checkpoint(path, on: world, every: .seconds(1)) }

    @Test func foldersThatAreMissingOrCanNotBeWritten() throws {
      try withFolder { folder in
        try expectError(.noFolder, naming: "No such file") { try prepare("\(folder)/missing/a") }
        try expectError(.noFolder, naming: "No such file") { try world.save(1, to: "\(folder)/missing/a") }
        try expectError(.argument) { try prepare(folder) }
        try expectError(.argument) { try world.save(1, to: "") }
        try world.save(1, to: "\(folder)/a")
        if world.isRoot { chmod("\(folder)/a", 0o444) }
        try world.barrier()
        try expectError(.access, naming: "read-only") { try world.save(2, to: "\(folder)/a") }
        if world.isRoot { symlink("circle", "\(folder)/circle") }
        try world.barrier()
        try expectError(.argument, naming: "symbolic links") { try world.save(2, to: "\(folder)/circle") }
        #expect(try world.restore(Int.self, from: "\(folder)/a") == 1)
        #expect(try names(in: folder) == ["a", "circle"])
      }
      try withFileSystem("size=1m") { folder in
        let path = "\(folder)/a"
        let checkpoint = try Checkpoint(path, on: world, every: .zero)
        try checkpoint.save(["x": .value(1)])
        if world.isRoot { #expect(run("mount", "-o", "remount,ro", folder)) }
        try world.barrier()
        for _ in 0..<3 { try expectError(.access, naming: "Read-only") { try checkpoint.saveIfDue(["x": .value(2)]) } }
        try expectError(.access) { try prepare(path) }
        try expectError(.access) { try checkpoint.remove() }
        #expect(try #require(try checkpoint.restore()).value("x") == 1)
        try world.barrier()
        if world.isRoot { #expect(run("mount", "-o", "remount,rw", folder)) }
        try world.barrier()
        try checkpoint.save(["x": .value(3)])
        #expect(try #require(try checkpoint.restore()).value("x") == 3)
      }
    }

    @Test func partsThatCanNotBeSaved() throws {
      struct Broken: Codable {
        struct Reason: Error {}
        var isBroken: Bool
        // Plain data would be copied, and its encoding not called.
        var name = "x"
        init(isBroken: Bool) { self.isBroken = isBroken }
        func encode(to encoder: any Encoder) throws {
          if isBroken { throw Reason() }
          try isBroken.encode(to: encoder)
        }
      }
      struct Reference: BitwiseCopyable { var pointer: UnsafeRawPointer? }
      try withFolder { folder in
        let path = "\(folder)/a"
        try world.save(1, to: path)
        try expectError(.coding, part: "x", naming: "rank \(world.last)", "Reason") {
          try world.save(
            ["y": .spread([1]), "x": .own(object: Broken(isBroken: world.rank == world.last))], to: path)
        }
        try expectError(.otherType, part: "p", naming: "address") {
          try world.save(["p": .own([Reference(pointer: nil)])], to: path)
        }
        try expectError(.argument, part: "x", naming: "two parts") {
          try world.save(["x": .value(1), "y": .value(1), "x": .value(2)], to: path)
        }
        if world.size > 1 {
          try expectError(.mismatch, naming: "rank 1 saves", "'x'", "'y'") {
            try world.save([world.rank == 1 ? "y" : "x": .value(1)], to: path)
          }
          try expectError(.mismatch, naming: "Float", "Double") {
            try world.save(["x": world.isRoot ? .spread([1.0]) : .spread([Float(1)])], to: path)
          }
          try expectError(.mismatch, naming: "rank \(world.last) saves ") {
            try world.save(world.rank == world.last ? [:] : ["x": .value(1)], to: path)
          }
        }
        struct Late: Error {}
        let checkpoint = try Checkpoint(path, on: world, every: .zero)
        try expectError(.coding, naming: "Late") {
          try checkpoint.saveIfDue(world.rank == world.last ? { throw Late() }() : ["x": .value(1)])
        }
        #expect(try world.restore(Int.self, from: path) == 1)
        #expect(try names(in: folder) == ["a"])
      }
    }

    @Test func aFolderThatNotAllRanksHave() throws {
      // Each rank has a folder of its own at the path, as on hosts that share none.
      try withFolder { folder in
        try world.save(1, to: "\(folder)/a")
        guard world.size > 1 else { return }
        if !world.isRoot { mkdir("\(folder)/\(world.rank)", 0o755) }
        let here = FileManager.default.currentDirectoryPath
        defer { _ = FileManager.default.changeCurrentDirectoryPath(here) }
        try world.barrier()
        #expect(FileManager.default.changeCurrentDirectoryPath(world.isRoot ? folder : "\(folder)/\(world.rank)"))
        try expectError(.notShared, naming: "rank 1, on host", "share") { try world.save(2, to: "a") }
        try expectError(.notShared, naming: "rank 1, on host", "share") { _ = try world.restore(from: "a") }
        let own: Communicator = try world.split(color: world.rank)
        try own.save(3, to: "a")
        try world.barrier()
        try expectError(.notShared, naming: "another checkpoint") { _ = try world.restore(from: "a") }
        #expect(try names(in: folder).filter { $0.hasSuffix("saving") } == [])
      }
    }

    @Test func leftoversAreRemoved() throws {
      try withFolder { folder in
        let path = "\(folder)/a.checkpoint"
        var mine = TemporaryName(of: "a.checkpoint")
        var (dead, elsewhere, others, recent) = (mine, mine, mine, mine)
        dead.process = 4_194_300
        // This process's number, of another start; as a container's.
        mine.start += 1
        elsewhere.host = "elsewhere"
        recent.host = "recent"
        others.process = getppid()
        others.start = 0
        let foreign = [
          ".a.checkpoint.x.saving", ".b.checkpoint.h.1.2.3.saving", "a.checkpoint.saving", ".a.checkpoint",
        ]
        if world.isRoot {
          for name in [dead, mine, elsewhere, recent, others].map(\.text) + foreign {
            #expect(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data([1])))
          }
          let old = [FileAttributeKey.modificationDate: Date(timeIntervalSinceNow: -1000)]
          try FileManager.default.setAttributes(old, ofItemAtPath: "\(folder)/\(elsewhere.text)")
        }
        try world.save(1, to: path)
        let expected = try world.broadcast(
          object: world.isRoot ? (foreign + [recent.text, others.text, "a.checkpoint"]).sorted() : nil)
        #expect(try names(in: folder) == expected)
        let checkpoint = try Checkpoint(path, on: world, every: .seconds(1))
        try checkpoint.remove()
        try checkpoint.remove()
        #expect(try names(in: folder) == expected.filter { $0 != "a.checkpoint" })
        #expect(try checkpoint.restore() == nil)
      }
    }
  }
}

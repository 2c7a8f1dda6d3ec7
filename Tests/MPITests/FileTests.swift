// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

extension OnEveryRank {
  /// Files: opened, closed, their sizes, and what goes wrong.
  @Suite struct FileTests {
    let world = Communicator.world

    @Test func writeThenRead() throws {
      try withPath { path in
        let mine = Double.samples(100, from: 1000 * world.rank)
        try world.withFile(path, .create, .write) { file in
          #expect(file.isOpen && file.path == path && file.modes == [.create, .write])
          #expect(try file.group.size == world.size)
          try file.writeAll(mine, at: 100 * world.rank)
        }
        let rows: [Double] = try world.withFile(path, .read) {
          try $0.readAll(Double.self, at: 100 * world.right, count: 100)
        }
        #expect(rows == Double.samples(100, from: 1000 * world.right))
        let all = try contents(path, of: Double.self)
        if world.isRoot { #expect(all == (0..<world.size).flatMap { Double.samples(100, from: 1000 * $0) }) }
      }
    }

    @Test func openAndClose() throws {
      try withPath { path in
        let file = try world.openFile(path, [.create, .readWrite], info: ["cb_nodes": "1"])
        #expect(try file.size == 0)
        try file.setInfo(["cb_nodes": "2"])
        _ = try file.info
        try file.close()
        #expect(!file.isOpen)
        expectError(.file, "close", naming: "closed") { try file.close() }
        expectError(.file, "read", naming: "closed") { _ = try file.read(Int.self, at: 0) }
        expectError(.file, "size", naming: "closed") { _ = try file.size }
      }
    }

    @Test func filesOfPartsOfTheWorld() throws {
      try withPath(on: .world) { path in
        let half = try world.split(color: world.rank % 2)
        let own = "\(path).\(world.rank % 2)"
        try half.withFile(own, .create, .readWrite, .deleteOnClose) { file in
          try file.writeAll(half.rank, at: half.rank)
          try file.sync()
          try half.barrier()
          try file.sync()
          #expect(try file.read(Int.self, at: 0, count: 100) == Array(0..<half.size))
        }
        try Communicator.itself.withFile("\(path).\(world.rank)", .create, .write, .deleteOnClose) { try $0.write(1) }
        #expect(try !exists(own))
      }
    }

    @Test func size() throws {
      try withPath { path in
        try world.withFile(path, .create, .readWrite) { file in
          try file.setSize(1000)
          #expect(try file.size == 1000)
          #expect(try file.readAll(UInt8.self, at: 0, count: 2000) == [UInt8](repeating: 0, count: 1000))
          try world.barrier()
          try file.setSize(10)
          #expect(try file.size == 10)
          try world.barrier()
          try file.preallocate(5000)
          #expect(try file.size == 5000)
          try file.preallocate(100)
          #expect(try file.size == 5000)
          try file.preallocate(0)
          try file.setSize(0)
          #expect(try file.size == 0)
          expectError(.argument, "setSize", naming: "-1") { try file.setSize(-1) }
          expectError(.argument, "preallocate", naming: "-1") { try file.preallocate(-1) }
          #expect(try file.size == 0)
        }
      }
    }

    @Test func whatPreallocateFindsStays() throws {
      try withPath { path in
        try world.withFile(path, .create, .readWrite) { file in
          try file.writeAll(7 + world.rank, at: world.rank)
          try file.preallocate(100_000)
          #expect(try file.readAll(Int.self, at: 0, count: world.size) == (0..<world.size).map { 7 + $0 })
        }
      }
    }

    @Test func atomicity() throws {
      try withPath { path in
        try world.withFile(path, .create, .readWrite) { file in
          #expect(try !file.isAtomic)
          try file.setAtomic(true)
          #expect(try file.isAtomic)
          try file.writeAll(world.rank, at: world.rank)
          try world.barrier()
          #expect(try file.read(Int.self, at: world.right) == world.right)
          try world.barrier()
          try file.setAtomic(false)
          #expect(try !file.isAtomic)
        }
      }
    }

    @Test func append() throws {
      try withPath { path in
        try world.withFile(path, .create, .write) { try $0.writeAll(world.rank, at: world.rank) }
        try world.withFile(path, .write, .append) { file in
          #expect(try file.position == 8 * world.size)
          try file.writeOrdered([100 + world.rank])
        }
        let all = try contents(path, of: Int.self)
        if world.isRoot { #expect(all == Array(0..<world.size) + (0..<world.size).map { 100 + $0 }) }
      }
    }

    @Test func sequential() throws {
      try withPath { path in
        try world.withFile(path, .create, .write, .sequential) { file in
          try file.writeOrdered([world.rank, -world.rank])
          expectError(.accessMode, "write", naming: "sequential") { try file.write(1, at: 0) }
          expectError(.accessMode, "seek", naming: "sequential") { try file.seek(to: 0) }
        }
        try world.withFile(path, .read, .sequential) { file in
          let mine = try file.readOrdered(Int.self, count: 2)
          #expect(mine == [world.rank, -world.rank])
          expectError(.accessMode, "readAll", naming: "sequential") { _ = try file.readAll(Int.self, at: 0) }
        }
      }
    }

    @Test func deleteOnClose() throws {
      try withPath { path in
        try world.withFile(path, .create, .write, .uniqueOpen, .deleteOnClose) { file in
          try file.writeAll(1, at: world.rank)
          #expect(try exists(path))
        }
        #expect(try !exists(path))
      }
    }

    @Test func delete() throws {
      try withPath { path in
        try world.withFile(path, .create, .write) { try $0.setSize(10) }
        try world.barrier()
        if world.isRoot {
          try MPIFile.delete(path)
          expectError(.noSuchFile, "MPIFile.delete", naming: path) { try MPIFile.delete(path) }
          expectError(.badFile, "MPIFile.delete", naming: "/tmp") { try MPIFile.delete("/tmp") }
        }
        #expect(try !exists(path))
      }
    }

    // MARK: Errors of opening

    @Test func noSuchFile() throws {
      try withPath { path in
        let error = expectError(.noSuchFile, "openFile", naming: path, on: world) {
          _ = try world.openFile(path, .read)
        }
        #expect(error?.description.contains("openFile on") == true)
        expectError(.noSuchFile, "openFile", naming: "nowhere") {
          _ = try world.openFile("\(path)/nowhere/x", .create, .write)
        }
        let ranks = try world.allReduce(1, .sum)
        #expect(ranks == world.size)
      }
    }

    @Test func pathsThatCanNotBe() throws {
      expectError(.badFile, "openFile") { _ = try world.openFile("", .read) }
      expectError(.badFile, "openFile", naming: "/tmp") { _ = try world.openFile("/tmp", .read) }
      expectError(.badFile, "openFile") { _ = try world.openFile("/tmp/a\0b", .create, .write) }
      expectError(.badFile, "openFile") {
        _ = try world.openFile("/tmp/" + String(repeating: "x", count: 300), .create, .write)
      }
      try withPath { path in
        try world.withFile(path, .create, .write) { _ in }
        expectError(.badFile, "openFile") { _ = try world.openFile("\(path)/x", .read) }
      }
    }

    @Test func fileExists() throws {
      try withPath { path in
        try world.withFile(path, .create, .exclusive, .write) { try $0.setSize(3) }
        expectError(.fileExists, "openFile", naming: path) {
          _ = try world.openFile(path, .create, .exclusive, .write)
        }
        let size = try world.withFile(path, .create, .write) { try $0.size }
        #expect(size == 3)
      }
    }

    @Test func aFileThatOneRankAloneCanNotOpen() throws {
      try withPath { path in
        let file = world.rank == world.last ? path : "\(path).here"
        if world.rank != world.last { #expect(FileManager.default.createFile(atPath: file, contents: nil)) }
        try world.barrier()
        let error = expectError(.noSuchFile, "openFile", on: world) { _ = try world.openFile(file, .read) }
        if world.rank != world.last { #expect(error?.text.contains("rank \(world.last)") == true) }
        try world.barrier()
        if world.isRoot { unlink("\(path).here") }
      }
    }

    @Test func modesThatDoNotGoTogether() throws {
      let wrong: [MPIFile.Mode] = [
        [], .create, [.read, .create], [.write, .exclusive], [.readWrite, .sequential],
      ]
      for modes in wrong {
        try withPath { path in
          expectError(.accessMode, "openFile", naming: path, on: world) { _ = try world.openFile(path, modes) }
          let isThere = try exists(path)
          #expect(!isThere)
        }
      }
      #expect("\([MPIFile.Mode.read, .write, .create] as MPIFile.Mode)" == "readWrite, create")
    }

    @Test func modesThatDiffer() throws {
      guard world.size > 1 else { return }
      try withPath { path in
        let mode: MPIFile.Mode = world.isRoot ? .write : .readWrite
        expectError(.notSame, "openFile", naming: path) { _ = try world.openFile(path, mode, .create) }
        let isThere = try exists(path)
        #expect(!isThere)
      }
    }

    @Test func accessDenied() throws {
      // The administrator may do everything, but not this.
      expectError(.readOnly, "openFile", naming: "/proc/self/wchan") {
        guard access("/proc/self/wchan", W_OK) != 0 && errno == EROFS else {
          throw MPIError(.readOnly, "/proc/self/wchan", operation: "openFile")
        }
        _ = try world.openFile("/proc/self/wchan", .write)
      }
      guard geteuid() != 0 else { return }
      try withPath { path in
        try world.withFile(path, .create, .write) { _ in }
        if world.isRoot { chmod(path, 0) }
        try world.barrier()
        expectError(.access, "openFile", naming: path) { _ = try world.openFile(path, .read) }
      }
    }

    @Test func wrongMode() throws {
      try withPath { path in
        try world.withFile(path, .create, .write) { file in
          expectError(.accessMode, "read", naming: "writing alone") { _ = try file.read(Int.self, at: 0) }
          expectError(.accessMode, "readAll") { _ = try file.readAll(Int.self, at: 0) }
          expectError(.accessMode, "readShared") { _ = try file.readShared(Int.self) }
          expectError(.accessMode, "readOrdered") { _ = try file.readOrdered(Int.self) }
          expectError(.accessMode, "read") { _ = try file.nonblocking.read(Int.self, at: 0, count: 1) }
        }
        try world.withFile(path, .read) { file in
          let error = expectError(.accessMode, "write", naming: "reading alone") { try file.write(1, at: 0) }
          #expect(error?.description.hasPrefix("write on the file \(path), rank \(world.rank): ") == true)
          expectError(.accessMode, "writeAll") { try file.writeAll(1, at: 0) }
          expectError(.accessMode, "writeShared") { try file.writeShared(1) }
          expectError(.accessMode, "writeOrdered") { try file.writeOrdered(1) }
          expectError(.accessMode, "setSize") { try file.setSize(1) }
          expectError(.accessMode, "preallocate") { try file.preallocate(1) }
          expectError(.accessMode, "writeAll") { _ = try file.nonblocking.writeAll([1], at: 0) }
        }
      }
    }

    // MARK: Errors of writing

    @Test func noSpaceForOneRank() throws {
      try withSmallFileSystem { directory in
        let path = "\(directory)/full.bin"
        try world.withFile(path, .create, .write) { file in
          let most = [UInt8](repeating: 1, count: 2 << 20)
          if world.rank == world.last {
            expectError(.noSpace, "write", naming: "full") { try file.write(most, at: 0) }
          }
          try world.barrier()
        }
      }
    }

    @Test(.skipped(on: .sharedPointerAbortsOnAFullDisk)) func noSpaceAtTheSharedPointer() throws {
      try withSmallFileSystem { directory in
        try world.withFile("\(directory)/full.bin", .create, .write) { file in
          let most = [UInt8](repeating: 1, count: 2 << 20)
          expectError(.noSpace, "writeShared", naming: "full") { try file.writeShared(most) }
          try world.barrier()
        }
      }
    }

    @Test(.skipped(on: .collectiveWritesHideAFullDisk, ranks: 3...)) func noSpaceForAll() throws {
      try withSmallFileSystem { directory in
        // Where what they write lies between each other, some write for others. Open MPI 4.1 can't be used for files
        // after that failed: there only as many ranks as write for themselves.
        let isSafe = MPIEnvironment.vendor != .openMPI || world.size <= 2
        let strided = MPIFile.Pattern.strided(blockLength: 10, stride: 10 * world.size, start: 10 * world.rank)
        for (name, pattern) in [("a", .contiguous)] + (isSafe ? [("b", strided)] : []) {
          let path = "\(directory)/\(name).bin"
          try world.withFile(path, .create, .write, .deleteOnClose) { file in
            try file.setView(Double.self, pattern)
            let mine = Double.samples(300_000)
            expectError(.noSpace, "writeAll") { try file.writeAll(mine, at: 0) }
            if !Fault.sharedPointerAbortsOnAFullDisk.isHere {
              expectError(.noSpace, "writeOrdered") { try file.writeOrdered(mine) }
            }
          }
          try world.barrier()
        }
        try world.withFile("\(directory)/c.bin", .create, .write) { file in
          _ = expectError(.noSpace, "preallocate") { try file.preallocate(4 << 20) }
        }
      }
    }

    @Test(.skipped(on: .failedFileRequestsNeverEnd)) func noSpaceForARequest() throws {
      try withSmallFileSystem { directory in
        try world.withFile("\(directory)/full.bin", .create, .write) { file in
          let most = [UInt8](repeating: 1, count: 2 << 20)
          let request = try file.nonblocking.write(most, at: (2 << 20) * world.rank)
          expectFailure(of: request)
          let another = try file.nonblocking.writeAll(most, at: (2 << 20) * world.rank)
          try world.barrier()
          _ = try? another.wait()
          try world.barrier()
        }
      }
    }

    private func expectFailure(of request: consuming Request<[UInt8]>) {
      do {
        _ = try request.wait()
        Issue.record("nothing was thrown")
      } catch {
        #expect(error.errorClass == .noSpace || error.errorClass == .io, "\(error)")
        #expect(error.operation == "write")
      }
    }

    @Test func aDeviceThatIsFull() throws {
      guard access("/dev/full", W_OK) == 0 else { return }
      try world.withFile("/dev/full", .write) { file in
        expectError(.noSpace, "write", naming: "space") {
          try file.write(Int.samples(1000), at: 0)
        }
        try world.barrier()
      }
    }

    @Test(.skipped(on: .failedFileRequestsNeverEnd), .skipped(on: .failedFileRequestsKeepTheirLock, ranks: 2...))
    func aRequestInASetThatFails() throws {
      guard access("/dev/full", W_OK) == 0 else { return }
      try world.withFile("/dev/full", .write) { file in
        var set = RequestSet<Int>()
        try set.append(file.nonblocking.write(Int.samples(1000), at: 0).map { (_) in 1 })
        try set.append(world.nonblocking.barrier().map { 2 })
        var outputs: [Int] = []
        var errors = 0
        while !set.isEmpty {
          do {
            if let (_, output) = try set.waitAny() { outputs.append(output) }
          } catch {
            errors += 1
          }
        }
        #expect(outputs == [2] && errors == 1)
      }
    }

    // MARK: Bodies that throw

    private struct Oops: Error {}

    @Test func aFileIsClosedWhenEveryBodyThrows() throws {
      try withPath { path in
        #expect(throws: Oops.self) {
          try world.withFile(path, .create, .write, .deleteOnClose) { (_) -> Void in throw Oops() }
        }
        let isThere = try exists(path)
        #expect(!isThere)
      }
    }

    @Test func aFileIsClosedWhenOneBodyThrows() throws {
      try withPath { path in
        var didThrow = false
        do {
          try world.withFile(path, .create, .write, .deleteOnClose) { _ in
            if world.rank == world.last { throw Oops() }
          }
        } catch is Oops { didThrow = true }
        #expect(didThrow == (world.rank == world.last))
        #expect(try !exists(path))
        #expect(try world.allReduce(1, .sum) == world.size)
      }
    }

    @Test func aRankThatThrowsDoesNotWaitForEver() throws {
      guard world.size > 1 else { return }
      try withPath { path in
        do {
          try world.withFile(path, .create, .write) { _ in
            if world.isRoot { throw Oops() }
            _ = try world.receive(Int.self, from: 0)
          }
          Issue.record("nothing was thrown")
        } catch is Oops {
          #expect(world.isRoot)
          for rank in 1..<world.size { try world.send(1, to: rank) }
        } catch let error as MPIError {
          #expect(!world.isRoot && error.operation == "close" && error.text.contains("stays open"), "\(error)")
        }
      }
    }

    @Test func aNewFileIsWholeOrNotThere() throws {
      try withPath { path in
        for round in 0..<2 {
          let returned = try world.withNewFile(path) { file in
            let size = try file.size
            #expect(size == 0)
            try world.barrier()
            try file.writeAll([round, world.rank], at: 2 * world.rank)
            return world.rank
          }
          #expect(returned == world.rank)
          let all = try contents(path, of: Int.self)
          if world.isRoot { #expect(all == (0..<world.size).flatMap { [round, $0] }) }
        }
        if world.isRoot { chmod(path, 0o640) }
        try world.barrier()
        do {
          try world.withNewFile(path) { file in
            try file.writeAll([9, 9], at: 2 * world.rank)
            if world.rank == world.last { throw Oops() }
          }
          Issue.record("nothing was thrown")
        } catch is Oops {
          #expect(world.rank == world.last)
        } catch let error as MPIError {
          #expect(error.errorClass == .other && error.text.contains("rank \(world.last)"), "\(error)")
        }
        let all = try contents(path, of: Int.self)
        if world.isRoot {
          #expect(all == (0..<world.size).flatMap { [1, $0] })
          let names = try FileManager.default.contentsOfDirectory(atPath: "/tmp")
          #expect(!names.contains { "/tmp/\($0)".hasPrefix("\(path).") })
        }
        try world.withNewFile(path) { try $0.writeAll(1, at: world.rank) }
        if world.isRoot {
          var info = stat()
          #expect(stat(path, &info) == 0 && info.st_mode & 0o777 == 0o640)
        }
        expectError(.noSuchFile, "withNewFile", naming: "nowhere") {
          try world.withNewFile("/tmp/nowhere/x") { _ in }
        }
        expectError(.badFile, "withNewFile") { try world.withNewFile("/tmp") { _ in } }
      }
    }

    @Test func aNewFileLeavesLinksAndDevicesWhatTheyAre() throws {
      try withPath { path in
        let link = path + ".link"
        if world.isRoot { symlink(path, link) }
        try world.barrier()
        defer { if world.isRoot { unlink(link) } }
        for round in 0..<2 {
          try world.withNewFile(link) { try $0.writeAll(round, at: world.rank) }
          let all = try contents(path, of: Int.self)
          if world.isRoot { #expect(all == Array(repeating: round, count: world.size)) }
        }
        if world.isRoot { #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path) }
        expectError(.badFile, "withNewFile", naming: "device") { try world.withNewFile("/dev/null") { _ in } }
        var info = stat()
        #expect(stat("/dev/null", &info) == 0 && info.st_mode & S_IFMT == S_IFCHR)
        if world.isRoot { chmod(path, 0o444) }
        try world.barrier()
        // Who is not root is told so by the system.
        expectError(.access, "withNewFile") { try world.withNewFile(path) { _ in } }
        if world.isRoot { #expect(stat(path, &info) == 0 && info.st_mode & 0o777 == 0o444) }
      }
    }
  }
}

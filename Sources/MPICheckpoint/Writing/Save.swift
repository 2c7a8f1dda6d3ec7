// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Communicator {
  /// Saves a checkpoint: all of it, or nothing, so that a file that was there before stays until the new one is whole.
  ///
  /// ```swift
  /// try world.save(["step": .value(step), "cells": .spread(cells[1...count])], to: "heat.checkpoint")
  /// ```
  ///
  /// All ranks write to one file at the same time, by MPI-IO, each the blocks of its own, with a checksum for each 512
  /// KiB. The file has a temporary name, in the same folder, until it is complete on the storage; then rank 0 renames it
  /// in one step. However the job ends, there is the old checkpoint or the new one. What a job leaves behind that is
  /// killed during a save is removed by the next save.
  ///
  /// Collective. A gather, a broadcast and an all-reduce before MPI opens the file, three all-reduces and a broadcast
  /// after, and what `withFile` sends. No copy is made of the arrays, except of what a layout selects. The storage needs
  /// room for both checkpoints. The folder must be one that all hosts share. A symbolic link stays, and what it leads to
  /// is replaced.
  ///
  /// C: `MPI_File_open`, `MPI_File_write_at`, `MPI_File_sync`, `MPI_File_close`. MPI-3.1, sections 13.2, 13.4.2 and
  /// 13.6.1.
  ///
  /// - Parameters:
  ///   - parts: what to save; the same names, in the same order, on every rank.
  ///   - path: where the checkpoint shall be, the same on every rank.
  /// - Throws: ``CheckpointError``, the same on every rank: ``CheckpointError/Kind-swift.enum/noSpace``,
  ///   ``CheckpointError/Kind-swift.enum/access``, ``CheckpointError/Kind-swift.enum/noFolder``,
  ///   ``CheckpointError/Kind-swift.enum/notShared``, ``CheckpointError/Kind-swift.enum/mismatch`` if the parts of the
  ///   ranks do not go together, ``CheckpointError/Kind-swift.enum/argument``,
  ///   ``CheckpointError/Kind-swift.enum/coding``. The checkpoint is as it was before, and the program can go on. An
  ///   `MPIError` if the ranks can't reach each other.
  public func save(
    _ parts: CheckpointParts, to path: String, file: StaticString = #fileID, line: Int = #line
  ) throws {
    try collectiveCall("save", file, line) { try SaveOperation(on: self, path: path).run(parts) }
  }

  /// Saves one value of rank 0.
  ///
  /// ```swift
  /// try world.save(state, to: "state.checkpoint")
  /// ```
  ///
  /// Collective. As ``save(_:to:file:line:)-(CheckpointParts,_,_,_)`` with one part.
  ///
  /// C: `MPI_File_open`, `MPI_File_write_at`, `MPI_File_sync`, `MPI_File_close`. MPI-3.1, sections 13.2, 13.4.2 and
  /// 13.6.1.
  ///
  /// - Parameters:
  ///   - value: the value; used on rank 0.
  ///   - path: where the checkpoint shall be, the same on every rank.
  /// - Throws: as ``save(_:to:file:line:)-(CheckpointParts,_,_,_)``.
  public func save<Value: Codable>(
    _ value: Value, to path: String, file: StaticString = #fileID, line: Int = #line
  ) throws {
    try save([SavedCheckpoint.nameOfOnly: .value(value)], to: path, file: file, line: line)
  }
}

/// One save.
struct SaveOperation {
  let ranks: Communicator
  let path: String

  init(on ranks: Communicator, path: String) {
    self.ranks = ranks
    self.path = path
  }

  func run(_ parts: CheckpointParts) throws {
    var contents: [any BlockContent] = []
    let description = describe(parts, &contents)
    let all = try ranks.gather(object: description)
    // Rank 0 decides and makes the file; the others get to know where they write.
    var temporary: TemporaryFile?
    var beginning: [UInt8] = []
    let plan = try ranks.onRoot(path: path) {
      let directory = try Directory(all ?? [], path: path)
      (temporary, beginning) = try begin(directory)
      return Plan(temporary: temporary?.temporary ?? "", regions: directory.regions, fileSize: directory.fileSize)
    }
    try write(contents, beginning, plan)
    _ = try ranks.onRoot(path: path) {
      try temporary?.putInPlace()
      return true
    }
  }

  /// Looks at this rank's parts, and makes them ready. Nothing is thrown: the ranks come together first.
  private func describe(_ parts: CheckpointParts, _ contents: inout [any BlockContent]) -> RankDescription {
    var description = RankDescription()
    do {
      var names: Set<String> = []
      for (name, part) in parts.entries {
        if let problem = part.problem { throw CheckpointError(problem.kind, problem.text, path: path, part: name) }
        guard names.insert(name).inserted else {
          throw CheckpointError(.argument, "there are two parts of that name", path: path, part: name)
        }
        do {
          let content = try part.prepare(ranks)
          let byteCount = try content.withBytes(on: ranks) { $0.count }
          let count = byteCount / part.stride
          let box = part.box.map { Box($0) }
          if let box, box.count != count {
            throw CheckpointError(
              .argument,
              "rank \(ranks.rank) gives \(count) elements for the box \(box), which has "
                + "\(box.count.map { "\($0)" } ?? "more than can be counted")", path: path, part: name, rank: ranks.rank
            )
          }
          contents.append(content)
          description.counts.append(count)
          description.boxes.append(box)
          description.parts.append(
            RankDescription.Part(
              name: name, kind: part.kind, layout: part.layout, stride: part.stride, dimensions: box?.dimensions))
        } catch {
          throw CheckpointError(error, path: path, rank: ranks.rank).of(part: name)
        }
      }
    } catch {
      description = RankDescription()
      description.failure = CheckpointError(error, path: path, rank: ranks.rank)
    }
    return description
  }

  /// Makes the file, on rank 0.
  ///
  /// - Returns: the file, and what it begins with.
  private func begin(_ directory: Directory) throws -> (TemporaryFile, [UInt8]) {
    let target = try target(of: path)
    TemporaryFile.removeLeftovers(of: target)
    let temporary = try TemporaryFile(for: target, path: path, size: directory.fileSize)
    let header = Header(
      fileSize: directory.fileSize, directorySize: directory.bytes.count,
      directoryChecksum: checksum(of: directory.bytes), identity: .random(in: 0 ... .max))
    return (temporary, header.bytes + directory.bytes)
  }

  /// Writes the file, by all ranks, and brings it to the storage.
  private func write(_ contents: [any BlockContent], _ beginning: [UInt8], _ plan: Plan) throws {
    // Open before the first write, so that it gets the storage's errors of all of them.
    let storage = try ranks.agreeing(path: path) { try Storage(plan.temporary, path: path, rank: ranks.rank) }
    var failure: (any Error)?
    do {
      try ranks.withFile(plan.temporary, .write) { file in
        // An error must not leave this body: the ranks agree on it, and close the file together.
        do {
          try ranks.agreeing(path: path) {
            try checkFileLimit(plan.fileSize, path: path, rank: ranks.rank)
            if ranks.isRoot {
              var writer = RegionWriter(file, at: 0)
              try beginning.withUnsafeBytes { try writer.add(piece: $0) }
              try writer.finish()
            }
            var writer = RegionWriter(file, at: plan.regions[ranks.rank])
            for content in contents { try content.withBytes(on: ranks) { try writer.add($0) } }
            try writer.finish()
          }
          try file.sync()
          try ranks.agreeing(path: path) { try storage.bringToStorage() }
        } catch {
          failure = error
        }
      }
    } catch {
      failure = failure ?? error
    }
    // Whatever happened, on whichever rank, it is one error on all.
    try ranks.agree(failure.map { CheckpointError($0, path: path, rank: ranks.rank) })
  }
}

/// The file as this rank's operating system has it.
private final class Storage {
  private let path: String
  private let rank: Int
  private let descriptor: CInt

  init(_ temporary: String, path: String, rank: Int) throws {
    self.path = path
    self.rank = rank
    descriptor = open(temporary, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CheckpointError.notShared(errno, path: path, rank: rank) }
  }

  deinit { close(descriptor) }

  func bringToStorage() throws {
    // Not every file system can.
    guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, ENOSYS].contains(errno) else {
      throw CheckpointError(errno: errno, "rank \(rank) could not bring it to the storage", path: path, rank: rank)
    }
  }
}

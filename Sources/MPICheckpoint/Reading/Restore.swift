// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase

extension Communicator {
  /// Opens a checkpoint to restore from; nil if there is none, as in the first run.
  ///
  /// ```swift
  /// if let saved = try world.restore(from: "heat.checkpoint") {
  ///   step = try saved.value("step")
  ///   cells = try saved.spread("cells")
  /// }
  /// ```
  ///
  /// Rank 0 reads what is in the checkpoint and where, and one broadcast gives it to the others; then each rank opens the
  /// file, and one all-reduce compares whether it is the same. Nothing else is read before the program asks for it.
  ///
  /// Collective.
  ///
  /// - Parameter path: where the checkpoint is, the same on every rank.
  /// - Returns: the checkpoint, or nil on every rank if rank 0 finds no file there.
  /// - Throws: ``CheckpointError``, the same on every rank: ``CheckpointError/Kind-swift.enum/notACheckpoint``,
  ///   ``CheckpointError/Kind-swift.enum/newerFormat``, ``CheckpointError/Kind-swift.enum/otherByteOrder``,
  ///   ``CheckpointError/Kind-swift.enum/truncated``, ``CheckpointError/Kind-swift.enum/damaged``,
  ///   ``CheckpointError/Kind-swift.enum/notShared``, ``CheckpointError/Kind-swift.enum/access``,
  ///   ``CheckpointError/Kind-swift.enum/io``.
  public func restore(
    from path: String, file: StaticString = #fileID, line: Int = #line
  ) throws -> SavedCheckpoint? {
    try collectiveCall("restore", file, line) {
      var opened: StoredFile?
      let found = try onRoot(path: path) { () throws -> Found? in
        opened = try StoredFile(path)
        return try opened.map { try Found($0) }
      }
      guard let found else { return nil }
      return try agreeing(path: path) {
        if opened == nil { opened = try reopen(path, found.identity) }
        guard let opened else { throw CheckpointError.missing(path, rank) }
        do {
          return SavedCheckpoint(opened, try Directory(found.directory), on: self)
        } catch {
          throw CheckpointError(.damaged, "its directory has contents that can't be", path: path, rank: rank)
        }
      }
    }
  }

  /// Restores a value that was saved alone, on every rank; nil if there is no checkpoint, as in the first run.
  ///
  /// ```swift
  /// var state = try world.restore(State.self, from: "state.checkpoint") ?? State()
  /// ```
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - type: the type that was saved.
  ///   - path: where the checkpoint is, the same on every rank.
  /// - Returns: the value, or nil on every rank.
  /// - Throws: as ``restore(from:file:line:)`` and ``SavedCheckpoint/value(_:as:file:line:)``.
  public func restore<Value: Codable>(
    _ type: Value.Type, from path: String, file: StaticString = #fileID, line: Int = #line
  ) throws -> Value? {
    try restore(from: path, file: file, line: line)?.value(SavedCheckpoint.nameOfOnly, as: type, file: file, line: line)
  }

  /// Opens on this rank what rank 0 has open.
  private func reopen(_ path: String, _ identity: UInt64) throws -> StoredFile {
    let opened: StoredFile?
    do throws(CheckpointError) {
      opened = try StoredFile(path)
    } catch {
      throw CheckpointError(
        error.kind, "rank \(rank), on host \(hostName()): \(error.text)", path: path, rank: rank)
    }
    guard let opened else { throw CheckpointError.missing(path, rank) }
    let header = try Header(opened.bytes(at: 0, count: Header.byteCount), fileSize: opened.size, path: path)
    guard header.identity == identity else {
      throw CheckpointError(
        .notShared,
        "rank \(rank), on host \(hostName()), has another checkpoint at this path than rank 0: use a folder that all hosts "
          + "share, and save no checkpoint while one is opened", path: path, rank: rank)
    }
    return opened
  }
}

extension CheckpointError {
  fileprivate static func missing(_ path: String, _ rank: Int) -> Self {
    CheckpointError(
      .notShared,
      "rank \(rank), on host \(hostName()), does not have the file that rank 0 has: use a folder that all "
        + "hosts share", path: path, rank: rank)
  }
}

/// What rank 0 finds in a file.
private struct Found: Codable {
  var identity: UInt64
  var directory: [UInt8]

  init(_ file: StoredFile) throws {
    let header = try Header(file.bytes(at: 0, count: Header.byteCount), fileSize: file.size, path: file.path)
    identity = header.identity
    directory = try file.bytes(at: Header.byteCount, count: header.directorySize)
    guard directory.count == header.directorySize, checksum(of: directory) == header.directoryChecksum else {
      throw CheckpointError(.damaged, "the list of its parts is damaged", path: file.path)
    }
    do {
      let size = try Directory(directory).fileSize
      guard size == header.fileSize else { throw ByteReader.Corruption() }
    } catch {
      throw CheckpointError(.damaged, "the list of its parts has contents that can't be", path: file.path)
    }
  }
}

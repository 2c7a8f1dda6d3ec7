// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Makes a file that is whole, or not there at all: it takes the place of an old one when all ranks have written it.
  ///
  /// ```swift
  /// try world.withNewFile("checkpoint.bin") { try $0.writeAll(mine, at: offset) }
  /// ```
  ///
  /// The ranks write to a file beside it, whose name ends in `.partial`. When every body has returned, it is brought
  /// to the storage and renamed in one step, and a reader finds the old file or the new one, never a part. If a body
  /// throws, or the job is ended, the old file stays as it was.
  ///
  /// Collective. It sends what ``withFile(_:_:info:file:line:_:)`` sends, and four all-reduces more. The directory
  /// must allow new files. The new file gets the permissions of the old one, and its owner if rank 0 may set that. A
  /// symbolic link stays, and what it leads to is replaced. A device, a pipe and a read-only file are refused.
  ///
  /// C: `MPI_File_open`, `MPI_File_sync`, `MPI_File_close`. MPI-3.1, sections 13.2 and 13.6.1.
  ///
  /// - Parameters:
  ///   - path: where the file shall be, the same on every rank.
  ///   - info: hints to MPI.
  ///   - body: called on every rank, with a file that is empty and can be written and read.
  /// - Returns: what the body returns.
  /// - Throws: what the body throws, and on the other ranks ``ErrorClass/other``, which names the rank; what
  ///   ``withFile(_:_:info:file:line:_:)`` throws.
  public func withNewFile<Result>(
    _ path: String, info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line,
    _ body: (MPIFile) throws -> Result
  ) throws -> Result {
    let site = CallSite(file, line)
    // An old one must be one that can be written, as for any other way to write it.
    let obstacle = FileSystem.obstacle(toReplacing: path)
    let number = try agree(
      obstacle.map { failure($0.errorClass, "withNewFile", "\(path): \($0.text)") }, "withNewFile",
      naming: FileSystem.processIdentifier)
    let target = FileSystem.followed(path) ?? path
    let partial = "\(target).\(number).partial"
    let opened = try MPIFile.open(partial, [.create, .exclusive, .readWrite], info, on: self, site)
    // However it ends, nothing of it stays behind.
    var isDone = false
    defer { if isRoot && !isDone { FileSystem.delete(partial) } }
    let result: Result
    do {
      result = try body(opened)
    } catch {
      _ = try? opened.end(failed: true, site)
      throw error
    }
    let (gaveUp, unsaved) = try opened.end(failed: false, isToStay: true, site)
    if let gaveUp {
      throw failure(.other, "withNewFile", "\(path): rank \(gaveUp) failed, and the file was not made: see its error")
    }
    _ = try agree(unsaved, "withNewFile", naming: 0)
    let refused = isRoot ? FileSystem.replace(target, by: partial) : nil
    isDone = refused == nil
    _ = try agree(
      refused.map { failure($0.errorClass, "withNewFile", "\(path): \($0.text)") }, "withNewFile", naming: 0)
    return result
  }

  /// Throws on every rank if one failed, and gives every rank the same number: the least.
  private func agree(_ own: MPIError?, _ operation: StaticString, naming number: Int) throws(MPIError) -> Int {
    let verdict = try agree(own, least: SIMD4(Int64(number), 0, 0, 0))
    if let (first, errorClass) = verdict.failed {
      let words = try words(of: own, from: first)
      throw own ?? failure(errorClass, operation, "rank \(first) could not make the file: \(words)")
    }
    return Int(verdict.least[0])
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Opens a file on all ranks, and closes it when the body returns, also if the body throws.
  ///
  /// ```swift
  /// try world.withFile("field.bin", .create, .write) { try $0.writeAll(mine, at: offset) }
  /// ```
  ///
  /// Collective. Before MPI is called each rank looks whether the file can be opened, and one all-reduce
  /// compares: if one rank fails, every rank throws and nothing is made. Then MPI opens it, and one more tells how
  /// that went. One again comes before the end, so that a rank whose body has thrown does not wait forever for one that
  /// is still inside: after two seconds it leaves the file open and throws, and the job can end.
  ///
  /// C: `MPI_File_open`, `MPI_File_close`. MPI-3.1, sections 13.2.1 and 13.2.2.
  ///
  /// - Parameters:
  ///   - path: the same file on every rank. Some MPIs let it begin with the kind of file system, as in
  ///   `ufs:/scratch/x`.
  ///   - modes: `.read`, `.write` or both, and others: see ``MPIFile/Mode``. The same on every rank.
  ///   - info: hints to MPI.
  ///   - body: called on every rank.
  /// - Returns: what the body returns.
  /// - Throws: on every rank, ``ErrorClass/noSuchFile``, ``ErrorClass/fileExists``, ``ErrorClass/access``,
  ///   ``ErrorClass/readOnly``, ``ErrorClass/badFile`` for a directory and for a path that can't be,
  ///   ``ErrorClass/accessMode`` for modes that do not go together, ``ErrorClass/notSame`` for modes that differ. What
  ///   the body throws, on that rank; the others go on.
  public func withFile<Result>(
    _ path: String, _ modes: MPIFile.Mode..., info: [String: String] = [:], file: StaticString = #fileID,
    line: Int = #line, _ body: (MPIFile) throws -> Result
  ) throws -> Result {
    let site = CallSite(file, line)
    let opened = try MPIFile.open(path, MPIFile.Mode(modes), info, on: self, site)
    let result: Result
    do {
      result = try body(opened)
    } catch {
      // The first error is the one to report.
      _ = try? opened.end(failed: true, site)
      throw error
    }
    try opened.end(failed: false, site)
    return result
  }

  /// Opens a file on all ranks. Every rank must close it: ``withFile(_:_:info:file:line:_:)`` does that by itself.
  ///
  /// Collective. What it sends and throws is the same.
  ///
  /// C: `MPI_File_open`. MPI-3.1, section 13.2.1.
  ///
  /// - Parameters:
  ///   - path: the same file on every rank.
  ///   - modes: see ``MPIFile/Mode``. The same on every rank.
  ///   - info: hints to MPI.
  /// - Throws: what ``withFile(_:_:info:file:line:_:)`` throws, but for what its body throws.
  public func openFile(
    _ path: String, _ modes: MPIFile.Mode..., info: [String: String] = [:], file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> MPIFile {
    try MPIFile.open(path, MPIFile.Mode(modes), info, on: self, CallSite(file, line))
  }
}

extension MPIFile {
  static func open(
    _ path: String, _ modes: Mode, _ info: [String: String], on ranks: Communicator, _ site: CallSite
  ) throws(MPIError) -> MPIFile {
    try ranks.enterCollective("openFile", Never.self, site.file, site.line)
    defer { if ranks.isChecked { CallRecord.end() } }
    func failure(_ errorClass: ErrorClass, _ text: String, code: CInt = 0) -> MPIError {
      MPIError(
        errorClass, "\(path): \(text)", operation: "openFile", communicator: ranks.name, rank: ranks.rank, code: code)
    }
    /// Throws on every rank if one can't go on.
    func agree(_ own: MPIError?) throws(MPIError) {
      let bits = Int64(modes.rawValue)
      let verdict = try ranks.agree(own, least: SIMD4(bits, -bits, 0, 0))
      if let (rank, errorClass) = verdict.failed {
        let words = try ranks.words(of: own, from: rank)
        throw own ?? failure(errorClass, "rank \(rank) could not open it: \(words)")
      }
      if verdict.least[0] != -verdict.least[1] {
        throw failure(.notSame, "the ranks open it in different modes, this one as \(modes)")
      }
    }

    var obstacle: MPIError? = nil
    if let text = modes.contradiction {
      obstacle = failure(.accessMode, text)
    } else if let found = FileSystem.obstacle(toOpening: path, modes) {
      obstacle = failure(found.errorClass, found.text)
    } else if let text = CommunicatorRoom.obstacle() {
      obstacle = failure(.other, text)
    }
    try agree(obstacle)

    let communicator = try Communicator(makeChannel(of: ranks.rawValue, "openFile"), ownership: .owned)
    communicator.name = "the file \(String(decoding: path.utf8.suffix(40), as: UTF8.self))"
    var handle = CMPI_FILE_NULL
    var failed: MPIError? = nil
    do throws(MPIError) {
      let code = try withInfo(info, "openFile") {
        MPI_File_open(communicator.rawValue, path, modes.constant, $0, &handle)
      }
      if code != 0 { failed = failure(ErrorClass(code: code), MPIError.words(for: code, "openFile"), code: code) }
    } catch {
      failed = error
    }
    // If it failed on some ranks alone the others can't close it, because that is collective: it stays open.
    try agree(failed)
    return try MPIFile(unwrapped(handle), path: path, modes: modes, communicator: communicator, site)
  }

  /// Closes the file.
  ///
  /// Collective. All requests must have completed; one all-reduce makes sure of it. A file that is dropped without this
  /// stays open to the end of the process, because one rank can't close it alone, and checked mode lists it.
  ///
  /// C: `MPI_File_close`. MPI-3.1, section 13.2.2.
  ///
  /// - Throws: on every rank, ``ErrorClass/request`` if a rank has requests in flight; ``ErrorClass/file`` if it is
  /// closed.
  public func close(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try end(failed: false, CallSite(file, line))
  }

  /// Closes the file when all ranks are there.
  ///
  /// - Parameters:
  ///   - failed: whether this rank gave up, and the others may be elsewhere.
  ///   - isToStay: whether all of it is to be on the storage first, unless a rank gave up.
  /// - Returns: the lowest rank that gave up, or nil if none did; and what went wrong with the storage.
  @discardableResult
  func end(
    failed: Bool, isToStay: Bool = false, _ site: CallSite
  ) throws(MPIError) -> (gaveUp: Int?, failure: MPIError?) {
    guard let open = handle else {
      if failed { return (nil, nil) }
      throw failure(.file, "close", "the file is closed")
    }
    // Not compared in checked mode: a rank that gave up is no mistake of the others'.
    communicator.enter("close", site.file, site.line)
    let isBusy = !requestsAreOver()
    let ranks = communicator.size
    let number = failed || isBusy ? communicator.rank : ranks
    guard case .met(let least) = try Meeting.hold(on: communicator, number: number, isPatient: !failed) else {
      leave()
      abandon()
      throw failure(.other, "close", "a rank failed and is not here to close the file: it stays open")
    }
    if least < ranks {
      let states = try communicator.agree(nil, least: SIMD4(isBusy ? 0 : 1, 0, 0, 0)).least
      if states[0] == 0 {
        leave()
        throw failure(
          .request, "close", "requests are in flight on it\(isBusy ? "" : " on another rank"): wait for them")
      }
    }
    let gaveUp = least < ranks ? least : nil
    var unsaved: MPIError? = nil
    if isToStay && gaveUp == nil {
      let code = MPI_File_sync(open)
      if code != 0 { unsaved = writeFailure(code, "sync", "it could not be brought to the storage") }
    }
    var variable = CMPI_FILE_NULL
    variable = open
    handle = nil
    let code = MPI_File_close(&variable)
    Leaks.remove(leak)
    try check(code, "close")
    return (gaveUp, unsaved)
  }

  /// Leaves the file to the end of the process. MPI's messages about it may still be on the way, so that no
  /// communicator that is made later may get its numbers.
  private func abandon() {
    handle = nil
    _ = Unmanaged.passRetained(communicator)
  }

  /// Deletes a file.
  ///
  /// Not collective: one rank does it, when no rank has it open.
  ///
  /// C: `MPI_File_delete`. MPI-3.1, section 13.2.3.
  ///
  /// - Parameters:
  ///   - path: where it is.
  ///   - info: hints to MPI.
  /// - Throws: ``ErrorClass/noSuchFile``, ``ErrorClass/access``, ``ErrorClass/readOnly``, or ``ErrorClass/badFile``
  /// for a
  ///   directory.
  public static func delete(_ path: String, info: [String: String] = [:]) throws(MPIError) {
    if let obstacle = FileSystem.obstacle(toDeleting: path) {
      throw MPIError(obstacle.errorClass, "\(path): \(obstacle.text)", operation: "MPIFile.delete")
    }
    let code = try withInfo(info, "MPIFile.delete") { MPI_File_delete(path, $0) }
    if code != 0 {
      throw MPIError(
        ErrorClass(code: code), "\(path): \(MPIError.words(for: code))", operation: "MPIFile.delete", code: code)
    }
  }
}

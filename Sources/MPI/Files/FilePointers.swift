// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIFile {
  /// The position from which a pointer is moved.
  ///
  /// C: `MPI_SEEK_SET`, `MPI_SEEK_CUR`, `MPI_SEEK_END`. MPI-3.1, section 13.4.3.
  public enum Origin: Sendable, Hashable {
    /// The view's beginning.
    case start
    /// Where the pointer is.
    case current
    /// The file's end.
    case end

    var constant: CInt {
      switch self {
      case .start: CMPI_SEEK_SET
      case .current: CMPI_SEEK_CUR
      case .end: CMPI_SEEK_END
      }
    }
  }

  /// The position of this rank's pointer, in elements of the view: in bytes, until a view is set.
  ///
  /// C: `MPI_File_get_position`. MPI-3.1, section 13.4.3.
  public var position: Int {
    get throws(MPIError) {
      let handle = try opened("position", usesSharedPointer: false)
      var position: MPI_Offset = 0
      try check(MPI_File_get_position(handle, &position), "position")
      return Int(position)
    }
  }

  /// Moves this rank's pointer.
  ///
  /// C: `MPI_File_seek`. MPI-3.1, section 13.4.3.
  ///
  /// - Parameters:
  ///   - offset: how far, in elements of the view: in bytes, until a view is set.
  ///   - origin: from where.
  /// - Throws: ``ErrorClass/argument`` for a place before the view's beginning; the pointer stays then.
  public func seek(to offset: Int, from origin: Origin = .start) throws(MPIError) {
    let handle = try opened("seek", usesSharedPointer: false)
    var position: MPI_Offset = 0
    if origin == .current { try check(MPI_File_get_position(handle, &position), "seek") }
    try checkSeek(offset, origin, from: Int(position), "seek")
    let code = MPI_File_seek(handle, MPI_Offset(offset), origin.constant)
    // Some MPIs know what is wrong and have no class for it.
    if code != 0 && origin == .end { try checkSeek(-1, .start, from: 0, "seek") }
    try check(code, "seek")
  }

  /// The position of the shared pointer, in elements of the view: in bytes, until a view is set.
  ///
  /// C: `MPI_File_get_position_shared`. MPI-3.1, section 13.4.4.
  public var sharedPosition: Int {
    get throws(MPIError) {
      let handle = try opened("sharedPosition", usesSharedPointer: false)
      var position: MPI_Offset = 0
      try check(MPI_File_get_position_shared(handle, &position), "sharedPosition")
      return Int(position)
    }
  }

  /// Moves the pointer that all ranks share.
  ///
  /// Collective; the same on every rank. A barrier comes before and one after, so that what a rank reads or writes
  /// before it in the program does not come after.
  ///
  /// C: `MPI_File_seek_shared`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameters:
  ///   - offset: how far, in elements of the view: in bytes, until a view is set.
  ///   - origin: from where.
  /// - Throws: ``ErrorClass/argument`` for a place before the view's beginning.
  public func seekShared(
    to offset: Int, from origin: Origin = .start, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let handle = try opened("seekShared", usesSharedPointer: false)
    try communicator.enterCollective("seekShared", Never.self, count: offset, file, line)
    try check(MPI_Barrier(communicator.rawValue), "seekShared")
    var position: MPI_Offset = 0
    if origin == .current { try check(MPI_File_get_position_shared(handle, &position), "seekShared") }
    // No rank moves it before all have looked.
    if origin != .start { try check(MPI_Barrier(communicator.rawValue), "seekShared") }
    try checkSeek(offset, origin, from: Int(position), "seekShared")
    let code = MPI_File_seek_shared(handle, MPI_Offset(offset), origin.constant)
    let waited = MPI_Barrier(communicator.rawValue)
    try check(code == 0 ? waited : code, "seekShared")
  }

  /// Returns the position of an element of the view in the file, in bytes.
  ///
  /// C: `MPI_File_get_byte_offset`. MPI-3.1, section 13.4.3.
  ///
  /// - Parameter position: the element's number, from the view's beginning: that of a byte, until a view is set.
  /// - Throws: ``ErrorClass/argument`` for a position below 0; ``ErrorClass/accessMode`` for a sequential file;
  ///   ``ErrorClass/file`` if the file is closed.
  public func byteOffset(of position: Int) throws(MPIError) -> Int {
    let handle = try opened("byteOffset(of:)", usesSharedPointer: false)
    try require(position >= 0, .argument, "byteOffset(of:)", "there is no place \(position): places begin at 0")
    var byte: MPI_Offset = 0
    try check(MPI_File_get_byte_offset(handle, MPI_Offset(position), &byte), "byteOffset(of:)")
    return Int(byte)
  }

  private func checkSeek(
    _ offset: Int, _ origin: Origin, from position: Int, _ operation: StaticString
  ) throws(MPIError) {
    let (place, isTooLarge) = position.addingReportingOverflow(offset)
    try require(
      origin == .end || (place >= 0 && !isTooLarge), .argument, operation,
      "that is a place before the view's beginning, and places begin at 0")
  }
}

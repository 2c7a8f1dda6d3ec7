// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Reading and writing by the pointer that all ranks share.

extension MPIFile {
  /// Reads elements at the shared file pointer and advances it: first come, first served.
  ///
  /// ```swift
  /// while case let batch = try file.readShared(Record.self, count: 100), !batch.isEmpty { work(batch) }
  /// ```
  ///
  /// All ranks must have the same view.
  ///
  /// C: `MPI_File_read_shared`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameter received: where they go, and how many.
  /// - Returns: how many came; fewer than there is room for at the file's end.
  /// - Throws: what ``read(into:at:file:line:)`` throws.
  @discardableResult
  public func readShared<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    into received: inout Buffer, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Int where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try received._withMutableMemory { (memory) throws(MPIError) in
      let room = try room(memory, of: Buffer.self, "readShared")
      let handle = try sharedReading(Element.self, room.count, "readShared")
      communicator.enter("readShared", file, line)
      let (code, came) = readShared(room.written(as: Element.self), room.count, handle)
      try check(room.finish(code), "readShared")
      return came
    }
  }

  /// Reads an array from the pointer on that all ranks share: `count` elements, or as many as there are before the
  /// file's end.
  ///
  /// C: `MPI_File_read_shared`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameter count: how many; fewer come at the file's end.
  /// - Throws: what ``read(into:at:file:line:)`` throws; ``ErrorClass/count`` for a count below 0.
  public func readShared<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let handle = try sharedReading(Element.self, count, "readShared")
    communicator.enter("readShared", file, line)
    let most = atMost(count, Element.self, handle)
    let (array, code) = makePartialArray(most) { (start: UnsafeMutablePointer<Element>?) in
      readShared(start, most, handle)
    }
    try check(code, "readShared")
    return array
  }

  /// Reads a value from the pointer on that all ranks share.
  ///
  /// C: `MPI_File_read_shared`. MPI-3.1, section 13.4.4.
  ///
  /// - Throws: ``ErrorClass/io`` if the file ends before.
  public func readShared<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try one(of: readShared(Element.self, count: 1, file: file, line: line), "readShared")
  }

  /// Writes elements at the shared file pointer and advances it, for example to a log.
  ///
  /// All ranks must have the same view.
  ///
  /// C: `MPI_File_write_shared`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameter buffer: what to write.
  /// - Throws: what ``write(_:at:file:line:)-(Buffer,_,_,_)`` throws.
  public func writeShared<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    try buffer._withMemory { (memory) throws(MPIError) in
      let flat = try elements(memory, of: Buffer.self, "writeShared")
      let own = flat.elements(as: Element.self)
      let (handle, place) = try sharedWriting(Element.self, own.count, "writeShared")
      if own.isEmpty { return }
      communicator.enter("writeShared", file, line)
      var status = Status()
      let failed = withExtendedLifetime(flat) {
        let code = transfer(own.count, of: Element.self) { count, type in
          MPI_File_write_shared(handle, own.baseAddress, count, type, &status.value)
        }
        return shortage(code, status, own.baseAddress, own.count, place, handle, "writeShared")
      }
      leave()
      if let failed { throw failed }
    }
  }

  /// Writes a value where the pointer is that all ranks share.
  ///
  /// C: `MPI_File_write_shared`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameter value: what to write.
  /// - Throws: what ``write(_:at:file:line:)-(Buffer,_,_,_)`` throws.
  public func writeShared<Element: BitwiseCopyable>(
    _ value: Element, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try writeShared([value], file: file, line: line)
  }

  // MARK: In order of rank

  /// Reads elements from the pointer on that all ranks share, rank 0 the first, then rank 1, and so on.
  ///
  /// Collective; each rank its own number of elements. All ranks must have the same view. One exclusive scan comes
  /// before, so that each rank knows how many are left for it.
  ///
  /// C: `MPI_File_read_ordered`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameter received: where they go, and how many.
  /// - Returns: how many came; fewer than there is room for at the file's end.
  /// - Throws: what ``read(into:at:file:line:)`` throws.
  @discardableResult
  public func readOrdered<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    into received: inout Buffer, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Int where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try received._withMutableMemory { (memory) throws(MPIError) in
      let room = try room(memory, of: Buffer.self, "readOrdered")
      let handle = try sharedReading(Element.self, room.count, "readOrdered")
      try communicator.enterCollective("readOrdered", Element.self, file, line)
      let place = try orderedPlace(room.count, Element.self, handle, "readOrdered")
      let there = available(room.count, place, handle)
      let (code, came) = readOrdered(room.written(as: Element.self), there, handle)
      try check(room.finish(code), "readOrdered")
      return came
    }
  }

  /// Reads arrays from the pointer on that all ranks share, in order of rank.
  ///
  /// Collective. See ``readOrdered(into:file:line:)``.
  ///
  /// C: `MPI_File_read_ordered`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameter count: how many, on this rank; fewer come at the file's end.
  /// - Throws: on this rank alone, what ``read(into:at:file:line:)`` throws; ``ErrorClass/count`` for a count below 0.
  public func readOrdered<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let handle = try sharedReading(Element.self, count, "readOrdered")
    try communicator.enterCollective("readOrdered", Element.self, file, line)
    let place = try orderedPlace(count, Element.self, handle, "readOrdered")
    let there = min(available(count, place, handle), atMost(count, Element.self, handle))
    let (array, code) = makePartialArray(there) { (start: UnsafeMutablePointer<Element>?) in
      readOrdered(start, there, handle)
    }
    try check(code, "readOrdered")
    return array
  }

  /// Reads one value for each rank at the shared file pointer, in rank order.
  ///
  /// Collective. See ``readOrdered(into:file:line:)``.
  ///
  /// C: `MPI_File_read_ordered`. MPI-3.1, section 13.4.4.
  ///
  /// - Throws: ``ErrorClass/io`` on a rank for which the file ends before.
  public func readOrdered<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try one(of: readOrdered(Element.self, count: 1, file: file, line: line), "readOrdered")
  }

  /// Writes elements from the pointer on that all ranks share, those of rank 0 first, then those of rank 1, and so on.
  ///
  /// Collective; each rank its own number of elements. So arrays of different lengths come behind each other without
  /// anybody counting. All ranks must have the same view. One all-reduce follows, as in
  /// ``writeAll(_:at:file:line:)-(Buffer,_,_,_)``.
  ///
  /// C: `MPI_File_write_ordered`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameter buffer: what to write; a rank that has none gives none.
  /// - Throws: what ``writeAll(_:at:file:line:)-(Buffer,_,_,_)`` throws.
  public func writeOrdered<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    try buffer._withMemory { (memory) throws(MPIError) in
      let flat = try elements(memory, of: Buffer.self, "writeOrdered")
      let own = flat.elements(as: Element.self)
      let (handle, place) = try sharedWriting(Element.self, own.count, "writeOrdered")
      try communicator.enterCollective("writeOrdered", Element.self, file, line)
      var status = Status()
      let failed = withExtendedLifetime(flat) {
        let code = transfer(own.count, of: Element.self) { count, type in
          MPI_File_write_ordered(handle, own.baseAddress, count, type, &status.value)
        }
        return shortage(code, status, own.baseAddress, own.count, place, handle, "writeOrdered")
      }
      leave()
      try agreeWritten(failed, Extent(end: nil, isLonger: !own.isEmpty), "writeOrdered")
    }
  }

  /// Writes a value a rank from the pointer on that all ranks share, in order of rank.
  ///
  /// Collective. See ``writeOrdered(_:file:line:)-(Buffer,_,_)``.
  ///
  /// C: `MPI_File_write_ordered`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameter value: what to write.
  /// - Throws: what ``writeAll(_:at:file:line:)-(Buffer,_,_,_)`` throws.
  public func writeOrdered<Element: BitwiseCopyable>(
    _ value: Element, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try writeOrdered([value], file: file, line: line)
  }

  // MARK: Within

  func sharedReading<Element: BitwiseCopyable>(
    _: Element.Type, _ count: Int, _ operation: StaticString
  ) throws(MPIError) -> MPI_File {
    let handle = try opened(operation, reading: true, usesSharedPointer: true)
    try require(count >= 0, .count, operation, "count \(count) is below 0")
    _ = try sharedPlace(Element.self, operation)
    return handle
  }

  func sharedWriting<Element: BitwiseCopyable>(
    _: Element.Type, _ count: Int, _ operation: StaticString
  ) throws(MPIError) -> (handle: MPI_File, place: Place) {
    let handle = try opened(operation, writing: true, usesSharedPointer: true)
    try checkRoom(count, operation)
    return (handle, try sharedPlace(Element.self, operation))
  }

  /// `count`, or as many elements as a file of this size can have, so that none is made room for that can't come.
  func atMost<Element: BitwiseCopyable>(_ count: Int, _: Element.Type, _ handle: MPI_File) -> Int {
    var size: MPI_Offset = 0
    // A pipe has no size.
    guard !modes.contains(.sequential), MPI_File_get_size(handle, &size) == 0 else { return count }
    return min(count, Int(size) / max(MemoryLayout<Element>.stride, 1))
  }

  func readShared<Element: BitwiseCopyable>(
    _ start: UnsafeMutablePointer<Element>?, _ count: Int, _ handle: MPI_File
  ) -> (code: CInt, came: Int) {
    if count == 0 || view.isEmpty { return (0, 0) }
    var status = Status()
    let code = transfer(count, of: Element.self) { count, type in
      MPI_File_read_shared(handle, start, count, type, &status.value)
    }
    return (code, code == 0 ? min(count, status.byteCount / max(MemoryLayout<Element>.stride, 1)) : 0)
  }

  private func readOrdered<Element: BitwiseCopyable>(
    _ start: UnsafeMutablePointer<Element>?, _ count: Int, _ handle: MPI_File
  ) -> (code: CInt, came: Int) {
    var status = Status()
    let code = transfer(count, of: Element.self) { count, type in
      MPI_File_read_ordered(handle, start, count, type, &status.value)
    }
    return (code, code == 0 ? min(count, status.byteCount / max(MemoryLayout<Element>.stride, 1)) : 0)
  }
}

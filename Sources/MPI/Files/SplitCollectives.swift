// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Collective reading and writing in two calls, with work in between. A file can have one at a time, which a closure
// sees to. `file.nonblocking` has the same for what is not ordered, any number at a time.

extension MPIFile {
  /// Reads the elements of each rank into memory while `work` runs.
  ///
  /// Collective. The work must not use this file for another collective.
  ///
  /// C: `MPI_File_read_at_all_begin`, `MPI_File_read_at_all_end`, `MPI_File_read_all_begin`, `MPI_File_read_all_end`.
  /// MPI-3.1, section 13.4.5.
  ///
  /// - Parameters:
  ///   - received: where they go, and how many.
  ///   - offset: from which on, in elements, from the view's beginning; from this rank's pointer on unless given.
  ///   - work: runs while MPI reads. If it throws, the reading is ended all the same.
  /// - Returns: what the work returns, and how many elements came.
  /// - Throws: on this rank alone, what the work throws; else what ``read(into:at:file:line:)`` throws.
  @discardableResult
  public func readAll<
    Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result
  >(
    into received: inout Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line,
    while work: () throws -> Result
  ) throws -> (result: Result, count: Int) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try received._withMutableMemory { (memory) throws in
      let room = try room(memory, of: Buffer.self, "readAll")
      let start = room.written(as: Element.self)
      let reading = try reading(Element.self, room.count, offset, "readAll")
      try communicator.enterCollective("readAll", Element.self, file, line)
      let (handle, place, count) = (reading.handle, reading.offset, reading.count)
      let begun = transfer(count, of: Element.self) { count, type in
        place.map { MPI_File_read_at_all_begin(handle, $0, start, count, type) }
          ?? MPI_File_read_all_begin(handle, start, count, type)
      }
      return try end("readAll", begun, room, count, Element.self, work) { status in
        place == nil
          ? MPI_File_read_all_end(handle, start, &status.value) : MPI_File_read_at_all_end(handle, start, &status.value)
      }
    }
  }

  /// Reads elements from the pointer on that all ranks share, in order of rank, while it works.
  ///
  /// Collective, as ``readOrdered(into:file:line:)``. The work must not use this file for another collective.
  ///
  /// C: `MPI_File_read_ordered_begin`, `MPI_File_read_ordered_end`. MPI-3.1, section 13.4.5.
  ///
  /// - Parameters:
  ///   - received: where they go, and how many.
  ///   - work: runs while MPI reads. If it throws, the reading is ended all the same.
  /// - Returns: what the work returns, and how many elements came.
  /// - Throws: on this rank alone, what the work throws; else what ``read(into:at:file:line:)`` throws.
  @discardableResult
  public func readOrdered<
    Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result
  >(
    into received: inout Buffer, file: StaticString = #fileID, line: Int = #line,
    while work: () throws -> Result
  ) throws -> (result: Result, count: Int) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try received._withMutableMemory { (memory) throws in
      let room = try room(memory, of: Buffer.self, "readOrdered")
      let start = room.written(as: Element.self)
      let handle = try sharedReading(Element.self, room.count, "readOrdered")
      try communicator.enterCollective("readOrdered", Element.self, file, line)
      let count = available(room.count, try orderedPlace(room.count, Element.self, handle, "readOrdered"), handle)
      let begun = transfer(count, of: Element.self) { count, type in
        MPI_File_read_ordered_begin(handle, start, count, type)
      }
      return try end("readOrdered", begun, room, count, Element.self, work) { status in
        MPI_File_read_ordered_end(handle, start, &status.value)
      }
    }
  }

  /// Writes elements on all ranks, each its own, while it works.
  ///
  /// Collective. The work must not use this file for another collective. One all-reduce follows, as in
  /// ``writeAll(_:at:file:line:)-(Buffer,_,_,_)``, also if the work throws.
  ///
  /// C: `MPI_File_write_at_all_begin`, `MPI_File_write_at_all_end`, `MPI_File_write_all_begin`,
  /// `MPI_File_write_all_end`. MPI-3.1, section 13.4.5.
  ///
  /// - Parameters:
  ///   - buffer: what to write.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given.
  ///   - work: runs while MPI writes. If it throws, the writing is ended all the same.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws, on this rank alone; else what ``writeAll(_:at:file:line:)-(Buffer,_,_,_)``
  ///   throws.
  public func writeAll<Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result>(
    _ buffer: borrowing Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line,
    while work: () throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try buffer._withMemory { (memory) throws in
      let flat = try elements(memory, of: Buffer.self, "writeAll")
      let own = flat.elements(as: Element.self)
      let (handle, place) = try writing(Element.self, own.count, offset, "writeAll")
      try communicator.enterCollective("writeAll", Element.self, file, line)
      let extent = extent(of: own.count, place, handle)
      let (named, start) = (offset == nil ? nil : place.offset, own.baseAddress)
      let begun = transfer(own.count, of: Element.self) { count, type in
        named.map { MPI_File_write_at_all_begin(handle, $0, start, count, type) }
          ?? MPI_File_write_all_begin(handle, start, count, type)
      }
      return try withExtendedLifetime(flat) {
        try endWriting("writeAll", begun, own, place, extent, handle, work) { status in
          named == nil
            ? MPI_File_write_all_end(handle, start, &status.value)
            : MPI_File_write_at_all_end(handle, start, &status.value)
        }
      }
    }
  }

  /// Writes elements from the pointer on that all ranks share, in order of rank, while it works.
  ///
  /// Collective, as ``writeOrdered(_:file:line:)-(Buffer,_,_)``. The work must not use this file for another
  /// collective.
  ///
  /// C: `MPI_File_write_ordered_begin`, `MPI_File_write_ordered_end`. MPI-3.1, section 13.4.5.
  ///
  /// - Parameters:
  ///   - buffer: what to write; a rank that has none gives none.
  ///   - work: runs while MPI writes. If it throws, the writing is ended all the same.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws, on this rank alone; else what ``writeAll(_:at:file:line:)-(Buffer,_,_,_)``
  ///   throws.
  public func writeOrdered<Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result>(
    _ buffer: borrowing Buffer, file: StaticString = #fileID, line: Int = #line, while work: () throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try buffer._withMemory { (memory) throws in
      let flat = try elements(memory, of: Buffer.self, "writeOrdered")
      let own = flat.elements(as: Element.self)
      let (handle, place) = try sharedWriting(Element.self, own.count, "writeOrdered")
      try communicator.enterCollective("writeOrdered", Element.self, file, line)
      let extent = Extent(end: nil, isLonger: !own.isEmpty)
      let start = own.baseAddress
      let begun = transfer(own.count, of: Element.self) { count, type in
        MPI_File_write_ordered_begin(handle, start, count, type)
      }
      return try withExtendedLifetime(flat) {
        try endWriting("writeOrdered", begun, own, place, extent, handle, work) { status in
          MPI_File_write_ordered_end(handle, start, &status.value)
        }
      }
    }
  }

  /// Works, then ends what was begun.
  private func end<Element: BitwiseCopyable, Result>(
    _ operation: StaticString, _ begun: CInt, _ room: FlatPiece, _ count: Int, _: Element.Type,
    _ work: () throws -> Result,
    _ end: (inout Status) -> CInt
  ) throws -> (result: Result, count: Int) {
    leave()
    try check(begun, operation)
    var status = Status()
    let result: Result
    do {
      result = try work()
    } catch {
      _ = room.finish(end(&status))
      throw error
    }
    try check(room.finish(end(&status)), operation)
    return (result, min(count, status.byteCount / max(MemoryLayout<Element>.stride, 1)))
  }

  /// Works, then ends what was begun, and agrees with the other ranks on how it went.
  private func endWriting<Element: BitwiseCopyable, Result>(
    _ operation: StaticString, _ begun: CInt, _ memory: UnsafeBufferPointer<Element>, _ place: Place,
    _ extent: Extent, _ handle: MPI_File, _ work: () throws -> Result, _ end: (inout Status) -> CInt
  ) throws -> Result {
    leave()
    var status = Status()
    func finish() throws(MPIError) {
      let code = begun == 0 ? end(&status) : begun
      try agreeWritten(
        shortage(code, status, memory.baseAddress, memory.count, place, handle, operation), extent, operation)
    }
    let result: Result
    do {
      result = try work()
    } catch {
      try? finish()
      throw error
    }
    try finish()
    return result
  }
}

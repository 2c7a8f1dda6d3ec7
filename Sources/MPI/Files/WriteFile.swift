// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIFile {
  /// Writes elements.
  ///
  /// What was there is written over; beyond the end the file gets longer, with zeros between. No allocation, no
  /// copy, but of what a layout selects.
  ///
  /// C: `MPI_File_write_at`, `MPI_File_write`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - buffer: what to write.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given, which
  ///     then moves past them.
  /// - Throws: ``ErrorClass/noSpace`` if the file system is full, ``ErrorClass/quota`` or ``ErrorClass/io`` if not all
  /// was written; ``ErrorClass/accessMode`` if the file was not opened for writing; ``ErrorClass/argument`` for a place
  /// below 0; ``ErrorClass/type`` for elements that do not go with the view.
  public func write<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    try buffer._withMemory { (memory) throws(MPIError) in
      let flat = try elements(memory, of: Buffer.self, "write")
      let own = flat.elements(as: Element.self)
      let (handle, place) = try writing(Element.self, own.count, offset, "write")
      if own.isEmpty { return }
      communicator.enter("write", file, line)
      let failed = withExtendedLifetime(flat) {
        run(own, place, handle, isAt: offset != nil, isCollective: false, "write")
      }
      leave()
      if let failed { throw failed }
    }
  }

  /// Writes a value.
  ///
  /// C: `MPI_File_write_at`, `MPI_File_write`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - value: what to write.
  ///   - offset: where, in elements, from the view's beginning; at this rank's pointer unless given, which then moves
  ///     past it.
  /// - Throws: what ``write(_:at:file:line:)-(Buffer,_,_,_)`` throws.
  public func write<Element: BitwiseCopyable>(
    _ value: Element, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try write([value], at: offset, file: file, line: line)
  }

  /// Writes elements, on all ranks, each its own.
  ///
  /// Collective; a rank that has none gives none. MPI puts together what the ranks write, so that parts of many ranks
  /// that lie between each other are written in one go. One all-reduce follows, because MPIs report success on a file
  /// system that is full: an error is thrown on every rank. After one of those the program should end: Open MPI 4.1
  /// may lose messages of files that are opened later, and a collective call on them then never returns.
  ///
  /// C: `MPI_File_write_at_all`, `MPI_File_write_all`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - buffer: what to write.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given. All
  ///     ranks give one or none does.
  /// - Throws: what ``write(_:at:file:line:)-(Buffer,_,_,_)`` throws; what was found by writing, on every rank.
  public func writeAll<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    try buffer._withMemory { (memory) throws(MPIError) in
      let flat = try elements(memory, of: Buffer.self, "writeAll")
      let own = flat.elements(as: Element.self)
      let (handle, place) = try writing(Element.self, own.count, offset, "writeAll")
      try communicator.enterCollective("writeAll", Element.self, file, line)
      let extent = extent(of: own.count, place, handle)
      let failed = withExtendedLifetime(flat) {
        run(own, place, handle, isAt: offset != nil, isCollective: true, "writeAll")
      }
      leave()
      try agreeWritten(failed, extent, "writeAll")
    }
  }

  /// Writes a value on all ranks, each its own.
  ///
  /// Collective.
  ///
  /// C: `MPI_File_write_at_all`, `MPI_File_write_all`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - value: what to write.
  ///   - offset: where, in elements, from the view's beginning; at this rank's pointer unless given. All ranks give one
  ///     or none does.
  /// - Throws: what ``writeAll(_:at:file:line:)-(Buffer,_,_,_)`` throws.
  public func writeAll<Element: BitwiseCopyable>(
    _ value: Element, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try writeAll([value], at: offset, file: file, line: line)
  }

  func writing<Element: BitwiseCopyable>(
    _: Element.Type, _ count: Int, _ offset: Int?, _ operation: StaticString
  ) throws(MPIError) -> (handle: MPI_File, place: Place) {
    let handle = try opened(operation, writing: true, usesSharedPointer: false)
    let place = try place(offset, Element.self, handle, operation)
    try checkRoom(count, operation)
    return (handle, place)
  }

  private func run<Element: BitwiseCopyable>(
    _ memory: UnsafeBufferPointer<Element>, _ place: Place, _ handle: MPI_File, isAt: Bool, isCollective: Bool,
    _ operation: StaticString
  ) -> MPIError? {
    var status = Status()
    let (start, offset) = (memory.baseAddress, isAt ? place.offset : nil)
    let code = transfer(memory.count, of: Element.self) { count, type in
      switch (offset, isCollective) {
      case (let offset?, false): MPI_File_write_at(handle, offset, start, count, type, &status.value)
      case (let offset?, true): MPI_File_write_at_all(handle, offset, start, count, type, &status.value)
      case (nil, false): MPI_File_write(handle, start, count, type, &status.value)
      case (nil, true): MPI_File_write_all(handle, start, count, type, &status.value)
      }
    }
    return shortage(code, status, start, memory.count, place, handle, operation)
  }
}

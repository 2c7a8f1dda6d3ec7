// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIFile.Nonblocking {
  // MARK: Reading

  /// Begins to read an array: `count` elements, or as many as there are before the file's end when it begins.
  ///
  /// C: `MPI_File_iread_at`, `MPI_File_iread`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - offset: from which on, in elements, from the view's beginning; from this rank's pointer on unless given, which
  ///     moves past them at once.
  ///   - count: how many.
  /// - Throws: what ``MPIFile/read(into:at:file:line:)`` throws.
  public func read<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, at offset: Int? = nil, count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let reading: MPIFile.Reading<Element> = try self.file.reading(Element.self, count, offset, "read")
    return try request(self.file.begin("read", file, line), reading.count) { start, handle in
      reading.begin(start, isCollective: false, &handle)
    }
  }

  /// Begins to read arrays on all ranks, each its own.
  ///
  /// Collective.
  ///
  /// C: `MPI_File_iread_at_all`, `MPI_File_iread_all`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - offset: from which on, in elements, from the view's beginning; from this rank's pointer on unless given.
  ///   - count: how many; fewer come at the file's end.
  /// - Throws: on this rank alone, what ``MPIFile/read(into:at:file:line:)`` throws; ``ErrorClass/count`` for a count
  ///   below 0; ``ErrorClass/io`` when the request is waited for, if not all that the file had could be read.
  public func readAll<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, at offset: Int? = nil, count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let reading: MPIFile.Reading<Element> = try self.file.reading(Element.self, count, offset, "readAll")
    let begun = try self.file.beginCollective("readAll", Element.self, file, line)
    return try request(begun, reading.count) { start, handle in reading.begin(start, isCollective: true, &handle) }
  }

  /// Begins to read an array at the shared file pointer, which advances at once.
  ///
  /// With Open MPI it has been read when this returns, because there a nonblocking read past the file's end never
  /// completes.
  ///
  /// C: `MPI_File_iread_shared`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameter count: how many; fewer come at the file's end.
  /// - Throws: ``ErrorClass/accessMode`` if the file was not opened for reading; ``ErrorClass/count`` for a count below
  ///   0; ``ErrorClass/type`` for elements that do not go with the view; what MPI reports, at once or when the request
  ///   is waited for.
  public func readShared<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let handle = try self.file.sharedReading(Element.self, count, "readShared")
    if Fault.readsPastTheEndNeverEnd.isHere {
      let elements = try self.file.readShared(Element.self, count: count, file: file, line: line)
      let begun = self.file.begin("readShared", file, line)
      begun.needsNoWait()
      return try begun.request(0) { (_, _) throws(MPIError) in elements }
    }
    let count = self.file.view.isEmpty ? 0 : self.file.atMost(count, Element.self, handle)
    return try request(self.file.begin("readShared", file, line), count, areThere: false) { start, request in
      transfer(count, of: Element.self) { count, type in
        MPI_File_iread_shared(handle, start, count, type, &request.next)
      }
    }
  }

  /// Begins to read elements into memory, and waits after the work. No allocation, no copy.
  ///
  /// C: `MPI_File_iread_at`, `MPI_File_iread`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - received: where they go, and how many.
  ///   - offset: from which on, in elements, from the view's beginning; from this rank's pointer on unless given.
  ///   - work: runs while it is in flight.
  /// - Returns: what the work returns, and how many elements came.
  /// - Throws: what the work throws; ``ErrorClass/io`` if not all that the file had could be read; else what
  ///   ``MPIFile/read(into:at:file:line:)`` throws.
  @discardableResult
  public func read<Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result>(
    into received: inout Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> (result: Result, count: Int) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try received._withMutableMemory { (memory) throws in
      let room = try self.file.room(memory, of: Buffer.self, "read")
      let reading: MPIFile.Reading<Element> = try self.file.reading(Element.self, room.count, offset, "read")
      let begun = self.file.begin("read", file, line)
      return try run(begun, reading, room, isCollective: false, work)
    }
  }

  /// Begins to read elements into memory on all ranks, each its own, and waits after the work.
  ///
  /// Collective. No allocation, no copy.
  ///
  /// C: `MPI_File_iread_at_all`, `MPI_File_iread_all`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - received: where they go, and how many.
  ///   - offset: from which on, in elements, from the view's beginning; from this rank's pointer on unless given. All
  ///     ranks give one or none does.
  ///   - work: runs while it is in flight.
  /// - Returns: what the work returns, and how many elements came.
  /// - Throws: on this rank alone, what the work throws; ``ErrorClass/io`` if not all that the file had could be read;
  ///   else what ``MPIFile/read(into:at:file:line:)`` throws.
  @discardableResult
  public func readAll<Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result>(
    into received: inout Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> (result: Result, count: Int) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try received._withMutableMemory { (memory) throws in
      let room = try self.file.room(memory, of: Buffer.self, "readAll")
      let reading: MPIFile.Reading<Element> = try self.file.reading(Element.self, room.count, offset, "readAll")
      let begun = try self.file.beginCollective("readAll", Element.self, file, line)
      return try run(begun, reading, room, isCollective: true, work)
    }
  }

  // MARK: Writing

  /// Begins to write an array, which the request owns until it has completed and then gives back.
  ///
  /// C: `MPI_File_iwrite_at`, `MPI_File_iwrite`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - buffer: what to write.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given.
  /// - Throws: what ``MPIFile/write(_:at:file:line:)-(Buffer,_,_,_)`` throws; what was found by writing,
  ///   when the request is waited for, and then the class is ``ErrorClass/io`` with most MPIs.
  public func write<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    let own = try elements(of: buffer, "write")
    let (handle, place) = try self.file.writing(Element.self, own.count, offset, "write")
    let begun = self.file.begin("write", file, line)
    let named = offset == nil ? nil : place.offset
    return try request(begun, buffer, own, "write") { start, request in
      beginWrite(handle, named, start, own.count, isCollective: false, &request)
    }
  }

  /// Begins to write arrays on all ranks, each its own.
  ///
  /// Collective. That a file system became full is found by the blocking form on every MPI; here, if the MPI reports
  /// of it.
  ///
  /// C: `MPI_File_iwrite_at_all`, `MPI_File_iwrite_all`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - buffer: what to write; a rank that has none gives none.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given. All
  ///     ranks give one or none does.
  /// - Throws: on this rank alone, what ``MPIFile/write(_:at:file:line:)-(Buffer,_,_,_)`` throws; when the
  ///   request is waited for, ``ErrorClass/noSpace``, ``ErrorClass/io`` or what else MPI reports, if not all was
  ///   written.
  public func writeAll<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    let own = try elements(of: buffer, "writeAll")
    let (handle, place) = try self.file.writing(Element.self, own.count, offset, "writeAll")
    let begun = try self.file.beginCollective("writeAll", Element.self, file, line)
    let named = offset == nil ? nil : place.offset
    return try request(begun, buffer, own, "writeAll") { start, request in
      beginWrite(handle, named, start, own.count, isCollective: true, &request)
    }
  }

  /// Begins to write an array at the shared file pointer, which advances at once.
  ///
  /// C: `MPI_File_iwrite_shared`. MPI-3.1, section 13.4.4.
  ///
  /// - Parameter buffer: what to write.
  /// - Throws: ``ErrorClass/accessMode`` if the file was not opened for writing; ``ErrorClass/count`` if this rank's
  ///   part of the pattern is empty; ``ErrorClass/type`` for elements that do not go with the view; when the request is
  ///   waited for, ``ErrorClass/noSpace``, ``ErrorClass/io`` or what else MPI reports, if not all was written.
  public func writeShared<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    let own = try elements(of: buffer, "writeShared")
    let (handle, _) = try self.file.sharedWriting(Element.self, own.count, "writeShared")
    return try request(self.file.begin("writeShared", file, line), buffer, own, "writeShared") { start, request in
      transfer(own.count, of: Element.self) { count, type in
        MPI_File_iwrite_shared(handle, start, count, type, &request.next)
      }
    }
  }

  /// Begins to write elements, and waits after the work. No allocation, no copy.
  ///
  /// C: `MPI_File_iwrite_at`, `MPI_File_iwrite`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - buffer: what to write.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given.
  ///   - work: runs while it is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else what ``MPIFile/write(_:at:file:line:)-(Buffer,_,_,_)`` throws.
  public func write<Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result>(
    _ buffer: borrowing Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try buffer._withMemory { (memory) throws in
      let own = try self.file.elements(memory, of: Buffer.self, "write")
      let (handle, place) = try self.file.writing(Element.self, own.count, offset, "write")
      let begun = self.file.begin("write", file, line)
      let named = offset == nil ? nil : place.offset
      return try run(begun, Element.self, own, "write", work) { start, request in
        beginWrite(handle, named, start, own.count, isCollective: false, &request)
      }
    }
  }

  /// Begins to write elements on all ranks, each its own, and waits after the work.
  ///
  /// Collective. No allocation, no copy.
  ///
  /// C: `MPI_File_iwrite_at_all`, `MPI_File_iwrite_all`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - buffer: what to write; a rank that has none gives none.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given. All
  ///     ranks give one or none does.
  ///   - work: runs while it is in flight.
  /// - Returns: what the work returns.
  /// - Throws: on this rank alone, what the work throws; else what
  ///   ``MPIFile/write(_:at:file:line:)-(Buffer,_,_,_)`` throws.
  public func writeAll<Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result>(
    _ buffer: borrowing Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try buffer._withMemory { (memory) throws in
      let own = try self.file.elements(memory, of: Buffer.self, "writeAll")
      let (handle, place) = try self.file.writing(Element.self, own.count, offset, "writeAll")
      let begun = try self.file.beginCollective("writeAll", Element.self, file, line)
      let named = offset == nil ? nil : place.offset
      return try run(begun, Element.self, own, "writeAll", work) { start, request in
        beginWrite(handle, named, start, own.count, isCollective: true, &request)
      }
    }
  }

  // MARK: Within

  /// Begins a read into a fresh array.
  ///
  /// - Parameter areThere: whether it is known that there are as many.
  private func request<Element: BitwiseCopyable>(
    _ begun: consuming Begun, _ count: Int, areThere: Bool = true,
    _ begin: (UnsafeMutablePointer<Element>?, inout Handles) -> CInt
  ) throws(MPIError) -> Request<[Element]> {
    let (file, operation, ticket) = (self.file, begun.operation, MPIFile.Ticket(self.file))
    // The address stays good: the request holds the array, and nothing else does.
    let (elements, code) = makeArray(count) { (start: UnsafeMutablePointer<Element>?) in
      if count == 0 && begun.kind != .collective {
        begun.needsNoWait()
        return CInt(0)
      }
      let code = begin(start, &begun.handles)
      return begun.handles.keep(code)
    }
    return try begun.request(code) { (_, status) throws(MPIError) in
      defer { withExtendedLifetime(ticket) {} }
      let came = count == 0 ? 0 : status.byteCount / max(MemoryLayout<Element>.stride, 1)
      if came >= count { return elements }
      try file.require(!areThere, .io, operation, "\(came) of \(count) elements could be read")
      return Array(elements.prefix(came))
    }
  }

  /// The elements of a buffer that a request holds. Nothing writes to storage that two hold, so the address stays good.
  private func elements<Buffer: OutgoingBuffer>(
    of buffer: Buffer, _ operation: StaticString
  ) throws(MPIError) -> FlatPiece where Buffer.Element: BitwiseCopyable {
    try buffer._withMemory { (memory) throws(MPIError) in
      try self.file.elements(memory, of: Buffer.self, operation)
    }
  }

  /// Begins to write a buffer.
  private func request<Buffer: OutgoingBuffer>(
    _ begun: consuming Begun, _ buffer: Buffer, _ own: FlatPiece, _ operation: StaticString,
    _ begin: (UnsafePointer<Buffer.Element>?, inout Handles) -> CInt
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    let (file, ticket) = (self.file, MPIFile.Ticket(self.file))
    var code: CInt = 0
    if own.count == 0 && begun.kind != .collective {
      begun.needsNoWait()
    } else {
      code = begin(own.read(as: Buffer.Element.self), &begun.handles)
      code = begun.handles.keep(code)
    }
    return try begun.request(code) { (_, status) throws(MPIError) in
      defer { withExtendedLifetime((ticket, own)) {} }
      try file.checkWritten(own.count, Buffer.Element.self, status, operation)
      return buffer
    }
  }

  private func run<Element: BitwiseCopyable, Result>(
    _ begun: borrowing Begun, _ reading: MPIFile.Reading<Element>, _ room: FlatPiece, isCollective: Bool,
    _ work: (inout Pending) throws -> Result
  ) throws -> (result: Result, count: Int) {
    var pending = Pending(begun)
    let ticket = MPIFile.Ticket(self.file)
    defer { withExtendedLifetime((ticket, room)) {} }
    var code: CInt = 0
    if reading.count > 0 || isCollective {
      code = reading.begin(room.written(as: Element.self), isCollective: isCollective, &pending.handles)
      code = pending.handles.keep(code)
    }
    let (result, status) = try pending.run(code, work)
    try self.file.check(room.finish(0), begun.operation)
    if reading.count == 0 { return (result, 0) }
    let came = min(status.byteCount / max(MemoryLayout<Element>.stride, 1), reading.count)
    try self.file.require(
      came == reading.count, .io, begun.operation, "\(came) of \(reading.count) elements could be read")
    return (result, came)
  }

  private func run<Element: BitwiseCopyable, Result>(
    _ begun: borrowing Begun, _: Element.Type, _ own: FlatPiece, _ operation: StaticString,
    _ work: (inout Pending) throws -> Result, _ begin: (UnsafePointer<Element>?, inout Handles) -> CInt
  ) throws -> Result {
    var pending = Pending(begun)
    let ticket = MPIFile.Ticket(self.file)
    defer { withExtendedLifetime((ticket, own)) {} }
    var code: CInt = 0
    if own.count > 0 || begun.kind == .collective {
      code = begin(own.read(as: Element.self), &pending.handles)
      code = pending.handles.keep(code)
    }
    let (result, status) = try pending.run(code, work)
    try self.file.checkWritten(own.count, Element.self, status, operation)
    return result
  }

  private func beginWrite<Element: BitwiseCopyable>(
    _ handle: MPI_File, _ offset: MPI_Offset?, _ start: UnsafePointer<Element>?, _ count: Int, isCollective: Bool,
    _ request: inout Handles
  ) -> CInt {
    transfer(count, of: Element.self) { count, type in
      switch (offset, isCollective) {
      case (let offset?, false): MPI_File_iwrite_at(handle, offset, start, count, type, &request.next)
      case (let offset?, true): MPI_File_iwrite_at_all(handle, offset, start, count, type, &request.next)
      case (nil, false): MPI_File_iwrite(handle, start, count, type, &request.next)
      case (nil, true): MPI_File_iwrite_all(handle, start, count, type, &request.next)
      }
    }
  }
}

extension MPIFile.Reading {
  func begin(
    _ start: UnsafeMutablePointer<Element>?, isCollective: Bool, _ request: inout Handles
  ) -> CInt {
    transfer(count, of: Element.self) { count, type in
      switch (offset, isCollective) {
      case (let offset?, false): MPI_File_iread_at(handle, offset, start, count, type, &request.next)
      case (let offset?, true): MPI_File_iread_at_all(handle, offset, start, count, type, &request.next)
      case (nil, false): MPI_File_iread(handle, start, count, type, &request.next)
      case (nil, true): MPI_File_iread_all(handle, start, count, type, &request.next)
      }
    }
  }
}

extension MPIFile {
  /// Throws if the status of a request has fewer elements than were to be written.
  func checkWritten<Element: BitwiseCopyable>(
    _ count: Int, _: Element.Type, _ status: Status, _ operation: StaticString
  ) throws(MPIError) {
    if count == 0 { return }
    let written = status.byteCount / max(MemoryLayout<Element>.stride, 1)
    if written < count { throw writeFailure(0, operation, "\(written) of \(count) elements were written") }
  }
}

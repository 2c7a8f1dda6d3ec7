// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIFile {
  /// Reads elements into memory.
  ///
  /// ```swift
  /// let count = try file.read(into: &block, at: 1000)
  /// ```
  ///
  /// At the file's end fewer come than there is room for; the rest of the memory is left as it was. A part of an
  /// element is not read. No allocation, no copy, but of what a layout selects.
  ///
  /// C: `MPI_File_read_at`, `MPI_File_read`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - received: where they go, and how many.
  ///   - offset: from which on, in elements, from the view's beginning; from this rank's pointer on unless given, which
  ///     then moves past them.
  /// - Returns: how many came.
  /// - Throws: ``ErrorClass/accessMode`` if the file was not opened for reading; ``ErrorClass/argument`` for a place
  /// below 0; ``ErrorClass/type`` for elements that do not go with the view.
  @discardableResult
  public func read<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    into received: inout Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Int where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try received._withMutableMemory { (memory) throws(MPIError) in
      let room = try room(memory, of: Buffer.self, "read")
      let reading = try reading(Element.self, room.count, offset, "read")
      communicator.enter("read", file, line)
      let (code, came) = reading.run(room.written(as: Element.self), isCollective: false)
      try check(room.finish(code), "read")
      return came
    }
  }

  /// Reads an array: `count` elements, or as many as there are before the file's end.
  ///
  /// C: `MPI_File_read_at`, `MPI_File_read`. MPI-3.1, sections 13.4.2 and 13.4.3. See
  /// ``read(into:at:file:line:)``.
  ///
  /// - Parameters:
  ///   - offset: from which on, in elements, from the view's beginning; from this rank's pointer on unless given, which
  ///     then moves past them.
  ///   - count: how many.
  /// - Throws: what ``read(into:at:file:line:)`` throws; ``ErrorClass/count`` for a count below 0.
  public func read<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, at offset: Int? = nil, count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let reading = try reading(Element.self, count, offset, "read")
    communicator.enter("read", file, line)
    let (array, code) = reading.array(isCollective: false)
    try check(code, "read")
    return array
  }

  /// Reads a value.
  ///
  /// C: `MPI_File_read_at`, `MPI_File_read`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameter offset: where it is, in elements, from the view's beginning; at this rank's pointer unless given,
  ///   which then moves past it.
  /// - Throws: ``ErrorClass/io`` if the file ends before; what ``read(into:at:file:line:)`` throws.
  public func read<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try one(of: read(Element.self, at: offset, count: 1, file: file, line: line), "read")
  }

  /// Reads elements into memory, on all ranks, each its own.
  ///
  /// Collective; a rank that wants none has memory for none. MPI puts together what the ranks want.
  ///
  /// C: `MPI_File_read_at_all`, `MPI_File_read_all`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - received: where they go, and how many.
  ///   - offset: from which on, in elements, from the view's beginning; from this rank's pointer on unless given. All
  ///     ranks give one or none does.
  /// - Returns: how many came; fewer than there is room for at the file's end.
  /// - Throws: what ``read(into:at:file:line:)`` throws.
  @discardableResult
  public func readAll<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    into received: inout Buffer, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Int where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try received._withMutableMemory { (memory) throws(MPIError) in
      let room = try room(memory, of: Buffer.self, "readAll")
      let reading = try reading(Element.self, room.count, offset, "readAll")
      try communicator.enterCollective("readAll", Element.self, file, line)
      let (code, came) = reading.run(room.written(as: Element.self), isCollective: true)
      try check(room.finish(code), "readAll")
      return came
    }
  }

  /// Reads an array on all ranks, each its own: `count` elements, or as many as there are before the file's end.
  ///
  /// Collective.
  ///
  /// C: `MPI_File_read_at_all`, `MPI_File_read_all`. MPI-3.1, sections 13.4.2 and 13.4.3. See
  /// ``readAll(into:at:file:line:)``.
  ///
  /// - Parameters:
  ///   - offset: from which on, in elements, from the view's beginning; from this rank's pointer on unless given. All
  ///     ranks give one or none does.
  ///   - count: how many; 0 on a rank that needs none.
  /// - Throws: on this rank alone, what ``read(into:at:file:line:)`` throws; ``ErrorClass/count`` for a count below 0.
  public func readAll<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, at offset: Int? = nil, count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let reading = try reading(Element.self, count, offset, "readAll")
    try communicator.enterCollective("readAll", Element.self, file, line)
    let (array, code) = reading.array(isCollective: true)
    try check(code, "readAll")
    return array
  }

  /// Reads a value on all ranks, each its own.
  ///
  /// Collective.
  ///
  /// C: `MPI_File_read_at_all`, `MPI_File_read_all`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameter offset: where it is, in elements, from the view's beginning; at this rank's pointer unless given. All
  ///   ranks give one or none does.
  /// - Throws: ``ErrorClass/io`` on a rank for which the file ends before.
  public func readAll<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try one(of: readAll(Element.self, at: offset, count: 1, file: file, line: line), "readAll")
  }

  /// The only element of an array.
  func one<Element>(of elements: [Element], _ operation: StaticString) throws(MPIError) -> Element {
    guard let element = elements.first else { throw failure(.io, operation, "the file ends before the value") }
    return element
  }

  /// A read whose arguments are checked.
  struct Reading<Element: BitwiseCopyable> {
    var handle: MPI_File
    /// As many as there are.
    var count: Int
    /// The offset of `at:`; nil for the pointer.
    var offset: MPI_Offset?

    /// - Returns: MPI's code, and how many elements came.
    func run(_ start: UnsafeMutablePointer<Element>?, isCollective: Bool) -> (code: CInt, came: Int) {
      // None, for this rank alone, is nothing to do. It spares MPI a case that few have tried.
      if count == 0 && !isCollective { return (0, 0) }
      var status = Status()
      let code = transfer(count, of: Element.self) { count, type in
        switch (offset, isCollective) {
        case (let offset?, false): MPI_File_read_at(handle, offset, start, count, type, &status.value)
        case (let offset?, true): MPI_File_read_at_all(handle, offset, start, count, type, &status.value)
        case (nil, false): MPI_File_read(handle, start, count, type, &status.value)
        case (nil, true): MPI_File_read_all(handle, start, count, type, &status.value)
        }
      }
      if code != 0 { return (code, 0) }
      // All of them are in the file. Not every MPI reports when it could not read them.
      let came = status.byteCount / max(MemoryLayout<Element>.stride, 1)
      return (came < count ? CMPI_ERR_IO : 0, min(came, count))
    }

    func array(isCollective: Bool) -> (array: [Element], code: CInt) {
      makePartialArray(count) { run($0, isCollective: isCollective) }
    }
  }

  func reading<Element: BitwiseCopyable>(
    _: Element.Type, _ count: Int, _ offset: Int?, _ operation: StaticString
  ) throws(MPIError) -> Reading<Element> {
    let handle = try opened(operation, reading: true, usesSharedPointer: false)
    try require(count >= 0, .count, operation, "count \(count) is below 0")
    let place = try place(offset, Element.self, handle, operation)
    let there = available(count, place, handle)
    return Reading(handle: handle, count: there, offset: offset == nil ? nil : place.offset)
  }
}

/// An array with room for `count` elements, of which `fill` writes some into fresh memory.
func makePartialArray<Element: BitwiseCopyable>(
  _ count: Int, _ fill: (UnsafeMutablePointer<Element>?) -> (code: CInt, came: Int)
) -> (array: [Element], code: CInt) {
  var code: CInt = 0
  let array = [Element](unsafeUninitializedCapacity: count) { memory, initialized in
    (code, initialized) = fill(memory.baseAddress)
  }
  return (array, code)
}

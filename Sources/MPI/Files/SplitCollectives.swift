import CMPI

// Collective reading and writing in two calls, with work in between. A file can have one at a time, which a closure
// sees to. `file.nonblocking` has the same for what is not ordered, any number at a time.

extension MPIFile {
  /// Reads elements into memory on all ranks, each its own, while it works.
  ///
  /// Collective. The work must not use this file for another collective.
  ///
  /// C: `MPI_File_read_at_all_begin`, `MPI_File_read_at_all_end`, `MPI_File_read_all_begin`, `MPI_File_read_all_end`.
  /// MPI-3.1, section 13.4.5.
  ///
  /// - Parameters:
  ///   - elements: where they go.
  ///   - offset: from which on, in elements, from the view's beginning; from this rank's pointer on unless given.
  ///   - work: runs while MPI reads. If it throws, the reading is ended all the same.
  /// - Returns: what the work returns, and how many elements came.
  /// - Throws: on this rank alone, what the work throws; else what ``read(into:at:file:line:)`` throws.
  @discardableResult
  public func readAll<Element: BitwiseCopyable, Result>(
    into elements: inout MutableSpan<Element>, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line,
    while work: () throws -> Result
  ) throws -> (result: Result, count: Int) {
    let reading = try reading(Element.self, elements.count, offset, "readAll")
    try communicator.enterCollective("readAll", Element.self, file, line)
    let (handle, place, count) = (reading.handle, reading.offset, reading.count)
    return try elements.withUnsafeMutableBufferPointer { memory in
      let start = memory.baseAddress
      let begun = transfer(count, of: Element.self) { count, type in
        place.map { MPI_File_read_at_all_begin(handle, $0, start, count, type) }
          ?? MPI_File_read_all_begin(handle, start, count, type)
      }
      return try end("readAll", begun, count, Element.self, work) { status in
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
  ///   - elements: where they go.
  ///   - work: runs while MPI reads. If it throws, the reading is ended all the same.
  /// - Returns: what the work returns, and how many elements came.
  /// - Throws: on this rank alone, what the work throws; else what ``read(into:at:file:line:)`` throws.
  @discardableResult
  public func readOrdered<Element: BitwiseCopyable, Result>(
    into elements: inout MutableSpan<Element>, file: StaticString = #fileID, line: Int = #line,
    while work: () throws -> Result
  ) throws -> (result: Result, count: Int) {
    let handle = try sharedReading(Element.self, elements.count, "readOrdered")
    try communicator.enterCollective("readOrdered", Element.self, file, line)
    let count = available(
      elements.count, try orderedPlace(elements.count, Element.self, handle, "readOrdered"), handle)
    return try elements.withUnsafeMutableBufferPointer { memory in
      let start = memory.baseAddress
      let begun = transfer(count, of: Element.self) { count, type in
        MPI_File_read_ordered_begin(handle, start, count, type)
      }
      return try end("readOrdered", begun, count, Element.self, work) { status in
        MPI_File_read_ordered_end(handle, start, &status.value)
      }
    }
  }

  /// Writes elements on all ranks, each its own, while it works.
  ///
  /// Collective. The work must not use this file for another collective. One all-reduce follows, as in
  /// ``writeAll(_:at:file:line:)-(Span<Element>,_,_,_)``, also where the work throws.
  ///
  /// C: `MPI_File_write_at_all_begin`, `MPI_File_write_at_all_end`, `MPI_File_write_all_begin`,
  /// `MPI_File_write_all_end`. MPI-3.1, section 13.4.5.
  ///
  /// - Parameters:
  ///   - elements: what to write.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given.
  ///   - work: runs while MPI writes. If it throws, the writing is ended all the same.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws, on this rank alone; else what ``writeAll(_:at:file:line:)-(Span<Element>,_,_,_)``
  ///   throws.
  public func writeAll<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line,
    while work: () throws -> Result
  ) throws -> Result {
    let (handle, place) = try writing(Element.self, elements.count, offset, "writeAll")
    try communicator.enterCollective("writeAll", Element.self, file, line)
    let extent = extent(of: elements.count, place, handle)
    let named = offset == nil ? nil : place.offset
    return try elements.withUnsafeBufferPointer { memory in
      let start = memory.baseAddress
      let begun = transfer(memory.count, of: Element.self) { count, type in
        named.map { MPI_File_write_at_all_begin(handle, $0, start, count, type) }
          ?? MPI_File_write_all_begin(handle, start, count, type)
      }
      return try endWriting("writeAll", begun, memory, place, extent, handle, work) { status in
        named == nil
          ? MPI_File_write_all_end(handle, start, &status.value)
          : MPI_File_write_at_all_end(handle, start, &status.value)
      }
    }
  }

  /// Writes elements from the pointer on that all ranks share, in order of rank, while it works.
  ///
  /// Collective, as ``writeOrdered(_:file:line:)-(Span<Element>,_,_)``. The work must not use this file for another
  /// collective.
  ///
  /// C: `MPI_File_write_ordered_begin`, `MPI_File_write_ordered_end`. MPI-3.1, section 13.4.5.
  ///
  /// - Parameters:
  ///   - elements: what to write; a rank that has none gives none.
  ///   - work: runs while MPI writes. If it throws, the writing is ended all the same.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws, on this rank alone; else what ``writeAll(_:at:file:line:)-(Span<Element>,_,_,_)``
  ///   throws.
  public func writeOrdered<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, file: StaticString = #fileID, line: Int = #line, while work: () throws -> Result
  ) throws -> Result {
    let (handle, place) = try sharedWriting(Element.self, elements.count, "writeOrdered")
    try communicator.enterCollective("writeOrdered", Element.self, file, line)
    let extent = Extent(end: nil, isLonger: !elements.isEmpty)
    return try elements.withUnsafeBufferPointer { memory in
      let start = memory.baseAddress
      let begun = transfer(memory.count, of: Element.self) { count, type in
        MPI_File_write_ordered_begin(handle, start, count, type)
      }
      return try endWriting("writeOrdered", begun, memory, place, extent, handle, work) { status in
        MPI_File_write_ordered_end(handle, start, &status.value)
      }
    }
  }

  /// Works, then ends what was begun.
  private func end<Element: BitwiseCopyable, Result>(
    _ operation: StaticString, _ begun: CInt, _ count: Int, _: Element.Type, _ work: () throws -> Result,
    _ end: (inout Status) -> CInt
  ) throws -> (result: Result, count: Int) {
    leave()
    try check(begun, operation)
    var status = Status()
    let result: Result
    do {
      result = try work()
    } catch {
      _ = end(&status)
      throw error
    }
    try check(end(&status), operation)
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

import CMPI

extension MPIFile {
  /// Writes elements.
  ///
  /// What was there is written over; beyond the end the file gets longer, with zeros between. No allocation, no copy.
  ///
  /// C: `MPI_File_write_at`, `MPI_File_write`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - elements: what to write.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given, which
  ///     then moves past them.
  /// - Throws: ``ErrorClass/noSpace`` if the file system is full, ``ErrorClass/quota`` or ``ErrorClass/io`` if not all
  /// was written; ``ErrorClass/accessMode`` if the file was not opened for writing; ``ErrorClass/argument`` for a place
  /// below 0; ``ErrorClass/type`` for elements that do not go with the view.
  public func write<Element: BitwiseCopyable>(
    _ elements: Span<Element>, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let (handle, place) = try writing(Element.self, elements.count, offset, "write")
    if elements.isEmpty { return }
    communicator.enter("write", file, line)
    let failed = elements.withUnsafeBufferPointer { memory in
      run(memory, place, handle, isAt: offset != nil, isCollective: false, "write")
    }
    leave()
    if let failed { throw failed }
  }

  /// Writes an array.
  ///
  /// C: `MPI_File_write_at`, `MPI_File_write`. MPI-3.1, sections 13.4.2 and 13.4.3. See
  /// ``write(_:at:file:line:)-(Span<Element>,_,_,_)``.
  ///
  /// - Parameters:
  ///   - elements: what to write.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given, which
  ///     then moves past them.
  /// - Throws: what ``write(_:at:file:line:)-(Span<Element>,_,_,_)`` throws.
  public func write<Element: BitwiseCopyable>(
    _ elements: [Element], at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      try write(elements, at: offset, file: file, line: line)
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
  /// - Throws: what ``write(_:at:file:line:)-(Span<Element>,_,_,_)`` throws.
  public func write<Element: BitwiseCopyable>(
    _ value: Element, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: [value]) { (elements) throws(MPIError) in
      try write(elements, at: offset, file: file, line: line)
    }
  }

  /// Writes elements, on all ranks, each its own.
  ///
  /// Collective; a rank that has none gives none. MPI puts together what the ranks write, so that parts of many ranks
  /// that lie between each other are written in one go. One all-reduce follows, for MPIs report success on a file
  /// system that is full: an error is thrown on every rank. After one of those the program should end: Open MPI 4.1
  /// may lose messages of files that are opened later, and a collective call on them then never returns.
  ///
  /// C: `MPI_File_write_at_all`, `MPI_File_write_all`. MPI-3.1, sections 13.4.2 and 13.4.3.
  ///
  /// - Parameters:
  ///   - elements: what to write.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given. All
  ///   ranks
  ///     give one or none does.
  /// - Throws: what ``write(_:at:file:line:)-(Span<Element>,_,_,_)`` throws; what was found by writing, on every rank.
  public func writeAll<Element: BitwiseCopyable>(
    _ elements: Span<Element>, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let (handle, place) = try writing(Element.self, elements.count, offset, "writeAll")
    try communicator.enterCollective("writeAll", Element.self, file, line)
    let extent = extent(of: elements.count, place, handle)
    let failed = elements.withUnsafeBufferPointer { memory in
      run(memory, place, handle, isAt: offset != nil, isCollective: true, "writeAll")
    }
    leave()
    try agreeWritten(failed, extent, "writeAll")
  }

  /// Writes arrays, on all ranks, each its own.
  ///
  /// Collective.
  ///
  /// C: `MPI_File_write_at_all`, `MPI_File_write_all`. MPI-3.1, sections 13.4.2 and 13.4.3. See
  /// ``writeAll(_:at:file:line:)-(Span<Element>,_,_,_)``.
  ///
  /// - Parameters:
  ///   - elements: what to write; a rank that has none gives none.
  ///   - offset: from where on, in elements, from the view's beginning; from this rank's pointer on unless given. All
  ///     ranks give one or none does.
  /// - Throws: what ``writeAll(_:at:file:line:)-(Span<Element>,_,_,_)`` throws.
  public func writeAll<Element: BitwiseCopyable>(
    _ elements: [Element], at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      try writeAll(elements, at: offset, file: file, line: line)
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
  /// - Throws: what ``writeAll(_:at:file:line:)-(Span<Element>,_,_,_)`` throws.
  public func writeAll<Element: BitwiseCopyable>(
    _ value: Element, at offset: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: [value]) { (elements) throws(MPIError) in
      try writeAll(elements, at: offset, file: file, line: line)
    }
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

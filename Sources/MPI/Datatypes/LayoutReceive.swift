import CMPI

extension Communicator {
  /// Receives elements into the places that a layout names.
  ///
  /// ```swift
  /// let column = try Layout<Double>.vector(count: rows, stride: columns, start: 3)
  /// try world.receive(into: &matrix, layout: column, from: 0)
  /// ```
  ///
  /// The message may be shorter than the layout: the first places are filled, then. All else is left as it was. The sender
  /// needs no layout.
  ///
  /// C: `MPI_Recv`. MPI-3.1, sections 3.2.4 and 4.1.11.
  ///
  /// - Parameters:
  ///   - elements: the memory.
  ///   - layout: which of its elements the message goes to, in order.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Returns: source, tag and length of the message.
  /// - Throws: ``ErrorClass/count`` where the layout does not lie within the memory; ``ErrorClass/type`` where an element
  ///   takes part twice; ``ErrorClass/truncate`` for a message longer than the layout; ``ErrorClass/rank`` or
  ///   ``ErrorClass/tag`` for one out of range.
  @inlinable
  @discardableResult
  public func receive<Element: BitwiseCopyable>(
    into elements: inout MutableSpan<Element>, layout: Layout<Element>, from source: some MessageSource,
    tag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    let (rank, tag, piece) = try checkReceive(elements.count, layout, source, tag)
    enter("receive", file, line)
    var status = Status()
    let code = elements.withUnsafeMutableBufferPointer { memory in
      MPI_Recv(memory.baseAddress, piece.count, piece.type, rank, tag, rawValue, &status.value)
    }
    try withExtendedLifetime(layout) { () throws(MPIError) in try check(code, "receive") }
    return status
  }

  /// Receives elements into the places of an array that a layout names.
  ///
  /// C: `MPI_Recv`. MPI-3.1, sections 3.2.4 and 4.1.11.
  @inlinable
  @discardableResult
  public func receive<Element: BitwiseCopyable>(
    into elements: inout [Element], layout: Layout<Element>, from source: some MessageSource,
    tag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    var span = elements.mutableSpan
    return try receive(into: &span, layout: layout, from: source, tag: tag, file: file, line: line)
  }

  /// Checks the arguments of a receive, before MPI sees them.
  @inlinable @inline(__always)
  func checkReceive<Element>(
    _ count: Int, _ layout: Layout<Element>, _ source: some MessageSource, _ tag: some MessageTag
  ) throws(MPIError) -> (rank: CInt, tag: CInt, piece: LayoutPiece) {
    let rank = try self.rank(of: source, "receive")
    let tag = try number(of: tag, "receive")
    return (rank, tag, try receivePiece(layout, in: count, "receive"))
  }
}

extension Message {
  /// Receives it into the places that a layout names.
  ///
  /// C: `MPI_Mrecv`. MPI-3.1, sections 3.8.3 and 4.1.11.
  ///
  /// - Throws: ``ErrorClass/count`` where the layout does not lie within the memory; ``ErrorClass/type`` where an element
  ///   takes part twice; ``ErrorClass/truncate`` where the message is longer than the layout.
  public consuming func receive<Element: BitwiseCopyable>(
    into elements: inout MutableSpan<Element>, layout: Layout<Element>
  ) throws(MPIError) {
    let (communicator, handle) = (communicator, handle)
    let piece = try communicator.receivePiece(layout, in: elements.count, "receive")
    isWaiting = false
    var variable = CMPI_MESSAGE_NULL
    variable = handle
    let code = elements.withUnsafeMutableBufferPointer { memory in
      MPI_Mrecv(memory.baseAddress, piece.count, piece.type, &variable, CMPI_STATUS_IGNORE)
    }
    try withExtendedLifetime(layout) { () throws(MPIError) in try communicator.check(code, "receive") }
  }
}

extension Nonblocking {
  /// Begins to receive elements into the places that a layout names, and waits when the work is done.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, sections 3.7.2 and 4.1.11.
  ///
  /// - Parameters:
  ///   - elements: the memory.
  ///   - layout: which of its elements the message goes to, in order.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  ///   - work: runs while the message is awaited. Where it throws, the receive is canceled.
  /// - Returns: what the work returns, and source, tag and length of the message.
  @inlinable
  @discardableResult
  public func receive<Element: BitwiseCopyable, Result>(
    into elements: inout MutableSpan<Element>, layout: Layout<Element>, from source: some MessageSource,
    tag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> (result: Result, status: Status) {
    let (rank, tag, piece) = try communicator.checkReceive(elements.count, layout, source, tag)
    var pending = Pending(communicator, "receive", .receive, file, line)
    let code = elements.withUnsafeMutableBufferPointer { memory in
      pending.handles.keep(
        MPI_Irecv(
          memory.baseAddress, piece.count, piece.type, rank, tag, communicator.rawValue,
          &pending.handles.next))
    }
    return try withExtendedLifetime(layout) { try pending.run(code, work) }
  }

  /// Begins to receive elements into the places of an array that a layout names.
  ///
  /// The request takes the array over and gives it back: `consume` it, and no copy is made.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, sections 3.7.2 and 4.1.11.
  public func receive<Element: BitwiseCopyable>(
    into elements: consuming [Element], layout: Layout<Element>, from source: some MessageSource,
    tag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let (rank, tag, piece) = try communicator.checkReceive(elements.count, layout, source, tag)
    var begun = communicator.begin("receive", .receive, file, line)
    // MPI writes to the address after this call. It stays good: the request holds the array, and nobody else does.
    let code = elements.withUnsafeMutableBufferPointer { memory in
      begun.handles.keep(
        MPI_Irecv(
          memory.baseAddress, piece.count, piece.type, rank, tag, communicator.rawValue, &begun.handles.next))
    }
    let result = elements
    return try begun.request(code) { (_, _) throws(MPIError) in withExtendedLifetime(layout) { result } }
  }
}

extension Persistent {
  /// Makes ready to receive elements into the places that a layout names.
  ///
  /// C: `MPI_Recv_init`. MPI-3.1, sections 3.9 and 4.1.11.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/output`` begins with, all of the memory. They are copied.
  ///   - layout: which of its elements each message goes to, in order.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  public func receive<Element: BitwiseCopyable>(
    into elements: [Element], layout: Layout<Element>, from source: some MessageSource,
    tag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let (rank, tag, piece) = try communicator.checkReceive(elements.count, layout, source, tag)
    var begun = communicator.begin("receive", .receive, file, line)
    let memory = Memory(elements)
    let code = begun.handles.keep(
      MPI_Recv_init(memory.start, piece.count, piece.type, rank, tag, communicator.rawValue, &begun.handles.next))
    return try begun.persistent(code, sent: Memory([]), received: memory, keeping: layout)
  }
}

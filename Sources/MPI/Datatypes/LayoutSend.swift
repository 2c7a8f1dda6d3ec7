import CMPI

extension Communicator {
  /// Sends the elements that a layout names, from where they lie.
  ///
  /// ```swift
  /// let column = try Layout<Double>.vector(count: rows, stride: columns, start: 3)
  /// try world.send(matrix.span, layout: column, to: 1)
  /// ```
  ///
  /// They arrive as any elements do: the receiver needs no layout. No copy by this library; MPI may gather small blocks in
  /// memory of its own.
  ///
  /// C: `MPI_Send`, `MPI_Ssend`, `MPI_Bsend`, `MPI_Rsend`. MPI-3.1, sections 3.2.1, 3.4 and 4.1.11.
  ///
  /// - Parameters:
  ///   - elements: the memory.
  ///   - layout: which of its elements.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``largestTag``.
  ///   - mode: when the send is over.
  /// - Throws: ``ErrorClass/count`` where the layout does not lie within the memory; ``ErrorClass/rank`` or
  ///   ``ErrorClass/tag`` for one out of range.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ elements: Span<Element>, layout: Layout<Element>, to destination: some MessageDestination, tag: Int = 0,
    mode: SendMode = .standard, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let (rank, piece) = try checkSend(elements.count, layout, destination, tag, mode)
    enter("send", file, line)
    let code = elements.withUnsafeBufferPointer { sendPiece($0.baseAddress, piece, rank, tag, mode) }
    try check(code, "send")
  }

  /// Sends the elements of an array that a layout names.
  ///
  /// C: `MPI_Send` and its kin. MPI-3.1, sections 3.2.1, 3.4 and 4.1.11.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ elements: [Element], layout: Layout<Element>, to destination: some MessageDestination, tag: Int = 0,
    mode: SendMode = .standard, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      try send(elements, layout: layout, to: destination, tag: tag, mode: mode, file: file, line: line)
    }
  }

  /// Checks the arguments of a send, before MPI sees them.
  @inlinable @inline(__always)
  func checkSend<Element>(
    _ count: Int, _ layout: Layout<Element>, _ destination: some MessageDestination, _ tag: Int, _ mode: SendMode
  ) throws(MPIError) -> (rank: CInt, piece: LayoutPiece) {
    let rank = try self.rank(of: destination, "send")
    try checkTag(tag, "send")
    let piece = try piece(layout, in: count, "send")
    if mode == .buffered { try checkSendBuffer(layout.byteCount, "send") }
    return (rank, piece)
  }

  @usableFromInline
  func sendPiece(
    _ start: UnsafeRawPointer?, _ piece: LayoutPiece, _ rank: CInt, _ tag: Int, _ mode: SendMode
  ) -> CInt {
    let (count, type, tag) = (piece.count, piece.type, CInt(truncatingIfNeeded: tag))
    return withExtendedLifetime(piece.owner) {
      switch mode {
      case .standard: MPI_Send(start, count, type, rank, tag, rawValue)
      case .synchronous: MPI_Ssend(start, count, type, rank, tag, rawValue)
      case .buffered: MPI_Bsend(start, count, type, rank, tag, rawValue)
      case .ready: MPI_Rsend(start, count, type, rank, tag, rawValue)
      }
    }
  }
}

extension Nonblocking {
  /// Begins to send the elements that a layout names, from where they lie, and waits when the work is done.
  ///
  /// C: `MPI_Isend`, `MPI_Issend`, `MPI_Ibsend`, `MPI_Irsend`. MPI-3.1, sections 3.7.2 and 4.1.11.
  ///
  /// - Parameters:
  ///   - elements: the memory.
  ///   - layout: which of its elements.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is over.
  ///   - work: runs while the message is under way.
  /// - Returns: what the work returns.
  @inlinable
  public func send<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, layout: Layout<Element>, to destination: some MessageDestination, tag: Int = 0,
    mode: SendMode = .standard, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result {
    let (rank, piece) = try communicator.checkSend(elements.count, layout, destination, tag, mode)
    var pending = Pending(communicator, "send", .send, file, line)
    let code = elements.withUnsafeBufferPointer {
      beginSend($0.baseAddress, piece, rank, tag, mode, &pending.handles)
    }
    return try withExtendedLifetime(layout) { try pending.run(code, work).result }
  }

  /// Begins to send the elements of an array that a layout names. The request owns the array and gives it back.
  ///
  /// C: `MPI_Isend`, `MPI_Issend`, `MPI_Ibsend`, `MPI_Irsend`. MPI-3.1, sections 3.7.2 and 4.1.11.
  public func send<Element: BitwiseCopyable>(
    _ elements: [Element], layout: Layout<Element>, to destination: some MessageDestination, tag: Int = 0,
    mode: SendMode = .standard, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let (rank, piece) = try communicator.checkSend(elements.count, layout, destination, tag, mode)
    var begun = communicator.begin("send", .send, file, line)
    // The address stays good: `finish` below holds the array, and nobody writes to an array that two hold.
    let code = elements.withUnsafeBufferPointer {
      beginSend($0.baseAddress, piece, rank, tag, mode, &begun.handles)
    }
    return try begun.request(code) { (_, _) throws(MPIError) in withExtendedLifetime(layout) { elements } }
  }

  @usableFromInline
  func beginSend(
    _ start: UnsafeRawPointer?, _ piece: LayoutPiece, _ rank: CInt, _ tag: Int, _ mode: SendMode,
    _ handles: inout Handles
  ) -> CInt {
    let (count, type, tag, channel) = (piece.count, piece.type, CInt(truncatingIfNeeded: tag), communicator.rawValue)
    let code =
      switch mode {
      case .standard: MPI_Isend(start, count, type, rank, tag, channel, &handles.next)
      case .synchronous: MPI_Issend(start, count, type, rank, tag, channel, &handles.next)
      case .buffered: MPI_Ibsend(start, count, type, rank, tag, channel, &handles.next)
      case .ready: MPI_Irsend(start, count, type, rank, tag, channel, &handles.next)
      }
    return handles.keep(code)
  }
}

extension Persistent {
  /// Makes ready to send the elements that a layout names.
  ///
  /// C: `MPI_Send_init`, `MPI_Ssend_init`, `MPI_Bsend_init`, `MPI_Rsend_init`. MPI-3.1, sections 3.9 and 4.1.11.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with, all of the memory. They are copied.
  ///   - layout: which of its elements each start sends.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is over.
  public func send<Element: BitwiseCopyable>(
    _ elements: [Element], layout: Layout<Element>, to destination: some MessageDestination, tag: Int = 0,
    mode: SendMode = .standard, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let (rank, piece) = try communicator.checkSend(elements.count, layout, destination, tag, mode)
    var begun = communicator.begin("send", .send, file, line)
    let memory = Memory(elements)
    let (start, count, type) = (memory.start, piece.count, piece.type)
    let (tag, channel) = (CInt(truncatingIfNeeded: tag), communicator.rawValue)
    let code =
      switch mode {
      case .standard: MPI_Send_init(start, count, type, rank, tag, channel, &begun.handles.next)
      case .synchronous: MPI_Ssend_init(start, count, type, rank, tag, channel, &begun.handles.next)
      case .buffered: MPI_Bsend_init(start, count, type, rank, tag, channel, &begun.handles.next)
      case .ready: MPI_Rsend_init(start, count, type, rank, tag, channel, &begun.handles.next)
      }
    let kept = begun.handles.keep(code)
    return try begun.persistent(kept, sent: memory, received: Memory([]), keeping: layout)
  }
}

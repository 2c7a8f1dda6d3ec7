import CMPI

extension Communicator {
  /// Sends the elements that one layout names to a rank, and receives into the places of another from a rank, at once.
  ///
  /// For the end that needs none, ``Layout/contiguous(_:of:)`` is the plain layout.
  ///
  /// C: `MPI_Sendrecv`. MPI-3.1, sections 3.10 and 4.1.11.
  ///
  /// - Parameters:
  ///   - elements: the memory that is sent from.
  ///   - layout: which of its elements.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that goes out.
  ///   - received: the memory that is received into.
  ///   - receivedLayout: which of its elements the message goes to, in order.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: source, tag and length of the message that came.
  /// - Throws: ``ErrorClass/count`` where a layout does not lie within its memory; ``ErrorClass/type`` where an element is
  ///   to be received twice; ``ErrorClass/truncate`` for a message longer than the layout; ``ErrorClass/rank`` or
  ///   ``ErrorClass/tag`` for one out of range.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable, Received: BitwiseCopyable>(
    _ elements: Span<Element>, layout: Layout<Element>, to destination: some MessageDestination, tag: Int = 0,
    into received: inout MutableSpan<Received>, receivedLayout: Layout<Received>, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    let to = try rank(of: destination, "sendReceive")
    let from = try rank(of: source, "sendReceive")
    try checkTag(tag, "sendReceive")
    let receiveTag = try number(of: receiveTag, "sendReceive")
    let out = try piece(layout, in: elements.count, "sendReceive")
    let into = try receivePiece(receivedLayout, in: received.count, "sendReceive")
    enter("sendReceive", file, line)
    var status = Status()
    let code = elements.withUnsafeBufferPointer { own in
      received.withUnsafeMutableBufferPointer { other in
        MPI_Sendrecv(
          own.baseAddress, out.count, out.type, to, CInt(truncatingIfNeeded: tag), other.baseAddress, into.count,
          into.type, from, receiveTag, rawValue, &status.value)
      }
    }
    try withExtendedLifetime((layout, receivedLayout)) { () throws(MPIError) in try check(code, "sendReceive") }
    return status
  }

  /// Sends the elements of an array that one layout names to a rank, and receives into another array, at once.
  ///
  /// C: `MPI_Sendrecv`. MPI-3.1, sections 3.10 and 4.1.11.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable, Received: BitwiseCopyable>(
    _ elements: [Element], layout: Layout<Element>, to destination: some MessageDestination, tag: Int = 0,
    into received: inout [Received], receivedLayout: Layout<Received>, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      var span = received.mutableSpan
      return try sendReceive(
        elements, layout: layout, to: destination, tag: tag, into: &span, receivedLayout: receivedLayout,
        from: source, receiveTag: receiveTag, file: file, line: line)
    }
  }

  /// Sends one part of a memory to a rank, and receives into another part of the same memory from a rank, at once: the edge
  /// of a field goes out, and the neighbor's comes in beside it.
  ///
  /// C: `MPI_Sendrecv`. MPI-3.1, sections 3.10 and 4.1.11.
  ///
  /// - Parameters:
  ///   - elements: the memory.
  ///   - layout: which of its elements go out.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that goes out.
  ///   - receivedLayout: which of its elements the message that comes goes to. None may be in `layout`.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: source, tag and length of the message that came.
  /// - Throws: ``ErrorClass/type`` where the layouts overlap, as far as that is known; else as for two memories.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable>(
    within elements: inout MutableSpan<Element>, layout: Layout<Element>, to destination: some MessageDestination,
    tag: Int = 0, receivedLayout: Layout<Element>, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    let to = try rank(of: destination, "sendReceive")
    let from = try rank(of: source, "sendReceive")
    try checkTag(tag, "sendReceive")
    let receiveTag = try number(of: receiveTag, "sendReceive")
    let out = try piece(layout, in: elements.count, "sendReceive")
    let into = try receivePiece(receivedLayout, in: elements.count, "sendReceive")
    try checkApart([layout.node, receivedLayout.node], "sendReceive")
    enter("sendReceive", file, line)
    var status = Status()
    let code = elements.withUnsafeMutableBufferPointer { memory in
      MPI_Sendrecv(
        memory.baseAddress, out.count, out.type, to, CInt(truncatingIfNeeded: tag), memory.baseAddress, into.count,
        into.type, from, receiveTag, rawValue, &status.value)
    }
    try withExtendedLifetime((layout, receivedLayout)) { () throws(MPIError) in try check(code, "sendReceive") }
    return status
  }

  /// Sends one part of an array to a rank, and receives into another part of the same array from a rank, at once.
  ///
  /// ```swift
  /// // The last column but one goes to the right, and the left one's comes into the first.
  /// try world.sendReceive(
  ///   within: &field, layout: column(width - 2), to: right, receivedLayout: column(0), from: left)
  /// ```
  ///
  /// C: `MPI_Sendrecv`. MPI-3.1, sections 3.10 and 4.1.11.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable>(
    within elements: inout [Element], layout: Layout<Element>, to destination: some MessageDestination,
    tag: Int = 0, receivedLayout: Layout<Element>, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    var span = elements.mutableSpan
    return try sendReceive(
      within: &span, layout: layout, to: destination, tag: tag, receivedLayout: receivedLayout, from: source,
      receiveTag: receiveTag, file: file, line: line)
  }

  /// Sends the elements that a layout names to a rank, and puts what comes from another in their place.
  ///
  /// C: `MPI_Sendrecv_replace`. MPI-3.1, sections 3.10 and 4.1.11.
  ///
  /// - Parameters:
  ///   - elements: the memory.
  ///   - layout: which of its elements.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that goes out.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: source, tag and length of the message that came.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, layout: Layout<Element>, to destination: some MessageDestination,
    tag: Int = 0, from source: some MessageSource, receiveTag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    let to = try rank(of: destination, "sendReceive")
    let from = try rank(of: source, "sendReceive")
    try checkTag(tag, "sendReceive")
    let receiveTag = try number(of: receiveTag, "sendReceive")
    let piece = try receivePiece(layout, in: elements.count, "sendReceive")
    enter("sendReceive", file, line)
    var status = Status()
    let code = elements.withUnsafeMutableBufferPointer { memory in
      MPI_Sendrecv_replace(
        memory.baseAddress, piece.count, piece.type, to, CInt(truncatingIfNeeded: tag), from, receiveTag, rawValue,
        &status.value)
    }
    try withExtendedLifetime(layout) { () throws(MPIError) in try check(code, "sendReceive") }
    return status
  }
  /// Sends the elements of an array that a layout names to a rank, and puts what comes from another in their place.
  ///
  /// C: `MPI_Sendrecv_replace`. MPI-3.1, sections 3.10 and 4.1.11.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], layout: Layout<Element>, to destination: some MessageDestination,
    tag: Int = 0, from source: some MessageSource, receiveTag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    var span = elements.mutableSpan
    return try sendReceive(
      inPlace: &span, layout: layout, to: destination, tag: tag, from: source, receiveTag: receiveTag, file: file,
      line: line)
  }
}

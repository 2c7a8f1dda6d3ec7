import CMPI

extension Communicator {
  /// Sends the elements that a layout names to each rank, and receives some from each into the places that another names:
  /// the transposition of a matrix that the ranks share, say.
  ///
  /// No message but the elements, no copy by this library.
  ///
  /// C: `MPI_Alltoallw`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: the memory that is sent from.
  ///   - layouts: which of its elements go to each rank; they may have some in common.
  ///   - received: the memory that is received into.
  ///   - receivedLayouts: where those from each rank go; none in common.
  /// - Throws: ``ErrorClass/count`` if there are not two layouts for each rank, or one does not lie within its memory,
  ///   or this rank's two differ in length; ``ErrorClass/type`` if an element is to be received twice.
  @inlinable
  public func allToAll<Element: BitwiseCopyable, Received: BitwiseCopyable>(
    _ elements: Span<Element>, layouts: [Layout<Element>], into received: inout MutableSpan<Received>,
    receivedLayouts: [Layout<Received>], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let send = try pieces(layouts, in: elements.count, "allToAll", "what goes out")
    let receive = try receivePieces(receivedLayouts, in: received.count, "allToAll", "the memory for what comes")
    try checkLengths(layouts[rank].byteCount, receivedLayouts[rank].byteCount, "allToAll")
    try enterCollective("allToAll", Never.self, file, line)
    let code = elements.withUnsafeBufferPointer { out in
      received.withUnsafeMutableBufferPointer { into in
        exchange(out.baseAddress, send: send, into.baseAddress, receive: receive)
      }
    }
    try check(code, "allToAll")
  }

  /// Sends the elements of an array that a layout names to each rank, and receives some from each into another array.
  ///
  /// C: `MPI_Alltoallw`. MPI-3.1, section 5.8. See ``allToAll(_:layouts:into:receivedLayouts:file:line:)``.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: [Element], layouts: [Layout<Element>], into received: inout [Element],
    receivedLayouts: [Layout<Element>], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      var span = received.mutableSpan
      try allToAll(
        elements, layouts: layouts, into: &span, receivedLayouts: receivedLayouts, file: file, line: line)
    }
  }

  /// Exchanges the elements that a layout names with each rank, in place.
  ///
  /// MPI needs memory of its own for it.
  ///
  /// C: `MPI_Alltoallw` with `MPI_IN_PLACE`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: the memory.
  ///   - layouts: which of its elements go to each rank, and are replaced by those that come from it, as many; none in
  ///     common.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one layout for each rank, or one does
  ///   not lie within the memory; ``ErrorClass/type`` if an element takes part twice.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, layouts: [Layout<Element>], file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    let receive = try receivePieces(layouts, in: elements.count, "allToAll", "what is exchanged")
    try enterCollective("allToAll", Never.self, file, line)
    let code = elements.withUnsafeMutableBufferPointer { memory in
      exchange(nil, send: nil, memory.baseAddress, receive: receive)
    }
    try check(code, "allToAll")
  }
  /// Exchanges the elements of an array that a layout names with each rank, in place.
  ///
  /// MPI needs memory of its own for it.
  ///
  /// C: `MPI_Alltoallw` with `MPI_IN_PLACE`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: the array.
  ///   - layouts: which of its elements go to each rank, and are replaced by the same number that come from it; none in
  ///     common.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one layout for each rank, or one does
  ///   not lie within the memory; ``ErrorClass/type`` if an element takes part twice.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], layouts: [Layout<Element>], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try allToAll(inPlace: &span, layouts: layouts, file: file, line: line)
  }
}

import CMPI

extension Communicator {
  /// Brings the ranks' elements to every rank, into a memory where a layout for each rank says the places.
  ///
  /// C: `MPI_Alltoallw`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: this rank's memory.
  ///   - layout: which of its elements; as many as the layouts for this rank have.
  ///   - received: where all go.
  ///   - receivedLayouts: where each rank's go; none in common.
  /// - Throws: ``ErrorClass/count`` if there is not one layout for each rank, or one does not lie within its memory, or
  ///   this rank's two differ in length; ``ErrorClass/type`` if an element is to be received twice.
  @inlinable
  public func allGather<Element: BitwiseCopyable, Received: BitwiseCopyable>(
    _ elements: Span<Element>, layout: Layout<Element>, into received: inout MutableSpan<Received>,
    receivedLayouts: [Layout<Received>], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let out = try piece(layout, in: elements.count, "allGather")
    try allGatherPieces(elements, out, layout.byteCount, &received, receivedLayouts, file, line)
  }

  /// Brings the ranks' elements, side by side, to every rank, into a memory where a layout for each rank says the places.
  ///
  /// C: `MPI_Alltoallw`. MPI-3.1, section 5.8. See ``allGather(_:layout:into:receivedLayouts:file:line:)``.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, receivedLayouts: [Layout<Element>],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let out = try piece(of: Element.self, elements.count, "allGather")
    try allGatherPieces(
      elements, out, elements.count * MemoryLayout<Element>.stride, &received, receivedLayouts, file, line)
  }

  /// Brings the ranks' arrays to every rank, into an array where a layout for each rank says the places.
  ///
  /// C: `MPI_Alltoallw`. MPI-3.1, section 5.8. See ``allGather(_:layout:into:receivedLayouts:file:line:)``.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    _ elements: [Element], into received: inout [Element], receivedLayouts: [Layout<Element>],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      var span = received.mutableSpan
      try allGather(elements, into: &span, receivedLayouts: receivedLayouts, file: file, line: line)
    }
  }

  @inlinable
  func allGatherPieces<Element: BitwiseCopyable, Received: BitwiseCopyable>(
    _ elements: Span<Element>, _ out: LayoutPiece, _ byteCount: Int, _ received: inout MutableSpan<Received>,
    _ receivedLayouts: [Layout<Received>], _ file: StaticString, _ line: Int
  ) throws(MPIError) {
    let receive = try receivePieces(receivedLayouts, in: received.count, "allGather", "the memory for what comes")
    try checkLengths(byteCount, receivedLayouts[rank].byteCount, "allGather")
    try enterCollective("allGather", Never.self, file, line)
    let send = [LayoutPiece](repeating: out, count: size)
    let code = elements.withUnsafeBufferPointer { own in
      received.withUnsafeMutableBufferPointer { all in
        exchange(own.baseAddress, send: send, all.baseAddress, receive: receive)
      }
    }
    try check(code, "allGather")
  }
}

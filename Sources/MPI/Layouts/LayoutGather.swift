import CMPI

extension Communicator {
  /// Gathers elements at the root, placing each rank's data according to its own layout, for example into blocks of a
  /// matrix.
  ///
  /// No message but the elements. The root alone has to know the layouts of its memory.
  ///
  /// C: `MPI_Alltoallw`, of which the root alone receives. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: this rank's memory.
  ///   - layout: which of its elements; as many as the root's layout for this rank has.
  ///   - received: at the root, where all go. Elsewhere it is not used.
  ///   - receivedLayouts: at the root, where each rank's go; none in common. Elsewhere not looked at.
  ///   - root: the rank that gets them.
  /// - Throws: ``ErrorClass/count`` at the root if there is not one layout for each rank, or one does not lie within
  ///   the memory, or its own two differ in length; ``ErrorClass/type`` if an element is to be received twice;
  ///   ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable, Received: BitwiseCopyable>(
    _ elements: Span<Element>, layout: Layout<Element>, into received: inout MutableSpan<Received>,
    receivedLayouts: [Layout<Received>], root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let out = try piece(layout, in: elements.count, "gather")
    try gatherPieces(elements, out, layout.byteCount, &received, receivedLayouts, root: root, file, line)
  }

  /// Brings the ranks' elements, side by side, to the root, into a memory where a layout for each rank says the places.
  ///
  /// C: `MPI_Alltoallw`, of which the root alone receives. MPI-3.1, section 5.8. See
  /// ``gather(_:layout:into:receivedLayouts:root:file:line:)``.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, receivedLayouts: [Layout<Element>],
    root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let out = try piece(of: Element.self, elements.count, "gather")
    try gatherPieces(
      elements, out, elements.count * MemoryLayout<Element>.stride, &received, receivedLayouts, root: root, file, line)
  }

  /// Brings the ranks' arrays to the root, into an array where a layout for each rank says the places.
  ///
  /// C: `MPI_Alltoallw`, of which the root alone receives. MPI-3.1, section 5.8. See
  /// ``gather(_:layout:into:receivedLayouts:root:file:line:)``.
  ///
  /// - Parameters:
  ///   - elements: this rank's.
  ///   - received: at the root, where all go; elsewhere it is not used, and may be empty.
  ///   - receivedLayouts: at the root, where each rank's go; elsewhere not looked at.
  ///   - root: the rank that gets them.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ elements: [Element], into received: inout [Element], receivedLayouts: [Layout<Element>], root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      var span = received.mutableSpan
      try gather(elements, into: &span, receivedLayouts: receivedLayouts, root: root, file: file, line: line)
    }
  }

  /// Brings the ranks' elements to the root, into copies of one layout, an extent apart: those of rank r into copy r.
  ///
  /// ```swift
  /// let column = try Layout<Double>.vector(count: rows, stride: columns).resized(extent: 1)
  /// try world.gather(mine, into: &matrix, receivedLayout: column)   // rank r's become column r
  /// ```
  ///
  /// C: `MPI_Gather`. MPI-3.1, sections 4.1.7 and 5.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's; as many as the layout has.
  ///   - received: at the root, where all go. Elsewhere it is not used.
  ///   - receivedLayout: at the root, where those of rank 0 go; its ``Layout/extent`` later go those of rank 1. Elsewhere it
  ///     is not used, but for its length.
  ///   - root: the rank that gets them.
  /// - Throws: ``ErrorClass/count`` if the copies do not lie within the root's memory, or `elements` has another length
  ///   than the layout; ``ErrorClass/type`` if the copies overlap; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, receivedLayout: Layout<Element>,
    root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkRoot(root, "gather")
    try checkLengths(elements.count * MemoryLayout<Element>.stride, receivedLayout.byteCount, "gather")
    if rank == root { try checkCopies(receivedLayout, in: received.count, areReceived: true, "gather") }
    let out = try piece(of: Element.self, elements.count, "gather")
    let into = try piece(receivedLayout.node, "gather")
    try enterCollective("gather", Never.self, root: root, file, line)
    let code = elements.withUnsafeBufferPointer { own in
      received.withUnsafeMutableBufferPointer { all in
        MPI_Gather(
          own.baseAddress, out.count, out.type, all.baseAddress, into.count, into.type,
          CInt(truncatingIfNeeded: root), rawValue)
      }
    }
    try withExtendedLifetime((out, receivedLayout)) { () throws(MPIError) in try check(code, "gather") }
  }

  /// Brings the ranks' arrays to the root, into copies of one layout, an extent apart: those of rank r into copy r.
  ///
  /// C: `MPI_Gather`. MPI-3.1, sections 4.1.7 and 5.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's; as many as the layout has.
  ///   - received: at the root, where all go; elsewhere it is not used, and may be empty.
  ///   - receivedLayout: where those of rank 0 go; the same length on every rank.
  ///   - root: the rank that gets them.
  /// - Throws: ``ErrorClass/count`` at the root if the copies do not lie within its array, and on a rank whose
  ///   `elements` have another length than the layout; ``ErrorClass/type`` at the root if the copies overlap;
  ///   ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ elements: [Element], into received: inout [Element], receivedLayout: Layout<Element>, root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      var span = received.mutableSpan
      try gather(elements, into: &span, receivedLayout: receivedLayout, root: root, file: file, line: line)
    }
  }

  @inlinable
  func gatherPieces<Element: BitwiseCopyable, Received: BitwiseCopyable>(
    _ elements: Span<Element>, _ out: LayoutPiece, _ byteCount: Int, _ received: inout MutableSpan<Received>,
    _ receivedLayouts: [Layout<Received>], root: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) {
    try checkRoot(root, "gather")
    var receive = pieces(.none, at: root)
    if rank == root {
      receive = try receivePieces(receivedLayouts, in: received.count, "gather", "the root")
      try checkLengths(byteCount, receivedLayouts[root].byteCount, "gather")
    }
    try enterCollective("gather", Never.self, root: root, file, line)
    let send = pieces(out, at: root)
    let code = elements.withUnsafeBufferPointer { own in
      received.withUnsafeMutableBufferPointer { all in
        exchange(own.baseAddress, send: send, all.baseAddress, receive: receive)
      }
    }
    try check(code, "gather")
  }
}

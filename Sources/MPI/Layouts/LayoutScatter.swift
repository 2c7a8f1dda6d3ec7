import CMPI

extension Communicator {
  /// Hands out the root's memory by a layout for each rank: a matrix in blocks, say.
  ///
  /// ```swift
  /// let blocks = try (0..<world.size).map { rank in
  ///   try Layout<Double>.subarray(shape: [800, 600], ranges: [rows(rank), columns(rank)])
  /// }
  /// try world.scatter(matrix, layouts: blocks, into: &mine)
  /// ```
  ///
  /// No message but the elements. The root alone has to know the layouts.
  ///
  /// C: `MPI_Alltoallw`, of which the root alone sends. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: at the root, the memory. Elsewhere it is not used.
  ///   - layouts: at the root, which elements each rank gets; they may have some in common. Elsewhere not looked at.
  ///   - received: where this rank's go.
  ///   - receivedLayout: which of the places there; as many elements as the root's layout for this rank has.
  ///   - root: the rank whose memory it is.
  /// - Throws: ``ErrorClass/count`` at the root if there is not one layout for each rank, or one does not lie within
  ///   the memory, or its own two differ in length; ``ErrorClass/type`` if an element is to be received twice;
  ///   ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func scatter<Element: BitwiseCopyable, Received: BitwiseCopyable>(
    _ elements: Span<Element>, layouts: [Layout<Element>], into received: inout MutableSpan<Received>,
    receivedLayout: Layout<Received>, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let into = try receivePiece(receivedLayout, in: received.count, "scatter")
    try scatterPieces(
      elements, layouts, &received, into, receivedLayout.byteCount, root: root, file, line)
  }

  /// Hands out the root's memory by a layout for each rank, each part to be put side by side.
  ///
  /// The memory that receives has as many elements as the root's layout for this rank.
  ///
  /// C: `MPI_Alltoallw`, of which the root alone sends. MPI-3.1, section 5.8. See
  /// ``scatter(_:layouts:into:receivedLayout:root:file:line:)``.
  @inlinable
  public func scatter<Element: BitwiseCopyable>(
    _ elements: Span<Element>, layouts: [Layout<Element>], into received: inout MutableSpan<Element>, root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let into = try piece(of: Element.self, received.count, "scatter")
    try scatterPieces(
      elements, layouts, &received, into, received.count * MemoryLayout<Element>.stride, root: root, file, line)
  }

  /// Hands out the root's array by a layout for each rank, into an array of the right length.
  ///
  /// C: `MPI_Alltoallw`, of which the root alone sends. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - layouts: at the root, which elements each rank gets; elsewhere not looked at.
  ///   - received: where this rank's go; as many elements as the root's layout for this rank has.
  ///   - root: the rank whose array it is.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil.
  @inlinable
  public func scatter<Element: BitwiseCopyable>(
    _ elements: [Element]?, layouts: [Layout<Element>], into received: inout [Element], root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkRoot(root, "scatter")
    if rank == root && elements == nil { throw missingAtRoot("scatter") }
    try withSpan(of: elements ?? []) { (elements) throws(MPIError) in
      var span = received.mutableSpan
      try scatter(elements, layouts: layouts, into: &span, root: root, file: file, line: line)
    }
  }

  /// Hands out the root's array by a layout for each rank.
  ///
  /// How many elements each rank gets goes first, in a scatter of one number.
  ///
  /// C: `MPI_Scatter`, `MPI_Alltoallw`. MPI-3.1, sections 5.6 and 5.8.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - layouts: at the root, which elements each rank gets; elsewhere not looked at.
  ///   - root: the rank whose array it is.
  /// - Returns: this rank's elements, in the order of its layout.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil; ``ErrorClass/type`` if a layout holds no whole number
  ///   of elements, because only some fields take part: receive those into memory of their own type.
  public func scatter<Element: BitwiseCopyable>(
    _ elements: [Element]?, layouts: [Layout<Element>], root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkRoot(root, "scatter")
    let stride = MemoryLayout<Element>.stride
    if rank == root {
      guard let elements else { throw missingAtRoot("scatter") }
      _ = try pieces(layouts, in: elements.count, "scatter", "the root")
      for (rank, layout) in layouts.enumerated() {
        try require(
          layout.byteCount == layout.elementCount * stride, .type, "scatter",
          "the layout for rank \(rank) has only some fields of its elements: receive them into memory of their own type"
        )
      }
    }
    try enterCollective("scatter", Never.self, root: root, file, line)
    let (counts, type) = (layouts.map(\.elementCount), ElementType(Int.self).datatype)
    let (count, code) = makeElement(Int.self) { count in
      MPI_Scatter(counts, 1, type, count, 1, type, CInt(truncatingIfNeeded: root), rawValue)
    }
    try check(code, "scatter")
    // MPI fills all of it, or the call throws.
    var received = makeArray(count) { (_: UnsafeMutablePointer<Element>?) in 0 }.array
    try withSpan(of: elements ?? []) { (elements) throws(MPIError) in
      var span = received.mutableSpan
      try scatter(elements, layouts: layouts, into: &span, root: root, file: file, line: line)
    }
    return received
  }

  /// Hands out the root's memory by copies of one layout, an extent apart: copy r to rank r.
  ///
  /// ```swift
  /// let column = try Layout<Double>.vector(count: rows, stride: columns).resized(extent: 1)
  /// let mine = try world.scatter(matrix, layout: column)    // column r to rank r
  /// ```
  ///
  /// C: `MPI_Scatter`. MPI-3.1, sections 4.1.7 and 5.6.
  ///
  /// - Parameters:
  ///   - elements: at the root, the memory. Elsewhere it is not used.
  ///   - layout: at the root, which elements rank 0 gets; its ``Layout/extent`` later begin those of rank 1. Elsewhere it is
  ///     not used, but for its length.
  ///   - received: where this rank's go, as many elements as the layout has.
  ///   - root: the rank whose memory it is.
  /// - Throws: ``ErrorClass/count`` if the copies do not lie within the root's memory, or `received` has another length
  ///   than the layout; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func scatter<Element: BitwiseCopyable>(
    _ elements: Span<Element>, layout: Layout<Element>, into received: inout MutableSpan<Element>, root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkRoot(root, "scatter")
    try checkLengths(layout.byteCount, received.count * MemoryLayout<Element>.stride, "scatter")
    if rank == root { try checkCopies(layout, in: elements.count, areReceived: false, "scatter") }
    let out = try piece(layout.node, "scatter")
    let into = try piece(of: Element.self, received.count, "scatter")
    try enterCollective("scatter", Never.self, root: root, file, line)
    let code = elements.withUnsafeBufferPointer { all in
      received.withUnsafeMutableBufferPointer { own in
        MPI_Scatter(
          all.baseAddress, out.count, out.type, own.baseAddress, into.count, into.type,
          CInt(truncatingIfNeeded: root), rawValue)
      }
    }
    try withExtendedLifetime((layout, into)) { () throws(MPIError) in try check(code, "scatter") }
  }

  /// Hands out the root's array by copies of one layout, an extent apart: copy r to rank r.
  ///
  /// C: `MPI_Scatter`. MPI-3.1, sections 4.1.7 and 5.6.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - layout: which elements rank 0 gets; the same length on every rank.
  ///   - root: the rank whose array it is.
  /// - Returns: this rank's elements, in the order of the layout.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil.
  public func scatter<Element: BitwiseCopyable>(
    _ elements: [Element]?, layout: Layout<Element>, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkRoot(root, "scatter")
    if rank == root && elements == nil { throw missingAtRoot("scatter") }
    try require(
      layout.byteCount == layout.elementCount * MemoryLayout<Element>.stride, .type, "scatter",
      "the layout has only some fields of its elements: receive them into memory of their own type")
    // MPI fills all of it, or the call throws.
    var received = makeArray(layout.elementCount) { (_: UnsafeMutablePointer<Element>?) in 0 }.array
    try withSpan(of: elements ?? []) { (elements) throws(MPIError) in
      var span = received.mutableSpan
      try scatter(elements, layout: layout, into: &span, root: root, file: file, line: line)
    }
    return received
  }

  @inlinable
  func scatterPieces<Element: BitwiseCopyable, Received: BitwiseCopyable>(
    _ elements: Span<Element>, _ layouts: [Layout<Element>], _ received: inout MutableSpan<Received>,
    _ into: LayoutPiece, _ byteCount: Int, root: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) {
    try checkRoot(root, "scatter")
    var send = pieces(.none, at: root)
    if rank == root {
      send = try pieces(layouts, in: elements.count, "scatter", "the root")
      try checkLengths(layouts[root].byteCount, byteCount, "scatter")
    }
    try enterCollective("scatter", Never.self, root: root, file, line)
    let receive = pieces(into, at: root)
    let code = elements.withUnsafeBufferPointer { all in
      received.withUnsafeMutableBufferPointer { own in
        exchange(all.baseAddress, send: send, own.baseAddress, receive: receive)
      }
    }
    try check(code, "scatter")
  }
}

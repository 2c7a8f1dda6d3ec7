// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Scatters of what layouts select at the root, into a new array. How many elements a rank gets is known from the
// layout, or goes first.

extension Communicator {
  /// Hands out the elements that copies of a layout select in the root's memory: copy r to rank r.
  ///
  /// ```swift
  /// let column = try Layout<Double>.vector(count: rows, stride: columns).resized(extent: 1)
  /// let mine = try world.scatter(matrix[each: column])    // column r to rank r
  /// ```
  ///
  /// C: `MPI_Scatter`. MPI-3.1, sections 4.1.7 and 5.6.
  ///
  /// - Parameters:
  ///   - buffer: at the root, the memory. Elsewhere it is not used and may be empty, but its layout must have as many
  ///     elements.
  ///   - root: the rank whose memory it is.
  /// - Returns: this rank's elements, in the order of the layout.
  /// - Throws: ``ErrorClass/count`` at the root if the copies do not lie within the memory; ``ErrorClass/type`` if the
  ///   layout selects no whole number of elements; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func scatter<Base: OutgoingBuffer & ~Copyable & ~Escapable, Element: BitwiseCopyable>(
    _ buffer: borrowing CopiesBuffer<Base, Element>, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkRoot(root, "scatter")
    try checkTakesWholeElements(buffer.node, of: CopiesBuffer<Base, Element>.self, "scatter")
    var received = try roomFor(bytes: buffer.node.metrics.byteCount, Element.self, "scatter")
    try scatter(buffer, into: &received, root: root, file: file, line: line)
    return received
  }

  /// Hands out the elements that layouts select in the root's memory, one for each rank.
  ///
  /// How many elements each rank gets goes first, in a scatter of one number.
  ///
  /// C: `MPI_Scatter`, `MPI_Alltoallw`. MPI-3.1, sections 5.6 and 5.8.
  ///
  /// - Parameters:
  ///   - buffer: at the root, the memory. Elsewhere it is not used, and it and its layouts may be empty.
  ///   - root: the rank whose memory it is.
  /// - Returns: this rank's elements, in the order of its layout.
  /// - Throws: at the root, ``ErrorClass/count`` if there is not one layout for each rank, or one does not lie within
  ///   the memory; ``ErrorClass/type`` if a layout selects no whole number of elements; ``ErrorClass/root`` for a root
  ///   out of range.
  @inlinable
  public func scatter<Base: OutgoingBuffer & ~Copyable & ~Escapable, Element: BitwiseCopyable>(
    _ buffer: borrowing LayoutsBuffer<Base, Element>, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkRoot(root, "scatter")
    var received: [Element] = []
    try buffer._withMemory { (own) throws(MPIError) in
      let bytes = try scatterLengths(own, of: LayoutsBuffer<Base, Element>.self, root, file, line)
      received = try roomFor(bytes: bytes, Element.self, "scatter")
    }
    try scatter(buffer, into: &received, root: root, file: file, line: line)
    return received
  }

  /// Gives each rank the number of bytes that the root's layout for it selects.
  @usableFromInline
  func scatterLengths<Buffer: OutgoingBlocks & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, _ root: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Int {
    var lengths: [Int] = []
    if rank == root {
      let nodes = try parts(
        memory, of: Buffer.self, for: ranks, areBlocks: true, areUsed: true, root, isReceived: false, "what goes out",
        "scatter")
      for case let node? in nodes { try checkTakesWholeElements(node, of: Buffer.self, "scatter") }
      lengths = nodes.map { $0?.metrics.byteCount ?? 0 }
    }
    return try scatter(each: lengths, root: root, file: file, line: line)
  }

  /// Throws for a layout of some fields, if the program does not give their type.
  @usableFromInline
  func checkTakesWholeElements<Buffer: OutgoingBlocks & ~Copyable & ~Escapable>(
    _ node: LayoutNode, of _: Buffer.Type, _ operation: StaticString
  ) throws(MPIError) {
    guard Buffer.Element.self == Buffer._MemoryElement.self else { return }
    try require(
      node.metrics.isOfWhole(Buffer.Element.self), .type, operation,
      "the layout selects only some fields of its elements: say of which type they are, by `as:`")
  }

  /// An array of as many elements as so many bytes are. The elements are not initialized: MPI fills all of them, or the
  /// call throws.
  @usableFromInline
  func roomFor<Element: BitwiseCopyable>(
    bytes: Int, _: Element.Type, _ operation: StaticString
  ) throws(MPIError) -> [Element] {
    let stride = MemoryLayout<Element>.stride
    try require(
      bytes.isMultiple(of: stride), .type, operation,
      "the layout selects \(bytes) bytes, which are not a whole number of elements of \(stride) bytes")
    return makeArray(bytes / stride) { (_: UnsafeMutablePointer<Element>?) in 0 }.array
  }
}

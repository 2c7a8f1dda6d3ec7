import CMPI

// What the operations on layouts share: the checks before MPI is called, and what MPI is given.

/// A count and a datatype that stand for a layout, or for elements side by side, and what keeps the datatype alive.
@usableFromInline
struct LayoutPiece {
  @usableFromInline var count: CInt
  @usableFromInline var type: MPI_Datatype
  @usableFromInline var owner: LayoutNode?

  /// Nothing.
  @usableFromInline static var none: LayoutPiece { LayoutPiece(count: 0, type: CMPI_BYTE, owner: nil) }
}

extension Communicator {
  /// What MPI is given for a layout.
  ///
  /// - Throws: ``ErrorClass/count`` if it does not lie within a memory of `count` elements.
  @inlinable @inline(__always)
  func piece<Element>(
    _ layout: Layout<Element>, in count: Int, _ operation: StaticString
  ) throws(MPIError) -> LayoutPiece {
    if layout.node.metrics.takesWholeElements { try checkElement(Element.self, operation) }
    return try piece(layout.node, in: count, stride: MemoryLayout<Element>.stride, operation)
  }

  /// What MPI is given for a layout to receive into.
  ///
  /// - Throws: ``ErrorClass/type`` if an element takes part twice, too.
  @inlinable @inline(__always)
  func receivePiece<Element>(
    _ layout: Layout<Element>, in count: Int, _ operation: StaticString
  ) throws(MPIError) -> LayoutPiece {
    try checkApart(layout.node, operation)
    return try piece(layout, in: count, operation)
  }

  /// What MPI is given for all of a memory of `count` elements.
  @inlinable @inline(__always)
  func piece<Element>(
    of _: Element.Type, _ count: Int, _ operation: StaticString
  ) throws(MPIError) -> LayoutPiece {
    try checkElement(Element.self, operation)
    return try plainPiece(count, ElementType(Element.self), operation)
  }

  @usableFromInline
  func piece(
    _ node: LayoutNode, in count: Int, stride: Int, _ operation: StaticString
  ) throws(MPIError) -> LayoutPiece {
    try checkIsMeant(node, in: count, 1, operation)
    try checkBounds(node, in: count, stride: stride, operation)
    return try piece(node, operation)
  }

  /// What MPI is given for a layout that lies within its memory.
  @usableFromInline
  func piece(_ node: LayoutNode, _ operation: StaticString) throws(MPIError) -> LayoutPiece {
    if node.metrics.byteCount == 0 { return .none }
    return LayoutPiece(count: 1, type: try node.datatype(operation), owner: node)
  }

  /// Throws if a layout does not lie within a memory of `count` elements.
  @usableFromInline
  func checkBounds(
    _ node: LayoutNode, in count: Int, stride: Int, _ operation: StaticString
  ) throws(MPIError) {
    let metrics = node.metrics
    if metrics.byteCount == 0 { return }
    if metrics.first < 0 || metrics.end > count * stride {
      throw boundsFailure(metrics.first, metrics.end, count, stride, operation)
    }
  }

  /// Throws if copies of a layout, an extent apart, do not lie within a memory; one for each rank.
  @inlinable
  func checkCopies<Element>(
    _ layout: Layout<Element>, in count: Int, areReceived: Bool, _ operation: StaticString
  ) throws(MPIError) {
    if layout.node.metrics.takesWholeElements { try checkElement(Element.self, operation) }
    try checkIsMeant(layout.node, in: count, size, operation)
    let copies = try layout.repeated(size)
    if areReceived { try checkApart(copies.node, operation) }
    try checkBounds(copies.node, in: count, stride: MemoryLayout<Element>.stride, operation)
  }

  /// Throws for a layout of one element that is used with more, if the program did not say that it wants one.
  ///
  /// - Parameter copies: how many copies of it are used, side by side.
  @usableFromInline
  func checkIsMeant(
    _ node: LayoutNode, in count: Int, _ copies: Int, _ operation: StaticString
  ) throws(MPIError) {
    guard node.isOfOneByDefault && count > copies else { return }
    throw failure(.count, operation, node.leavesOut(count, copies))
  }

  @usableFromInline
  func plainPiece(_ count: Int, _ type: ElementType, _ operation: StaticString) throws(MPIError) -> LayoutPiece {
    let units = count &* type.units
    if units <= largestCount {
      return LayoutPiece(count: CInt(truncatingIfNeeded: units), type: type.datatype, owner: nil)
    }
    let node = try LayoutNode.plain(count, type, operation)
    return LayoutPiece(count: 1, type: try node.datatype(operation), owner: node)
  }

  @usableFromInline
  func checkApart(_ node: LayoutNode, _ operation: StaticString) throws(MPIError) {
    try require(
      !node.overlaps, .type, operation,
      "an element takes part twice in the layout (\(node)): what is received would overwrite itself, which MPI forbids")
  }

  private func boundsFailure(
    _ first: Int, _ end: Int, _ count: Int, _ stride: Int, _ operation: StaticString
  ) -> MPIError {
    let reached = first < 0 ? (first - stride + 1) / stride : (end - 1) / stride
    return failure(
      .count, operation,
      "the layout reaches element \(reached) of a memory of \(count): a layout must lie within the memory")
  }
}

extension LayoutNode {
  /// In words, that a layout of one element leaves out the others.
  func leavesOut(_ count: Int, _ copies: Int) -> String {
    let used = copies == 1 ? "1 element is" : "\(copies) elements, one for each rank, are"
    let rest = copies > 1 && count % copies == 0 ? count / copies : count
    return
      "\(used) used of a memory of \(count): the layout (\(self)) is of one element, because it does not say of how "
      + "many. Say it, by .fields(…, count: \(rest)) or .contiguous(\(rest), of: layout); also if it is 1"
  }
}

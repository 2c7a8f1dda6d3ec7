// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Where an operation of a window reads or writes in a target's memory, and the checks of it.

/// Elements of a target's memory, as MPI is given them.
@usableFromInline @frozen
struct WindowPlace {
  @usableFromInline let rank: CInt
  @usableFromInline let displacement: MPI_Aint
  /// Their number, and their datatype if a layout selects them. It has no address.
  @usableFromInline let piece: Piece

  @inlinable @inline(__always)
  init(_ rank: CInt, _ displacement: MPI_Aint, _ piece: Piece) {
    (self.rank, self.displacement, self.piece) = (rank, displacement, piece)
  }
}

extension Window {
  /// The place of as many elements of a target as a piece has, if they are there and may be reached now; nil for no rank.
  ///
  /// - Parameters:
  ///   - layout: which elements they are, counted from `index`; nil if they lie side by side.
  ///   - isWritten: whether the operation changes them.
  @inlinable @inline(__always)
  func place(
    _ target: some MessageDestination, _ index: Int, _ layout: Layout<Element>?, of piece: Piece, isWritten: Bool,
    _ operation: StaticString
  ) throws(MPIError) -> WindowPlace? {
    if let layout {
      return try place(target._destination, index, layout.node, of: piece.byteCount, isWritten: isWritten, operation)
    }
    let count = piece.elementCount(of: Element.self)
    guard let rank = try reach(target, index, count, operation) else { return nil }
    return WindowPlace(
      rank, displacement(index, rank), Piece(nil, count: count, type: nil, byteCount: piece.byteCount))
  }

  /// The place of elements that a layout selects.
  @usableFromInline @inline(never)
  func place(
    _ target: Int, _ index: Int, _ node: LayoutNode, of byteCount: Int, isWritten: Bool, _ operation: StaticString
  ) throws(MPIError) -> WindowPlace? {
    guard let rank = try reach(target, index, 0, operation) else { return nil }
    let piece = try targetPiece(
      node, index, in: state.pointee.counts[target], of: byteCount, isWritten: isWritten, operation)
    return WindowPlace(rank, displacement(index, rank), piece)
  }

  /// What MPI is given for a layout at a target.
  ///
  /// - Parameters:
  ///   - index: where the layout begins.
  ///   - count: how many elements the target has.
  ///   - byteCount: how many bytes it must select.
  func targetPiece(
    _ node: LayoutNode, _ index: Int, in count: Int, of byteCount: Int, isWritten: Bool, _ operation: StaticString
  ) throws(MPIError) -> Piece {
    let (metrics, stride) = (node.metrics, MemoryLayout<Element>.stride)
    try communicator.checkLengths(
      isWritten ? byteCount : metrics.byteCount, isWritten ? metrics.byteCount : byteCount, operation)
    if isWritten { try communicator.checkApart(node, operation) }
    if metrics.byteCount == 0 { return Piece(nil, count: 0, type: CMPI_BYTE, byteCount: 0) }
    // In bytes of a memory that exists, so that none overflows.
    try communicator.require(
      metrics.first >= -index * stride && metrics.end <= (count - index) * stride, .windowRange, operation,
      "the layout at \(index) reaches beyond the \(count) elements of the target")
    return Piece(nil, count: 1, type: try node.datatype(operation), byteCount: metrics.byteCount)
  }

  /// Throws if a layout selects only some bytes of its elements, so that what comes is no array of them.
  ///
  /// - Returns: how many elements it selects.
  func wholeElements(of layout: Layout<Element>, _ operation: StaticString) throws(MPIError) -> Int {
    let metrics = layout.node.metrics
    try communicator.require(
      metrics.isOfWhole(Element.self), .type, operation,
      "the layout selects only some fields of its elements: get them into memory by a layout of the same fields")
    return metrics.elementCount
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The time in which this rank may operate on other ranks' memory in a window.
///
/// ```swift
/// try window.fenced { epoch in
///   try epoch.put(edge, to: right, at: 0)
/// }
/// use(window.local)
/// ```
///
/// | Epoch | made by | takes part | gets |
/// |---|---|---|---|
/// | ``FenceEpoch`` | ``Window/fenced(opening:closing:file:line:_:)`` | every rank | deferred |
/// | ``AccessEpoch`` | ``Window/accessing(_:assertions:file:line:_:)-([Int],_,_,_,_)`` | the ranks of two groups | deferred |
/// | ``LockEpoch`` | ``Window/locked(_:_:assertions:file:line:_:)``, ``Window/lockedAll(assertions:file:line:_:)`` | this rank alone | at once |
///
/// An epoch lasts as long as the closure that it is given to, and the compiler refuses to let it out. A function that
/// takes part in one takes it as an argument: `func exchange(_ epoch: FenceEpoch<Double>)`.
///
/// A place in a window is a rank and the index of an element there. A place that is not in the window throws
/// ``ErrorClass/windowRange``.
///
/// C: the epochs of MPI-3.1, section 11.5.
public protocol WindowEpoch<Element>: ~Escapable {
  associatedtype Element: BitwiseCopyable
  /// The window.
  var window: Window<Element> { get }
  /// Whether MPI completes operations on request: inside locks.
  static var _isPassive: Bool { get }
  /// Throws unless a rank of the window may be reached.
  func _checkReached(_ rank: Int, _ operation: StaticString) throws(MPIError)
}

extension WindowEpoch where Self: ~Escapable {
  @inlinable @inline(__always)
  var communicator: Communicator { window.communicator }

  /// The rank of a target as MPI takes it, if it may be reached and has the elements; nil for no rank.
  @inlinable @inline(__always)
  func reach(
    _ target: some MessageDestination, _ index: Int, _ count: Int, _ operation: StaticString
  ) throws(MPIError) -> CInt? {
    let rank = target._destination
    if UInt(bitPattern: rank) >= UInt(bitPattern: communicator.size) {
      guard rank == Wildcard.none else { throw communicator.rankFailure(rank, operation) }
      return nil
    }
    try _checkReached(rank, operation)
    try window.checkPlace(rank, index, count, operation)
    return CInt(truncatingIfNeeded: rank)
  }

  /// The same of a target that must be a rank.
  @inlinable @inline(__always)
  func reachRank(
    _ target: Int, _ index: Int, _ count: Int, _ operation: StaticString
  ) throws(MPIError) -> CInt {
    try communicator.checkRank(target, operation)
    try _checkReached(target, operation)
    try window.checkPlace(target, index, count, operation)
    return CInt(truncatingIfNeeded: target)
  }

  /// The place of as many elements of a target as a piece has, if they are there and may be reached; nil for no rank.
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
      guard let rank = try reach(target, index, 0, operation) else { return nil }
      return try window.place(rank, index, layout.node, of: piece.byteCount, isWritten: isWritten, operation)
    }
    let count = piece.elementCount(of: Element.self)
    guard let rank = try reach(target, index, count, operation) else { return nil }
    return window.place(rank, index, count, byteCount: piece.byteCount)
  }

  /// The same of a target that must be a rank.
  @inlinable @inline(__always)
  func placeOfRank(
    _ target: Int, _ index: Int, _ layout: Layout<Element>?, of piece: Piece, isWritten: Bool,
    _ operation: StaticString
  ) throws(MPIError) -> WindowPlace {
    if let layout {
      let rank = try reachRank(target, index, 0, operation)
      return try window.place(rank, index, layout.node, of: piece.byteCount, isWritten: isWritten, operation)
    }
    let count = piece.elementCount(of: Element.self)
    let rank = try reachRank(target, index, count, operation)
    return window.place(rank, index, count, byteCount: piece.byteCount)
  }

  /// Calls `body` with what MPI is given for a buffer's elements. Their memory stays good until MPI has read it.
  @inlinable @inline(__always)
  func sending<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ piece: Piece, of buffer: borrowing Buffer, to rank: CInt, _ operation: StaticString, _ body: (Piece) -> CInt
  ) throws(MPIError) -> CInt {
    if !Self._isPassive { return body(try window.keep(piece, buffer._holder, operation)) }
    let code = body(piece)
    return code != 0 ? code : MPI_Win_flush_local(rank, window.rawValue)
  }
}

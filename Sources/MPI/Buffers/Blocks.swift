// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Memory that has a block for each rank, of which a collective sends one to each: a buffer whose elements are the
/// blocks side by side, or a buffer with layouts.
///
/// ```swift
/// try world.scatter(matrix, into: &mine)                     // rows, side by side
/// try world.scatter(matrix[each: column], into: &mine)       // a column for each rank, an extent apart
/// try world.scatter(matrix[layouts: tiles], into: &mine)     // a tile for each rank
/// ```
///
/// Each ``OutgoingBuffer`` conforms, ``CopiesBuffer`` and ``LayoutsBuffer``. The elements are sent from where they lie:
/// no allocation and no copy, but for a ``LayoutBuffer``, whose elements are copied side by side first.
///
/// The requirements are for this package: a type of a program's own can't conform.
///
/// C: the `sendbuf`, `sendcount` and `sendtype` of a collective. MPI-3.1, section 5.5.
public protocol OutgoingBlocks: ~Copyable, ~Escapable {
  /// What is sent.
  associatedtype Element

  /// What the memory consists of. It differs from ``Element`` if a layout selects a field of each element.
  associatedtype _MemoryElement = Element

  /// How the blocks lie. It depends on the type alone, so that all ranks call the same function of MPI.
  static var _blocks: BlockForm { get }

  /// Calls `body` with the memory, which stays in place until it returns.
  func _withMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result
}

/// Memory that has a block for each rank, into which a collective receives one from each.
///
/// ```swift
/// try world.gather(mine, into: &matrix)                      // side by side
/// try world.gather(mine, into: &matrix[each: column])        // rank r's become column r
/// try world.gather(mine, into: &matrix[layouts: tiles])      // rank r's become tile r
/// ```
///
/// Each ``IncomingBuffer`` conforms, and ``CopiesBuffer`` and ``LayoutsBuffer`` over one.
///
/// C: the `recvbuf`, `recvcount` and `recvtype` of a collective. MPI-3.1, section 5.5.
public protocol IncomingBlocks: OutgoingBlocks, ~Copyable, ~Escapable {
  /// Calls `body` with the memory, which stays in place until it returns. Only `body` reads and writes it.
  mutating func _withMutableMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result
}

/// How blocks lie in a memory. It is for this package.
@frozen
public enum BlockForm: Sendable {
  /// One after another.
  case sideBySide
  /// By copies of one layout, an extent apart.
  case copies
  /// By a layout for each rank.
  case layouts
}

extension OutgoingBuffer where Self: ~Copyable & ~Escapable {
  @inlinable @inline(__always)
  public static var _blocks: BlockForm { .sideBySide }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Blocks that a layout for each rank selects.
///
/// ```swift
/// let tiles = try (0..<world.size).map { rank in
///   try Layout<Double>.subarray(shape: [800, 600], ranges: [rows(rank), columns(rank)])
/// }
/// try world.scatter(matrix[layouts: tiles], into: &mine)
/// ```
///
/// C: the `sendtypes` or `recvtypes` of `MPI_Alltoallw`. MPI-3.1, section 5.8.
@frozen
public struct LayoutsBuffer<Base: OutgoingBuffer & ~Copyable & ~Escapable, Element>: ~Copyable, ~Escapable {
  /// The buffer that the layouts select from.
  public var base: Base
  @usableFromInline let list: LayoutList

  @inlinable @inline(__always)
  @_lifetime(copy base)
  init(_ base: consuming Base, _ list: LayoutList) {
    self.base = base
    self.list = list
  }
}

extension LayoutsBuffer: Copyable where Base: Copyable & ~Escapable {}

extension LayoutsBuffer: Escapable where Base: Escapable & ~Copyable {}

extension LayoutsBuffer: Sendable where Base: Sendable & ~Copyable & ~Escapable {}

extension LayoutsBuffer: OutgoingBlocks where Base: ~Copyable & ~Escapable {
  public typealias _MemoryElement = Base._MemoryElement

  @inlinable @inline(__always)
  public static var _blocks: BlockForm { .layouts }

  @inlinable @inline(__always)
  public func _withMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let list = list
    return try base._withMemory { (memory) throws(Failure) in
      try body(BufferMemory(memory.start, memory.count, layouts: list))
    }
  }
}

extension LayoutsBuffer: IncomingBlocks where Base: IncomingBuffer & ~Copyable & ~Escapable {
  @inlinable @inline(__always)
  public mutating func _withMutableMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let list = list
    return try base._withMutableMemory { (memory) throws(Failure) in
      try body(BufferMemory(memory.start, memory.count, layouts: list))
    }
  }
}

extension IncomingBuffer where Self: RangeReplaceableCollection, Element: BitwiseCopyable {
  /// The elements that layouts select, one for each rank.
  ///
  /// - Parameters:
  ///   - layouts: which elements are those of each rank, in rank order. Those that are received into have none in
  ///     common.
  @inlinable
  public subscript(layouts layouts: [Layout<Element>]) -> LayoutsBuffer<Self, Element> {
    get { self[layouts: layouts, as: Element.self] }
    _modify { yield &self[layouts: layouts, as: Element.self] }
  }

  /// The bytes that layouts select, as elements of another type, one for each rank.
  ///
  /// - Parameters:
  ///   - layouts: which elements are those of each rank, in rank order. Those that are received into have none in
  ///     common.
  ///   - type: what the selected bytes are: the type of a field.
  @inlinable
  public subscript<Selected: BitwiseCopyable>(
    layouts layouts: [Layout<Element>], as type: Selected.Type
  ) -> LayoutsBuffer<Self, Selected> {
    get { LayoutsBuffer(self, LayoutList(layouts)) }
    _modify {
      // The storage moves to the buffer and back, so that it is not shared and not copied.
      var buffer = LayoutsBuffer<Self, Selected>(self, LayoutList(layouts))
      self = Self()
      defer { self = buffer.base }
      yield &buffer
    }
  }
}

extension Span where Element: BitwiseCopyable {
  /// The elements that layouts select, one for each rank.
  ///
  /// - Parameters:
  ///   - layouts: which elements are those of each rank, in rank order. Those that are received into have none in
  ///     common.
  @inlinable
  public subscript(layouts layouts: [Layout<Element>]) -> LayoutsBuffer<Span<Element>, Element> {
    @_lifetime(copy self)
    get { LayoutsBuffer(self, LayoutList(layouts)) }
  }

  /// The bytes that layouts select, as elements of another type, one for each rank.
  ///
  /// - Parameters:
  ///   - layouts: which elements are those of each rank, in rank order. Those that are received into have none in
  ///     common.
  ///   - type: what the selected bytes are: the type of a field.
  @inlinable
  public subscript<Selected: BitwiseCopyable>(
    layouts layouts: [Layout<Element>], as type: Selected.Type
  ) -> LayoutsBuffer<Span<Element>, Selected> {
    @_lifetime(copy self)
    get { LayoutsBuffer(self, LayoutList(layouts)) }
  }
}

extension MutableSpan where Element: BitwiseCopyable {
  /// The elements that layouts select, one for each rank.
  ///
  /// - Parameters:
  ///   - layouts: which elements are those of each rank, in rank order. Those that are received into have none in
  ///     common.
  @inlinable
  public subscript(layouts layouts: [Layout<Element>]) -> LayoutsBuffer<MutableSpan<Element>, Element> {
    @_lifetime(borrow self)
    _read { yield self[layouts: layouts, as: Element.self] }
    @_lifetime(&self)
    _modify { yield &self[layouts: layouts, as: Element.self] }
  }

  /// The bytes that layouts select, as elements of another type, one for each rank.
  ///
  /// - Parameters:
  ///   - layouts: which elements are those of each rank, in rank order. Those that are received into have none in
  ///     common.
  ///   - type: what the selected bytes are: the type of a field.
  @inlinable
  public subscript<Selected: BitwiseCopyable>(
    layouts layouts: [Layout<Element>], as type: Selected.Type
  ) -> LayoutsBuffer<MutableSpan<Element>, Selected> {
    @_lifetime(borrow self)
    _read {
      // It is only read, and can't be written through the borrowed span.
      let memory = withUnsafeBufferPointer { UnsafeMutableBufferPointer(mutating: $0) }
      let buffer = LayoutsBuffer<MutableSpan<Element>, Selected>(
        MutableSpan(_unsafeElements: memory), LayoutList(layouts))
      yield buffer
    }
    @_lifetime(&self)
    _modify {
      let memory = withUnsafeMutableBufferPointer { $0 }
      var buffer = LayoutsBuffer<MutableSpan<Element>, Selected>(
        MutableSpan(_unsafeElements: memory), LayoutList(layouts))
      yield &buffer
    }
  }
}

/// A layout for each rank.
@usableFromInline
final class LayoutList: Sendable {
  let nodes: [LayoutNode]

  @usableFromInline
  init<Element>(_ layouts: [Layout<Element>]) { nodes = layouts.map(\.node) }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The elements of a buffer that a layout selects, in the layout's order.
///
/// ```swift
/// let column = try Layout<Double>.vector(count: rows, stride: columns, start: 3)
/// try world.send(matrix[layout: column], to: 1)
/// try world.receive(into: &matrix[layout: column], from: 0)
/// ```
///
/// It is taken by every operation that takes the buffer itself, and moves the selected elements from, or to, where they
/// lie. The other end needs no layout: it sees as many elements as the layout selects. If the layout selects a field of
/// each element, `as:` gives the field's type:
///
/// ```swift
/// let masses = try particles[layout: .fields(\.mass, count: particles.count), as: Double.self]
/// let total = try world.allReduce(masses, .sum)
/// ```
///
/// C: the `buf` and the derived datatype of a message. MPI-3.1, section 4.1.11.
@frozen
public struct LayoutBuffer<Base: OutgoingBuffer & ~Copyable & ~Escapable, Element>: ~Copyable, ~Escapable {
  /// The buffer that the layout selects from.
  public var base: Base
  @usableFromInline let node: LayoutNode

  @inlinable @inline(__always)
  @_lifetime(copy base)
  init(_ base: consuming Base, _ node: LayoutNode) {
    self.base = base
    self.node = node
  }
}

extension LayoutBuffer: Copyable where Base: Copyable & ~Escapable {}

extension LayoutBuffer: Escapable where Base: Escapable & ~Copyable {}

extension LayoutBuffer: Sendable where Base: Sendable & ~Copyable & ~Escapable {}

extension LayoutBuffer: OutgoingBuffer where Base: ~Copyable & ~Escapable {
  public typealias _MemoryElement = Base._MemoryElement

  @inlinable
  public var _holder: AnyObject? { base._holder }

  @inlinable @inline(__always)
  public func _withMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let node = node
    return try base._withMemory { (memory) throws(Failure) in
      try body(BufferMemory(memory.start, memory.count, form: node))
    }
  }
}

extension LayoutBuffer: IncomingBuffer where Base: IncomingBuffer & ~Copyable & ~Escapable {}

extension LayoutBuffer: IncomingBlocks where Base: IncomingBuffer & ~Copyable & ~Escapable {
  @inlinable @inline(__always)
  public mutating func _withMutableMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let node = node
    return try base._withMutableMemory { (memory) throws(Failure) in
      try body(BufferMemory(memory.start, memory.count, form: node))
    }
  }
}

extension LayoutNode: BufferForm {
  @usableFromInline
  func piece(
    _ memory: BufferMemory, of element: Any.Type, stride: Int, travels: Int, copies: Int, isReceived: Bool,
    _ communicator: Communicator, _ operation: StaticString
  ) throws(MPIError) -> Piece {
    if metrics.takesWholeElements { try communicator.checkElement(of: element, operation) }
    try communicator.checkIsMeant(self, in: memory.count, copies, operation)
    let all = copies == 1 ? self : try repeated(copies, operation)
    if isReceived { try communicator.checkApart(all, operation) }
    try communicator.checkBounds(all, in: memory.count, stride: stride, operation)
    try communicator.require(
      travels == stride || metrics.byteCount.isMultiple(of: travels), .type, operation,
      "the layout selects \(metrics.byteCount) bytes, which are not a whole number of elements of \(travels) bytes")
    if metrics.byteCount == 0 { return Piece(nil, count: 0, type: CMPI_BYTE, byteCount: 0) }
    return Piece(memory.start, count: 1, type: try datatype(operation), byteCount: metrics.byteCount)
  }
}

extension IncomingBuffer where Self: RangeReplaceableCollection, Element: BitwiseCopyable {
  /// The elements that a layout selects.
  ///
  /// - Parameter layout: which elements. That it lies within the memory is checked by the operation that uses it.
  @inlinable
  public subscript(layout layout: Layout<Element>) -> LayoutBuffer<Self, Element> {
    get { self[layout: layout, as: Element.self] }
    _modify { yield &self[layout: layout, as: Element.self] }
  }

  /// The bytes that a layout selects, as elements of another type.
  ///
  /// - Parameters:
  ///   - layout: which bytes. That it lies within the memory is checked by the operation that uses it.
  ///   - type: what the selected bytes are: the type of a field.
  @inlinable
  public subscript<Selected: BitwiseCopyable>(
    layout layout: Layout<Element>, as type: Selected.Type
  ) -> LayoutBuffer<Self, Selected> {
    get { LayoutBuffer(self, layout.node) }
    _modify {
      // The storage moves to the buffer and back, so that it is not shared and not copied.
      var buffer = LayoutBuffer<Self, Selected>(self, layout.node)
      self = Self()
      defer { self = buffer.base }
      yield &buffer
    }
  }
}

extension Span where Element: BitwiseCopyable {
  /// The elements that a layout selects.
  ///
  /// - Parameter layout: which elements. That it lies within the memory is checked by the operation that uses it.
  @inlinable
  public subscript(layout layout: Layout<Element>) -> LayoutBuffer<Span<Element>, Element> {
    @_lifetime(copy self)
    get { LayoutBuffer(self, layout.node) }
  }

  /// The bytes that a layout selects, as elements of another type.
  ///
  /// - Parameters:
  ///   - layout: which bytes. That it lies within the memory is checked by the operation that uses it.
  ///   - type: what the selected bytes are: the type of a field.
  @inlinable
  public subscript<Selected: BitwiseCopyable>(
    layout layout: Layout<Element>, as type: Selected.Type
  ) -> LayoutBuffer<Span<Element>, Selected> {
    @_lifetime(copy self)
    get { LayoutBuffer(self, layout.node) }
  }
}

extension MutableSpan where Element: BitwiseCopyable {
  /// The elements that a layout selects.
  ///
  /// - Parameter layout: which elements. That it lies within the memory is checked by the operation that uses it.
  @inlinable
  public subscript(layout layout: Layout<Element>) -> LayoutBuffer<MutableSpan<Element>, Element> {
    @_lifetime(borrow self)
    _read { yield self[layout: layout, as: Element.self] }
    @_lifetime(&self)
    _modify { yield &self[layout: layout, as: Element.self] }
  }

  /// The bytes that a layout selects, as elements of another type.
  ///
  /// - Parameters:
  ///   - layout: which bytes. That it lies within the memory is checked by the operation that uses it.
  ///   - type: what the selected bytes are: the type of a field.
  @inlinable
  public subscript<Selected: BitwiseCopyable>(
    layout layout: Layout<Element>, as type: Selected.Type
  ) -> LayoutBuffer<MutableSpan<Element>, Selected> {
    @_lifetime(borrow self)
    _read {
      // It is only read, and can't be written through the borrowed span.
      let memory = withUnsafeBufferPointer { UnsafeMutableBufferPointer(mutating: $0) }
      let buffer = LayoutBuffer<MutableSpan<Element>, Selected>(MutableSpan(_unsafeElements: memory), layout.node)
      yield buffer
    }
    @_lifetime(&self)
    _modify {
      let memory = withUnsafeMutableBufferPointer { $0 }
      var buffer = LayoutBuffer<MutableSpan<Element>, Selected>(MutableSpan(_unsafeElements: memory), layout.node)
      yield &buffer
    }
  }
}

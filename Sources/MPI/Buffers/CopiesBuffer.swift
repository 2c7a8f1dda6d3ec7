// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Blocks that copies of one layout select, an extent apart: copy r is rank r's.
///
/// ```swift
/// let column = try Layout<Double>.vector(count: rows, stride: columns).resized(extent: 1)
/// try world.gather(mine, into: &matrix[each: column])   // rank r's become column r
/// ```
///
/// C: a derived datatype as the type of a collective's blocks. MPI-3.1, sections 4.1.7 and 5.5.
@frozen
public struct CopiesBuffer<Base: OutgoingBuffer & ~Copyable & ~Escapable, Element>: ~Copyable, ~Escapable {
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

extension CopiesBuffer: Copyable where Base: Copyable & ~Escapable {}

extension CopiesBuffer: Escapable where Base: Escapable & ~Copyable {}

extension CopiesBuffer: Sendable where Base: Sendable & ~Copyable & ~Escapable {}

extension CopiesBuffer: OutgoingBlocks where Base: ~Copyable & ~Escapable {
  public typealias _MemoryElement = Base._MemoryElement

  @inlinable @inline(__always)
  public static var _blocks: BlockForm { .copies }

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

extension CopiesBuffer: IncomingBlocks where Base: IncomingBuffer & ~Copyable & ~Escapable {
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

extension IncomingBuffer where Self: RangeReplaceableCollection, Element: BitwiseCopyable {
  /// The elements that copies of a layout select, one for each rank: copy r begins r times the layout's extent later.
  ///
  /// - Parameters:
  ///   - layout: which elements are those of rank 0. That all copies lie within the memory is checked by the operation.
  @inlinable
  public subscript(each layout: Layout<Element>) -> CopiesBuffer<Self, Element> {
    get { self[each: layout, as: Element.self] }
    _modify { yield &self[each: layout, as: Element.self] }
  }

  /// The bytes that copies of a layout select, as elements of another type, one for each rank: copy r begins r times
  /// the layout's extent later.
  ///
  /// - Parameters:
  ///   - layout: which elements are those of rank 0. That all copies lie within the memory is checked by the operation.
  ///   - type: what the selected bytes are: the type of a field.
  @inlinable
  public subscript<Selected: BitwiseCopyable>(
    each layout: Layout<Element>, as type: Selected.Type
  ) -> CopiesBuffer<Self, Selected> {
    get { CopiesBuffer(self, layout.node) }
    _modify {
      // The storage moves to the buffer and back, so that it is not shared and not copied.
      var buffer = CopiesBuffer<Self, Selected>(self, layout.node)
      self = Self()
      defer { self = buffer.base }
      yield &buffer
    }
  }
}

extension Span where Element: BitwiseCopyable {
  /// The elements that copies of a layout select, one for each rank: copy r begins r times the layout's extent later.
  ///
  /// - Parameters:
  ///   - layout: which elements are those of rank 0. That all copies lie within the memory is checked by the operation.
  @inlinable
  public subscript(each layout: Layout<Element>) -> CopiesBuffer<Span<Element>, Element> {
    @_lifetime(copy self)
    get { CopiesBuffer(self, layout.node) }
  }

  /// The bytes that copies of a layout select, as elements of another type, one for each rank: copy r begins r times
  /// the layout's extent later.
  ///
  /// - Parameters:
  ///   - layout: which elements are those of rank 0. That all copies lie within the memory is checked by the operation.
  ///   - type: what the selected bytes are: the type of a field.
  @inlinable
  public subscript<Selected: BitwiseCopyable>(
    each layout: Layout<Element>, as type: Selected.Type
  ) -> CopiesBuffer<Span<Element>, Selected> {
    @_lifetime(copy self)
    get { CopiesBuffer(self, layout.node) }
  }
}

extension MutableSpan where Element: BitwiseCopyable {
  /// The elements that copies of a layout select, one for each rank: copy r begins r times the layout's extent later.
  ///
  /// - Parameters:
  ///   - layout: which elements are those of rank 0. That all copies lie within the memory is checked by the operation.
  @inlinable
  public subscript(each layout: Layout<Element>) -> CopiesBuffer<MutableSpan<Element>, Element> {
    @_lifetime(borrow self)
    _read { yield self[each: layout, as: Element.self] }
    @_lifetime(&self)
    _modify { yield &self[each: layout, as: Element.self] }
  }

  /// The bytes that copies of a layout select, as elements of another type, one for each rank: copy r begins r times
  /// the layout's extent later.
  ///
  /// - Parameters:
  ///   - layout: which elements are those of rank 0. That all copies lie within the memory is checked by the operation.
  ///   - type: what the selected bytes are: the type of a field.
  @inlinable
  public subscript<Selected: BitwiseCopyable>(
    each layout: Layout<Element>, as type: Selected.Type
  ) -> CopiesBuffer<MutableSpan<Element>, Selected> {
    @_lifetime(borrow self)
    _read {
      // It is only read, and can't be written through the borrowed span.
      let memory = withUnsafeBufferPointer { UnsafeMutableBufferPointer(mutating: $0) }
      let buffer = CopiesBuffer<MutableSpan<Element>, Selected>(MutableSpan(_unsafeElements: memory), layout.node)
      yield buffer
    }
    @_lifetime(&self)
    _modify {
      let memory = withUnsafeMutableBufferPointer { $0 }
      var buffer = CopiesBuffer<MutableSpan<Element>, Selected>(MutableSpan(_unsafeElements: memory), layout.node)
      yield &buffer
    }
  }
}

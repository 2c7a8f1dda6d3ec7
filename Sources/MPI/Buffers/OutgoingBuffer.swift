// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Memory whose elements an operation sends: an array, a slice, a span, or the elements of one of them that a layout
/// selects.
///
/// ```swift
/// try world.send(forces, to: 1)                          // an array
/// try world.send(forces[10..<20], to: 1)                 // a slice
/// try world.send(span, to: 1)                            // a span
/// try world.send(matrix[layout: column], to: 1)          // a column of a matrix
/// ```
///
/// `Array`, `ArraySlice`, `ContiguousArray`, `Span`, `MutableSpan`, ``LayoutBuffer`` and ``PackedMessage`` conform. A
/// single value, which may be any `BitwiseCopyable` type, is taken by a form of its own. The elements are sent from
/// where they lie: no allocation and no copy.
///
/// The requirements are for this package: a type of a program's own can't conform.
///
/// C: the `buf`, `count` and `datatype` of a send. MPI-3.1, section 3.2.2.
public protocol OutgoingBuffer<Element>: OutgoingBlocks, ~Copyable, ~Escapable {
  /// An object that keeps the elements where they lie, and as they are now; nil for memory that is only lent.
  var _holder: AnyObject? { get }
}

extension OutgoingBuffer where Self: ~Copyable & ~Escapable {
  @inlinable
  public var _holder: AnyObject? { nil }
}

/// Holds a buffer. Nothing writes to storage that two hold.
private final class BufferHolder<Buffer> {
  private let buffer: Buffer

  init(_ buffer: Buffer) { self.buffer = buffer }
}

/// The memory of a buffer. It is for this package.
@frozen
public struct BufferMemory {
  @usableFromInline let start: UnsafeMutableRawPointer?
  /// The number of elements of the memory.
  @usableFromInline let count: Int
  /// Which of the elements take part, and as what; nil if all do, one after another.
  @usableFromInline let form: (any BufferForm)?
  /// Which of the elements take part in the block of each rank; nil unless there is a layout for each.
  @usableFromInline let layouts: LayoutList?

  @inlinable @inline(__always)
  init(_ start: UnsafeRawPointer?, _ count: Int, form: (any BufferForm)? = nil, layouts: LayoutList? = nil) {
    self.start = UnsafeMutableRawPointer(mutating: start)
    self.count = count
    self.form = form
    self.layouts = layouts
  }
}

extension Array: OutgoingBuffer {
  public var _holder: AnyObject? { BufferHolder(self) }

  @inlinable @inline(__always)
  public func _withMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Not by the array's own `span`: Swift 6.3.1 takes a function that reaches an array's memory by nothing but `span`
    // for one that reads the count alone. In optimized code of another module the caller then leaves out what it has
    // stored in the array: the elements of a literal, or those that it has just changed. `Tests/Scripts/effects` finds
    // such functions.
    try withUnsafeBufferPointer { (memory) throws(Failure) in
      try body(BufferMemory(memory.baseAddress, memory.count))
    }
  }
}

extension ArraySlice: OutgoingBuffer {
  public var _holder: AnyObject? { BufferHolder(self) }

  @inlinable @inline(__always)
  public func _withMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBufferPointer { (memory) throws(Failure) in
      try body(BufferMemory(memory.baseAddress, memory.count))
    }
  }
}

extension ContiguousArray: OutgoingBuffer {
  public var _holder: AnyObject? { BufferHolder(self) }

  @inlinable @inline(__always)
  public func _withMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBufferPointer { (memory) throws(Failure) in
      try body(BufferMemory(memory.baseAddress, memory.count))
    }
  }
}

// The address of a span leaves the closure that gives it: see `SpanStart.swift`.

extension Span: OutgoingBuffer {
  @inlinable @inline(__always)
  public func _withMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(BufferMemory(withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress) }, count))
  }
}

extension MutableSpan: OutgoingBuffer {
  @inlinable @inline(__always)
  public func _withMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(BufferMemory(withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress) }, count))
  }
}

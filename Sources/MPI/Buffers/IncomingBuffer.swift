// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Memory into which an operation receives: an array, a slice, a mutable span, or the elements of one of them that a
/// layout selects.
///
/// ```swift
/// try world.receive(into: &forces, from: 0)                    // an array, which keeps its length
/// try world.receive(into: &forces[10..<20], from: 0)           // a part of it
/// try world.receive(into: &span, from: 0)                      // a mutable span
/// try world.receive(into: &matrix[layout: column], from: 0)    // a column of a matrix
/// ```
///
/// `Array`, `ArraySlice`, `ContiguousArray`, `MutableSpan`, and ``LayoutBuffer`` over one of them conform. The elements
/// are received where they stay: no allocation and no copy. An array whose storage is shared with another variable is
/// copied first, and a slice that is written in place is copied twice by the standard library: a span of the part is
/// not.
///
/// The requirements are for this package: a type of a program's own can't conform.
///
/// C: the `buf`, `count` and `datatype` of a receive. MPI-3.1, section 3.2.4.
public protocol IncomingBuffer<Element>: OutgoingBuffer, IncomingBlocks, ~Copyable, ~Escapable {}

extension Array: IncomingBuffer {
  @inlinable @inline(__always)
  public mutating func _withMutableMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeMutableBufferPointer { (memory) throws(Failure) in
      try body(BufferMemory(memory.baseAddress, memory.count))
    }
  }
}

extension ArraySlice: IncomingBuffer {
  @inlinable @inline(__always)
  public mutating func _withMutableMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeMutableBufferPointer { (memory) throws(Failure) in
      try body(BufferMemory(memory.baseAddress, memory.count))
    }
  }
}

extension ContiguousArray: IncomingBuffer {
  @inlinable @inline(__always)
  public mutating func _withMutableMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeMutableBufferPointer { (memory) throws(Failure) in
      try body(BufferMemory(memory.baseAddress, memory.count))
    }
  }
}

extension MutableSpan: IncomingBuffer {
  @inlinable @inline(__always)
  public mutating func _withMutableMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = withUnsafeMutableBufferPointer { UnsafeRawPointer($0.baseAddress) }
    return try body(BufferMemory(start, count))
  }
}

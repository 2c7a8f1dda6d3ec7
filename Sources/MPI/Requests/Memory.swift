// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Memory for elements that stays where it is, for requests that start many times.
@usableFromInline
final class Memory<Element: BitwiseCopyable>: @unchecked Sendable {
  let buffer: UnsafeMutableBufferPointer<Element>
  /// Which of the elements take part; nil if all do.
  private let form: (any BufferForm)?

  /// A copy of an array's elements.
  init(_ elements: [Element]) {
    buffer = .allocate(capacity: elements.count)
    _ = buffer.initialize(from: elements)
    form = nil
  }

  /// A copy of the memory of a buffer.
  init<Buffer: OutgoingBuffer>(copying source: Buffer) where Buffer._MemoryElement == Element {
    (buffer, form) = source._withMemory { memory in
      let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: memory.count)
      UnsafeMutableRawBufferPointer(copy).copyMemory(
        from: UnsafeRawBufferPointer(start: memory.start, count: memory.count * MemoryLayout<Element>.stride))
      return (copy, memory.form)
    }
  }

  /// Elements of which every byte is 0, until something is received.
  init(count: Int) {
    buffer = .allocate(capacity: count)
    UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, repeating: 0)
    form = nil
  }

  deinit { buffer.deallocate() }

  var start: UnsafeMutablePointer<Element>? { buffer.baseAddress }
  var count: Int { buffer.count }

  /// The same as the memory of a buffer.
  var memory: BufferMemory { BufferMemory(start, count, form: form) }
}

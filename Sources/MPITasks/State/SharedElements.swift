// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The elements of a shared array, where they lie: see ``Shared/elements()``.
///
/// As long as this is held, the memory stays, also when the array has been unshared. Copying it copies no element.
public struct SharedElements<Element: BitwiseCopyable>: RandomAccessCollection, @unchecked Sendable {
  /// What keeps the elements where they lie: an array, or memory that the ranks of a node share.
  private let owner: Owner
  private let elements: UnsafeBufferPointer<Element>

  private enum Owner {
    case array(ContiguousArray<Element>)
    case memory(SharedMemory)
  }

  init(_ array: [Element]) {
    // It never changes here, so its elements stay where they are.
    let array = ContiguousArray(array)
    owner = .array(array)
    elements = array.withUnsafeBufferPointer { $0 }
  }

  init(_ memory: SharedMemory) {
    owner = .memory(memory)
    elements = memory.bytes.bindMemory(to: Element.self)
  }

  /// The elements, for a loop that wants them as fast as those of an array.
  ///
  /// The memory stays as long as the span is in use, also that of a value without a name:
  ///
  /// ```swift
  /// let sum = total(of: try table.elements().span)
  /// ```
  public var span: Span<Element> {
    // A coroutine, for with a getter Swift 6.3.1 crashes when it compiles that line.
    _read { yield unsafe _overrideLifetime(Span(_unsafeElements: elements), borrowing: self) }
  }

  /// Calls a closure with the memory in which the elements lie.
  ///
  /// - Parameter body: is given the memory, which must not be used after it has returned.
  /// - Returns: what `body` returns; never nil.
  /// - Throws: what `body` throws.
  public func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result? {
    try withExtendedLifetime(owner) { try body(elements) }
  }

  /// The index of the first element.
  public var startIndex: Int { 0 }

  /// The index behind the last element.
  public var endIndex: Int { elements.count }

  /// The element at an index, which must exist.
  ///
  /// - Parameter index: at least 0, and less than the number of elements.
  public subscript(index: Int) -> Element {
    guard elements.indices.contains(index) else {
      fatalError("a shared array of \(elements.count) elements has no element \(index)")
    }
    return withExtendedLifetime(owner) { elements[index] }
  }
}

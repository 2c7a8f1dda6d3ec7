// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Memory for one element, for the forms that take and return values.

/// Calls `body` with memory that holds `value`, all of its stride long, on the stack.
///
/// A value's own memory may end before its stride does, if its last bytes are padding, and MPI copies strides.
@inlinable @inline(__always)
func withElement<Element: BitwiseCopyable, Result>(
  _ value: Element, _ body: (UnsafeMutablePointer<Element>) -> Result
) -> Result {
  withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { memory in
    let element = memory.baseAddress.unsafelyUnwrapped
    element.initialize(to: value)
    return body(element)
  }
}

/// Calls `body` with memory for a value, on the stack, and returns what it put there beside what it returned.
@inlinable @inline(__always)
func makeElement<Element: BitwiseCopyable, Result>(
  _: Element.Type, _ body: (UnsafeMutablePointer<Element>) -> Result
) -> (element: Element, result: Result) {
  withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { memory in
    let element = memory.baseAddress.unsafelyUnwrapped
    let result = body(element)
    return (element.pointee, result)
  }
}

/// An array of `count` elements that `fill` writes into fresh memory: one allocation, no other pass over it.
@inlinable @inline(__always)
func makeArray<Element: BitwiseCopyable>(
  _ count: Int, _ fill: (UnsafeMutablePointer<Element>?) -> CInt
) -> (array: [Element], code: CInt) {
  var code: CInt = 0
  // Not `init(unsafeUninitializedCapacity:)`, which looks the type up at run time, for some 350 instructions.
  var array: [Element] = []
  array.append(addingCapacity: count) { room in
    room.withUnsafeMutableBufferPointer { memory, initialized in
      code = fill(memory.baseAddress)
      initialized = code == 0 ? count : 0
    }
  }
  return (array, code)
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Where the elements of a span lie, for MPI.
//
// The addresses leave the closures that give them, which is what makes a call cheap: within the closures of two spans
// the compiler makes four copies of the call, because each may be empty. They stay good, for a span that is handed to a
// function lasts at least until the function returns, and its memory can't move. So they are used by the function that
// was given the span, and are never kept.

extension Span where Element: BitwiseCopyable {
  /// The address of the first element; nil if there is none.
  @inlinable @inline(__always)
  var start: UnsafePointer<Element>? { withUnsafeBufferPointer { $0.baseAddress } }
}

extension MutableSpan where Element: BitwiseCopyable {
  /// The address of the first element; nil if there is none.
  @inlinable @inline(__always)
  var start: UnsafeMutablePointer<Element>? {
    mutating get { withUnsafeMutableBufferPointer { $0.baseAddress } }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// A rank's memory in a window, as a collection: this rank's own, or that of another rank of the node.
///
/// ```swift
/// window.local[3] = 1.5
/// let sum = window.local.reduce(0, +)
/// window.local.withMutableSpan { span in for index in span.indices { span[index] = 0 } }
/// ```
///
/// Reading and writing are plain loads and stores, with no call of MPI. The window's epochs order them with the
/// operations of other ranks: what was put is there after ``Window/fenced(opening:closing:file:line:_:)`` or a
/// ``FenceEpoch/fence(_:file:line:)``, and inside ``Window/locked(_:_:assertions:file:line:_:)`` of the rank whose
/// memory it is.
///
/// A subscript checks each time whether the window is still there. In loops use the spans.
public struct WindowMemory<Element: BitwiseCopyable>: RandomAccessCollection {
  @usableFromInline let window: Window<Element>
  @usableFromInline let start: UnsafeMutablePointer<Element>?
  /// The number of elements.
  public let count: Int

  @inlinable
  init(_ window: Window<Element>, _ start: UnsafeMutablePointer<Element>?, _ count: Int) {
    self.window = window
    self.start = start
    self.count = count
  }

  /// 0.
  @inlinable public var startIndex: Int { 0 }

  /// The number of elements.
  @inlinable public var endIndex: Int { count }

  /// One element.
  ///
  /// - Parameter index: which one; the first is 0.
  /// - Precondition: the index is in range, and the window was not freed.
  @inlinable
  public subscript(index: Int) -> Element {
    get { place(index).pointee }
    nonmutating set { place(index).pointee = newValue }
  }

  @inlinable @inline(__always)
  func place(_ index: Int) -> UnsafeMutablePointer<Element> {
    demand(!window.state.pointee.isFreed, "the memory of a window that was freed was touched")
    demand(
      UInt(bitPattern: index) < UInt(bitPattern: count), "index \(index) is out of range: there are \(count) elements")
    return start.unsafelyUnwrapped + index
  }

  /// Calls `body` with the elements. Meanwhile the window can't be freed.
  ///
  /// - Parameter body: is given the elements.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  @inlinable
  @discardableResult
  public func withSpan<Result>(_ body: (Span<Element>) throws -> Result) rethrows -> Result {
    window.beginSpan()
    defer { window.endSpan() }
    return try body(UnsafeBufferPointer(start: start, count: count).span)
  }

  /// Calls `body` with the elements, which it may change. Meanwhile the window can't be freed.
  ///
  /// - Parameter body: is given the elements.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  @inlinable
  @discardableResult
  public func withMutableSpan<Result>(_ body: (inout MutableSpan<Element>) throws -> Result) rethrows -> Result {
    window.beginSpan()
    defer { window.endSpan() }
    var span = UnsafeMutableBufferPointer(start: start, count: count).mutableSpan
    return try body(&span)
  }

  /// Calls `body` with the elements, so that `Array(window.local)` is one copy.
  ///
  /// - Parameter body: is given the elements.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  @inlinable
  public func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result? {
    window.beginSpan()
    defer { window.endSpan() }
    return try body(UnsafeBufferPointer(start: start, count: count))
  }
}

extension Window {
  /// This rank's memory.
  @inlinable
  public var local: WindowMemory<Element> { WindowMemory(self, start, count) }

  /// Another rank's memory, if all ranks of the window share a node and the window is of the kind
  /// ``WindowKind/shared``. No message is sent.
  ///
  /// ```swift
  /// let theirs = try window.shared(of: 0)
  /// try window.fenced { epoch in
  ///   window.local[0] = 1.5
  ///   try epoch.fence()               // all have stored
  ///   use(theirs[0])
  /// }
  /// ```
  ///
  /// C: `MPI_Win_shared_query`. MPI-3.1, section 11.2.3.
  ///
  /// - Parameter rank: a rank of the window.
  /// - Throws: ``ErrorClass/windowFlavor`` for a window of another kind, ``ErrorClass/rank`` for a rank that there is
  ///   not.
  public func shared(of rank: Int) throws(MPIError) -> WindowMemory<Element> {
    try checkUsable("shared(of:)")
    try communicator.checkRank(rank, "shared(of:)")
    try communicator.require(
      kind == .shared, .windowFlavor, "shared(of:)", "the window is not shared: make it by sharedWindow(of:count:)")
    let count = state.pointee.counts[rank]
    guard count > 0 else { return WindowMemory(self, nil, 0) }
    var size: MPI_Aint = 0
    var unit: CInt = 0
    var start: UnsafeMutableRawPointer? = nil
    try communicator.check(MPI_Win_shared_query(rawValue, CInt(rank), &size, &unit, &start), "shared(of:)")
    let first = start.map { ($0 + state.pointee.shifts[rank]).assumingMemoryBound(to: Element.self) }
    return WindowMemory(self, first, count)
  }

  @usableFromInline
  func beginSpan() {
    demand(!state.pointee.isFreed, "the memory of a window that was freed was touched")
    state.pointee.spans += 1
  }

  @usableFromInline
  func endSpan() { state.pointee.spans -= 1 }
}

extension Communicator {
  /// Throws unless `rank` is one of this communicator.
  @inlinable @inline(__always)
  func checkRank(_ rank: Int, _ operation: StaticString) throws(MPIError) {
    if UInt(bitPattern: rank) >= UInt(bitPattern: size) { throw rankFailure(rank, operation) }
  }
}

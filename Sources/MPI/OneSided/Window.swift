// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Memory of every rank that the other ranks read and write without its help: one-sided communication.
///
/// ```swift
/// try world.withWindow(of: Double.self, count: 100) { window in
///   try window.fenced { epoch in
///     try epoch.put(edge, to: right, at: 0)
///   }
///   use(window.local[0])
/// }
/// ```
///
/// A place in it is a rank and the index of an element there. Operations are methods of an **epoch**, which is given to
/// a closure: by ``fenced(opening:closing:file:line:_:)`` on every rank, by ``locked(_:_:assertions:file:line:_:)`` and
/// ``lockedAll(assertions:file:line:_:)`` on one rank alone, or by
/// ``exposed(to:assertions:file:line:_:)-([Int],_,_,_,_)`` and ``accessing(_:assertions:file:line:_:)-([Int],_,_,_,_)``
/// between groups of ranks. So there is no operation outside of an epoch, and none that the epoch at hand doesn't have.
/// See ``WindowEpoch``.
///
/// A window is given back by all ranks together: see ``free(file:line:)``. One that every rank has dropped without it
/// is given back when they next make a window or a communicator of the same communicator. One thread at a time may use
/// it.
///
/// C: `MPI_Win`. MPI-3.1, chapter 11.
public final class Window<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The handle, for C libraries. It is valid until the window is freed.
  public let rawValue: MPI_Win
  /// The ranks that have the window.
  public let communicator: Communicator
  /// The kind of memory.
  ///
  /// C: `MPI_WIN_CREATE_FLAVOR`. MPI-3.1, section 11.2.6.
  public let kind: WindowKind

  @usableFromInline let state: UnsafeMutablePointer<WindowState>
  /// This rank's first element; nil if it has none.
  @usableFromInline let start: UnsafeMutablePointer<Element>?
  /// What MPI does wrong here.
  @usableFromInline let faults: WindowFaults
  /// Whether this is a dynamic window of one rank that MPI could not make.
  var isAlone = false
  /// The array under the window, as long as MPI may use it.
  let array: WindowArray<Element>?
  /// Memory that operations of an epoch use until its end.
  var kept: [AnyObject] = []
  /// Memory that was attached.
  var attached: [ObjectIdentifier: AnyObject] = [:]
  private let leak: Int
  /// Where it is listed, and under which number, until it is freed.
  private let ledger: WindowLedger
  private let number: Int

  init(
    _ ledger: WindowLedger, _ communicator: Communicator, _ handle: MPI_Win, _ kind: WindowKind,
    _ state: UnsafeMutablePointer<WindowState>,
    _ start: UnsafeMutablePointer<Element>?, _ array: WindowArray<Element>?, _ site: CallSite
  ) {
    rawValue = handle
    self.communicator = communicator
    self.kind = kind
    self.state = state
    self.start = start
    self.array = array
    faults = WindowFaults(kind, isAlone: communicator.size == 1)
    leak = Leaks.add("a window", site)
    self.ledger = ledger
    number = ledger.add()
  }

  deinit {
    if state.pointee.isFreed || !MPIEnvironment.isRunning {
      state.pointee.deallocate()
      state.deallocate()
      return
    }
    // Freeing is for all ranks together, and others may still reach the memory: it stays until all have dropped it.
    Leaks.drop(leak)
    var memory = kept + Array(attached.values)
    if let array { memory.append(array) }
    if canBeFreed {
      ledger.drop(number, WindowLedger.Remains(handle: rawValue, state: state, memory: memory))
    } else {
      for memory in memory { _ = Unmanaged.passRetained(memory) }
    }
  }

  /// Leaves it to the end of the process: not all ranks have it.
  func forget() { ledger.remove(number) }

  /// Whether what is dropped can be freed: no epoch was left open, but for that of ``SharedArray`` and
  /// ``SharedCounter``.
  private var canBeFreed: Bool {
    let state = state.pointee
    return !state.isBroken && !state.isExposed && state.spans == 0 && (state.epoch == .none || state.epoch == .lockAll)
  }

  /// This process's rank.
  @inlinable public var rank: Int { communicator.rank }

  /// How many ranks have the window.
  @inlinable public var size: Int { communicator.size }

  /// How many elements this rank has in the window.
  @inlinable public var count: Int { state.pointee.counts[communicator.rank] }

  /// The number of elements of each rank in the window. No message is sent.
  public var counts: [Int] { (0..<size).map { state.pointee.counts[$0] } }

  /// Whether the window was given back.
  public var isFreed: Bool { state.pointee.isFreed }

  /// Gives the window back.
  ///
  /// Collective: every rank waits for the others. All epochs must have ended. One rank can't free a window, so one that
  /// is dropped keeps its memory until every rank has dropped it and they make another window or a communicator of the
  /// same communicator; else until the process ends. In checked mode it is listed.
  ///
  /// C: `MPI_Win_free`. MPI-3.1, section 11.2.5.
  ///
  /// - Throws: ``ErrorClass/windowSynchronization`` inside an epoch;
  ///   ``ErrorClass/window`` if it was freed before, or is used by a closure such as that of
  ///   ``WindowMemory/withSpan(_:)``.
  public func free(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try checkUsable("free")
    try requireNoEpoch("free")
    try requireNoSpans("free")
    try communicator.enterCollective("free", Never.self, file, line)
    var handle = CMPI_WIN_NULL
    handle = rawValue
    if let array, array.isCopied { array.elements = array.copied(from: start) }
    let code = MPI_Win_free(&handle)
    if code == 0 {
      state.pointee.isFreed = true
      array?.isFree = true
      kept = []
      attached = [:]
      Leaks.remove(leak)
      ledger.remove(number)
    }
    try communicator.check(code, "free")
  }
}

extension Window {
  /// Throws while a closure has a span of the memory.
  func requireNoSpans(_ operation: StaticString) throws(MPIError) {
    try communicator.require(
      state.pointee.spans == 0, .window, operation, "a closure has a span of the window's memory: free it afterwards")
  }
}

/// An array that MPI reads and writes.
final class WindowArray<Element: BitwiseCopyable> {
  /// Nothing else holds it, and it is only touched through its address, until the window is freed.
  var elements: [Element]
  let start: UnsafeMutablePointer<Element>?
  let count: Int
  /// Whether the window has memory of its own instead, and these are its first contents.
  var isCopied = false
  /// Whether no window is over it.
  var isFree = true

  init(_ elements: consuming [Element]) {
    self.elements = elements
    count = self.elements.count
    start = self.elements.withUnsafeMutableBufferPointer { $0.isEmpty ? nil : $0.baseAddress }
  }

  /// A copy of the elements as they are now.
  func copied(from memory: UnsafeMutablePointer<Element>?) -> [Element] {
    Array(UnsafeBufferPointer(start: isCopied ? memory : start, count: count))
  }
}

extension Array {
  /// The array, whose place has none afterwards.
  mutating func takeAll() -> [Element] {
    var taken: [Element] = []
    swap(&taken, &self)
    return taken
  }
}

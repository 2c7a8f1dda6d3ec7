// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Which memory a window gets.
public enum WindowPlacement: Sendable, Hashable {
  /// `allocated`, but with Open MPI 4 `shared` if all ranks are on one node.
  ///
  /// There shared memory is the better one by far: an operation takes 0.04 µs and not 0.6, and
  /// ``LockEpoch/compareAndSwap(expected:desired:on:at:file:line:)`` of 8 bytes does not crash. To find out whether all
  /// ranks are on one node takes an `MPI_Comm_split_type`.
  case automatic
  /// What MPI thinks best. C: `MPI_Win_allocate`.
  case allocated
  /// Memory that the ranks of a node share. C: `MPI_Win_allocate_shared`.
  case shared
}

extension Communicator {
  /// A window of this communicator's ranks, over memory that MPI allocates. All its bytes are 0.
  ///
  /// Collective. The ranks agree before and after on whether all can go on, in an all-reduce and two all-gathers, so
  /// that an error of one, or a node without room in the memory that its processes share, reaches all. It must be given
  /// back by ``Window/free(file:line:)`` on every rank: a scope, ``withWindow(of:count:placement:info:file:line:_:)``,
  /// does that by itself.
  ///
  /// C: `MPI_Win_allocate`, `MPI_Win_allocate_shared`, `MPI_Win_set_errhandler`. MPI-3.1, sections 11.2.2 and 11.2.3.
  ///
  /// - Parameters:
  ///   - type: what an element is.
  ///   - count: how many elements this rank has in it; ranks may have different counts, and none.
  ///   - placement: which memory.
  ///   - info: hints to MPI, the same on every rank.
  /// - Throws: on every rank, ``ErrorClass/count`` for a count below 0, or one that no memory has room for;
  ///   ``ErrorClass/noMemory`` if a node has too little shared memory (`/dev/shm`); ``ErrorClass/window`` if MPI has no
  ///   way for windows here, with the setting that helps.
  public func window<Element: BitwiseCopyable>(
    of _: Element.Type, count: Int, placement: WindowPlacement = .automatic, info: [String: String] = [:],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Window<Element> {
    try window(of: Element.self, count: count, placement, info, windows, file, line)
  }

  /// - Parameter ledger: where it is listed until it is freed.
  func window<Element: BitwiseCopyable>(
    of _: Element.Type, count: Int, _ placement: WindowPlacement, _ info: [String: String], _ ledger: WindowLedger,
    _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Window<Element> {
    var isShared = placement == .shared
    if placement == .automatic && Fault.allocatedWindowsNeedTheTarget.isHere && size > 1 { isShared = try isOnOneNode }
    try enterCollective("window", Element.self, file, line)
    let byteCount = try prepare("window") { () throws(MPIError) in
      _ = try withInfo(info, "window") { _ in 0 }
      return try checkWindow(Element.self, count, "window")
    }
    try checkSharedRoom(byteCount, isShared: isShared, "window")
    var raw = RawWindow()
    let code = try withInfo(info, "window") { info in
      isShared
        ? MPI_Win_allocate_shared(byteCount, Window<Element>.unit, info, rawValue, &raw.base, &raw.handle)
        : MPI_Win_allocate(
          // A multiple of 16 at least: see `Fault.unalignedWindowsOverlap`.
          (byteCount + 63) & ~63, Window<Element>.unit, info, rawValue, &raw.base, &raw.handle)
    }
    return try finishWindow(
      code, raw, isShared ? .shared : .allocated, count, "window", CallSite(file, line), ledger: ledger)
  }

  /// A window over memory that the ranks of one node share: each can read and write the others' directly, by
  /// ``Window/shared(of:)``.
  ///
  /// Collective, with an all-gather of the counts. A communicator of one node's ranks is
  /// `world.split(.sharedMemory)`.
  ///
  /// C: `MPI_Win_allocate_shared`. MPI-3.1, section 11.2.3.
  ///
  /// - Parameters:
  ///   - type: what an element is.
  ///   - count: how many elements this rank has in it; ranks may have different counts, and none.
  ///   - info: hints to MPI, the same on every rank.
  /// - Throws: ``ErrorClass/windowShared`` or what else MPI reports if the ranks are on several nodes.
  public func sharedWindow<Element: BitwiseCopyable>(
    of type: Element.Type, count: Int, info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Window<Element> {
    try window(of: type, count: count, placement: .shared, info: info, file: file, line: line)
  }

  /// A window over an array, which becomes the window's: ``Window/local`` is how to reach it.
  ///
  /// Collective, with an all-gather of the counts. An array that nothing else holds is not copied. Prefer
  /// ``window(of:count:placement:info:file:line:)`` if there is a choice: memory that MPI allocates is faster on most
  /// machines, and with Open MPI 4 operations on an array wait until its rank calls MPI.
  ///
  /// C: `MPI_Win_create`. MPI-3.1, section 11.2.1.
  ///
  /// - Parameters:
  ///   - elements: this rank's memory, of any length.
  ///   - info: hints to MPI, the same on every rank.
  /// - Throws: on every rank, ``ErrorClass/window`` if MPI has no way for windows here, with the setting that helps;
  ///   ``ErrorClass/infoKey`` or ``ErrorClass/infoValue`` for a hint that MPI can't take; ``ErrorClass/other`` if MPI
  ///   has no number left for a window.
  public func window<Element: BitwiseCopyable>(
    over elements: consuming [Element], info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Window<Element> {
    try window(over: WindowArray(elements), info, file, line)
  }

  /// Calls `body` with a window over memory that MPI allocates, and gives it back on every rank.
  ///
  /// Collective. If `body` throws, the window is not freed, because that would wait for ranks that may never come: its
  /// memory stays until the process ends, so that others can't reach what is no more.
  ///
  /// C: `MPI_Win_allocate`, `MPI_Win_allocate_shared`, `MPI_Win_free`. MPI-3.1, sections 11.2.2, 11.2.3 and 11.2.5.
  ///
  /// - Parameters:
  ///   - type: what an element is.
  ///   - count: how many elements this rank has in it; ranks may have different counts, and none.
  ///   - placement: which memory.
  ///   - info: hints to MPI, the same on every rank.
  ///   - body: uses the window. All epochs must have ended when it returns.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws, on this rank alone; what ``window(of:count:placement:info:file:line:)`` throws, on
  ///   every rank; ``ErrorClass/windowSynchronization`` if an epoch is not over when `body` returns.
  @discardableResult
  public func withWindow<Element: BitwiseCopyable, Result>(
    of type: Element.Type, count: Int, placement: WindowPlacement = .automatic, info: [String: String] = [:],
    file: StaticString = #fileID, line: Int = #line, _ body: (Window<Element>) throws -> Result
  ) throws -> Result {
    let window = try window(of: type, count: count, placement: placement, info: info, file: file, line: line)
    let result = try body(window)
    if !window.isFreed { try window.free(file: file, line: line) }
    return result
  }

  /// Calls `body` with a window over an array, and gives the array back.
  ///
  /// ```swift
  /// try world.withWindow(over: &field) { window in … }
  /// ```
  ///
  /// Collective, with an all-gather of the counts. The array is not copied, if nothing else holds it. Where `body`
  /// throws, the window is not freed, and keeps the array; the caller gets a copy.
  ///
  /// C: `MPI_Win_create`, `MPI_Win_free`. MPI-3.1, sections 11.2.1 and 11.2.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's memory, of any length. Inside `body` it is ``Window/local``.
  ///   - info: hints to MPI, the same on every rank.
  ///   - body: uses the window. All epochs must have ended when it returns.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws, on this rank alone; what ``Communicator/window(over:info:file:line:)`` throws, on
  ///   every rank; ``ErrorClass/windowSynchronization`` if an epoch is not over when `body` returns.
  @discardableResult
  public func withWindow<Element: BitwiseCopyable, Result>(
    over elements: inout [Element], info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line,
    _ body: (Window<Element>) throws -> Result
  ) throws -> Result {
    let array = WindowArray(elements.takeAll())
    // Where there is no window, or it was given back, nothing else has the array.
    defer { if array.isFree { elements = array.elements.takeAll() } }
    let window: Window<Element> = try window(over: array, info, file, line)
    do {
      let result = try body(window)
      if !window.isFreed { try window.free(file: file, line: line) }
      return result
    } catch {
      if !window.isFreed { elements = array.copied(from: window.start) }
      throw error
    }
  }

  // MARK: Within

  /// Whether all ranks are on one node.
  var isOnOneNode: Bool {
    get throws(MPIError) {
      if size == 1 { return true }
      return try split(.sharedMemory).size == size
    }
  }

  /// The length in bytes of a window's memory.
  func checkWindow<Element: BitwiseCopyable>(
    _: Element.Type, _ count: Int, _ operation: StaticString
  ) throws(MPIError) -> Int {
    try checkElement(Element.self, operation)
    try require(count >= 0, .count, operation, "count \(count) is below 0")
    let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    try require(
      !overflows && bytes < Int.max / 2, .count, operation, "there is no memory for \(count) elements")
    return count > 0 && Window<Element>.isShifted ? bytes + MemoryLayout<Element>.alignment : bytes
  }

  /// A window over an array.
  private func window<Element: BitwiseCopyable>(
    over array: WindowArray<Element>, _ info: [String: String], _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Window<Element> {
    try enterCollective("window(over:)", Element.self, file, line)
    let byteCount = try prepare("window(over:)") { () throws(MPIError) in
      _ = try withInfo(info, "window(over:)") { _ in 0 }
      return try checkWindow(Element.self, array.count, "window(over:)")
    }
    var raw = RawWindow(base: array.start)
    let code = try withInfo(info, "window(over:)") { info in
      let bytes = array.count * MemoryLayout<Element>.stride
      let code = MPI_Win_create(raw.base, bytes, Window<Element>.unit, info, rawValue, &raw.handle)
      guard code != 0 && size == 1 else { return code }
      // `Fault.windowsOfOneRankFail`: memory of MPI's takes the array's place. The array is reached through the window
      // alone, so there is no difference.
      raw = RawWindow()
      array.isCopied = true
      return MPI_Win_allocate(byteCount, Window<Element>.unit, info, rawValue, &raw.base, &raw.handle)
    }
    return try finishWindow(code, raw, .array, array.count, "window(over:)", CallSite(file, line), array)
  }

  /// Makes a window of what MPI made, and lets the ranks know of each other's memory.
  func finishWindow<Element: BitwiseCopyable>(
    _ code: CInt, _ raw: RawWindow, _ kind: WindowKind, _ count: Int, _ operation: StaticString, _ site: CallSite,
    _ array: WindowArray<Element>? = nil, ledger: WindowLedger? = nil
  ) throws(MPIError) -> Window<Element> {
    // If MPI failed on some ranks alone the others can't free it, because that is collective.
    try agree(code == 0 ? nil : failure(code: code, operation), operation)
    if isChecked { CallRecord.end() }
    CommunicatorRoom.noteWindow()
    let handle = unwrapped(raw.handle)
    // Without this an error ends the job with MPI's own message, and nothing can be thrown.
    try MPI.check(MPI_Win_set_errhandler(handle, CMPI_ERRORS_RETURN), operation)
    var shift = 0
    var start: UnsafeMutablePointer<Element>? = nil
    if let base = raw.base, count > 0 {
      let over = Int(bitPattern: base) % MemoryLayout<Element>.alignment
      shift = over == 0 ? 0 : MemoryLayout<Element>.alignment - over
      let first = (base + shift).assumingMemoryBound(to: Element.self)
      start = first
      if let array {
        array.isFree = false
        if array.isCopied, let from = array.start { first.update(from: from, count: count) }
      } else {
        // It may hold anything.
        base.initializeMemory(as: UInt8.self, repeating: 0, count: shift + count * MemoryLayout<Element>.stride)
      }
    }
    let state = UnsafeMutablePointer<WindowState>.allocate(capacity: 1)
    state.initialize(to: WindowState(size: size))
    let window = Window(ledger ?? windows, self, handle, kind, state, start, array, site)
    var all = [Int64](repeating: 0, count: 2 * size)
    // When it has completed every rank's memory is ready.
    try MPI.check(
      MPI_Allgather([Int64(count), Int64(shift)], 2, CMPI_INT64_T, &all, 2, CMPI_INT64_T, rawValue), operation)
    for rank in 0..<size {
      state.pointee.counts[rank] = Int(all[2 * rank])
      state.pointee.shifts[rank] = Int(all[2 * rank + 1])
    }
    return window
  }
}

/// What MPI made, on the way to a window.
struct RawWindow {
  var base: UnsafeMutableRawPointer?
  var handle = CMPI_WIN_NULL

  init() {}
  init<Element>(base: UnsafeMutablePointer<Element>?) { self.base = base.map { UnsafeMutableRawPointer($0) } }
}

extension Window {
  /// How many bytes MPI takes for one step from place to place.
  static var unit: CInt { isShifted ? 1 : CInt(MemoryLayout<Element>.stride) }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// The places of what operations read and write in a target's memory, and where the memory of what they send lies until
// MPI has read it.
//
// Values lie in the window's staging memory, and so are safe in every epoch without a flush. Elements of a buffer are
// the caller's: inside locks MPI is done with them when the call returns, by a local flush. A fence and its like can't
// be had for one call, so there an array is held, and a span is copied, until the epoch ends.

/// Elements of a target's memory, as MPI is given them.
@usableFromInline @frozen
struct WindowPlace {
  @usableFromInline let rank: CInt
  @usableFromInline let displacement: MPI_Aint
  /// Their number, and their datatype if a layout selects them. It has no address.
  @usableFromInline let piece: Piece

  @inlinable @inline(__always)
  init(_ rank: CInt, _ displacement: MPI_Aint, _ piece: Piece) {
    (self.rank, self.displacement, self.piece) = (rank, displacement, piece)
  }
}

extension Window {
  // MARK: Places

  /// Throws unless a rank has as many elements at an index.
  @inlinable @inline(__always)
  func checkPlace(_ rank: Int, _ index: Int, _ count: Int, _ operation: StaticString) throws(MPIError) {
    // None of these is below 0 but the index, so none overflows.
    if index < 0 || index > state.pointee.counts[rank] - count { throw rangeFailure(rank, index, count, operation) }
  }

  /// The place of elements side by side.
  @inlinable @inline(__always)
  func place(_ rank: CInt, _ index: Int, _ count: Int, byteCount: Int) -> WindowPlace {
    WindowPlace(rank, displacement(index, rank), Piece(nil, count: count, type: nil, byteCount: byteCount))
  }

  /// The place of elements that a layout selects.
  @usableFromInline @inline(never)
  func place(
    _ rank: CInt, _ index: Int, _ node: LayoutNode, of byteCount: Int, isWritten: Bool, _ operation: StaticString
  ) throws(MPIError) -> WindowPlace {
    let piece = try targetPiece(
      node, index, in: state.pointee.counts[Int(rank)], of: byteCount, isWritten: isWritten, operation)
    return WindowPlace(rank, displacement(index, rank), piece)
  }

  /// What MPI is given for a layout at a target.
  ///
  /// - Parameters:
  ///   - index: where the layout begins.
  ///   - count: how many elements the target has.
  ///   - byteCount: how many bytes it must select.
  func targetPiece(
    _ node: LayoutNode, _ index: Int, in count: Int, of byteCount: Int, isWritten: Bool, _ operation: StaticString
  ) throws(MPIError) -> Piece {
    let (metrics, stride) = (node.metrics, MemoryLayout<Element>.stride)
    try communicator.checkLengths(
      isWritten ? byteCount : metrics.byteCount, isWritten ? metrics.byteCount : byteCount, operation)
    if isWritten { try communicator.checkApart(node, operation) }
    if metrics.byteCount == 0 { return Piece(nil, count: 0, type: CMPI_BYTE, byteCount: 0) }
    // In bytes of a memory that exists, so that none overflows.
    try communicator.require(
      metrics.first >= -index * stride && metrics.end <= (count - index) * stride, .windowRange, operation,
      "the layout at \(index) reaches beyond the \(count) elements of the target")
    return Piece(nil, count: 1, type: try node.datatype(operation), byteCount: metrics.byteCount)
  }

  /// Throws if a layout selects only some bytes of its elements, so that what comes is no array of them.
  ///
  /// - Returns: how many elements it selects.
  func wholeElements(of layout: Layout<Element>, _ operation: StaticString) throws(MPIError) -> Int {
    let metrics = layout.node.metrics
    try communicator.require(
      metrics.isOfWhole(Element.self), .type, operation,
      "the layout selects only some fields of its elements: get them into memory by a layout of the same fields")
    return metrics.elementCount
  }

  /// An index as MPI counts it.
  @inlinable @inline(__always)
  func displacement(_ index: Int, _ rank: CInt) -> MPI_Aint {
    // MPIs align memory for 8 bytes, so what needs more begins behind the start, and is counted in bytes.
    guard Self.isShifted else { return index }
    return state.pointee.shifts[Int(rank)] + index * MemoryLayout<Element>.stride
  }

  /// Whether MPI counts bytes and not elements.
  @inlinable @inline(__always)
  static var isShifted: Bool { MemoryLayout<Element>.alignment > 8 }

  // MARK: Memory in flight

  /// Where a value lies until MPI has read it.
  @inlinable @inline(__always)
  func stage(_ value: Element, _ operation: StaticString) throws(MPIError) -> UnsafePointer<Element> {
    let length = (MemoryLayout<Element>.stride + 63) & ~63
    let step = MemoryLayout<Element>.stride <= 8 ? 8 : length
    if state.pointee.staged + step > WindowState.capacity { try makeRoom(operation) }
    if step > WindowState.capacity { return UnsafePointer(keepLarge(value)) }
    // A row of small values, then one that needs more alignment.
    var place = state.pointee.staged
    if step > 8 {
      place = (place + 63) & ~63
      if place + step > WindowState.capacity {
        try makeRoom(operation)
        place = 0
      }
    }
    let memory = (state.pointee.staging + place).assumingMemoryBound(to: Element.self)
    memory.initialize(to: value)
    state.pointee.staged = place + step
    return UnsafePointer(memory)
  }

  /// Makes room in the staging memory: flushes it inside locks, otherwise allocates more.
  @usableFromInline @inline(never)
  func makeRoom(_ operation: StaticString) throws(MPIError) {
    if state.pointee.staged == 0 { return }
    if state.pointee.epoch == .locks || state.pointee.epoch == .lockAll {
      let code = flushLocked({ MPI_Win_flush_local($0, rawValue) }, { MPI_Win_flush_local_all(rawValue) })
      if code != 0 { throw communicator.failure(code: code, operation) }
    } else {
      kept.append(KeptMemory(state.pointee.staging))
      state.pointee.staging = WindowState.newStaging()
    }
    state.pointee.staged = 0
  }

  @usableFromInline @inline(never)
  func keepLarge(_ value: Element) -> UnsafeMutablePointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: 1)
    memory.initialize(to: value)
    kept.append(KeptMemory(UnsafeMutableRawPointer(memory)))
    return memory
  }

  /// Elements in memory that stays good until the epoch ends: held, or else copied.
  ///
  /// - Parameter holder: what holds their memory; nil if nothing can.
  @usableFromInline @inline(never)
  func keep(_ piece: Piece, _ holder: AnyObject?, _ operation: StaticString) throws(MPIError) -> Piece {
    if let holder {
      kept.append(holder)
      return piece
    }
    let flat = try piece.flat(of: Element.self, communicator, operation)
    if let copy = flat.copy {
      kept.append(copy)
      return Piece(flat.start, count: flat.count, type: nil, byteCount: piece.byteCount)
    }
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: piece.count)
    if let start = flat.read(as: Element.self) { memory.initialize(from: start, count: piece.count) }
    kept.append(KeptMemory(UnsafeMutableRawPointer(memory)))
    return Piece(memory, count: piece.count, type: nil, byteCount: piece.byteCount)
  }

  /// Notes that MPI is done with everything.
  func settle() {
    state.pointee.staged = 0
    if !kept.isEmpty { kept = [] }
  }

  // MARK: Errors

  /// Throws for a window that was freed or is broken.
  func checkUsable(_ operation: StaticString) throws(MPIError) {
    try communicator.require(!state.pointee.isFreed, .window, operation, "the window was freed")
    try communicator.require(
      !state.pointee.isBroken, .window, operation,
      "an error was thrown inside fenced or exposed(to:), so that epoch has no end: the window can't be used any more")
  }

  /// Throws if an epoch is open.
  func requireNoEpoch(_ operation: StaticString) throws(MPIError) {
    try communicator.require(
      state.pointee.epoch == .none && !state.pointee.isExposed, .windowSynchronization, operation,
      "the window is inside fenced, locked, lockedAll, accessing or exposed: end that first")
  }

  @usableFromInline @inline(never)
  func rangeFailure(_ rank: Int, _ index: Int, _ count: Int, _ operation: StaticString) -> MPIError {
    if kind == .dynamic {
      return communicator.failure(
        .windowRange, operation, "a dynamic window has no indices: give a block, in: …, that its rank attached")
    }
    return communicator.failure(
      .windowRange, operation,
      "\(count) elements at \(index) are out of range: rank \(rank) has \(state.pointee.counts[rank]) in this window")
  }
}

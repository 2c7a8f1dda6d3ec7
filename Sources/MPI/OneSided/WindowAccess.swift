// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// What every operation of a window asks first, and where the memory of what it sends lies until MPI has read it.
//
// Values lie in the window's staging memory, and so are safe in every epoch without a flush. Elements of a buffer are the
// caller's: inside locks MPI is done with them when the call returns, by a local flush. A fence and its like can't be had
// for one call, so there an array is held, and a span is copied, until the epoch ends.

extension Window {
  /// The rank of a target as MPI takes it, if the elements are there and may be reached now; nil for no rank.
  @inlinable @inline(__always)
  func reach(
    _ target: some MessageDestination, _ index: Int, _ count: Int, _ operation: StaticString
  ) throws(MPIError) -> CInt? {
    let rank = target._destination
    if UInt(bitPattern: rank) >= UInt(bitPattern: communicator.size) {
      guard rank == Wildcard.none else { throw communicator.rankFailure(rank, operation) }
      return nil
    }
    if state.pointee.isOpenToAll == 0 && state.pointee.isOpen[rank] == 0 { throw epochFailure(rank, operation) }
    // None of these is below 0 but the index, so none overflows.
    if index < 0 || index > state.pointee.counts[rank] - count { throw rangeFailure(rank, index, count, operation) }
    state.pointee.hasOperations = 1
    return CInt(truncatingIfNeeded: rank)
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

  /// Throws outside of locks.
  @inlinable @inline(__always)
  func requirePassive(_ operation: StaticString) throws(MPIError) {
    if state.pointee.isPassive == 0 { throw activeFailure(operation) }
  }

  // MARK: What is on its way

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

  /// Empties the staging memory: inside locks MPI reads it now, else there is another.
  @usableFromInline @inline(never)
  func makeRoom(_ operation: StaticString) throws(MPIError) {
    if state.pointee.staged == 0 { return }
    if state.pointee.isPassive != 0 {
      let code = flushReached({ MPI_Win_flush_local($0, rawValue) }, { MPI_Win_flush_local_all(rawValue) })
      if code != 0 { throw communicator.failure(code: code, operation) }
    } else {
      kept.append(KeptMemory(state.pointee.staging))
      state.pointee.staging = WindowState.newStaging()
    }
    state.pointee.staged = 0
  }

  /// Flushes all targets, at once if MPI does that right, or else one after the other.
  func flushReached(_ one: (CInt) -> CInt, _ all: () -> CInt) -> CInt {
    guard Fault.flushAllForgetsCalls.isHere else { return all() }
    for rank in 0..<size where state.pointee.isOpenToAll != 0 || state.pointee.isOpen[rank] != 0 {
      let code = one(CInt(rank))
      if code != 0 { return code }
    }
    return 0
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

  /// Calls `body` with what MPI is given for a buffer's elements. Their memory stays good until MPI has read it.
  @inlinable @inline(__always)
  func sending<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ piece: Piece, of buffer: borrowing Buffer, to rank: CInt, _ operation: StaticString, _ body: (Piece) -> CInt
  ) throws(MPIError) -> CInt {
    if state.pointee.isPassive == 0 { return body(try keep(piece, buffer._holder, operation)) }
    let code = body(piece)
    return code != 0 ? code : MPI_Win_flush_local(rank, rawValue)
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
      "an error was thrown inside exposed(to:), so that epoch has no end: the window can't be used any more")
  }

  @usableFromInline @inline(never)
  func epochFailure(_ rank: Int, _ operation: StaticString) -> MPIError {
    if state.pointee.isFreed { return communicator.failure(.window, operation, "the window was freed") }
    let text =
      switch state.pointee.epoch {
      case .locks: "rank \(rank) is not locked: lock it too, or use lockedAll { … }"
      case .access: "rank \(rank) is not among those of accessing(…) { … }"
      default: "there is no epoch: call fence() before and after, or use locked, lockedAll or accessing"
      }
    return communicator.failure(.windowSynchronization, operation, text)
  }

  @usableFromInline @inline(never)
  func activeFailure(_ operation: StaticString) -> MPIError {
    communicator.failure(
      .windowSynchronization, operation,
      "what comes is there only after this epoch: use locked or lockedAll, or getDeferred(count:from:at:)")
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

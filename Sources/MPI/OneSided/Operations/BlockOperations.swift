// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// The operations of dynamic windows, on blocks that a target has attached.

extension WindowEpoch where Self: ~Escapable {
  /// Puts elements into a block that a target has attached. As ``put(_:to:at:layout:file:line:)``.
  ///
  /// C: `MPI_Put`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.1 and 11.5.4.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements.
  ///   - target: the rank that has the block.
  ///   - block: one that the target has attached and not detached.
  ///   - index: where in the block the first goes, or where the layout begins.
  ///   - layout: which of the block's elements are written, counted from `index`; side by side unless given.
  /// - Throws: ``ErrorClass/windowFlavor`` for a window that is not dynamic, and as the other form.
  public func put<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, to target: Int, in block: WindowBlock<Element>, at index: Int = 0,
    layout: Layout<Element>? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element == Element {
    let code = try buffer._withMemory { (memory) throws(MPIError) in
      let piece = try communicator.outgoing(memory, of: Buffer.self, "put")
      let place = try place(target, block, index, layout, of: piece, isWritten: true, "put")
      if piece.count == 0 { return CInt(0) }
      communicator.enter("put", file, line)
      if window.isAlone { return communicator.copy(piece, to: window.local(place)) }
      return try sending(piece, of: buffer, to: place.rank, "put") { window.put($0, place) }
    }
    try communicator.check(code, "put")
  }

  /// The place of as many elements of a block as a piece has, if they may be reached now.
  fileprivate func place(
    _ target: Int, _ block: WindowBlock<Element>, _ index: Int, _ layout: Layout<Element>?, of piece: Piece,
    isWritten: Bool, _ operation: StaticString
  ) throws(MPIError) -> WindowPlace {
    guard let layout else {
      let count = piece.elementCount(of: Element.self)
      let (rank, address) = try reach(target, block, index, count, operation)
      return WindowPlace(rank, address, Piece(count: count, of: Element.self))
    }
    let (rank, address) = try reach(target, block, index, 0, operation)
    let selected = try window.targetPiece(
      layout.node, index, in: block.count, of: piece.byteCount, isWritten: isWritten, operation)
    return WindowPlace(rank, address, selected)
  }

  /// The rank and the address of elements of a block, if they may be reached now.
  fileprivate func reach(
    _ target: Int, _ block: WindowBlock<Element>, _ index: Int, _ count: Int, _ operation: StaticString
  ) throws(MPIError) -> (rank: CInt, place: MPI_Aint) {
    try communicator.require(
      window.kind == .dynamic, .windowFlavor, operation, "a block is memory of a dynamic window, which this one is not")
    try communicator.checkRank(target, operation)
    try _checkReached(target, operation)
    try communicator.require(
      index >= 0 && index <= block.count - count, .windowRange, operation,
      "\(count) elements at \(index) are out of range: the block has \(block.count)")
    return (CInt(target), block.address + index * MemoryLayout<Element>.stride)
  }
}

extension LockEpoch {
  /// Gets elements of a block that a target has attached. As ``get(into:from:at:layout:file:line:)``.
  ///
  /// C: `MPI_Get`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.2 and 11.5.4.
  ///
  /// - Parameters:
  ///   - received: where they go, and how many.
  ///   - target: the rank that has the block.
  ///   - block: one that the target has attached and not detached.
  ///   - index: where in the block the first is, or where the layout begins.
  ///   - layout: which of the block's elements are read, counted from `index`; side by side unless given.
  /// - Throws: ``ErrorClass/windowFlavor`` for a window that is not dynamic, and as the other form.
  public func get<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    into received: inout Buffer, from target: Int, in block: WindowBlock<Element>, at index: Int = 0,
    layout: Layout<Element>? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element == Element {
    let code = try received._withMutableMemory { (memory) throws(MPIError) in
      let piece = try communicator.incoming(memory, of: Buffer.self, "get")
      let place = try place(target, block, index, layout, of: piece, isWritten: false, "get")
      if piece.count == 0 { return CInt(0) }
      communicator.enter("get", file, line)
      return window.isAlone ? communicator.copy(window.local(place), to: piece) : window.get(piece, place)
    }
    try communicator.check(code, "get")
  }

  /// Gets all elements of a block that a target has attached.
  ///
  /// C: `MPI_Get`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.2 and 11.5.4.
  ///
  /// - Parameters:
  ///   - target: the rank that has the block.
  ///   - block: one that the target has attached and not detached.
  /// - Throws: ``ErrorClass/windowFlavor`` for a window that is not dynamic; ``ErrorClass/rank``;
  ///   ``ErrorClass/windowSynchronization`` if the target is not locked.
  public func get(
    from target: Int, in block: WindowBlock<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let place = try place(
      target, block, 0, nil, of: Piece(count: block.count, of: Element.self), isWritten: false, "get")
    communicator.enter("get", file, line)
    let (array, code) = makeArray(block.count) { (into: UnsafeMutablePointer<Element>?) in
      let piece = Piece(into, count: block.count)
      return window.isAlone ? communicator.copy(window.local(place), to: piece) : window.get(piece, place)
    }
    try communicator.check(code, "get")
    return array
  }

  /// Combines a value with the one in a block, and gets what was there before. As
  /// ``fetchAndOp(_:_:on:at:file:line:)``.
  ///
  /// C: `MPI_Fetch_and_op`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.4 and 11.5.4.
  ///
  /// - Parameters:
  ///   - value: the right argument; what is there is the left one.
  ///   - operation: how two become one.
  ///   - target: the rank that has the block.
  ///   - block: one that the target has attached and not detached.
  ///   - index: where in the block.
  /// - Returns: what was there before.
  /// - Throws: ``ErrorClass/windowFlavor`` for a window that is not dynamic, and as the other form.
  @discardableResult
  public func fetchAndOp(
    _ value: Element, _ operation: AccumulateOperation<Element>, on target: Int, in block: WindowBlock<Element>,
    at index: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    guard let type = predefinedType(Element.self) else { throw window.fetchFailure("fetchAndOp") }
    try window.checkOperation(operation, "fetchAndOp")
    let (rank, place) = try reach(target, block, index, 1, "fetchAndOp")
    communicator.enter("fetchAndOp", file, line)
    let (previous, code) = makeElement(Element.self) { into in
      withElement(value) { own in
        if window.isAlone { return window.fetchAndOp(own, into, type, place, operation) }
        let code = MPI_Fetch_and_op(own, into, type, rank, place, operation.operation, window.rawValue)
        return code != 0 ? code : MPI_Win_flush_local(rank, window.rawValue)
      }
    }
    try communicator.check(code, "fetchAndOp")
    return previous
  }
}

// MARK: A window of this rank alone

extension Window {
  /// Elements of this rank's own block.
  fileprivate func local(_ place: WindowPlace) -> Piece {
    Piece(
      UnsafeMutableRawPointer(bitPattern: place.displacement), count: place.piece.count, type: place.piece.type,
      byteCount: place.piece.byteCount)
  }

  fileprivate func fetchAndOp(
    _ own: UnsafeMutablePointer<Element>, _ into: UnsafeMutablePointer<Element>, _ type: MPI_Datatype, _ place: Int,
    _ operation: AccumulateOperation<Element>
  ) -> CInt {
    guard let target = UnsafeMutablePointer<Element>(bitPattern: place) else { return 0 }
    into.initialize(to: target.pointee)
    if operation.changesNothing { return 0 }
    if operation.takesBytes {
      target.pointee = own.pointee
      return 0
    }
    return MPI_Reduce_local(own, target, 1, type, operation.operation)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Memory that a rank has attached to a dynamic window, as the other ranks know it.
///
/// It is sent to them like any element: `try world.allGather(block)`. It holds an address, which only its rank can use.
///
/// C: `MPI_Get_address`. MPI-3.1, section 11.2.4.
public struct WindowBlock<Element: BitwiseCopyable>: BitwiseCopyable, Hashable, Sendable {
  /// The address as MPI knows it.
  @usableFromInline let address: Int
  /// The number of elements.
  public let count: Int
}

/// Memory that this rank has attached to a dynamic window.
public final class AttachedMemory<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The address of the memory, for the other ranks.
  public let block: WindowBlock<Element>

  fileprivate let start: UnsafeMutablePointer<Element>
  fileprivate var isAttached = true

  fileprivate init(_ start: UnsafeMutablePointer<Element>, _ block: WindowBlock<Element>) {
    self.start = start
    self.block = block
  }

  // The window holds this as long as it is attached, so the memory can no longer be reached.
  deinit { start.deallocate() }

  /// The number of elements.
  public var count: Int { block.count }

  /// One element of this rank's memory: a load or a store.
  ///
  /// - Parameter index: which one; the first is 0.
  /// - Precondition: the index is in range.
  public subscript(index: Int) -> Element {
    get {
      demand(
        UInt(bitPattern: index) < UInt(bitPattern: count), "index \(index) is out of range: there are \(count) elements"
      )
      return start[index]
    }
    set {
      demand(
        UInt(bitPattern: index) < UInt(bitPattern: count), "index \(index) is out of range: there are \(count) elements"
      )
      start[index] = newValue
    }
  }
}

extension Communicator {
  /// A window to which each rank attaches memory when it has some: ``Window/attach(count:file:line:)``.
  ///
  /// Collective. A place in it is a rank and a ``WindowBlock`` of that rank. It is given back by
  /// ``Window/free(file:line:)``, which detaches what is left.
  ///
  /// C: `MPI_Win_create_dynamic`. MPI-3.1, section 11.2.4.
  ///
  /// - Parameter info: hints to MPI, the same on every rank.
  /// - Throws: on every rank, ``ErrorClass/window`` if MPI has no way for windows here, with the setting that helps;
  ///   ``ErrorClass/infoKey`` or ``ErrorClass/infoValue`` for a hint that MPI can't take; ``ErrorClass/other`` if MPI
  ///   has no number left for a window.
  public func dynamicWindow<Element: BitwiseCopyable>(
    of _: Element.Type, info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Window<Element> {
    try enterCollective("dynamicWindow", Element.self, file, line)
    try prepare("dynamicWindow") { () throws(MPIError) in
      _ = try withInfo(info, "dynamicWindow") { _ in 0 }
      try checkElement(Element.self, "dynamicWindow")
    }
    var raw = RawWindow()
    let code = try withInfo(info, "dynamicWindow") { info in
      let code = MPI_Win_create_dynamic(info, rawValue, &raw.handle)
      // `Fault.windowsOfOneRankFail`: another window is there for the epochs, and the operations are done here.
      guard code != 0 && size == 1 else { return code }
      return MPI_Win_allocate(64, 1, info, rawValue, &raw.base, &raw.handle)
    }
    let window: Window<Element> = try finishWindow(
      code, raw, .dynamic, 0, "dynamicWindow", CallSite(file, line))
    window.isAlone = raw.base != nil
    return window
  }
}

extension Window {
  /// Attaches fresh memory to a dynamic window, all its bytes 0.
  ///
  /// Not collective, no message: the other ranks are to be sent its ``AttachedMemory/block``.
  ///
  /// C: `MPI_Win_attach`. MPI-3.1, section 11.2.4.
  ///
  /// - Parameter count: how many elements, 1 or more.
  /// - Returns: the memory. The window holds it until it is detached.
  /// - Throws: ``ErrorClass/windowFlavor`` for a window that is not dynamic, ``ErrorClass/count``,
  ///   ``ErrorClass/windowAttach`` if MPI takes no more: Open MPI 4 takes 32 to 64 blocks.
  public func attach(
    count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> AttachedMemory<Element> {
    try checkUsable("attach")
    try communicator.require(
      kind == .dynamic, .windowFlavor, "attach", "the window is not dynamic: make it by dynamicWindow(of:)")
    try communicator.require(count > 0, .count, "attach", "count \(count) is below 1")
    _ = try communicator.checkWindow(Element.self, count, "attach")
    let byteCount = count * MemoryLayout<Element>.stride
    let start = UnsafeMutablePointer<Element>.allocate(capacity: count)
    UnsafeMutableRawPointer(start).initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    var address = MPI_Aint(bitPattern: UnsafeRawPointer(start))
    if !isAlone {
      let code = MPI_Win_attach(rawValue, start, byteCount)
      if code == 0 { MPI_Get_address(start, &address) }
      if code != 0 {
        start.deallocate()
        throw communicator.failure(code: code, "attach")
      }
    }
    let memory = AttachedMemory(start, WindowBlock(address: address, count: count))
    attached[ObjectIdentifier(memory)] = memory
    return memory
  }

  /// Detaches memory. No rank may reach it any more.
  ///
  /// Not collective. That the others are done with it is for the program to see to.
  ///
  /// C: `MPI_Win_detach`. MPI-3.1, section 11.2.4.
  ///
  /// - Parameter memory: what ``attach(count:file:line:)`` returned.
  /// - Throws: ``ErrorClass/windowAttach`` for memory that is not attached to this window.
  public func detach(
    _ memory: AttachedMemory<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkUsable("detach")
    try communicator.require(
      memory.isAttached && attached[ObjectIdentifier(memory)] != nil, .windowAttach, "detach",
      "the memory is not attached to this window")
    if !isAlone {
      let code = MPI_Win_detach(rawValue, memory.start)
      if code != 0 { throw communicator.failure(code: code, "detach") }
    }
    memory.isAttached = false
    attached[ObjectIdentifier(memory)] = nil
  }

  // MARK: Operations

  /// Puts elements into a block that a target has attached. As ``put(_:to:at:layout:file:line:)``.
  ///
  /// C: `MPI_Put`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.1 and 11.5.4.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements.
  ///   - target: whose block.
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
      if isAlone { return communicator.copy(piece, to: local(place)) }
      return try sending(piece, of: buffer, to: place.rank, "put") { put($0, place) }
    }
    try communicator.check(code, "put")
  }

  /// Gets elements of a block that a target has attached. As ``get(into:from:at:layout:file:line:)``; inside locks alone.
  ///
  /// C: `MPI_Get`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.2 and 11.5.4.
  ///
  /// - Parameters:
  ///   - received: where they go, and how many.
  ///   - target: whose block.
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
      try requirePassive("get")
      if piece.count == 0 { return CInt(0) }
      communicator.enter("get", file, line)
      return isAlone ? communicator.copy(local(place), to: piece) : get(piece, place)
    }
    try communicator.check(code, "get")
  }

  /// Gets all elements of a block that a target has attached. Inside locks alone.
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
    try requirePassive("get")
    communicator.enter("get", file, line)
    let (array, code) = makeArray(block.count) { (into: UnsafeMutablePointer<Element>?) in
      let piece = Piece(into, count: block.count)
      return isAlone ? communicator.copy(local(place), to: piece) : get(piece, place)
    }
    try communicator.check(code, "get")
    return array
  }

  /// Combines a value with the one in a block, and gets what was there before. As
  /// ``fetchAndOp(_:_:on:at:file:line:)``; inside locks alone.
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
    guard let type = predefinedType(Element.self) else { throw fetchFailure("fetchAndOp") }
    try checkOperation(operation, "fetchAndOp")
    let (rank, place) = try reach(target, block, index, 1, "fetchAndOp")
    try requirePassive("fetchAndOp")
    communicator.enter("fetchAndOp", file, line)
    let (previous, code) = makeElement(Element.self) { into in
      withElement(value) { own in
        if isAlone { return fetchAndOp(own, into, type, place, operation) }
        let code = MPI_Fetch_and_op(own, into, type, rank, place, operation.operation, rawValue)
        return code != 0 ? code : MPI_Win_flush_local(rank, rawValue)
      }
    }
    try communicator.check(code, "fetchAndOp")
    return previous
  }

  // MARK: A window of this rank alone

  /// Elements of this rank's own block.
  private func local(_ place: WindowPlace) -> Piece {
    Piece(
      UnsafeMutableRawPointer(bitPattern: place.displacement), count: place.piece.count, type: place.piece.type,
      byteCount: place.piece.byteCount)
  }

  private func fetchAndOp(
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

  /// The place of as many elements of a block as a piece has, if they may be reached now.
  private func place(
    _ target: Int, _ block: WindowBlock<Element>, _ index: Int, _ layout: Layout<Element>?, of piece: Piece,
    isWritten: Bool, _ operation: StaticString
  ) throws(MPIError) -> WindowPlace {
    guard let layout else {
      let count = piece.elementCount(of: Element.self)
      let (rank, address) = try reach(target, block, index, count, operation)
      return WindowPlace(rank, address, Piece(count: count, of: Element.self))
    }
    let (rank, address) = try reach(target, block, index, 0, operation)
    let selected = try targetPiece(
      layout.node, index, in: block.count, of: piece.byteCount, isWritten: isWritten, operation)
    return WindowPlace(rank, address, selected)
  }

  /// The rank and the address of elements of a block, if they may be reached now.
  private func reach(
    _ target: Int, _ block: WindowBlock<Element>, _ index: Int, _ count: Int, _ operation: StaticString
  ) throws(MPIError) -> (rank: CInt, place: MPI_Aint) {
    try checkUsable(operation)
    try communicator.require(
      kind == .dynamic, .windowFlavor, operation, "a block is memory of a dynamic window, which this one is not")
    try communicator.checkRank(target, operation)
    if state.pointee.isOpenToAll == 0 && state.pointee.isOpen[target] == 0 { throw epochFailure(target, operation) }
    try communicator.require(
      index >= 0 && index <= block.count - count, .windowRange, operation,
      "\(count) elements at \(index) are out of range: the block has \(block.count)")
    state.pointee.hasOperations = 1
    return (CInt(target), block.address + index * MemoryLayout<Element>.stride)
  }
}

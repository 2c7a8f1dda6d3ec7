// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension WindowEpoch where Self: ~Escapable {
  /// Combines a value with the one in a target's memory, which gets the result.
  ///
  /// Several ranks may do so with the same element at the same time: none is lost, as one of two puts may be. The value
  /// is copied before the call returns; no allocation. It is done when a put would be.
  ///
  /// C: `MPI_Accumulate`. MPI-3.1, section 11.3.4.
  ///
  /// - Parameters:
  ///   - value: the right argument; what is there is the left one.
  ///   - operation: how two become one.
  ///   - target: a rank, or a ``Neighbor`` that may not be there.
  ///   - index: where in the target's memory.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` for a rank
  ///   that the epoch does not reach; ``ErrorClass/operation`` for elements that MPI can't combine so.
  @inlinable
  public func accumulate(
    _ value: Element, _ operation: AccumulateOperation<Element>, to target: some MessageDestination, at index: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try window.checkAccumulate(operation)
    guard let rank = try reach(target, index, 1, "accumulate") else { return }
    let start = try window.stage(value, "accumulate")
    communicator.enter("accumulate", file, line)
    try communicator.check(window.accumulateElements(start, 1, rank, index, operation), "accumulate")
  }

  /// Combines elements with those in a target's memory, one by one.
  ///
  /// In a ``LockEpoch`` MPI has read them when the call returns (`MPI_Win_flush_local`), and nothing is allocated; in
  /// the others an array is held until the epoch ends, and a span is copied. Each element is combined at once, but not
  /// all together.
  ///
  /// C: `MPI_Accumulate`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.4 and 11.5.4.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements.
  ///   - operation: how two become one.
  ///   - target: a rank, or a ``Neighbor`` that may not be there.
  ///   - index: where in the target's memory the first is, or where the layout begins.
  ///   - layout: which of the target's elements are combined, counted from `index`; side by side unless given.
  /// - Throws: as ``accumulate(_:_:to:at:file:line:)``; ``ErrorClass/count`` if the layout selects another number of
  ///   elements, or that of `buffer` does not lie within its memory; ``ErrorClass/type`` if an element takes part
  ///   twice.
  @inlinable
  public func accumulate<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, _ operation: AccumulateOperation<Element>, to target: some MessageDestination,
    at index: Int, layout: Layout<Element>? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element == Element {
    try window.checkAccumulate(operation)
    let code = try buffer._withMemory { (memory) throws(MPIError) in
      let piece = try communicator.outgoing(memory, of: Buffer.self, "accumulate")
      let place = try place(target, index, layout, of: piece, isWritten: true, "accumulate")
      guard let place, piece.count > 0 else { return CInt(0) }
      communicator.enter("accumulate", file, line)
      return try sending(piece, of: buffer, to: place.rank, "accumulate") {
        window.accumulate($0, place, index, operation)
      }
    }
    try communicator.check(code, "accumulate")
  }
}

extension Window {
  @inlinable @inline(__always)
  func accumulate(
    _ piece: Piece, _ place: WindowPlace, _ index: Int, _ operation: AccumulateOperation<Element>
  ) -> CInt {
    if _slowPath(piece.type != nil || place.piece.type != nil) {
      return transfer(piece, place.piece, of: Element.self) { count, type, placeCount, placeType in
        MPI_Accumulate(
          piece.start, count, type, place.rank, place.displacement, placeCount, placeType, operation.operation,
          rawValue)
      }
    }
    let start = UnsafePointer(piece.start?.assumingMemoryBound(to: Element.self))
    return accumulateElements(start, piece.count, place.rank, index, operation)
  }

  @inlinable @inline(__always)
  func checkAccumulate(_ operation: AccumulateOperation<Element>) throws(MPIError) {
    try checkOperation(operation, "accumulate")
    if operation.changesNothing { throw nothingFailure() }
  }

  @usableFromInline @inline(never)
  func nothingFailure() -> MPIError {
    communicator.failure(
      .operation, "accumulate", "accumulate with .noOperation would do nothing: it is for getAccumulate and fetchAndOp")
  }

  @inlinable @inline(__always)
  func accumulateElements(
    _ start: UnsafePointer<Element>?, _ count: Int, _ rank: CInt, _ index: Int,
    _ operation: AccumulateOperation<Element>
  ) -> CInt {
    inPiecesOrBytes(count) { offset, count, type in
      MPI_Accumulate(
        advanced(start, by: offset), count, type, rank, displacement(index + offset, rank), count, type,
        operation.operation, rawValue)
    }
  }

  /// Calls MPI with elements that it can combine in pieces; with others, which go as bytes, once.
  @inlinable @inline(__always)
  func inPiecesOrBytes(_ count: Int, _ call: (_ offset: Int, _ count: CInt, _ type: MPI_Datatype) -> CInt) -> CInt {
    if let type = predefinedType(Element.self) {
      return inPieces(count) { offset, count in call(offset, count, type) }
    }
    return transfer(count, of: Element.self) { count, type in call(0, count, type) }
  }
}

extension WindowNonblocking {
  /// Begins to combine elements with those in a target's memory.
  ///
  /// When the request has completed, MPI has read the elements; they are combined after
  /// ``LockEpoch/flush(_:file:line:)`` or the unlock.
  ///
  /// C: `MPI_Raccumulate`. MPI-3.1, section 11.3.5.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements: an array, a slice, or what a layout selects of one.
  ///   - operation: how two become one.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first is, or where the layout begins.
  ///   - layout: which of the target's elements are combined, counted from `index`; side by side unless given.
  /// - Returns: a request that gives the buffer back.
  /// - Throws: as ``WindowEpoch/accumulate(_:_:to:at:layout:file:line:)``, and ``ErrorClass/windowSynchronization`` if
  ///   the target is not locked; what MPI reports, at once or when the request is waited for.
  public func accumulate<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, _ operation: AccumulateOperation<Element>, to target: Int, at index: Int,
    layout: Layout<Element>? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element == Element {
    try window.checkAccumulate(operation)
    var begun = window.communicator.begin("accumulate", .send, file, line)
    let code = try buffer._withMemory { (memory) throws(MPIError) in
      let piece = try window.communicator.outgoing(memory, of: Buffer.self, "accumulate")
      let place = try epoch.placeOfRank(target, index, layout, of: piece, isWritten: true, "accumulate")
      if piece.count == 0 { return CInt(0) }
      if piece.type != nil || place.piece.type != nil {
        return transfer(piece, place.piece, of: Element.self) { count, type, placeCount, placeType in
          begun.handles.keep(
            MPI_Raccumulate(
              piece.start, count, type, place.rank, place.displacement, placeCount, placeType, operation.operation,
              window.rawValue, &begun.handles.next))
        }
      }
      let start = UnsafePointer(piece.start?.assumingMemoryBound(to: Element.self))
      return window.inPiecesOrBytes(piece.count) { offset, count, type in
        begun.handles.keep(
          MPI_Raccumulate(
            advanced(start, by: offset), count, type, place.rank, window.displacement(index + offset, place.rank),
            count, type, operation.operation, window.rawValue, &begun.handles.next))
      }
    }
    return try begun.request(code) { (_, _) throws(MPIError) in buffer }
  }
}

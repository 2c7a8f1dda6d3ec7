// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension WindowEpoch where Self: ~Escapable {
  /// Puts a value into a target's memory.
  ///
  /// It is copied before the call returns; no allocation. When it is there: after the fence, after
  /// ``LockEpoch/flush(_:file:line:)``, or when the closure of the epoch returns. Puts at the same place before that
  /// come in any order.
  ///
  /// C: `MPI_Put`. MPI-3.1, section 11.3.1.
  ///
  /// - Parameters:
  ///   - value: what to put.
  ///   - target: a rank, or a ``Neighbor`` that may not be there.
  ///   - index: where in the target's memory.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` for a rank
  ///   that the epoch does not reach.
  @inlinable
  public func put(
    _ value: Element, to target: some MessageDestination, at index: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    guard let rank = try reach(target, index, 1, "put") else { return }
    let start = try window.stage(value, "put")
    communicator.enter("put", file, line)
    try communicator.check(window.putElements(start, 1, rank, window.displacement(index, rank)), "put")
  }

  /// Puts elements into a target's memory.
  ///
  /// ```swift
  /// try epoch.put(edge, to: right, at: 0)                       // side by side
  /// try epoch.put(edge, to: right, at: 0, layout: column)       // into a column of the target's matrix
  /// try epoch.put(matrix[layout: column], to: right, at: 0)     // from a column of this rank's
  /// ```
  ///
  /// In a ``LockEpoch`` MPI has read them when the call returns (`MPI_Win_flush_local`), and nothing is allocated. In
  /// the others an array is held until the epoch ends, and a span is copied. When they are there is as with a value.
  ///
  /// C: `MPI_Put`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.1 and 11.5.4.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements.
  ///   - target: a rank, or a ``Neighbor`` that may not be there.
  ///   - index: where in the target's memory the first goes, or where the layout begins.
  ///   - layout: which of the target's elements are written, counted from `index`; side by side unless given.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` for a rank
  ///   that the epoch does not reach; ``ErrorClass/count`` if the layout selects another number of elements, or
  ///   that of `buffer` does not lie within its memory; ``ErrorClass/type`` if an element is written twice.
  @inlinable
  public func put<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, to target: some MessageDestination, at index: Int, layout: Layout<Element>? = nil,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element == Element {
    let code = try buffer._withMemory { (memory) throws(MPIError) in
      let piece = try communicator.outgoing(memory, of: Buffer.self, "put")
      let place = try place(target, index, layout, of: piece, isWritten: true, "put")
      guard let place, piece.count > 0 else { return CInt(0) }
      communicator.enter("put", file, line)
      return try sending(piece, of: buffer, to: place.rank, "put") { window.put($0, place) }
    }
    try communicator.check(code, "put")
  }
}

extension Window {
  @inlinable @inline(__always)
  func put(_ piece: Piece, _ place: WindowPlace) -> CInt {
    if _fastPath(piece.type == nil && place.piece.type == nil) {
      let start = UnsafePointer(piece.start?.assumingMemoryBound(to: Element.self))
      return putElements(start, piece.count, place.rank, place.displacement)
    }
    return putFormed(piece, place)
  }

  @usableFromInline @inline(never)
  func putFormed(_ piece: Piece, _ place: WindowPlace) -> CInt {
    transfer(piece, place.piece, of: Element.self) { count, type, placeCount, placeType in
      MPI_Put(piece.start, count, type, place.rank, place.displacement, placeCount, placeType, rawValue)
    }
  }

  @inlinable @inline(__always)
  func putElements(_ start: UnsafePointer<Element>?, _ count: Int, _ rank: CInt, _ place: MPI_Aint) -> CInt {
    transfer(count, of: Element.self) { count, type in
      MPI_Put(start, count, type, rank, place, count, type, rawValue)
    }
  }
}

extension WindowNonblocking {
  /// Begins to put elements into a target's memory.
  ///
  /// When the request has completed, MPI has read the elements; they are there after ``LockEpoch/flush(_:file:line:)``
  /// or the unlock.
  ///
  /// C: `MPI_Rput`. MPI-3.1, section 11.3.5.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements: an array, a slice, or what a layout selects of one.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first goes, or where the layout begins.
  ///   - layout: which of the target's elements are written, counted from `index`; side by side unless given.
  /// - Returns: a request that gives the buffer back.
  /// - Throws: as ``WindowEpoch/put(_:to:at:layout:file:line:)``, and ``ErrorClass/windowSynchronization`` if the
  ///   target is not locked; what MPI reports, at once or when the request is waited for.
  public func put<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, to target: Int, at index: Int, layout: Layout<Element>? = nil, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element == Element {
    var begun = window.communicator.begin("put", .send, file, line)
    // The address stays good: `finish` below holds the storage, and nothing writes to storage that two hold.
    let code = try buffer._withMemory { (memory) throws(MPIError) in
      let piece = try window.communicator.outgoing(memory, of: Buffer.self, "put")
      let place = try epoch.placeOfRank(target, index, layout, of: piece, isWritten: true, "put")
      if piece.count == 0 { return CInt(0) }
      return transfer(piece, place.piece, of: Element.self) { count, type, placeCount, placeType in
        begun.handles.keep(
          MPI_Rput(
            piece.start, count, type, place.rank, place.displacement, placeCount, placeType, window.rawValue,
            &begun.handles.next))
      }
    }
    return try begun.request(code) { (_, _) throws(MPIError) in buffer }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension LockEpoch {
  /// Combines elements with those in a target's memory, one by one, and gets what was there before.
  ///
  /// They are there when it returns (`MPI_Win_flush_local`). No allocation, no copy, but of what a layout selects of
  /// this rank's memory.
  ///
  /// C: `MPI_Get_accumulate`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.4 and 11.5.4.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements.
  ///   - operation: how two become one.
  ///   - previous: where those go that were there; as many.
  ///   - target: a rank, or a ``Neighbor`` that may not be there: then `previous` stays as it is.
  ///   - index: where in the target's memory the first is, or where the layout begins.
  ///   - layout: which of the target's elements are combined, counted from `index`; side by side unless given.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/count``, ``ErrorClass/windowRange``;
  ///   ``ErrorClass/windowSynchronization`` if the target is not locked; ``ErrorClass/operation`` for elements that MPI
  ///   can't combine so; ``ErrorClass/type`` if an element takes part twice.
  @inlinable
  public func getAccumulate<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, _ operation: AccumulateOperation<Element>, into previous: inout Result,
    on target: some MessageDestination, at index: Int, layout: Layout<Element>? = nil,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element == Element, Result.Element == Element {
    let name: StaticString = "getAccumulate"
    try window.checkOperation(operation, name)
    let code = try previous._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let out = try communicator.outgoing(own, of: Buffer.self, name).flat(of: Element.self, communicator, name)
        let into = try communicator.incoming(other, of: Result.self, name).flat(of: Element.self, communicator, name)
        try communicator.checkCount(into.count, out.count, name, "the memory for what was there")
        let place = try place(
          target, index, layout, of: Piece(out.read(as: Element.self), count: out.count), isWritten: true, name)
        guard let place else { return CInt(0) }
        if out.count == 0 { return CInt(0) }
        communicator.enter(name, file, line)
        return into.finish(
          window.getAccumulate(
            out.read(as: Element.self), into.written(as: Element.self), out.count, place, index, operation))
      }
    }
    try communicator.check(code, name)
  }

  /// Combines elements with those in a target's memory, one by one, and gets what was there before.
  ///
  /// C: `MPI_Get_accumulate`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.4 and 11.5.4.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements.
  ///   - operation: how two become one.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first is, or where the layout begins.
  ///   - layout: which of the target's elements are combined, counted from `index`; side by side unless given.
  /// - Returns: what was there before.
  /// - Throws: as ``getAccumulate(_:_:into:on:at:layout:file:line:)``.
  @inlinable
  public func getAccumulate<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, _ operation: AccumulateOperation<Element>, on target: Int, at index: Int,
    layout: Layout<Element>? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] where Buffer.Element == Element {
    let name: StaticString = "getAccumulate"
    try window.checkOperation(operation, name)
    return try buffer._withMemory { (own) throws(MPIError) in
      let out = try communicator.outgoing(own, of: Buffer.self, name).flat(of: Element.self, communicator, name)
      let place = try placeOfRank(
        target, index, layout, of: Piece(out.read(as: Element.self), count: out.count), isWritten: true, name)
      if out.count == 0 { return [] }
      communicator.enter(name, file, line)
      let (array, code) = makeArray(out.count) { (into: UnsafeMutablePointer<Element>?) in
        window.getAccumulate(out.read(as: Element.self), into, out.count, place, index, operation)
      }
      try communicator.check(code, name)
      return array
    }
  }
}

extension Window {
  @inlinable @inline(__always)
  func getAccumulate(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int, _ place: WindowPlace,
    _ index: Int, _ operation: AccumulateOperation<Element>
  ) -> CInt {
    if _fastPath(place.piece.type == nil) {
      return getAccumulateElements(own, into, count, place.rank, index, operation)
    }
    let code = transfer(Piece(own, count: count), place.piece, of: Element.self) { count, type, placeCount, placeType in
      MPI_Get_accumulate(
        own, count, type, into, count, type, place.rank, place.displacement, placeCount, placeType,
        operation.operation, rawValue)
    }
    return code != 0 ? code : MPI_Win_flush_local(place.rank, rawValue)
  }

  @inlinable @inline(__always)
  func getAccumulateElements(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int, _ rank: CInt, _ index: Int,
    _ operation: AccumulateOperation<Element>
  ) -> CInt {
    let code = inPiecesOrBytes(count) { offset, count, type in
      MPI_Get_accumulate(
        advanced(own, by: offset), count, type, advanced(into, by: offset), count, type, rank,
        displacement(index + offset, rank), count, type, operation.operation, rawValue)
    }
    return code != 0 ? code : MPI_Win_flush_local(rank, rawValue)
  }
}

extension WindowNonblocking {
  /// Begins to combine elements with those in a target's memory, and to get what was there.
  ///
  /// C: `MPI_Rget_accumulate`. MPI-3.1, section 11.3.5.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements: an array, a slice, or what a layout selects of one, which is copied.
  ///   - operation: how two become one.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first is, or where the layout begins.
  ///   - layout: which of the target's elements are combined, counted from `index`; side by side unless given.
  /// - Returns: a request that gives what was there before.
  /// - Throws: as ``LockEpoch/getAccumulate(_:_:into:on:at:layout:file:line:)``, at once or when the request is waited
  ///   for.
  public func getAccumulate<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, _ operation: AccumulateOperation<Element>, on target: Int, at index: Int,
    layout: Layout<Element>? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> where Buffer.Element == Element {
    try window.checkOperation(operation, "getAccumulate")
    let elements = try window.communicator.array(of: buffer, "getAccumulate")
    let place = try epoch.placeOfRank(
      target, index, layout, of: Piece(count: elements.count, of: Element.self), isWritten: true, "getAccumulate")
    var begun = window.communicator.begin("getAccumulate", .send, file, line)
    let (previous, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { own in
        if own.isEmpty { return CInt(0) }
        if place.piece.type != nil {
          return transfer(Piece(own.baseAddress, count: own.count), place.piece, of: Element.self) {
            count, type, placeCount, placeType in
            begun.handles.keep(
              MPI_Rget_accumulate(
                own.baseAddress, count, type, into, count, type, place.rank, place.displacement, placeCount, placeType,
                operation.operation, window.rawValue, &begun.handles.next))
          }
        }
        return window.inPiecesOrBytes(own.count) { offset, count, type in
          begun.handles.keep(
            MPI_Rget_accumulate(
              advanced(own.baseAddress, by: offset), count, type, advanced(into, by: offset), count, type, place.rank,
              window.displacement(index + offset, place.rank), count, type, operation.operation, window.rawValue,
              &begun.handles.next))
        }
      }
    }
    // MPI reads one array and writes the other after this call: the request holds both.
    return try begun.request(code) { (_, _) throws(MPIError) in withExtendedLifetime(elements) { previous } }
  }
}

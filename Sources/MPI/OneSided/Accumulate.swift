import CMPI

extension Window {
  /// Combines a value with the one in a target's memory, which gets the result.
  ///
  /// Several ranks may do so with the same element at the same time: unlike puts, none is lost. The value is copied
  /// before the call returns; no allocation. It is done when a put would be.
  ///
  /// C: `MPI_Accumulate`. MPI-3.1, section 11.3.4.
  ///
  /// - Parameters:
  ///   - value: the right argument; what is there is the left one.
  ///   - operation: how two become one.
  ///   - target: a rank, or a ``Neighbor`` that may not be there.
  ///   - index: where in the target's memory.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` outside of an
  ///   epoch in which the target may be reached; ``ErrorClass/operation`` for elements that MPI can't combine so.
  @inlinable
  public func accumulate(
    _ value: Element, _ operation: AccumulateOperation<Element>, to target: some MessageDestination, at index: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkAccumulate(operation)
    guard let rank = try reach(target, index, 1, "accumulate") else { return }
    let start = try stage(value, "accumulate")
    communicator.enter("accumulate", file, line)
    try communicator.check(accumulateElements(start, 1, rank, index, operation), "accumulate")
  }

  /// Combines elements with those in a target's memory, one by one.
  ///
  /// Inside locks MPI has read them when the call returns (`MPI_Win_flush_local`), and nothing is allocated; else they
  /// are copied until the epoch ends. Each element is combined at once, but not all together.
  ///
  /// C: `MPI_Accumulate`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.4 and 11.5.4.
  ///
  /// - Parameters:
  ///   - elements: any number of them.
  ///   - operation: how two become one.
  ///   - target: a rank, or a ``Neighbor`` that may not be there.
  ///   - index: where in the target's memory the first is.
  /// - Throws: as ``accumulate(_:_:to:at:file:line:)-(Element,_,_,_,_,_)``.
  @inlinable
  public func accumulate(
    _ elements: Span<Element>, _ operation: AccumulateOperation<Element>, to target: some MessageDestination,
    at index: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkAccumulate(operation)
    guard let rank = try reach(target, index, elements.count, "accumulate"), elements.count > 0 else { return }
    communicator.enter("accumulate", file, line)
    let code = sending(elements, to: rank) { accumulateElements($0, elements.count, rank, index, operation) }
    try communicator.check(code, "accumulate")
  }

  /// Combines an array's elements with those in a target's memory, one by one.
  ///
  /// As the form with a span, but that the array is held and not copied until the epoch ends.
  ///
  /// C: `MPI_Accumulate`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.4 and 11.5.4.
  ///
  /// - Parameters:
  ///   - elements: any number of them.
  ///   - operation: how two become one.
  ///   - target: a rank, or a ``Neighbor`` that may not exist.
  ///   - index: where in the target's memory the first is.
  /// - Throws: as ``accumulate(_:_:to:at:file:line:)-(Element,_,_,_,_,_)``.
  @inlinable
  public func accumulate(
    _ elements: [Element], _ operation: AccumulateOperation<Element>, to target: some MessageDestination,
    at index: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkAccumulate(operation)
    guard let rank = try reach(target, index, elements.count, "accumulate"), !elements.isEmpty else { return }
    communicator.enter("accumulate", file, line)
    let code = sending(elements, to: rank) { accumulateElements($0, elements.count, rank, index, operation) }
    try communicator.check(code, "accumulate")
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
  /// Begins to combine an array's elements with those in a target's memory. Inside locks alone.
  ///
  /// When the request is over MPI has read the elements; they are combined after ``Window/flush(_:file:line:)`` or the
  /// unlock.
  ///
  /// C: `MPI_Raccumulate`. MPI-3.1, section 11.3.5.
  ///
  /// - Parameters:
  ///   - elements: any number of them.
  ///   - operation: how two become one.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first is.
  /// - Returns: a request that gives the array back.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked; ``ErrorClass/operation`` for elements that MPI can't combine so, and for `.noOperation`; what MPI
  ///   reports, at once or when the request is waited for.
  public func accumulate(
    _ elements: [Element], _ operation: AccumulateOperation<Element>, to target: Int, at index: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try window.checkAccumulate(operation)
    var begun = try begin("accumulate", .send, target, index, elements.count, file, line)
    let rank = CInt(target)
    let code = elements.withUnsafeBufferPointer { memory in
      memory.isEmpty
        ? 0
        : window.inPiecesOrBytes(memory.count) { offset, count, type in
          begun.handles.keep(
            MPI_Raccumulate(
              advanced(memory.baseAddress, by: offset), count, type, rank, window.displacement(index + offset, rank),
              count, type, operation.operation, window.rawValue, &begun.handles.next))
        }
    }
    return try begun.request(code) { (_, _) throws(MPIError) in elements }
  }
}

import CMPI

extension Window {
  /// Combines elements with those in a target's memory, one by one, and gets what was there before. Inside locks alone.
  ///
  /// They are there when it returns (`MPI_Win_flush_local`). No allocation, no copy.
  ///
  /// C: `MPI_Get_accumulate`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.4 and 11.5.4.
  ///
  /// - Parameters:
  ///   - elements: any number of them.
  ///   - operation: how two become one.
  ///   - previous: where those go that were there; as many.
  ///   - target: a rank, or a ``Neighbor`` that may not be there: then `previous` stays as it is.
  ///   - index: where in the target's memory the first is.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/count``, ``ErrorClass/windowRange``;
  ///   ``ErrorClass/windowSynchronization`` if the target is not locked; ``ErrorClass/operation`` for elements that MPI
  ///   can't combine so.
  @inlinable
  public func getAccumulate(
    _ elements: Span<Element>, _ operation: AccumulateOperation<Element>, into previous: inout MutableSpan<Element>,
    on target: some MessageDestination, at index: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkOperation(operation, "getAccumulate")
    try communicator.checkCount(previous.count, elements.count, "getAccumulate", "the memory for what was there")
    guard let rank = try reach(target, index, elements.count, "getAccumulate") else { return }
    try requirePassive("getAccumulate")
    if elements.count == 0 { return }
    communicator.enter("getAccumulate", file, line)
    let code = getAccumulateElements(elements.start, previous.start, elements.count, rank, index, operation)
    try communicator.check(code, "getAccumulate")
  }

  /// Combines an array's elements with those in a target's memory, one by one, and gets what was there before. Inside
  /// locks alone.
  ///
  /// C: `MPI_Get_accumulate`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.4 and 11.5.4.
  ///
  /// - Parameters:
  ///   - elements: any number of them.
  ///   - operation: how two become one.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first is.
  /// - Returns: what was there before.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked; ``ErrorClass/operation`` for elements that MPI can't combine so.
  @inlinable
  public func getAccumulate(
    _ elements: [Element], _ operation: AccumulateOperation<Element>, on target: Int, at index: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkOperation(operation, "getAccumulate")
    try communicator.checkRank(target, "getAccumulate")
    _ = try reach(target, index, elements.count, "getAccumulate")
    try requirePassive("getAccumulate")
    if elements.isEmpty { return [] }
    communicator.enter("getAccumulate", file, line)
    let rank = CInt(truncatingIfNeeded: target)
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { own in
        getAccumulateElements(own.baseAddress, into, own.count, rank, index, operation)
      }
    }
    try communicator.check(code, "getAccumulate")
    return array
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
  /// Begins to combine an array's elements with those in a target's memory, and to get what was there. Inside locks
  /// alone.
  ///
  /// C: `MPI_Rget_accumulate`. MPI-3.1, section 11.3.5.
  ///
  /// - Parameters:
  ///   - elements: any number of them.
  ///   - operation: how two become one.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first is.
  /// - Returns: a request that gives what was there before.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked; ``ErrorClass/operation`` for elements that MPI can't combine so; what MPI reports, at once or when
  ///   the request is waited for.
  public func getAccumulate(
    _ elements: [Element], _ operation: AccumulateOperation<Element>, on target: Int, at index: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try window.checkOperation(operation, "getAccumulate")
    var begun = try begin("getAccumulate", .send, target, index, elements.count, file, line)
    let rank = CInt(target)
    let (previous, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { own in
        own.isEmpty
          ? 0
          : window.inPiecesOrBytes(own.count) { offset, count, type in
            begun.handles.keep(
              MPI_Rget_accumulate(
                advanced(own.baseAddress, by: offset), count, type, advanced(into, by: offset), count, type, rank,
                window.displacement(index + offset, rank), count, type, operation.operation, window.rawValue,
                &begun.handles.next))
          }
      }
    }
    // MPI reads one array and writes the other after this call: the request holds both.
    return try begun.request(code) { (_, _) throws(MPIError) in withExtendedLifetime(elements) { previous } }
  }
}

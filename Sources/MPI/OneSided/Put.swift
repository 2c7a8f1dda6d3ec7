import CMPI

extension Window {
  /// Puts a value into a target's memory.
  ///
  /// It is copied before the call returns; no allocation. When it is there: after the fence, after
  /// ``flush(_:file:line:)``, or when the closure of the lock or the access is over. Puts at the same place before that
  /// come in any order.
  ///
  /// C: `MPI_Put`. MPI-3.1, section 11.3.1.
  ///
  /// - Parameters:
  ///   - value: what to put.
  ///   - target: a rank, or a ``Neighbor`` that may not be there.
  ///   - index: where in the target's memory.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` outside of an
  ///   epoch in which the target may be reached.
  @inlinable
  public func put(
    _ value: Element, to target: some MessageDestination, at index: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    guard let rank = try reach(target, index, 1, "put") else { return }
    let start = try stage(value, "put")
    communicator.enter("put", file, line)
    try communicator.check(putElements(start, 1, rank, displacement(index, rank)), "put")
  }

  /// Puts elements into a target's memory.
  ///
  /// Inside locks MPI has read them when the call returns (`MPI_Win_flush_local`), and nothing is allocated. After a
  /// fence and inside `accessing` they are copied, and the copy is kept until the epoch ends. When they are there is as
  /// with a value.
  ///
  /// C: `MPI_Put`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.1 and 11.5.4.
  ///
  /// - Parameters:
  ///   - elements: any number of them.
  ///   - target: a rank, or a ``Neighbor`` that may not be there.
  ///   - index: where in the target's memory the first goes.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` outside of an
  ///   epoch in which the target may be reached.
  @inlinable
  public func put(
    _ elements: Span<Element>, to target: some MessageDestination, at index: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    guard let rank = try reach(target, index, elements.count, "put"), elements.count > 0 else { return }
    communicator.enter("put", file, line)
    let code = sending(elements, to: rank) { putElements($0, elements.count, rank, displacement(index, rank)) }
    try communicator.check(code, "put")
  }

  /// Puts an array's elements into a target's memory.
  ///
  /// As the form with a span, but that the array is held and not copied until the epoch ends.
  ///
  /// C: `MPI_Put`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.1 and 11.5.4.
  ///
  /// - Parameters:
  ///   - elements: any number of them.
  ///   - target: a rank, or a ``Neighbor`` that may not exist.
  ///   - index: where in the target's memory the first goes.
  /// - Throws: as ``put(_:to:at:file:line:)-(Span<Element>,_,_,_,_)``.
  @inlinable
  public func put(
    _ elements: [Element], to target: some MessageDestination, at index: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    guard let rank = try reach(target, index, elements.count, "put"), !elements.isEmpty else { return }
    communicator.enter("put", file, line)
    let code = sending(elements, to: rank) { putElements($0, elements.count, rank, displacement(index, rank)) }
    try communicator.check(code, "put")
  }

  @inlinable @inline(__always)
  func putElements(_ start: UnsafePointer<Element>?, _ count: Int, _ rank: CInt, _ place: MPI_Aint) -> CInt {
    transfer(count, of: Element.self) { count, type in
      MPI_Put(start, count, type, rank, place, count, type, rawValue)
    }
  }
}

extension WindowNonblocking {
  /// Begins to put an array's elements into a target's memory. Inside locks alone.
  ///
  /// When the request is over MPI has read the elements; they are there after ``Window/flush(_:file:line:)`` or the
  /// unlock.
  ///
  /// C: `MPI_Rput`. MPI-3.1, section 11.3.5.
  ///
  /// - Parameters:
  ///   - elements: any number of them.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first goes.
  /// - Returns: a request that gives the array back.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked; what MPI reports, at once or when the request is waited for.
  public func put(
    _ elements: [Element], to target: Int, at index: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    var begun = try begin("put", .send, target, index, elements.count, file, line)
    let (rank, place) = (CInt(target), window.displacement(index, CInt(target)))
    let code = elements.withUnsafeBufferPointer { memory in
      memory.isEmpty
        ? 0
        : transfer(memory.count, of: Element.self) { count, type in
          begun.handles.keep(
            MPI_Rput(
              memory.baseAddress, count, type, rank, place, count, type, window.rawValue, &begun.handles.next))
        }
    }
    return try begun.request(code) { (_, _) throws(MPIError) in elements }
  }
}

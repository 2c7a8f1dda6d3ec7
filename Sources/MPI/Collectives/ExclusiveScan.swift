import CMPI

extension Communicator {
  /// Combines, element by element, what the ranks below this one give.
  ///
  /// No allocation, no copy. On rank 0, below which there is none, `result` stays as it was.
  ///
  /// C: `MPI_Exscan`. MPI-3.1, section 5.11.2.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/count`` where `result` has another length. That the *ranks* give equally many is not checked.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "exclusiveScan")
    try checkCount(result.count, elements.count, "exclusiveScan", "the memory for the result")
    try enterCollective("exclusiveScan", Element.self, count: elements.count, file, line)
    let code = exclusiveScanElements(elements.start, result.start, elements.count, operation)
    try check(code, "exclusiveScan")
  }

  /// Combines the values of the ranks below this one.
  ///
  /// ```swift
  /// let firstIndex = try world.exclusiveScan(mine.count, .sum) ?? 0
  /// ```
  ///
  /// C: `MPI_Exscan`. MPI-3.1, section 5.11.2.
  ///
  /// - Returns: the result; nil on rank 0, below which there is none.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element? {
    try checkElement(Element.self, "exclusiveScan")
    try enterCollective("exclusiveScan", Element.self, count: 1, file, line)
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) {
        into.initialize(to: value)
        return exclusiveScanElements($0, into, 1, operation)
      }
    }
    try check(code, "exclusiveScan")
    return rank == 0 ? nil : element
  }

  /// Combines, element by element, the arrays of the ranks below this one.
  ///
  /// First the ranks compare the lengths of their arrays, in an all-reduce of two numbers, unless `checkingCounts` is
  /// false.
  ///
  /// C: `MPI_Exscan`. MPI-3.1, section 5.11.2.
  ///
  /// - Returns: the result; nil on rank 0, below which there is none.
  /// - Throws: ``ErrorClass/count`` on every rank where the arrays are of unlike lengths.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, checkingCounts: Bool = true,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element]? {
    try checkElement(Element.self, "exclusiveScan")
    try enterCollective("exclusiveScan", Element.self, count: checkingCounts ? nil : elements.count, file, line)
    if checkingCounts { try checkEqualCounts(elements.count, "exclusiveScan") }
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { exclusiveScanElements($0.baseAddress, into, $0.count, operation) }
    }
    try check(code, "exclusiveScan")
    return rank == 0 ? nil : array
  }

  /// Combines, by a closure and in rank order, the `Codable` values of the ranks below this one.
  ///
  /// As ``Communicator/scan(object:file:line:by:)``, with one message more on each rank.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.7 and 3.8.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - combine: makes one value of two; the left one comes from lower ranks.
  /// - Returns: the result; nil on rank 0, below which there is none.
  /// - Throws: as ``Communicator/scan(object:file:line:by:)``.
  public func exclusiveScan<Object: Codable>(
    object: Object, file: StaticString = #fileID, line: Int = #line, by combine: (Object, Object) throws -> Object
  ) throws -> Object? {
    try reduceObjects("exclusiveScan(object:)", file, line, combine) { reduction in
      guard let below = try reduction.accumulateBelow(object) else { return nil }
      return try reduction.result(below)
    }
  }

  /// Combines, element by element, what the ranks below this one give, and puts it in the elements' place; on rank 0 they
  /// stay as they are.
  ///
  /// C: `MPI_Exscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.11.2.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "exclusiveScan")
    try enterCollective("exclusiveScan", Element.self, count: elements.count, file, line)
    let code = operation.reduce(elements.count) { offset, count, type, operation in
      MPI_Exscan(CMPI_IN_PLACE, advanced(elements.start, by: offset), count, type, operation, rawValue)
    }
    try check(code, "exclusiveScan")
  }

  /// Combines, element by element, what the ranks below this one give, in place in an array.
  ///
  /// C: `MPI_Exscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.11.2.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try exclusiveScan(inPlace: &span, operation, file: file, line: line)
  }

  @inlinable @inline(__always)
  func exclusiveScanElements<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      MPI_Exscan(advanced(own, by: offset), advanced(into, by: offset), count, type, operation, rawValue)
    }
  }

  /// Begins it, or makes it ready.
  @inlinable @inline(__always)
  func startExclusiveScan<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>, inPlace: Bool = false, _ handles: inout Handles
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      let own = inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(advanced(own, by: offset))
      let into = advanced(into, by: offset)
      return handles.keep(
        start == .now
          ? MPI_Iexscan(own, into, count, type, operation, rawValue, &handles.next)
          : cmpi_exscan_init(own, into, count, type, operation, rawValue, &handles.next))
    }
  }
}

extension Nonblocking {
  /// Begins the exclusive prefix reduction of elements, one by one, and waits when the work is done.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Iexscan`. MPI-3.1, section 5.12.12.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: where the result goes; as many. On rank 0 it is left as it was.
  ///   - operation: how two elements become one.
  ///   - work: runs while the operation is under way.
  /// - Returns: what the work returns.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkElement(Element.self, "exclusiveScan")
    try communicator.checkCount(result.count, elements.count, "exclusiveScan", "the memory for the result")
    var pending = try communicator.pendingCollective("exclusiveScan", Element.self, count: elements.count, file, line)
    let code = communicator.startExclusiveScan(
      .now, elements.start, result.start, elements.count, operation, &pending.handles)
    return try pending.run(code, work).result
  }

  /// Begins the exclusive prefix reduction of values.
  ///
  /// C: `MPI_Iexscan`. MPI-3.1, section 5.12.12. Rank 0 gets nil.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element?> {
    let isFirst = communicator.rank == 0
    return try exclusiveScan([value], operation, file: file, line: line).map { (result) throws(MPIError) in
      isFirst ? nil : result?[0]
    }
  }

  /// Begins the exclusive prefix reduction of arrays, element by element. Rank 0 gets nil.
  ///
  /// C: `MPI_Iexscan`. MPI-3.1, section 5.12.12.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank, which is not checked.
  ///   - operation: how two elements become one.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]?> {
    try communicator.checkElement(Element.self, "exclusiveScan")
    let isFirst = communicator.rank == 0
    let begun = try communicator.beginCollective("exclusiveScan", Element.self, count: elements.count, file, line)
    return try begun.request(reading: elements, filling: elements.count, keeping: operation) { own, into, handles in
      communicator.startExclusiveScan(.now, own, into, elements.count, operation, &handles)
    } finish: {
      isFirst ? nil : $0
    }
  }

  /// Begins the exclusive prefix reduction of arrays, in the memory of this rank's.
  ///
  /// C: `MPI_Iexscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.12.
  ///
  /// - Parameters:
  ///   - elements: this rank's, which the request takes over: `consume` it, and no copy is made.
  ///   - operation: how two elements become one.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    inPlace elements: consuming [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "exclusiveScan")
    let count = elements.count
    let begun = try communicator.beginCollective("exclusiveScan", Element.self, count: count, file, line)
    return try begun.request(over: elements, keeping: operation) { memory, handles in
      communicator.startExclusiveScan(.now, nil, memory, count, operation, inPlace: true, &handles)
    }
  }
}

extension Persistent {
  /// Makes the exclusive prefix reduction ready.
  ///
  /// C: `MPI_Exscan_init`. MPI-4.0, section 6.13.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; as many on every rank. They are copied.
  ///   - operation: how two elements become one.
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "exclusiveScan")
    let begun = try communicator.makeReady("exclusiveScan", Element.self, count: elements.count, file, line)
    return try begun.persistent(Memory(elements), Memory(count: elements.count), keeping: operation) {
      own, into, handles in
      communicator.startExclusiveScan(.later, own, into, elements.count, operation, &handles)
    }
  }

  /// Makes the exclusive prefix reduction ready, in place: input and output are the same memory.
  ///
  /// C: `MPI_Exscan_init` with `MPI_IN_PLACE`. MPI-4.0, section 6.13.
  public func exclusiveScan<Element: BitwiseCopyable>(
    inPlace elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "exclusiveScan")
    let begun = try communicator.makeReady("exclusiveScan", Element.self, count: elements.count, file, line)
    let memory = Memory(elements)
    return try begun.persistent(memory, memory, keeping: operation) { _, into, handles in
      communicator.startExclusiveScan(.later, nil, into, elements.count, operation, inPlace: true, &handles)
    }
  }
}

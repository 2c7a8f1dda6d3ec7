import CMPI

extension Communicator {
  /// Combines, element by element, what the ranks up to this one give, this one included.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Scan`. MPI-3.1, section 5.11.1.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/count`` where `result` has another length. That the *ranks* give equally many is not checked.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "scan")
    try checkCount(result.count, elements.count, "scan", "the memory for the result")
    try enterCollective("scan", Element.self, count: elements.count, file, line)
    let code = scanElements(elements.start, result.start, elements.count, operation)
    try check(code, "scan")
  }

  /// Combines the values of the ranks up to this one, this one included.
  ///
  /// C: `MPI_Scan`. MPI-3.1, section 5.11.1.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try checkElement(Element.self, "scan")
    try enterCollective("scan", Element.self, count: 1, file, line)
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) { scanElements($0, into, 1, operation) }
    }
    try check(code, "scan")
    return element
  }

  /// Combines, element by element, the arrays of the ranks up to this one, this one included.
  ///
  /// First the ranks compare the lengths of their arrays, in an all-reduce of two numbers, unless `checkingCounts` is
  /// false.
  ///
  /// C: `MPI_Scan`. MPI-3.1, section 5.11.1.
  ///
  /// - Throws: ``ErrorClass/count`` on every rank where the arrays are of unlike lengths.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, checkingCounts: Bool = true,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkElement(Element.self, "scan")
    try enterCollective("scan", Element.self, count: checkingCounts ? nil : elements.count, file, line)
    if checkingCounts { try checkEqualCounts(elements.count, "scan") }
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { scanElements($0.baseAddress, into, $0.count, operation) }
    }
    try check(code, "scan")
    return array
  }

  /// Combines, by a closure and in rank order, the `Codable` values of the ranks up to this one, this one included.
  ///
  /// The left argument comes from lower ranks than the right one. The closure must be associative, and must not call this
  /// communicator's operations. It runs on each rank, and each rank sends a message, up to log₂ `size` times, rounded up. The
  /// first call makes a communicator for the messages.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.7 and 3.8.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - combine: makes one value of two.
  /// - Throws: what the closure throws, on the rank on which it ran; on the ranks whose results depend on that one, an
  ///   ``MPIError`` of class ``ErrorClass/other`` with its words. Also ``ErrorClass/serialization`` where a value can't be
  ///   encoded or decoded.
  public func scan<Object: Codable>(
    object: Object, file: StaticString = #fileID, line: Int = #line, by combine: (Object, Object) throws -> Object
  ) throws -> Object {
    try reduceObjects("scan(object:)", file, line, combine) { try $0.result($0.accumulate(object)) }
  }

  /// Combines, element by element, what the ranks up to this one give, and puts it in the elements' place.
  ///
  /// C: `MPI_Scan` with `MPI_IN_PLACE`. MPI-3.1, section 5.11.1.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "scan")
    try enterCollective("scan", Element.self, count: elements.count, file, line)
    let code = operation.reduce(elements.count) { offset, count, type, operation in
      MPI_Scan(CMPI_IN_PLACE, advanced(elements.start, by: offset), count, type, operation, rawValue)
    }
    try check(code, "scan")
  }

  /// Combines, element by element, what the ranks up to this one give, in place in an array.
  ///
  /// C: `MPI_Scan` with `MPI_IN_PLACE`. MPI-3.1, section 5.11.1.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try scan(inPlace: &span, operation, file: file, line: line)
  }

  @inlinable @inline(__always)
  func scanElements<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      MPI_Scan(advanced(own, by: offset), advanced(into, by: offset), count, type, operation, rawValue)
    }
  }

  /// Begins it, or makes it ready.
  @inlinable @inline(__always)
  func startScan<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>, inPlace: Bool = false, _ handles: inout Handles
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      let own = inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(advanced(own, by: offset))
      let into = advanced(into, by: offset)
      return handles.keep(
        start == .now
          ? MPI_Iscan(own, into, count, type, operation, rawValue, &handles.next)
          : cmpi_scan_init(own, into, count, type, operation, rawValue, &handles.next))
    }
  }
}

extension Nonblocking {
  /// Begins the inclusive prefix reduction of elements, one by one, and waits when the work is done.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Iscan`. MPI-3.1, section 5.12.11.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  ///   - work: runs while the operation is under way.
  /// - Returns: what the work returns.
  @inlinable
  public func scan<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkElement(Element.self, "scan")
    try communicator.checkCount(result.count, elements.count, "scan", "the memory for the result")
    var pending = try communicator.pendingCollective("scan", Element.self, count: elements.count, file, line)
    let code = communicator.startScan(
      .now, elements.start, result.start, elements.count, operation, &pending.handles)
    return try pending.run(code, work).result
  }

  /// Begins the inclusive prefix reduction of values.
  ///
  /// C: `MPI_Iscan`. MPI-3.1, section 5.12.11.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {

    return try scan([value], operation, file: file, line: line).map { (result) throws(MPIError) in result[0] }
  }

  /// Begins the inclusive prefix reduction of arrays, element by element.
  ///
  /// C: `MPI_Iscan`. MPI-3.1, section 5.12.11.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank, which is not checked.
  ///   - operation: how two elements become one.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "scan")
    let begun = try communicator.beginCollective("scan", Element.self, count: elements.count, file, line)
    return try begun.request(reading: elements, filling: elements.count, keeping: operation) { own, into, handles in
      communicator.startScan(.now, own, into, elements.count, operation, &handles)
    } finish: {
      $0
    }
  }

  /// Begins the inclusive prefix reduction of arrays, in the memory of this rank's.
  ///
  /// C: `MPI_Iscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.11.
  ///
  /// - Parameters:
  ///   - elements: this rank's, which the request takes over: `consume` it, and no copy is made.
  ///   - operation: how two elements become one.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    inPlace elements: consuming [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "scan")
    let count = elements.count
    let begun = try communicator.beginCollective("scan", Element.self, count: count, file, line)
    return try begun.request(over: elements, keeping: operation) { memory, handles in
      communicator.startScan(.now, nil, memory, count, operation, inPlace: true, &handles)
    }
  }
}

extension Persistent {
  /// Makes the inclusive prefix reduction ready.
  ///
  /// C: `MPI_Scan_init`. MPI-4.0, section 6.13.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; as many on every rank. They are copied.
  ///   - operation: how two elements become one.
  public func scan<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "scan")
    let begun = try communicator.makeReady("scan", Element.self, count: elements.count, file, line)
    return try begun.persistent(Memory(elements), Memory(count: elements.count), keeping: operation) {
      own, into, handles in
      communicator.startScan(.later, own, into, elements.count, operation, &handles)
    }
  }

  /// Makes the inclusive prefix reduction ready, in place: input and output are the same memory.
  ///
  /// C: `MPI_Scan_init` with `MPI_IN_PLACE`. MPI-4.0, section 6.13.
  public func scan<Element: BitwiseCopyable>(
    inPlace elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "scan")
    let begun = try communicator.makeReady("scan", Element.self, count: elements.count, file, line)
    let memory = Memory(elements)
    return try begun.persistent(memory, memory, keeping: operation) { _, into, handles in
      communicator.startScan(.later, nil, into, elements.count, operation, inPlace: true, &handles)
    }
  }
}

import CMPI

extension Communicator {
  /// Combines the ranks' elements, one by one, and gives the result to every rank.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/count`` where `result` has another length. That the *ranks* give equally many is not checked
  ///   here, for it would cost a message: see the form that returns an array.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "allReduce")
    try checkCount(result.count, elements.count, "allReduce", "the memory for the result")
    try enterCollective("allReduce", Element.self, count: elements.count, file, line)
    let code = allReduceElements(elements.start, result.start, elements.count, operation)
    try check(code, "allReduce")
  }

  /// Combines the ranks' values and gives the result to every rank.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try checkElement(Element.self, "allReduce")
    try enterCollective("allReduce", Element.self, count: 1, file, line)
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) { allReduceElements($0, into, 1, operation) }
    }
    try check(code, "allReduce")
    return element
  }

  /// Combines the ranks' arrays, element by element, and gives the result to every rank.
  ///
  /// First the ranks compare the lengths of their arrays, in an all-reduce of two numbers, for with unlike ones MPI
  /// returns nonsense, or hangs. Where you know, say `checkingCounts: false`, on every rank.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  ///
  /// - Throws: ``ErrorClass/count`` on every rank where the arrays are of unlike lengths.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, checkingCounts: Bool = true,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkElement(Element.self, "allReduce")
    try enterCollective("allReduce", Element.self, count: checkingCounts ? nil : elements.count, file, line)
    if checkingCounts { try checkEqualCounts(elements.count, "allReduce") }
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { own in
        allReduceElements(own.baseAddress, into, own.count, operation)
      }
    }
    try check(code, "allReduce")
    return array
  }

  /// Combines the ranks' `Codable` values by a closure, in rank order, and gives the result to every rank.
  ///
  /// ```swift
  /// let longest = try world.allReduce(object: name) { $0.count < $1.count ? $1 : $0 }
  /// ```
  ///
  /// As ``reduce(object:root:file:line:by:)`` with root 0, and then a broadcast of the length of the result's bytes and of the
  /// bytes. So the closure runs `size - 1` times in all, and the result is the same on every rank. It must be associative;
  /// the left argument comes from lower ranks than the right one. It must not call this communicator's operations.
  ///
  /// C: `MPI_Send`, `MPI_Mprobe`, `MPI_Mrecv`, `MPI_Bcast` of `MPI_BYTE`. MPI-3.1, sections 3.2, 3.8 and 5.4.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - combine: makes one value of two.
  /// - Throws: what the closure throws, on the rank on which it ran; on every other, an ``MPIError`` of class
  ///   ``ErrorClass/other`` with its words. Also ``ErrorClass/serialization`` where a value can't be encoded or decoded.
  public func allReduce<Object: Codable>(
    object: Object, file: StaticString = #fileID, line: Int = #line, by combine: (Object, Object) throws -> Object
  ) throws -> Object {
    try reduceObjects("allReduce(object:)", file, line, combine) { reduction in
      try reduction.result(reduction.share(reduction.collect(object, at: 0)))
    }
  }

  /// Combines the ranks' elements, one by one, and puts the result in their place on every rank.
  ///
  /// No allocation. That the ranks give equally many is not checked.
  ///
  /// C: `MPI_Allreduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.9.6.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "allReduce")
    try enterCollective("allReduce", Element.self, count: elements.count, file, line)
    let code = operation.reduce(elements.count) { offset, count, type, operation in
      MPI_Allreduce(
        CMPI_IN_PLACE, advanced(elements.start, by: offset), count, type, operation, rawValue)
    }
    try check(code, "allReduce")
  }

  /// Combines the ranks' arrays, element by element, and puts the result in their place on every rank.
  ///
  /// No allocation. That the ranks give equally many is not checked.
  ///
  /// C: `MPI_Allreduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.9.6.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], _ operation: ReduceOperation<Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try allReduce(inPlace: &span, operation, file: file, line: line)
  }

  @inlinable @inline(__always)
  func allReduceElements<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      MPI_Allreduce(advanced(own, by: offset), advanced(into, by: offset), count, type, operation, rawValue)
    }
  }

  /// Begins it, or makes it ready.
  @inlinable @inline(__always)
  func startAllReduce<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>, inPlace: Bool = false, _ handles: inout Handles
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      let own = inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(advanced(own, by: offset))
      let into = advanced(into, by: offset)
      return handles.keep(
        start == .now
          ? MPI_Iallreduce(own, into, count, type, operation, rawValue, &handles.next)
          : cmpi_allreduce_init(own, into, count, type, operation, rawValue, &handles.next))
    }
  }

  /// Throws on every rank unless all ranks give the same count.
  ///
  /// One all-reduce of two numbers: the largest count, and the largest of their negatives.
  @usableFromInline
  func checkEqualCounts(_ count: Int, _ operation: StaticString) throws(MPIError) {
    guard size > 1 else { return }
    let (bounds, code) = makeElement(SIMD2<Int64>.self) { bounds in
      withElement(SIMD2(Int64(count), -Int64(count))) { own in
        MPI_Allreduce(own, bounds, 2, CMPI_INT64_T, CMPI_MAX, rawValue)
      }
    }
    if code != 0 || bounds.x != -bounds.y {
      if code != 0 { throw failure(code: code, operation) }
      throw failure(
        .count, operation,
        "the ranks give unlike counts: the least is \(-bounds.y), the most \(bounds.x), and this rank gives \(count)")
    }
  }
}

extension Nonblocking {
  /// Begins to combine the ranks' elements, one by one, for every rank, and waits when the work is done.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Iallreduce`. MPI-3.1, section 5.12.8.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  ///   - work: runs while the operation is under way.
  /// - Returns: what the work returns.
  @inlinable
  public func allReduce<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkElement(Element.self, "allReduce")
    try communicator.checkCount(result.count, elements.count, "allReduce", "the memory for the result")
    var pending = try communicator.pendingCollective("allReduce", Element.self, count: elements.count, file, line)
    let code = communicator.startAllReduce(
      .now, elements.start, result.start, elements.count, operation, &pending.handles)
    return try pending.run(code, work).result
  }

  /// Begins to combine the ranks' values for every rank.
  ///
  /// C: `MPI_Iallreduce`. MPI-3.1, section 5.12.8.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    try allReduce([value], operation, file: file, line: line).map { (result) throws(MPIError) in result[0] }
  }

  /// Begins to combine the ranks' arrays, element by element, for every rank.
  ///
  /// C: `MPI_Iallreduce`. MPI-3.1, section 5.12.8.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank, which is not checked.
  ///   - operation: how two elements become one.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "allReduce")
    let begun = try communicator.beginCollective("allReduce", Element.self, count: elements.count, file, line)
    return try begun.request(reading: elements, filling: elements.count, keeping: operation) { own, into, handles in
      communicator.startAllReduce(.now, own, into, elements.count, operation, &handles)
    } finish: {
      $0
    }
  }

  /// Begins to combine the ranks' arrays, element by element, in the memory of this rank's.
  ///
  /// C: `MPI_Iallreduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.8.
  ///
  /// - Parameters:
  ///   - elements: this rank's, which the request takes over: `consume` it, and no copy is made.
  ///   - operation: how two elements become one.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    inPlace elements: consuming [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "allReduce")
    let count = elements.count
    let begun = try communicator.beginCollective("allReduce", Element.self, count: count, file, line)
    return try begun.request(over: elements, keeping: operation) { memory, handles in
      communicator.startAllReduce(.now, nil, memory, count, operation, inPlace: true, &handles)
    }
  }
}

extension Persistent {
  /// Makes ready to combine the ranks' elements, one by one, for every rank.
  ///
  /// C: `MPI_Allreduce_init`. MPI-4.0, section 6.13.8.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; as many on every rank. They are copied.
  ///   - operation: how two elements become one.
  public func allReduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "allReduce")
    let begun = try communicator.makeReady("allReduce", Element.self, count: elements.count, file, line)
    return try begun.persistent(Memory(elements), Memory(count: elements.count), keeping: operation) {
      own, into, handles in
      communicator.startAllReduce(.later, own, into, elements.count, operation, &handles)
    }
  }

  /// Makes ready to combine the ranks' elements, one by one, in their place: input and output are the same memory.
  ///
  /// C: `MPI_Allreduce_init` with `MPI_IN_PLACE`. MPI-4.0, section 6.13.8.
  public func allReduce<Element: BitwiseCopyable>(
    inPlace elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "allReduce")
    let begun = try communicator.makeReady("allReduce", Element.self, count: elements.count, file, line)
    let memory = Memory(elements)
    return try begun.persistent(memory, memory, keeping: operation) { _, into, handles in
      communicator.startAllReduce(.later, nil, into, elements.count, operation, inPlace: true, &handles)
    }
  }
}

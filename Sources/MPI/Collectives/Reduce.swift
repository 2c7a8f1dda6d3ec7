import CMPI

extension Communicator {
  /// Combines the ranks' elements, one by one, and gives the result to the root.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: at the root, where the result goes; as many. Elsewhere it is not looked at.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  /// - Throws: ``ErrorClass/count`` where `result` has another length; ``ErrorClass/root`` for a root out of range. That the
  ///   *ranks* give equally many is not checked here, for it would cost a message: see the form that returns an array.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkRoot(root, "reduce")
    try checkElement(Element.self, "reduce")
    if rank == root { try checkCount(result.count, elements.count, "reduce", "the memory for the result") }
    try enterCollective("reduce", Element.self, count: elements.count, root: root, file, line)
    let code = reduceElements(elements.start, rank == root ? result.start : nil, elements.count, operation, root)
    try check(code, "reduce")
  }

  /// Combines the ranks' values and gives the result to the root.
  ///
  /// ```swift
  /// if let total = try world.reduce(partial, .sum) { print(total) }
  /// ```
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Returns: at the root the result, elsewhere nil.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Element? {
    try checkRoot(root, "reduce")
    try checkElement(Element.self, "reduce")
    // Memory for the result everywhere, for it is on the stack and costs nothing.
    try enterCollective("reduce", Element.self, count: 1, root: root, file, line)
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) {
        into.initialize(to: value)
        return reduceElements($0, into, 1, operation, root)
      }
    }
    try check(code, "reduce")
    return rank == root ? element : nil
  }

  /// Combines the ranks' arrays, element by element, and gives the result to the root.
  ///
  /// First the ranks compare the lengths of their arrays, in an all-reduce of two numbers, for with unlike ones MPI
  /// returns nonsense, or hangs. Where you know, say `checkingCounts: false`, on every rank.
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Returns: at the root the result, elsewhere nil.
  /// - Throws: ``ErrorClass/count`` on every rank where the arrays are of unlike lengths.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, root: Int = 0, checkingCounts: Bool = true,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element]? {
    try checkRoot(root, "reduce")
    try checkElement(Element.self, "reduce")
    try enterCollective("reduce", Element.self, count: checkingCounts ? nil : elements.count, root: root, file, line)
    if checkingCounts { try checkEqualCounts(elements.count, "reduce") }
    let (array, code) = makeArray(rank == root ? elements.count : 0) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { own in
        reduceElements(own.baseAddress, rank == root ? into : nil, own.count, operation, root)
      }
    }
    try check(code, "reduce")
    return rank == root ? array : nil
  }

  /// Combines the ranks' `Codable` values by a closure, in rank order, and gives the result to the root.
  ///
  /// ```swift
  /// let merged = try world.reduce(object: words) { $0.merging($1, uniquingKeysWith: +) }
  /// ```
  ///
  /// The left argument comes from lower ranks than the right one. The closure must be associative; the brackets depend on the
  /// number of ranks alone. It runs `size - 1` times in all, on whatever ranks, and must not call this communicator's
  /// operations.
  ///
  /// Each rank but the root sends one message, of whatever length. They go through a tree: the root waits for log₂ `size` of
  /// them, one after the other. The first call makes a communicator for them.
  ///
  /// C: `MPI_Send`, `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.2 and 3.8.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - root: the rank that gets the result.
  ///   - combine: makes one value of two.
  /// - Returns: at the root the result, elsewhere nil.
  /// - Throws: what the closure throws, on the rank on which it ran. The ranks that wait for its result, the root among them,
  ///   throw an ``MPIError`` of class ``ErrorClass/other`` with its words; the others have sent their value and go on. Also
  ///   ``ErrorClass/serialization`` where a value can't be encoded or decoded, and ``ErrorClass/root``.
  public func reduce<Object: Codable>(
    object: Object, root: Int = 0, file: StaticString = #fileID, line: Int = #line,
    by combine: (Object, Object) throws -> Object
  ) throws -> Object? {
    try checkRoot(root, "reduce(object:)")
    return try reduceObjects("reduce(object:)", root: root, file, line, combine) { reduction in
      try reduction.result(reduction.collect(object, at: root), at: root)
    }
  }

  /// Combines the ranks' elements, one by one, and puts the result in the place of the root's.
  ///
  /// No allocation. Elsewhere the elements stay as they are. That the ranks give equally many is not checked.
  ///
  /// C: `MPI_Reduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.9.1.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>, root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkRoot(root, "reduce")
    try checkElement(Element.self, "reduce")
    try enterCollective("reduce", Element.self, count: elements.count, root: root, file, line)
    let code = elements.withUnsafeMutableBufferPointer { memory in
      operation.reduce(memory.count) { offset, count, type, operation in
        let place = advanced(memory.baseAddress, by: offset)
        return rank == root
          ? MPI_Reduce(CMPI_IN_PLACE, place, count, type, operation, CInt(truncatingIfNeeded: root), rawValue)
          : MPI_Reduce(place, nil, count, type, operation, CInt(truncatingIfNeeded: root), rawValue)
      }
    }
    try check(code, "reduce")
  }

  /// Combines the ranks' arrays, element by element, and puts the result in the place of the root's.
  ///
  /// C: `MPI_Reduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.9.1.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], _ operation: ReduceOperation<Element>, root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try reduce(inPlace: &span, operation, root: root, file: file, line: line)
  }

  @inlinable @inline(__always)
  func reduceElements<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>, _ root: Int
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      MPI_Reduce(
        advanced(own, by: offset), advanced(into, by: offset), count, type, operation, CInt(truncatingIfNeeded: root),
        rawValue)
    }
  }

  /// Begins it, or makes it ready.
  @inlinable @inline(__always)
  func startReduce<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>, _ root: Int, inPlace: Bool = false, _ handles: inout Handles
  ) -> CInt {
    let root = CInt(truncatingIfNeeded: root)
    return operation.reduce(count) { offset, count, type, operation in
      let own = inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(advanced(own, by: offset))
      let into = advanced(into, by: offset)
      return handles.keep(
        start == .now
          ? MPI_Ireduce(own, into, count, type, operation, root, rawValue, &handles.next)
          : cmpi_reduce_init(own, into, count, type, operation, root, rawValue, &handles.next))
    }
  }
}

extension Nonblocking {
  /// Begins to combine the ranks' elements, one by one, at the root, and waits when the work is done.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Ireduce`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: at the root, where the result goes; as many. Elsewhere it is not looked at.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  ///   - work: runs while the operation is under way.
  /// - Returns: what the work returns.
  @inlinable
  public func reduce<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    root: Int = 0, file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkRoot(root, "reduce")
    try communicator.checkElement(Element.self, "reduce")
    if communicator.rank == root {
      try communicator.checkCount(result.count, elements.count, "reduce", "the memory for the result")
    }
    var pending = try communicator.pendingCollective(
      "reduce", Element.self, count: elements.count, root: root, file, line)
    let code = communicator.startReduce(
      .now, elements.start, communicator.rank == root ? result.start : nil, elements.count, operation, root,
      &pending.handles)
    return try pending.run(code, work).result
  }

  /// Begins to combine the ranks' values at the root.
  ///
  /// C: `MPI_Ireduce`. MPI-3.1, section 5.12.7.
  ///
  /// - Returns: a request for the result at the root, and for nil elsewhere.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<Element?> {
    try reduce([value], operation, root: root, file: file, line: line).map { (result) throws(MPIError) in result?[0] }
  }

  /// Begins to combine the ranks' arrays, element by element, at the root.
  ///
  /// C: `MPI_Ireduce`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank, which is not checked.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  /// - Returns: a request for the result at the root, and for nil elsewhere.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<[Element]?> {
    try communicator.checkRoot(root, "reduce")
    try communicator.checkElement(Element.self, "reduce")
    let isRoot = communicator.rank == root
    let begun = try communicator.beginCollective(
      "reduce", Element.self, count: elements.count, root: root, file, line)
    return try begun.request(reading: elements, filling: isRoot ? elements.count : 0, keeping: operation) {
      own, into, handles in
      communicator.startReduce(.now, own, isRoot ? into : nil, elements.count, operation, root, &handles)
    } finish: {
      isRoot ? $0 : nil
    }
  }

  /// Begins to combine the ranks' arrays at the root, in the memory of the root's.
  ///
  /// C: `MPI_Ireduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - elements: this rank's, which the request takes over: `consume` it, and no copy is made.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  /// - Returns: a request for the result at the root; elsewhere for the elements as they were.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    inPlace elements: consuming [Element], _ operation: ReduceOperation<Element>, root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkRoot(root, "reduce")
    try communicator.checkElement(Element.self, "reduce")
    let (count, isRoot) = (elements.count, communicator.rank == root)
    let begun = try communicator.beginCollective("reduce", Element.self, count: count, root: root, file, line)
    return try begun.request(over: elements, keeping: operation) { memory, handles in
      communicator.startReduce(
        .now, isRoot ? nil : UnsafePointer(memory), isRoot ? memory : nil, count, operation, root, inPlace: isRoot,
        &handles)
    }
  }
}

extension Persistent {
  /// Makes ready to combine the ranks' elements, one by one, at the root.
  ///
  /// C: `MPI_Reduce_init`. MPI-4.0, section 6.13.7.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; as many on every rank. They are copied.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result. On the others ``PersistentRequest/output`` has no elements.
  public func reduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkRoot(root, "reduce")
    try communicator.checkElement(Element.self, "reduce")
    let begun = try communicator.makeReady("reduce", Element.self, count: elements.count, root: root, file, line)
    let count = communicator.rank == root ? elements.count : 0
    return try begun.persistent(Memory(elements), Memory(count: count), keeping: operation) { own, into, handles in
      communicator.startReduce(.later, own, count == 0 ? nil : into, elements.count, operation, root, &handles)
    }
  }
}

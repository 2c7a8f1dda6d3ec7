import CMPI

extension Communicator {
  /// Combines the ranks' elements, one by one, and hands out the result in blocks of equal length, in rank order.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Reduce_scatter_block`. MPI-3.1, section 5.10.1.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank: `size` times as many as a block has.
  ///   - result: where this rank's block of the result goes.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/count`` where the lengths do not agree. That the *ranks* give equally many is not checked.
  @inlinable
  public func reduceScatter<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "reduceScatter")
    try checkCount(elements.count, result.count * size, "reduceScatter", "what is given, size times the result,")
    try enterCollective("reduceScatter", Element.self, count: result.count, file, line)
    let code = reduceScatterEqual(elements.start, result.start, result.count, operation)
    try check(code, "reduceScatter")
  }

  /// Combines the ranks' elements, one by one, and hands out the result in blocks of unlike lengths, in rank order.
  ///
  /// C: `MPI_Reduce_scatter`. MPI-3.1, section 5.10.2.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank: the sum of `counts`.
  ///   - result: where this rank's block of the result goes, `counts[rank]` elements.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank.
  public func reduceScatter<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    counts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "reduceScatter")
    try checkCounts(counts, own: result.count, "reduceScatter")
    try checkCount(elements.count, counts.reduce(0, +), "reduceScatter", "what is given")
    try enterCollective("reduceScatter", Element.self, file, line)
    let code = reduceScatterParts(elements.start, result.start, counts, operation)
    try check(code, "reduceScatter")
  }

  /// Combines the ranks' arrays, element by element, and hands out the result in blocks that are as even as can be.
  ///
  /// Rank r gets the elements of ``block(of:rank:)``, as with ``scatter(_:root:counts:file:line:)``. First the ranks compare the
  /// lengths of their arrays, in an all-reduce of two numbers, unless `checkingCounts` is false.
  ///
  /// C: `MPI_Reduce_scatter`. MPI-3.1, section 5.10.2.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank; as even as can be unless given.
  ///   - checkingCounts: whether the ranks first compare the lengths of their arrays.
  /// - Returns: this rank's block of the result.
  /// - Throws: ``ErrorClass/count`` on every rank where the arrays are of unlike lengths.
  public func reduceScatter<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, counts: [Int]? = nil, checkingCounts: Bool = true,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkElement(Element.self, "reduceScatter")
    try enterCollective("reduceScatter", Element.self, file, line)
    if checkingCounts { try checkEqualCounts(elements.count, "reduceScatter") }
    let counts = counts ?? (0..<size).map { block(of: elements.count, rank: $0).count }
    try checkCounts(counts, own: nil, "reduceScatter")
    try checkCount(elements.count, counts.reduce(0, +), "reduceScatter", "what is given")
    let (array, code) = makeArray(counts[rank]) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { reduceScatterParts($0.baseAddress, into, counts, operation) }
    }
    try check(code, "reduceScatter")
    return array
  }

  /// Combines the ranks' arrays of one element for each rank, and hands out the result, one element to each.
  ///
  /// C: `MPI_Reduce_scatter_block`. MPI-3.1, section 5.10.1.
  ///
  /// - Parameters:
  ///   - elements: one for each rank.
  ///   - operation: how two elements become one.
  /// - Returns: this rank's element of the result.
  @inlinable
  public func reduceScatter<Element: BitwiseCopyable>(
    each elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try checkElement(Element.self, "reduceScatter")
    try checkCount(elements.count, size, "reduceScatter", "what is given, one element for each rank,")
    try enterCollective("reduceScatter", Element.self, file, line)
    let (element, code) = makeElement(Element.self) { into in
      elements.withUnsafeBufferPointer { reduceScatterEqual($0.baseAddress, into, 1, operation) }
    }
    try check(code, "reduceScatter")
    return element
  }

  /// Combines the ranks' `Codable` values by a closure, in rank order, and hands out the result, one value to each rank.
  ///
  /// Each rank gives one value for each rank; rank r gets the combination of those for rank r. The values go first, in an
  /// ``allToAll(object:file:line:)``; then each rank combines its own `size` values, with the brackets of
  /// ``reduce(object:root:file:line:by:)``.
  ///
  /// C: `MPI_Alltoall`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - objects: one for each rank.
  ///   - combine: makes one value of two; the left one comes from lower ranks.
  /// - Returns: this rank's value of the result.
  /// - Throws: what the closure throws, on this rank alone: no other rank waits for its result. Also ``ErrorClass/count`` where
  ///   there is not one value for each rank, and ``ErrorClass/serialization`` where one can't be encoded or decoded.
  public func reduceScatter<Object: Codable>(
    object objects: [Object], file: StaticString = #fileID, line: Int = #line,
    by combine: (Object, Object) throws -> Object
  ) throws -> Object {
    let operation: StaticString = "reduceScatter(object:)"
    try checkCount(objects.count, size, operation, "what is given, one value for each rank,")
    return try reduceObjects(operation, file, line, combine) { reduction in
      try reduction.result(reduction.fold(exchangeObjects(objects, operation, file, line)[...]))
    }
  }

  /// Combines the ranks' elements, one by one, and puts this rank's block of the result in the place of the first ones.
  ///
  /// What the elements after that block are is not defined.
  ///
  /// C: `MPI_Reduce_scatter` with `MPI_IN_PLACE`. MPI-3.1, section 5.10.2.
  ///
  /// - Parameters:
  ///   - elements: as many on every rank.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank; as even as can be unless given.
  public func reduceScatter<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>, counts: [Int]? = nil,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "reduceScatter")
    let counts = counts ?? (0..<size).map { block(of: elements.count, rank: $0).count }
    try checkCounts(counts, own: nil, "reduceScatter")
    try checkCount(elements.count, counts.reduce(0, +), "reduceScatter", "what is given")
    try enterCollective("reduceScatter", Element.self, count: elements.count, file, line)
    let code = reduceScatterParts(nil, elements.start, counts, operation)
    try check(code, "reduceScatter")
  }

  /// Combines the ranks' arrays, element by element, in place in an array. See
  /// ``reduceScatter(inPlace:_:counts:file:line:)-(MutableSpan<Element>,_,_,_,_)``.
  ///
  /// C: `MPI_Reduce_scatter` with `MPI_IN_PLACE`. MPI-3.1, section 5.10.2.
  public func reduceScatter<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], _ operation: ReduceOperation<Element>, counts: [Int]? = nil,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try reduceScatter(inPlace: &span, operation, counts: counts, file: file, line: line)
  }

  @inlinable @inline(__always)
  func reduceScatterEqual<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    guard count * size <= largestCount else {
      return reduceScatterLarge(own, into, Array(repeating: count, count: size), operation)
    }
    return operation.reduce(count) { _, count, type, operation in
      MPI_Reduce_scatter_block(own, into, count, type, operation, rawValue)
    }
  }

  /// - Parameter own: this rank's elements, or nil where they are in `into`.
  private func reduceScatterParts<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    guard counts.reduce(0, +) <= largestCount else { return reduceScatterLarge(own, into, counts, operation) }
    let numbers = counts.map { CInt($0) }
    return operation.reduce(0) { _, _, type, operation in
      MPI_Reduce_scatter(
        own.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(CMPI_IN_PLACE), into, numbers, type, operation, rawValue)
    }
  }

  /// The way for more elements than MPI can count: one reduction for each rank's block, of which it is the root.
  @usableFromInline @inline(never)
  func reduceScatterLarge<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    let inPlace = own == nil
    let own = own ?? into.map { UnsafePointer($0) }
    var place = 0
    for (root, count) in counts.enumerated() {
      let code = operation.reduce(count) { offset, count, type, operation in
        let part = own.map { $0 + place + offset }
        guard root == rank else { return MPI_Reduce(part, nil, count, type, operation, CInt(root), rawValue) }
        return inPlace
          ? MPI_Reduce(CMPI_IN_PLACE, into.map { $0 + place + offset }, count, type, operation, CInt(root), rawValue)
          : MPI_Reduce(part, into.map { $0 + offset }, count, type, operation, CInt(root), rawValue)
      }
      if code != 0 { return code }
      place += count
    }
    if inPlace, let into { into.update(from: into + counts[..<rank].reduce(0, +), count: counts[rank]) }
    return 0
  }

  /// Begins it, or makes it ready.
  ///
  /// - Returns: MPI's code, and what must live until it is over.
  @usableFromInline
  func startReduceScatter<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    _ operation: ReduceOperation<Element>, _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    guard counts.reduce(0, +) <= largestCount else {
      // One reduction to each rank in turn.
      var place = 0
      for (root, count) in counts.enumerated() {
        let code = startReduce(
          start, own.map { $0 + place }, rank == root ? into : nil, count, operation, root, &handles)
        if code != 0 { return (code, ()) }
        place += count
      }
      return (0, ())
    }
    let numbers = counts.map { CInt($0) }
    let code = operation.reduce(0) { _, _, type, operation in
      handles.keep(
        start == .now
          ? MPI_Ireduce_scatter(own, into, numbers, type, operation, rawValue, &handles.next)
          : cmpi_reduce_scatter_init(own, into, numbers, type, operation, rawValue, &handles.next))
    }
    return (code, numbers)
  }

  /// The counts of a reduction that is scattered: those that are given, else blocks as even as can be.
  @usableFromInline
  func checkedReduceScatter<Element: BitwiseCopyable>(
    _: Element.Type, _ count: Int, _ counts: [Int]?
  ) throws(MPIError) -> [Int] {
    try checkElement(Element.self, "reduceScatter")
    let counts = counts ?? (0..<size).map { block(of: count, rank: $0).count }
    try checkCounts(counts, own: nil, "reduceScatter")
    try checkCount(count, counts.reduce(0, +), "reduceScatter", "what is given")
    return counts
  }
}

extension Nonblocking {
  /// Begins to combine the ranks' elements and to hand each rank a block of the result, all equally long, and waits when
  /// the work is done.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Ireduce_scatter_block`. MPI-3.1, section 5.12.9.
  ///
  /// - Parameters:
  ///   - elements: this rank's, `size` times as many as the result has.
  ///   - result: where this rank's block of the result goes.
  ///   - operation: how two elements become one.
  ///   - work: runs while the operation is under way.
  /// - Returns: what the work returns.
  @inlinable
  public func reduceScatter<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkElement(Element.self, "reduceScatter")
    try communicator.checkCount(
      elements.count, result.count * communicator.size, "reduceScatter", "what is given, size times the result,")
    var pending = try communicator.pendingCollective("reduceScatter", Element.self, count: result.count, file, line)
    var plan: Any? = nil
    let code: CInt
    if _fastPath(elements.count <= largestCount) {
      code = operation.reduce(result.count) { _, count, type, operation in
        pending.handles.keep(
          MPI_Ireduce_scatter_block(
            elements.start, result.start, count, type, operation, communicator.rawValue, &pending.handles.next))
      }
    } else {
      let counts = Array(repeating: result.count, count: communicator.size)
      let begun = communicator.startReduceScatter(
        .now, elements.start, result.start, counts, operation, &pending.handles)
      (code, plan) = (begun.code, begun.plan)
    }
    return try withExtendedLifetime(plan) { try pending.run(code, work).result }
  }

  /// Begins to combine the ranks' arrays, element by element, and to hand each rank a block of the result.
  ///
  /// C: `MPI_Ireduce_scatter`. MPI-3.1, section 5.12.10.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank, which is not checked.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank; as even as can be unless given.
  @inlinable
  public func reduceScatter<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, counts: [Int]? = nil, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let counts = try communicator.checkedReduceScatter(Element.self, elements.count, counts)
    let begun = try communicator.beginCollective("reduceScatter", Element.self, count: elements.count, file, line)
    let plan = Kept()
    return try begun.request(reading: elements, filling: counts[communicator.rank], keeping: (plan, operation)) {
      own, into, handles in
      plan.keep(communicator.startReduceScatter(.now, own, into, counts, operation, &handles))
    } finish: {
      $0
    }
  }
}

extension Persistent {
  /// Makes ready to combine the ranks' elements and to hand each rank a block of the result.
  ///
  /// C: `MPI_Reduce_scatter_init`, `MPI_Reduce_scatter_block_init`. MPI-4.0, section 6.13.9.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; as many on every rank. They are copied.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank; as even as can be unless given.
  public func reduceScatter<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, counts: [Int]? = nil, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let counts = try communicator.checkedReduceScatter(Element.self, elements.count, counts)
    let begun = try communicator.makeReady("reduceScatter", Element.self, count: elements.count, file, line)
    let plan = Kept()
    return try begun.persistent(
      Memory(elements), Memory(count: counts[communicator.rank]), keeping: (plan, operation)
    ) { own, into, handles in
      plan.keep(communicator.startReduceScatter(.later, own, into, counts, operation, &handles))
    }
  }
}

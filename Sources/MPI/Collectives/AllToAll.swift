import CMPI

extension Communicator {
  /// Sends a block to every rank and receives one from each, all equally long.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Alltoall`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: the blocks that go out, in rank order: `size` times as many as one has.
  ///   - received: where the blocks that come in go, in rank order; as many.
  /// - Throws: ``ErrorClass/count`` if the lengths do not agree, or are no multiple of `size`.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "allToAll")
    try checkCount(received.count, elements.count, "allToAll", "the memory for what comes")
    let share = try checkShare(elements.count, "allToAll", "counts, or a RankPartitioned with a part for each rank")
    try enterCollective("allToAll", Element.self, count: elements.count, file, line)
    let code = allToAllEqual(elements.start, received.start, share)
    try check(code, "allToAll")
  }

  /// Sends a part to every rank and receives one from each, of different lengths.
  ///
  /// No message but the elements. Any one part, and all together, may be of any length.
  ///
  /// C: `MPI_Alltoallw`, which is `MPI_Alltoallv` with displacements that can't overflow. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: what goes out, in rank order.
  ///   - counts: how many of them go to each rank.
  ///   - received: where what comes in goes, in rank order.
  ///   - receivedCounts: how many come from each rank.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` or `receivedCounts` has not one entry of
  ///   0 or more for each rank, if they differ in the entry of this rank, and if `elements` or `received` has another
  ///   length than they sum to.
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: Span<Element>, counts: [Int], into received: inout MutableSpan<Element>, receivedCounts: [Int],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "allToAll")
    try checkCounts(counts, own: receivedCounts.count == size ? receivedCounts[rank] : nil, "allToAll")
    try checkCounts(receivedCounts, own: nil, "allToAll")
    try checkCount(elements.count, counts.reduce(0, +), "allToAll", "what goes out")
    try checkCount(received.count, receivedCounts.reduce(0, +), "allToAll", "the memory for what comes")
    let type = ElementType(Element.self)
    try enterCollective("allToAll", Element.self, file, line)
    let code = elements.withUnsafeBytes { out in
      received.withUnsafeMutableBytes { into in
        exchange(
          send: Parts(start: UnsafeMutableRawPointer(mutating: out.baseAddress), counts: counts, type: type),
          receive: Parts(start: into.baseAddress, counts: receivedCounts, type: type))
      }
    }
    try check(code, "allToAll")
  }

  /// Sends a block to every rank and receives one from each, all equally long.
  ///
  /// With `size` elements, element r goes to rank r, and element r of the result came from rank r.
  ///
  /// C: `MPI_Alltoall`. MPI-3.1, section 5.8.
  ///
  /// - Parameter elements: the blocks that go out, in rank order; as many elements on every rank.
  /// - Returns: the blocks that came, in rank order; as many elements.
  /// - Throws: ``ErrorClass/count`` if their number is no multiple of `size`.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(_ elements: [Element], file: StaticString = #fileID, line: Int = #line)
    throws(MPIError) -> [Element]
  {
    try checkElement(Element.self, "allToAll")
    let share = try checkShare(elements.count, "allToAll", "counts, or a RankPartitioned with a part for each rank")
    try enterCollective("allToAll", Element.self, count: elements.count, file, line)
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { allToAllEqual($0.baseAddress, into, share) }
    }
    try check(code, "allToAll")
    return array
  }

  /// Sends a part to every rank and receives one from each, of whatever lengths they have.
  ///
  /// ```swift
  /// let outgoing = RankPartitioned(bucketsByOwner)      // [[Key]], one bucket for each rank
  /// let incoming = try world.allToAll(outgoing)         // which came from whom is kept
  /// ```
  ///
  /// The lengths go first, in an all-to-all of one number a pair. Give `receivedCounts` if they are known, on every
  /// rank or on none, and it is spared.
  ///
  /// C: `MPI_Alltoall`, `MPI_Alltoallw`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - parts: one for each rank.
  ///   - receivedCounts: how many elements come from each rank, if known.
  /// - Returns: the parts that came, one from each rank.
  /// - Throws: ``ErrorClass/count`` if there is not one part for each rank.
  public func allToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Element> {
    try checkElement(Element.self, "allToAll")
    let counts = parts.counts
    try checkCount(counts.count, size, "allToAll", "what goes out, with a part for each rank,")
    let incoming: [Int]
    if let receivedCounts { incoming = receivedCounts } else { incoming = try allToAll(counts, file: file, line: line) }
    try checkCounts(incoming, own: counts[rank], "allToAll")
    let type = ElementType(Element.self)
    try enterCollective("allToAll", Element.self, file, line)
    let (array, code) = makeArray(incoming.reduce(0, +)) { (into: UnsafeMutablePointer<Element>?) in
      parts.elements.withUnsafeBytes { out in
        exchange(
          send: Parts(start: UnsafeMutableRawPointer(mutating: out.baseAddress), counts: counts, type: type),
          receive: Parts(start: into, counts: incoming, type: type))
      }
    }
    try check(code, "allToAll")
    return RankPartitioned(array, counts: incoming)
  }

  /// Sends a `Codable` value to every rank and receives one from each.
  ///
  /// ```swift
  /// let orders = try world.allToAll(object: (0..<world.size).map { orders(for: $0) })   // orders[r] came from rank r
  /// ```
  ///
  /// Two collectives: the lengths of their bytes, then the bytes.
  ///
  /// C: `MPI_Alltoall`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, section 5.8.
  ///
  /// - Parameter objects: one for each rank.
  /// - Returns: the values that came, in rank order.
  /// - Throws: ``ErrorClass/count`` if there is not one for each rank, ``ErrorClass/serialization`` if one can't be
  ///   encoded, on this rank and on the rank that it is for; if one that came can't be decoded.
  public func allToAll<Object: Codable>(
    object objects: [Object], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Object] {
    try checkCount(objects.count, size, "allToAll(object:)", "what goes out, one value for each rank,")
    return try exchangeObjects(objects, "allToAll(object:)", file, line)
  }

  /// Sends a value to every rank and receives one from each, as part of an operation.
  final func exchangeObjects<Object: Codable>(
    _ objects: [Object], _ operation: StaticString, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> [Object] {
    let own = try contribution(ofEach: objects, operation)
    let parts = try allToAll(own.bytes, file: file, line: line)
    try own.finish()
    return try decoded(Object.self, each: parts, operation)
  }

  /// Exchanges blocks of equal length with every rank, in place.
  ///
  /// MPI needs memory of its own for it.
  ///
  /// C: `MPI_Alltoall` with `MPI_IN_PLACE`. MPI-3.1, section 5.8.
  ///
  /// - Parameter elements: the blocks that go out, replaced by those that come.
  /// - Throws: ``ErrorClass/count`` if their number is no multiple of `size`.
  public func allToAll<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "allToAll")
    let share = try checkShare(elements.count, "allToAll", "counts, or a RankPartitioned with a part for each rank")
    try enterCollective("allToAll", Element.self, count: share, file, line)
    let code = transfer(share, of: Element.self) { count, type in
      MPI_Alltoall(CMPI_IN_PLACE, 0, CMPI_BYTE, elements.start, count, type, rawValue)
    }
    try check(code, "allToAll")
  }

  /// Exchanges blocks of equal length with every rank, in place in an array.
  ///
  /// C: `MPI_Alltoall` with `MPI_IN_PLACE`. MPI-3.1, section 5.8.
  ///
  /// - Parameter elements: the blocks that go out, replaced by those that come.
  /// - Throws: ``ErrorClass/count`` if their number is no multiple of `size`.
  public func allToAll<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try allToAll(inPlace: &span, file: file, line: line)
  }

  @inlinable @inline(__always)
  func allToAllEqual<Element>(
    _ out: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ share: Int
  ) -> CInt {
    transfer(share, of: Element.self) { count, type in
      MPI_Alltoall(out, count, type, into, count, type, rawValue)
    }
  }

  /// Begins it with blocks of equal length, or makes it ready.
  @inlinable @inline(__always)
  func startAllToAll<Element>(
    _ start: Start, _ out: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ share: Int,
    inPlace: Bool = false, _ handles: inout Handles
  ) -> CInt {
    let out = inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(out)
    return transfer(share, of: Element.self) { count, type in
      handles.keep(
        start == .now
          ? MPI_Ialltoall(out, count, type, into, count, type, rawValue, &handles.next)
          : cmpi_alltoall_init(out, count, type, into, count, type, rawValue, &handles.next))
    }
  }

  /// Checks what an exchange of parts of known lengths is given.
  @usableFromInline
  func checkAllToAll(
    _ count: Int, _ counts: [Int], _ receivedCounts: [Int]
  ) throws(MPIError) {
    try checkCounts(counts, own: receivedCounts.count == size ? receivedCounts[rank] : nil, "allToAll")
    try checkCounts(receivedCounts, own: nil, "allToAll")
    try checkCount(count, counts.reduce(0, +), "allToAll", "what goes out")
  }

  /// Begins an exchange of parts of different lengths, or makes it ready.
  ///
  /// - Returns: MPI's code, and what must live until it has completed.
  @usableFromInline
  func startAllToAllParts<Element>(
    _ start: Start, _ out: UnsafePointer<Element>?, _ counts: [Int], _ into: UnsafeMutablePointer<Element>?,
    _ receivedCounts: [Int], _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    let type = ElementType(Element.self)
    let plan = ExchangePlan(
      send: Parts(start: UnsafeMutableRawPointer(mutating: out), counts: counts, type: type),
      receive: Parts(start: into, counts: receivedCounts, type: type))
    return (startExchange(start, plan, &handles), plan)
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to send a block to every rank and to receive one from each, all equally long, and waits after the work.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Ialltoall`. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - elements: the blocks that go out, in rank order: `size` times as many as one has.
  ///   - received: where the blocks that come in go, in rank order; as many.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count`` if the lengths do not agree, or are no multiple of the number
  ///   of ranks.
  @inlinable
  public func allToAll<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, file: StaticString = #fileID,
    line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkElement(Element.self, "allToAll")
    try communicator.checkCount(received.count, elements.count, "allToAll", "the memory for what comes")
    let share = try communicator.checkShare(
      elements.count, "allToAll", "counts, or a RankPartitioned with a part for each rank")
    var pending = try communicator.pendingCollective("allToAll", Element.self, count: elements.count, file, line)
    let code = communicator.startAllToAll(.now, elements.start, received.start, share, &pending.handles)
    return try pending.run(code, work).result
  }

  /// Begins to send a part to every rank and to receive one from each, of different lengths, and waits after the work.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Ialltoallv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - elements: what goes out, in rank order.
  ///   - counts: how many of them go to each rank.
  ///   - received: where what comes in goes, in rank order.
  ///   - receivedCounts: how many come from each rank.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count``, on the rank that gives them, if `counts` or `receivedCounts`
  ///   has not one entry of 0 or more for each rank, if they differ in the entry of this rank, and if `elements` or
  ///   `received` has another length than they sum to.
  @inlinable
  public func allToAll<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, counts: [Int], into received: inout MutableSpan<Element>, receivedCounts: [Int],
    file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkElement(Element.self, "allToAll")
    try communicator.checkAllToAll(elements.count, counts, receivedCounts)
    try communicator.checkCount(
      received.count, receivedCounts.reduce(0, +), "allToAll", "the memory for what comes")
    var pending = try communicator.pendingCollective("allToAll", Element.self, file, line)
    let (code, plan) = communicator.startAllToAllParts(
      .now, elements.start, counts, received.start, receivedCounts, &pending.handles)
    return try withExtendedLifetime(plan) { try pending.run(code, work).result }
  }

  /// Begins to send a block to every rank and to receive one from each, all equally long.
  ///
  /// C: `MPI_Ialltoall`. MPI-3.1, section 5.12.6.
  ///
  /// - Parameter elements: the blocks that go out, in rank order; as many elements on every rank.
  /// - Returns: a request for the blocks that come, in rank order.
  /// - Throws: ``ErrorClass/count`` if their number is no multiple of the number of ranks.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "allToAll")
    let share = try communicator.checkShare(
      elements.count, "allToAll", "counts, or a RankPartitioned with a part for each rank")
    let begun = try communicator.beginCollective("allToAll", Element.self, count: elements.count, file, line)
    return try begun.request(reading: elements, filling: elements.count) { out, into, handles in
      communicator.startAllToAll(.now, out, into, share, &handles)
    } finish: {
      $0
    }
  }

  /// Begins to send a part to every rank and to receive one from each, of different lengths.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Ialltoallv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - parts: one for each rank.
  ///   - receivedCounts: how many elements come from each rank.
  /// - Returns: a request for the parts that come, one from each rank.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if there is not one part for each rank, if
  ///   `receivedCounts` has not one entry of 0 or more for each rank, and if its entry of this rank is not the length
  ///   of the part for this rank.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Element>> {
    try communicator.checkElement(Element.self, "allToAll")
    try communicator.checkAllToAll(parts.elements.count, parts.counts, receivedCounts)
    let begun = try communicator.beginCollective("allToAll", Element.self, file, line)
    let plan = Kept()
    return try begun.request(reading: parts.elements, filling: receivedCounts.reduce(0, +), keeping: plan) {
      out, into, handles in
      plan.keep(communicator.startAllToAllParts(.now, out, parts.counts, into, receivedCounts, &handles))
    } finish: {
      RankPartitioned($0, counts: receivedCounts)
    }
  }

  /// Begins to exchange blocks of equal length with every rank, in place.
  ///
  /// C: `MPI_Ialltoall` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.6.
  ///
  /// - Parameter elements: the blocks that go out, replaced by those that come. The request takes it over: `consume` it.
  /// - Returns: a request for the same memory, with the blocks that have come.
  /// - Throws: ``ErrorClass/count`` if their number is no multiple of the number of ranks.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(
    inPlace elements: consuming [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "allToAll")
    let share = try communicator.checkShare(
      elements.count, "allToAll", "counts, or a RankPartitioned with a part for each rank")
    let begun = try communicator.beginCollective("allToAll", Element.self, count: share, file, line)
    return try begun.request(over: elements) { memory, handles in
      communicator.startAllToAll(.now, nil, memory, share, inPlace: true, &handles)
    }
  }
}

extension Persistent where Base: Communicator {
  /// Makes ready to send a block to every rank and to receive one from each, all equally long.
  ///
  /// C: `MPI_Alltoall_init`. MPI-4.0, section 6.13.6.
  ///
  /// - Parameter elements: what ``PersistentRequest/input`` begins with: the blocks, in rank order. They are copied.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; ``ErrorClass/count`` if the
  ///   number of elements is no multiple of the number of ranks.
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "allToAll")
    let share = try communicator.checkShare(
      elements.count, "allToAll", "counts, or a RankPartitioned with a part for each rank")
    let begun = try communicator.makeReady("allToAll", Element.self, count: elements.count, file, line)
    return try begun.persistent(Memory(elements), Memory(count: elements.count)) { out, into, handles in
      communicator.startAllToAll(.later, out, into, share, &handles)
    }
  }

  /// Makes ready to send a part to every rank and to receive one from each, of different lengths.
  ///
  /// C: `MPI_Alltoallw_init`, which is `MPI_Alltoallv_init` with displacements that can't overflow. MPI-4.0, section 6.13.6.
  ///
  /// - Parameters:
  ///   - parts: what ``PersistentRequest/input`` begins with: one part for each rank. They are copied.
  ///   - receivedCounts: how many elements come from each rank.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; ``ErrorClass/count``, on the rank
  ///   that gives them, if there is not one part for each rank, if `receivedCounts` has not one entry of 0 or more for
  ///   each rank, and if its entry of this rank is not the length of the part for this rank.
  public func allToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "allToAll")
    try communicator.checkAllToAll(parts.elements.count, parts.counts, receivedCounts)
    let begun = try communicator.makeReady("allToAll", Element.self, file, line)
    let plan = Kept()
    return try begun.persistent(
      Memory(parts.elements), Memory(count: receivedCounts.reduce(0, +)), keeping: plan
    ) { out, into, handles in
      plan.keep(communicator.startAllToAllParts(.later, out, parts.counts, into, receivedCounts, &handles))
    }
  }
}

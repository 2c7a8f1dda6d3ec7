import CMPI

extension Communicator {
  /// Gathers equally many elements of every rank on every rank, in rank order.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Allgather`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - received: where all go: `size` times as many.
  /// - Throws: ``ErrorClass/count`` if `received` has another length.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "allGather")
    try checkCount(received.count, elements.count * size, "allGather", "the memory for all")
    try enterCollective("allGather", Element.self, count: elements.count, file, line)
    let code = allGatherEqual(elements.start, elements.count, received.start)
    try check(code, "allGather")
  }

  /// Gathers a varying number of elements from each rank on every rank.
  ///
  /// No message but the elements.
  ///
  /// C: `MPI_Allgatherv`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - elements: this rank's, `counts[rank]` of them.
  ///   - received: where all go: as many as `counts` sums to.
  ///   - counts: how many each rank has, the same on every rank.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, if `elements` has not `counts[rank]` elements, and if `received` has not as many as `counts` sums to.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, counts: [Int], file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "allGather")
    try checkCounts(counts, own: elements.count, "allGather")
    try checkCount(received.count, counts.reduce(0, +), "allGather", "the memory for all")
    try enterCollective("allGather", Element.self, file, line)
    let code = elements.withUnsafeBytes { own in
      received.withUnsafeMutableBytes { into in
        allGatherParts(own.baseAddress, into.baseAddress, counts, ElementType(Element.self), inPlace: false)
      }
    }
    try check(code, "allGather")
  }

  /// Gathers a value of every rank on every rank.
  ///
  /// C: `MPI_Allgather`. MPI-3.1, section 5.7.
  ///
  /// - Parameter value: this rank's.
  /// - Returns: the values in rank order.
  /// - Throws: what MPI reports.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(_ value: Element, file: StaticString = #fileID, line: Int = #line)
    throws(MPIError) -> [Element]
  {
    try checkElement(Element.self, "allGather")
    try enterCollective("allGather", Element.self, count: 1, file, line)
    let (array, code) = makeArray(size) { (into: UnsafeMutablePointer<Element>?) in
      withElement(value) { allGatherEqual($0, 1, into) }
    }
    try check(code, "allGather")
    return array
  }

  /// Gathers an array of every rank, of whatever lengths they have, on every rank.
  ///
  /// The lengths go first, in an all-gather of one number a rank. Give `counts` if every rank knows them, and it is
  /// spared.
  ///
  /// C: `MPI_Allgatherv`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - elements: this rank's, any number of them.
  ///   - counts: how many each rank has, if known, the same on every rank.
  /// - Returns: all of them, and which came from whom.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `elements` has not `counts[rank]` elements. Without `counts`, what MPI reports.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    _ elements: [Element], counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Element> {
    try checkElement(Element.self, "allGather")
    let offsets = try offsetsOfAll(counts, own: elements.count, file, line)
    try enterCollective("allGather", Element.self, file, line)
    let (array, code) = makeArray(offsets[size]) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBytes { allGatherParts($0.baseAddress, into, offsets: offsets, ElementType(Element.self)) }
    }
    try check(code, "allGather")
    return RankPartitioned(array, offsets: offsets)
  }

  /// Gathers a `Codable` value of every rank on every rank.
  ///
  /// Two collectives: the lengths of their bytes, then the bytes.
  ///
  /// C: `MPI_Allgatherv` of `MPI_BYTE`. MPI-3.1, section 5.7.
  ///
  /// - Parameter object: this rank's value.
  /// - Returns: the values in rank order.
  /// - Throws: ``ErrorClass/serialization`` on every rank if a value can't be encoded; on every rank that can't decode
  ///   a value.
  public func allGather<Object: Codable>(object: Object, file: StaticString = #fileID, line: Int = #line)
    throws(MPIError) -> [Object]
  {
    let own = try contribution(of: object, "allGather(object:)")
    let parts = try allGather(own.bytes, file: file, line: line)
    try own.finish()
    return try decoded(Object.self, each: parts, "allGather(object:)")
  }

  /// Gathers elements on every rank, each rank's own being where they belong already.
  ///
  /// C: `MPI_Allgather` and `MPI_Allgatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - elements: memory for all, with this rank's own in their place.
  ///   - counts: how many each rank has, the same on every rank; equally many unless given.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, if `elements` has not as many elements as `counts` sums to, and, without `counts`, if their number is no
  ///   multiple of `size`.
  public func allGather<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkElement(Element.self, "allGather")
    let share = try checkAllInPlace(elements.count, counts, "allGather")
    try enterCollective("allGather", Element.self, count: share, file, line)
    let code = elements.withUnsafeMutableBufferPointer { memory in
      if let counts {
        return allGatherParts(nil, memory.baseAddress, counts, ElementType(Element.self), inPlace: true)
      }
      return transfer(share ?? 0, of: Element.self) { count, type in
        MPI_Allgather(CMPI_IN_PLACE, 0, CMPI_BYTE, memory.baseAddress, count, type, rawValue)
      }
    }
    try check(code, "allGather")
  }

  /// Gathers elements on every rank in place, in arrays. See
  /// ``allGather(inPlace:counts:file:line:)-(MutableSpan<Element>,_,_,_)``.
  ///
  /// C: `MPI_Allgather` and `MPI_Allgatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.7.
  public func allGather<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try allGather(inPlace: &span, counts: counts, file: file, line: line)
  }

  @inlinable @inline(__always)
  func allGatherEqual<Element>(
    _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?
  ) -> CInt {
    transfer(count, of: Element.self) { count, type in
      MPI_Allgather(own, count, type, into, count, type, rawValue)
    }
  }

  /// Where each rank's part begins, and the end of the last: from the counts that the program gives, or from an all-gather
  /// of this rank's.
  @usableFromInline
  func offsetsOfAll(
    _ counts: [Int]?, own: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> [Int] {
    if let counts {
      try checkCounts(counts, own: own, "allGather")
      return offsetsOfParts(counts).offsets
    }
    try enterCollective("allGather", Int.self, count: 1, file, line)
    let size = size
    let (offsets, code) = makeArray(size + 1) { (memory: UnsafeMutablePointer<Int>?) in
      let memory = memory!
      memory[0] = 0
      let code = withElement(own) { allGatherEqual($0, 1, memory + 1) }
      if code == 0 { for rank in 0..<size { memory[rank + 1] += memory[rank] } }
      return code
    }
    try check(code, "allGather")
    return offsets
  }

  @usableFromInline
  func allGatherParts(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ counts: [Int], _ type: ElementType, inPlace: Bool
  ) -> CInt {
    allGatherParts(own, into, counts.reduce(0, +), type, inPlace: inPlace) { counts[$0] }
  }

  @usableFromInline
  func allGatherParts(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, offsets: [Int], _ type: ElementType
  ) -> CInt {
    allGatherParts(own, into, offsets[size], type, inPlace: false) { offsets[$0 + 1] - offsets[$0] }
  }

  @inline(__always)
  private func allGatherParts(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ total: Int, _ type: ElementType, inPlace: Bool,
    count: (Int) -> Int
  ) -> CInt {
    let size = size
    if type.fits(total) {
      return withCountsAndDisplacements(size, type, count) { counts, displacements in
        MPI_Allgatherv(
          inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : own, counts[rank], type.datatype, into, counts, displacements,
          type.datatype, rawValue)
      }
    }
    // The same part goes to every rank: one broadcast from each, of which every rank is root in turn.
    var place = 0
    for sender in 0..<size {
      let part = into.map { $0 + place }
      let bytes = count(sender) * type.stride
      if sender == rank, !inPlace, let part, let own { part.copyMemory(from: own, byteCount: bytes) }
      let code = transfer(bytes, of: UInt8.self) { count, type in
        MPI_Bcast(part, count, type, CInt(sender), rawValue)
      }
      if code != 0 { return code }
      place += bytes
    }
    return 0
  }

  /// Begins it with equally many of every rank, or makes it ready.
  @inlinable @inline(__always)
  func startAllGather<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?,
    inPlace: Bool = false, _ handles: inout Handles
  ) -> CInt {
    let own = inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(own)
    return transfer(count, of: Element.self) { count, type in
      handles.keep(
        start == .now
          ? MPI_Iallgather(own, count, type, into, count, type, rawValue, &handles.next)
          : cmpi_allgather_init(own, count, type, into, count, type, rawValue, &handles.next))
    }
  }

  /// Begins it with unlike numbers of elements, or makes it ready.
  ///
  /// - Returns: MPI's code, and what must live until it has completed.
  @usableFromInline
  func startAllGatherParts<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    inPlace: Bool = false, _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    let type = ElementType(Element.self)
    let own = UnsafeMutableRawPointer(mutating: own)
    let parts = Parts(start: into, counts: counts, type: type, inPlace: inPlace ? rank : nil)
    // Past MPI's counts, this rank's part goes to each rank: from where it lies, which is its place, when in place.
    let place = counts[..<rank].reduce(0, +) * type.stride
    let from = inPlace ? into.map { UnsafeMutableRawPointer($0) + place } : own
    let plan = UnevenPlan(
      parts, send: Parts(repeating: from, count: counts[rank], type: type, ranks: size, inPlace: parts.inPlace),
      receive: parts)
    let code = plan.start(start, on: self, &handles) { counts, displacements, handles in
      let send = inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(own)
      return handles.keep(
        start == .now
          ? MPI_Iallgatherv(
            send, counts[rank], type.datatype, into, counts, displacements, type.datatype, rawValue, &handles.next)
          : cmpi_allgatherv_init(
            send, counts[rank], type.datatype, into, counts, displacements, type.datatype, rawValue, &handles.next))
    }
    return (code, plan)
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to gather the ranks' elements on every rank, in rank order, and waits after the work.
  ///
  /// No allocation, no copy, where all have equally many.
  ///
  /// C: `MPI_Iallgather`, `MPI_Iallgatherv`. MPI-3.1, section 5.12.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's.
  ///   - received: where all go.
  ///   - counts: how many each rank has, the same on every rank; equally many unless given.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry
  ///   of 0 or more for each rank, and if `elements` or `received` has another length.
  @inlinable
  public func allGather<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, counts: [Int]? = nil,
    file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkElement(Element.self, "allGather")
    if let counts { try communicator.checkCounts(counts, own: elements.count, "allGather") }
    try communicator.checkCount(
      received.count, counts?.reduce(0, +) ?? elements.count * communicator.size, "allGather", "the memory for all")
    var pending = try communicator.pendingCollective(
      "allGather", Element.self, count: counts == nil ? elements.count : nil, file, line)
    var plan: Any? = nil
    let code: CInt
    if let counts {
      let begun = communicator.startAllGatherParts(
        .now, elements.start, received.start, counts, &pending.handles)
      (code, plan) = (begun.code, begun.plan)
    } else {
      code = communicator.startAllGather(
        .now, elements.start, elements.count, received.start, &pending.handles)
    }
    return try withExtendedLifetime(plan) { try pending.run(code, work).result }
  }

  /// Begins to gather a value of every rank on every rank.
  ///
  /// C: `MPI_Iallgather`. MPI-3.1, section 5.12.5.
  ///
  /// - Parameter value: this rank's.
  /// - Returns: a request for the values in rank order.
  /// - Throws: what MPI reports.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    _ value: Element, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "allGather")
    let begun = try communicator.beginCollective("allGather", Element.self, count: 1, file, line)
    return try begun.request(reading: [value], filling: communicator.size) { own, into, handles in
      communicator.startAllGather(.now, own, 1, into, &handles)
    } finish: {
      $0
    }
  }

  /// Begins to gather an array of every rank on every rank.
  ///
  /// C: `MPI_Iallgatherv`. MPI-3.1, section 5.12.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's, `counts[rank]` of them.
  ///   - counts: how many each rank has, the same on every rank.
  /// - Returns: a request for all of them, and which came from whom.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `elements` has not `counts[rank]` elements.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    _ elements: [Element], counts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Element>> {
    try communicator.checkElement(Element.self, "allGather")
    try communicator.checkCounts(counts, own: elements.count, "allGather")
    let begun = try communicator.beginCollective("allGather", Element.self, file, line)
    let plan = Kept()
    return try begun.request(reading: elements, filling: counts.reduce(0, +), keeping: plan) { own, into, handles in
      plan.keep(communicator.startAllGatherParts(.now, own, into, counts, &handles))
    } finish: {
      RankPartitioned($0, counts: counts)
    }
  }

  /// Begins to gather elements on every rank, each rank's own being where they belong already.
  ///
  /// C: `MPI_Iallgather`, `MPI_Iallgatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.5.
  ///
  /// - Parameters:
  ///   - elements: room for all, with this rank's own in their place. The request takes it over: `consume` it.
  ///   - counts: how many each rank has, the same on every rank; equally many unless given.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, if `elements` has not as many elements as `counts` sums to, and, without `counts`, if their number is no
  ///   multiple of the number of ranks.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    inPlace elements: consuming [Element], counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "allGather")
    let share = try communicator.checkAllInPlace(elements.count, counts, "allGather")
    let begun = try communicator.beginCollective("allGather", Element.self, count: share, file, line)
    let plan = Kept()
    return try begun.request(over: elements, keeping: plan) { memory, handles in
      guard let counts else {
        return communicator.startAllGather(.now, nil, share ?? 0, memory, inPlace: true, &handles)
      }
      return plan.keep(communicator.startAllGatherParts(.now, nil, memory, counts, inPlace: true, &handles))
    }
  }
}

extension Persistent where Base: Communicator {
  /// Makes ready to gather the ranks' elements on every rank, in rank order.
  ///
  /// C: `MPI_Allgather_init`, `MPI_Allgatherv_init`. MPI-4.0, section 6.13.5.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with. They are copied.
  ///   - counts: how many each rank has, the same on every rank; equally many unless given.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; ``ErrorClass/count``, on the rank
  ///   that gives them, if `counts` has not one entry of 0 or more for each rank, and if `elements` has not
  ///   `counts[rank]` elements.
  public func allGather<Element: BitwiseCopyable>(
    _ elements: [Element], counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "allGather")
    if let counts { try communicator.checkCounts(counts, own: elements.count, "allGather") }
    let count = elements.count
    let begun = try communicator.makeReady(
      "allGather", Element.self, count: counts == nil ? count : nil, file, line)
    let plan = Kept()
    let total = counts?.reduce(0, +) ?? count * communicator.size
    return try begun.persistent(Memory(elements), Memory(count: total), keeping: plan) { own, into, handles in
      guard let counts else { return communicator.startAllGather(.later, own, count, into, &handles) }
      return plan.keep(communicator.startAllGatherParts(.later, own, into, counts, &handles))
    }
  }
}

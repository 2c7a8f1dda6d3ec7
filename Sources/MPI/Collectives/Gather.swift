import CMPI

extension Communicator {
  /// Gathers equally many elements of every rank at the root, in rank order.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Gather`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - received: at the root, where they go: `size` times as many. Elsewhere it is not used.
  ///   - root: the rank that gets them.
  /// - Throws: ``ErrorClass/count`` if `received` has another length; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    if rank == root {
      try checkCount(received.count, elements.count * size, "gather", "the memory at the root")
    }
    try enterCollective("gather", Element.self, count: elements.count, root: root, file, line)
    let code = gatherEqual(elements.start, elements.count, received.start, Element.self, root)
    try check(code, "gather")
  }

  /// Gathers a varying number of elements from each rank at the root.
  ///
  /// No message but the elements.
  ///
  /// C: `MPI_Gatherv`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's, `counts[rank]` of them.
  ///   - received: at the root, where they go: as many as `counts` sums to. Elsewhere it is not used.
  ///   - counts: how many each rank has, the same on every rank.
  ///   - root: the rank that gets them.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `elements` has not `counts[rank]` elements; at the root also if `received` has not as many as
  ///   `counts` sums to. ``ErrorClass/root`` for a root out of range.
  public func gather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, counts: [Int], root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    try checkCounts(counts, own: elements.count, "gather")
    if rank == root {
      try checkCount(received.count, counts.reduce(0, +), "gather", "the memory at the root")
    }
    try enterCollective("gather", Element.self, root: root, file, line)
    let code = elements.withUnsafeBytes { own in
      received.withUnsafeMutableBytes { into in
        gatherParts(own.baseAddress, into.baseAddress, counts, ElementType(Element.self), root, inPlace: false)
      }
    }
    try check(code, "gather")
  }

  /// Gathers a value of every rank at the root.
  ///
  /// C: `MPI_Gather`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - root: the rank that gets them.
  /// - Returns: at the root the values in rank order, elsewhere nil.
  /// - Throws: ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ value: Element, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element]? {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    try enterCollective("gather", Element.self, count: 1, root: root, file, line)
    guard rank == root else {
      try check(withElement(value) { gatherEqual($0, 1, nil, Element.self, root) }, "gather")
      return nil
    }
    let (array, code) = makeArray(size) { (into: UnsafeMutablePointer<Element>?) in
      withElement(value) { gatherEqual($0, 1, into, Element.self, root) }
    }
    try check(code, "gather")
    return array
  }

  /// Gathers an array of every rank, of whatever lengths they have, at the root.
  ///
  /// The lengths go first, in an all-gather of one number a rank. Give `counts` if every rank knows them, and it is
  /// spared.
  ///
  /// C: `MPI_Gatherv`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's, any number of them.
  ///   - root: the rank that gets them.
  ///   - counts: how many each rank has, if known, the same on every rank.
  /// - Returns: at the root all of them, and which came from whom; elsewhere nil.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `elements` has not `counts[rank]` elements; ``ErrorClass/root`` for a root out of range.
  public func gather<Element: BitwiseCopyable>(
    _ elements: [Element], root: Int = 0, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Element>? {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    let counts = try known(counts, else: elements.count, file, line)
    try checkCounts(counts, own: elements.count, "gather")
    let total = rank == root ? counts.reduce(0, +) : 0
    try enterCollective("gather", Element.self, root: root, file, line)
    let (array, code) = makeArray(total) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBytes { own in
        gatherParts(own.baseAddress, into, counts, ElementType(Element.self), root, inPlace: false)
      }
    }
    try check(code, "gather")
    return rank == root ? RankPartitioned(array, counts: counts) : nil
  }

  /// Gathers a `Codable` value of every rank at the root.
  ///
  /// Two collectives: the lengths of their bytes, then the bytes.
  ///
  /// C: `MPI_Gatherv` of `MPI_BYTE`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - root: the rank that gets them.
  /// - Returns: at the root the values in rank order, elsewhere nil.
  /// - Throws: ``ErrorClass/serialization``, on the rank whose value can't be encoded and at the root; at the root if it
  ///   can't decode a value. ``ErrorClass/root`` for a root out of range.
  public func gather<Object: Codable>(object: Object, root: Int = 0, file: StaticString = #fileID, line: Int = #line)
    throws(MPIError) -> [Object]?
  {
    let own = try contribution(of: object, "gather(object:)")
    let parts = try gather(own.bytes, root: root, file: file, line: line)
    try own.finish()
    guard let parts else { return nil }
    return try decoded(Object.self, each: parts, "gather(object:)")
  }

  /// Gathers elements at the root, whose own are where they belong already.
  ///
  /// C: `MPI_Gather` and `MPI_Gatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - elements: at the root, memory for all, with the root's own in their place; elsewhere this rank's own.
  ///   - root: the rank that gets them.
  ///   - counts: how many each rank has, the same on every rank; equally many unless given.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `elements` has not as many elements as `counts` sums to at the root, and `counts[rank]` elsewhere;
  ///   without `counts`, at the root if their number is no multiple of `size`. ``ErrorClass/root`` for a root out of
  ///   range.
  public func gather<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, root: Int = 0, counts: [Int]? = nil, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    let share = try checkInPlace(elements.count, root, counts, "gather")
    try enterCollective("gather", Element.self, count: counts == nil ? share : nil, root: root, file, line)
    let code = elements.withUnsafeMutableBufferPointer { memory in
      if let counts {
        return gatherParts(
          memory.baseAddress, memory.baseAddress, counts, ElementType(Element.self), root, inPlace: true)
      }
      return transfer(share, of: Element.self) { count, type in
        MPI_Gather(
          rank == root ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(memory.baseAddress), count, type,
          memory.baseAddress, count, type, CInt(root), rawValue)
      }
    }
    try check(code, "gather")
  }

  /// Gathers elements at the root in place, in arrays. See ``gather(inPlace:root:counts:file:line:)-(MutableSpan<Element>,_,_,_,_)``.
  ///
  /// C: `MPI_Gather` and `MPI_Gatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.5.
  public func gather<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], root: Int = 0, counts: [Int]? = nil, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try gather(inPlace: &span, root: root, counts: counts, file: file, line: line)
  }

  @inlinable @inline(__always)
  func gatherEqual<Element>(
    _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?, _: Element.Type, _ root: Int
  ) -> CInt {
    transfer(count, of: Element.self) { count, type in
      MPI_Gather(own, count, type, into, count, type, CInt(truncatingIfNeeded: root), rawValue)
    }
  }

  private func gatherParts(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ counts: [Int], _ type: ElementType, _ root: Int,
    inPlace: Bool
  ) -> CInt {
    let own = UnsafeMutableRawPointer(mutating: own)
    let isHere = inPlace && rank == root ? rank : nil
    return uneven(
      Parts(start: into, counts: counts, type: type),
      send: Parts(start: own, counts: self.counts(of: counts[rank], at: root), type: type, inPlace: isHere),
      receive: Parts(
        start: into, counts: rank == root ? counts : self.counts(of: 0, at: 0), type: type, inPlace: isHere)
    ) { all in
      all.withCountsAndDisplacements { counts, displacements in
        MPI_Gatherv(
          isHere == nil ? UnsafeRawPointer(own) : UnsafeRawPointer(CMPI_IN_PLACE), counts[rank], type.datatype, into,
          counts, displacements, type.datatype, CInt(root), rawValue)
      }
    }
  }

  /// Begins it with equally many of every rank, or makes it ready.
  @inlinable @inline(__always)
  func startGather<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?, _ root: Int,
    _ handles: inout Handles
  ) -> CInt {
    let root = CInt(truncatingIfNeeded: root)
    return transfer(count, of: Element.self) { count, type in
      handles.keep(
        start == .now
          ? MPI_Igather(own, count, type, into, count, type, root, rawValue, &handles.next)
          : cmpi_gather_init(own, count, type, into, count, type, root, rawValue, &handles.next))
    }
  }

  /// Begins it with unlike numbers of elements, or makes it ready.
  ///
  /// - Returns: MPI's code, and what must live until it has completed.
  @usableFromInline
  func startGatherParts<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    _ root: Int, _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    let type = ElementType(Element.self)
    let from = UnsafeMutableRawPointer(mutating: own)
    let plan = UnevenPlan(
      Parts(start: into, counts: counts, type: type),
      send: Parts(start: from, counts: self.counts(of: counts[rank], at: root), type: type),
      receive: Parts(start: into, counts: rank == root ? counts : self.counts(of: 0, at: 0), type: type))
    let code = plan.start(start, on: self, &handles) { counts, displacements, handles in
      handles.keep(
        start == .now
          ? MPI_Igatherv(
            own, counts[rank], type.datatype, into, counts, displacements, type.datatype, CInt(root), rawValue,
            &handles.next)
          : cmpi_gatherv_init(
            own, counts[rank], type.datatype, into, counts, displacements, type.datatype, CInt(root), rawValue,
            &handles.next))
    }
    return (code, plan)
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to gather the ranks' elements at the root, in rank order, and waits after the work.
  ///
  /// No allocation, no copy, where all have equally many.
  ///
  /// C: `MPI_Igather`, `MPI_Igatherv`. MPI-3.1, section 5.12.3.
  ///
  /// - Parameters:
  ///   - elements: this rank's.
  ///   - received: at the root, where all go. Elsewhere it is not used.
  ///   - root: the rank that gets them.
  ///   - counts: how many each rank has, the same on every rank; equally many unless given.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry
  ///   of 0 or more for each rank, and if `elements` has not `counts[rank]` elements; at the root also if `received`
  ///   has another length. ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, root: Int = 0, counts: [Int]? = nil,
    file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkRoot(root, "gather")
    try communicator.checkElement(Element.self, "gather")
    if let counts { try communicator.checkCounts(counts, own: elements.count, "gather") }
    if communicator.rank == root {
      try communicator.checkCount(
        received.count, counts?.reduce(0, +) ?? elements.count * communicator.size, "gather", "the memory at the root")
    }
    var pending = try communicator.pendingCollective(
      "gather", Element.self, count: counts == nil ? elements.count : nil, root: root, file, line)
    var plan: Any? = nil
    let code: CInt
    if let counts {
      let begun = communicator.startGatherParts(
        .now, elements.start, received.start, counts, root, &pending.handles)
      (code, plan) = (begun.code, begun.plan)
    } else {
      code = communicator.startGather(
        .now, elements.start, elements.count, received.start, root, &pending.handles)
    }
    return try withExtendedLifetime(plan) { try pending.run(code, work).result }
  }

  /// Begins to gather a value of every rank at the root.
  ///
  /// C: `MPI_Igather`. MPI-3.1, section 5.12.3.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - root: the rank that gets them.
  /// - Returns: a request for the values in rank order at the root, and for nil elsewhere.
  /// - Throws: ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ value: Element, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]?> {
    try communicator.checkRoot(root, "gather")
    try communicator.checkElement(Element.self, "gather")
    let isRoot = communicator.rank == root
    let begun = try communicator.beginCollective("gather", Element.self, count: 1, root: root, file, line)
    return try begun.request(reading: [value], filling: isRoot ? communicator.size : 0) { own, into, handles in
      communicator.startGather(.now, own, 1, into, root, &handles)
    } finish: {
      isRoot ? $0 : nil
    }
  }

  /// Begins to gather an array of every rank at the root.
  ///
  /// C: `MPI_Igatherv`. MPI-3.1, section 5.12.3.
  ///
  /// - Parameters:
  ///   - elements: this rank's, `counts[rank]` of them.
  ///   - root: the rank that gets them.
  ///   - counts: how many each rank has, the same on every rank.
  /// - Returns: a request for all of them, and which came from whom, at the root, and for nil elsewhere.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `elements` has not `counts[rank]` elements; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ elements: [Element], root: Int = 0, counts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Element>?> {
    try communicator.checkRoot(root, "gather")
    try communicator.checkElement(Element.self, "gather")
    try communicator.checkCounts(counts, own: elements.count, "gather")
    let isRoot = communicator.rank == root
    let begun = try communicator.beginCollective("gather", Element.self, root: root, file, line)
    let plan = Kept()
    return try begun.request(reading: elements, filling: isRoot ? counts.reduce(0, +) : 0, keeping: plan) {
      own, into, handles in
      plan.keep(communicator.startGatherParts(.now, own, into, counts, root, &handles))
    } finish: {
      isRoot ? RankPartitioned($0, counts: counts) : nil
    }
  }
}

extension Persistent where Base: Communicator {
  /// Makes ready to gather the ranks' elements at the root, in rank order.
  ///
  /// C: `MPI_Gather_init`, `MPI_Gatherv_init`. MPI-4.0, section 6.13.3.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with. They are copied.
  ///   - root: the rank that gets them. On the others ``PersistentRequest/output`` has no elements.
  ///   - counts: how many each rank has, the same on every rank; equally many unless given.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; ``ErrorClass/count``, on the rank
  ///   that gives them, if `counts` has not one entry of 0 or more for each rank, and if `elements` has not
  ///   `counts[rank]` elements; ``ErrorClass/root`` for a root out of range.
  public func gather<Element: BitwiseCopyable>(
    _ elements: [Element], root: Int = 0, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkRoot(root, "gather")
    try communicator.checkElement(Element.self, "gather")
    if let counts { try communicator.checkCounts(counts, own: elements.count, "gather") }
    let count = elements.count
    let begun = try communicator.makeReady(
      "gather", Element.self, count: counts == nil ? count : nil, root: root, file, line)
    let plan = Kept()
    let total = communicator.rank == root ? counts?.reduce(0, +) ?? count * communicator.size : 0
    return try begun.persistent(Memory(elements), Memory(count: total), keeping: plan) { own, into, handles in
      guard let counts else { return communicator.startGather(.later, own, count, into, root, &handles) }
      return plan.keep(communicator.startGatherParts(.later, own, into, counts, root, &handles))
    }
  }
}

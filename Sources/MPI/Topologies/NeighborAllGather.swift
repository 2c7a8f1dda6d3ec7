import CMPI

extension TopologyCommunicator {
  /// Sends the same elements to every neighbor, and receives equally many from each.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Neighbor_allgather`. MPI-3.1, section 7.6.1.
  ///
  /// - Parameters:
  ///   - elements: what goes to each of ``destinations``, as many as come from each source.
  ///   - received: where what comes goes, a block for each of ``sources``, in their order. The block of a neighbor that
  ///     is not there is left as it was.
  /// - Throws: ``ErrorClass/count`` if `received` has another length; ``ErrorClass/topology`` on a graph with an edge
  ///   that leads one way only.
  @inlinable
  public final func neighborAllGather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    try checkNeighbors(Element.self, "neighborAllGather")
    try checkCount(received.count, elements.count * sources.count, "neighborAllGather", "the memory for all")
    try enterCollective("neighborAllGather", Element.self, file, line)
    let code = neighborAllGatherEqual(elements.start, elements.count, received.start)
    try check(code, "neighborAllGather")
  }

  /// Sends the same elements to every neighbor, and receives from each as many as it has.
  ///
  /// No message but the elements.
  ///
  /// C: `MPI_Neighbor_alltoallw`, which is `MPI_Neighbor_allgatherv` with displacements that can't overflow. MPI-3.1,
  /// section 7.6.
  ///
  /// - Parameters:
  ///   - elements: what goes to each of ``destinations``.
  ///   - received: where what comes goes, in the order of ``sources``. The block of a neighbor that is not there is
  ///     left as it was.
  ///   - counts: how many elements each source has.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one count of 0 or more for each
  ///   source, or they do not sum to the length of `received`; ``ErrorClass/topology`` on every rank of a graph with an
  ///   edge that leads one way only.
  public final func neighborAllGather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, counts: [Int],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkNeighbors(Element.self, "neighborAllGather")
    try checkNeighborCounts(counts, sources, total: received.count, "neighborAllGather", "the memory for all")
    try enterCollective("neighborAllGather", Element.self, file, line)
    let code = elements.withUnsafeBytes { own in
      received.withUnsafeMutableBytes { into in
        neighborAllGatherParts(own.baseAddress, elements.count, into.baseAddress, counts, ElementType(Element.self))
      }
    }
    try check(code, "neighborAllGather")
  }

  /// Sends a value to every neighbor, and receives one from each.
  ///
  /// C: `MPI_Neighbor_allgather`. MPI-3.1, section 7.6.1.
  ///
  /// - Parameter value: what goes to each neighbor.
  /// - Returns: the values in the order of ``sources``; nil for a neighbor that is not there.
  /// - Throws: ``ErrorClass/topology`` on every rank of a graph with an edge that leads one way only.
  public final func neighborAllGather<Element: BitwiseCopyable>(
    _ value: Element, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element?] {
    try checkNeighbors(Element.self, "neighborAllGather")
    try enterCollective("neighborAllGather", Element.self, file, line)
    let (array, code) = makeArray(sources.count) { (into: UnsafeMutablePointer<Element>?) in
      withElement(value) { neighborAllGatherEqual($0, 1, into) }
    }
    try check(code, "neighborAllGather")
    return present(array)
  }

  /// Sends an array to every neighbor, and receives one from each, of whatever lengths they have.
  ///
  /// ```swift
  /// let around = try grid.neighborAllGather(mine)
  /// for (neighbor, theirs) in zip(grid.sources, around) { … }
  /// ```
  ///
  /// The lengths go first, to the same neighbors. Give `counts` if they are known, on every rank or on none, and that
  /// is spared.
  ///
  /// C: `MPI_Neighbor_alltoallw`, which is `MPI_Neighbor_allgatherv` with displacements that can't overflow. MPI-3.1,
  /// section 7.6.
  ///
  /// - Parameters:
  ///   - elements: what goes to each of ``destinations``.
  ///   - counts: how many each source has, if known; 0 for a neighbor that is not there.
  /// - Returns: a part for each of ``sources``, in their order; an empty one for a neighbor that is not there.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one count of 0 or more for each
  ///   source, or not 0 for one that is not there; ``ErrorClass/topology`` on every rank of a graph with an edge that
  ///   leads one way only.
  public final func neighborAllGather<Element: BitwiseCopyable>(
    _ elements: [Element], counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Element> {
    try checkNeighbors(Element.self, "neighborAllGather")
    if let counts {
      try checkNeighborCounts(counts, sources, total: nil, "neighborAllGather", "counts")
      try checkMissing(counts, "neighborAllGather")
    }
    try enterCollective("neighborAllGather", Element.self, file, line)
    let incoming: [Int]
    if let counts {
      incoming = counts
    } else {
      incoming = try countsFromSources([elements.count], isSame: true, "neighborAllGather")
    }
    let (array, code) = makeArray(incoming.reduce(0, +)) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBytes {
        neighborAllGatherParts($0.baseAddress, elements.count, into, incoming, ElementType(Element.self))
      }
    }
    try check(code, "neighborAllGather")
    return RankPartitioned(array, counts: incoming)
  }

  @inlinable @inline(__always)
  final func neighborAllGatherEqual<Element>(
    _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?
  ) -> CInt {
    transfer(count, of: Element.self) { count, type in
      MPI_Neighbor_allgather(own, count, type, into, count, type, rawValue)
    }
  }

  /// Begins a gather of equal blocks.
  @inlinable @inline(__always)
  final func beginNeighborAllGather<Element>(
    _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?, _ handles: inout Handles
  ) -> CInt {
    transfer(count, of: Element.self) { count, type in
      handles.keep(MPI_Ineighbor_allgather(own, count, type, into, count, type, rawValue, &handles.next))
    }
  }

  private func neighborAllGatherParts(
    _ own: UnsafeRawPointer?, _ count: Int, _ into: UnsafeMutableRawPointer?, _ counts: [Int], _ type: ElementType
  ) -> CInt {
    exchange(own, [Int](repeating: count, count: destinations.count), into, counts, type, isSame: true)
  }

  final func neighborAllGatherBlocks<Element>(_: Element.Type, _ own: Int, _ counts: [Int]) -> NeighborBlocks {
    NeighborBlocks(
      out: destinations.map { _ in own }, incoming: counts, ElementType(Element.self), isSame: true)
  }
}

extension Nonblocking where Base: TopologyCommunicator {
  /// Begins to send the same elements to every neighbor and to receive equally many from each, and waits after the
  /// work.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Ineighbor_allgather`. MPI-3.1, section 7.7.1.
  ///
  /// - Parameters:
  ///   - elements: what goes to each of ``TopologyCommunicator/destinations``, as many as come from each source.
  ///   - received: where what comes goes, a block for each of ``TopologyCommunicator/sources``. The block of a neighbor
  ///     that is not there is left as it was.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count`` if `received` has another length; ``ErrorClass/topology`` on
  ///   every rank of a graph with an edge that leads one way only.
  @inlinable
  public func neighborAllGather<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, file: StaticString = #fileID,
    line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkNeighbors(Element.self, "neighborAllGather")
    try communicator.checkCount(
      received.count, elements.count * communicator.sources.count, "neighborAllGather", "the memory for all")
    var pending = try communicator.pendingCollective("neighborAllGather", Element.self, file, line)
    let code = communicator.beginNeighborAllGather(
      elements.start, elements.count, received.start, &pending.handles)
    return try pending.run(code, work).result
  }

  /// Begins to send a value to every neighbor and to receive one from each.
  ///
  /// C: `MPI_Ineighbor_allgather`. MPI-3.1, section 7.7.1.
  ///
  /// - Parameter value: what goes to each neighbor.
  /// - Returns: a request for the values in the order of ``TopologyCommunicator/sources``; nil for a neighbor that is
  ///   not there.
  /// - Throws: ``ErrorClass/topology`` on every rank of a graph with an edge that leads one way only.
  public func neighborAllGather<Element: BitwiseCopyable>(
    _ value: Element, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element?]> {
    try communicator.checkNeighbors(Element.self, "neighborAllGather")
    let communicator = communicator
    let begun = try communicator.beginCollective("neighborAllGather", Element.self, file, line)
    return try begun.request(reading: [value], filling: communicator.sources.count) { own, into, handles in
      communicator.beginNeighborAllGather(own, 1, into, &handles)
    } finish: {
      communicator.present($0)
    }
  }

  /// Begins to send an array to every neighbor and to receive one from each.
  ///
  /// C: `MPI_Ineighbor_alltoallw`, which is `MPI_Ineighbor_allgatherv` with displacements that can't overflow. MPI-3.1,
  /// section 7.7.
  ///
  /// - Parameters:
  ///   - elements: what goes to each of ``TopologyCommunicator/destinations``.
  ///   - counts: how many each source has; 0 for a neighbor that is not there.
  /// - Returns: a request for a part for each of ``TopologyCommunicator/sources``, in their order.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one count of 0 or more for each
  ///   source, or not 0 for one that is not there; ``ErrorClass/topology`` on every rank of a graph with an edge that
  ///   leads one way only.
  public func neighborAllGather<Element: BitwiseCopyable>(
    _ elements: [Element], counts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Element>> {
    try communicator.checkNeighbors(Element.self, "neighborAllGather")
    try communicator.checkNeighborCounts(counts, communicator.sources, total: nil, "neighborAllGather", "counts")
    try communicator.checkMissing(counts, "neighborAllGather")
    let communicator = communicator
    let begun = try communicator.beginCollective("neighborAllGather", Element.self, file, line)
    let blocks = communicator.neighborAllGatherBlocks(Element.self, elements.count, counts)
    return try begun.request(
      reading: elements, filling: counts.reduce(0, +), keeping: blocks
    ) { own, into, handles in
      blocks.start(.now, communicator, own, into, &handles)
    } finish: {
      RankPartitioned($0, counts: counts)
    }
  }
}

extension Persistent where Base: TopologyCommunicator {
  /// Makes ready to send the same elements to every neighbor, and to receive some from each.
  ///
  /// C: `MPI_Neighbor_allgather_init`, `MPI_Neighbor_alltoallw_init`, which is `MPI_Neighbor_allgatherv_init` with
  /// displacements that can't overflow. MPI-4.0, section 8.8.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with. They are copied.
  ///   - counts: how many each source has; as many as this rank unless given. On every rank or on none.
  /// - Returns: a request whose output has a block for each of ``TopologyCommunicator/sources``. The block of a
  ///   neighbor that is not there is all zero bytes.
  /// - Throws: ``ErrorClass/notSupported`` if the MPI at hand has no persistent collectives: see
  ///   ``MPIEnvironment/Feature/persistentCollectives``; on the rank that gives them, ``ErrorClass/count`` if there is
  ///   not one count of 0 or more for each source; ``ErrorClass/topology`` on every rank of a graph with an edge that
  ///   leads one way only.
  public func neighborAllGather<Element: BitwiseCopyable>(
    _ elements: [Element], counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkNeighbors(Element.self, "neighborAllGather")
    if let counts {
      try communicator.checkNeighborCounts(counts, communicator.sources, total: nil, "neighborAllGather", "counts")
    }
    let communicator = communicator
    let begun = try communicator.makeReady("neighborAllGather", Element.self, file, line)
    let (own, count) = (Memory(elements), elements.count)
    let type = ElementType(Element.self)
    if counts == nil && count * type.units <= largestCount {
      let into = Memory<Element>(count: count * communicator.sources.count)
      return try begun.persistent(own, into) { own, into, handles in
        handles.keep(
          cmpi_neighbor_allgather_init(
            own, CInt(count * type.units), type.datatype, into, CInt(count * type.units), type.datatype,
            communicator.rawValue, &handles.next))
      }
    }
    // Blocks hold a datatype for more elements as long as the request lives, which `transfer` does not.
    let incoming = counts ?? communicator.sources.map { _ in count }
    let blocks = communicator.neighborAllGatherBlocks(Element.self, count, incoming)
    return try begun.persistent(own, Memory(count: incoming.reduce(0, +)), keeping: blocks) { own, into, handles in
      blocks.start(.later, communicator, own, into, &handles)
    }
  }
}

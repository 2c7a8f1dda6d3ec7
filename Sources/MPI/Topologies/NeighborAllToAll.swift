import CMPI

extension TopologyCommunicator {
  /// Sends a block to every neighbor and receives one from each, all equally long.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Neighbor_alltoall`. MPI-3.1, section 7.6.2.
  ///
  /// - Parameters:
  ///   - elements: the blocks that go out, in the order of ``destinations``.
  ///   - received: where the blocks that come go, in the order of ``sources``. That of a neighbor that is not there is
  ///     left as it was.
  /// - Throws: ``ErrorClass/count`` if the lengths do not agree, or are no multiple of the number of neighbors;
  ///   ``ErrorClass/topology`` on a graph with an edge that leads one way only.
  @inlinable
  public final func neighborAllToAll<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    try checkNeighbors(Element.self, "neighborAllToAll")
    let share = try neighborShare(out: elements.count, into: received.count, "neighborAllToAll")
    try enterCollective("neighborAllToAll", Element.self, file, line)
    let code = neighborAllToAllEqual(elements.start, received.start, share)
    try check(code, "neighborAllToAll")
  }

  /// Sends a part to every neighbor and receives one from each, of different lengths.
  ///
  /// No message but the elements. Any one part, and all together, may be of any length.
  ///
  /// C: `MPI_Neighbor_alltoallw`, which is `MPI_Neighbor_alltoallv` with displacements that can't overflow. MPI-3.1,
  /// section 7.6.2.
  ///
  /// - Parameters:
  ///   - elements: what goes out, in the order of ``destinations``.
  ///   - counts: how many of them go to each.
  ///   - received: where what comes goes, in the order of ``sources``. The part of a neighbor that is not there is left
  ///     as it was.
  ///   - receivedCounts: how many come from each.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one count of 0 or more for each
  ///   neighbor, or they do not sum to the length of the memory; ``ErrorClass/topology`` on every rank of a graph with
  ///   an edge that leads one way only.
  public final func neighborAllToAll<Element: BitwiseCopyable>(
    _ elements: Span<Element>, counts: [Int], into received: inout MutableSpan<Element>, receivedCounts: [Int],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkNeighbors(Element.self, "neighborAllToAll")
    try checkNeighborCounts(counts, destinations, total: elements.count, "neighborAllToAll", "what goes out")
    try checkNeighborCounts(
      receivedCounts, sources, total: received.count, "neighborAllToAll", "the memory for what comes")
    try enterCollective("neighborAllToAll", Element.self, file, line)
    let code = elements.withUnsafeBytes { out in
      received.withUnsafeMutableBytes { into in
        exchange(out.baseAddress, counts, into.baseAddress, receivedCounts, ElementType(Element.self))
      }
    }
    try check(code, "neighborAllToAll")
  }

  /// Sends a value of its own to every neighbor, and receives one from each.
  ///
  /// C: `MPI_Neighbor_alltoall`. MPI-3.1, section 7.6.2.
  ///
  /// - Parameter values: one for each of ``destinations``, in their order.
  /// - Returns: one from each of ``sources``, in their order; nil for a neighbor that is not there.
  /// - Throws: ``ErrorClass/count`` if there is not one value for each destination; ``ErrorClass/topology`` on every
  ///   rank of a graph with an edge that leads one way only.
  public final func neighborAllToAll<Element: BitwiseCopyable>(
    each values: [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element?] {
    try checkNeighbors(Element.self, "neighborAllToAll(each:)")
    try checkCount(values.count, destinations.count, "neighborAllToAll(each:)", "what goes out")
    try enterCollective("neighborAllToAll(each:)", Element.self, file, line)
    let (array, code) = makeArray(sources.count) { (into: UnsafeMutablePointer<Element>?) in
      values.withUnsafeBufferPointer { neighborAllToAllEqual($0.baseAddress, into, 1) }
    }
    try check(code, "neighborAllToAll(each:)")
    return present(array)
  }

  /// Sends a part to every neighbor and receives one from each, of whatever lengths they have.
  ///
  /// The lengths go first, to the same neighbors. Give `receivedCounts` if they are known, on every rank or on none,
  /// and that is spared.
  ///
  /// C: `MPI_Neighbor_alltoall`, `MPI_Neighbor_alltoallw`, which is `MPI_Neighbor_alltoallv` with displacements that
  /// can't overflow. MPI-3.1, section 7.6.2.
  ///
  /// - Parameters:
  ///   - parts: one for each of ``destinations``, in their order. That for a neighbor that is not there goes nowhere.
  ///   - receivedCounts: how many elements come from each source, if known; 0 from a neighbor that is not there.
  /// - Returns: a part for each of ``sources``, in their order; an empty one for a neighbor that is not there.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one part for each destination and one
  ///   count of 0 or more for each source, or not 0 for a source that is not there; ``ErrorClass/topology`` on every
  ///   rank of a graph with an edge that leads one way only.
  public final func neighborAllToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Element> {
    let operation: StaticString = "neighborAllToAll"
    try checkNeighbors(Element.self, operation)
    try checkCount(parts.count, destinations.count, operation, "what goes out, with a part for each neighbor,")
    if let receivedCounts {
      try checkNeighborCounts(receivedCounts, sources, total: nil, operation, "receivedCounts")
      try checkMissing(receivedCounts, operation)
    }
    try enterCollective(operation, Element.self, file, line)
    let counts = parts.counts
    let incoming: [Int]
    if let receivedCounts {
      incoming = receivedCounts
    } else {
      incoming = try countsFromSources(counts, isSame: false, operation)
    }
    let (array, code) = makeArray(incoming.reduce(0, +)) { (into: UnsafeMutablePointer<Element>?) in
      parts.elements.withUnsafeBytes {
        exchange($0.baseAddress, counts, into, incoming, ElementType(Element.self))
      }
    }
    try check(code, operation)
    return RankPartitioned(array, counts: incoming)
  }

  /// How many elements a block has where all have as many.
  @inlinable
  final func neighborShare(out: Int, into: Int, _ operation: StaticString) throws(MPIError) -> Int {
    let neighbors = destinations.isEmpty ? sources.count : destinations.count
    let share = neighbors == 0 ? 0 : (destinations.isEmpty ? into : out) / neighbors
    if _slowPath(out != share * destinations.count) { throw blockFailure(out, operation) }
    try checkCount(into, share * sources.count, operation, "the memory for what comes")
    return share
  }

  @usableFromInline @inline(never)
  final func blockFailure(_ out: Int, _ operation: StaticString) -> MPIError {
    destinations.isEmpty
      ? countFailure(out, 0, operation, "what goes out, with no neighbor to go to,")
      : shareFailure(
        out, destinations.count, "neighbors", operation, "counts, or a RankPartitioned with a part for each neighbor")
  }

  @inlinable @inline(__always)
  final func neighborAllToAllEqual<Element>(
    _ out: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ share: Int
  ) -> CInt {
    if !shortRings.isEmpty && ShortRing.isSwapped {
      return exchangeEqual(out, into, share, ElementType(Element.self))
    }
    return transfer(share, of: Element.self) { count, type in
      MPI_Neighbor_alltoall(out, count, type, into, count, type, rawValue)
    }
  }

  /// Begins an exchange of equal blocks, or makes it ready.
  ///
  /// - Returns: MPI's code, and what it needs until the exchange is over.
  @usableFromInline
  final func startNeighborAllToAll<Element>(
    _ start: Start, _ out: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ share: Int,
    _ handles: inout Handles
  ) -> (code: CInt, blocks: NeighborBlocks?) {
    let type = ElementType(Element.self)
    // A datatype for more elements must live as long as a persistent request does.
    let mustKeep = start == .later && share * type.units > largestCount
    let isSwapped =
      !shortRings.isEmpty && (start == .now ? ShortRing.isSwappedNonblocking : ShortRing.isSwappedPersistent)
    if mustKeep || isSwapped {
      let blocks = equalBlocks(share, type)
      return (blocks.start(start, self, out, into, &handles), blocks)
    }
    let code = transfer(share, of: Element.self) { count, type in
      let code =
        switch start {
        case .now: MPI_Ineighbor_alltoall(out, count, type, into, count, type, rawValue, &handles.next)
        case .later: cmpi_neighbor_alltoall_init(out, count, type, into, count, type, rawValue, &handles.next)
        }
      return handles.keep(code)
    }
    return (code, nil)
  }

  /// Exchanges equal blocks as unlike ones, which can be put where they belong.
  @usableFromInline
  final func exchangeEqual(
    _ out: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ share: Int, _ type: ElementType
  ) -> CInt {
    exchange(out, destinations.map { _ in share }, into, sources.map { _ in share }, type)
  }

  @usableFromInline
  final func equalBlocks(_ share: Int, _ type: ElementType) -> NeighborBlocks {
    NeighborBlocks(out: destinations.map { _ in share }, incoming: sources.map { _ in share }, type)
  }
}

extension Nonblocking where Base: TopologyCommunicator {
  /// Begins to send a block to every neighbor and to receive one from each, all equally long, and waits after the work.
  ///
  /// No allocation, no copy; but in a ring of one or two ranks, where some MPIs need help.
  ///
  /// C: `MPI_Ineighbor_alltoall`. MPI-3.1, section 7.7.2.
  ///
  /// - Parameters:
  ///   - elements: the blocks that go out, in the order of ``TopologyCommunicator/destinations``.
  ///   - received: where the blocks that come go, in the order of ``TopologyCommunicator/sources``. That of a neighbor
  ///     that is not there is left as it was.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count`` if the lengths do not agree, or are no multiple of the number
  ///   of neighbors; ``ErrorClass/topology`` on every rank of a graph with an edge that leads one way only.
  @inlinable
  public func neighborAllToAll<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, file: StaticString = #fileID,
    line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkNeighbors(Element.self, "neighborAllToAll")
    let share = try communicator.neighborShare(out: elements.count, into: received.count, "neighborAllToAll")
    var pending = try communicator.pendingCollective("neighborAllToAll", Element.self, file, line)
    let (code, blocks) = elements.withUnsafeBufferPointer { out in
      received.withUnsafeMutableBufferPointer { into in
        communicator.startNeighborAllToAll(.now, out.baseAddress, into.baseAddress, share, &pending.handles)
      }
    }
    return try withExtendedLifetime(blocks) { try pending.run(code, work).result }
  }

  /// Begins to send a value of its own to every neighbor and to receive one from each.
  ///
  /// C: `MPI_Ineighbor_alltoall`. MPI-3.1, section 7.7.2.
  ///
  /// - Parameter values: one for each of ``TopologyCommunicator/destinations``, in their order.
  /// - Returns: a request for one from each of ``TopologyCommunicator/sources``; nil for a neighbor that is not there.
  /// - Throws: ``ErrorClass/count`` if there is not one value for each destination; ``ErrorClass/topology`` on every
  ///   rank of a graph with an edge that leads one way only.
  public func neighborAllToAll<Element: BitwiseCopyable>(
    each values: [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element?]> {
    let operation: StaticString = "neighborAllToAll(each:)"
    try communicator.checkNeighbors(Element.self, operation)
    try communicator.checkCount(values.count, communicator.destinations.count, operation, "what goes out")
    let communicator = communicator
    let begun = try communicator.beginCollective(operation, Element.self, file, line)
    let kept = Holder()
    return try begun.request(
      reading: values, filling: communicator.sources.count, keeping: kept
    ) { own, into, handles in
      let (code, blocks) = communicator.startNeighborAllToAll(.now, own, into, 1, &handles)
      kept.blocks = blocks
      return code
    } finish: {
      communicator.present($0)
    }
  }

  /// Begins to send a part to every neighbor and to receive one from each.
  ///
  /// C: `MPI_Ineighbor_alltoallw`, which is `MPI_Ineighbor_alltoallv` with displacements that can't overflow. MPI-3.1,
  /// section 7.7.2.
  ///
  /// - Parameters:
  ///   - parts: one for each of ``TopologyCommunicator/destinations``, in their order.
  ///   - receivedCounts: how many elements come from each source; 0 from a neighbor that is not there.
  /// - Returns: a request for a part for each of ``TopologyCommunicator/sources``, in their order.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one part for each destination and one
  ///   count of 0 or more for each source, or not 0 for a source that is not there; ``ErrorClass/topology`` on every
  ///   rank of a graph with an edge that leads one way only.
  public func neighborAllToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Element>> {
    let operation: StaticString = "neighborAllToAll"
    let communicator = communicator
    try communicator.checkParts(parts, receivedCounts, operation)
    try communicator.checkMissing(receivedCounts, operation)
    let begun = try communicator.beginCollective(operation, Element.self, file, line)
    let blocks = NeighborBlocks(out: parts.counts, incoming: receivedCounts, ElementType(Element.self))
    return try begun.request(
      reading: parts.elements, filling: receivedCounts.reduce(0, +), keeping: blocks
    ) { own, into, handles in
      blocks.start(.now, communicator, own, into, &handles)
    } finish: {
      RankPartitioned($0, counts: receivedCounts)
    }
  }
}

extension Persistent where Base: TopologyCommunicator {
  /// Makes ready to send a block to every neighbor and to receive one from each, all equally long.
  ///
  /// C: `MPI_Neighbor_alltoall_init`. MPI-4.0, section 8.8.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with: a block for each of
  ///     ``TopologyCommunicator/destinations``. They are copied.
  ///   - share: how many elements a block has; needed only if there is no destination.
  /// - Returns: a request whose output has a block for each of ``TopologyCommunicator/sources``. That of a neighbor
  ///   that is not there is all zero bytes.
  /// - Throws: ``ErrorClass/notSupported`` if the MPI at hand has no persistent collectives: see
  ///   ``MPIEnvironment/Feature/persistentCollectives``; on the rank that gives them, ``ErrorClass/count`` if the
  ///   elements are no multiple of the number of destinations, or not `share` for each, or `share` is below 0;
  ///   ``ErrorClass/topology`` on every rank of a graph with an edge that leads one way only.
  public func neighborAllToAll<Element: BitwiseCopyable>(
    _ elements: [Element], share: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let operation: StaticString = "neighborAllToAll"
    let communicator = communicator
    try communicator.checkNeighbors(Element.self, operation)
    let neighbors = communicator.destinations.count
    if let share {
      try communicator.require(share >= 0, .count, operation, "share is \(share): it must be 0 or more")
      try communicator.checkCount(
        elements.count, share * neighbors, operation, "what goes out, share elements for each neighbor,")
    }
    let share = share ?? elements.count / max(neighbors, 1)
    if elements.count != share * neighbors { throw communicator.blockFailure(elements.count, operation) }
    let begun = try communicator.makeReady(operation, Element.self, file, line)
    let (into, kept) = (Memory<Element>(count: share * communicator.sources.count), Holder())
    return try begun.persistent(Memory(elements), into, keeping: kept) { own, into, handles in
      let (code, blocks) = communicator.startNeighborAllToAll(.later, own, into, share, &handles)
      kept.blocks = blocks
      return code
    }
  }

  /// Makes ready to send a part to every neighbor and to receive one from each, of different lengths.
  ///
  /// C: `MPI_Neighbor_alltoallw_init`, which is `MPI_Neighbor_alltoallv_init` with displacements that can't overflow.
  /// MPI-4.0, section 8.8.
  ///
  /// - Parameters:
  ///   - parts: what ``PersistentRequest/input`` begins with, one for each of ``TopologyCommunicator/destinations``.
  ///     They are copied.
  ///   - receivedCounts: how many elements come from each source.
  /// - Returns: a request whose output has a part for each of ``TopologyCommunicator/sources``. That of a neighbor that
  ///   is not there is all zero bytes.
  /// - Throws: ``ErrorClass/notSupported`` if the MPI at hand has no persistent collectives: see
  ///   ``MPIEnvironment/Feature/persistentCollectives``; on the rank that gives them, ``ErrorClass/count`` if there is
  ///   not one part for each destination and one count of 0 or more for each source; ``ErrorClass/topology`` on every
  ///   rank of a graph with an edge that leads one way only.
  public func neighborAllToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let communicator = communicator
    try communicator.checkParts(parts, receivedCounts, "neighborAllToAll")
    let begun = try communicator.makeReady("neighborAllToAll", Element.self, file, line)
    let blocks = NeighborBlocks(out: parts.counts, incoming: receivedCounts, ElementType(Element.self))
    let into = Memory<Element>(count: receivedCounts.reduce(0, +))
    return try begun.persistent(Memory(parts.elements), into, keeping: blocks) { own, into, handles in
      blocks.start(.later, communicator, own, into, &handles)
    }
  }
}

extension TopologyCommunicator {
  fileprivate func checkParts<Element>(
    _ parts: RankPartitioned<Element>, _ receivedCounts: [Int], _ operation: StaticString
  ) throws(MPIError) {
    try checkNeighbors(Element.self, operation)
    try checkCount(parts.count, destinations.count, operation, "what goes out, with a part for each neighbor,")
    try checkNeighborCounts(receivedCounts, sources, total: nil, operation, "receivedCounts")
  }
}

/// What a request holds that is known only when MPI has been called.
private final class Holder {
  var blocks: NeighborBlocks?
}

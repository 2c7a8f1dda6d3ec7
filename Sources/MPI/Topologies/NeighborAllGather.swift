// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// MPI's functions for ``TopologyCommunicator/neighborAllGather(_:into:file:line:)``.
@usableFromInline
enum NeighborAllGatherFunctions: ExchangeFunctions {
  @inlinable @inline(__always)
  static var name: StaticString { "neighborAllGather" }

  @inlinable @inline(__always)
  static var sendsBlocks: Bool { false }

  @inlinable @inline(__always)
  static var receivesBlocks: Bool { true }

  @inlinable @inline(__always)
  static var isAmongNeighbors: Bool { true }

  @inlinable @inline(__always)
  static func call(_ with: ExchangeArguments) -> CInt {
    MPI_Neighbor_allgather(
      with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator)
  }

  @inlinable @inline(__always)
  static func start(_ start: Start, _ with: ExchangeArguments, _ handles: inout Handles) -> CInt {
    start == .now
      ? MPI_Ineighbor_allgather(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator,
        &handles.next)
      : cmpi_neighbor_allgather_init(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator,
        &handles.next)
  }
}

extension TopologyCommunicator {
  /// Sends the same elements to every neighbor, and receives as many from each.
  ///
  /// ```swift
  /// try ring.neighborAllGather(mine, into: &around)                        // side by side
  /// try ring.neighborAllGather(mine, into: &matrix[layouts: tiles])        // neighbor k's become tile k, as many as that has
  /// ```
  ///
  /// No allocation, no copy, unless `received` has one layout for all: what that selects is copied.
  ///
  /// C: `MPI_Neighbor_allgather`; with a layout for each neighbor `MPI_Neighbor_alltoallw`. MPI-3.1, section 7.6.
  ///
  /// - Parameters:
  ///   - buffer: what goes to each of ``destinations``, as many as come from each source, unless `received` has a
  ///     layout for each.
  ///   - received: where what comes goes, a block for each of ``sources``, in their order: of the same kind on every
  ///     rank, side by side, `[each:]` or `[layouts:]`. The block of a neighbor that is not there is left as it was.
  /// - Throws: ``ErrorClass/count`` if `received` has another length, if a layout does not lie within it, or if there
  ///   is not one for each neighbor; ``ErrorClass/type`` if an element is to be received twice; ``ErrorClass/topology``
  ///   on a graph with an edge that leads one way only.
  @inlinable
  public final func neighborAllGather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into received: inout Result, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try run(Exchange(NeighborAllGatherFunctions.self), buffer, into: &received, file, line)
  }

  /// Sends the same elements to every neighbor, and receives from each as many as it has.
  ///
  /// No message but the elements.
  ///
  /// C: `MPI_Neighbor_alltoallw`, which is `MPI_Neighbor_allgatherv` with displacements that can't overflow. MPI-3.1,
  /// section 7.6.
  ///
  /// - Parameters:
  ///   - buffer: what goes to each of ``destinations``.
  ///   - received: where what comes goes, in the order of ``sources``. The block of a neighbor that is not there is
  ///     left as it was.
  ///   - counts: how many elements each source has.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one count of 0 or more for each
  ///   source, or they do not sum to the length of `received`; ``ErrorClass/topology`` on every rank of a graph with an
  ///   edge that leads one way only.
  @inlinable
  public final func neighborAllGather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into received: inout Result, counts: [Int], file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    let operation: StaticString = "neighborAllGather"
    try checkNeighbors(Element.self, operation)
    let code = try received._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let out = try outgoing(own, of: Buffer.self, operation).flat(of: Element.self, self, operation)
        let into = try incoming(other, of: Result.self, operation).flat(of: Element.self, self, operation)
        try checkNeighborCounts(counts, of: sources.count, total: into.count, operation, "the memory for all")
        try enterCollective(operation, Element.self, file, line)
        return into.finish(
          neighborAllGatherParts(out.start, out.count, into.start, counts, ElementType(Element.self)))
      }
    }
    try check(code, operation)
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
  ///   - buffer: what goes to each of ``destinations``.
  ///   - counts: how many each source has, if known; 0 for a neighbor that is not there.
  /// - Returns: a part for each of ``sources``, in their order; an empty one for a neighbor that is not there.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one count of 0 or more for each
  ///   source, or not 0 for one that is not there; ``ErrorClass/topology`` on every rank of a graph with an edge that
  ///   leads one way only.
  @inlinable
  public final func neighborAllGather<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Buffer.Element> where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    let operation: StaticString = "neighborAllGather"
    try checkNeighbors(Element.self, operation)
    return try buffer._withMemory { (own) throws(MPIError) in
      let out = try outgoing(own, of: Buffer.self, operation).flat(of: Element.self, self, operation)
      if let counts {
        try checkNeighborCounts(counts, of: sources.count, total: nil, operation, "counts")
        try checkMissing(counts, operation)
      }
      try enterCollective(operation, Element.self, file, line)
      let incoming: [Int]
      if let counts {
        incoming = counts
      } else {
        incoming = try countsFromSources([out.count], isSame: true, operation)
      }
      let (array, code) = makeArray(incoming.reduce(0, +)) { (into: UnsafeMutablePointer<Element>?) in
        neighborAllGatherParts(out.start, out.count, into, incoming, ElementType(Element.self))
      }
      try check(code, operation)
      return RankPartitioned(array, counts: incoming)
    }
  }

  final func neighborAllGatherEqual<Element>(
    _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?
  ) -> CInt {
    call(
      Exchange(NeighborAllGatherFunctions.self), Piece(own, count: count), Piece(into, count: count),
      of: Element.self)
  }

  /// Begins a gather of equal blocks, or makes it ready.
  final func startNeighborAllGather<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?,
    _ handles: inout Handles
  ) -> CInt {
    self.start(
      Exchange(NeighborAllGatherFunctions.self), Piece(own, count: count), Piece(into, count: count),
      of: Element.self, start, &handles)
  }

  @usableFromInline
  final func neighborAllGatherParts(
    _ own: UnsafeRawPointer?, _ count: Int, _ into: UnsafeMutableRawPointer?, _ counts: [Int], _ type: ElementType
  ) -> CInt {
    exchange(own, destinations.map { _ in count }, into, counts, type, isSame: true)
  }
}

extension Nonblocking where Base: TopologyCommunicator {
  /// Begins to send the same elements to every neighbor and to receive as many from each, and waits after the work.
  ///
  /// No allocation, no copy, unless `received` has one layout for all.
  ///
  /// C: `MPI_Ineighbor_allgather`; with a layout for each neighbor `MPI_Ineighbor_alltoallw`. MPI-3.1, section 7.7.
  ///
  /// - Parameters:
  ///   - buffer: what goes to each of ``TopologyCommunicator/destinations``.
  ///   - received: where what comes goes, a block for each of ``TopologyCommunicator/sources``. The block of a neighbor
  ///     that is not there is left as it was.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``TopologyCommunicator/neighborAllGather(_:into:file:line:)``.
  @inlinable
  public func neighborAllGather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBlocks & ~Copyable & ~Escapable, Output
  >(
    _ buffer: borrowing Buffer, into received: inout Result, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try communicator.run(Exchange(NeighborAllGatherFunctions.self), buffer, into: &received, file, line, while: work)
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
      communicator.startNeighborAllGather(.now, own, 1, into, &handles)
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
    try communicator.checkNeighborCounts(
      counts, of: communicator.sources.count, total: nil, "neighborAllGather", "counts")
    try communicator.checkMissing(counts, "neighborAllGather")
    let communicator = communicator
    let begun = try communicator.beginCollective("neighborAllGather", Element.self, file, line)
    let (own, plan) = (communicator.destinations.map { _ in elements.count }, Kept())
    return try begun.request(
      reading: elements, filling: counts.reduce(0, +), keeping: plan
    ) { from, into, handles in
      plan.keep(communicator.startParts(.now, from: from, own, into: into, counts, isSame: true, &handles))
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
      try communicator.checkNeighborCounts(
        counts, of: communicator.sources.count, total: nil, "neighborAllGather", "counts")
    }
    let communicator = communicator
    let begun = try communicator.makeReady("neighborAllGather", Element.self, file, line)
    let (own, count) = (Memory(elements), elements.count)
    let type = ElementType(Element.self)
    if counts == nil && count * type.units <= largestCount {
      let into = Memory<Element>(count: count * communicator.sources.count)
      return try begun.persistent(own, into) { own, into, handles in
        communicator.startNeighborAllGather(.later, own, count, into, &handles)
      }
    }
    // A plan holds a datatype for more elements as long as the request lives, which `transfer` does not.
    let outgoing = communicator.destinations.map { _ in count }
    let incoming = counts ?? communicator.sources.map { _ in count }
    let (into, plan) = (Memory<Element>(count: incoming.reduce(0, +)), Kept())
    return try begun.persistent(own, into, keeping: plan) { own, into, handles in
      plan.keep(communicator.startParts(.later, from: own, outgoing, into: into, incoming, isSame: true, &handles))
    }
  }
}

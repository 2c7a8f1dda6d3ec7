// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// MPI's functions for ``TopologyCommunicator/neighborAllToAll(_:into:file:line:)``.
@usableFromInline
enum NeighborAllToAllFunctions: ExchangeFunctions {
  @inlinable @inline(__always)
  static var name: StaticString { "neighborAllToAll" }

  @inlinable @inline(__always)
  static var sendsBlocks: Bool { true }

  @inlinable @inline(__always)
  static var receivesBlocks: Bool { true }

  @inlinable @inline(__always)
  static var isAmongNeighbors: Bool { true }

  @inlinable @inline(__always)
  static func call(_ with: ExchangeArguments) -> CInt {
    MPI_Neighbor_alltoall(
      with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator)
  }

  @inlinable @inline(__always)
  static func start(_ start: Start, _ with: ExchangeArguments, _ handles: inout Handles) -> CInt {
    start == .now
      ? MPI_Ineighbor_alltoall(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator,
        &handles.next)
      : cmpi_neighbor_alltoall_init(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator,
        &handles.next)
  }
}

extension TopologyCommunicator {
  /// Sends a block to every neighbor and receives one from each.
  ///
  /// ```swift
  /// try ring.neighborAllToAll(outgoing, into: &incoming)                          // side by side, all equally long
  /// try mesh.neighborAllToAll(cells[layouts: faces], into: &ghosts[layouts: to])  // the faces of an unstructured mesh
  /// ```
  ///
  /// No allocation, no copy, unless a side has one layout for all: what that selects is copied. A ring of one or two
  /// ranks needs a list of places on some MPIs. On a grid, ``CartesianCommunicator`` has
  /// ``CartesianCommunicator/exchangeHalo(_:shape:width:corners:file:line:)-(MutableSpan<Element>,_,_,_,_,_)``, which
  /// makes the layouts itself.
  ///
  /// C: `MPI_Neighbor_alltoall`; with a layout for each neighbor `MPI_Neighbor_alltoallw`. MPI-3.1, section 7.6.2.
  ///
  /// - Parameters:
  ///   - buffer: the blocks that go out, in the order of ``destinations``: side by side, `[each:]` or `[layouts:]`.
  ///     Layouts of what goes out may have elements in common.
  ///   - received: where the blocks that come in go, in the order of ``sources``. That of a neighbor that is not there
  ///     is left as it was. If one side has `[layouts:]`, so must one side on every rank.
  /// - Throws: ``ErrorClass/count`` if the lengths do not agree, or are no multiple of the number of neighbors; if a
  ///   layout does not lie within its memory, or there is not one for each neighbor; ``ErrorClass/type`` if an element
  ///   is to be received twice; ``ErrorClass/topology`` on a graph with an edge that leads one way only.
  @inlinable
  public final func neighborAllToAll<
    Buffer: OutgoingBlocks & ~Copyable & ~Escapable, Result: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into received: inout Result, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try run(Exchange(NeighborAllToAllFunctions.self), buffer, into: &received, file, line)
  }

  /// Sends a part to every neighbor and receives one from each, of different lengths.
  ///
  /// No message but the elements. Any one part, and all together, may be of any length.
  ///
  /// C: `MPI_Neighbor_alltoallw`, which is `MPI_Neighbor_alltoallv` with displacements that can't overflow. MPI-3.1,
  /// section 7.6.2.
  ///
  /// - Parameters:
  ///   - buffer: what goes out, in the order of ``destinations``.
  ///   - counts: how many of its elements go to each.
  ///   - received: where what comes goes, in the order of ``sources``. The part of a neighbor that is not there is left
  ///     as it was.
  ///   - receivedCounts: how many come from each.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if there is not one count of 0 or more for each
  ///   neighbor, or they do not sum to the length of the memory; ``ErrorClass/topology`` on every rank of a graph with
  ///   an edge that leads one way only.
  @inlinable
  public final func neighborAllToAll<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, counts: [Int], into received: inout Result, receivedCounts: [Int],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    let operation: StaticString = "neighborAllToAll"
    try checkNeighbors(Element.self, operation)
    let code = try received._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let out = try outgoing(own, of: Buffer.self, operation).flat(of: Element.self, self, operation)
        let into = try incoming(other, of: Result.self, operation).flat(of: Element.self, self, operation)
        try checkNeighborCounts(counts, of: destinations.count, total: out.count, operation, "what goes out")
        try checkNeighborCounts(
          receivedCounts, of: sources.count, total: into.count, operation, "the memory for what comes")
        try enterCollective(operation, Element.self, file, line)
        return into.finish(exchange(out.start, counts, into.start, receivedCounts, ElementType(Element.self)))
      }
    }
    try check(code, operation)
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
      try checkNeighborCounts(receivedCounts, of: sources.count, total: nil, operation, "receivedCounts")
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

  @usableFromInline
  final func neighborAllToAllEqual<Element>(
    _ out: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ share: Int
  ) -> CInt {
    let type = ElementType(Element.self)
    if needsPlan(nil) {
      return exchange(out, destinations.map { _ in share }, into, sources.map { _ in share }, type)
    }
    return call(
      Exchange(NeighborAllToAllFunctions.self), Piece(out, count: share), Piece(into, count: share), of: Element.self)
  }

  /// Begins an exchange of equal blocks, or makes it ready.
  ///
  /// - Returns: MPI's code, and what it needs until the exchange has completed.
  @usableFromInline
  final func startNeighborAllToAll<Element>(
    _ start: Start, _ out: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ share: Int,
    _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    let type = ElementType(Element.self)
    // A datatype for more elements must live as long as a persistent request does.
    if needsPlan(start) || start == .later && share * type.units > largestCount {
      let plan = equalBlocks(out, into, share, type)
      return (plan.start(start, on: self, &handles), plan)
    }
    let code = self.start(
      Exchange(NeighborAllToAllFunctions.self), Piece(out, count: share), Piece(into, count: share), of: Element.self,
      start, &handles)
    return (code, ())
  }

  @usableFromInline
  final func equalBlocks(
    _ out: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ share: Int, _ type: ElementType
  ) -> NeighborPlan {
    NeighborPlan(self, from: out, destinations.map { _ in share }, into: into, sources.map { _ in share }, type)
  }
}

extension Nonblocking where Base: TopologyCommunicator {
  /// Begins to send a block to every neighbor and to receive one from each, and waits after the work.
  ///
  /// No allocation, no copy, unless a side has one layout for all, or a ring of one or two ranks needs a list of
  /// places.
  ///
  /// C: `MPI_Ineighbor_alltoall`; with a layout for each neighbor `MPI_Ineighbor_alltoallw`. MPI-3.1, section 7.7.2.
  ///
  /// - Parameters:
  ///   - buffer: the blocks that go out, in the order of ``TopologyCommunicator/destinations``.
  ///   - received: where the blocks that come in go, in the order of ``TopologyCommunicator/sources``. That of a
  ///     neighbor that is not there is left as it was.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``TopologyCommunicator/neighborAllToAll(_:into:file:line:)``.
  @inlinable
  public func neighborAllToAll<
    Buffer: OutgoingBlocks & ~Copyable & ~Escapable, Result: IncomingBlocks & ~Copyable & ~Escapable, Output
  >(
    _ buffer: borrowing Buffer, into received: inout Result, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try communicator.run(Exchange(NeighborAllToAllFunctions.self), buffer, into: &received, file, line, while: work)
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
    let plan = Kept()
    return try begun.request(
      reading: values, filling: communicator.sources.count, keeping: plan
    ) { own, into, handles in
      plan.keep(communicator.startNeighborAllToAll(.now, own, into, 1, &handles))
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
    let plan = Kept()
    return try begun.request(
      reading: parts.elements, filling: receivedCounts.reduce(0, +), keeping: plan
    ) { own, into, handles in
      plan.keep(communicator.startParts(.now, from: own, parts.counts, into: into, receivedCounts, &handles))
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
    let neighbors = Peers(communicator.destinations.count, "neighbors")
    if let share {
      try communicator.require(share >= 0, .count, operation, "share is \(share): it must be 0 or more")
      let (count, overflow) = share.multipliedReportingOverflow(by: neighbors.count)
      try communicator.checkCount(
        elements.count, overflow ? .max : count, operation, "what goes out, share elements for each neighbor,")
    }
    let known = try communicator.checkNeighborShare(elements.count, of: neighbors, operation, "what goes out")
    // Without a destination it is not bounded by the elements.
    let share = share ?? known
    let (received, overflow) = share.multipliedReportingOverflow(by: communicator.sources.count)
    try communicator.require(
      !overflow && !received.multipliedReportingOverflow(by: MemoryLayout<Element>.stride).overflow, .count, operation,
      "share is \(share), and \(communicator.sources.count) blocks of so many elements are more than memory can have")
    let begun = try communicator.makeReady(operation, Element.self, file, line)
    let (into, plan) = (Memory<Element>(count: received), Kept())
    return try begun.persistent(Memory(elements), into, keeping: plan) { own, into, handles in
      plan.keep(communicator.startNeighborAllToAll(.later, own, into, share, &handles))
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
    let (into, plan) = (Memory<Element>(count: receivedCounts.reduce(0, +)), Kept())
    return try begun.persistent(Memory(parts.elements), into, keeping: plan) { own, into, handles in
      plan.keep(communicator.startParts(.later, from: own, parts.counts, into: into, receivedCounts, &handles))
    }
  }
}

extension TopologyCommunicator {
  fileprivate func checkParts<Element>(
    _ parts: RankPartitioned<Element>, _ receivedCounts: [Int], _ operation: StaticString
  ) throws(MPIError) {
    try checkNeighbors(Element.self, operation)
    try checkCount(parts.count, destinations.count, operation, "what goes out, with a part for each neighbor,")
    try checkNeighborCounts(receivedCounts, of: sources.count, total: nil, operation, "receivedCounts")
  }
}

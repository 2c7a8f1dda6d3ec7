// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// What the collectives between neighbors share: blocks of different lengths, and a ring of one or two ranks.
//
// Blocks of different lengths go by MPI_Neighbor_alltoallw, because it has a datatype and a place in bytes for each
// block, so that nothing overflows. The choice can't depend on the lengths, as it does if all ranks know all of them: a
// rank knows those of its neighbors only, and ranks that choose different calls would wait forever.

/// Blocks side by side, as `MPI_Neighbor_alltoallw` takes them: counts, places in bytes, datatypes.
///
/// - Parameters:
///   - isSame: whether all of them are the first one.
///   - made: datatypes of blocks with more elements than an `int` can count, which must be freed.
///   - body: gets the number of a block, and the three.
/// - Returns: MPI's code.
private func describe(
  _ counts: [Int], _ type: ElementType, isSame: Bool, _ made: inout [MPI_Datatype],
  _ body: (Int, CInt, MPI_Aint, MPI_Datatype) -> Void
) -> CInt {
  var place = 0
  for (index, count) in counts.enumerated() {
    let units = count * type.units
    if units <= largestCount {
      body(index, CInt(units), MPI_Aint(place), type.datatype)
    } else {
      switch contiguousType(of: units, type) {
      case .failure(let failure): return failure.value
      case .success(let large):
        made.append(large)
        body(index, 1, MPI_Aint(place), large)
      }
    }
    if !isSame { place += count * type.stride }
  }
  return 0
}

extension TopologyCommunicator {
  /// Exchanges blocks of different lengths.
  ///
  /// C: `MPI_Neighbor_alltoallw`. MPI-3.1, section 7.6.2.
  ///
  /// - Parameters:
  ///   - out: how many elements go to each destination; they lie side by side.
  ///   - incoming: how many come from each source.
  ///   - isSame: whether all destinations get the same ones.
  @usableFromInline
  final func exchange(
    _ from: UnsafeRawPointer?, _ out: [Int], _ into: UnsafeMutableRawPointer?, _ incoming: [Int],
    _ type: ElementType, isSame: Bool = false
  ) -> CInt {
    var made: [MPI_Datatype] = []
    defer { for type in made { free(type) } }
    let size = out.count + incoming.count
    return withTemporary(CInt(0), size) { counts in
      withTemporary(MPI_Aint(0), size) { places in
        withTemporary(CMPI_DATATYPE_NULL, size) { types in
          for (first, lengths, isSame) in [(0, out, isSame), (out.count, incoming, false)] {
            let code = describe(lengths, type, isSame: isSame, &made) { index, count, place, datatype in
              counts[first + index] = count
              places[first + index] = place
              types[first + index] = datatype
            }
            if code != 0 { return code }
          }
          if needsPlan(nil) {
            for ring in shortRings {
              let (before, after) = (out.count + ring, out.count + ring + 1)
              swap(&counts[before], &counts[after])
              swap(&places[before], &places[after])
              swap(&types[before], &types[after])
            }
          }
          let middle = out.count
          return MPI_Neighbor_alltoallw(
            from, counts, places, types, into, counts + middle, places + middle, types + middle, rawValue)
        }
      }
    }
  }
}

/// Calls `body` with memory for values, such as handles of whatever type they are in this MPI. There is some even for
/// none.
func withTemporary<Value, Result>(
  _ value: Value, _ count: Int, _ body: (UnsafeMutablePointer<Value>) -> Result
) -> Result {
  withUnsafeTemporaryAllocation(of: Value.self, capacity: count + 1) { memory in
    memory.initialize(repeating: value)
    return body(memory.baseAddress!)
  }
}

/// The blocks of an exchange between neighbors: MPI reads them until the exchange has completed, and what waits for it
/// holds this.
///
/// C: the arguments of `MPI_Neighbor_alltoallw`. MPI-3.1, section 7.6.2.
@usableFromInline
final class NeighborPlan: BlockPlan {
  private let send: PlanSide<MPI_Aint>
  private let receive: PlanSide<MPI_Aint>
  private let rings: [Int]
  /// What keeps the datatypes alive.
  private var made: [AnyObject] = []
  /// MPI's code for why a datatype could not be made.
  private var code: CInt = 0

  private init(
    _ communicator: TopologyCommunicator, from: UnsafeRawPointer?, into: UnsafeMutableRawPointer?
  ) {
    rings = communicator.shortRings
    (send, receive) = (PlanSide(UnsafeMutableRawPointer(mutating: from)), PlanSide(into))
  }

  /// Blocks side by side.
  ///
  /// - Parameters:
  ///   - out: how many elements go to each destination.
  ///   - incoming: how many come from each source.
  ///   - isSame: whether all destinations get the same ones.
  convenience init(
    _ communicator: TopologyCommunicator, from: UnsafeRawPointer?, _ out: [Int], into: UnsafeMutableRawPointer?,
    _ incoming: [Int], _ type: ElementType, isSame: Bool = false
  ) {
    self.init(communicator, from: from, into: into)
    for (side, lengths, isSame) in [(send, out, isSame), (receive, incoming, false)] where code == 0 {
      var large: [MPI_Datatype] = []
      code = describe(lengths, type, isSame: isSame, &large) { _, count, place, datatype in
        side.append(count, at: place, datatype)
      }
      made += large.map { OwnedDatatype($0) }
    }
    finish()
  }

  /// What layouts select; nil is nothing.
  convenience init(
    _ communicator: TopologyCommunicator, from: UnsafeRawPointer?, _ out: [LayoutNode?],
    into: UnsafeMutableRawPointer?, _ incoming: [LayoutNode?], _ operation: StaticString
  ) throws(MPIError) {
    self.init(communicator, from: from, into: into)
    for (side, nodes) in [(send, out), (receive, incoming)] {
      for node in nodes {
        guard let node, node.metrics.byteCount > 0 else {
          side.append(0, CMPI_BYTE)
          continue
        }
        side.append(1, try node.datatype(operation))
        made.append(node)
      }
    }
    finish()
  }

  /// Adds one entry to each side, so that its lists have memory if there are no neighbors.
  private func finish() {
    send.append(0, CMPI_BYTE)
    receive.append(0, CMPI_BYTE)
  }

  /// C: `MPI_Neighbor_alltoallw`. MPI-3.1, section 7.6.2.
  @usableFromInline
  func call(on communicator: Communicator) -> CInt {
    if code != 0 { return code }
    swapRings(nil)
    return MPI_Neighbor_alltoallw(
      send.start, send.counts, send.places, send.types, receive.start, receive.counts, receive.places, receive.types,
      communicator.rawValue)
  }

  /// C: `MPI_Ineighbor_alltoallw`, `MPI_Neighbor_alltoallw_init`. MPI-3.1, section 7.7.2.
  @usableFromInline
  func start(_ start: Start, on communicator: Communicator, _ handles: inout Handles) -> CInt {
    if code != 0 { return code }
    swapRings(start)
    return handles.keep(
      start == .now
        ? MPI_Ineighbor_alltoallw(
          send.start, send.counts, send.places, send.types, receive.start, receive.counts, receive.places,
          receive.types, communicator.rawValue, &handles.next)
        : cmpi_neighbor_alltoallw_init(
          send.start, send.counts, send.places, send.types, receive.start, receive.counts, receive.places,
          receive.types, communicator.rawValue, &handles.next))
  }

  private func swapRings(_ start: Start?) {
    if rings.isEmpty || !ShortRing.isSwapped(start) { return }
    for ring in rings { receive.swapAt(ring, ring + 1) }
  }
}

/// How this MPI exchanges blocks in a ring of one rank or two, if the rank before is that after, too.
///
/// What a rank sends to the one before it must come there as from the one after. `Fault.shortRingsAreSwapped`: an MPI
/// that goes by the order of the blocks takes it for that from before. A ring of this process alone shows it.
@usableFromInline
enum ShortRing {
  private static let isSwappedBlocking = probe(nil)
  private static let isSwappedNonblocking = probe(.now)
  private static let isSwappedPersistent = MPIEnvironment.supports(.persistentCollectives) && probe(.later)

  /// - Parameter start: how the exchange begins; nil if it blocks.
  @usableFromInline
  static func isSwapped(_ start: Start?) -> Bool {
    switch start {
    case nil: isSwappedBlocking
    case .now: isSwappedNonblocking
    case .later: isSwappedPersistent
    }
  }

  private static func probe(_ start: Start?) -> Bool {
    var ring = CMPI_COMM_NULL
    guard MPI_Cart_create(CMPI_COMM_SELF, 1, [1], [1], 0, &ring) == 0 else { return false }
    defer { MPI_Comm_free(&ring) }
    let (sent, received) = (Memory<Int32>([1, 2]), Memory<Int32>([0, 0]))
    var handles = Handles()
    var status = Status()
    let (ones, places): ([CInt], [MPI_Aint]) = ([1, 1], [0, 4])
    var kinds = Array(repeating: CMPI_DATATYPE_NULL, count: 2)
    for index in kinds.indices { kinds[index] = CMPI_INT32_T }
    let code: CInt
    switch start {
    case nil:
      code = MPI_Neighbor_alltoallw(
        sent.start, ones, places, kinds, received.start, ones, places, kinds, unwrapped(ring))
    case .now:
      code = handles.keep(
        MPI_Ineighbor_alltoallw(
          sent.start, ones, places, kinds, received.start, ones, places, kinds, unwrapped(ring), &handles.next))
    case .later:
      code = handles.keep(
        cmpi_neighbor_alltoallw_init(
          sent.start, ones, places, kinds, received.start, ones, places, kinds, unwrapped(ring), &handles.next))
      if code == 0 { _ = handles.start() }
    }
    if code == 0 && start != nil { _ = handles.wait(&status) }
    if start == .later { handles.free() }
    return withExtendedLifetime((ones, places, kinds)) { received.buffer[0] == 1 }
  }
}

extension TopologyCommunicator {
  /// Whether blocks must go by a list of their places, because this MPI mistakes those of a ring of one or two ranks.
  ///
  /// - Parameter start: how the exchange begins; nil if it blocks.
  @inlinable
  final func needsPlan(_ start: Start?) -> Bool { !shortRings.isEmpty && ShortRing.isSwapped(start) }

  /// Throws unless there is the same number of elements for each neighbor, and none if there is no neighbor.
  ///
  /// - Returns: how many are each one's.
  @usableFromInline
  final func checkNeighborShare(
    _ count: Int, of peers: Peers, _ operation: StaticString, _ what: StaticString
  ) throws(MPIError) -> Int {
    if peers.count > 0 { return try checkShare(count, of: peers, operation) }
    try checkCount(count, 0, operation, what)
    return 0
  }

  /// What MPI is given for blocks of the same length, by a list of their places.
  @usableFromInline
  final func pair(
    from: UnsafeRawPointer?, into: UnsafeMutableRawPointer?, _ share: Int, _ type: ElementType
  ) -> ExchangePair {
    let nothing = Piece(nil, count: 0, type: nil, byteCount: 0)
    let plan = equalBlocks(from, into, share, type)
    return ExchangePair(nothing, nothing, share: nil, keeping: ExchangeKept(plan: plan))
  }

  /// Begins to exchange parts of different lengths, or makes it ready.
  ///
  /// - Returns: MPI's code, and what it needs until the exchange has completed.
  final func startParts<Element>(
    _ start: Start, from: UnsafePointer<Element>?, _ counts: [Int], into: UnsafeMutablePointer<Element>?,
    _ receivedCounts: [Int], isSame: Bool = false, _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    let plan = NeighborPlan(
      self, from: from, counts, into: into, receivedCounts, ElementType(Element.self), isSame: isSame)
    return (plan.start(start, on: self, &handles), plan)
  }

  /// Throws unless there is a count of 0 or more for each neighbor, and they sum to what is there.
  @usableFromInline
  final func checkNeighborCounts(
    _ counts: [Int], of neighborCount: Int, total: Int?, _ operation: StaticString, _ what: StaticString
  ) throws(MPIError) {
    try require(
      counts.count == neighborCount, .count, operation,
      "\(what): there are \(counts.count) counts and must be one for each of \(neighborCount) neighbors")
    var sum = 0
    for (index, count) in counts.enumerated() {
      let (next, overflow) = sum.addingReportingOverflow(count)
      try require(
        count >= 0 && !overflow, .count, operation,
        "\(what): count \(index) is \(count): it must be 0 or more, and so must the sum")
      sum = next
    }
    if let total { try checkCount(total, sum, operation, what) }
  }

  /// Throws if a count is given for a neighbor that does not exist.
  @usableFromInline
  final func checkMissing(_ counts: [Int], _ operation: StaticString) throws(MPIError) {
    for (index, count) in counts.enumerated() where sources[index].rank == nil && count != 0 {
      throw failure(.count, operation, "count \(index) is \(count), and there is no neighbor: it must be 0")
    }
  }

  /// How many elements come from each source, by a message of each: one number for all its destinations, or one for
  /// each.
  ///
  /// C: `MPI_Neighbor_allgather`, `MPI_Neighbor_alltoall`. MPI-3.1, section 7.6.
  @usableFromInline
  final func countsFromSources(_ own: [Int], isSame: Bool, _ operation: StaticString) throws(MPIError) -> [Int] {
    // A missing neighbor sends nothing, and so 0.
    var counts = sources.map { _ in 0 }
    let code = own.withUnsafeBufferPointer { own in
      counts.withUnsafeMutableBufferPointer { counts in
        isSame
          ? neighborAllGatherEqual(own.baseAddress, 1, counts.baseAddress)
          : neighborAllToAllEqual(own.baseAddress, counts.baseAddress, 1)
      }
    }
    if code != 0 { throw failure(code: code, operation) }
    return counts
  }

  /// The elements of the sources that are there; nil for the others, whose memory nothing was written to: it may not
  /// even be read, because not every byte is one that an element can have.
  func present<Element>(_ elements: [Element]) -> [Element?] {
    sources.indices.map { sources[$0].rank == nil ? nil : elements[$0] }
  }
}

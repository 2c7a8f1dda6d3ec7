import CMPI

// What the collectives between neighbors share: blocks of different lengths, and a ring of one or two ranks.
//
// Unlike blocks go by MPI_Neighbor_alltoallw, because it has a datatype and a place in bytes for each block, so that
// nothing overflows. The choice can't depend on the lengths, as it does where all ranks know all of them: a rank knows
// those of its neighbors only, and ranks that choose unlike calls would wait forever.

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
  func exchange(
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
          if !shortRings.isEmpty && ShortRing.isSwapped {
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

/// The blocks of an exchange between neighbors in flight: MPI reads them until it has completed, and who waits for it
/// holds this.
@usableFromInline
final class NeighborBlocks {
  // Those that go out, then those that come; and one more, for memory if there are no neighbors.
  private var counts: [CInt]
  private var places: [MPI_Aint]
  private var types = Array(repeating: CMPI_DATATYPE_NULL, count: 0)
  private let outCount: Int
  /// What must be freed.
  private var made: [OwnedDatatype] = []
  /// What went wrong as they were made.
  private var code: CInt = 0

  /// - Parameters:
  ///   - out: how many elements go to each destination; they lie side by side.
  ///   - incoming: how many come from each source.
  ///   - isSame: whether all destinations get the same ones.
  init(out: [Int], incoming: [Int], _ type: ElementType, isSame: Bool = false) {
    let size = out.count + incoming.count + 1
    counts = [CInt](repeating: 0, count: size)
    places = [MPI_Aint](repeating: 0, count: size)
    types = Array(repeating: CMPI_DATATYPE_NULL, count: size)
    outCount = out.count
    for (first, lengths, isSame) in [(0, out, isSame), (out.count, incoming, false)] where code == 0 {
      var large: [MPI_Datatype] = []
      code = describe(lengths, type, isSame: isSame, &large) { index, count, place, datatype in
        counts[first + index] = count
        places[first + index] = place
        types[first + index] = datatype
      }
      made += large.map { OwnedDatatype($0) }
    }
  }

  /// Begins to exchange them, or makes that ready.
  ///
  /// C: `MPI_Ineighbor_alltoallw`, `MPI_Neighbor_alltoallw_init`. MPI-3.1, section 7.7.2.
  func start(
    _ start: Start, _ communicator: TopologyCommunicator, _ from: UnsafeRawPointer?,
    _ into: UnsafeMutableRawPointer?, _ handles: inout Handles
  ) -> CInt {
    if code != 0 { return code }
    let rings = communicator.shortRings
    if !rings.isEmpty && (start == .now ? ShortRing.isSwappedNonblocking : ShortRing.isSwappedPersistent) {
      for ring in rings {
        counts.swapAt(outCount + ring, outCount + ring + 1)
        places.swapAt(outCount + ring, outCount + ring + 1)
        types.swapAt(outCount + ring, outCount + ring + 1)
      }
    }
    // The addresses stay good: nobody changes the arrays after this.
    return counts.withUnsafeBufferPointer { counts in
      places.withUnsafeBufferPointer { places in
        types.withUnsafeBufferPointer { types in
          let (counts, places, types) = (counts.baseAddress!, places.baseAddress!, types.baseAddress!)
          let code =
            switch start {
            case .now:
              MPI_Ineighbor_alltoallw(
                from, counts, places, types, into, counts + outCount, places + outCount, types + outCount,
                communicator.rawValue, &handles.next)
            case .later:
              cmpi_neighbor_alltoallw_init(
                from, counts, places, types, into, counts + outCount, places + outCount, types + outCount,
                communicator.rawValue, &handles.next)
            }
          return handles.keep(code)
        }
      }
    }
  }
}

/// How this MPI exchanges blocks in a ring of one rank or two, if the rank before is that after, too.
///
/// What a rank sends to the one before it must come there as from the one after. `Fault.shortRingsAreSwapped`: an MPI that
/// goes by the order of the blocks takes it for that from before. A ring of this process alone shows it.
@usableFromInline
enum ShortRing {
  @usableFromInline static let isSwapped = probe(nil)
  @usableFromInline static let isSwappedNonblocking = probe(.now)
  @usableFromInline static let isSwappedPersistent =
    MPIEnvironment.supports(.persistentCollectives) && probe(.later)

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
  /// Throws unless there is a count of 0 or more for each neighbor, and they sum to what is there.
  func checkNeighborCounts(
    _ counts: [Int], _ neighbors: [Neighbor], total: Int?, _ operation: StaticString, _ what: StaticString
  ) throws(MPIError) {
    try require(
      counts.count == neighbors.count, .count, operation,
      "\(what): there are \(counts.count) counts and must be one for each of \(neighbors.count) neighbors")
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

  /// Throws if elements are said to come from a neighbor that is not there.
  func checkMissing(_ counts: [Int], _ operation: StaticString) throws(MPIError) {
    for (index, count) in counts.enumerated() where sources[index].rank == nil && count != 0 {
      throw failure(.count, operation, "count \(index) is \(count), and there is no neighbor: it must be 0")
    }
  }

  /// How many elements come from each source, where they tell: one for all their destinations, or one for each.
  ///
  /// C: `MPI_Neighbor_allgather`, `MPI_Neighbor_alltoall`. MPI-3.1, section 7.6.
  func countsFromSources(_ own: [Int], isSame: Bool, _ operation: StaticString) throws(MPIError) -> [Int] {
    // A missing neighbor tells nothing, and so 0.
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
  /// even be read, for not every byte is one that an element can have.
  func present<Element>(_ elements: [Element]) -> [Element?] {
    sources.indices.map { sources[$0].rank == nil ? nil : elements[$0] }
  }
}

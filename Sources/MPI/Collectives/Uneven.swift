// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// What the collectives with a count for each rank share: checks of the counts, their form for MPI, and the way for more
// elements than an `int` can count. That way is MPI_Alltoallw with, for each part, a datatype that holds its length and
// its place: every rank can choose it, because all of them know all the counts.

/// Where the parts of the ranks lie in memory, side by side in rank order.
struct Parts {
  /// The first element of the first part.
  var start: UnsafeMutableRawPointer?
  /// The number of elements of each rank.
  var counts: [Int]
  /// What they are.
  var type: ElementType
  /// A rank whose part is where it belongs already, and is not exchanged.
  var inPlace: Int?
  /// Whether all parts are the same elements, and not side by side.
  var isShared: Bool

  /// Parts side by side in rank order.
  init(start: UnsafeMutableRawPointer?, counts: [Int], type: ElementType, inPlace: Int? = nil, isShared: Bool = false) {
    self.start = start
    self.counts = counts
    self.type = type
    self.inPlace = inPlace
    self.isShared = isShared
  }

  /// The same part for every rank.
  init(repeating start: UnsafeMutableRawPointer?, count: Int, type: ElementType, ranks: Int, inPlace: Int?) {
    self.start = start
    self.counts = Array(repeating: count, count: ranks)
    self.type = type
    self.inPlace = inPlace
    self.isShared = true
  }

  /// How many elements there are in all.
  var total: Int { counts.reduce(0, +) }

  /// Whether MPI's 32-bit counts and displacements are enough.
  var fits: Bool { type.fits(total) }

  /// Calls `body` with counts and displacements as MPI takes them.
  func withCountsAndDisplacements(
    _ body: (UnsafeMutablePointer<CInt>, UnsafeMutablePointer<CInt>) -> CInt
  ) -> CInt {
    MPI.withCountsAndDisplacements(counts.count, type, { counts[$0] }, body)
  }
}

/// Calls `body` with counts and displacements, as MPI takes them, of parts that lie side by side and fit them.
@inline(__always)
func withCountsAndDisplacements(
  _ ranks: Int, _ type: ElementType, _ count: (Int) -> Int,
  _ body: (UnsafeMutablePointer<CInt>, UnsafeMutablePointer<CInt>) -> CInt
) -> CInt {
  withUnsafeTemporaryAllocation(of: CInt.self, capacity: 2 * ranks) { memory in
    var displacement = 0
    for rank in 0..<ranks {
      let units = count(rank) * type.units
      memory.initializeElement(at: rank, to: CInt(units))
      memory.initializeElement(at: ranks + rank, to: CInt(displacement))
      displacement += units
    }
    return body(memory.baseAddress!, memory.baseAddress! + ranks)
  }
}

extension Communicator {
  /// Throws unless there is a count of 0 or more for each rank, and this rank's own is what it has.
  @usableFromInline
  func checkCounts(
    _ counts: [Int], own: Int?, _ operation: StaticString
  ) throws(MPIError) {
    try require(
      counts.count == size, .count, operation,
      "counts has \(counts.count) entries and must have one for each of \(size) ranks")
    var total = 0
    for (rank, count) in counts.enumerated() {
      let (sum, overflow) = total.addingReportingOverflow(count)
      guard count >= 0, !overflow else {
        throw failure(.count, operation, "counts[\(rank)] is \(count): it must be 0 or more, and so must the sum")
      }
      total = sum
    }
    if let own { try checkCount(own, counts[rank], operation, "this rank's part") }
  }

  /// Throws unless memory that is used in place has as many elements as it must: at the root those of all ranks,
  /// elsewhere this rank's own.
  ///
  /// - Returns: how many each rank has, if all have the same number.
  @usableFromInline
  func checkInPlace(
    _ count: Int, _ root: Int, _ counts: [Int]?, _ operation: StaticString
  ) throws(MPIError) -> Int {
    var share = count
    if let counts {
      try checkCounts(counts, own: nil, operation)
      try checkCount(count, rank == root ? counts.reduce(0, +) : counts[rank], operation, "the memory in place")
    } else if rank == root {
      share = try checkShare(count, of: ranks, operation, "counts")
    }
    return share
  }

  /// The counts of all ranks: those that are known, else what an all-gather of this rank's gives.
  @usableFromInline
  func known(
    _ counts: [Int]?, else own: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> [Int] {
    if let counts { return counts }
    return try allGather(own, file: file, line: line)
  }

  /// Throws unless memory in place on every rank has as many elements as all ranks together.
  ///
  /// - Returns: how many each rank has if all have the same number; nil if `counts` has them.
  @usableFromInline
  func checkAllInPlace(_ count: Int, _ counts: [Int]?, _ operation: StaticString) throws(MPIError) -> Int? {
    if let counts {
      try checkCounts(counts, own: nil, operation)
      try checkCount(count, counts.reduce(0, +), operation, "the memory in place")
      return nil
    }
    return try checkShare(count, of: ranks, operation, "counts")
  }

  /// Calls the plain collective if all parts together fit its counts, else the way for more.
  ///
  /// - Parameters:
  ///   - send: what this rank sends to each, for the other way.
  ///   - receive: where what each sends goes, for the other way.
  ///   - all: the parts that decide, the same on every rank.
  func uneven(_ all: Parts, send: Parts, receive: Parts, _ plain: (Parts) -> CInt) -> CInt {
    all.fits ? plain(all) : exchange(send: send, receive: receive)
  }

  /// Sends a part to each rank and receives one from each, of any length.
  ///
  /// C: `MPI_Alltoallw`. MPI-3.1, section 5.8.
  func exchange(send: Parts, receive: Parts) -> CInt { ExchangePlan(send: send, receive: receive).call(on: self) }

  /// Counts of which one rank alone may have any.
  func counts(of count: Int, at only: Int) -> [Int] {
    (0..<peerCount).map { $0 == only ? count : 0 }
  }
}

/// Counts, places and datatypes of an exchange of parts. A nonblocking exchange needs them to its end.
///
/// C: the arguments of `MPI_Alltoallw`. MPI-3.1, section 5.8.
@usableFromInline
final class ExchangePlan: BlockPlan, @unchecked Sendable {
  /// MPI's code for why a datatype could not be made.
  private(set) var code: CInt = 0
  let send: PlanSide<CInt>
  let receive: PlanSide<CInt>
  /// What keeps the datatypes alive.
  private var made: [AnyObject] = []

  /// - Parameters:
  ///   - start: the memory that is sent from.
  ///   - into: the memory that is received into.
  init(from start: UnsafeMutableRawPointer?, into: UnsafeMutableRawPointer?) {
    (send, receive) = (PlanSide(start), PlanSide(into))
  }

  @usableFromInline
  func call(on communicator: Communicator) -> CInt {
    if code != 0 { return code }
    return MPI_Alltoallw(
      send.start, send.counts, send.places, send.types, receive.start, receive.counts, receive.places, receive.types,
      communicator.rawValue)
  }

  @usableFromInline
  func start(_ start: Start, on communicator: Communicator, _ handles: inout Handles) -> CInt {
    if code != 0 { return code }
    return handles.keep(
      start == .now
        ? MPI_Ialltoallw(
          send.start, send.counts, send.places, send.types, receive.start, receive.counts, receive.places,
          receive.types, communicator.rawValue, &handles.next)
        : cmpi_alltoallw_init(
          send.start, send.counts, send.places, send.types, receive.start, receive.counts, receive.places,
          receive.types, communicator.rawValue, &handles.next))
  }

  /// Adds what a layout selects as the part of the next rank.
  func append(_ node: LayoutNode, to side: PlanSide<CInt>, _ operation: StaticString) throws(MPIError) {
    if node.metrics.byteCount == 0 { return side.append(0, CMPI_BYTE) }
    side.append(1, try node.datatype(operation))
    made.append(node)
  }

  init(send: Parts, receive: Parts) {
    (self.send, self.receive) = (PlanSide(nil), PlanSide(nil))
    // `Fault.equalAddressesAreInPlace`: two empty arrays may have the same address, and so has a rank that sends a part
    // from where it is gathered. So the places of one side are counted from a byte further on.
    fill(self.send, send, from: send.start == receive.start ? 1 : 0)
    fill(self.receive, receive, from: 0)
  }

  /// Lengths and places by rank: as counts if both are small enough, else within a datatype.
  private func fill(_ side: PlanSide<CInt>, _ parts: Parts, from origin: Int) {
    side.start = UnsafeMutableRawPointer(bitPattern: Int(bitPattern: parts.start) + origin)
    var place = -origin
    for (rank, count) in parts.counts.enumerated() {
      let units = rank == parts.inPlace ? 0 : count * parts.type.units
      if units == 0 {
        // `Fault.emptyTypesAreMessages`: an empty part has count 0 at both ends, however far on its place is.
        side.append(0, parts.type.datatype)
      } else if units <= largestCount && place <= largestCount {
        side.append(CInt(units), at: CInt(place), parts.type.datatype)
      } else {
        switch contiguousType(of: units, parts.type, at: place) {
        case .failure(let failure): code = failure.value
        case .success(let type):
          made.append(OwnedDatatype(type))
          side.append(1, type)
        }
      }
      if !parts.isShared { place += count * parts.type.stride }
    }
  }
}

/// What one side of an exchange is given: a number, a place and a datatype for each rank or neighbor. Nothing writes to
/// the lists once they are made, because MPI keeps their addresses.
final class PlanSide<Place: FixedWidthInteger> {
  /// What the places are counted from.
  fileprivate(set) var start: UnsafeMutableRawPointer?
  private(set) var counts: [CInt] = []
  private(set) var places: [Place] = []
  private(set) var types = Array(repeating: CMPI_DATATYPE_NULL, count: 0)

  init(_ start: UnsafeMutableRawPointer?) { self.start = start }

  /// Adds what goes to, or comes from, the next rank.
  func append(_ count: CInt, at place: Place = 0, _ type: MPI_Datatype) {
    counts.append(count)
    places.append(place)
    types.append(type)
  }

  func swapAt(_ one: Int, _ other: Int) {
    counts.swapAt(one, other)
    places.swapAt(one, other)
    types.swapAt(one, other)
  }

  /// A mark that nothing goes out: the memory that is received into is exchanged in place.
  func isInPlace(ranks: Int) {
    start = CMPI_IN_PLACE
    for _ in 0..<ranks { append(0, CMPI_BYTE) }
  }
}

/// Counts and displacements of parts that fit MPI's own, or else the plan of an exchange, for an operation that begins
/// now and ends later. It must live until then.
final class UnevenPlan {
  private var numbers: [CInt] = []
  private let exchange: ExchangePlan?
  private let ranks: Int

  /// - Parameters:
  ///   - all: the parts that decide, the same on every rank.
  ///   - send: what this rank sends to each, for the other way.
  ///   - receive: where what each sends goes, for the other way.
  init(_ all: Parts, send: Parts, receive: Parts) {
    ranks = all.counts.count
    exchange = all.fits ? nil : ExchangePlan(send: send, receive: receive)
    if all.fits {
      numbers = all.counts.map { CInt($0 * all.type.units) }
      var place = 0
      for count in all.counts {
        numbers.append(CInt(place))
        place += count * all.type.units
      }
    }
  }

  /// Calls `plain` with counts and displacements if they fit, else begins the exchange.
  func start(
    _ start: Start, on communicator: Communicator, _ handles: inout Handles,
    _ plain: (UnsafePointer<CInt>, UnsafePointer<CInt>, inout Handles) -> CInt
  ) -> CInt {
    if let exchange { return exchange.start(start, on: communicator, &handles) }
    return numbers.withUnsafeBufferPointer { plain($0.baseAddress!, $0.baseAddress! + ranks, &handles) }
  }
}

/// What must live until an operation has completed, and is only known when it has begun.
@usableFromInline
final class Kept {
  private var plan: Any?

  @usableFromInline
  init() {}

  @usableFromInline
  func keep(_ begun: (code: CInt, plan: Any)) -> CInt {
    plan = begun.plan
    return begun.code
  }
}

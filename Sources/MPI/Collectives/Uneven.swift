import CMPI

// What the collectives with a count for each rank share: checks of the counts, their form for MPI, and the way for more
// elements than an `int` can count. That way is MPI_Alltoallw with, for each part, a datatype that holds its length and its
// place: every rank can choose it, for all of them know all the counts.

/// Where the parts of the ranks lie in memory, side by side in rank order.
struct Parts {
  /// The first element of the first part.
  var start: UnsafeMutableRawPointer?
  /// How many elements each rank has.
  var counts: [Int]
  /// What they are.
  var type: ElementType
  /// A rank whose part is where it belongs already, and is not exchanged.
  var inPlace: Int? = nil

  /// How many elements there are in all.
  var total: Int { counts.reduce(0, +) }

  /// Whether MPI's 32-bit counts and displacements are enough.
  var fits: Bool { total * type.units <= largestCount }

  /// Calls `body` with counts and displacements as MPI takes them.
  func withCountsAndDisplacements(
    _ body: (UnsafeMutablePointer<CInt>, UnsafeMutablePointer<CInt>) -> CInt
  ) -> CInt {
    withUnsafeTemporaryAllocation(of: CInt.self, capacity: 2 * counts.count) { memory in
      var displacement = 0
      for (rank, count) in counts.enumerated() {
        memory.initializeElement(at: rank, to: CInt(count * type.units))
        memory.initializeElement(at: counts.count + rank, to: CInt(displacement))
        displacement += count * type.units
      }
      return body(memory.baseAddress!, memory.baseAddress! + counts.count)
    }
  }
}

extension Communicator {
  /// Throws unless there is a count of 0 or more for each rank, and this rank's own is what it has.
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
  /// - Returns: how many each rank has where they are equally many.
  func checkInPlace(
    _ count: Int, _ root: Int, _ counts: [Int]?, _ operation: StaticString
  ) throws(MPIError) -> Int {
    let share = rank == root ? count / size : count
    if let counts {
      try checkCounts(counts, own: nil, operation)
      try checkCount(count, rank == root ? counts.reduce(0, +) : counts[rank], operation, "the memory in place")
    } else if rank == root {
      try checkCount(count, share * size, operation, "the memory at the root, not a multiple of size,")
    }
    return share
  }

  /// The counts of all ranks: those that are known, else what an all-gather of this rank's gives.
  func known(_ counts: [Int]?, else own: Int) throws(MPIError) -> [Int] {
    if let counts { return counts }
    return try allGather(own)
  }

  /// Calls the plain collective where all parts together fit its counts, else the way for more.
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
  func exchange(send: Parts, receive: Parts) -> CInt {
    var code: CInt = 0
    var made: [MPI_Datatype] = []
    defer { for type in made { free(type) } }

    // Lengths and places by rank: as counts where both are small enough, else within a datatype.
    var counts = [CInt](repeating: 0, count: 2 * size)
    var places = [CInt](repeating: 0, count: 2 * size)
    var types = Array(repeating: CMPI_DATATYPE_NULL, count: 2 * size)
    for (side, parts) in [send, receive].enumerated() {
      var place = 0
      for (rank, count) in parts.counts.enumerated() {
        let slot = side * size + rank
        let units = rank == parts.inPlace ? 0 : count * parts.type.units
        if units <= largestCount && place <= largestCount {
          counts[slot] = CInt(units)
          places[slot] = CInt(place)
          types[slot] = parts.type.datatype
        } else {
          switch contiguousType(of: units, parts.type, at: place) {
          case .failure(let failure): code = failure.value
          case .success(let type):
            made.append(type)
            counts[slot] = 1
            types[slot] = type
          }
        }
        place += count * parts.type.stride
      }
    }
    if code != 0 { return code }
    let sendTypes = Array(types[..<size])
    let receiveTypes = Array(types[size...])
    return MPI_Alltoallw(
      send.start, Array(counts[..<size]), Array(places[..<size]), sendTypes,
      receive.start, Array(counts[size...]), Array(places[size...]), receiveTypes, rawValue)
  }

  /// Counts of which one rank alone may have any.
  func counts(of count: Int, at only: Int) -> [Int] {
    (0..<size).map { $0 == only ? count : 0 }
  }
}

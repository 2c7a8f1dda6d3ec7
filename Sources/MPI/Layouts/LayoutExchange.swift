import CMPI

// Collectives with a layout for each rank. MPI has one that takes as many datatypes as there are ranks, MPI_Alltoallw;
// the others are made of it, with nothing for the ranks that take no part.

extension Communicator {
  /// How many blocks of several layouts are looked at, one by one, for some that overlap.
  private static var runLimit: Int { 1 << 12 }

  /// Sends a piece to each rank and receives one from each, by layouts.
  ///
  /// C: `MPI_Alltoallw`. MPI-3.1, section 5.8.
  ///
  /// - Parameter send: what goes out, or nil for what `receive` names, in place.
  @usableFromInline
  func exchange(
    _ out: UnsafeRawPointer?, send: [LayoutPiece]?, _ into: UnsafeMutableRawPointer?, receive: [LayoutPiece]
  ) -> CInt {
    let places = [CInt](repeating: 0, count: size)
    var sendTypes = Array(repeating: CMPI_DATATYPE_NULL, count: size)
    var receiveTypes = sendTypes
    for rank in 0..<size {
      if let send { sendTypes[rank] = send[rank].type }
      receiveTypes[rank] = receive[rank].type
    }
    let counts = receive.map(\.count)
    return withExtendedLifetime((send, receive)) {
      guard let send else {
        return MPI_Alltoallw(CMPI_IN_PLACE, counts, places, receiveTypes, into, counts, places, receiveTypes, rawValue)
      }
      return MPI_Alltoallw(
        out, send.map(\.count), places, sendTypes, into, counts, places, receiveTypes, rawValue)
    }
  }

  /// Pieces of which one rank alone has one.
  @usableFromInline
  func pieces(_ piece: LayoutPiece, at only: Int) -> [LayoutPiece] { (0..<size).map { $0 == only ? piece : .none } }

  /// What MPI is given for a layout for each rank.
  @inlinable
  func pieces<Element>(
    _ layouts: [Layout<Element>], in count: Int, _ operation: StaticString, _ what: StaticString
  ) throws(MPIError) -> [LayoutPiece] {
    try require(
      layouts.count == size, .count, operation,
      "\(what) has \(layouts.count) layouts and must have one for each of \(size) ranks")
    var pieces: [LayoutPiece] = []
    pieces.reserveCapacity(size)
    for layout in layouts { pieces.append(try piece(layout, in: count, operation)) }
    return pieces
  }

  /// What MPI is given for a layout for each rank, to receive into: no element may take part twice.
  @inlinable
  func receivePieces<Element>(
    _ layouts: [Layout<Element>], in count: Int, _ operation: StaticString, _ what: StaticString
  ) throws(MPIError) -> [LayoutPiece] {
    let pieces = try pieces(layouts, in: count, operation, what)
    for layout in layouts { try checkApart(layout.node, operation) }
    try checkApart(layouts.map(\.node), operation)
    return pieces
  }

  /// Throws if layouts of one memory have an element in common, as far as that can be seen with little effort.
  @usableFromInline
  func checkApart(_ nodes: [LayoutNode], _ operation: StaticString) throws(MPIError) {
    let bounds = nodes.map(\.metrics).filter { $0.byteCount > 0 }.sorted { $0.first < $1.first }
    if zip(bounds, bounds.dropFirst()).allSatisfy({ $1.first >= $0.end }) { return }
    try require(
      !LayoutNode.overlap(of: nodes.map { (0, $0) }, limit: Self.runLimit), .type, operation,
      "the layouts have an element in common: what is received would overwrite itself, which MPI forbids")
  }

  /// Throws unless as much goes out as comes in, of what this rank can see.
  @inlinable
  func checkLengths(
    _ sent: Int, _ received: Int, _ operation: StaticString
  ) throws(MPIError) {
    try require(
      sent == received, .count, operation,
      "\(sent) bytes go out and \(received) are to come in: both sides must have as many elements")
  }
}

import CMPI

extension TopologyCommunicator {
  /// Sends the elements that a layout names to each neighbor, and receives some from each into the places that another names:
  /// the faces of a block of an unstructured mesh, say.
  ///
  /// No message but the elements, no copy by this library. On a grid, ``CartesianCommunicator`` has
  /// ``CartesianCommunicator/exchangeHalo(_:shape:width:corners:file:line:)-(MutableSpan<Element>,_,_,_,_,_)``, which makes the
  /// layouts itself.
  ///
  /// C: `MPI_Neighbor_alltoallw`. MPI-3.1, section 7.6.2.
  ///
  /// - Parameters:
  ///   - elements: the memory that is sent from.
  ///   - layouts: which of its elements go to each of ``destinations``, in their order; they may have some in common.
  ///   - received: the memory that is received into. What would come from a neighbor that is not there is left as it was.
  ///   - receivedLayouts: where those from each of ``sources`` go, in their order; none in common.
  /// - Throws: ``ErrorClass/count`` if there are not two layouts for each neighbor, or one does not lie within its
  ///   memory; ``ErrorClass/type`` if an element is to be received twice; ``ErrorClass/topology`` on a graph with an
  ///   edge that leads one way only.
  @inlinable
  public final func neighborAllToAll<Element: BitwiseCopyable, Received: BitwiseCopyable>(
    _ elements: Span<Element>, layouts: [Layout<Element>], into received: inout MutableSpan<Received>,
    receivedLayouts: [Layout<Received>], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkMutual("neighborAllToAll")
    let send = try neighborPieces(layouts, of: destinations.count, in: elements.count, "what goes out")
    let receive = try neighborPieces(
      receivedLayouts, of: sources.count, in: received.count, "the memory for what comes", areReceived: true)
    try enterCollective("neighborAllToAll", Never.self, file, line)
    let code = elements.withUnsafeBufferPointer { out in
      received.withUnsafeMutableBufferPointer { into in
        exchangeNeighbors(out.baseAddress, send, into.baseAddress, receive)
      }
    }
    try check(code, "neighborAllToAll")
  }

  /// Sends the elements of an array that a layout names to each neighbor, and receives some from each into another array.
  ///
  /// C: `MPI_Neighbor_alltoallw`. MPI-3.1, section 7.6.2. See
  /// ``neighborAllToAll(_:layouts:into:receivedLayouts:file:line:)-(Span<Element>,_,_,_,_,_)``.
  @inlinable
  public final func neighborAllToAll<Element: BitwiseCopyable>(
    _ elements: [Element], layouts: [Layout<Element>], into received: inout [Element],
    receivedLayouts: [Layout<Element>], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      var span = received.mutableSpan
      try neighborAllToAll(
        elements, layouts: layouts, into: &span, receivedLayouts: receivedLayouts, file: file, line: line)
    }
  }

  /// What MPI is given for a layout for each neighbor.
  @inlinable
  final func neighborPieces<Element>(
    _ layouts: [Layout<Element>], of neighbors: Int, in count: Int, _ what: StaticString, areReceived: Bool = false
  ) throws(MPIError) -> [LayoutPiece] {
    let operation: StaticString = "neighborAllToAll"
    try require(
      layouts.count == neighbors, .count, operation,
      "\(what) has \(layouts.count) layouts and must have one for each of \(neighbors) neighbors")
    var pieces: [LayoutPiece] = []
    pieces.reserveCapacity(neighbors)
    for layout in layouts {
      if areReceived { try checkApart(layout.node, operation) }
      pieces.append(try piece(layout, in: count, operation))
    }
    if areReceived { try checkApart(layouts.map(\.node), operation) }
    return pieces
  }

  /// Sends a piece to each destination and receives one from each source.
  ///
  /// C: `MPI_Neighbor_alltoallw`. MPI-3.1, section 7.6.2.
  @usableFromInline
  final func exchangeNeighbors(
    _ out: UnsafeRawPointer?, _ send: [LayoutPiece], _ into: UnsafeMutableRawPointer?, _ receive: [LayoutPiece]
  ) -> CInt {
    var receive = receive
    if !shortRings.isEmpty && ShortRing.isSwapped {
      for ring in shortRings { receive.swapAt(ring, ring + 1) }
    }
    let pieces = send + receive
    let middle = send.count
    return withTemporary(CInt(0), pieces.count) { counts in
      withTemporary(MPI_Aint(0), pieces.count) { places in
        withTemporary(CMPI_DATATYPE_NULL, pieces.count) { types in
          for (index, piece) in pieces.enumerated() {
            counts[index] = piece.count
            types[index] = piece.type
          }
          return withExtendedLifetime(pieces) {
            MPI_Neighbor_alltoallw(
              out, counts, places, types, into, counts + middle, places + middle, types + middle, rawValue)
          }
        }
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// A communicator whose ranks are joined by the edges of a graph.
///
/// ```swift
/// // Each rank names its sources and its destinations.
/// let tree = try world.distributedGraph(sources: children, destinations: parent)
/// let reports = try tree.neighborAllGather(mine)   // those of `children`
/// ```
///
/// A communicator makes one by ``Communicator/graph(neighbors:reorder:file:line:)`` if every rank knows all edges, or
/// by `distributedGraph`, where each gives some. Its neighbors are ``TopologyCommunicator/sources`` and
/// ``TopologyCommunicator/destinations``.
///
/// C: `MPI_Graph_create`, `MPI_Dist_graph_create`, `MPI_Dist_graph_create_adjacent`. MPI-3.1, sections 7.5.3 and 7.5.4.
public final class GraphCommunicator: TopologyCommunicator, @unchecked Sendable {
  /// The weights of the edges from ``TopologyCommunicator/sources``, in their order; nil on a graph without weights.
  ///
  /// C: `MPI_Dist_graph_neighbors`. MPI-3.1, section 7.5.5.
  public let sourceWeights: [Int]?
  /// The weights of the edges to ``TopologyCommunicator/destinations``, in their order; nil on a graph without weights.
  ///
  /// C: `MPI_Dist_graph_neighbors`. MPI-3.1, section 7.5.5.
  public let destinationWeights: [Int]?
  /// The neighbors of every rank in turn; nil on a distributed graph, of which a rank knows only its own.
  ///
  /// C: `MPI_Graphdims_get`, `MPI_Graph_get`, `MPI_Graph_neighbors_count`, `MPI_Graph_neighbors`. MPI-3.1, section
  /// 7.5.5.
  public let neighbors: [[Int]]?

  init(
    _ handle: MPI_Comm, ownership: Ownership, isDistributed: Bool, _ operation: StaticString, _ site: CallSite?
  ) throws(MPIError) {
    if isDistributed {
      let own = try OwnEdges(of: handle, operation)
      neighbors = nil
      sourceWeights = own.sourceWeights
      destinationWeights = own.destinationWeights
      try super.init(
        handle, ownership: ownership, operation, site, sources: own.sources.map { Neighbor($0) },
        destinations: own.destinations.map { Neighbor($0) })
    } else {
      let all = try everyEdge(of: handle, operation)
      var rank: CInt = 0
      try MPI.check(MPI_Comm_rank(handle, &rank), operation)
      let own = all[Int(rank)].map { Neighbor($0) }
      neighbors = all
      sourceWeights = nil
      destinationWeights = nil
      try super.init(
        handle, ownership: ownership, operation, site, sources: own, destinations: own, isMutual: areMutual(all))
    }
  }

  /// A graph that is owned elsewhere, for example by a C library that uses MPI. It is not freed.
  ///
  /// Its error handler becomes `MPI_ERRORS_RETURN`, so that errors can be thrown.
  ///
  /// C: `MPI_Topo_test`, `MPI_Graph_get`, `MPI_Dist_graph_neighbors`. MPI-3.1, section 7.5.5.
  ///
  /// - Parameter handle: a communicator with a graph of either kind that outlives this object.
  /// - Throws: ``ErrorClass/topology`` if it has another topology or none.
  public convenience init(borrowing handle: MPI_Comm) throws(MPIError) {
    let operation: StaticString = "GraphCommunicator.init(borrowing:)"
    let kind = try MPI.topology(of: handle, operation)
    guard kind == .graph || kind == .distributedGraph else {
      throw MPIError(.topology, "the communicator has no graph topology", operation: "\(operation)")
    }
    try self.init(handle, ownership: .borrowed, isDistributed: kind == .distributedGraph, operation, nil)
  }
}

extension Communicator {
  /// Puts the ranks on a graph that every rank knows whole.
  ///
  /// Its size grows with that of the job: for large ones take a distributed graph. Collective.
  ///
  /// ```swift
  /// // A star: rank 0 in the middle.
  /// let star = try world.graph(neighbors: [Array(1..<world.size)] + (1..<world.size).map { _ in [0] })
  /// ```
  ///
  /// An edge may lead one way only; on such a graph the collectives between neighbors throw.
  ///
  /// C: `MPI_Graph_create`. MPI-3.1, section 7.5.3.
  ///
  /// - Parameters:
  ///   - neighbors: those of each rank in turn, the same on every rank. One may be there twice, or be the rank itself.
  ///   - reorder: whether ranks may get new numbers.
  /// - Throws: ``ErrorClass/rank`` for a neighbor that is no rank; ``ErrorClass/topology`` if there is not one list for
  ///   each rank.
  public func graph(
    neighbors: [[Int]], reorder: Bool = false, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> GraphCommunicator {
    guard let graph = try makeGraph(neighbors, reorder, isWhole: true, "graph", file, line) else {
      throw failure(.internal, "graph", "MPI returned no communicator")
    }
    return graph
  }

  /// Puts the first ranks on a graph that needs fewer than there are; the others get nil.
  ///
  /// Collective: a rank that has no place calls it too.
  ///
  /// C: `MPI_Graph_create`. MPI-3.1, section 7.5.3.
  ///
  /// - Parameters:
  ///   - neighbors: those of each rank in turn, the same on every rank; at most `size` lists.
  ///   - reorder: whether ranks may get new numbers.
  /// - Throws: ``ErrorClass/rank`` for a neighbor that the graph has not; ``ErrorClass/topology`` for a graph of more
  ///   ranks than there are, or none.
  public func graphSubset(
    neighbors: [[Int]], reorder: Bool = false, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> GraphCommunicator? {
    try makeGraph(neighbors, reorder, isWhole: false, "graphSubset", file, line)
  }

  /// Throws unless a graph has all ranks, or, where it need not be whole, at most as many, and edges between them.
  func checkGraph(
    _ neighbors: [[Int]], isWhole: Bool, _ operation: StaticString
  ) throws(MPIError) {
    try require(
      isWhole ? neighbors.count == size : (1...size).contains(neighbors.count), .topology, operation,
      """
      neighbors has \(neighbors.count) lists and must have one for each of \
      \(isWhole ? "" : "at most ")\(size) ranks
      """)
    for (rank, others) in neighbors.enumerated() {
      for other in others {
        try require(
          neighbors.indices.contains(other), .rank, operation,
          "rank \(other), a neighbor of \(rank), is out of range: the graph has ranks 0 to \(neighbors.count - 1)")
      }
    }
  }

  /// A graph as MPI takes it: where each rank's neighbors end, and all of them.
  func flattened(_ neighbors: [[Int]]) -> (ends: [CInt], edges: [CInt]) {
    var end: CInt = 0
    let ends = neighbors.map { others in
      end += CInt(others.count)
      return end
    }
    return (ends, neighbors.joined().map { CInt($0) })
  }

  private func makeGraph(
    _ neighbors: [[Int]], _ reorder: Bool, isWhole: Bool, _ operation: StaticString, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> GraphCommunicator? {
    try enterCollective(operation, Never.self, file, line)
    try prepare(operation) { () throws(MPIError) in try checkGraph(neighbors, isWhole: isWhole, operation) }
    let (ends, edges) = flattened(neighbors)
    var handle = CMPI_COMM_NULL
    try check(
      MPI_Graph_create(rawValue, CInt(ends.count), ends, edges, reorder ? 1 : 0, &handle), operation)
    if handle == CMPI_COMM_NULL { return nil }
    return try GraphCommunicator(
      unwrapped(handle), ownership: .owned, isDistributed: false, operation, CallSite(file, line))
  }
}

/// What a rank of a distributed graph knows: its own edges.
private struct OwnEdges {
  var sources: [Int]
  var destinations: [Int]
  var sourceWeights: [Int]?
  var destinationWeights: [Int]?

  init(of handle: MPI_Comm, _ operation: StaticString) throws(MPIError) {
    var (sourceCount, destinationCount, isWeighted): (CInt, CInt, CInt) = (0, 0, 0)
    try MPI.check(
      MPI_Dist_graph_neighbors_count(handle, &sourceCount, &destinationCount, &isWeighted), operation)
    var sources = [CInt](repeating: 0, count: Int(sourceCount))
    var destinations = [CInt](repeating: 0, count: Int(destinationCount))
    var (sourceWeights, destinationWeights) = (sources, destinations)
    try MPI.check(
      MPI_Dist_graph_neighbors(
        handle, sourceCount, &sources, &sourceWeights, destinationCount, &destinations, &destinationWeights),
      operation)
    self.sources = sources.map { Int($0) }
    self.destinations = destinations.map { Int($0) }
    self.sourceWeights = isWeighted == 0 ? nil : sourceWeights.map { Int($0) }
    self.destinationWeights = isWeighted == 0 ? nil : destinationWeights.map { Int($0) }
  }
}

/// The neighbors of every rank of a graph that each rank knows whole.
private func everyEdge(of handle: MPI_Comm, _ operation: StaticString) throws(MPIError) -> [[Int]] {
  var (count, edgeCount): (CInt, CInt) = (0, 0)
  try check(MPI_Graphdims_get(handle, &count, &edgeCount), operation)
  var ends = [CInt](repeating: 0, count: Int(count))
  var edges = [CInt](repeating: 0, count: Int(edgeCount))
  try check(MPI_Graph_get(handle, count, edgeCount, &ends, &edges), operation)
  return ends.indices.map { rank in
    edges[(rank == 0 ? 0 : Int(ends[rank - 1]))..<Int(ends[rank])].map { Int($0) }
  }
}

/// Whether each edge of a graph leads both ways.
private func areMutual(_ neighbors: [[Int]]) -> Bool {
  var back = neighbors.map { _ in [Int]() }
  // In the order of the ranks that they come from, and so sorted.
  for (rank, others) in neighbors.enumerated() {
    for other in others { back[other].append(rank) }
  }
  return zip(neighbors, back).allSatisfy { $0.sorted() == $1 }
}

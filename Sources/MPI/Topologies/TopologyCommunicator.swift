// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The arrangement of the ranks of a communicator.
///
/// C: `MPI_CART`, `MPI_GRAPH`, `MPI_DIST_GRAPH`. MPI-3.1, section 7.5.5.
public enum Topology: Sendable, Hashable {
  /// A grid: ``CartesianCommunicator``.
  case cartesian
  /// A graph that every rank knows whole: ``GraphCommunicator``.
  case graph
  /// A graph of which every rank knows its own neighbors: ``GraphCommunicator``.
  case distributedGraph
}

/// A communicator whose ranks have neighbors: those beside it on a grid, or those that a graph joins it to.
///
/// It is made as a ``CartesianCommunicator`` or a ``GraphCommunicator``, and has what both share: the collectives
/// between neighbors, such as ``neighborAllGather(_:file:line:)``. Their blocks come in the order of ``sources`` and go
/// in that of ``destinations``.
///
/// C: `MPI_Comm` with a topology. MPI-3.1, chapter 7.
public class TopologyCommunicator: Communicator, @unchecked Sendable {
  /// The ranks that this one receives from in a collective between neighbors, in the order of their blocks.
  ///
  /// On a grid, that before and that after along each dimension in turn. At an edge there is none, and a block for it
  /// all the same. A rank that is beside this one on both sides is there twice.
  ///
  /// C: `MPI_Cart_shift`, `MPI_Graph_neighbors`, `MPI_Dist_graph_neighbors_count`, `MPI_Dist_graph_neighbors`. MPI-3.1,
  /// section 7.6.
  public final let sources: [Neighbor]
  /// The ranks that this one sends to, in the order of their blocks. On a grid they are the ``sources``.
  ///
  /// C: `MPI_Cart_shift`, `MPI_Graph_neighbors`, `MPI_Dist_graph_neighbors_count`, `MPI_Dist_graph_neighbors`. MPI-3.1,
  /// section 7.6.
  public final let destinations: [Neighbor]

  /// Which neighbors are that before this rank in a ring of one or two, where that after is the same rank.
  @usableFromInline final let shortRings: [Int]
  /// Whether each rank is a neighbor of its neighbors, as often as they are its own.
  @usableFromInline final let isMutual: Bool

  init(
    _ handle: MPI_Comm, ownership: Ownership, _ operation: StaticString, _ site: CallSite?, sources: [Neighbor],
    destinations: [Neighbor], shortRings: [Int] = [], isMutual: Bool = true
  ) throws(MPIError) {
    self.sources = sources
    self.destinations = destinations
    self.shortRings = shortRings
    self.isMutual = isMutual
    try super.init(handle, ownership: ownership, operation, site)
  }

  /// Throws for elements that can't travel, and on a graph on which a collective between neighbors would hang.
  @inlinable @inline(__always)
  final func checkNeighbors<Element>(_: Element.Type, _ operation: StaticString) throws(MPIError) {
    try checkElement(Element.self, operation)
    try checkMutual(operation)
  }

  /// Throws on a graph on which a collective between neighbors would hang.
  @inlinable @inline(__always)
  final func checkMutual(_ operation: StaticString) throws(MPIError) {
    try require(
      isMutual, .topology, operation,
      """
      the graph has an edge that leads one way only, on which one rank would wait for ever: make it by \
      distributedGraph(sources:destinations:)
      """)
  }
}

extension Communicator {
  /// The arrangement of the ranks; nil if there is none. No message is sent.
  ///
  /// C: `MPI_Topo_test`. MPI-3.1, section 7.5.5.
  public final var topology: Topology? {
    get throws(MPIError) { try MPI.topology(of: rawValue, "topology") }
  }
}

/// What the ranks of a C communicator are arranged on.
func topology(of handle: MPI_Comm, _ operation: StaticString) throws(MPIError) -> Topology? {
  guard handle != CMPI_COMM_NULL else {
    throw MPIError(.communicator, "the handle is MPI_COMM_NULL", operation: "\(operation)")
  }
  var kind: CInt = 0
  try check(MPI_Topo_test(handle, &kind), operation)
  switch kind {
  case CMPI_CART: return .cartesian
  case CMPI_GRAPH: return .graph
  case CMPI_DIST_GRAPH: return .distributedGraph
  default: return nil
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// The rank that MPI would give this process on a grid, were it to choose; nil if it would have no place.
  ///
  /// It is for programs that order the ranks themselves, by ``split(color:key:file:line:)->Communicator``. Collective.
  ///
  /// C: `MPI_Cart_map`. MPI-3.1, section 7.5.8.
  ///
  /// - Parameters:
  ///   - dimensions: how many ranks there are along each dimension; their product is at most `size`. With none, the
  ///     grid has one cell.
  ///   - periodic: for each dimension, whether the last rank is next to the first.
  /// - Throws: ``ErrorClass/dimensions`` if the numbers do not agree.
  public func mappedRank(
    dimensions: [Int], periodic: [Bool], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Int? {
    try checkGrid(dimensions, periodic, isWhole: false, "mappedRank")
    try enterCollective("mappedRank", Never.self, file, line)
    var rank: CInt = 0
    // Not every MPI maps a grid of no dimensions. It has one cell.
    if dimensions.isEmpty {
      try check(0, "mappedRank")
      return self.rank == 0 ? 0 : nil
    }
    try check(
      MPI_Cart_map(
        rawValue, CInt(dimensions.count), dimensions.map { CInt($0) }, periodic.map { $0 ? 1 : 0 }, &rank),
      "mappedRank")
    return place(rank, among: dimensions.reduce(1, *))
  }

  /// The rank that MPI would give this process on a graph, were it to choose; nil if it would have no place.
  ///
  /// Collective.
  ///
  /// C: `MPI_Graph_map`. MPI-3.1, section 7.5.8.
  ///
  /// - Parameter neighbors: those of each rank in turn, as in ``graph(neighbors:reorder:file:line:)``; of at most
  ///   `size`.
  /// - Throws: ``ErrorClass/rank`` for a neighbor that the graph has not; ``ErrorClass/topology`` for a graph of more
  ///   ranks than there are, or none.
  public func mappedRank(
    neighbors: [[Int]], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Int? {
    try checkGraph(neighbors, isWhole: false, "mappedRank")
    try enterCollective("mappedRank", Never.self, file, line)
    var rank: CInt = 0
    let (ends, edges) = flattened(neighbors)
    try check(MPI_Graph_map(rawValue, CInt(neighbors.count), ends, edges, &rank), "mappedRank")
    return place(rank, among: neighbors.count)
  }

  /// A rank that MPI gave, if it is one of the graph's: see `Fault.loneProcessHasAPlaceInGraphs`.
  private func place(_ rank: CInt, among count: Int) -> Int? {
    rank == CMPI_UNDEFINED || Int(rank) >= count ? nil : Int(rank)
  }
}

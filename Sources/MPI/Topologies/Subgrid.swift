// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension CartesianCommunicator {
  /// The part of the grid that goes through this rank along some of the dimensions: its row, its column, its plane.
  ///
  /// ```swift
  /// let row = try grid.subgrid(keeping: [1])   // the ranks with this one's first coordinate
  /// ```
  ///
  /// Collective: the grid falls apart into such parts, and each rank gets its own.
  ///
  /// C: `MPI_Cart_sub`. MPI-3.1, section 7.5.7.
  ///
  /// - Parameter kept: the dimensions that the part has, which it has in the grid's order; the same on every rank. With
  ///   none, each rank is a grid by itself.
  /// - Throws: ``ErrorClass/dimensions`` for a dimension that the grid has not, or one given twice.
  public func subgrid(
    keeping kept: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> CartesianCommunicator {
    var flags = dimensions.map { _ in false }
    for dimension in kept {
      try require(
        dimensions.indices.contains(dimension), .dimensions, "subgrid",
        "dimension \(dimension) is out of range: the grid has \(dimensions.count)")
      try require(!flags[dimension], .dimensions, "subgrid", "dimension \(dimension) is given twice")
      flags[dimension] = true
    }
    return try subgrid(keeping: flags, file: file, line: line)
  }

  /// The part of the grid that goes through this rank along the dimensions that are marked.
  ///
  /// Collective: the grid falls apart into such parts, and each rank gets its own.
  ///
  /// C: `MPI_Cart_sub`. MPI-3.1, section 7.5.7.
  ///
  /// - Parameter kept: for each dimension, whether the part has it; the same on every rank.
  /// - Throws: ``ErrorClass/dimensions`` if there is not one entry for each dimension.
  public func subgrid(
    keeping kept: [Bool], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> CartesianCommunicator {
    try enterCollective("subgrid", Never.self, file, line)
    try prepare("subgrid") { () throws(MPIError) in
      try require(
        kept.count == dimensions.count, .dimensions, "subgrid",
        "keeping has \(kept.count) entries for \(dimensions.count) dimensions")
    }
    var handle = CMPI_COMM_NULL
    try check(MPI_Cart_sub(rawValue, kept.map { $0 ? 1 : 0 }, &handle), "subgrid")
    return try CartesianCommunicator(unwrapped(handle), ownership: .owned, "subgrid", CallSite(file, line))
  }
}

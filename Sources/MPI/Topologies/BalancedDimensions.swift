// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Lengths of a grid of all ranks that are as near to each other as can be, the longest first.
  ///
  /// ```swift
  /// let lengths = try world.balancedDimensions(count: 2)   // 12 ranks: [4, 3]
  /// let grid = try world.cartesian(dimensions: lengths, periodic: [false, false])
  /// ```
  ///
  /// No message is sent.
  ///
  /// C: `MPI_Dims_create`. MPI-3.1, section 7.5.2.
  ///
  /// - Parameter count: how many dimensions; 0 on one rank alone, as a grid of no dimensions has one cell.
  /// - Throws: ``ErrorClass/dimensions`` for less than 0, and for 0 on several ranks.
  public func balancedDimensions(count: Int) throws(MPIError) -> [Int] {
    try require(
      count >= 0, .dimensions, "balancedDimensions", "a grid can't have \(count) dimensions: give 1 or more")
    return try balancedDimensions([Int](repeating: 0, count: count))
  }

  /// Lengths of a grid of all ranks, of which some are given.
  ///
  /// No message is sent.
  ///
  /// C: `MPI_Dims_create`. MPI-3.1, section 7.5.2.
  ///
  /// - Parameter dimensions: the lengths; 0 for one to choose.
  /// - Returns: the lengths, those given as they were; their product is `size`.
  /// - Throws: ``ErrorClass/dimensions`` for a length below 0, and if the given ones do not divide `size`, or, with
  ///   none to choose, are not `size`. No lengths are those of a grid of one rank.
  public func balancedDimensions(_ dimensions: [Int]) throws(MPIError) -> [Int] {
    guard !dimensions.isEmpty else {
      try require(
        size == 1, .dimensions, "balancedDimensions",
        "a grid of no dimensions has one cell, and there are \(size) ranks: give 1 dimension or more")
      return []
    }
    var rest = size
    for length in dimensions where length != 0 {
      try require(
        length > 0 && rest % length == 0, .dimensions, "balancedDimensions",
        "no grid of \(dimensions) has \(size) ranks: the lengths that are given must divide that")
      rest /= length
    }
    try require(
      rest == 1 || dimensions.contains(0), .dimensions, "balancedDimensions",
      "no grid of \(dimensions) has \(size) ranks: put 0 for a length to choose")
    var lengths = dimensions.map { CInt($0) }
    try MPI.check(MPI_Dims_create(CInt(size), CInt(lengths.count), &lengths), "balancedDimensions")
    return lengths.map { Int($0) }
  }
}

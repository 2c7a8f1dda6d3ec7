// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

/// A communicator whose ranks are the cells of a grid.
///
/// ```swift
/// let grid = try world.cartesian(dimensions: [4, 2], periodic: [true, false])
/// let (up, down) = grid.shift(dimension: 1)
/// ```
///
/// C: `MPI_Cart_create` and its variants. MPI-3.1, section 7.5.
public final class CartesianCommunicator: TopologyCommunicator, @unchecked Sendable {
  /// The number of ranks along each dimension.
  ///
  /// C: `MPI_Cartdim_get`, `MPI_Cart_get`. MPI-3.1, section 7.5.5.
  public let dimensions: [Int]
  /// Along which dimensions the last rank is next to the first.
  ///
  /// C: `MPI_Cart_get`. MPI-3.1, section 7.5.5.
  public let periodic: [Bool]
  /// The coordinates of this rank on the grid.
  ///
  /// C: `MPI_Cart_get`, `MPI_Cart_coords`. MPI-3.1, section 7.5.5.
  public let coordinates: [Int]

  /// What halo exchanges on this grid keep from one to the next.
  let halos = Mutex(HaloCache())

  init(
    _ handle: MPI_Comm, ownership: Ownership, _ operation: StaticString, _ site: CallSite?
  ) throws(MPIError) {
    var count: CInt = 0
    try MPI.check(MPI_Cartdim_get(handle, &count), operation)
    // One more than there are, because no dimensions are a grid, too, and their memory must be somewhere.
    var dimensions = [CInt](repeating: 0, count: Int(count) + 1)
    var (periodic, coordinates) = (dimensions, dimensions)
    try MPI.check(MPI_Cart_get(handle, count, &dimensions, &periodic, &coordinates), operation)
    self.dimensions = dimensions.dropLast().map { Int($0) }
    self.periodic = periodic.dropLast().map { $0 != 0 }
    self.coordinates = coordinates.dropLast().map { Int($0) }

    var around: [Neighbor] = []
    var shortRings: [Int] = []
    for dimension in self.dimensions.indices {
      if self.periodic[dimension] && self.dimensions[dimension] <= 2 { shortRings.append(around.count) }
      for distance in [-1, 1] {
        var place = self.coordinates
        place[dimension] += distance
        around.append(Neighbor(gridRank(at: place, self.dimensions, self.periodic)))
      }
    }
    try super.init(
      handle, ownership: ownership, operation, site, sources: around, destinations: around, shortRings: shortRings)
  }

  /// A grid that is owned elsewhere, for example by a C library that uses MPI. It is not freed.
  ///
  /// Its error handler becomes `MPI_ERRORS_RETURN`, so that errors can be thrown.
  ///
  /// C: `MPI_Topo_test`, `MPI_Cartdim_get`, `MPI_Cart_get`. MPI-3.1, section 7.5.5.
  ///
  /// - Parameter handle: a communicator with a Cartesian topology that outlives this object.
  /// - Throws: ``ErrorClass/topology`` if it has another topology or none.
  public convenience init(borrowing handle: MPI_Comm) throws(MPIError) {
    let operation: StaticString = "CartesianCommunicator.init(borrowing:)"
    guard try MPI.topology(of: handle, operation) == .cartesian else {
      throw MPIError(.topology, "the communicator has no Cartesian topology", operation: "\(operation)")
    }
    try self.init(handle, ownership: .borrowed, operation, nil)
  }

  deinit {
    if let channel = halos.withLock({ $0.channel }).value { Runtime.release(.communicator(channel)) }
  }

  /// The ranks before and after this one along a dimension; at the edge of a grid that is not periodic, none.
  ///
  /// No message is sent.
  ///
  /// C: `MPI_Cart_shift`. MPI-3.1, section 7.5.6.
  ///
  /// - Parameters:
  ///   - dimension: below the number of dimensions.
  ///   - distance: how many steps away.
  /// - Returns: the neighbor `distance` steps before, and that after.
  public func shift(dimension: Int, by distance: Int = 1) -> (before: Neighbor, after: Neighbor) {
    demand(
      dimensions.indices.contains(dimension), "shift: dimension \(dimension) of a grid of \(dimensions.count)")
    return (neighbor(dimension, -distance), neighbor(dimension, distance))
  }

  /// The rank at a place of the grid, or nil if the place is off it. No message is sent.
  ///
  /// C: `MPI_Cart_rank`. MPI-3.1, section 7.5.5.
  ///
  /// - Parameter coordinates: one for each dimension. Along a periodic one any number is a place; it wraps around.
  public func rank(at coordinates: [Int]) -> Int? {
    demand(
      coordinates.count == dimensions.count,
      "rank(at:): \(coordinates.count) coordinates on a grid of \(dimensions.count) dimensions")
    return gridRank(at: coordinates, dimensions, periodic)
  }

  /// Returns the coordinates of a rank on the grid. No message is sent.
  ///
  /// C: `MPI_Cart_coords`. MPI-3.1, section 7.5.5.
  ///
  /// - Parameter rank: a rank of this communicator.
  /// - Throws: ``ErrorClass/rank`` for a rank that the grid has not.
  public func coordinates(of rank: Int) throws(MPIError) -> [Int] {
    guard (0..<size).contains(rank) else { throw rankFailure(rank, "coordinates(of:)") }
    var rest = rank
    var place = dimensions
    for dimension in dimensions.indices.reversed() {
      (rest, place[dimension]) = rest.quotientAndRemainder(dividingBy: dimensions[dimension])
    }
    return place
  }

  private func neighbor(_ dimension: Int, _ distance: Int) -> Neighbor {
    var place = coordinates
    place[dimension] += distance
    return Neighbor(rank(at: place))
  }
}

/// The rank at a place: MPI numbers the cells of every grid row by row.
private func gridRank(at coordinates: [Int], _ dimensions: [Int], _ periodic: [Bool]) -> Int? {
  var rank = 0
  for (index, coordinate) in coordinates.enumerated() {
    let length = dimensions[index]
    guard periodic[index] || (0..<length).contains(coordinate) else { return nil }
    rank = rank * length + ((coordinate % length) + length) % length
  }
  return rank
}

extension Communicator {
  /// Puts the ranks on a grid.
  ///
  /// Collective. MPI may give ranks new numbers, to bring neighbors on the grid near each other on the machine.
  ///
  /// C: `MPI_Cart_create`. MPI-3.1, section 7.5.1.
  ///
  /// A grid of no dimensions has one cell, without neighbors: `[]` is a grid of one rank.
  ///
  /// - Parameters:
  ///   - dimensions: how many ranks there are along each dimension; their product is `size`. See
  ///     ``balancedDimensions(count:)``.
  ///   - periodic: for each dimension, whether the last rank is next to the first.
  ///   - reorder: whether ranks may get new numbers.
  /// - Throws: ``ErrorClass/dimensions`` if the numbers do not agree.
  public func cartesian(
    dimensions: [Int], periodic: [Bool], reorder: Bool = true, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> CartesianCommunicator {
    guard let grid = try makeGrid(dimensions, periodic, reorder, isWhole: true, "cartesian", file, line) else {
      throw failure(.internal, "cartesian", "MPI returned no communicator")
    }
    return grid
  }

  /// Puts the first ranks on a grid that needs fewer than there are; the others get nil.
  ///
  /// Collective: a rank that has no place calls it too.
  ///
  /// C: `MPI_Cart_create`. MPI-3.1, section 7.5.1.
  ///
  /// - Parameters:
  ///   - dimensions: how many ranks there are along each dimension; their product is at most `size`. With none, the
  ///     grid has one cell.
  ///   - periodic: for each dimension, whether the last rank is next to the first.
  ///   - reorder: whether ranks may get new numbers.
  /// - Throws: ``ErrorClass/dimensions`` if the numbers do not agree.
  public func cartesianSubset(
    dimensions: [Int], periodic: [Bool], reorder: Bool = true, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> CartesianCommunicator? {
    try makeGrid(dimensions, periodic, reorder, isWhole: false, "cartesianSubset", file, line)
  }

  /// Throws unless a grid has as many cells as there are ranks, or, where it need not be whole, at most as many.
  func checkGrid(
    _ dimensions: [Int], _ periodic: [Bool], isWhole: Bool, _ operation: StaticString
  ) throws(MPIError) {
    var cells = 1
    for length in dimensions {
      let (product, overflow) = cells.multipliedReportingOverflow(by: length)
      cells = overflow || length < 1 ? 0 : product
    }
    try require(
      isWhole ? cells == size : (1...size).contains(cells), .dimensions, operation,
      "a grid of \(dimensions) is not one of \(isWhole ? "" : "at most ")\(size) ranks"
        + (dimensions.isEmpty ? ": without dimensions it has one cell, and cartesianSubset gives it to one rank" : ""))
    try require(
      periodic.count == dimensions.count, .dimensions, operation,
      "periodic has \(periodic.count) entries for \(dimensions.count) dimensions")
  }

  private func makeGrid(
    _ dimensions: [Int], _ periodic: [Bool], _ reorder: Bool, isWhole: Bool, _ operation: StaticString,
    _ file: StaticString, _ line: Int
  ) throws(MPIError) -> CartesianCommunicator? {
    try enterCollective(operation, Never.self, file, line)
    try prepare(operation) { () throws(MPIError) in
      try checkGrid(dimensions, periodic, isWhole: isWhole, operation)
    }
    var handle = CMPI_COMM_NULL
    try check(
      MPI_Cart_create(
        rawValue, CInt(dimensions.count), dimensions.map { CInt($0) }, periodic.map { $0 ? 1 : 0 }, reorder ? 1 : 0,
        &handle), operation)
    if handle == CMPI_COMM_NULL { return nil }
    return try CartesianCommunicator(unwrapped(handle), ownership: .owned, operation, CallSite(file, line))
  }
}

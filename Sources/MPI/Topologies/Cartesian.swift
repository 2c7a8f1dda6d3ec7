import CMPI

/// A communicator whose ranks are the cells of a grid.
///
/// ```swift
/// let grid = try world.cartesian(dimensions: [4, 2], periodic: [true, false])
/// let (up, down) = grid.shift(dimension: 1)
/// ```
///
/// C: `MPI_Cart_create` and its kin. MPI-3.1, section 7.5.
public final class CartesianCommunicator: Communicator, @unchecked Sendable {
  /// How many ranks there are along each dimension.
  ///
  /// C: `MPI_Cartdim_get`, `MPI_Cart_get`. MPI-3.1, section 7.5.5.
  public let dimensions: [Int]
  /// Along which dimensions the last rank is next to the first.
  ///
  /// C: `MPI_Cart_get`. MPI-3.1, section 7.5.5.
  public let periodic: [Bool]
  /// Where this rank is on the grid.
  ///
  /// C: `MPI_Cart_coords`. MPI-3.1, section 7.5.5.
  public let coordinates: [Int]

  fileprivate init(_ handle: MPI_Comm, dimensions: [Int], periodic: [Bool], _ site: CallSite) throws(MPIError) {
    var rank: CInt = 0
    try MPI.check(MPI_Comm_rank(handle, &rank), "cartesian")
    var coordinates = [CInt](repeating: 0, count: dimensions.count)
    try MPI.check(MPI_Cart_coords(handle, rank, CInt(dimensions.count), &coordinates), "cartesian")
    self.dimensions = dimensions
    self.periodic = periodic
    self.coordinates = coordinates.map { Int($0) }
    try super.init(handle, ownership: .owned, "cartesian", site)
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
    precondition(
      dimensions.indices.contains(dimension), "shift: dimension \(dimension) of a grid of \(dimensions.count)")
    return (neighbor(dimension, -distance), neighbor(dimension, distance))
  }

  /// The rank at a place of the grid, or nil where the place is off it.
  ///
  /// C: `MPI_Cart_rank`. MPI-3.1, section 7.5.5.
  public func rank(at coordinates: [Int]) -> Int? {
    precondition(
      coordinates.count == dimensions.count,
      "rank(at:): \(coordinates.count) coordinates on a grid of \(dimensions.count) dimensions")
    var rank = 0
    for (index, coordinate) in coordinates.enumerated() {
      let length = dimensions[index]
      guard periodic[index] || (0..<length).contains(coordinate) else { return nil }
      rank = rank * length + ((coordinate % length) + length) % length
    }
    return rank
  }

  private func neighbor(_ dimension: Int, _ distance: Int) -> Neighbor {
    var place = coordinates
    place[dimension] += distance
    return Neighbor(rank(at: place))
  }
}

extension Communicator {
  /// Puts the ranks on a grid.
  ///
  /// Collective. MPI may give ranks new numbers, to bring neighbors on the grid near each other on the machine.
  ///
  /// C: `MPI_Cart_create`. MPI-3.1, section 7.5.1.
  ///
  /// - Parameters:
  ///   - dimensions: how many ranks there are along each dimension; their product is `size`.
  ///   - periodic: for each dimension, whether the last rank is next to the first.
  ///   - reorder: whether ranks may get new numbers.
  /// - Throws: ``ErrorClass/dimensions`` where the numbers do not agree.
  public func cartesian(
    dimensions: [Int], periodic: [Bool], reorder: Bool = true, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> CartesianCommunicator {
    // Divided down, for a product might be too large to count.
    let rest = dimensions.reduce(size) { $1 > 0 && $0 % $1 == 0 ? $0 / $1 : 0 }
    try require(
      !dimensions.isEmpty && rest == 1, .dimensions, "cartesian", "a grid of \(dimensions) is not one of \(size) ranks")
    try require(
      periodic.count == dimensions.count, .dimensions, "cartesian",
      "periodic has \(periodic.count) entries for \(dimensions.count) dimensions")
    try enterCollective("cartesian", Never.self, file, line)
    var handle = CMPI_COMM_NULL
    try check(
      MPI_Cart_create(
        rawValue, CInt(dimensions.count), dimensions.map { CInt($0) }, periodic.map { $0 ? 1 : 0 }, reorder ? 1 : 0,
        &handle), "cartesian")
    return try CartesianCommunicator(
      unwrapped(handle), dimensions: dimensions, periodic: periodic, CallSite(file, line))
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// In which order the elements of an array of several dimensions lie in memory.
///
/// C: `MPI_ORDER_C`, `MPI_ORDER_FORTRAN`. MPI-3.1, section 4.1.3.
public enum ArrayOrder: Sendable, Hashable {
  /// The last index changes from one element to the next: row by row, as in C, Swift and NumPy.
  case rowMajor
  /// The first index does: column by column, as in Fortran, MATLAB and Julia.
  case columnMajor

  var constant: CInt { self == .rowMajor ? CMPI_ORDER_C : CMPI_ORDER_FORTRAN }
}

/// The distribution of the indices along a dimension of an array over the ranks along a dimension of a grid.
///
/// C: `MPI_DISTRIBUTE_BLOCK` and its variants. MPI-3.1, section 4.1.4.
public enum ArrayDistribution: Sendable, Hashable {
  /// A run of indices to each: all of one length but the last ones, which are shorter, or empty.
  case block
  /// Runs of a length are dealt out in turn, like cards. A length of 1 is a cyclic distribution.
  case cyclic(Int)
  /// All indices to each. The grid has one rank along this dimension.
  case whole
}

extension Layout {
  /// A block of an array of several dimensions.
  ///
  /// ```swift
  /// // Rows 2 to 5 and columns 10 to 19 of a matrix of 100 × 40.
  /// let block = try Layout<Double>.subarray(shape: [100, 40], start: [2, 10], extent: [4, 10])
  /// ```
  ///
  /// Its extent is that of the whole array, so that copies of it, one after another, are the same block of arrays side
  /// by side.
  ///
  /// C: `MPI_Type_create_subarray`. MPI-3.1, section 4.1.3.
  ///
  /// - Parameters:
  ///   - shape: the array's lengths.
  ///   - start: where the block begins, an index for each dimension.
  ///   - extent: the block's lengths. Any may be 0, and the block is empty then.
  ///   - order: how the array lies in memory.
  ///   - layout: what the array is of; single elements unless given.
  /// - Throws: ``ErrorClass/dimensions`` if the numbers of dimensions differ, or the block is not within the array.
  public static func subarray(
    shape: [Int], start: [Int], extent: [Int], order: ArrayOrder = .rowMajor, of layout: Layout? = nil
  ) throws(MPIError) -> Layout {
    let operation: StaticString = "Layout.subarray"
    try checkShape(shape, start.count == shape.count && extent.count == shape.count, operation)
    for (index, length) in shape.enumerated() {
      guard start[index] >= 0, extent[index] >= 0, start[index] <= length - extent[index] else {
        throw MPIError(
          .dimensions,
          "in dimension \(index), \(extent[index]) indices from \(start[index]) are not within an array of \(length)",
          operation: "\(operation)")
      }
    }
    let runs = zip(start, extent).map { [ArrayRuns(start: $0, length: $1, count: 1, distance: 0)] }
    return try part(
      LayoutArrayPart(shape: shape, order: order, kind: .subarray(start: start, extent: extent), runs: runs), layout,
      operation)
  }

  /// A block of an array of several dimensions, by ranges of indices.
  ///
  /// ```swift
  /// let rows = world.block(of: 100)
  /// let mine = try Layout<Double>.subarray(shape: [100, 40], ranges: [rows, 0..<20])
  /// ```
  ///
  /// C: `MPI_Type_create_subarray`. MPI-3.1, section 4.1.3. See ``subarray(shape:start:extent:order:of:)``.
  public static func subarray(
    shape: [Int], ranges: [Range<Int>], order: ArrayOrder = .rowMajor, of layout: Layout? = nil
  ) throws(MPIError) -> Layout {
    try subarray(
      shape: shape, start: ranges.map(\.lowerBound), extent: ranges.map(\.count), order: order, of: layout)
  }

  /// The part of a block- or cyclically-distributed array that one rank of a process grid owns, as in High Performance
  /// Fortran and ScaLAPACK.
  ///
  /// C: `MPI_Type_create_darray`. MPI-3.1, section 4.1.4.
  ///
  /// - Parameters:
  ///   - shape: the array's lengths.
  ///   - distributions: how each dimension is dealt out.
  ///   - grid: how many ranks there are along each dimension. Ranks are numbered row by row, as those of
  ///     ``Communicator/cartesian(dimensions:periodic:reorder:file:line:)`` are, whatever the array's order.
  ///   - rank: the rank whose part it is.
  ///   - order: how the array lies in memory.
  ///   - layout: what the array is of; single elements unless given.
  /// - Throws: ``ErrorClass/dimensions`` if the numbers of dimensions differ or one is wrong; ``ErrorClass/rank`` for a
  ///   rank that the grid has not.
  public static func distributed(
    shape: [Int], as distributions: [ArrayDistribution], over grid: [Int], rank: Int, order: ArrayOrder = .rowMajor,
    of layout: Layout? = nil
  ) throws(MPIError) -> Layout {
    let operation: StaticString = "Layout.distributed"
    try checkShape(shape, distributions.count == shape.count && grid.count == shape.count, operation)
    var size = 1
    for (index, ranks) in grid.enumerated() {
      var isRight = ranks > 0
      if case .cyclic(let length) = distributions[index], length < 1 { isRight = false }
      if distributions[index] == .whole && ranks != 1 { isRight = false }
      guard isRight else {
        throw MPIError(
          .dimensions, "in dimension \(index), \(ranks) ranks can't share .\(distributions[index])",
          operation: "\(operation)")
      }
      size = try LayoutArithmetic(operation).product(size, ranks)
    }
    guard (0..<size).contains(rank) else {
      throw MPIError(
        .rank, "rank \(rank) is out of range: a grid of \(grid) has ranks 0 to \(size - 1)", operation: "\(operation)")
    }
    var place = rank
    var runs: [[ArrayRuns]] = []
    var blocks: [Int] = []
    for index in shape.indices.reversed() {
      let block = distributions[index].blockLength(shape[index], grid[index])
      runs.append(ArrayRuns.dealt(shape[index], block, to: place % grid[index], of: grid[index]))
      blocks.append(block)
      place /= grid[index]
    }
    let kind = LayoutArrayPart.Kind.distributed(
      distributions, blocks: Array(blocks.reversed()), grid: grid, rank: rank)
    return try part(
      LayoutArrayPart(shape: shape, order: order, kind: kind, runs: Array(runs.reversed())), layout, operation)
  }

  private static func checkShape(_ shape: [Int], _ isSameRank: Bool, _ operation: StaticString) throws(MPIError) {
    guard isSameRank, !shape.isEmpty, shape.allSatisfy({ $0 >= 0 }) else {
      throw MPIError(
        .dimensions, "an array of \(shape) needs lengths of 0 or more, and as many of everything else as dimensions",
        operation: "\(operation)")
    }
  }

  private static func part(
    _ part: LayoutArrayPart, _ layout: Layout?, _ operation: StaticString
  ) throws(MPIError) -> Layout {
    let unit = try unit(layout, operation)
    return try Layout(.part(part, of: unit, lowered: part.lowered(unit, operation)), operation)
  }
}

extension ArrayDistribution {
  /// How long the runs are that are dealt out.
  fileprivate func blockLength(_ length: Int, _ ranks: Int) -> Int {
    switch self {
    case .block: max((length + ranks - 1) / ranks, 1)
    case .cyclic(let block): block
    case .whole: max(length, 1)
    }
  }

  fileprivate var constant: CInt {
    switch self {
    case .block: CMPI_DISTRIBUTE_BLOCK
    case .cyclic: CMPI_DISTRIBUTE_CYCLIC
    case .whole: CMPI_DISTRIBUTE_NONE
    }
  }
}

/// Equally long runs of indices along one dimension.
struct ArrayRuns {
  var start: Int
  var length: Int
  var count: Int
  var distance: Int

  /// What falls to one of `ranks` when runs of `block` indices are dealt out: whole runs, then what is left of one.
  static func dealt(_ length: Int, _ block: Int, to place: Int, of ranks: Int) -> [ArrayRuns] {
    let (start, startOverflow) = place.multipliedReportingOverflow(by: block)
    guard !startOverflow, start < length else { return [] }
    let (round, overflow) = ranks.multipliedReportingOverflow(by: block)
    // A round longer than the array is the only one.
    let distance = overflow ? length : min(round, length)
    let whole = length - start < block ? 0 : (length - start - block) / distance + 1
    let next = start + whole * distance
    var runs: [ArrayRuns] = []
    if whole > 0 { runs.append(ArrayRuns(start: start, length: block, count: whole, distance: distance)) }
    if next < length { runs.append(ArrayRuns(start: next, length: length - next, count: 1, distance: 0)) }
    return runs
  }
}

/// A part of an array of several dimensions: the same runs of indices along each dimension, all combined.
struct LayoutArrayPart {
  enum Kind {
    case subarray(start: [Int], extent: [Int])
    case distributed([ArrayDistribution], blocks: [Int], grid: [Int], rank: Int)
  }

  var shape: [Int]
  var order: ArrayOrder
  var kind: Kind
  var runs: [[ArrayRuns]]

  /// The same by simpler shapes, one within the other, the dimension that changes fastest innermost.
  func lowered(_ unit: LayoutNode, _ operation: StaticString) throws(MPIError) -> LayoutNode {
    let arithmetic = LayoutArithmetic(operation)
    let dimensions = order == .rowMajor ? Array(shape.indices.reversed()) : Array(shape.indices)
    var node = unit
    var step = unit.metrics.extent
    for dimension in dimensions {
      let parts = try runs[dimension].map { (run) throws(MPIError) in
        let block = try LayoutNode(.repeated(node, count: run.length, distance: step), operation)
        let distance = try arithmetic.product(run.distance, step)
        let all =
          run.count == 1
          ? block : try LayoutNode(.repeated(block, count: run.count, distance: distance), operation)
        return (place: try arithmetic.product(run.start, step), layout: all)
      }
      node = try LayoutNode(.combined(parts), operation)
      step = try arithmetic.product(step, shape[dimension])
    }
    return try LayoutNode(.resized(node, lower: 0, extent: step), operation)
  }

  /// Whether MPI's own constructor can count it.
  var fits: Bool {
    switch kind {
    case .subarray: shape.allSatisfy { $0 <= largestCount }
    case .distributed(_, let blocks, let grid, _):
      shape.allSatisfy { $0 <= largestCount } && blocks.allSatisfy { $0 <= largestCount }
        && grid.reduce(1, *) <= largestCount
    }
  }

  /// MPI's datatype.
  func datatype(of element: MPI_Datatype) throws(MPIError) -> MPI_Datatype {
    func ints(_ values: [Int]) -> [CInt] { values.map { CInt($0) } }
    var type = CMPI_DATATYPE_NULL
    let count = CInt(shape.count)
    let code =
      switch kind {
      case .subarray(let start, let extent):
        MPI_Type_create_subarray(count, ints(shape), ints(extent), ints(start), order.constant, element, &type)
      case .distributed(let distributions, let blocks, let grid, let rank):
        MPI_Type_create_darray(
          CInt(grid.reduce(1, *)), CInt(rank), count, ints(shape), distributions.map(\.constant), ints(blocks),
          ints(grid), order.constant, element, &type)
      }
    try check(code, "Layout")
    return unwrapped(type)
  }
}

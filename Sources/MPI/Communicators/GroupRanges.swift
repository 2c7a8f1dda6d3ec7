// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Ranks at equal distances: 0, 3, 6, …
///
/// ```swift
/// let everyThird = try world.group.including(ranges: [RankRange(0...world.size - 1, by: 3)])
/// ```
///
/// C: a triplet of `MPI_Group_range_incl`. MPI-3.1, section 6.3.2.
public struct RankRange: Sendable, Hashable {
  /// The first rank.
  public var first: Int
  /// The rank that none goes beyond.
  public var last: Int
  /// The distance from one rank to the next; below 0 if they go down.
  public var stride: Int

  /// From a rank to another, which may be before it if the stride is below 0.
  ///
  /// - Parameters:
  ///   - first: the first rank.
  ///   - last: the rank that none goes beyond.
  ///   - stride: the distance from one rank to the next, not 0; below 0 if they go down.
  public init(from first: Int, through last: Int, by stride: Int = 1) {
    self.first = first
    self.last = last
    self.stride = stride
  }

  /// The ranks in `range`, taking every `stride`-th one.
  ///
  /// - Parameters:
  ///   - range: the first rank, and the one that none goes beyond.
  ///   - stride: the distance from one rank to the next, above 0.
  public init(_ range: ClosedRange<Int>, by stride: Int = 1) {
    self.init(from: range.lowerBound, through: range.upperBound, by: stride)
  }
}

extension Group {
  /// The group without processes.
  ///
  /// C: `MPI_GROUP_EMPTY`. MPI-3.1, section 6.2.1.
  public static var empty: Group {
    get throws(MPIError) { try Group(CMPI_GROUP_EMPTY) }
  }

  /// Whether it has no processes.
  public var isEmpty: Bool { size == 0 }

  /// The processes of all the ranges, in that order.
  ///
  /// C: `MPI_Group_range_incl`. MPI-3.1, section 6.3.2.
  ///
  /// - Parameter ranges: ranks in this group. No rank may be in them twice.
  /// - Throws: ``ErrorClass/rank`` for a rank that the group has not, or one that is there twice;
  ///   ``ErrorClass/argument`` for a stride of 0, or one that leads away from the last rank.
  public func including(ranges: [RankRange]) throws(MPIError) -> Group {
    var triplets = try triplets(ranges, "Group.including")
    var handle = CMPI_GROUP_NULL
    let code = withTriplets(&triplets) { MPI_Group_range_incl(rawValue, CInt(ranges.count), $0, &handle) }
    try MPI.check(code, "Group.including")
    return try Group(unwrapped(handle))
  }

  /// The processes that are in none of the ranges, in their order.
  ///
  /// C: `MPI_Group_range_excl`. MPI-3.1, section 6.3.2.
  ///
  /// - Parameter ranges: the ranks in this group to leave out. No rank may be in them twice.
  /// - Throws: as ``including(ranges:)``.
  public func excluding(ranges: [RankRange]) throws(MPIError) -> Group {
    var triplets = try triplets(ranges, "Group.excluding")
    var handle = CMPI_GROUP_NULL
    let code = withTriplets(&triplets) { MPI_Group_range_excl(rawValue, CInt(ranges.count), $0, &handle) }
    try MPI.check(code, "Group.excluding")
    return try Group(unwrapped(handle))
  }

  /// The numbers of the ranges one after the other, once they are checked.
  private func triplets(_ ranges: [RankRange], _ operation: StaticString) throws(MPIError) -> [CInt] {
    var seen = Set<Int>()
    for range in ranges {
      let (first, last, stride) = (range.first, range.last, range.stride)
      guard stride != 0, first == last || (first < last) == (stride > 0) else {
        throw MPIError(
          .argument, "from rank \(first) no steps of \(stride) lead to rank \(last)", operation: "\(operation)")
      }
      guard (0..<size).contains(first), (0..<size).contains(last) else {
        throw MPIError(
          .rank, "the range from rank \(first) to rank \(last) is out of range: the group has \(size) processes",
          operation: "\(operation)")
      }
      for rank in Swift.stride(from: first, through: last, by: stride) {
        guard seen.insert(rank).inserted else {
          throw MPIError(.rank, "rank \(rank) is in the ranges twice", operation: "\(operation)")
        }
      }
    }
    // A stride past the group is as good as one to its end, and fits.
    return ranges.flatMap { [CInt($0.first), CInt($0.last), CInt(max(-size, min(size, $0.stride)))] }
  }

  /// Calls `body` with the numbers as MPI takes them: three at a time.
  private func withTriplets(
    _ triplets: inout [CInt], _ body: (UnsafeMutablePointer<(CInt, CInt, CInt)>?) -> CInt
  ) -> CInt {
    triplets.withUnsafeMutableBytes { bytes in
      body(bytes.baseAddress?.assumingMemoryBound(to: (CInt, CInt, CInt).self))
    }
  }
}

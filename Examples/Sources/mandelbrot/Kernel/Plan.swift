// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What is to be computed: the part of the plane, the pixels that show it, and how far to iterate.
///
/// It has no pointers, so that it travels between ranks as it lies in memory.
struct Plan: BitwiseCopyable, Equatable, Sendable {
  /// The point of the plane in the middle of the picture.
  var center: Center

  /// The width of the picture in the plane. The height follows from the picture's size: pixels are square.
  var width: Double

  /// The picture's width and height in pixels.
  var size: Size

  /// The number of iterations after which a point that has not escaped counts as one of the set.
  var iterations: Int

  /// How the rows are shared among the ranks.
  var schedule: Schedule

  /// The distance of neighboring pixels in the plane.
  var pixelWidth: Double { width / Double(size.width) }

  /// The real part of the points in a column: of the pixels' centers.
  ///
  /// It is worked out from the column's number alone, so that it's the same on whichever rank, and columns that mirror
  /// each other have exactly mirrored distances from the center.
  func real(column: Int) -> Double {
    center.real + Double(2 * column + 1 - size.width) * (pixelWidth / 2)
  }

  /// The imaginary part of the points in a row, of which the first is the topmost.
  func imaginary(row: Int) -> Double {
    center.imaginary - Double(2 * row + 1 - size.height) * (pixelWidth / 2)
  }

  /// The least width at which neighboring pixels have points of their own, given the center and the size.
  ///
  /// Next to the center's coordinates, double precision has numbers at this distance only.
  var leastWidth: Double {
    max(center.real.magnitude, center.imaginary.magnitude, .leastNormalMagnitude).ulp * Double(size.width)
  }
}

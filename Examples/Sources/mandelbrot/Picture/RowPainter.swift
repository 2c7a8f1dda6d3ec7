// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Computes rows of pixels, in slices of work.
struct RowPainter {
  /// The row's pixels, three bytes each: complete when ``advance(by:)`` has returned true.
  private(set) var pixels: [UInt8]

  /// What computes the escape times.
  private var kernel: RowKernel

  /// What colors them.
  private let palette = Palette.shared

  /// Creates a painter for a picture's rows.
  init(plan: Plan) {
    kernel = RowKernel(plan: plan)
    pixels = Array(repeating: 0, count: 3 * plan.size.width)
  }

  /// Begins a row.
  mutating func begin(row: Int) {
    kernel.begin(row: row)
  }

  /// Computes on.
  ///
  /// - Parameter work: About how much to do before returning, in iterations of one point.
  /// - Returns: Whether the row is complete.
  mutating func advance(by work: Int) -> Bool {
    guard kernel.advance(by: work) else { return false }
    for (column, value) in kernel.values.enumerated() {
      let color = palette.color(of: value)
      pixels[3 * column] = color.red
      pixels[3 * column + 1] = color.green
      pixels[3 * column + 2] = color.blue
    }
    return true
  }
}

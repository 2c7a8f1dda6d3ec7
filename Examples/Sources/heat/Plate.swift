// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Some rows of the plate, between two rows of ghost cells.
struct Plate {
  /// The rows that this rank has.
  let rows: Range<Int>
  private let allRows: Int
  private let columns: Int
  private var cells: [Double]
  private var next: [Double]

  /// A plate that is cold, but for its first row.
  init(rows: Range<Int>, of allRows: Int, columns: Int) {
    self.rows = rows
    self.allRows = allRows
    self.columns = columns
    cells = [Double](repeating: 0, count: (rows.count + 2) * columns)
    if rows.contains(0) {
      for column in 0..<columns { cells[columns + column] = 100 }
    }
    next = cells
  }

  /// Where the rows are in the plate.
  var ranges: [Range<Int>] { [rows, 0..<columns] }

  /// The cells without the ghost cells.
  var inner: ArraySlice<Double> {
    get { cells[columns..<cells.count - columns] }
    set {
      cells.replaceSubrange(columns..<cells.count - columns, with: newValue)
      next = cells
    }
  }

  /// Gets the neighbors' outermost rows.
  mutating func exchangeHalo(on line: CartesianCommunicator) throws(MPIError) {
    let (above, below) = line.shift(dimension: 0)
    let count = cells.count
    let (first, last) = (cells[columns..<2 * columns], cells[count - 2 * columns..<count - columns])
    try line.sendReceive(first, to: above, into: &cells[count - columns..<count], from: below)
    try line.sendReceive(last, to: below, into: &cells[0..<columns], from: above)
  }

  /// One step in time. The edges of the plate stay as they are.
  mutating func advance() {
    let from = max(rows.lowerBound, 1)
    let to = min(rows.upperBound, allRows - 1)
    for row in from..<max(from, to) {
      let start = (row - rows.lowerBound + 1) * columns
      for cell in start + 1..<start + columns - 1 {
        let around = (cells[cell - columns] + cells[cell + columns]) + (cells[cell - 1] + cells[cell + 1])
        next[cell] = cells[cell] + 0.2 * (around - 4 * cells[cell])
      }
    }
    swap(&cells, &next)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import Foundation
import MPI

/// A class of NAS CG, with the eigenvalue that is published for it.
struct CGClass {
  var name: String
  var count: Int
  /// How many elements each of the sparse vectors has that the matrix is made of.
  var elements: Int
  var iterations: Int
  var shift: Double
  var zeta: Double

  /// The published value agrees to one part in 10¹⁰.
  func isRight(_ found: Double) -> Bool { abs(found - zeta) / zeta <= 1e-10 }

  /// The rows of this rank: a sum of products of sparse random vectors with themselves, each of less weight than the last
  /// one, and a multiple of the identity.
  func matrix(_ world: Communicator) -> SparseRows {
    let mine = world.block(of: count)
    var numbers = NASNumbers(seed: 314_159_265, after: 1)
    let power = UInt64(46 - (count - 1).bitWidth + (count - 1).leadingZeroBitCount)
    let ratio = pow(0.1, 1 / Double(count))
    var weight = 1.0
    var rows = [[(column: Int32, value: Double)]](repeating: [], count: mine.count)
    for row in 0..<count {
      var vector: [(place: Int, value: Double)] = []
      while vector.count < elements {
        let value = 0x1p-46 * Double(numbers.next())
        let place = Int(numbers.next() >> power)
        if place < count && !vector.contains(where: { $0.place == place }) { vector.append((place, value)) }
      }
      if let own = vector.firstIndex(where: { $0.place == row }) {
        vector[own].value = 0.5
      } else {
        vector.append((row, 0.5))
      }
      for (place, value) in vector where mine.contains(place) {
        for (column, other) in vector {
          var term = other * (weight * value)
          if column == place && place == row { term += 0.1 - shift }
          rows[place - mine.lowerBound].append((Int32(column), term))
        }
      }
      weight *= ratio
    }
    var matrix = SparseRows()
    for terms in rows {
      // What falls on one element is summed up in the order in which it came.
      let sorted = terms.enumerated().sorted { ($0.element.column, $0.offset) < ($1.element.column, $1.offset) }
      for (_, (column, value)) in sorted {
        if matrix.columns.count > matrix.starts.last!, matrix.columns.last == column {
          matrix.values[matrix.values.count - 1] += value
        } else {
          matrix.columns.append(column)
          matrix.values.append(value)
        }
      }
      matrix.starts.append(Int32(matrix.columns.count))
    }
    return matrix
  }

  static let all = [
    CGClass(name: "S", count: 1_400, elements: 7, iterations: 15, shift: 10, zeta: 8.5971775078648),
    CGClass(name: "W", count: 7_000, elements: 8, iterations: 15, shift: 12, zeta: 10.362595087124),
    CGClass(name: "A", count: 14_000, elements: 11, iterations: 15, shift: 20, zeta: 17.130235054029),
  ]
}

/// C's conjugate gradients, in Swift's form.
func conjugateGradientInC(
  _ world: Communicator, _ matrix: SparseRows, iterations: Int, shift: Double
) -> (zeta: Double, residual: Double) {
  matrix.starts.withUnsafeBufferPointer { starts in
    matrix.columns.withUnsafeBufferPointer { columns in
      matrix.values.withUnsafeBufferPointer { values in
        var rows = CGMatrix(
          count: CInt(matrix.count), row_starts: starts.baseAddress, columns: columns.baseAddress,
          values: values.baseAddress)
        var residual = 0.0
        let zeta = c_cg(world.rawValue, &rows, CInt(iterations), shift, &residual)
        return (zeta, residual)
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The rows of a sparse matrix that a rank has.
struct SparseRows {
  /// Where each row begins in the others, and the end.
  var starts: [Int32] = [0]
  var columns: [Int32] = []
  var values: [Double] = []

  var count: Int { starts.count - 1 }

  /// Whether each row lies within the others, and each column among so many.
  func isWhole(columns count: Int) -> Bool {
    values.count == columns.count && starts.first == 0 && Int(starts[starts.count - 1]) == columns.count
      && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 } && columns.allSatisfy { $0 >= 0 && $0 < count }
  }
}

/// NAS CG: estimates the largest eigenvalue by the inverse power method, each step by 25 of conjugate gradients.
///
/// - Returns: the estimate, and the length of what was left of the last system.
func conjugateGradient(
  _ world: Communicator, _ matrix: SparseRows, iterations: Int, shift: Double
) throws -> (zeta: Double, residual: Double) {
  let count = matrix.count
  let counts = try world.allGather(count)
  let start = counts[..<world.rank].reduce(0, +)

  func dot(_ x: [Double], _ y: [Double]) throws -> Double {
    var sum = 0.0
    for (a, b) in zip(x, y) { sum += a * b }
    return try world.allReduce(sum, .sum)
  }
  var all = [Double](repeating: 0, count: counts.reduce(0, +))
  guard matrix.isWhole(columns: all.count) else { fatalError("the matrix has elements that lie outside of it") }
  /// q = A p, for the rows of this rank.
  func multiply(_ p: [Double], into q: inout [Double]) throws {
    for index in p.indices { all[start + index] = p[index] }
    try world.allGather(inPlace: &all, counts: counts)
    product(matrix, all, into: &q)
  }

  var x = [Double](repeating: 1, count: count)
  var z = x
  var q = x
  var (zeta, residual) = (0.0, 0.0)
  for _ in 0..<iterations {
    for index in z.indices { z[index] = 0 }
    var r = x
    var p = x
    var rho = try dot(r, r)
    for _ in 0..<25 {
      try multiply(p, into: &q)
      let alpha = try rho / dot(p, q)
      add(alpha, p, to: &z)
      add(-alpha, q, to: &r)
      let before = rho
      rho = try dot(r, r)
      let beta = rho / before
      for index in p.indices { p[index] = r[index] + beta * p[index] }
    }
    try multiply(z, into: &q)
    for index in q.indices { q[index] = x[index] - q[index] }
    residual = try dot(q, q).squareRoot()

    zeta = try shift + 1 / dot(x, z)
    let scale = try 1 / dot(z, z).squareRoot()
    for index in x.indices { x[index] = scale * z[index] }
  }
  return (zeta, residual)
}

/// The one loop that all the time goes into. The indices were compared with their bounds once, in `isWhole`; with a
/// comparison for each use of one it takes a quarter more.
private func product(_ matrix: SparseRows, _ p: [Double], into q: inout [Double]) {
  let starts = matrix.starts.span
  let columns = matrix.columns.span
  let values = matrix.values.span
  let p = p.span
  for row in q.indices {
    var sum = 0.0
    var index = Int(starts[row])
    let end = Int(starts[row + 1])
    while index < end {
      sum += values[unchecked: index] * p[unchecked: Int(columns[unchecked: index])]
      index &+= 1
    }
    q[row] = sum
  }
}

private func add(_ factor: Double, _ x: [Double], to y: inout [Double]) {
  for index in y.indices { y[index] += factor * x[index] }
}

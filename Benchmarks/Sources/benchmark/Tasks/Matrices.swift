// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import MPI
import MPITasks

/// How many numbers a matrix has.
private let elements = 500 * 500

/// Mean and standard deviation of one of the matrices that the pool shares.
struct MatrixTask: PoolTask {
  var matrices: Shared<[Double]>
  var index: Int
  var times: Int

  func run() throws -> Double {
    let all = try matrices.elements()
    return meanAndDeviation(all.span.extracting(index * elements..<(index + 1) * elements), times: times)
  }
}

/// A loop over matrices: plain, shared by all ranks, and as tasks.
func measureMatrices(_ world: Communicator, _ load: TaskLoad, times: Int) async throws -> [TaskFigure] {
  let count = load.matrices
  // Every rank makes them, as a program does that calls a loop.
  let matrices = someMatrices(count)
  let compute: @Sendable (Int) -> Double = { index in
    meanAndDeviation(matrices.span.extracting(index * elements..<(index + 1) * elements), times: times)
  }
  var right: [Double] = []
  func isRight(_ values: [Double]?) throws {
    if let values, !right.isEmpty { try require(values == right, "a loop over matrices") }
  }
  _ = try alone(world) { right = (0..<count).map(compute) }
  let ways = [
    Way(form: "the plain loop") { try alone(world) { try isRight((0..<count).map(compute)) } },
    Way(form: "world.map") { try together(world) { try isRight(world.map(0..<count, compute)) } },
    Way(form: "pool.map with share") {
      try await pooled(world) { pool in
        let shared = try pool.share(matrices)
        try isRight(await pool.map((0..<count).map { MatrixTask(matrices: shared, index: $0, times: times) }))
      }
    },
  ]
  let seconds = try await inTurns(load.repeats, ways)
  guard world.isRoot else { return [] }
  let what = "mean and deviation"
  let absolute = zip(ways, seconds).map { way, seconds in
    TaskFigure(.matrices, what, way.form, Summary(seconds), unit: "s", wantsLittle: true)
  }
  let ratios = zip(ways, seconds).dropFirst().map { way, own in
    TaskFigure(
      .matrices, "speed-up over the plain loop", way.form, Summary(zip(seconds[0], own).map { $0 / $1 }),
      aim: 0.95 * Double(world.size))
  }
  return absolute + ratios
}

/// The sum of the mean and the standard deviation, so many times over.
func meanAndDeviation(_ matrix: Span<Double>, times: Int) -> Double {
  var result = 0.0
  for _ in 0..<times {
    let mean = total(matrix) { $0 } / Double(matrix.count)
    let squares = total(matrix) { ($0 - mean) * ($0 - mean) }
    result += mean + (squares / Double(matrix.count)).squareRoot()
  }
  return result / Double(times)
}

/// The sum of a function of all elements, eight sums side by side.
@inline(__always)
private func total(_ matrix: Span<Double>, _ term: (SIMD8<Double>) -> SIMD8<Double>) -> Double {
  var sums = SIMD8<Double>.zero
  var index = 0
  while index + 8 <= matrix.count {
    var part = SIMD8<Double>()
    for lane in 0..<8 { part[lane] = matrix[unchecked: index + lane] }
    sums += term(part)
    index += 8
  }
  return sums.sum()
}

/// Matrices whose elements are the same at each run.
private func someMatrices(_ count: Int) -> [Double] {
  var state: UInt64 = 1
  return (0..<count * elements).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 40) / Double(1 << 24)
  }
}

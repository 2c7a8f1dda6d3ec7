// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Foundation
import MPI
import MPITasks

/// A row of the Mandelbrot set.
struct RowTask: PoolTask {
  var row: Int
  var rows: Int
  func run() -> Int { mandelbrotRow(row, of: rows) }
}

/// Work for some time.
struct SpinTask: PoolTask {
  var steps: Int
  func run() -> UInt64 { spun(steps) }
}

/// How far loops and pools end after the ideal end.
func measureBalance(_ world: Communicator, _ load: TaskLoad) async throws -> [TaskFigure] {
  let rows = load.rows
  let mandelbrot = try await balance(
    world, load, "Mandelbrot rows, heavy ones first", rows, { mandelbrotRow($0, of: rows) },
    { RowTask(row: $0, rows: rows) })
  let step = try world.broadcast(
    try alone(world) { try require(spun(10_000_000) != 0, "work") } / 10_000_000)
  let steps = skewedSeconds(load.skewed, mean: 200e-6).map { Int($0 / step) }
  let skewed = try await balance(
    world, load, "a skewed load", load.skewed, { spun(steps[$0]) }, { SpinTask(steps: steps[$0]) })
  return mandelbrot + skewed
}

private func balance<Item: PoolTask, Output: BitwiseCopyable & Codable & Sendable & Equatable>(
  _ world: Communicator, _ load: TaskLoad, _ what: String, _ count: Int,
  _ body: @escaping @Sendable (Int) -> Output, _ task: @escaping @Sendable (Int) -> Item
) async throws -> [TaskFigure] where Item.Output == Output {
  let right = (0..<count).map(body)
  func isRight(_ values: [Output]?) throws { if let values { try require(values == right, what) } }
  let ways = [
    Way(form: "ideal") {
      // Every rank does all of it, so that all cores are as busy as they are in the loop.
      let own = try together(world) { try isRight((0..<count).map(body)) }
      return try world.allReduce(own, .sum) / Double(world.size * world.size)
    },
    Way(form: "world.map") { try together(world) { try isRight(world.map(0..<count, body)) } },
    Way(form: "pool.map") {
      try await pooled(world) { pool in try isRight(await pool.map((0..<count).lazy.map(task))) }
    },
  ]
  let seconds = try await inTurns(load.repeats, ways)
  guard world.isRoot else { return [] }
  return zip(ways, seconds).dropFirst().map { way, own in
    TaskFigure(
      .balance, what, way.form, Summary(zip(own, seconds[0]).map { $0 / $1 }), aim: 1.03, wantsLittle: true)
  }
}

/// How many iterations a row of the upper half of the Mandelbrot set takes; the first rows are in its middle.
private func mandelbrotRow(_ row: Int, of rows: Int) -> Int {
  let y = 1.25 * Double(row) / Double(rows)
  var sum = 0
  for column in 0..<rows {
    let x = -2 + 2.5 * Double(column) / Double(rows)
    var (a, b, step) = (0.0, 0.0, 0)
    while step < 256 && a * a + b * b <= 4 {
      (a, b) = (a * a - b * b + x, 2 * a * b + y)
      step += 1
    }
    sum += step
  }
  return sum
}

/// Lognormal times, the same at each run.
private func skewedSeconds(_ count: Int, mean: Double) -> [Double] {
  let sigma = 1.5
  return (0..<count).map { index in
    var random = RandomStream(seed: 1, stream: index)
    let (u, v) = (Double.random(in: 0x1p-53..<1, using: &random), Double.random(in: 0..<1, using: &random))
    let normal = (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
    return mean * exp(sigma * normal - sigma * sigma / 2)
  }
}

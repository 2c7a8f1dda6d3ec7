// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import mandelbrot

/// All tests of the `mandelbrot` program. Those that start processes are in `LaunchTests`.
@Suite struct MandelbrotTests {}

/// A plan of a small picture, for what its test doesn't care about.
func smallPlan(
  center: Center = Center(real: -0.5, imaginary: 0), width: Double = 3.2, size: Size = Size(width: 40, height: 30),
  iterations: Int = 200, schedule: Schedule = .dynamic
) -> Plan {
  Plan(center: center, width: width, size: size, iterations: iterations, schedule: schedule)
}

/// The escape times of a row, computed in slices of work.
func values(_ plan: Plan, row: Int, slice: Int = .max) -> [Double] {
  var kernel = RowKernel(plan: plan)
  kernel.begin(row: row)
  while !kernel.advance(by: slice) {}
  return kernel.values
}

/// The picture of a plan, by this process alone.
func picture(_ plan: Plan) -> Picture {
  var picture = Picture(size: plan.size)
  var painter = RowPainter(plan: plan)
  for row in 0..<plan.size.height {
    painter.begin(row: row)
    while !painter.advance(by: .max) {}
    picture.set(row: row, to: painter.pixels[...])
  }
  return picture
}

/// A point's escape time by the plainest loop there is: no lanes, no shortcuts.
func reference(_ a: Double, _ b: Double, iterations: Int) -> (count: Int, value: Double)? {
  var (x, y) = (0.0, 0.0)
  for count in 1...iterations {
    (x, y) = (x * x - y * y + a, x * y + x * y + b)
    let magnitude = x * x + y * y
    if magnitude > 65536 { return (count, EscapeTime.smooth(count: count, magnitude: magnitude)) }
  }
  return nil
}

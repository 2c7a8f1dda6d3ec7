// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import mandelbrot

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension MandelbrotTests {
  @Suite struct KernelTests {
    /// The escape time of one point, as the middle of a picture of one pixel.
    func value(_ real: Double, _ imaginary: Double, iterations: Int = 1000) -> Double {
      let center = Center(real: real, imaginary: imaginary)
      let plan = smallPlan(center: center, size: Size(width: 1, height: 1), iterations: iterations)
      return values(plan, row: 0)[0]
    }

    @Test(
      "Points of the set never escape",
      arguments: [
        (0.0, 0.0), (-1.0, 0.0), (-2.0, 0.0), (0.25, 0.0), (0.0, 1.0), (0.0, -1.0), (-0.75, 0.0), (-1.25, 0.0),
        (-1.7548776662466927, 0.0), (-0.1225611668766536, 0.7448617666197442),
      ])
    func members(real: Double, imaginary: Double) {
      #expect(value(real, imaginary) == EscapeTime.never)
    }

    @Test("1 goes by 1, 2, 5, 26 and has escaped with 677")
    func one() {
      let expected = 5 + 1 - log2(log2(677.0 * 677.0) / 16)
      #expect(abs(value(1, 0) - expected) < 1e-12)
      #expect(value(1, 0, iterations: 5) < 6)
      #expect(value(1, 0, iterations: 4) == EscapeTime.never)
    }

    @Test(
      "Points near the boundary escape when the plain loop says so, and not one iteration sooner",
      arguments: [(0.26, 0.0), (0.2501, 0.0), (-0.75, 0.01), (-2.000001, 0.0), (-0.743643887, 0.131825904), (0, 1.001)])
    func boundary(real: Double, imaginary: Double) throws {
      let (count, expected) = try #require(reference(real, imaginary, iterations: 2000))
      #expect(value(real, imaginary, iterations: 2000) == expected)
      #expect(value(real, imaginary, iterations: count) == expected)
      #expect(value(real, imaginary, iterations: count - 1) == EscapeTime.never)
    }

    @Test("Far from everything, values are finite and colors exist", arguments: [300.0, 1e10, 1e200, .infinity])
    func farAway(distance: Double) {
      #expect((0..<2).contains(value(distance, -distance)))
      _ = Palette.shared.color(of: value(-distance, distance))
    }

    @Test(
      "Eight lanes give what the plain loop gives, to the last bit",
      arguments: [
        smallPlan(),
        smallPlan(center: Center(real: -0.743643887, imaginary: 0.131825904), width: 1e-5, iterations: 700),
        smallPlan(center: Center(real: -1.7548776662, imaginary: 0.001), width: 0.05, iterations: 333),
        smallPlan(size: Size(width: 7, height: 5), iterations: 1),
      ])
    func lanes(plan: Plan) {
      for row in stride(from: 0, to: plan.size.height, by: 3) {
        let expected = (0..<plan.size.width).map { column in
          reference(plan.real(column: column), plan.imaginary(row: row), iterations: plan.iterations)?.value
            ?? EscapeTime.never
        }
        #expect(values(plan, row: row) == expected, "row \(row)")
      }
    }

    @Test("However a row is sliced, it's the same", arguments: [1, 100, 1000, 12345])
    func slices(work: Int) {
      let plan = smallPlan(center: Center(real: -0.75, imaginary: 0.1), width: 0.1)
      #expect(values(plan, row: 11, slice: work) == values(plan, row: 11))
    }

    @Test("A slice ends soon after its work, and an unfinished row can be given up for another")
    func givingUp() {
      let plan = smallPlan()
      var kernel = RowKernel(plan: plan)
      kernel.begin(row: 14)
      let isComplete = kernel.advance(by: 1)
      #expect(!isComplete)
      kernel.begin(row: 3)
      while !kernel.advance(by: 500) {}
      #expect(kernel.values == values(plan, row: 3))
    }

    @Test("A part of a picture has the values of the whole", arguments: [1, 5, 8])
    func parts(width: Int) {
      // Pixel widths that are powers of two, so that both plans have the very same points.
      let whole = smallPlan(center: Center(real: -0.75, imaginary: 0.125), width: 0.5, size: Size(width: 64, height: 1))
      let first = whole.center.real - 0.25
      let center = Center(real: first + 0.5 * Double(width) / 128, imaginary: 0.125)
      let part = smallPlan(center: center, width: 0.5 * Double(width) / 64, size: Size(width: width, height: 1))
      #expect(values(part, row: 0) == Array(values(whole, row: 0).prefix(width)))
    }

    @Test("Pictures around the real axis are their own mirror images", arguments: [30, 31])
    func symmetry(height: Int) {
      let plan = smallPlan(size: Size(width: 40, height: height))
      for row in stride(from: 0, to: height / 2, by: 4) {
        #expect(values(plan, row: row) == values(plan, row: height - 1 - row))
      }
    }

    @Test("The smooth value has no jumps where the count of iterations has")
    func smoothness() {
      let center = Center(real: 0.75, imaginary: 0.25)
      let row = values(smallPlan(center: center, width: 0.25, size: Size(width: 800, height: 1)), row: 0)
      let counts = Set(row.map { $0.rounded(.down) })
      #expect(counts.count >= 2)
      for (left, right) in zip(row, row.dropFirst()) { #expect(abs(left - right) < 0.01) }
    }

    @Test("The logarithm of our own is as good as the C library's")
    func logarithm() {
      for step in 1...2000 {
        let value = pow(1.37, Double(step))
        #expect(abs(binaryLogarithm(value) / log2(value) - 1) < 1e-15)
      }
      #expect(binaryLogarithm(1) == 0)
      #expect(binaryLogarithm(0.125) == -3)
      #expect(binaryLogarithm(65536) == 16)
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import mandelbrot

extension MandelbrotTests {
  @Suite struct PaletteTests {
    let palette = Palette.shared

    @Test("The set is black, and nothing else is")
    func black() {
      #expect(palette.color(of: EscapeTime.never) == .black)
      for step in 0..<3000 {
        #expect(palette.color(of: 0.37 * Double(step)) != .black)
      }
    }

    @Test("Colors change by small steps, over the ring's ends too")
    func continuity() {
      var last = palette.color(of: 0)
      for step in 1...200_000 {
        let color = palette.color(of: Double(step) * 0.001)
        let difference = max(
          abs(Int(color.red) - Int(last.red)), abs(Int(color.green) - Int(last.green)),
          abs(Int(color.blue) - Int(last.blue)))
        if difference > 2 { Issue.record("a step of \(difference) at \(Double(step) * 0.001)") }
        last = color
      }
    }

    @Test("Very large values have colors", arguments: [1e9, 1e15, .greatestFiniteMagnitude])
    func largeValues(value: Double) {
      #expect(palette.color(of: value) != .black)
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Testing

@Suite struct SummaryTests {
  @Test func hasTheLeastTheMiddleAndTheMost() {
    let odd = Summary([3, 1, 2])
    #expect(odd.min == 1 && odd.median == 2 && odd.max == 3)
    #expect(Summary([4, 1, 2, 3]).median == 2.5)
    #expect(Summary([7]) == Summary([7, 7]))
  }

  /// Two repeats: of each the best run counts, and the ratio is taken within a repeat.
  @Test func comparesWithTheFirstVariantWithinARepeat() {
    let results = compared([
      [[2, 9], [20, 10]],
      [[3, 4], [30, 11]],
    ])
    #expect(results[0].least == 2 && results[0].ratio == Summary([1]))
    #expect(results[1].least == 3)
    #expect(results[1].ratio == Summary([1.5, 1.1]))
  }

  @Test func writesNumbersAsPeopleDo() {
    #expect(duration(2.1e-7) == "0.210 µs")
    #expect(duration(0.0134) == "13.4 ms")
    #expect(duration(2) == "2.00 s")
    #expect([8, 65_536, 4 << 20].map(size) == ["8 B", "64 KiB", "4 MiB"])
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks
import Testing

@Suite struct FormattingTests {
  @Test func decimals() {
    #expect(Formatting.fixed(1.005, decimals: 0) == "1")
    #expect(Formatting.fixed(0.05, decimals: 2) == "0.05")
    #expect(Formatting.fixed(-0.004, decimals: 2) == "0.00")
    #expect(Formatting.fixed(-12.345, decimals: 1) == "-12.3")
    #expect(Formatting.fixed(99.999, decimals: 2) == "100.00")
    #expect(Formatting.fixed(.infinity, decimals: 1) == "-")
  }

  @Test func times() {
    #expect(
      [0.434, 12.35, 59.94, 187, 7387].map(Formatting.duration) == ["0.43 s", "12.4 s", "59.9 s", "3:07", "2:03:07"])
    #expect([0, 59.6, 3600, 1e12].map(Formatting.clock) == ["0:00", "1:00", "1:00:00", "-"])
  }

  @Test func lengths() {
    #expect(
      [1, 999, 627_418, 2_776_915, 6_400_000_000].map(Formatting.bytes) == [
        "1 B", "999 B", "627.4 kB", "2.8 MB", "6.4 GB",
      ])
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPI

/// Times as people and batch systems write them.
@Suite struct TimeTextTests {
  @Test(
    "A limit in each form",
    arguments: [
      ("3600", 3600.0), ("0", 0), ("0.5", 0.5), ("90s", 90), ("45m", 2700), ("2h", 7200), ("2d", 172_800),
      ("1h30m", 5400), ("1d2h3m4s", 93_784), ("1:30:00", 5400), ("100:00:00", 360_000), ("2-00:00:00", 172_800),
      (" 60 ", 60), ("1.5h", 5400),
    ])
  func limits(text: String, seconds: Double) {
    #expect(TimeText.limit(text) == .after(seconds))
  }

  @Test func moments() {
    #expect(TimeText.limit("none") == TimeText.Limit.none)
    #expect(TimeText.limit("@1798761540") == .at(1_798_761_540))
    #expect(TimeText.limit("2026-12-31T23:59:00Z") == .at(1_798_761_540))
    #expect(TimeText.limit("2026-12-31 23:59Z") == .at(1_798_761_540))
    let local = TimeText.moment(year: 2026, month: 12, day: 31, [23, 59, 0])
    #expect(local != nil && TimeText.limit("2026-12-31T23:59:00") == local.map { .at($0) })
  }

  @Test(
    "What is no limit",
    arguments: [
      "", " ", "soon", "-5", "1e3", "10:00", "1:60:00", "1:00:60", "1-10:00", "1m2h", "5x", "m", "h5", "1:30:00:00",
      "@",
      "@x", "2026-13-01T00:00:00", "2026-02-30T00:00:00", "2026-12-31T25:00:00", "2026-12-31", "inf", "nan", "0x10",
      "99999999999999999999", "1..5", "٣s", "2026-12-31T23:59:00Q", "1:-5:00", "+5",
    ])
  func noLimits(text: String) {
    #expect(TimeText.limit(text) == nil)
  }

  @Test func batchSystemsDurations() {
    #expect(TimeText.clock("29:31") == 1771)
    #expect(TimeText.clock("1-04:07:40") == 101_260)
    #expect(TimeText.clock("14-00:00:00") == 1_209_600)
    #expect(TimeText.clock("UNLIMITED") == nil)
    #expect(TimeText.clock("1-00:00") == nil)
    #expect(TimeText.hoursAndMinutes("1:05") == 3900)
    #expect(TimeText.hoursAndMinutes("90") == 5400)
    #expect(TimeText.hoursAndMinutes("1:2:3") == nil)
  }

  @Test func wordsOfSeconds() {
    #expect(TimeText.words(1.26) == "1.2 s")
    #expect(TimeText.words(58.9) == "58 s")
    #expect(TimeText.words(750) == "12 min")
    #expect(TimeText.words(12_000) == "3 h 20 min")
    #expect(TimeText.words(180_000) == "2 d 2 h")
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks
import Testing

@testable import mandelbrot

extension MandelbrotTests {
  @Suite struct ProgressTests {
    /// What a display writes for rows that are done one a second.
    func texts(_ style: Progress.Style, rows: Int, seconds: Double = 1) -> [String] {
      var texts: [String] = []
      var progress = Progress(style, total: rows) { texts.append($0) }
      progress.begin("40x\(rows) pixels", at: 100)
      for row in 1...rows { progress.update(done: row, at: 100 + seconds * Double(row)) }
      progress.end(at: 100 + seconds * Double(rows))
      return texts
    }

    @Test("A log gets a line at the start, at each quarter and at the end")
    func lines() {
      #expect(
        texts(.lines, rows: 80) == [
          "mandelbrot: 40x80 pixels\n",
          "mandelbrot: 25 % done after 0:20, 1:00 left\n",
          "mandelbrot: 50 % done after 0:40, 0:40 left\n",
          "mandelbrot: 75 % done after 1:00, 0:20 left\n",
          "mandelbrot: 100 % done after 1:20\n",
        ])
    }

    @Test("Lines of a log are ten seconds apart, but for the last")
    func quickLines() {
      #expect(
        texts(.lines, rows: 24) == [
          "mandelbrot: 40x24 pixels\n",
          "mandelbrot: 50 % done after 0:12, 0:12 left\n",
          "mandelbrot: 100 % done after 24.0 s\n",
        ])
      #expect(texts(.lines, rows: 8).count == 2)
    }

    @Test("The bar shows the share, the rate and the time left, and is erased at the end")
    func bar() {
      let texts = texts(.bar(columns: 60), rows: 4, seconds: 90)
      #expect(
        texts == [
          "\r 25 % [######---------------------] 0.7 rows/min, 4:30 left\u{1B}[K",
          "\r 50 % [#############--------------] 0.7 rows/min, 3:00 left\u{1B}[K",
          "\r 75 % [####################-------] 0.7 rows/min, 1:30 left\u{1B}[K",
          "\r100 % [###########################] 0.7 rows/min, 0:00 left\u{1B}[K",
          "\r\u{1B}[K",
        ])
    }

    @Test("The bar is drawn ten times a second at most")
    func barRate() {
      #expect(texts(.bar(columns: 80), rows: 1000, seconds: 0.001).count <= 11)
    }

    @Test("The bar fits the terminal, however narrow that is", arguments: [1, 2, 10, 35, 60, 80, 300])
    func barWidth(columns: Int) {
      for text in texts(.bar(columns: columns), rows: 10).dropLast() {
        #expect(text.hasPrefix("\r") && text.hasSuffix("\u{1B}[K"))
        #expect(text.count - 4 < columns)
      }
    }

    @Test("Nothing is nothing")
    func none() {
      #expect(texts(.none, rows: 100) == [])
    }

    @Test("Before the first row is done, nothing is said of rate and time")
    func unknown() {
      var texts: [String] = []
      var progress = Progress(.bar(columns: 40), total: 100) { texts.append($0) }
      progress.begin("", at: 0)
      progress.update(done: 0, at: 1)
      #expect(texts == ["\r  0 % [" + String(repeating: "-", count: 31) + "]\u{1B}[K"])
    }
  }

  @Suite struct TableTests {
    @Test("The table's columns are as wide as what is in them")
    func table() {
      let reports = [
        RankReport(host: "a", rows: 700, busy: 9.5), RankReport(host: "a-much-longer-name", rows: 38, busy: 10),
        RankReport(host: "b", rows: 0, busy: 0),
      ]
      #expect(
        rankTable(reports, wallTime: 10) == """
          rank  host                rows     busy     idle
             0  a                    700   9.50 s    5.0 %
             1  a-much-longer-name    38  10.00 s    0.0 %
             2  b                      0   0.00 s  100.0 %
           all                       738  19.50 s   35.0 %

          """)
    }

    @Test("No time at all is no idle time")
    func noTime() {
      #expect(rankTable([RankReport(host: "a", rows: 1, busy: 0)], wallTime: 0).contains("0.0 %"))
    }
  }

  @Suite struct FormattingTests {
    @Test("Numbers have the decimals asked for")
    func decimals() {
      #expect(Formatting.fixed(1.005, decimals: 0) == "1")
      #expect(Formatting.fixed(0.05, decimals: 2) == "0.05")
      #expect(Formatting.fixed(-0.004, decimals: 2) == "0.00")
      #expect(Formatting.fixed(-12.345, decimals: 1) == "-12.3")
      #expect(Formatting.fixed(99.999, decimals: 2) == "100.00")
      #expect(Formatting.fixed(.infinity, decimals: 1) == "-")
    }

    @Test("Times read as people say them")
    func times() {
      #expect([0.434, 12.35, 59.94, 187, 7387].map(duration) == ["0.43 s", "12.4 s", "59.9 s", "3:07", "2:03:07"])
      #expect([0, 59.6, 3600, 1e12].map(Formatting.clock) == ["0:00", "1:00", "1:00:00", "-"])
    }

    @Test("Two digits of a number are rounded up")
    func scientificNumbers() {
      #expect(
        [1.42e-13, 0.00099999, 1, 5.0, 1234].map(scientific(roundingUp:)) == [
          "1.5e-13", "1.0e-3", "1.0e0", "5.0e0", "1.3e3",
        ])
    }

    @Test("Lengths have the unit that suits them")
    func lengths() {
      #expect(
        [1, 999, 627_418, 2_776_915, 6_400_000_000].map(fileLength) == [
          "1 byte", "999 bytes", "627.4 kB", "2.8 MB", "6.4 GB",
        ])
    }
  }
}

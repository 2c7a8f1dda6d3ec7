// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks

/// Whether and how progress is shown.
enum ProgressMode: String, CaseIterable, Sendable {
  /// By a bar on a terminal, and by lines elsewhere.
  case auto

  /// By a bar, whatever it is written to.
  case always

  /// Not at all.
  case never
}

/// Shows how far the rows are.
///
/// On a terminal it's a bar on one line, drawn at most ten times a second and erased at the end. In a log it's a line
/// at the start, one as each quarter is done unless the last one is less than ten seconds old, and one at the end.
struct Progress {
  /// The ways to show it.
  enum Style: Equatable {
    /// A bar that takes a line of so many columns.
    case bar(columns: Int)

    /// Lines now and then.
    case lines

    /// Nothing.
    case none
  }

  /// The least number of seconds between two drawings of the bar.
  static let barInterval = 0.1

  /// The least number of seconds between two lines, the last one excepted.
  static let lineInterval = 10.0

  /// How it's shown.
  let style: Style

  /// The number of rows to come.
  private let total: Int

  /// What takes the text.
  private let write: (String) -> Void

  /// When the rows began, in seconds.
  private var start = 0.0

  /// When something was last shown, in seconds.
  private var lastShown = 0.0

  /// The quarters that are done and were seen to be.
  private var quarters = 0

  /// Creates a display.
  ///
  /// - Parameters:
  ///   - style: How to show it.
  ///   - total: The number of rows to come.
  ///   - write: What takes the text: standard error unless told otherwise.
  init(_ style: Style, total: Int, write: @escaping (String) -> Void = Terminal.write) {
    self.style = style
    self.total = total
    self.write = write
  }

  /// Shows that the rows begin.
  ///
  /// - Parameters:
  ///   - title: What begins, for a log.
  ///   - now: The time in seconds.
  mutating func begin(_ title: String, at now: Double) {
    (start, lastShown) = (now, now)
    if style == .lines { write("mandelbrot: \(title)\n") }
  }

  /// Shows that a number of rows is done, if it's time to.
  ///
  /// - Parameters:
  ///   - done: The number of rows that are done by now.
  ///   - now: The time in seconds.
  mutating func update(done: Int, at now: Double) {
    switch style {
    case .bar(let columns):
      guard now - lastShown >= Self.barInterval else { return }
      lastShown = now
      write("\r" + bar(done: done, elapsed: now - start, columns: columns) + "\u{1B}[K")
    case .lines:
      let reached = 4 * done / max(total, 1)
      guard reached > quarters, done < total else { return }
      quarters = reached
      guard now - lastShown >= Self.lineInterval else { return }
      lastShown = now
      let left = timeLeft(done: done, elapsed: now - start).map { ", \(Formatting.clock($0)) left" } ?? ""
      write("mandelbrot: \(100 * done / total) % done after \(Formatting.clock(now - start))\(left)\n")
    case .none: break
    }
  }

  /// Shows that all is done.
  ///
  /// - Parameter now: The time in seconds.
  func end(at now: Double) {
    switch style {
    case .bar: write("\r\u{1B}[K")
    case .lines: write("mandelbrot: 100 % done after \(duration(now - start))\n")
    case .none: break
    }
  }

  /// The bar's line: the share done, the bar, and the rate and the time left as soon as there's anything to say.
  private func bar(done: Int, elapsed: Double, columns: Int) -> String {
    let share = Double(done) / Double(max(total, 1))
    let head = Formatting.padded("\(Int(100 * share))", to: 3) + " % "
    var tail = ""
    if let left = timeLeft(done: done, elapsed: elapsed) {
      tail = " " + Formatting.padded(rate(Double(done) / elapsed), to: 12) + ", \(Formatting.clock(left)) left"
    }
    // A line as wide as the terminal would wrap on some of them.
    let length = min(columns - 1 - head.count - tail.count - 2, 50)
    guard length >= 5 else { return String((head + tail).prefix(max(0, columns - 1))) }
    let filled = Int(share * Double(length))
    return head + "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: length - filled) + "]"
      + tail
  }

  /// A number of rows a second in words, with a unit in which it's not too small a number.
  private func rate(_ rate: Double) -> String {
    rate < 1
      ? Formatting.fixed(60 * rate, decimals: 1) + " rows/min"
      : Formatting.fixed(rate, decimals: rate < 10 ? 1 : 0) + " rows/s"
  }

  /// How many seconds the rest takes, if it goes on as it has so far; nil while there's nothing to judge by.
  private func timeLeft(done: Int, elapsed: Double) -> Double? {
    guard done > 0, elapsed > 0 else { return nil }
    return elapsed / Double(done) * Double(total - done)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// How far a run is, in words.
package struct ProgressText: Sendable, Equatable {
  /// The tasks that have completed, those that failed among them.
  package var done = 0
  package var failed = 0
  /// How many there will be; nil if that is not known.
  package var total: Int?
  /// Since the first task, in seconds.
  package var elapsed = 0.0
  /// The ranks that have something to do, of how many.
  package var busyRanks = 0
  package var ranks = 1
  /// What is counted.
  package var thing = "task"

  package init() {}

  /// How long the rest takes if it goes on so, in seconds; nil if there is nothing to judge by.
  package var timeLeft: Double? {
    guard let total, done > 0, total >= done, elapsed > 0 else { return nil }
    return elapsed / Double(done) * Double(total - done)
  }

  /// A line for a log.
  package var line: String {
    var parts = [total.map { "\(done) of \(Formatting.counted($0, thing))" } ?? Formatting.counted(done, thing)]
    if failed > 0 { parts.append("\(failed) failed") }
    if elapsed > 0 { parts.append(Formatting.rate(Double(done) / elapsed)) }
    if let timeLeft { parts.append(Formatting.clock(timeLeft) + " left") }
    parts.append("\(busyRanks) of \(Formatting.counted(ranks, "rank")) busy")
    return parts.joined(separator: ", ")
  }

  /// A bar for a terminal of so many columns.
  package func bar(columns: Int) -> String {
    let share = total.map { min(1, Double(done) / Double(max($0, 1))) }
    let head = share.map { Formatting.padded("\(Int(100 * $0))", to: 3) + " % " } ?? ""
    let tail = " " + line
    // A line as wide as the terminal would wrap on some of them.
    let length = min(columns - 1 - head.count - tail.count - 2, 40)
    guard let share, length >= 5 else { return String((head + line).prefix(max(0, columns - 1))) }
    let filled = Int(share * Double(length))
    return head + "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: length - filled) + "]"
      + tail
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// Reports the progress of a pool or a loop, and its summary.
final class Reporter: @unchecked Sendable {
  // Used by the exchange's thread of rank 0, and after its end by the pool's; or by the thread that called a loop.

  /// Seconds between two drawings of the bar, and between two lines.
  static let barInterval = 0.2
  static let lineInterval = 60.0
  /// The length of a run in seconds from which the automatic style prints a summary.
  static let worthSummary = 10.0

  private let style: ProgressStyle
  /// What lines begin with.
  private let label: String
  private let columns: Int?
  private let write: (String) -> Void
  private var lastShown: Double
  private var hasBar = false
  private var warning: String?

  init(
    _ style: ProgressStyle, label: String = "tasks", columns: Int? = Terminal.columns, now: Double = monotonicSeconds(),
    write: @escaping (String) -> Void = Terminal.write
  ) {
    self.style = style
    self.label = label
    self.columns = columns
    self.write = write
    lastShown = now
  }

  /// When there may be something to show; nil for never.
  var nextTick: Double? {
    style == .never ? nil : lastShown + (columns == nil ? Self.lineInterval : Self.barInterval)
  }

  /// Notes what is odd about the threads of the ranks. It is printed in the summary.
  func warn(_ text: String?) { warning = warning ?? text }

  /// Shows how far it is, if it's time to.
  func tick(_ now: Double, _ progress: () -> ProgressText?) {
    guard let nextTick, now >= nextTick else { return }
    lastShown = now
    guard let progress = progress() else { return }
    if let columns {
      hasBar = true
      write("\r" + progress.bar(columns: columns) + "\u{1B}[K")
    } else {
      write("\(label): \(progress.line)\n")
    }
  }

  /// Erases the bar.
  func erase() {
    if hasBar { write("\r\u{1B}[K") }
    hasBar = false
  }

  /// Whether a run of this length is to have a summary.
  static func wantsSummary(_ style: ProgressStyle, seconds: Double) -> Bool {
    style == .always || style == .automatic && seconds >= worthSummary
  }

  /// Erases the bar, and gives the summary if there is reason to.
  func end(_ summary: RunSummary) {
    erase()
    guard summary.tasks > 0, Self.wantsSummary(style, seconds: summary.seconds) else { return }
    var summary = summary
    summary.warning = warning
    write(summary.text)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// What people are to see of a loop, and where in the program it stands.
@usableFromInline
struct LoopDisplay {
  var style: ProgressStyle
  var label: String
  var observer: LoopObserver?
  var file: StaticString
  var line: Int

  @usableFromInline
  init(
    _ style: ProgressStyle, _ label: String, _ observer: LoopObserver? = nil, _ file: StaticString, _ line: Int
  ) {
    self.style = style
    self.label = label
    self.observer = observer
    self.file = file
    self.line = line
  }

  @usableFromInline
  init(_ style: ProgressStyle, _ label: String, _ file: StaticString, _ line: Int) {
    self.init(style, label, nil, file, line)
  }
}

extension Communicator {
  /// Runs `body` as a loop: one call of the program's, which no closure of a loop may make.
  final func runLoop<Result>(
    _ operation: StaticString, _ display: LoopDisplay, _ body: (LoopChannel) throws -> Result
  ) throws -> Result {
    try Surroundings.refuseLoop(operation)
    return try collectiveCall(operation, display.file, display.line) {
      let channel = try LoopChannel.of(self)
      occupy(for: .loop)
      defer { release(from: .loop) }
      return try body(channel)
    }
  }
}

/// Shows at the root how far a loop is, and at its end how it was. Of the thread alone that called the loop.
final class LoopProgress {
  /// Seconds before anything is shown: most loops have completed by then.
  private static let patience = 0.2
  private static let updateInterval = 100_000_000

  private let display: LoopDisplay
  private let style: ProgressStyle
  private let start: Int
  private var lastUpdate = 0
  private var reporter: Reporter?

  /// - Parameter start: when the loop began, by ``monotonicNanoseconds()``.
  init(_ display: LoopDisplay, start: Int) {
    self.display = display
    self.start = start
    style = display.style.resolved()
  }

  /// Whether there will be a summary. Asked when all is computed; what is left is to collect the results.
  func wantsSummary(_ now: Int) -> Bool { Reporter.wantsSummary(style, seconds: Double(now - start) * 1e-9) }

  /// When it is time to show how far it is; nil if nothing is shown.
  var nextTick: Int? { style == .never && display.observer == nil ? nil : lastUpdate + Self.updateInterval + 1 }

  /// Shows how far it is, if it's time to.
  ///
  /// - Parameter progress: how many iterations are done of how many, and how many ranks are at work.
  func tick(_ now: Int, _ progress: () -> ProgressText) {
    guard now - lastUpdate > Self.updateInterval else { return }
    lastUpdate = now
    let elapsed = Double(now - start) * 1e-9
    if style != .never, reporter == nil, elapsed > Self.patience {
      reporter = Reporter(style, label: display.label, now: Double(start) * 1e-9)
    }
    guard display.observer != nil || reporter != nil else { return }
    var text = progress()
    (text.elapsed, text.thing) = (elapsed, "iteration")
    display.observer?.update(text.done)
    reporter?.tick(Double(now) * 1e-9) { text }
  }

  /// Takes back what is shown: there is no summary, or the loop has failed.
  func cancel() { reporter?.erase() }

  /// Ends it, with the summary.
  func end(warning: String?, _ summary: (_ seconds: Double) -> RunSummary) {
    let seconds = Double(monotonicNanoseconds() - start) * 1e-9
    let reporter = reporter ?? Reporter(style, label: display.label)
    reporter.warn(warning)
    reporter.end(summary(seconds))
  }
}

/// What a rank has done in a loop, for the root.
struct LoopFigures: BitwiseCopyable {
  /// How many iterations it has done.
  var done = 0
  /// How long its threads computed, and the longest iteration (of a chunk, their mean), in nanoseconds.
  var busy = 0
  var longest = 0.0
  /// The bytes of items and results that it was sent and that it sent.
  var received = 0
  var sent = 0
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Shows at the root how far a loop is, and at its end how it was. Of the thread alone that called the loop.
final class LoopProgress {
  /// Seconds before anything is shown: most loops have completed by then.
  private static let patience = 0.2
  private static let updateInterval = 100_000_000

  private let display: LoopDisplay
  private let job: LoopJob
  private let channel: LoopChannel
  private let style: ProgressStyle
  private let start: Int
  private var lastUpdate = 0
  private var reporter: Reporter?

  /// - Parameter start: when the loop began, by ``monotonicNanoseconds()``.
  init(_ display: LoopDisplay, _ job: LoopJob, _ channel: LoopChannel, start: Int) {
    self.display = display
    self.job = job
    self.channel = channel
    self.start = start
    style = display.style.resolved()
  }

  /// Whether there will be a summary. Asked when all is computed; what is left is to collect the results.
  func wantsSummary(_ now: Int) -> Bool { Reporter.wantsSummary(style, seconds: Double(now - start) * 1e-9) }

  /// When it is time to show how far it is; nil if nothing is shown.
  var nextTick: Int? { style == .never && display.observer == nil ? nil : lastUpdate + Self.updateInterval + 1 }

  /// Shows how far it is, if it's time to.
  ///
  /// - Parameters:
  ///   - done: how many of the loop's indices are done.
  ///   - busyRanks: how many ranks are at work.
  func tick(_ now: Int, done: Int, busyRanks: Int) {
    guard now - lastUpdate > Self.updateInterval else { return }
    lastUpdate = now
    let elapsed = Double(now - start) * 1e-9
    if style != .never, reporter == nil, elapsed > Self.patience {
      reporter = Reporter(style, label: display.label, now: Double(start) * 1e-9)
    }
    guard display.observer != nil || reporter != nil else { return }
    var text = ProgressText()
    (text.done, text.total) = (job.programCount(done), job.indices)
    (text.busyRanks, text.ranks) = (busyRanks, channel.communicator.size)
    (text.elapsed, text.thing) = (elapsed, "iteration")
    display.observer?.update(text.done)
    reporter?.tick(Double(now) * 1e-9) { text }
  }

  /// Takes back what is shown: there is no summary, or the loop has failed.
  func cancel() { reporter?.erase() }

  /// Ends it, with the summary.
  ///
  /// - Parameters:
  ///   - figures: what each rank has done.
  ///   - results: how many bytes of results each rank has sent; none if there are no results.
  func end(_ figures: [LoopFigures], results: [Int]) {
    let seconds = Double(monotonicNanoseconds() - start) * 1e-9
    let reporter = reporter ?? Reporter(style, label: display.label)
    reporter.warn(channel.warning)
    reporter.end(summary(figures, results: results, seconds: seconds))
  }

  private func summary(_ figures: [LoopFigures], results: [Int], seconds: Double) -> RunSummary {
    var summary = RunSummary(ranks: [], seconds: seconds, schedule: job.schedule, label: display.label)
    for (rank, figures) in figures.enumerated() {
      var line = RankFigures(host: channel.hosts[rank])
      line.threads = channel.threads[rank]
      line.tasks = job.programCount(figures.done)
      line.busy = Double(figures.busy) * 1e-9
      line.longest = figures.longest * 1e-9 / Double(job.indicesPerItem)
      line.received = figures.received
      line.sent = figures.sent + (rank < results.count ? results[rank] : 0)
      summary.ranks.append(line)
    }
    summary.ranks[0].received += results.reduce(0, +)
    return summary
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

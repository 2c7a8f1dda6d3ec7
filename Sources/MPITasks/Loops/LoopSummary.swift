// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The summary of a loop.

extension LoopRun {
  /// What this rank has done.
  var figures: LoopFigures {
    monitor.withLock {
      LoopFigures(
        done: $0.done, busy: $0.busy, longest: $0.longest, received: itemBytes.received, sent: itemBytes.sent)
    }
  }

  /// How far the loop is.
  func progressText(done: Int, busyRanks: Int) -> ProgressText {
    var text = ProgressText()
    text.done = job.programCount(done)
    text.total = job.indices
    (text.busyRanks, text.ranks) = (busyRanks, communicator.size)
    return text
  }

  /// Whether what is seen of the loop has a summary at its end. Of the root.
  func wantsSummary() -> Bool { progress?.wantsSummary(monotonicNanoseconds()) ?? false }

  /// How the loop was. Of the root.
  ///
  /// - Parameter results: how many bytes of results each rank has sent; none if there are no results.
  func summary(seconds: Double, results: [Int]) -> RunSummary {
    var summary = RunSummary(ranks: [], seconds: seconds, schedule: job.schedule, label: display.label)
    for (rank, figures) in (allFigures.isEmpty ? [figures] : allFigures).enumerated() {
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

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPITasks

@Suite struct ReportTests {
  private func figures(tasks: Int, busy: Double, longest: Double = 0.1, threads: Int = 1) -> RankFigures {
    var figures = RankFigures(host: "node")
    (figures.tasks, figures.busy, figures.longest, figures.threads) = (tasks, busy, longest, threads)
    return figures
  }

  @Test func progressInWords() {
    var text = ProgressText()
    text.done = 30
    text.total = 120
    text.elapsed = 60
    text.ranks = 4
    text.busyRanks = 3
    #expect(text.line == "30 of 120 tasks, 30.0/min, 3:00 left, 3 of 4 ranks busy")
    text.failed = 2
    text.total = nil
    #expect(text.line == "30 tasks, 2 failed, 30.0/min, 3 of 4 ranks busy")
    #expect(text.timeLeft == nil)
  }

  @Test(arguments: [0, 1, 10, 40, 80, 200]) func barsFit(columns: Int) {
    var text = ProgressText()
    (text.done, text.total, text.elapsed) = (50, 100, 10)
    let bar = text.bar(columns: columns)
    #expect(bar.count <= max(0, columns - 1))
    if columns >= 80 {
      #expect(bar.hasPrefix(" 50 % [#"))
      #expect((0...1).contains(bar.count { $0 == "-" } - bar.count { $0 == "#" }))
    }
  }

  @Test func aBarAtATerminalAndLinesInALog() {
    for columns in [nil, 80] {
      var written: [String] = []
      var progress = ProgressText()
      progress.total = 10
      let reporter = Reporter(.automatic, columns: columns, now: 100) { written.append($0) }
      reporter.tick(100.1) { progress }
      #expect(written == [])
      reporter.tick(100.3) { progress }
      #expect(written.count == (columns == nil ? 0 : 1))
      reporter.tick(160.5) { nil }
      reporter.tick(221) { progress }
      #expect(written.count == (columns == nil ? 1 : 2))
      #expect(written.last?.hasPrefix(columns == nil ? "tasks: 0 of 10 tasks" : "\r") == true)
      reporter.end(RunSummary(ranks: [figures(tasks: 1, busy: 1)], seconds: 1))
      #expect(written.last == (columns == nil ? written.first : "\r\u{1B}[K"))
      reporter.end(RunSummary(ranks: [figures(tasks: 1, busy: 10)], seconds: 12))
      #expect(
        written.last?.contains("1 task in 12.0 s on 1 thread; overhead 16.7 %; 2.00 s after the ideal end\n") == true)
    }
    var written: [String] = []
    let silent = Reporter(.never, columns: 80, now: 0) { written.append($0) }
    silent.tick(1000) { ProgressText() }
    silent.end(RunSummary(ranks: [figures(tasks: 1, busy: 10)], seconds: 12))
    #expect(written == [])
    #expect(silent.nextTick == nil)
  }

  @Test func theEnvironmentHasTheLastWord() {
    #expect(ProgressStyle.automatic.resolved(.never) == .never)
    #expect(ProgressStyle.never.resolved(.always) == .always)
    #expect(ProgressStyle.always.resolved(nil) == .always)
    #expect(ProgressStyle.named("never").style == .never && ProgressStyle.named("never").warning == nil)
    for name in [nil, ""] {
      #expect(ProgressStyle.named(name).style == nil && ProgressStyle.named(name).warning == nil)
    }
    let warning = "MPI_TASKS_PROGRESS is 'bogus' and must be one of automatic, always, never: taken as not set"
    #expect(ProgressStyle.named("bogus").style == nil && ProgressStyle.named("bogus").warning == warning)
  }

  @Test func oneSuggestionWhereSomethingWasOff() {
    var summary = RunSummary(ranks: [figures(tasks: 50, busy: 9.5), figures(tasks: 50, busy: 9.5)], seconds: 10)
    #expect(abs(summary.overhead - 0.05) < 1e-9)
    #expect(summary.suggestion == nil)
    summary.ranks[1].busy = 2
    summary.ranks[1].longest = 5
    #expect(summary.suggestion?.contains("split it, or submit it first") == true)
    summary.ranks[0].tasks = 2
    summary.ranks[1].tasks = 1
    #expect(summary.suggestion?.contains("3 tasks for 2 threads") == true)
    summary.sent = [.init(type: "Fit", tasks: 40, bytes: 320_000_000), .init(type: "Other", tasks: 40, bytes: 400)]
    #expect(summary.suggestion?.hasPrefix("a Fit of 8.0 MB was sent 40 times: share") == true)
    summary.warning = "bound"
    #expect(summary.suggestion == "bound")
    summary = RunSummary(ranks: [figures(tasks: 1_000_000, busy: 1, longest: 1e-6)], seconds: 5)
    #expect(summary.suggestion?.contains("do more in each") == true)
  }

  private struct Model { var weights: [Float] }

  private struct Fitting {
    var step: Int
    var matrix: [Double]
    var model: Model
    var text = ""
  }

  @Test func aLargeArgumentThatIsSentAgainIsNamed() {
    let matrix = (0..<1_000_000).map(Double.init)
    let weights = (0..<50_000).map(Float.init)
    var arguments = RepeatedArguments()
    for step in 0..<40 {
      // Equal, and elsewhere in memory each time; the weights change in one place, which the second look finds.
      var own = weights
      own[step * 1000 + 7] = -1
      arguments.note(Fitting(step: step, matrix: matrix.map { $0 }, model: Model(weights: own)))
    }
    let first = arguments.all.first
    #expect(first == .init(type: "Fitting", position: 2, name: "matrix", bytes: 8_000_000, times: 40))
    #expect(!arguments.all.contains { $0.times > 9 && $0.name == "model.weights" })
    var summary = RunSummary(ranks: [figures(tasks: 40, busy: 9)], seconds: 10)
    summary.repeated = arguments.all
    #expect(
      summary.suggestion
        == "argument 2 of Fitting (matrix), 8.0 MB, was sent 40 times: share it (pool.share)")

    arguments = RepeatedArguments()
    let text = String(repeating: "é", count: 60_000)
    for step in 0..<12 { arguments.note(Fitting(step: step, matrix: [1], model: Model(weights: weights), text: text)) }
    #expect(Set(arguments.all.map(\.name)) == ["model.weights", "text"])
    #expect(arguments.all.allSatisfy { $0.times == 12 })
    // Many that differ are forgotten, and not the one that comes again.
    arguments = RepeatedArguments()
    for step in 0..<600 {
      arguments.note(
        Fitting(step: step, matrix: [], model: Model(weights: [Float](repeating: Float(step), count: 25_000))))
      if step % 50 == 0 { arguments.note(Fitting(step: 0, matrix: [], model: Model(weights: weights))) }
    }
    #expect(arguments.all.map(\.times) == [12])
  }

  @Test func aLoopIsCountedInIterations() {
    var summary = RunSummary(
      ranks: [figures(tasks: 500, busy: 10), figures(tasks: 500, busy: 4)], seconds: 10, schedule: .static,
      label: "rows")
    #expect(summary.text.contains("rows: 1000 iterations in 10.0 s on 2 threads; overhead 30.0 %;"))
    #expect(!summary.text.contains("failed"))
    #expect(summary.suggestion?.contains("with .adaptive they take work over") == true)
    summary.schedule = .adaptive
    #expect(summary.suggestion == nil)
    summary.ranks[0].longest = 6
    #expect(summary.suggestion == "the longest iteration took 6.00 s of 10.0 s: split it")
    summary.ranks[0].name = "0 and 63 more"
    #expect(summary.text.contains("0 and 63 more"))
  }

  @Test func numbersInWords() {
    let limits: [(Double, String)] = [
      (0.1 * 3, "0.3 s"), (0.8, "0.8 s"), (90, "90 s"), (1.25, "1.25 s"), (0.05, "50 ms"), (1e-6, "1 µs"),
      (1e9, "1000000000 s"),
    ]
    for (seconds, text) in limits { #expect(Formatting.limit(seconds) == text) }
    #expect(Formatting.duration(3e-6) == "3.0 µs")
    #expect(Formatting.duration(0.0123) == "12.3 ms")
    #expect(Formatting.duration(0.43) == "0.43 s")
    #expect(Formatting.duration(3723) == "1:02:03")
    #expect(Formatting.bytes(999) == "999 B")
    #expect(Formatting.bytes(8_000_000) == "8.0 MB")
    #expect(Formatting.rate(0.5) == "30.0/min")
    #expect(Formatting.fixed(-0.04, decimals: 1) == "0.0")
    #expect(Formatting.fixed(.nan, decimals: 1) == "-")
  }
}

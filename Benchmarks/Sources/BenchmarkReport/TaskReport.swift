// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The report of `scripts/bench tasks`, in Markdown.
public func taskReport(_ results: TaskFigures) -> String {
  var sections = [
    """
    # What a task costs

    Made by `scripts/bench tasks --save`, and not by hand: see [the package](../README.md#tasks) for how it measures. The
    numbers are in [tasks.json](tasks.json). \(results.ranks) ranks; the median, the least and the most of the repeats.

    """,
    machineSection(results.machine),
  ]
  for group in TaskFigure.Group.allCases {
    let figures = results.figures.filter { $0.group == group }
    if !figures.isEmpty { sections.append(section(group, figures, results)) }
  }
  let missed = taskShortfalls(results)
  sections.append(
    "## What falls short\n\n" + (missed.isEmpty ? "Nothing.\n" : missed.map { "- \($0)\n" }.joined()))
  return sections.joined(separator: "\n")
}

/// What does not reach its aim, a sentence each.
public func taskShortfalls(_ results: TaskFigures) -> [String] {
  results.figures.filter { $0.isReached == false }.map { figure in
    let bounds = figure.wantsLittle ? "at most" : "at least"
    return "\(figure.what), \(figure.form): \(written(figure.value.median, figure.unit)), and not \(bounds) "
      + written(figure.aim!, figure.unit)
  }
}

private func section(_ group: TaskFigure.Group, _ figures: [TaskFigure], _ results: TaskFigures) -> String {
  let (title, text) = heading(group, results)
  let rows = figures.map { figure in
    let aim = figure.aim.map { "\(figure.wantsLittle ? "≤" : "≥") \(written($0, figure.unit))" } ?? ""
    return [figure.what, figure.form]
      + [figure.value.median, figure.value.min, figure.value.max].map { written($0, figure.unit) }
      + [aim, figure.isReached.map { $0 ? "yes" : "no" } ?? ""]
  }
  let comparisons = comparisons(figures).map { "- \($0)\n" }.joined()
  return "## \(title)\n\n\(text)\n\n"
    + table(["what", "by", "median", "least", "most", "aim", "reached"], rightFrom: 2, rows)
    + (comparisons.isEmpty ? "" : "\n" + comparisons)
}

/// How the best form here compares with the best peer, for all that peers do as well.
private func comparisons(_ figures: [TaskFigure]) -> [String] {
  var names: [String] = []
  for figure in figures where figure.isPeer && !names.contains(figure.what) { names.append(figure.what) }
  return names.compactMap { name in
    let same = figures.filter { $0.what == name }
    func best(_ figures: [TaskFigure]) -> TaskFigure? {
      figures.max { ($0.value.median < $1.value.median) != $0.wantsLittle }
    }
    guard let own = best(same.filter { !$0.isPeer }), let peer = best(same.filter(\.isPeer)) else { return nil }
    let factor =
      own.wantsLittle ? peer.value.median / own.value.median : own.value.median / peer.value.median
    return
      "\(name): `\(own.form)` is \(fixed(factor, factor < 10 ? 2 : 0)) times as good as the best peer, \(peer.form)"
  }
}

private func heading(_ group: TaskFigure.Group, _ results: TaskFigures) -> (title: String, text: String) {
  switch group {
  case .rates:
    (
      "Tasks that do nothing",
      """
      The program hands them to the pool one at a time, from a lazy sequence, or all at once, from an array; the pool makes
      its messages of them as it sees fit. With a time limit each is a message of its own.
      """
    )
  case .smallLoops:
    (
      "Loops that are too small to share",
      """
      `world.map` over 1,000 indices, as a multiple of the time of the plain loop, by how long the plain loop takes. A loop
      on several ranks ends when all know that it has: that message there and back is its least time.
      """
    )
  case .matrices:
    (
      "A loop over matrices",
      """
      Matrices of 500×500 numbers, 100 of them but in a quick run; mean and standard deviation of each, \(results.matrixTimes) times. The times include
      whatever brings the matrices to the workers.
      """
    )
  case .balance:
    (
      "The ideal end",
      """
      The time of a loop, as a multiple of the sum of the work over the cores. That sum is measured in the same run: every
      rank does all of the work, at once. A row takes about 400 µs on average, in the middle of the set up to four times as
      long; the tasks of the skewed load 200 µs on average, lognormal with σ = 1.5.
      """
    )
  case .messages:
    (
      "Long arguments and results",
      "8 MB to a task on another rank, or from it, one task after the other; and C's ping-pong of as much in the same run."
    )
  case .processes:
    (
      "Tasks in processes of their own",
      """
      What `isolation: .process` costs beside threads of the ranks, and what the death of a process costs: the time beyond
      an undisturbed run of tasks of 20 ms, of which one kills its process once, less the 20 ms that are done again.
      """
    )
  case .waiting:
    ("Waiting", "The share of a core that a process takes which has nothing to do, from 0.1 s on.")
  case .memory:
    ("Memory", "The most that rank 0 has had in memory, and how far ahead of its results a lazy input was taken.")
  case .stores:
    (
      "Stores",
      """
      Tasks of 1 ms with a store and without, by turns. Then tasks that do nothing, each with a number as its result: computed
      and stored, found by a later call, and read back. The peers are a plain insert of as many rows into SQLite in one
      transaction, and joblib's `Memory`, which has a folder for each result, with a hundredth as many.
      """
    )
  }
}

private func written(_ value: Double, _ unit: String) -> String {
  switch unit {
  case "": fixed(value, 3)
  case "s": duration(value)
  case "%": "\(fixed(value, 2)) %"
  case _ where value >= 1e6: "\(fixed(value / 1e6, 2)) M \(unit)"
  case _ where value >= 1e4: "\(fixed(value / 1e3, 0)),000 \(unit)"
  case _ where value >= 100: "\(fixed(value, 0)) \(unit)"
  default: "\(fixed(value, 2)) \(unit)"
  }
}

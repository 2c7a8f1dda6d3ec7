// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What a pool or a loop has done, and what it has cost.
struct RunSummary: Sendable {
  var ranks: [RankFigures]
  /// From the first task to the end of the last, in seconds.
  var seconds: Double
  /// What was sent to other ranks, by type of task.
  var sent: [SentTasks] = []
  /// Large arguments that were sent more than once, the worst first.
  var repeated: [RepeatedArguments.Argument] = []
  /// What is odd about the threads of the ranks.
  var warning: String?
  /// How the ranks of a loop shared it; nil of a pool.
  var schedule: LoopSchedule?
  /// What it is called; nil for nothing.
  var label: String?

  /// The tasks of a type that went to other ranks.
  struct SentTasks: Sendable, Equatable {
    var type: String
    var tasks = 0
    var bytes = 0
  }

  /// What is counted.
  private var thing: String { schedule == nil ? "task" : "iteration" }

  var tasks: Int { ranks.reduce(0) { $0 + $1.tasks } }
  var threads: Int { max(1, ranks.reduce(0) { $0 + $1.threads }) }
  var busy: Double { ranks.reduce(0) { $0 + $1.busy } }
  var longest: Double { ranks.map(\.longest).max() ?? 0 }

  /// When the work would have ended if all threads had had something to do all the time, in seconds.
  var ideal: Double { busy / Double(threads) }

  /// The share of the threads' time in which no task ran.
  var overhead: Double { seconds > 0 ? min(1, max(0, 1 - ideal / seconds)) : 0 }

  /// All of it: a table, a line for the whole, and a suggestion where something was off.
  var text: String {
    let isLoop = schedule != nil
    var lines = [["rank", "host", "threads", thing + "s", "failed", "busy", "longest", "received", "sent"]]
    if isLoop { lines[0].remove(at: 4) }
    for (rank, figures) in ranks.enumerated() {
      let capacity = seconds * Double(max(1, figures.threads))
      var line = [
        figures.name ?? "\(rank)", figures.host, "\(figures.threads)", "\(figures.tasks)", "\(figures.failed)",
        Formatting.percent(capacity > 0 ? min(1, figures.busy / capacity) : 0), Formatting.duration(figures.longest),
        Formatting.bytes(figures.received), Formatting.bytes(figures.sent),
      ]
      if isLoop { line.remove(at: 4) }
      lines.append(line)
    }
    let whole =
      (label.map { $0 + ": " } ?? "") + "\(Formatting.counted(tasks, thing)) in \(Formatting.duration(seconds)) on "
      + "\(Formatting.counted(threads, "thread")); overhead \(Formatting.percent(overhead)); "
      + "\(Formatting.duration(max(0, seconds - ideal))) after the ideal end\n"
    let hint = suggestion.map { "suggestion: \($0)\n" } ?? ""
    return Formatting.table(lines, left: [1]) + whole + hint
  }

  /// Whether a rank's threads were busy for a tenth of the run longer than those of another.
  private var isUneven: Bool {
    let shares = ranks.map { $0.busy / Double(max(1, $0.threads)) }
    return (shares.max() ?? 0) - (shares.min() ?? 0) > 0.1 * seconds
  }

  /// What would have made it faster; nil if little would.
  var suggestion: String? {
    if let warning { return warning }
    if let argument = repeated.first(where: { $0.times >= 10 }) {
      return "argument \(argument.position) of \(argument.type) (\(argument.name)), "
        + "\(Formatting.bytes(argument.bytes)), was sent \(argument.times) times: share it (pool.share)"
    }
    if let large = sent.filter({ $0.tasks >= 10 && $0.bytes / $0.tasks >= 100_000 }).max(by: { $0.bytes < $1.bytes }) {
      let each = Formatting.bytes(large.bytes / large.tasks)
      return "a \(large.type) of \(each) was sent \(large.tasks) times: share what they have in common (pool.share)"
    }
    guard overhead > 0.1, tasks > 0 else { return nil }
    if tasks < 2 * threads {
      return "\(Formatting.counted(tasks, thing)) for \(Formatting.counted(threads, "thread")): make them smaller"
    }
    if let schedule, schedule != .adaptive, isUneven {
      return "some ranks waited for others with the schedule \(schedule): with .adaptive they take work over"
    }
    if longest > 0.2 * seconds {
      return "the longest \(thing) took \(Formatting.duration(longest)) of \(Formatting.duration(seconds)): split it"
        + (schedule == nil ? ", or submit it first" : "")
    }
    guard schedule == nil else { return nil }
    let mean = busy / Double(tasks)
    if mean < 5e-6 {
      return "a task took \(Formatting.duration(mean)) on average, less than it takes to hand it out: do more in each"
    }
    return nil
  }
}

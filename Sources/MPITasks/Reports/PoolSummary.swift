/// What a pool has done, and what it has cost.
struct PoolSummary: Sendable {
  var ranks: [RankFigures]
  /// From the first task to the end of the last, in seconds.
  var seconds: Double
  /// What was sent to other ranks, by type of task.
  var sent: [SentTasks] = []
  /// What is odd about the threads of the ranks.
  var warning: String?

  /// The tasks of a type that went to other ranks.
  struct SentTasks: Sendable, Equatable {
    var type: String
    var tasks = 0
    var bytes = 0
  }

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
    var lines = [["rank", "host", "threads", "tasks", "failed", "busy", "longest", "received", "sent"]]
    for (rank, figures) in ranks.enumerated() {
      let capacity = seconds * Double(max(1, figures.threads))
      lines.append([
        "\(rank)", figures.host, "\(figures.threads)", "\(figures.tasks)", "\(figures.failed)",
        Formatting.percent(capacity > 0 ? min(1, figures.busy / capacity) : 0), Formatting.duration(figures.longest),
        Formatting.bytes(figures.received), Formatting.bytes(figures.sent),
      ])
    }
    let whole =
      "\(Formatting.counted(tasks, "task")) in \(Formatting.duration(seconds)) on "
      + "\(Formatting.counted(threads, "thread")); overhead \(Formatting.percent(overhead)); "
      + "\(Formatting.duration(max(0, seconds - ideal))) after the ideal end\n"
    let hint = suggestion.map { "suggestion: \($0)\n" } ?? ""
    return Formatting.table(lines, left: [1]) + whole + hint
  }

  /// What would have made it faster; nil where little would.
  var suggestion: String? {
    if let warning { return warning }
    if let large = sent.filter({ $0.tasks >= 10 && $0.bytes / $0.tasks >= 100_000 }).max(by: { $0.bytes < $1.bytes }) {
      let each = Formatting.bytes(large.bytes / large.tasks)
      return "a \(large.type) of \(each) was sent \(large.tasks) times: share what they have in common (pool.share)"
    }
    guard overhead > 0.1, tasks > 0 else { return nil }
    if tasks < 2 * threads {
      return "\(Formatting.counted(tasks, "task")) for \(Formatting.counted(threads, "thread")): make them smaller"
    }
    if longest > 0.2 * seconds {
      return "the longest task took \(Formatting.duration(longest)) of \(Formatting.duration(seconds)): split it, or "
        + "submit it first"
    }
    let mean = busy / Double(tasks)
    if mean < 5e-6 {
      return "a task took \(Formatting.duration(mean)) on average, less than it takes to hand it out: do more in each"
    }
    return nil
  }
}

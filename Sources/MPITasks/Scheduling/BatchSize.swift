/// How many tasks of a call go together, by how long they have taken.
///
/// Short tasks go in batches of half a millisecond and more, so that what rank 0 does for each costs little beside them;
/// long ones go one by one, so that none waits behind another.
struct BatchSize: Sendable {
  /// How long a batch should take, in seconds.
  ///
  /// Rank 0 spends some 15 µs on each: on all of them together no more than a few hundredths of its time, however many
  /// threads there are.
  static func target(threads: Int) -> Double { 500e-6 + 20e-6 * Double(threads) }
  /// The most tasks in a batch.
  static let limit = 4096

  /// How long a task takes, in seconds, rather too long than too short; nil before the first is over.
  private(set) var seconds: Double?
  /// How long the last tasks have taken on average, in seconds; nil before the first is over.
  private(set) var mean: Double?
  /// How many tasks that is an average of.
  private var known = 0.0
  private static let memory = 64.0
  /// The largest batch that has come back; the next is a few times as large at most, for the first tasks may be unlike
  /// the next.
  private var largest = 1

  /// - Parameter seconds: how long such a task took before; nil where that is not known.
  init(seconds: Double? = nil) {
    self.seconds = seconds
    mean = seconds
  }

  /// Notes a batch that came back.
  mutating func record(count: Int, seconds total: Double) {
    guard count > 0 else { return }
    let each = total / Double(count)
    // What takes longer counts at once, what takes less by and by: one batch too small is cheap, one too large is not.
    seconds = seconds.map { each > $0 ? each : 0.7 * $0 + 0.3 * each } ?? each
    known = min(Self.memory, known + Double(count))
    mean = mean.map { $0 + (each - $0) * min(1, Double(count) / known) } ?? each
    largest = max(largest, count)
  }

  /// The size of the next batch, 1 at least.
  ///
  /// - Parameters:
  ///   - waiting: how many tasks are there to be taken.
  ///   - threads: how many threads there are on all ranks.
  func next(waiting: Int, threads: Int) -> Int {
    guard let seconds else { return 1 }
    let wanted = seconds > 0 ? min(Self.target(threads: threads) / seconds, Double(Self.limit)) : Double(Self.limit)
    // Toward the end batches get smaller, so that all threads end at the same time.
    let share = max(1, waiting / (2 * max(1, threads)))
    return max(1, min(Int(wanted), 8 * largest, share))
  }
}

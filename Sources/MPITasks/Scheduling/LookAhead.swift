/// How far ahead of the results a call takes its input.
///
/// It begins small, for a task may hold much memory, and doubles whenever workers have run dry of short tasks.
struct LookAhead: Sendable {
  /// The most inputs that are taken ahead where the program does not say.
  static let largest = 65_536

  /// How many inputs are under way at most: waiting, running, or done and not yet handed out.
  private(set) var count: Int
  private let limit: Int

  /// - Parameters:
  ///   - threads: how many threads there are on all ranks.
  ///   - fixed: what the program says.
  init(threads: Int, fixed: Int?) {
    limit = max(1, fixed ?? Self.largest)
    count = min(limit, max(8, 4 * threads))
  }

  /// Notes how many threads there are by now: ranks may come late.
  mutating func widen(to threads: Int) { count = max(count, min(limit, 4 * threads)) }

  /// Notes that all that was taken was also given out.
  mutating func ranDry(taskSeconds: Double?) {
    guard let taskSeconds, taskSeconds < 1e-3 else { return }
    count = min(limit, 2 * count)
  }
}

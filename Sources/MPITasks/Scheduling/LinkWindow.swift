/// What is under way to one worker, and whether it should get more.
///
/// A worker that has a batch in hand while it works at another does not wait for a round trip. Each has two batches for
/// every thread, four where tasks are short (one may be on its way while others are encoded and decoded), and more where
/// enough is left; toward the end one that has none to spare gets the last ones.
struct LinkWindow: Sendable {
  /// How long the work under way should last at least, in seconds for each thread.
  ///
  /// A round trip takes some microseconds, but the threads that talk have no core of their own, here and there: each
  /// waits for the compute threads to let it run.
  static let reserve = 4e-3
  /// From how many seconds on a task is long: nobody has one in hand while others have nothing.
  static let long = 400e-6

  /// The compute threads of the worker; 0 before it has said so.
  var threads = 0
  /// The batches under way.
  private(set) var batches = 0
  /// The tasks under way.
  private(set) var tasks = 0
  /// How long they will take, as far as that is known, in seconds for one thread.
  private(set) var seconds = 0.0
  /// Of the tasks under way, those that wait for tasks that they have submitted, and don't keep a thread.
  var suspended = 0

  /// Notes a batch that goes out.
  mutating func add(tasks count: Int, seconds expected: Double) {
    batches += 1
    tasks += count
    seconds += expected
  }

  /// Notes a batch that came back.
  mutating func remove(tasks count: Int, seconds expected: Double) {
    batches -= 1
    tasks -= count
    seconds = batches == 0 ? 0 : max(0, seconds - expected)
  }

  /// Whether it should get another batch.
  ///
  /// - Parameters:
  ///   - waiting: how many tasks are there to be taken.
  ///   - allThreads: how many threads there are on all ranks.
  ///   - taskSeconds: how long a task takes; nil where that isn't known.
  func wantsMore(waiting: Int, allThreads: Int, taskSeconds: Double?) -> Bool {
    guard threads > 0 else { return false }
    let active = batches - suspended
    if active < threads { return true }
    // No worker hoards the last long ones.
    if waiting <= allThreads, taskSeconds ?? 0 > Self.long { return false }
    if active < (taskSeconds ?? 1 > Self.long ? 2 : 4) * threads { return true }
    // Nor more than half of what is left for each thread.
    let left = taskSeconds.map { $0 * Double(waiting) / Double(2 * allThreads) } ?? Self.reserve
    return seconds < min(Self.reserve, left) * Double(threads) && batches < 16 * threads
  }

  /// How long it has enough to do at least, in seconds, as far as that is known.
  var secondsInHand: Double { threads > 0 ? seconds / Double(threads) : 0 }
}

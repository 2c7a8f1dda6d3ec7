/// What rank 0 knows of a loop and decides: who gives to whom, which chunks go where, when the loop is over.
///
/// Events come in and actions go out; it knows neither messages nor clocks, so that the simulator of schedules runs it too.
package struct LoopCoordinator: Sendable {
  /// How much a rank has left.
  package enum Level: Int32, Sendable, Comparable, BitwiseCopyable {
    /// Enough.
    case working
    /// So little that it will be through before more can arrive.
    case low
    /// Nothing but what its threads are at.
    case dry
    /// Nothing.
    case idle

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// What a rank says of itself.
  package struct Report: Sendable, BitwiseCopyable {
    package var level: Level
    /// Whether it has heard that the loop has failed, and has put all work down.
    package var hasStopped = false
    /// Whether an index has failed there.
    package var hasFailed = false
    /// How many indices it has computed in all.
    package var done: Int
    /// How many blocks it was given in all.
    package var received: Int
    /// How many of those it has computed, in a loop in which rank 0 hands out chunks.
    package var finished: Int
    /// How long what it has left will take, in nanoseconds.
    package var time: Double

    package init(level: Level, done: Int, received: Int = 0, finished: Int = 0, time: Double = 0) {
      self.level = level
      self.done = done
      self.received = received
      self.finished = finished
      self.time = time
    }
  }

  /// What rank 0 has to do.
  package enum Action: Sendable, Hashable {
    /// Ask a rank to give half of what it has to another.
    case ask(victim: Int, thief: Int)
    /// Give a rank a chunk.
    case grant(rank: Int, Range<Int>)
    /// Tell all ranks to put their work down, for the loop has failed.
    case stop
    /// Tell all ranks that the loop is over.
    case end
  }

  private struct Rank {
    var last: Report? = nil
    /// How many blocks were sent to it.
    var given = 0
    var isWaiting = false
    /// Whether another was asked to give to it.
    var isAskedFor = false
    /// Whether nothing more is missing from it.
    var isSettled = false
  }

  private let count: Int
  private let schedule: LoopSchedule
  private let threads: [Int]
  private let allThreads: Int
  private var ranks: [Rank]
  private var settled = 0
  private var done = 0
  private var asked = 0
  private var isStopping = false
  private var hasEnded = false
  /// When each rank will be through; minus infinity of those that can't give.
  private var ends: LatestRanks
  /// Who waits for work. Entries may be out of date.
  private var waiting: [Int] = []
  private var firstWaiting = 0
  /// The first index that was not handed out.
  private var next = 0

  package init(count: Int, schedule: LoopSchedule, threads: [Int]) {
    self.count = count
    self.schedule = schedule
    self.threads = threads
    allThreads = threads.reduce(0, +)
    ranks = Array(repeating: Rank(), count: threads.count)
    ends = LatestRanks(threads.count)
    if schedule == .adaptive {
      let shares = StaticShares(count: count, threads: threads)
      // Who has said nothing yet is later than who has.
      for rank in threads.indices where !shares[rank].isEmpty { ends[rank] = 1e18 }
    }
  }

  /// The beginning: the first chunks go out.
  package mutating func begin(_ actions: inout [Action]) {
    guard handsOut else { return }
    for _ in 0..<2 {
      for rank in ranks.indices { for _ in 0..<threads[rank] { grant(rank, &actions) } }
    }
  }

  /// A rank reports.
  package mutating func report(_ rank: Int, _ report: Report, now: Double, _ actions: inout [Action]) {
    done += report.done - (ranks[rank].last?.done ?? 0)
    ranks[rank].last = report
    if report.hasFailed && !isStopping { stop(&actions) }
    if !isStopping {
      if handsOut {
        for _ in 0..<max(0, 2 * threads[rank] - (ranks[rank].given - report.finished)) { grant(rank, &actions) }
      } else if schedule == .adaptive {
        place(rank, now)
        match(now, &actions)
      }
    }
    settle(rank)
    endIfOver(&actions)
  }

  /// A rank has given a block to another.
  ///
  /// - Parameters:
  ///   - victimTime: how long what it has kept will take, in nanoseconds.
  ///   - thiefTime: how long the block will take the other.
  package mutating func gave(
    victim: Int, thief: Int, victimTime: Double, thiefTime: Double, now: Double, _ actions: inout [Action]
  ) {
    asked -= 1
    ranks[thief].given += 1
    ranks[thief].isWaiting = false
    ranks[thief].isAskedFor = false
    settle(thief)
    ends[victim] = now + victimTime
    ends[thief] = now + thiefTime
    if !isStopping {
      // It may have had the block, and reported, before this was heard of.
      place(thief, now)
      match(now, &actions)
    }
    endIfOver(&actions)
  }

  /// A rank had nothing to give to another.
  package mutating func gaveNothing(victim: Int, thief: Int, now: Double, _ actions: inout [Action]) {
    asked -= 1
    ranks[thief].isAskedFor = false
    ends[victim] = -.infinity
    if !isStopping {
      // It goes on waiting.
      ranks[thief].isWaiting = true
      waiting.append(thief)
      match(now, &actions)
    }
    endIfOver(&actions)
  }

  /// Something has failed that no report speaks of.
  package mutating func fail(_ actions: inout [Action]) {
    if !isStopping { stop(&actions) }
    endIfOver(&actions)
  }

  /// How many indices are known to be done.
  package var progress: Int { done }

  /// How many ranks have something to do, as far as is known.
  package var busyRanks: Int { ranks.count - settled }

  private var handsOut: Bool {
    switch schedule {
    case .dynamic, .guided: true
    case .static, .adaptive: false
    }
  }

  private mutating func grant(_ rank: Int, _ actions: inout [Action]) {
    guard next < count else { return }
    let size =
      switch schedule {
      case .dynamic(let chunk): max(1, chunk)
      default: max(1, (count - next) / (2 * allThreads))
      }
    let end = size < count - next ? next + size : count
    actions.append(.grant(rank: rank, next..<end))
    next = end
    ranks[rank].given += 1
    settle(rank)
  }

  private mutating func stop(_ actions: inout [Action]) {
    isStopping = true
    for rank in ranks.indices { settle(rank) }
    actions.append(.stop)
  }

  /// Draws from a rank's last report whether it can give, and whether it waits; nothing, where a block is on its way to it.
  private mutating func place(_ rank: Int, _ now: Double) {
    guard let report = ranks[rank].last, report.received == ranks[rank].given else { return }
    ends[rank] = report.level >= .dry ? -.infinity : now + report.time
    if report.level >= .low && !ranks[rank].isWaiting && !ranks[rank].isAskedFor {
      ranks[rank].isWaiting = true
      waiting.append(rank)
    }
  }

  /// Brings those who wait together with who has the most left.
  private mutating func match(_ now: Double, _ actions: inout [Action]) {
    while firstWaiting < waiting.count, let victim = ends.latest {
      var thief = waiting[firstWaiting]
      guard ranks[thief].isWaiting else {
        firstWaiting += 1
        continue
      }
      if victim == thief {
        // Nobody has more than this one, so another comes first.
        guard let other = waiting[firstWaiting...].firstIndex(where: { $0 != victim && ranks[$0].isWaiting }) else {
          break
        }
        waiting.swapAt(firstWaiting, other)
        thief = waiting[firstWaiting]
      }
      firstWaiting += 1
      ranks[thief].isWaiting = false
      ranks[thief].isAskedFor = true
      asked += 1
      // Until it is known what was given: half, to each.
      let left = max(0, ends[victim] - now)
      ends[victim] = now + left / 2
      actions.append(.ask(victim: victim, thief: thief))
    }
    if firstWaiting > 1024 && firstWaiting * 2 > waiting.count {
      waiting.removeFirst(firstWaiting)
      firstWaiting = 0
    }
  }

  /// Notes whether anything is missing from a rank.
  private mutating func settle(_ rank: Int) {
    var isSettled = false
    if let report = ranks[rank].last, report.level == .idle {
      isSettled = isStopping ? report.hasStopped && report.received == ranks[rank].given : true
    }
    settled += (isSettled ? 1 : 0) - (ranks[rank].isSettled ? 1 : 0)
    ranks[rank].isSettled = isSettled
  }

  private mutating func endIfOver(_ actions: inout [Action]) {
    guard !hasEnded, settled == ranks.count, asked == 0, isStopping || done == count else { return }
    hasEnded = true
    actions.append(.end)
  }
}

import MPITasks

/// What messages and waking cost, in nanoseconds.
struct Costs {
  /// From one rank to another.
  var latency = 2_000.0
  /// Of the root's time, for a message that it receives, with the decision that follows.
  var receive = 500.0
  /// Of the root's time, for a message that it sends.
  var send = 300.0
  /// The longest that a rank sleeps before it looks for messages.
  var longestSleep = 1_000_000.0
}

/// How a simulated loop went.
struct Outcome {
  /// The work over the cores, as a share of the time that it took.
  var efficiency: Double
  /// How much of the time the root was busy with messages.
  var rootShare: Double
  /// The messages that the root received and sent.
  var messages: Int
  /// When the last rank was through, in nanoseconds.
  var time: Double
}

/// A loop on many ranks with a thread each: the library's coordinator and its rule for giving, on simulated clocks.
///
/// Nothing happens but messages: how far a rank is in its block follows from the time. So the effort is in proportion to
/// the messages and not to the indices.
struct Simulation {
  private enum Event {
    /// A rank has little left, or nothing; unless its work has changed since.
    case low(Int, version: Int)
    case idle(Int, version: Int)
    // At the root.
    case report(Int, LoopCoordinator.Report)
    case gave(victim: Int, thief: Int, victimTime: Double, thiefTime: Double)
    case gaveNothing(victim: Int, thief: Int)
    // At a rank.
    case ask(victim: Int, thief: Int)
    case block(Int, Range<Int>)
  }

  private struct Rank {
    var blocks: [Range<Int>] = []
    /// When the first block's first index was begun.
    var since = 0.0
    var version = 0
    var done = 0
    var received = 0
    var finished = 0
  }

  private let work: Workload
  private let schedule: LoopSchedule
  private let costs: Costs
  private var coordinator: LoopCoordinator
  private var ranks: [Rank]
  private var events = EventQueue<Event>()
  private var rootFree = 0.0
  private var rootBusy = 0.0
  private var messages = 0
  private var end: Double? = nil
  private var lastWork = 0.0

  init(_ work: Workload, ranks count: Int, schedule: LoopSchedule, costs: Costs) {
    self.work = work
    self.schedule = schedule
    self.costs = costs
    let threads = Array(repeating: 1, count: count)
    coordinator = LoopCoordinator(count: work.count, schedule: schedule, threads: threads)
    ranks = Array(repeating: Rank(), count: count)
    let shares = StaticShares(count: work.count, threads: threads)
    var handsOut = false
    if case .dynamic = schedule { handsOut = true }
    if case .guided = schedule { handsOut = true }
    if !handsOut { for rank in 0..<count where !shares[rank].isEmpty { ranks[rank].blocks = [shares[rank]] } }
  }

  /// Runs it.
  mutating func run() -> Outcome {
    for rank in ranks.indices { plan(rank, 0) }
    direct(0) { $0.begin(&$1) }
    while end == nil, let (time, event) = events.next() { handle(event, time) }
    guard let end else { preconditionFailure("the simulated loop has not ended: a fault of the schedule") }
    return Outcome(
      efficiency: work.total / (Double(ranks.count) * end), rootShare: rootBusy / end, messages: messages, time: end)
  }

  // MARK: Ranks

  /// When a rank sleeps, it answers so much later, on the average.
  private func nap(_ now: Double) -> Double { min(costs.longestSleep, max(20_000, now / 64)) / 2 }

  private func timeLeft(_ rank: Int, _ now: Double) -> Double {
    let all = ranks[rank].blocks.reduce(0) { $0 + work.time($1) }
    return max(0, all - (now - ranks[rank].since))
  }

  /// Notes when a rank will be low and idle.
  private mutating func plan(_ rank: Int, _ now: Double) {
    ranks[rank].version += 1
    let (version, left) = (ranks[rank].version, timeLeft(rank, now))
    if schedule == .adaptive, left > 0 {
      events.add(.low(rank, version: version), at: now + max(0, left - max(100_000, 4 * nap(now))))
    }
    events.add(.idle(rank, version: version), at: now + left)
  }

  /// Brings a rank's blocks up to date: what it has done is out of them. The index that it is at stays the first.
  private mutating func advance(_ rank: Int, _ now: Double) {
    while let block = ranks[rank].blocks.first {
      let time = work.time(block)
      if ranks[rank].since + time <= now + 1e-3 {
        ranks[rank].blocks.removeFirst()
        ranks[rank].since += time
        ranks[rank].done += block.count
        ranks[rank].finished += 1
        continue
      }
      let at = min(work.index(from: block.lowerBound, after: now - ranks[rank].since), block.upperBound - 1)
      ranks[rank].done += at - block.lowerBound
      ranks[rank].since += work.time(block.lowerBound..<at)
      ranks[rank].blocks[0] = at..<block.upperBound
      return
    }
    ranks[rank].since = now
  }

  private func report(_ rank: Int, _ level: LoopCoordinator.Level, _ now: Double) -> LoopCoordinator.Report {
    LoopCoordinator.Report(
      level: level, done: ranks[rank].done, received: ranks[rank].received, finished: ranks[rank].finished,
      time: timeLeft(rank, now))
  }

  private mutating func sendToRoot(_ event: Event, from rank: Int, _ now: Double) {
    events.add(event, at: now + (rank == 0 ? 0 : costs.latency))
  }

  // MARK: Events

  private mutating func handle(_ event: Event, _ now: Double) {
    switch event {
    case .low(let rank, let version):
      guard version == ranks[rank].version else { return }
      advance(rank, now)
      sendToRoot(.report(rank, report(rank, .low, now)), from: rank, now)
    case .idle(let rank, let version):
      guard version == ranks[rank].version else { return }
      advance(rank, now)
      lastWork = max(lastWork, now)
      sendToRoot(.report(rank, report(rank, .idle, now)), from: rank, now)
    case .report(let rank, let report): atRoot(now, rank) { $0.report(rank, report, now: $1, &$2) }
    case .gave(let victim, let thief, let victimTime, let thiefTime):
      atRoot(now, victim) {
        $0.gave(victim: victim, thief: thief, victimTime: victimTime, thiefTime: thiefTime, now: $1, &$2)
      }
    case .gaveNothing(let victim, let thief):
      atRoot(now, victim) { $0.gaveNothing(victim: victim, thief: thief, now: $1, &$2) }
    case .ask(let victim, let thief): give(victim, thief, now)
    case .block(let rank, let block):
      advance(rank, now)
      ranks[rank].blocks.append(block)
      ranks[rank].received += 1
      plan(rank, now)
      // Chunks that are handed out are asked for as they are done; the end of each is an event.
      if schedule != .adaptive, ranks[rank].blocks.count > 1 { planChunk(rank, now) }
    }
  }

  /// The end of the chunk that a rank is at, where it has another one after it.
  private mutating func planChunk(_ rank: Int, _ now: Double) {
    let left = max(0, work.time(ranks[rank].blocks[0]) - (now - ranks[rank].since))
    events.add(.idle(rank, version: ranks[rank].version), at: now + left)
  }

  private mutating func give(_ victim: Int, _ thief: Int, _ now: Double) {
    advance(victim, now)
    // What the victim knows: what an index has taken of late. The index that it is at can't be given.
    var share = LoopShare(threads: 1)
    if let first = ranks[victim].blocks.first {
      let cost = work.time(first.lowerBound..<first.lowerBound + 1)
      share.took(1, nanoseconds: cost)
      share.add(first.lowerBound + 1..<first.upperBound)
      for block in ranks[victim].blocks.dropFirst() { share.add(block) }
    }
    guard let block = share.give(toThreads: 1) else {
      return sendToRoot(.gaveNothing(victim: victim, thief: thief), from: victim, now)
    }
    let current = ranks[victim].blocks[0].prefix(1)
    var rest = share.blocks
    if let first = rest.first, first.lowerBound == current.upperBound {
      rest[0] = current.lowerBound..<first.upperBound
    } else {
      rest.insert(current, at: 0)
    }
    ranks[victim].blocks = rest
    plan(victim, now)
    sendToRoot(
      .gave(
        victim: victim, thief: thief, victimTime: share.time, thiefTime: Double(block.count) * share.cost),
      from: victim, now)
    events.add(.block(thief, block), at: now + costs.latency + nap(now) / 8)
  }

  // MARK: The root

  private mutating func atRoot(
    _ now: Double, _ source: Int,
    _ event: (inout LoopCoordinator, Double, inout [LoopCoordinator.Action]) -> Void
  ) {
    if source != 0 {
      messages += 1
      rootBusy += costs.receive
      rootFree = max(rootFree, now) + costs.receive
    } else {
      rootFree = max(rootFree, now)
    }
    let time = rootFree
    direct(time) { event(&$0, time, &$1) }
  }

  private mutating func direct(
    _ now: Double, _ event: (inout LoopCoordinator, inout [LoopCoordinator.Action]) -> Void
  ) {
    var actions: [LoopCoordinator.Action] = []
    event(&coordinator, &actions)
    for action in actions {
      switch action {
      case .ask(let victim, let thief):
        events.add(.ask(victim: victim, thief: thief), at: sent(to: victim, now) + nap(now))
      case .grant(let rank, let block): events.add(.block(rank, block), at: sent(to: rank, now))
      case .stop: break
      case .end:
        // Passed on along a binary tree.
        let depth = Double(Int.bitWidth - (ranks.count - 1).leadingZeroBitCount)
        end = max(now, lastWork) + depth * (costs.latency + 2 * costs.send)
      }
    }
  }

  /// When a message of the root's arrives.
  private mutating func sent(to rank: Int, _ now: Double) -> Double {
    guard rank != 0 else { return now }
    messages += 1
    rootBusy += costs.send
    rootFree = max(rootFree, now) + costs.send
    return rootFree + costs.latency
  }
}

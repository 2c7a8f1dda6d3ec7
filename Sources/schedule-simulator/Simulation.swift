// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks

/// What messages and waking cost, in nanoseconds.
struct Costs {
  /// From one rank to another.
  var latency = 2_000.0
  /// Of the time of a rank that coordinates, for a message that it receives, with the decision that follows.
  var receive = 500.0
  /// Of its time, for a message that it sends.
  var send = 300.0
}

/// How a simulated loop went.
struct Outcome {
  /// The parallel efficiency: the work, divided by cores and time.
  var efficiency: Double
  /// How much of the time the root was busy with messages.
  var rootShare: Double
  /// The messages that the root received and sent.
  var messages: Int
  /// When the last rank was through, in nanoseconds.
  var time: Double
}

/// A loop on many ranks with a thread each: the library's coordinators and its rule for giving, on simulated clocks.
///
/// Nothing happens but messages: how far a rank is in its block follows from the time. So the effort is in proportion
/// to the messages and not to the indices.
struct Simulation {
  private enum Event {
    /// A rank has little left, or nothing; unless its work has changed since.
    case low(Int, version: Int)
    case idle(Int, version: Int)
    // At a rank.
    case ask(victim: Int, thief: Int, given: Int)
    case block(Int, Range<Int>)
    // At the first rank of a node.
    case report(Int, LoopCoordinator.Report)
    case gave(victim: Int, thief: Int, victimTime: Double, thiefTime: Double)
    case gaveNothing(victim: Int, thief: Int)
    case nodeAsk(victim: Int, thief: Int, given: Int)
    case lookAround(Int)
    case nodeGiven(from: Int, thief: Int, time: Double)
    // At rank 0, of nodes.
    case nodeReport(Int, LoopCoordinator.Report)
    case nodeAnswer(victim: Int, thief: Int, blocks: Int, time: Double, thiefTime: Double)
    // At rank 0, of chunks that it hands out.
    case chunks(Int, ChunkDispenser.Counts)
  }

  private struct Rank {
    var blocks: [Range<Int>] = []
    /// When the first block's first index was begun.
    var since = 0.0
    var version = 0
    var done = 0
    var received = 0
    var finished = 0
    /// Whether it has answered that it has nothing to give, and a block was on its way.
    var isThoughtEmpty = false
  }

  /// A node, and its first rank as the one that coordinates it.
  private struct Node {
    var coordinator: LoopCoordinator
    var reporting: LoopReporting
    /// Until when its first rank is busy with messages, and for how long it was in all.
    var free = 0.0
    var busy = 0.0
    /// Whether it is about to look for a report to make.
    var looksAround = false
  }

  private let work: Workload
  private let schedule: LoopSchedule
  private let costs: Costs
  private let places: LoopNodes
  private var nodes: [Node]
  /// Rank 0's coordinator of nodes, if there are several.
  private var top: LoopCoordinator?
  private var dispenser: ChunkDispenser?
  private var ranks: [Rank]
  private var events = EventQueue<Event>()
  private var messages = 0
  private var end: Double? = nil
  private var lastWork = 0.0

  /// - Parameter nodeSize: how many ranks follow one another on a node; nil if one coordinates all.
  init(_ work: Workload, ranks count: Int, schedule: LoopSchedule, costs: Costs, nodeSize: Int? = nil) {
    self.work = work
    self.schedule = schedule
    self.costs = costs
    let threads = Array(repeating: 1, count: count)
    let size = nodeSize ?? count
    let places = LoopNodes(names: (0..<count).map { UInt64($0 / size) })
    self.places = places
    ranks = Array(repeating: Rank(), count: count)
    let shares = StaticShares(count: work.count, threads: threads)
    if !schedule.handsOut { for rank in 0..<count where !shares[rank].isEmpty { ranks[rank].blocks = [shares[rank]] } }
    dispenser = ChunkDispenser(count: work.count, schedule: schedule, threads: threads)
    let reporting = LoopReporting(schedule)
    if places.count == 1 {
      let whole = LoopCoordinator(count: work.count, schedule: schedule, threads: threads)
      nodes = [Node(coordinator: whole, reporting: reporting)]
    } else {
      top = LoopCoordinator(count: work.count, schedule: schedule, threads: places.sums(threads), ofNodes: true)
      nodes = places.members.map { members in
        let coordinator = LoopCoordinator(
          ofNode: members.map { !shares[$0].isEmpty }, schedule: schedule)
        return Node(coordinator: coordinator, reporting: reporting)
      }
    }
  }

  /// Runs it.
  mutating func run() -> Outcome {
    for rank in ranks.indices { plan(rank, 0) }
    grant(dispenser?.begin() ?? [], 0)
    while end == nil, let (time, event) = events.next() { handle(event, time) }
    guard let end else { preconditionFailure("the simulated loop has not ended: a fault of the schedule") }
    return Outcome(
      efficiency: work.total / (Double(ranks.count) * end), rootShare: nodes[0].busy / end, messages: messages,
      time: end)
  }

  // MARK: Ranks

  /// When a rank sleeps, it answers so much later, on the average.
  private func nap(_ now: Double) -> Double {
    Double(LoopReporting.longestRest(after: Int(now), nodes: nodes.count)) / 2
  }

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
      level: level, done: ranks[rank].done, received: schedule.handsOut ? 0 : ranks[rank].received,
      time: timeLeft(rank, now))
  }

  // MARK: Events

  private mutating func handle(_ event: Event, _ now: Double) {
    switch event {
    case .low(let rank, let version):
      guard version == ranks[rank].version else { return }
      advance(rank, now)
      sendToLeader(.report(rank, report(rank, .low, now)), from: rank, now)
    case .idle(let rank, let version):
      guard version == ranks[rank].version else { return }
      advance(rank, now)
      lastWork = max(lastWork, now)
      if schedule.handsOut {
        let counts = ChunkDispenser.Counts(received: ranks[rank].received, finished: ranks[rank].finished)
        events.add(.chunks(rank, counts), at: now + (rank == 0 ? 0 : costs.latency))
        guard ranks[rank].blocks.isEmpty else { return }
      }
      sendToLeader(.report(rank, report(rank, .idle, now)), from: rank, now)
    case .chunks(let rank, let counts):
      let time = received(by: 0, isOwn: rank == 0, now)
      grant(dispenser?.heard(rank, counts) ?? [], time)
    case .report(let rank, let report):
      atNode(places.node(of: rank), from: rank, now) { $0.report($1.number(rank), report, now: $2, &$3) }
    case .gave(let victim, let thief, let victimTime, let thiefTime):
      atNode(places.node(of: victim), from: victim, now) {
        $0.gave(
          victim: $1.number(victim), thief: $1.number(thief), victimTime: victimTime, thiefTime: thiefTime, now: $2,
          &$3)
      }
    case .gaveNothing(let victim, let thief):
      atNode(places.node(of: victim), from: victim, now) {
        $0.gaveNothing(victim: $1.number(victim), thief: $1.number(thief), now: $2, &$3)
      }
    case .lookAround(let node): lookAround(node, now)
    case .nodeAsk(let node, let thief, let given):
      nodes[node].reporting.asked(given: given)
      atNode(node, from: 0, now) {
        $0.giveAway(to: thief, thieves: $1.places.numbers(ofNode: thief, in: $1.node), now: $2, &$3)
      }
    case .nodeGiven(let giver, let thief, let time):
      atNode(places.node(of: thief), from: giver, now) { $0.given(to: $1.number(thief), time: time, now: $2, &$3) }
    case .nodeReport(let node, let report):
      atTop(now, from: node) { $0.report(node, report, now: $1, &$2) }
    case .nodeAnswer(let victim, let thief, let blocks, let time, let thiefTime):
      atTop(now, from: victim) {
        if blocks == 0 {
          $0.gaveNothing(victim: victim, thief: thief, now: $1, &$2)
        } else {
          $0.gave(
            victim: victim, thief: thief, blocks: blocks, victimTime: time, thiefTime: thiefTime, now: $1, &$2)
        }
      }
    case .ask(let victim, let thief, let given): give(victim, thief, given, now)
    case .block(let rank, let block):
      advance(rank, now)
      ranks[rank].blocks.append(block)
      ranks[rank].received += 1
      plan(rank, now)
      if ranks[rank].isThoughtEmpty {
        ranks[rank].isThoughtEmpty = false
        sendToLeader(.report(rank, report(rank, .working, now)), from: rank, now)
      }
      // Chunks that are handed out are asked for as they are done; the end of each is an event.
      if schedule != .adaptive, ranks[rank].blocks.count > 1 { planChunk(rank, now) }
    }
  }

  /// The end of the chunk that a rank is at, if it has another one after it.
  private mutating func planChunk(_ rank: Int, _ now: Double) {
    let left = max(0, work.time(ranks[rank].blocks[0]) - (now - ranks[rank].since))
    events.add(.idle(rank, version: ranks[rank].version), at: now + left)
  }

  /// What the first index of a block takes: all others are thought to take as long.
  private func cost(_ block: Range<Int>) -> Double { work.time(block.lowerBound..<block.lowerBound + 1) }

  private mutating func give(_ victim: Int, _ thief: Int, _ given: Int, _ now: Double) {
    advance(victim, now)
    // What the victim knows: what an index has taken of late, and the giver's estimate of a block. The index that
    // it is at can't be given.
    var share = LoopShare(threads: 1)
    if let first = ranks[victim].blocks.first {
      let rest = first.lowerBound + 1..<first.upperBound
      share.add(rest, cost: cost(first))
      for block in ranks[victim].blocks.dropFirst() { share.add(block, cost: cost(block)) }
    }
    guard let block = share.give(toThreads: 1) else {
      ranks[victim].isThoughtEmpty = ranks[victim].received < given
      return sendToLeader(.gaveNothing(victim: victim, thief: thief), from: victim, now)
    }
    let current = ranks[victim].blocks[0].prefix(1)
    var rest = share.blocks.map(\.range)
    if let first = rest.first, first.lowerBound == current.upperBound {
      rest[0] = current.lowerBound..<first.upperBound
    } else {
      rest.insert(current, at: 0)
    }
    ranks[victim].blocks = rest
    plan(victim, now)
    sendToLeader(
      .gave(
        victim: victim, thief: thief, victimTime: share.time, thiefTime: Double(block.range.count) * block.cost),
      from: victim, now)
    events.add(.block(thief, block.range), at: now + costs.latency + nap(now) / 8)
  }

  // MARK: Ranks that coordinate

  /// Has the coordinator of a node decide, and carries out its decisions.
  private mutating func atNode(
    _ node: Int, from source: Int, _ now: Double,
    _ event: (inout LoopCoordinator, Numbers, Double, inout [LoopCoordinator.Action]) -> Void
  ) {
    let time = received(by: node, isOwn: source == places.members[node][0], now)
    var actions: [LoopCoordinator.Action] = []
    event(&nodes[node].coordinator, Numbers(places: places, node: node), time, &actions)
    carryOut(actions, node, time)
    for action in actions {
      guard case .answer(_, let blocks, _, _) = action else { continue }
      if blocks > 0 {
        nodes[node].reporting.gave()
      } else {
        nodes[node].reporting.gaveNothing(received: nodes[node].coordinator.received)
      }
    }
    guard top != nil, !nodes[node].looksAround else { return }
    // When it has handled all that has come.
    nodes[node].looksAround = true
    events.add(.lookAround(node), at: time)
  }

  /// Has the first rank of a node report how far that is, if a report is needed.
  private mutating func lookAround(_ node: Int, _ now: Double) {
    guard nodes[node].free <= now else { return events.add(.lookAround(node), at: nodes[node].free) }
    nodes[node].looksAround = false
    let report = nodes[node].coordinator.report(now: now, lowTime: 2 * max(100_000, 4 * nap(now)))
    guard nodes[node].reporting.mustSay(report) else { return }
    nodes[node].reporting.said(report)
    send(.nodeReport(node, report), from: node, to: 0, now)
  }

  /// The numbers by which the coordinator of a node knows ranks.
  private struct Numbers {
    var places: LoopNodes
    var node: Int
    func number(_ rank: Int) -> Int { places.number(of: rank, in: node) }
  }

  private mutating func carryOut(_ actions: [LoopCoordinator.Action], _ node: Int, _ now: Double) {
    for action in actions {
      switch action {
      case .ask(let victim, let thief):
        let given = nodes[node].coordinator.given(to: victim)
        let (victim, thief) = (places.rank(of: victim, in: node), places.rank(of: thief, in: node))
        send(.ask(victim: victim, thief: thief, given: given), from: node, toRank: victim, now, later: nap(now))
      case .tell(let thief, let time):
        let thief = places.rank(of: thief, in: node)
        send(
          .nodeGiven(from: places.members[node][0], thief: thief, time: time), from: node, to: places.node(of: thief),
          now)
      case .answer(let other, let blocks, let time, let thiefTime):
        send(
          .nodeAnswer(victim: node, thief: other, blocks: blocks, time: time, thiefTime: thiefTime), from: node, to: 0,
          now)
      case .stop: break
      case .end: finish(now)
      }
    }
  }

  /// Has rank 0's coordinator of nodes decide, and carries out its decisions.
  private mutating func atTop(
    _ now: Double, from source: Int, _ event: (inout LoopCoordinator, Double, inout [LoopCoordinator.Action]) -> Void
  ) {
    let time = received(by: 0, isOwn: source == 0, now)
    var actions: [LoopCoordinator.Action] = []
    event(&top!, time, &actions)
    for action in actions {
      switch action {
      case .ask(let victim, let thief):
        let ask = Event.nodeAsk(victim: victim, thief: thief, given: top!.given(to: victim))
        send(ask, from: 0, to: victim, time)
      case .end: finish(time)
      case .tell, .answer, .stop: break
      }
    }
  }

  /// Sends chunks from rank 0.
  private mutating func grant(_ grants: [ChunkDispenser.Grant], _ now: Double) {
    for grant in grants { send(.block(grant.rank, grant.chunk), from: 0, toRank: grant.rank, now) }
  }

  private mutating func finish(_ now: Double) {
    // Passed on along a binary tree.
    let depth = Double(Int.bitWidth - (ranks.count - 1).leadingZeroBitCount)
    end = max(now, lastWork) + depth * (costs.latency + 2 * costs.send)
  }

  private mutating func sendToLeader(_ event: Event, from rank: Int, _ now: Double) {
    events.add(event, at: now + (rank == places.leader(of: rank) ? 0 : costs.latency))
  }

  /// Sends from the first rank of a node to that of another.
  private mutating func send(_ event: Event, from node: Int, to other: Int, _ now: Double) {
    send(event, from: node, toRank: places.members[other][0], now)
  }

  private mutating func send(
    _ event: Event, from node: Int, toRank rank: Int, _ now: Double, later delay: Double = 0
  ) {
    guard rank != places.members[node][0] else { return events.add(event, at: now + delay) }
    if node == 0 { messages += 1 }
    nodes[node].busy += costs.send
    nodes[node].free = max(nodes[node].free, now) + costs.send
    events.add(event, at: nodes[node].free + costs.latency + delay)
  }

  /// When the first rank of a node has received a message, and may decide.
  private mutating func received(by node: Int, isOwn: Bool, _ now: Double) -> Double {
    if isOwn {
      nodes[node].free = max(nodes[node].free, now)
      return nodes[node].free
    }
    if node == 0 { messages += 1 }
    nodes[node].busy += costs.receive
    // A rank that has received nothing for long sleeps, and polls again after a while.
    let sleep = max(20_000, min((now - nodes[node].free) / 8, 2 * nap(now)))
    nodes[node].free = max(nodes[node].free, nodes[node].free < now ? now + sleep / 2 : now) + costs.receive
    return nodes[node].free
  }
}

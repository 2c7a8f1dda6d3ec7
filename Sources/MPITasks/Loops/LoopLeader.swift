// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// What the first rank of a node does besides in a loop: it coordinates the ranks of its node; of one node, all.
struct LoopLeader {
  private(set) var coordinator: LoopCoordinator
  private let post: LoopPost
  private let nodes: LoopNodes
  private let node: Int
  /// The last reports of the node.
  private var reporting: LoopReporting

  init(_ job: LoopJob, _ post: LoopPost, start: Int) {
    let channel = post.channel
    self.post = post
    nodes = channel.nodes
    node = nodes.node(of: channel.communicator.rank)
    reporting = LoopReporting(job.schedule, now: start)
    let members = nodes.members[node]
    coordinator =
      nodes.count == 1
      ? LoopCoordinator(count: job.count, schedule: job.schedule, threads: channel.threads)
      : LoopCoordinator(ofNode: members.map { !channel.shares(of: job.count)[$0].isEmpty }, schedule: job.schedule)
  }

  /// Handles a message to the coordinator.
  ///
  /// - Returns: what is to be done about the loop as a whole.
  mutating func handle(_ message: LoopMessage, from source: Int) throws -> [LoopRuling] {
    let now = Double(monotonicNanoseconds())
    let (nodes, node) = (nodes, node)
    func number(of rank: Int) -> Int { nodes.number(of: rank, in: node) }
    switch message {
    case .report(let report, _): return try decide { $0.report(number(of: source), report, now: now, &$1) }
    case .gave(let rank, let time, let ownTime):
      return try decide {
        $0.gave(
          victim: number(of: source), thief: number(of: rank), victimTime: ownTime, thiefTime: time, now: now, &$1)
      }
    case .gaveNothing(let rank):
      return try decide { $0.gaveNothing(victim: number(of: source), thief: number(of: rank), now: now, &$1) }
    case .nodeAsk(let rank, let given):
      let other = nodes.node(of: rank)
      reporting.asked(given: given)
      return try decide { $0.giveAway(to: other, thieves: nodes.numbers(ofNode: other, in: node), now: now, &$1) }
    case .nodeGiven(let rank, let time):
      return try decide { $0.given(to: number(of: rank), time: time, now: now, &$1) }
    default: return []
    }
  }

  /// Reports how far the node is, if there are others and rank 0 needs it.
  ///
  /// - Parameter lowTime: below how many nanoseconds of work a rank is low.
  /// - Returns: whether it was reported.
  mutating func report(_ job: LoopJob, lowTime: Double, now: Int) throws -> Bool {
    guard nodes.count > 1 else { return false }
    // What is asked of another node comes later than what is asked of a neighbor.
    let report = coordinator.report(now: Double(now), lowTime: 2 * lowTime)
    guard reporting.isDue(report, now: now, ranks: post.channel.communicator.size) else { return false }
    try post.post(.nodeReport(report, job.identity), to: 0)
    return true
  }

  /// Ends the loop because the ranks run different ones.
  mutating func fail() throws -> [LoopRuling] { try decide { $0.fail(&$1) } }

  /// Notes that the loop stops.
  mutating func stop() { coordinator.stop() }

  /// Lets the coordinator decide, and carries out its decisions.
  private mutating func decide(
    _ event: (inout LoopCoordinator, inout [LoopCoordinator.Action]) -> Void
  ) throws -> [LoopRuling] {
    var actions: [LoopCoordinator.Action] = []
    event(&coordinator, &actions)
    var rulings: [LoopRuling] = []
    for action in actions {
      switch action {
      case .ask(let victim, let thief):
        let message = LoopMessage.ask(rank: nodes.rank(of: thief, in: node), given: coordinator.given(to: victim))
        try post.post(message, to: nodes.rank(of: victim, in: node))
      case .tell(let thief, let time):
        let rank = nodes.rank(of: thief, in: node)
        try post.post(.nodeGiven(rank: rank, time: time), to: nodes.leader(of: rank))
      case .answer(let other, let blocks, let time, let thiefTime):
        if blocks > 0 {
          reporting.gave()
        } else {
          reporting.gaveNothing(received: coordinator.received)
        }
        let rank = nodes.members[other][0]
        try post.post(.nodeGave(rank: rank, blocks: blocks, time: thiefTime, ownTime: time), to: 0)
      case .stop: rulings.append(.stop)
      case .end: rulings.append(.end)
      }
    }
    return rulings
  }
}

/// What a coordinator decides about a loop as a whole.
enum LoopRuling {
  /// All ranks put their work down.
  case stop
  /// The loop has ended, but for chunks in flight.
  case end
}

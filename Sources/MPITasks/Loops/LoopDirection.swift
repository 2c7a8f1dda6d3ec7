// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

// What ranks do that coordinate others: the root, and the first rank of each node if there are several.

extension LoopRun {
  /// Makes what decides on this rank, and has the first chunks go out.
  func beginDirection() throws {
    if isRoot {
      dispenser = ChunkDispenser(count: job.count, schedule: job.schedule, threads: channel.threads)
      if nodes.count > 1 {
        nodeCoordinator = LoopCoordinator(
          count: job.count, schedule: job.schedule, threads: nodes.sums(channel.threads), ofNodes: true)
      }
    }
    if rank == leader {
      let node = nodes.members[nodes.node(of: rank)]
      coordinator =
        nodes.count == 1
        ? LoopCoordinator(count: job.count, schedule: job.schedule, threads: channel.threads)
        : LoopCoordinator(ofNode: node.map { !channel.shares(of: job.count)[$0].isEmpty }, schedule: job.schedule)
    }
    try handOut(dispenser?.begin() ?? [])
  }

  /// Handles a message to the coordinator.
  func direct(_ message: LoopMessage, from source: Int) throws {
    let now = Double(monotonicNanoseconds())
    let node = nodes.node(of: rank)
    let other = Int(message.other)
    func number(_ rank: Int) -> Int { nodes.number(of: rank, in: node) }
    switch LoopMessage.Kind(rawValue: message.kind) {
    case .report:
      try compare(message, from: source)
      try decide { $0.report(number(source), message.report, now: now, &$1) }
      if endIsDue { try endLoop() }
    case .gave:
      try decide {
        $0.gave(
          victim: number(source), thief: number(other), victimTime: message.ownTime, thiefTime: message.time, now: now,
          &$1)
      }
    case .gaveNothing: try decide { $0.gaveNothing(victim: number(source), thief: number(other), now: now, &$1) }
    case .nodeAsk:
      let thieves = nodes.node(of: other)
      nodeReporting.asked(given: Int(message.blocks))
      try decide { $0.giveAway(to: thieves, thieves: nodes.numbers(ofNode: thieves, in: node), now: now, &$1) }
    case .nodeGiven: try decide { $0.given(to: number(other), time: message.time, now: now, &$1) }
    case .nodeReport:
      try compare(message, from: source)
      try decideOnNodes { $0.report(nodes.node(of: source), message.report, now: now, &$1) }
      if endIsDue { try endLoop() }
    case .nodeGave:
      let (victim, thief) = (nodes.node(of: source), nodes.node(of: other))
      try decideOnNodes {
        if message.blocks == 0 {
          $0.gaveNothing(victim: victim, thief: thief, now: now, &$1)
        } else {
          $0.gave(
            victim: victim, thief: thief, blocks: Int(message.blocks), victimTime: message.ownTime,
            thiefTime: message.time, now: now, &$1)
        }
      }
    case .chunks:
      chunkMessages.received += 1
      try handOut(dispenser?.heard(source, message.chunks) ?? [])
      if endIsDue { try endLoop() }
    case .mismatch: try compare(message, from: other)
    default: break
    }
  }

  /// Reports how far this rank's node is, if it coordinates one and a report is needed.
  func sayNode(_ now: Int) throws -> Bool {
    guard nodes.count > 1, let coordinator else { return false }
    // What is asked of another node comes later than what is asked of a neighbor.
    let lowTime = 2 * monitor.withLock { $0.lowTime }
    let report = coordinator.report(now: Double(now), lowTime: lowTime)
    return try say(report, as: .nodeReport, &nodeReporting, to: 0, now)
  }

  /// Shows at the root how far the loop is.
  func showProgress(_ now: Int) {
    guard let progress, let all = nodeCoordinator ?? coordinator else { return }
    progress.tick(now) { progressText(done: all.done, busyRanks: communicator.size - all.idleRanks) }
  }

  /// Lets this rank's coordinator decide, and carries out its decisions. Nothing, on a rank that has none.
  private func decide(_ event: (inout LoopCoordinator, inout [LoopCoordinator.Action]) -> Void) throws {
    guard coordinator != nil else { return }
    var actions: [LoopCoordinator.Action] = []
    event(&coordinator!, &actions)
    let node = nodes.node(of: rank)
    for action in actions {
      switch action {
      case .ask(let victim, let thief):
        let thief = nodes.rank(of: thief, in: node)
        try ask(nodes.rank(of: victim, in: node), .ask, for: thief, given: coordinator!.given(to: victim))
      case .tell(let thief, let time):
        let thief = nodes.rank(of: thief, in: node)
        var message = LoopMessage(.nodeGiven)
        (message.other, message.time) = (Int32(thief), time)
        try post(message, to: nodes.leader(of: thief))
      case .answer(let other, let blocks, let time, let thiefTime):
        var message = LoopMessage(.nodeGave)
        (message.other, message.blocks) = (Int32(nodes.members[other][0]), Int32(blocks))
        (message.ownTime, message.time) = (time, thiefTime)
        if blocks > 0 {
          nodeReporting.gave()
        } else {
          nodeReporting.gaveNothing(received: coordinator!.received)
        }
        try post(message, to: 0)
      case .stop: try stop()
      case .end: try endLoop()
      }
    }
  }

  /// Lets the root's coordinator of nodes decide, and carries out its decisions.
  private func decideOnNodes(_ event: (inout LoopCoordinator, inout [LoopCoordinator.Action]) -> Void) throws {
    guard nodeCoordinator != nil else { return }
    var actions: [LoopCoordinator.Action] = []
    event(&nodeCoordinator!, &actions)
    for action in actions {
      switch action {
      case .ask(let victim, let thief):
        let (victim, given) = (nodes.members[victim][0], nodeCoordinator!.given(to: victim))
        try ask(victim, .nodeAsk, for: nodes.members[thief][0], given: given)
      case .tell, .answer: break
      case .stop: try stop()
      case .end: try endLoop()
      }
    }
  }

  private func ask(_ victim: Int, _ kind: LoopMessage.Kind, for thief: Int, given: Int) throws {
    var message = LoopMessage(kind)
    (message.other, message.blocks) = (Int32(thief), Int32(given))
    try post(message, to: victim)
  }

  private func handOut(_ grants: [ChunkDispenser.Grant]) throws {
    for grant in grants { try hand(grant.chunk, as: .chunk, to: grant.rank) }
  }

  /// Notifies all ranks that the loop has ended, once no chunk is in flight, nor any message about one.
  private func endLoop() throws {
    endIsDue = true
    let expected = (nodeCoordinator ?? coordinator)?.chunkMessages
    guard !hasEnded, dispenser?.isSettled != false, expected == chunkMessages.received else { return }
    guard failure != nil || mismatch != nil else {
      wantsFigures = wantsSummary()
      return try end(nil)
    }
    try end(ObjectCoder.encode(LoopVerdict(failure: failure, mismatch: mismatch?.text)))
  }

  // MARK: Ranks that call something else

  /// Compares a rank's description of its loop with this one. The root stops all if they differ, and others report it
  /// to the root.
  private func compare(_ message: LoopMessage, from source: Int) throws {
    if message.speaks(of: job) { return }
    guard isRoot else {
      var mismatch = LoopMessage(.mismatch)
      mismatch.other = Int32(source)
      (mismatch.count, mismatch.signature) = (message.count, message.signature)
      return try post(mismatch, to: 0)
    }
    if mismatch == nil {
      let what =
        message.count == job.indices
        ? "rank \(source) runs another loop than rank 0, whose loop is \(job.operation), \(job.schedule)"
        : "rank \(source) gave \(message.count) indices and rank 0 gave \(job.indices): all ranks must give the same"
      mismatch = MPIError(
        .argument, what, operation: job.operation, communicator: communicator.name, rank: rank)
    }
    if nodeCoordinator == nil {
      try decide { $0.fail(&$1) }
    } else {
      try decideOnNodes { $0.fail(&$1) }
    }
  }
}

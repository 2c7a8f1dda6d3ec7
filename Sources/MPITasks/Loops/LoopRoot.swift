// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// What rank 0 does besides in a loop: it hands out chunks, lets one node give to another, and decides how the loop
/// ends.
struct LoopRoot {
  private let job: LoopJob
  private let post: LoopPost
  private let nodes: LoopNodes
  private var dispenser: ChunkDispenser?
  /// Which node gives to which, if there are several.
  private(set) var coordinator: LoopCoordinator?
  /// How many reports of chunks have come.
  private var chunkMessages = 0
  private var failure: LoopFailure?
  private var mismatch: MPIError?
  private var timeUp: LoopTimeUp?

  init(_ job: LoopJob, _ post: LoopPost) {
    self.job = job
    self.post = post
    let threads = post.channel.threads
    nodes = post.channel.nodes
    dispenser = ChunkDispenser(count: job.count, schedule: job.schedule, threads: threads)
    if nodes.count > 1 {
      coordinator = LoopCoordinator(
        count: job.count, schedule: job.schedule, threads: nodes.sums(threads), ofNodes: true)
    }
  }

  /// Hands out the first chunks.
  mutating func begin() throws { try hand(dispenser?.begin() ?? []) }

  /// Handles a message to rank 0.
  ///
  /// - Returns: what is to be done about the loop as a whole.
  mutating func handle(_ message: LoopMessage, from source: Int) throws -> [LoopRuling] {
    let now = Double(monotonicNanoseconds())
    switch message {
    case .nodeReport(let report, _):
      return try decide { [nodes] in $0.report(nodes.node(of: source), report, now: now, &$1) }
    case .nodeGave(let rank, let blocks, let time, let ownTime):
      let (victim, thief) = (nodes.node(of: source), nodes.node(of: rank))
      return try decide {
        if blocks == 0 {
          $0.gaveNothing(victim: victim, thief: thief, now: now, &$1)
        } else {
          $0.gave(
            victim: victim, thief: thief, blocks: blocks, victimTime: ownTime, thiefTime: time, now: now, &$1)
        }
      }
    case .chunks(let counts):
      chunkMessages += 1
      try hand(dispenser?.heard(source, counts) ?? [])
      return []
    default: return []
    }
  }

  /// Notes that the loop stops.
  mutating func stop() { dispenser?.stop() }

  /// Keeps a failure, of several that of the lowest index.
  mutating func keep(_ other: LoopFailure) {
    if failure.map({ other.index < $0.index }) ?? true { failure = other }
  }

  /// Keeps that a rank has found that time is up; of several, the first.
  mutating func keep(_ other: LoopTimeUp) { timeUp = timeUp ?? other }

  /// Keeps that a rank runs another loop than this one; of several, the first.
  mutating func keep(_ other: LoopIdentity, of source: Int) {
    guard mismatch == nil else { return }
    let what =
      other.count == job.indices
      ? "rank \(source) runs another loop than rank 0, whose loop is \(job.operation), \(job.schedule)"
      : "rank \(source) gave \(other.count) indices and rank 0 gave \(job.indices): all ranks must give the same"
    let communicator = post.channel.communicator
    mismatch = MPIError(.argument, what, operation: job.operation, communicator: communicator.name, rank: 0)
  }

  /// Ends the loop because the ranks run different ones, if there are several nodes.
  mutating func fail() throws -> [LoopRuling] { try decide { $0.fail(&$1) } }

  /// Whether no chunk is in flight, nor any message about one.
  ///
  /// - Parameter expected: how many messages about chunks the ranks report to have sent.
  func isSettled(expected: Int?) -> Bool { dispenser?.isSettled != false && expected == chunkMessages }

  /// How the loop has failed; nil if it has not, and if all is done although time is up.
  ///
  /// - Parameter done: how many of the loop's indices are done on all ranks.
  func verdict(done: Int) -> LoopVerdict? {
    let timeUp = done == job.count ? nil : timeUp?.error(job, done: done)
    if failure == nil && mismatch == nil && timeUp == nil { return nil }
    return LoopVerdict(failure: failure, mismatch: mismatch?.text, timeUp: timeUp)
  }

  /// Throws what the loop throws on this rank, if it has failed.
  func check() throws {
    if let mismatch { throw mismatch }
    if let failure { throw failure }
  }

  private mutating func decide(
    _ event: (inout LoopCoordinator, inout [LoopCoordinator.Action]) -> Void
  ) throws -> [LoopRuling] {
    guard coordinator != nil else { return [] }
    var actions: [LoopCoordinator.Action] = []
    event(&coordinator!, &actions)
    var rulings: [LoopRuling] = []
    for action in actions {
      switch action {
      case .ask(let victim, let thief):
        let message = LoopMessage.nodeAsk(rank: nodes.members[thief][0], given: coordinator!.given(to: victim))
        try post.post(message, to: nodes.members[victim][0])
      case .tell, .answer: break
      case .stop: rulings.append(.stop)
      case .end: rulings.append(.end)
      }
    }
    return rulings
  }

  private func hand(_ grants: [ChunkDispenser.Grant]) throws {
    for grant in grants { try post.hand(LoopBlock(grant.chunk), to: grant.rank) { .chunk($0) } }
  }
}

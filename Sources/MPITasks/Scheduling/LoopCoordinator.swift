// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What is known of a loop's members, and the decisions: which member gives to which, and when the loop has ended.
///
/// The members are ranks, or nodes of several ranks each. Rank 0 has one of all ranks; or, if the job has several
/// nodes, one of the nodes, and the first rank of each node has one of the node's ranks (`NodeCoordination.swift`).
///
/// Events come in and actions go out; it knows neither messages nor clocks, so that the simulator of schedules runs it
/// too.
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

  /// A member's report.
  package struct Report: Sendable, BitwiseCopyable {
    package var level: Level
    /// Whether it knows that the loop has failed, and has stopped all work.
    package var hasStopped = false
    /// Whether an index has failed there.
    package var hasFailed = false
    /// How many indices it has computed in all.
    package var done: Int
    /// How many blocks it was given by other members in all.
    package var received: Int
    /// How long what it has left will take, in nanoseconds.
    package var time: Double
    /// How many of its ranks have nothing to do.
    package var idleRanks = 0
    /// How many messages it has sent to rank 0 about chunks, in all. They go another way than reports do.
    package var chunkMessages = 0

    package init(level: Level, done: Int, received: Int = 0, time: Double = 0) {
      self.level = level
      self.done = done
      self.received = received
      self.time = time
    }
  }

  /// What the rank that coordinates has to do.
  package enum Action: Sendable, Hashable {
    /// Ask a member to give half of what it has to another.
    case ask(victim: Int, thief: Int)
    /// Of a node: notify the coordinator of another node that one of its ranks was given a block, which takes it so
    /// many nanoseconds.
    case tell(thief: Int, time: Double)
    /// Of a node: report to rank 0 how many blocks were given to another node, and how long what each has now will take
    /// it, in nanoseconds.
    case answer(node: Int, blocks: Int, time: Double, thiefTime: Double)
    /// Stop the work of all ranks, because the loop has failed.
    case stop
    /// Notify all ranks that the loop has ended.
    case end
  }

  /// What a member was asked to give to a thief, and has not answered.
  struct Ask {
    /// The node of a thief that is none of the members.
    var node: Int?
    /// How many blocks the victim had been given by then.
    var given: Int
    /// How long what the thief may get would take, in nanoseconds.
    var hope: Double
  }

  struct Member {
    var last: Report? = nil
    /// How many blocks were sent to it.
    var given = 0
    var isWaiting = false
    /// What another was asked to give to it.
    var ask: Ask? = nil
    /// Whether nothing more is missing from it.
    var isSettled = false
  }

  /// The indices of the loop; nil if this is of a node, which doesn't end it.
  private let count: Int?
  private let schedule: LoopSchedule
  var members: [Member]
  private var settled = 0
  /// How many indices are known to be done.
  package private(set) var done = 0
  /// How many ranks have nothing to do, as far as is known.
  package private(set) var idleRanks = 0
  /// How many messages about chunks members have sent to rank 0, as far as is known. The loop has ended once these have
  /// come.
  package private(set) var chunkMessages = 0
  /// How many members were asked to give something, and have not answered.
  private var asked = 0
  var isStopping = false
  private var hasEnded = false
  /// When each member will be through; minus infinity of those that can't give.
  var ends: LatestRanks
  /// How long what is perhaps on its way between members will take, in all, in nanoseconds.
  private(set) var hopedFor = 0.0
  /// The members that wait for work. Entries may be out of date.
  private var waiting = Queue<Int>()
  /// What only one of a node has.
  var node: Node?

  /// How long what a member has left must take, so that it is asked, in nanoseconds. A node is asked for much at once;
  /// of a rank it is not known whether its current index takes far longer than estimated.
  private var worthAsking = -Double.infinity

  /// - Parameters:
  ///   - threads: the compute threads of each member.
  ///   - ofNodes: whether the members are nodes.
  package init(count: Int, schedule: LoopSchedule, threads: [Int], ofNodes: Bool = false) {
    let shares = StaticShares(count: count, threads: threads)
    self.init(count: count, schedule: schedule, haveWork: threads.indices.map { !shares[$0].isEmpty })
    if ofNodes { worthAsking = 200_000 }
  }

  /// - Parameter haveWork: which members begin with a block of their own, in an adaptive loop.
  init(count: Int?, schedule: LoopSchedule, haveWork: [Bool]) {
    self.count = count
    self.schedule = schedule
    members = Array(repeating: Member(), count: haveWork.count)
    ends = LatestRanks(haveWork.count)
    guard schedule == .adaptive else { return }
    // A member that has not reported yet ends later than one that has.
    for member in members.indices where haveWork[member] { ends[member] = Self.unknown }
  }

  /// When a member ends that has not reported yet.
  static let unknown = 1e18

  /// A member reports.
  package mutating func report(_ member: Int, _ report: Report, now: Double, _ actions: inout [Action]) {
    done += report.done - (members[member].last?.done ?? 0)
    idleRanks += report.idleRanks - (members[member].last?.idleRanks ?? 0)
    chunkMessages += report.chunkMessages - (members[member].last?.chunkMessages ?? 0)
    members[member].last = report
    if report.hasFailed && !isStopping { fail(&actions) }
    if !isStopping && schedule == .adaptive {
      place(member, now)
      match(now, &actions)
    }
    settle(member)
    endIfOver(&actions)
  }

  /// A member has given a block to another; a node, so many blocks.
  ///
  /// - Parameters:
  ///   - victimTime: how long what it has kept will take, in nanoseconds.
  ///   - thiefTime: how long the block will take the other.
  package mutating func gave(
    victim: Int, thief: Int, blocks: Int = 1, victimTime: Double, thiefTime: Double, now: Double,
    _ actions: inout [Action]
  ) {
    guard let ask = answered(thief) else { return }
    ends[victim] = now + victimTime
    if let other = ask.node {
      actions.append(.tell(thief: thief, time: thiefTime))
      settleGift(to: other, time: thiefTime, now, &actions)
    } else {
      got(thief, blocks: blocks, time: thiefTime, now: now, &actions)
    }
    endIfOver(&actions)
  }

  /// A member had nothing to give to another.
  package mutating func gaveNothing(victim: Int, thief: Int, now: Double, _ actions: inout [Action]) {
    // Its answer does not include what it was given after it was asked.
    guard let ask = answered(thief) else { return }
    if ask.given >= members[victim].given { ends[victim] = -.infinity }
    if let other = ask.node {
      settleGift(to: other, time: nil, now, &actions)
    } else if !isStopping {
      // It goes on waiting.
      wait(thief)
      match(now, &actions)
    }
    endIfOver(&actions)
  }

  /// How many blocks a member was given by others, as far as is known.
  package func given(to member: Int) -> Int { members[member].given }

  /// Something has failed that is in no report.
  package mutating func fail(_ actions: inout [Action]) {
    if node != nil {
      // Rank 0 stops all, once it receives the report.
      node?.hasFailed = true
    } else if !isStopping {
      stop()
      actions.append(.stop)
    }
    endIfOver(&actions)
  }

  /// All are being stopped.
  package mutating func stop() {
    isStopping = true
    for member in members.indices { settle(member) }
  }

  /// Notes that blocks were given to a member.
  mutating func got(_ thief: Int, blocks: Int = 1, time: Double, now: Double, _ actions: inout [Action]) {
    members[thief].given += blocks
    members[thief].isWaiting = false
    settle(thief)
    // On top of what it has, and of what else is on its way to it.
    ends[thief] = max(now, ends[thief]) + time
    guard !isStopping else { return }
    // It may have had the block, and reported, before this message arrived.
    place(thief, now)
    match(now, &actions)
  }

  /// Draws from a member's last report whether it can give, and whether it waits; nothing, if a block is on its way to
  /// it.
  private mutating func place(_ member: Int, _ now: Double) {
    guard let report = members[member].last, report.received == members[member].given else { return }
    ends[member] = report.level >= .dry ? -.infinity : now + report.time
    guard report.level >= .low else { return }
    node?.wantsWork = true
    if !members[member].isWaiting && members[member].ask == nil { wait(member) }
  }

  private mutating func wait(_ thief: Int) {
    members[thief].isWaiting = true
    waiting.append(thief)
  }

  /// Assigns the members with the most work left to the members that wait.
  private mutating func match(_ now: Double, _ actions: inout [Action]) {
    while let next = waiting.first, let victim = ends.latest {
      // Too little for all that wait isn't asked for; it is less after each request.
      guard ends[victim] - now >= worthAsking else { break }
      guard members[next].isWaiting else {
        _ = waiting.removeFirst()
        continue
      }
      if victim == next {
        // No member has more than this one, so another comes first.
        guard let other = waiting.place(where: { $0 != victim && members[$0].isWaiting }) else { break }
        waiting.bringForward(other)
      }
      guard let thief = waiting.removeFirst() else { break }
      members[thief].isWaiting = false
      // With half of what the latest one has, it would be later than that one. It asks again when it is dry.
      if ends[victim] - now < 2 * (ends[thief] - now) { continue }
      ask(victim, for: thief, now, &actions)
    }
  }

  /// Asks a member to give to another, or to a thief of another node.
  mutating func ask(
    _ victim: Int, for thief: Int, of node: Int? = nil, _ now: Double, _ actions: inout [Action]
  ) {
    // Until it is known what was given: half, to each.
    let half = max(0, ends[victim] - now) / 2
    ends[victim] = now + half
    let ask = Ask(node: node, given: members[victim].given, hope: half)
    asked += 1
    if node == nil {
      members[thief].ask = ask
      hopedFor += half
    } else {
      self.node?.asks[thief] = ask
    }
    actions.append(.ask(victim: victim, thief: thief))
  }

  /// Notes that a thief's victim has answered, and returns what it was asked for.
  private mutating func answered(_ thief: Int) -> Ask? {
    let isMember = members.indices.contains(thief)
    guard let ask = isMember ? members[thief].ask.take() : node?.asks.removeValue(forKey: thief) else { return nil }
    asked -= 1
    if isMember { hopedFor -= ask.hope }
    if asked == 0 { hopedFor = 0 }
    return ask
  }

  /// Whether nothing is missing from any member.
  var isSettled: Bool { settled == members.count && asked == 0 }

  /// Notes whether anything is missing from a member.
  private mutating func settle(_ member: Int) {
    var isSettled = false
    if let report = members[member].last, report.level == .idle, report.received == members[member].given {
      isSettled = report.hasStopped || !isStopping
    }
    settled += (isSettled ? 1 : 0) - (members[member].isSettled ? 1 : 0)
    members[member].isSettled = isSettled
  }

  private mutating func endIfOver(_ actions: inout [Action]) {
    guard let count, !hasEnded, isSettled, isStopping || done == count else { return }
    hasEnded = true
    actions.append(.end)
  }
}

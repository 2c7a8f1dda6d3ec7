// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// A coordinator of one node's ranks. The ranks of a node help each other first, and rank 0 receives of a node what it
// receives of a rank if there are no nodes. A thief of another node has a number that none of the members has.

extension LoopCoordinator {
  struct Node {
    /// How many blocks members were given by other nodes.
    var received = 0
    var hasFailed = false
    /// Whether a member has reported that it has little left.
    var wantsWork = false
    /// What is being given to other nodes, and what members were asked to give to each thief there.
    var gifts: [Int: Gift] = [:]
    var asks: [Int: Ask] = [:]
  }

  /// What is being given to another node.
  struct Gift {
    /// The node's ranks, and for how many of them an answer is still to come.
    var thieves: [Int]
    var open: Int
    var blocks = 0
    /// How long the blocks will take in all.
    var time = 0.0
  }

  /// The coordinator of a node.
  ///
  /// - Parameter haveWork: which members begin with a block of their own.
  package init(ofNode haveWork: [Bool], schedule: LoopSchedule) {
    self.init(count: nil, schedule: schedule, haveWork: haveWork)
    node = Node()
  }

  /// How many blocks the node's members were given by other nodes, as far as those have reported.
  package var received: Int { node?.received ?? 0 }

  /// The node's report.
  ///
  /// - Parameter lowTime: it is low if its members will be through in this many nanoseconds, on the average.
  package func report(now: Double, lowTime: Double) -> Report {
    let time = meanTime(now)
    var level = Level.working
    if isSettled {
      level = .idle
    } else if ends.latest == nil {
      level = .dry
    } else if time < lowTime && node?.wantsWork == true {
      level = .low
    }
    var report = Report(level: level, done: done, received: received, time: time)
    report.hasStopped = isStopping
    report.hasFailed = node?.hasFailed ?? false
    report.idleRanks = idleRanks
    report.chunkMessages = chunkMessages
    return report
  }

  /// Donates half of this node's remaining work to another node, pairing the most loaded members with the ranks that
  /// ask.
  package mutating func giveAway(to other: Int, thieves: [Int], now: Double, _ actions: inout [Action]) {
    let all = meanTime(now) * Double(members.count)
    var given = 0.0
    // The answers come later, or at once, if no rank has anything.
    node?.gifts[other] = Gift(thieves: thieves, open: 1)
    for thief in thieves {
      guard !isStopping, let victim = ends.latest, given < all / 2 || given == 0 else { break }
      given += max(0, ends[victim] - now) / 2
      node?.gifts[other]?.open += 1
      ask(victim, for: thief, of: other, now, &actions)
    }
    settleGift(to: other, time: nil, now, &actions)
  }

  /// How long what the members have left will take, on the average, in nanoseconds.
  private func meanTime(_ now: Double) -> Double {
    members.indices.reduce(max(0, hopedFor)) { $0 + max(0, ends[$1] - now) } / Double(members.count)
  }

  /// Notes that a thief of another node was given a block, or nothing. Once all that the node waits for is answered,
  /// rank 0 is notified; or others are asked, if none had anything that was thought to.
  mutating func settleGift(to other: Int, time: Double?, _ now: Double, _ actions: inout [Action]) {
    guard var gift = node?.gifts[other] else { return }
    gift.open -= 1
    gift.blocks += time == nil ? 0 : 1
    gift.time += time ?? 0
    node?.gifts[other] = gift.open > 0 ? gift : nil
    guard gift.open == 0 else { return }
    if gift.blocks == 0, !isStopping, ends.latest != nil {
      return giveAway(to: other, thieves: gift.thieves, now: now, &actions)
    }
    let thiefTime = gift.time / Double(gift.thieves.count)
    actions.append(.answer(node: other, blocks: gift.blocks, time: meanTime(now), thiefTime: thiefTime))
  }

  /// A member was given a block by another node, which takes it so many nanoseconds.
  package mutating func given(to member: Int, time: Double, now: Double, _ actions: inout [Action]) {
    node?.received += 1
    got(member, time: time, now: now, &actions)
  }
}

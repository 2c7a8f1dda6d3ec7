// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The examination: what all ranks do together. The root never waits for a rank that is lost.
struct Examination {
  let world: Communicator
  let plan: Plan
  private let roll: RollCall

  /// What is known so far; of use on the root.
  private(set) var report: Report

  init(world: Communicator, plan: Plan) {
    self.world = world
    self.plan = plan
    roll = RollCall(world: world, patience: plan.patience)
    report = Report(size: world.size)
  }

  /// A rank was lost; the report names it.
  struct RankLost: Error, CustomStringConvertible {
    let ranks: [Int]
    let hosts: [String]
    var description: String {
      "\(ranksInWords(ranks))\(hosts.isEmpty ? "" : " on \(hosts.joined(separator: ", "))") did not answer"
    }
  }

  /// Runs all of it.
  ///
  /// - Throws: ``RankLost`` on the root, which has a report with what is known by then; on the others
  ///   ``RollCall/Stopped``.
  mutating func run() throws {
    try timed("facts") { examination in
      let facts = try examination.roll.collect(RankFacts.gathered(on: examination.world))
      examination.report.ranks = try examination.complete(facts, "as the job began")
      try examination.compareProgram()
    }
    try timed("clocks") { examination in
      let clocks = ClockMeasurement(world: examination.world, patience: examination.plan.patience)
      examination.report.clockOffsets = try examination.complete(clocks.measure(), "as clocks were compared")
    }
    guard !plan.isQuick else { return }
    try timed("links") { try $0.measureLinks() }
    try timed("collectives") { examination in
      examination.report.collectives = try CollectiveMeasurement(world: examination.world).measure()
    }
    try timed("memory") { try $0.measureMemory() }
  }

  /// Runs one part, and notes how long it took.
  private mutating func timed(_ name: String, _ part: (inout Examination) throws -> Void) throws {
    let begin = MPIEnvironment.wallTime
    defer { report.parts.append(PartTime(name: name, seconds: MPIEnvironment.wallTime - begin)) }
    try part(&self)
  }

  /// The values of all ranks.
  private mutating func complete<Value>(_ values: [Value?], _ when: String) throws -> [Value] {
    let lost = values.indices.filter { values[$0] == nil }
    guard lost.isEmpty else { throw lose(lost, when) }
    return values.compactMap { $0 }
  }

  /// Notes that ranks are lost.
  private mutating func lose(_ ranks: [Int], _ when: String) -> RankLost {
    let facts = report.ranks.filter { ranks.contains($0.rank) }
    let error = RankLost(ranks: ranks, hosts: facts.hosts)
    report.findings.append(
      .problem(
        "no-answer", "\(error), \(when).",
        remedy: facts.isEmpty
          ? "See whether the hosts reach each other: name the network that they share (--mca btl_tcp_if_include eth0; "
            + "MPICH: -iface eth0), and look for a firewall."
          : "See whether the host is up and its cable is in (ping, ssh), and leave it out until then."))
    return error
  }

  /// Has one rank for each file that is run on a host make its checksum.
  private mutating func compareProgram() throws {
    func file(_ facts: RankFacts) -> [String] { [facts.host, facts.program, facts.programFile] }
    let groups = Dictionary(grouping: report.ranks, by: file)
    let orders = Dictionary(uniqueKeysWithValues: groups.values.map { ($0[0].rank, true) })
    try roll.takeTurns([orders]) { _ in
      System.programChecksum
    } judge: { checksums in
      let silent = orders.keys.filter { checksums[$0] == nil }.sorted()
      guard silent.isEmpty else { throw lose(silent, "as the job began") }
      for index in report.ranks.indices {
        guard let first = groups[file(report.ranks[index])]?.first else { continue }
        report.ranks[index].programChecksum = checksums[first.rank] ?? ""
      }
    }
  }

  /// About how many seconds all links may take together: each gets its part of it, within bounds.
  private static let secondsForLinks = 4.0

  /// How many more times links are measured that don't look well.
  private static let secondLooks = 2

  /// Measures each pair once, and those that don't look well once more.
  private mutating func measureLinks() throws {
    report.links = LinkMatrix(size: world.size)
    let turns = world.isRoot ? turnsOfPairs() : []
    try measureLinks(in: turns, seconds: Self.secondsForLinks / Double(max(1, turns.count)))
    for _ in 0..<Self.secondLooks {
      let suspects =
        report.links.map { world.isRoot ? LinkFindings(ranks: report.ranks, links: $0).suspects : [] } ?? []
      try measureLinks(in: suspects.map { [$0] }, seconds: Self.secondsForLinks / Double(max(1, suspects.count)))
    }
  }

  /// Measures pairs, and keeps the better one of two results.
  ///
  /// - Parameters:
  ///   - turns: on the root, the pairs of each turn, the lower rank first.
  ///   - seconds: on the root, about how many seconds each may take, within bounds.
  private mutating func measureLinks(in turns: [[(Int, Int)]], seconds: Double) throws {
    let seconds = max(0.002, min(2, seconds))
    let waiting = Waiting.busily(patience: plan.patience, isCrowded: report.isCrowded)
    let orders = turns.lazy.map { pairs in
      pairs.reduce(into: [Int: LinkProbe.Order]()) { orders, pair in
        orders[pair.0] = LinkProbe.Order(partner: pair.1, seconds: seconds, waiting: waiting)
        orders[pair.1] = LinkProbe.Order(partner: pair.0, seconds: seconds, waiting: waiting)
      }
    }
    let (world, plan) = (world, plan)
    var links = report.links ?? LinkMatrix(size: world.size)
    var turn = 0
    try roll.takeTurns(orders) { order in
      try LinkProbe(world: world, order: order, largest: plan.size).measure()
    } judge: { (measured: [Int: LinkMeasurement]) in
      let pairs = turns[turn]
      turn += 1
      for (rank, partner) in pairs {
        guard let link = measured[rank], let other = measured[partner] else { continue }
        if link.isAnswered, other.isAnswered {
          let before = links[rank, partner]
          links[rank, partner] = (
            min(link.latency, before?.latency ?? .infinity), max(link.bandwidth, before?.bandwidth ?? 0)
          )
        } else {
          links.unanswered.append([rank, partner])
        }
      }
      report.links = links
      let silent = pairs.flatMap { [$0.0, $0.1] }.filter { measured[$0] == nil }.sorted()
      guard silent.isEmpty else { throw lose(silent, "as links were measured") }
      // What is left of the messages to a partner that doesn't answer would disturb what follows.
      if let pair = links.unanswered.first { throw RankLost(ranks: pair, hosts: []) }
    }
    report.links = links
  }

  /// The pairs of all ranks, in turns; on the root.
  private func turnsOfPairs() -> [[(Int, Int)]] {
    let hosts = report.ranks.hosts
    let numbers = Dictionary(uniqueKeysWithValues: hosts.enumerated().map { ($0.element, $0.offset) })
    let places = hosts.map { host in
      let (ranks, cores) = (report.ranks.on(host).count, report.ranks.on(host).coreCount)
      // Where ranks have to share cores, they nap while they wait (``Waiting``): there is room for two on each.
      return ranks > cores ? 2 * cores : cores
    }
    return PairSchedule(size: world.size).turns(hosts: report.ranks.compactMap { numbers[$0.host] }, places: places)
  }

  /// Measures the memory of each host, with as many of its ranks as there are cores for.
  private mutating func measureMemory() throws {
    var orders: [Int: MemoryMeasurement.Order] = [:]
    for host in report.ranks.hosts {
      let ranks = report.ranks.on(host)
      let measuring = ranks.prefix(ranks.coreCount)
      for facts in measuring { orders[facts.rank] = MemoryMeasurement.Order(ranks: measuring.count) }
    }
    try roll.takeTurns([orders]) {
      MemoryMeasurement.follow($0)
    } judge: { shares in
      let silent = orders.keys.filter { shares[$0] == nil }.sorted()
      guard silent.isEmpty else { throw lose(silent, "as memory was measured") }
      report.memory = report.ranks.hosts.map { host in
        NodeMemory(host: host, bandwidth: report.ranks.on(host).reduce(0) { $0 + (shares[$1.rank] ?? 0) })
      }
    }
  }
}

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
  /// - Throws: ``RankLost`` on the root, which has a report with what is known by then; on the others ``RollCall/Stopped``.
  mutating func run() throws {
    report.ranks = try complete(roll.collect(RankFacts.gathered(on: world)), "as the job began")
    let clocks = ClockMeasurement(world: world, patience: plan.patience)
    report.clockOffsets = try complete(clocks.measure(), "as clocks were compared")
    guard !plan.isQuick else { return }
    try measureLinks()
    try measureTogether()
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

  /// Measures each pair once.
  private mutating func measureLinks() throws {
    let schedule = PairSchedule(size: world.size)
    var links = LinkMatrix(size: world.size)
    for round in 0..<schedule.roundCount {
      var measured = LinkMeasurement(partner: nil, isAnswered: true, latency: 0, bandwidth: 0)
      if let partner = schedule.partner(of: world.rank, round: round) {
        let probe = LinkProbe(world: world, partner: partner, patience: plan.patience, largest: plan.size)
        measured = try probe.measure()
      }
      let all = try roll.collect(measured)
      guard world.isRoot else { continue }
      for (rank, link) in all.enumerated() {
        guard let link, let partner = link.partner else { continue }
        if link.isAnswered {
          if rank < partner { links[rank, partner] = (link.latency, link.bandwidth) }
        } else if all[partner] != nil, rank < partner {
          links.unanswered.append([rank, partner])
        }
      }
      report.links = links
      _ = try complete(all, "as links were measured")
      // What is left of the messages to a partner that doesn't answer would disturb what follows.
      if !links.unanswered.isEmpty { throw RankLost(ranks: links.unanswered[0], hosts: []) }
    }
    report.links = links
  }

  /// Measures what all ranks do at the same time.
  private mutating func measureTogether() throws {
    let times = try CollectiveMeasurement(world: world).measure()
    report.collectives = times
    let memory = try complete(roll.collect(MemoryMeasurement.measure(on: world)), "as memory was measured")
    guard world.isRoot else { return }
    report.memory = report.ranks.hosts.map { host in
      NodeMemory(host: host, bandwidth: report.ranks.on(host).reduce(0) { $0 + memory[$1.rank] })
    }
  }
}

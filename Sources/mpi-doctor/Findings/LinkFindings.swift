// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with the links between ranks, found from their measured times.
///
/// A slow host makes all links to it slow, even if it is one of three. So each host is first judged by the best of its
/// links, against the median of all hosts; and a link is an outlier if it is much worse than both of its hosts can
/// do.
struct LinkFindings {
  let ranks: [RankFacts]
  let links: LinkMatrix

  /// How many times worse than the median is an outlier.
  static let factor = 4.0

  /// How many seconds a message must be slower for its latency to count: a process that had to wait for a core is no
  /// link.
  static let leastDelay = 0.001

  /// All findings.
  var all: [Finding] { unanswered + slowHosts + slowLinks }

  /// The pairs of ranks to measure once more before their hosts are reported: a machine that was busy for a
  /// moment is none that is slow. Of each two hosts the best pair, because findings go by that one.
  var suspects: [(Int, Int)] {
    let outliers = Set(outliers.keys)
    let doubtful = Set(slowPairs.map { [$0.first, $0.second] })
    return hostPairs.compactMap { first, second in
      guard outliers.contains(first) || outliers.contains(second) || doubtful.contains([first, second]) else {
        return nil
      }
      let pairs = ranks.on(first).flatMap { one in ranks.on(second).map { (one, $0) } }
      return pairs.max { (link($0.0, $0.1)?.bandwidth ?? 0) < (link($1.0, $1.1)?.bandwidth ?? 0) }.map {
        (min($0.0.rank, $0.1.rank), max($0.0.rank, $0.1.rank))
      }
    }
  }

  /// The link of two ranks.
  private func link(_ one: RankFacts, _ other: RankFacts) -> (latency: Double, bandwidth: Double)? {
    links[one.rank, other.rank]
  }

  /// Pairs that both live, and receive nothing from one another.
  private var unanswered: [Finding] {
    links.unanswered.map { pair in
      .problem(
        "no-link", "no message gets through between \(name(pair[0])) and \(name(pair[1])).",
        remedy: "Look for a firewall between the two hosts, and whether each knows the other's name and address.")
    }
  }

  /// A rank with its host.
  private func name(_ rank: Int) -> String {
    ranks.first { $0.rank == rank }.map { "rank \(rank) (\($0.host))" } ?? "rank \(rank)"
  }

  /// The best link of a host to any other host: the least latency and the greatest bandwidth.
  private func best(of host: String) -> (latency: Double, bandwidth: Double)? {
    let found = ranks.on(host).flatMap { one in
      ranks.filter { $0.host != host }.compactMap { link(one, $0) }
    }
    guard let latency = found.map(\.latency).min(), let bandwidth = found.map(\.bandwidth).max() else { return nil }
    return (latency, bandwidth)
  }

  /// Whether a link is much worse than another.
  private static func isWorse(
    _ link: (latency: Double, bandwidth: Double), than usual: (latency: Double, bandwidth: Double)
  ) -> Bool {
    link.bandwidth * factor < usual.bandwidth
      || link.latency > factor * usual.latency && link.latency > usual.latency + leastDelay
  }

  /// The hosts that are worse than the median of all, with their best links.
  private var outliers: [String: (latency: Double, bandwidth: Double)] {
    guard ranks.hosts.count > 2, let usual else { return [:] }
    var outliers: [String: (latency: Double, bandwidth: Double)] = [:]
    for host in ranks.hosts {
      if let best = best(of: host), Self.isWorse(best, than: usual) { outliers[host] = best }
    }
    return outliers
  }

  /// The median of the hosts' best links.
  private var usual: (latency: Double, bandwidth: Double)? {
    let bests = ranks.hosts.compactMap(best)
    guard let latency = median(bests.map(\.latency)), let bandwidth = median(bests.map(\.bandwidth)) else { return nil }
    return (latency, bandwidth)
  }

  /// Hosts all of whose links are slow.
  private var slowHosts: [Finding] {
    guard let usual else { return [] }
    return outliers.sorted { $0.key < $1.key }.map { host, best in
      .problem(
        "slow-host",
        "\(host): its best link has \(rate(best.bandwidth)) and \(amount(best.latency, "s")) a message; the median of the "
          + "hosts is \(rate(usual.bandwidth)) and \(amount(usual.latency, "s")).",
        remedy: "Look at its cable, its port of the switch, and the speed that it has agreed on (ethtool eth0, or "
          + "ibstat); until then leave the host out.")
    }
  }

  /// Two hosts whose link is slow, though each does better with others.
  private struct SlowPair {
    var first: String
    var second: String
    var best: (latency: Double, bandwidth: Double)
    var expected: (latency: Double, bandwidth: Double)
  }

  /// The pairs of hosts, none of them slow with all others, whose link is slow.
  private var slowPairs: [SlowPair] {
    let outliers = outliers
    var usuals: [String: (latency: Double, bandwidth: Double)] = [:]
    for host in ranks.hosts { usuals[host] = best(of: host) }
    return hostPairs.compactMap { first, second in
      guard outliers[first] == nil, outliers[second] == nil, let one = usuals[first], let other = usuals[second],
        let best = bestLink(first, second)
      else { return nil }
      let expected = (latency: max(one.latency, other.latency), bandwidth: min(one.bandwidth, other.bandwidth))
      guard Self.isWorse(best, than: expected) else { return nil }
      return SlowPair(first: first, second: second, best: best, expected: expected)
    }
  }

  /// Links that are slow between hosts that can do better.
  private var slowLinks: [Finding] {
    slowPairs.map { pair in
      .problem(
        "slow-link",
        "\(pair.first) and \(pair.second): \(rate(pair.best.bandwidth)) and \(amount(pair.best.latency, "s")) a message "
          + "between them, where each does better with others (\(rate(pair.expected.bandwidth)), "
          + "\(amount(pair.expected.latency, "s"))).",
        remedy: "Look at the way between the two: cables, switches, routes.")
    }
  }

  /// The best link between two hosts.
  private func bestLink(_ first: String, _ second: String) -> (latency: Double, bandwidth: Double)? {
    let found = ranks.on(first).flatMap { one in ranks.on(second).compactMap { link(one, $0) } }
    guard let latency = found.map(\.latency).min(), let bandwidth = found.map(\.bandwidth).max() else { return nil }
    return (latency, bandwidth)
  }

  /// All pairs of hosts.
  private var hostPairs: [(String, String)] {
    let hosts = ranks.hosts
    return hosts.indices.flatMap { first in hosts[(first + 1)...].map { (hosts[first], $0) } }
  }
}

/// Nodes whose memory is much slower than that of the others.
func memoryFindings(_ nodes: [NodeMemory]) -> [Finding] {
  guard nodes.count > 2, let usual = median(nodes.map(\.bandwidth)) else { return [] }
  return nodes.filter { $0.bandwidth * LinkFindings.factor < usual }.map { node in
    .problem(
      "slow-memory",
      "\(node.host): its memory does \(rate(node.bandwidth)), where the median of the hosts is \(rate(usual)).",
      remedy:
        "Look for other jobs there (top), for memory that is missing or in the wrong slots, and for its clock speed.")
  }
}

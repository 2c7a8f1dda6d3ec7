// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The report, for people: no line is wider than 120 characters, but for words that are.
struct TextReport {
  let report: Report

  /// The width of the widest line.
  private static let width = 120

  /// A blank at which no line is broken.
  private static let tie = "\u{A0}"

  /// All of it.
  var text: String {
    let parts = [heading, hosts] + matrices.map(table) + [collectives, parts, findings]
    return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  /// What all ranks have in common.
  private var heading: [String] {
    guard let first = report.ranks.first else { return [] }
    let transports = Set(report.ranks.flatMap(\.transports)).sorted()
    return [
      "mpi-doctor: \(report.size) \(report.size == 1 ? "rank" : "ranks") on "
        + "\(report.ranks.hosts.count) \(report.ranks.hosts.count == 1 ? "host" : "hosts")",
      "MPI          \(first.library), MPI \(first.standard), thread level \(first.threadLevel)",
      "messages by  \(transports.isEmpty ? "what is built into the library" : transports.joined(separator: ", "))",
      "program      \(first.program), \(first.programLength) bytes, checksum \(first.programChecksum)",
    ].flatMap { wrapped($0, indent: 13) }
  }

  /// A line for each host.
  private var hosts: [String] {
    guard !report.ranks.isEmpty else { return [] }
    let width = max(4, report.ranks.hosts.map(\.count).max() ?? 0)
    var lines = ["host".padding(to: width) + "  ranks       cores  clock       memory      open files  networks"]
    for host in report.ranks.hosts {
      let ranks = report.ranks.on(host)
      let bound = Set(ranks.flatMap(\.cores)).count
      let offset = report.clockOffsets.indices.contains(ranks[0].rank) ? report.clockOffsets[ranks[0].rank] : nil
      let memory = report.memory.first { $0.host == host }?.bandwidth
      let columns = [
        ranges(ranks.map(\.rank)).padding(to: 10), "\(bound)/\(ranks[0].hostCores)".padding(to: 5),
        (offset.map { ($0 > 0 ? "+" : "") + amount($0, "s") } ?? "").padding(to: 10),
        (memory.map(rate) ?? "").padding(to: 10),
        (ranks[0].limits.openFiles.map(String.init) ?? "unlimited").padding(to: 10),
        (ranks[0].fabrics + ranks[0].interfaces.map { $0.name + Self.tie + $0.address }).joined(separator: ", "),
      ]
      // The last column goes on below itself; a name and its address stay together.
      let indent = width + 2 + columns.dropLast().reduce(0) { $0 + $1.count + 2 }
      let line = host.padding(to: width) + "  " + columns.joined(separator: "  ")
      lines += wrapped(line, indent: indent).map { $0.replacingOccurrences(of: Self.tie, with: " ") }
    }
    return lines
  }

  /// A number for each pair of ranks.
  private struct Matrix {
    var title: String
    var values: [Double?]
    var isBetterLow: Bool
    var words: (Double) -> String

    /// The best of some values.
    func best(_ values: [Double]) -> Double? { isBetterLow ? values.min() : values.max() }
  }

  /// The latencies and the bandwidths.
  private var matrices: [Matrix] {
    guard let links = report.links, report.size > 1 else { return [] }
    return [
      Matrix(title: "latency of 8 bytes, one way", values: links.latency, isBetterLow: true) { amount($0, "s") },
      Matrix(title: "bandwidth of large messages", values: links.bandwidth, isBetterLow: false, words: rate),
    ]
  }

  /// Between hosts if there are several, else between ranks: the best of each two. If they are too many for a table,
  /// how the pairs do at all.
  private func table(_ matrix: Matrix) -> [String] {
    let hosts = report.ranks.hosts
    let groups = hosts.count > 1 ? hosts.map { report.ranks.on($0).map(\.rank) } : report.ranks.map { [$0.rank] }
    let names = hosts.count > 1 ? hosts : report.ranks.map { "rank \($0.rank)" }
    // None that fits has more.
    guard groups.count <= 40 else { return summary(matrix) }
    let cells = groups.map { one in
      groups.map { other -> String in
        let found = one.flatMap { row in
          other.compactMap { row == $0 ? nil : matrix.values[row * report.size + $0] }
        }
        return matrix.best(found).map(matrix.words) ?? "-"
      }
    }
    let width = max(names.map(\.count).max() ?? 0, cells.joined().map(\.count).max() ?? 0) + 2
    let lead = names.map(\.count).max() ?? 0
    guard lead + groups.count * width <= Self.width else { return summary(matrix) }
    let header = String(repeating: " ", count: lead) + names.map { padded($0, width) }.joined()
    return [matrix.title, header]
      + zip(names, cells).map { name, row in name.padding(to: lead) + row.map { padded($0, width) }.joined() }
  }

  /// The best, the middle and the worst of all pairs.
  private func summary(_ matrix: Matrix) -> [String] {
    var pairs: [(value: Double, one: Int, other: Int)] = []
    for one in 0..<report.size {
      for other in one + 1..<report.size {
        if let value = matrix.values[one * report.size + other] { pairs.append((value, one, other)) }
      }
    }
    pairs.sort { matrix.isBetterLow ? $0.value < $1.value : $0.value > $1.value }
    guard let best = pairs.first, let worst = pairs.last else { return [] }
    func line(_ title: String, _ pair: (value: Double, one: Int, other: Int)) -> String {
      let names = [pair.one, pair.other].map { rank in
        "rank \(rank)" + (report.ranks.indices.contains(rank) ? " on \(report.ranks[rank].host)" : "")
      }
      return "  \(title)  \(padded(matrix.words(pair.value), 10))  \(names.joined(separator: " and "))"
    }
    return [
      "\(matrix.title): \(pairs.count) pairs, too many for a table (--picture FILE.svg shows them, --json lists them)",
      line("best  ", best), "  median  \(padded(matrix.words(pairs[pairs.count / 2].value), 10))",
      line("worst ", worst),
    ]
  }

  /// A table of operations and sizes.
  private var collectives: [String] {
    guard report.size > 1, !report.collectives.isEmpty else { return [] }
    let sizes = Array(Set(report.collectives.map(\.bytes))).sorted()
    let names = report.collectives.map(\.operation).reduce(into: [String]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    func cell(_ name: String, _ bytes: Int) -> String {
      let found = report.collectives.first { $0.operation == name && $0.bytes == bytes }
      return padded(found.map { amount($0.seconds, "s") } ?? "", 12)
    }
    return ["collectives".padding(to: 12) + sizes.map { padded("\($0) B", 12) }.joined()]
      + names.map { name in name.padding(to: 12) + sizes.map { cell(name, $0) }.joined() }
  }

  /// How long it all took.
  private var parts: [String] {
    guard !report.parts.isEmpty else { return [] }
    let all = report.parts.reduce(0) { $0 + $1.seconds }
    let parts = report.parts.map { "\($0.name) \(amount($0.seconds, "s"))" }.joined(separator: ", ")
    return wrapped("this took \(amount(all, "s")): \(parts)", indent: 2)
  }

  /// What is wrong, and what to do.
  private var findings: [String] {
    let problems = report.findings.filter { $0.severity == .problem }
    let notes = report.findings.filter { $0.severity == .note }
    func lines(_ title: String, _ finding: Finding) -> [String] {
      wrapped("\(title): \(finding.text)", indent: 2) + wrapped("  what to do: \(finding.remedy)", indent: 4)
    }
    if report.findings.isEmpty { return ["nothing found that is wrong"] }
    return problems.flatMap { lines("PROBLEM", $0) } + notes.flatMap { lines("note", $0) }
  }
}

extension String {
  /// This text with blanks after it, up to a width.
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

/// The report, for people.
struct TextReport {
  let report: Report

  /// All of it.
  var text: String {
    let parts = [
      heading, hosts, matrix("latency", report.links?.latency ?? []) { amount($0, "s") },
      matrix("bandwidth", report.links?.bandwidth ?? [], rate), collectives, findings,
    ]
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
    ]
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
        (ranks[0].fabrics + ranks[0].interfaces.map { "\($0.name) \($0.address)" }).joined(separator: ", "),
      ]
      lines.append(host.padding(to: width) + "  " + columns.joined(separator: "  "))
    }
    return lines
  }

  /// Between hosts where there are several, else between ranks: the best of each two. Many of them are for the picture.
  private func matrix(_ title: String, _ values: [Double?], _ words: (Double) -> String) -> [String] {
    guard !values.isEmpty, report.size > 1 else { return [] }
    let hosts = report.ranks.hosts
    let groups = hosts.count > 1 ? hosts.map { report.ranks.on($0).map(\.rank) } : report.ranks.map { [$0.rank] }
    let names = hosts.count > 1 ? hosts : report.ranks.map { "rank \($0.rank)" }
    guard groups.count <= 16 else {
      return ["\(title): too many for a table; --picture FILE.svg shows all, and --json lists them"]
    }
    let cells = groups.map { one in
      groups.map { other -> String in
        let found = one.flatMap { row in other.compactMap { row == $0 ? nil : values[row * report.size + $0] } }
        let best = title == "latency" ? found.min() : found.max()
        return best.map(words) ?? "-"
      }
    }
    let width = max(names.map(\.count).max() ?? 0, cells.joined().map(\.count).max() ?? 0) + 2
    let lead = names.map(\.count).max() ?? 0
    let header = String(repeating: " ", count: lead) + names.map { padded($0, width) }.joined()
    let what = title == "latency" ? "of 8 bytes, one way" : "of large messages"
    return ["\(title) \(what)", header]
      + zip(names, cells).map { name, row in name.padding(to: lead) + row.map { padded($0, width) }.joined() }
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

  /// What is wrong, and what to do.
  private var findings: [String] {
    let problems = report.findings.filter { $0.severity == .problem }
    let notes = report.findings.filter { $0.severity == .note }
    func lines(_ title: String, _ finding: Finding) -> [String] {
      ["\(title): \(finding.text)", "  what to do: \(finding.remedy)"]
    }
    if report.findings.isEmpty { return ["nothing found that is wrong"] }
    return problems.flatMap { lines("PROBLEM", $0) } + notes.flatMap { lines("note", $0) }
  }
}

extension String {
  /// This text with blanks after it, up to a width.
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

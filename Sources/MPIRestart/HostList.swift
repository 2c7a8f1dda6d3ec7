// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The hosts of a job, as a host file or an option of the launcher names them.
package struct HostList: Equatable, Sendable {
  /// A mention of a host: a line of a file, or an element of a list.
  struct Mention: Equatable, Sendable {
    /// The host's name; nil for a line without one (a comment).
    var host: String?
    /// How many ranks it has room for, if it is mentioned with a number.
    var slots: Int?
    /// How the remote shell calls it: with a user's name if there is one.
    var address: String
    /// The line or element as it is written.
    var text: String
  }

  private(set) var mentions: [Mention]
  /// Whether it is a file's lines, or a list with commas.
  let isFile: Bool

  /// Reads the text of a host file: Open MPI's `node1 slots=8`, Hydra's `node1:8`, or a name a line.
  package init(file text: String) {
    isFile = true
    mentions = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      // Spaces may stand around a sign: `slots = 4`.
      let words = line.prefix { $0 != "#" }.replacing("=", with: " = ").split { $0 == " " || $0 == "\t" || $0 == "\r" }
      guard let first = words.first else { return Mention(address: "", text: String(line)) }
      var mention = Mention(element: first, text: String(line))
      for (index, word) in words.enumerated() where word == "=" && index + 1 < words.count {
        let value = words[index + 1]
        switch words[index - 1] {
        case "slots": mention.slots = Int(value)
        case "username", "user": mention.address = "\(value)@\(mention.host ?? "")"
        default: break
        }
      }
      return mention
    }
    if mentions.last?.text == "" { mentions.removeLast() }
  }

  /// Reads a list: `node1:8,node2:8`. Nil if it names hosts by their number (`+n1`), which only the launcher knows.
  package init?(list text: String) {
    isFile = false
    mentions = text.split(separator: ",").map { Mention(element: $0, text: String($0)) }
    if mentions.isEmpty || mentions.contains(where: { $0.text.hasPrefix("+") }) { return nil }
  }

  private init(mentions: [Mention], isFile: Bool) {
    self.mentions = mentions
    self.isFile = isFile
  }

  /// The hosts, each once, in order.
  package var hosts: [String] {
    var seen: Set<String> = []
    return mentions.compactMap { $0.host }.filter { seen.insert($0).inserted }
  }

  /// How the remote shell calls a host.
  package func address(of host: String) -> String {
    let addresses = mentions.filter { $0.host == host }.map { $0.address }
    return addresses.first { $0.contains("@") } ?? addresses.first ?? host
  }

  /// How many ranks a host has room for; nil if only the launcher knows.
  ///
  /// Without a number a mention is one slot in a list, with Hydra, and if the host is mentioned again; a host of Open
  /// MPI's host file has a slot for each core.
  package func slots(of host: String, isHydra: Bool) -> Int? {
    let mine = mentions.filter { $0.host == host }
    if mine.count == 1, mine[0].slots == nil, isFile, !isHydra { return nil }
    return mine.reduce(0) { $0 + ($1.slots ?? 1) }
  }

  /// The list without these hosts. All else is as it was written.
  package func without(_ gone: Set<String>) -> HostList {
    HostList(mentions: mentions.filter { !($0.host.map(gone.contains) ?? false) }, isFile: isFile)
  }

  /// As the launcher reads it.
  package var text: String {
    isFile ? mentions.map { $0.text + "\n" }.joined() : mentions.map { $0.text }.joined(separator: ",")
  }

  /// As a list with commas, whatever it was.
  var list: String {
    mentions.compactMap { mention in
      mention.host.map { mention.slots.map { slots in "\(mention.host!):\(slots)" } ?? $0 }
    }
    .joined(separator: ",")
  }
}

extension HostList.Mention {
  /// `node1`, `node1:8`, `me@node1`.
  init(element: some StringProtocol, text: String) {
    let parts = element.split(separator: ":", maxSplits: 1)
    let address = parts.first.map { String($0) } ?? ""
    self.init(
      host: address.split(separator: "@").last.map { String($0) }, slots: parts.count > 1 ? Int(parts[1]) : nil,
      address: address, text: text)
  }
}

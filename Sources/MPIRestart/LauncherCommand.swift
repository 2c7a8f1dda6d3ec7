// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The command that starts the job, and what mpi-restart understands of it: its hosts, and its number of ranks.
package struct LauncherCommand: Sendable {
  /// An option that names hosts.
  private struct HostOption {
    /// The place of its value among the words.
    var place: Int
    /// What stands before the value in that word: nothing, or `--hostfile=`.
    var prefix: String
    var hosts: HostList
  }

  /// Why a command can't be used.
  package struct Problem: Error, Equatable, CustomStringConvertible {
    package var description: String
  }

  /// The words, as given.
  package let words: [String]
  package let kind: LauncherKind
  /// The place of the launcher's name: wrappers may stand before it.
  private let launcher: Int
  private var hostOptions: [HostOption] = []
  /// The places of the numbers of ranks: one for each part of a command with `:`.
  private var rankPlaces: [Int] = []
  private var parts = 1
  /// The remote shell that the options name.
  package private(set) var remoteShell: String?
  /// Whether the job is to go on if a rank is lost.
  package private(set) var survivesLosses = false
  /// The hosts of mpi-restart's own option.
  private var ownHosts: HostList?

  /// Looks at a command.
  ///
  /// - Parameters:
  ///   - words: the launcher, its options, the program and its arguments.
  ///   - kind: tells which launcher a word names.
  ///   - hostFile: the text of the host file that mpi-restart itself was given.
  ///   - read: the text of a file; nil if it can't be read.
  package init(
    words: [String], kind: (String) -> LauncherKind, hostFile: String? = nil, read: (String) -> String?
  ) throws(Problem) {
    self.words = words
    launcher = words.prefix(6).firstIndex(where: LauncherKind.isName) ?? 0
    self.kind = words.isEmpty ? .unknown : kind(words[launcher])
    if self.kind == .openMPI4 || self.kind == .openMPI5 || self.kind == .hydra { scan(read) }
    guard let hostFile else { return }
    guard hostOptions.isEmpty else {
      throw Problem(description: "the launcher's options name hosts too: leave out one of the two")
    }
    guard self.kind == .openMPI4 || self.kind == .openMPI5 || self.kind == .hydra else {
      throw Problem(
        description: "--hostfile is for Open MPI's and MPICH's mpiexec, and '\(words[launcher])' is neither")
    }
    ownHosts = HostList(file: hostFile)
  }

  /// Reads the launcher's options up to the program, and those of the parts behind a `:`.
  private mutating func scan(_ read: (String) -> String?) {
    var index = launcher + 1
    while index < words.count {
      let word = words[index]
      guard word.hasPrefix("-"), word.count > 1 else {
        // The program and its arguments.
        while index < words.count, words[index] != ":" { index += 1 }
        if index < words.count { parts += 1 }
        index += 1
        continue
      }
      let name = word.drop { $0 == "-" }
      if let sign = name.firstIndex(of: "=") {
        let prefix = String(word.prefix { $0 != "=" }) + "="
        note(name[..<sign], value: String(name[name.index(after: sign)...]), place: index, prefix: prefix, read)
        index += 1
        continue
      }
      let count = kind.valueCount(of: name) ?? 0
      if count == 0 { note(flag: name) }
      if count >= 1, index + count < words.count {
        note(name, value: words[index + count], place: index + count, prefix: "", read)
        if count == 2 { note(setting: words[index + 1], words[index + 2]) }
      }
      index += 1 + count
    }
  }

  private mutating func note(
    _ name: Substring, value: String, place: Int, prefix: String, _ read: (String) -> String?
  ) {
    switch name {
    case "n", "np", "c": rankPlaces.append(place)
    case "hostfile", "machinefile", "f":
      if let text = read(value) {
        hostOptions.append(HostOption(place: place, prefix: prefix, hosts: HostList(file: text)))
      }
    case "host", "H", "hosts":
      if let hosts = HostList(list: value) {
        hostOptions.append(HostOption(place: place, prefix: prefix, hosts: hosts))
      }
    case "launcher-exec", "bootstrap-exec": remoteShell = value
    case "with-ft": survivesLosses = true
    default: break
    }
  }

  private mutating func note(flag name: Substring) {
    if ["enable-recovery", "continuous", "disable-auto-cleanup"].contains(name) { survivesLosses = true }
  }

  private mutating func note(setting name: String, _ value: String) {
    if ["plm_rsh_agent", "plm_ssh_agent", "pls_rsh_agent"].contains(name) { remoteShell = value }
  }

  /// The hosts of the job, each once; empty if the command does not name them.
  package var hosts: [String] {
    var seen: Set<String> = []
    return lists.flatMap { $0.hosts }.filter { seen.insert($0).inserted }
  }

  private var lists: [HostList] { ownHosts.map { [$0] } ?? hostOptions.map { $0.hosts } }

  /// How the remote shell calls a host.
  package func address(of host: String) -> String {
    lists.first { $0.hosts.contains(host) }?.address(of: host) ?? host
  }

  /// The number of ranks that the command asks for; nil if it leaves that to the launcher, or has several parts.
  package var ranks: Int? {
    guard parts == 1, rankPlaces.count == 1 else { return nil }
    return Int(words[rankPlaces[0]].drop { !$0.isNumber })
  }

  /// The number of ranks without some of the hosts, if it is to fit the slots that are left.
  ///
  /// - Returns: no more ranks than slots; the same share as before if there were more ranks than slots, or if only the
  ///   launcher knows how many there are. Nil if the command names no number.
  package func fittingRanks(without gone: Set<String>) -> Int? {
    guard let ranks, !gone.isEmpty, !hosts.isEmpty else { return ranks }
    let living = hosts.filter { !gone.contains($0) }
    let slots = hosts.map { host in lists.compactMap { $0.slots(of: host, isHydra: kind == .hydra) }.max() }
    guard !slots.contains(nil), hostOptions.count <= 1 else { return max(1, ranks * living.count / hosts.count) }
    let all = slots.reduce(0) { $0 + ($1 ?? 0) }
    let left = zip(hosts, slots).reduce(0) { gone.contains($1.0) ? $0 : $0 + ($1.1 ?? 0) }
    return max(1, ranks <= all ? min(ranks, left) : ranks * left / max(all, 1))
  }

  /// The command without some of the hosts.
  ///
  /// - Parameters:
  ///   - gone: the hosts to leave out.
  ///   - ranks: the number of ranks; nil to leave it as it is.
  ///   - file: makes a host file of a text, and returns its path.
  package func words(
    without gone: Set<String>, ranks: Int?, file: (String) throws -> String
  ) rethrows -> [String] {
    var result = words
    if let ranks, let place = rankPlaces.first, self.ranks != nil {
      result[place] = String(words[place].prefix { !$0.isNumber }) + "\(ranks)"
    }
    if !gone.isEmpty {
      for option in hostOptions {
        let hosts = option.hosts.without(gone)
        result[option.place] = option.prefix + (hosts.isFile ? try file(hosts.text) : hosts.text)
      }
    }
    if let ownHosts {
      let hosts = ownHosts.without(gone)
      // Hydra and Open MPI write the number of slots in a host file differently.
      let option = kind == .hydra ? ["-hosts", hosts.list] : ["--hostfile", try file(hosts.textForOpenMPI)]
      result.insert(contentsOf: option, at: launcher + 1)
    }
    return result
  }
}

extension HostList {
  /// As Open MPI's host file.
  fileprivate var textForOpenMPI: String {
    mentions.map { mention in
      // Hydra's form has a colon before the number.
      if let host = mention.host, let slots = mention.slots, !mention.text.contains("slots") {
        return "\(host) slots=\(slots)\n"
      }
      return mention.text + "\n"
    }.joined()
  }
}

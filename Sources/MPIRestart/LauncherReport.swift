// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What a launcher prints about what was lost, read from its standard error.
///
/// The texts are those of Open MPI 4 and 5, of MPICH's and Intel MPI's Hydra, and of Slurm's srun. A program that prints
/// the same text about itself only changes what mpi-restart reports, and whether a run that failed counts as a loss.
package struct LauncherReport: Equatable, Sendable {
  /// The signal that ended the first rank.
  package private(set) var rankSignal: Int32?
  /// That rank, if the launcher reports it.
  package private(set) var rank: Int?
  /// Its host.
  package private(set) var host: String?
  /// The hosts with which the launcher lost its connection.
  package private(set) var lostHosts: Set<String> = []
  /// Whether it reported such a loss, with a name or without.
  package private(set) var isHostLost = false
  /// Whether a rank called `MPI_Abort`.
  package private(set) var isAborted = false

  /// Whether the launcher could not start the program. Open MPI's status looks like that of a signal then.
  package private(set) var isStartFailure = false

  /// The line before, because a message may go on in the next one.
  private var previous = ""
  /// The host in Hydra's frame, which comes before the signal.
  private var frameHost: String?

  package init() {}

  /// Whether the job is at its end, so that the launcher has to end soon.
  package var isEnding: Bool { rankSignal != nil || isHostLost || isAborted }

  /// Reads the next line.
  package mutating func read(line: String) {
    let line = line.hasSuffix("\r") ? String(line.dropLast()) : line
    defer { previous = line }
    readOpenMPI(line)
    readHydra(line)
    readSlurm(line)
  }

  private mutating func readOpenMPI(_ line: String) {
    let text = previous.isEmpty ? line : previous + " " + line
    if text.contains("exited on signal "), let start = text.firstRange(of: "noticed that process rank ") {
      let words = text[start.upperBound...].split(separator: " ")
      let signal = words.after("signal").flatMap { Int32($0.prefix { $0.isNumber }) }
      note(signal: signal ?? 9, rank: words.first.flatMap { Int($0) }, host: words.after("node").map { String($0) })
    } else if line.contains("has lost communication with a remote daemon")
      || line.contains("daemon has unexpectedly failed")
      || line.contains("unable to reliably start one or more daemons")
    {
      isHostLost = true
    } else if line.contains("Remote daemon: ["), let name = line.split(separator: " ").after("node") {
      isHostLost = true
      lostHosts.insert(String(name))
    } else if line.contains("was unable to start the specified application")
      || line.contains("was unable to launch the specified application")
    {
      isStartFailure = true
    } else if line.hasPrefix("MPI_ABORT was invoked on rank ") {
      isAborted = true
    }
  }

  private mutating func readHydra(_ line: String) {
    if line.hasPrefix("="), line.contains(" RUNNING AT ") {
      frameHost = line.split(separator: " ").after("AT").map { String($0) }
    } else if line.contains("TERMINATED WITH THE EXIT STRING"), let start = line.firstRange(of: "(signal ") {
      note(signal: Int32(line[start.upperBound...].prefix { $0.isNumber }) ?? 9, rank: nil, host: frameHost)
    } else if line.hasPrefix("[mpiexec@"), line.contains("assert (!closed) failed") {
      isHostLost = true
    } else if line.hasPrefix("Abort(") && line.contains(" on node ") || line.hasPrefix("application called MPI_Abort(")
    {
      isAborted = true
    }
  }

  /// `srun: error: node1: task 1: Killed` and `srun: error: Node failure on node2`.
  private mutating func readSlurm(_ line: String) {
    guard line.hasPrefix("srun: error: ") else { return }
    let rest = line.dropFirst("srun: error: ".count)
    if rest.hasPrefix("Node failure on ") {
      isHostLost = true
      lostHosts.insert(String(rest.dropFirst("Node failure on ".count).prefix { $0 != " " && $0 != "," }))
      return
    }
    let parts = rest.split(separator: ":", maxSplits: 2).map { $0.drop { $0 == " " } }
    guard parts.count == 3, parts[1].hasPrefix("task"), let signal = signalNumber(named: String(parts[2])) else {
      return
    }
    let tasks = parts[1].drop { !$0.isNumber }
    note(signal: signal, rank: Int(tasks.prefix { $0.isNumber }), host: String(parts[0]))
  }

  /// Keeps the first loss: what follows is its consequence.
  private mutating func note(signal: Int32, rank: Int?, host: String?) {
    guard rankSignal == nil else { return }
    rankSignal = signal
    self.rank = rank
    self.host = host
  }
}

extension Collection where Element == Substring {
  /// The word that follows another.
  fileprivate func after(_ word: String) -> Substring? {
    guard let index = firstIndex(where: { $0 == word }) else { return nil }
    let next = self.index(after: index)
    return next == endIndex ? nil : self[next]
  }
}

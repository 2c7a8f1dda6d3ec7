// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// How a run of the job ended.
package enum RunEnd: Hashable, Sendable {
  /// With status 0.
  case complete
  /// With status 75: the program wants to be run again.
  case runAgain
  /// The program or the launcher reported an error of its own.
  case failed(status: Int32)
  /// A rank was ended by a signal.
  case lostRank(signal: Int32, rank: Int?, host: String?)
  /// Hosts were lost. Without names, the launcher did not report which.
  case lostHosts([String])
  /// The launcher was ended by a signal that mpi-restart did not send.
  case lostLauncher(signal: Int32)
  /// The launcher did not end after it had reported that something was lost.
  case hungLauncher
  /// mpi-restart got a signal that ends the job.
  case interrupted(signal: Int32)

  /// The status with which the program of a run reports that there is more to do: `EX_TEMPFAIL` of sysexits.h.
  package static let runAgainStatus: Int32 = 75

  /// What happened, as the end of a sentence that begins with the run.
  package var words: String {
    switch self {
    case .complete: "is complete"
    case .runAgain: "ended with status 75 (run me again)"
    case .failed(let status): "failed with status \(status)"
    case .lostRank(let signal, let rank, let host):
      "lost \(rank.map { "rank \($0)" } ?? "a rank")\(host.map { " on \($0)" } ?? "") to \(signalWords(signal))"
    case .lostHosts([]): "lost a host, or the launcher's daemon on it"
    case .lostHosts(let hosts): "lost \(hosts.count == 1 ? "host" : "hosts") \(listWords(hosts))"
    case .lostLauncher(let signal): "lost its launcher to \(signalWords(signal))"
    case .hungLauncher: "hung: the launcher reported a loss and did not end"
    case .interrupted(let signal): "was ended by \(signalWords(signal))"
    }
  }
}

/// How the launcher's process ended.
package enum ProcessEnd: Equatable, Sendable {
  case status(Int32)
  case signal(Int32)

  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .status((waitStatus >> 8) & 0xff) : .signal(signal)
  }

  /// As a shell reports it.
  package var shellStatus: Int32 {
    switch self {
    case .status(let status): status
    case .signal(let signal): 128 + signal
    }
  }
}

/// What is known of a run when its launcher has ended.
package struct RunFacts: Sendable {
  /// How the launcher ended.
  package var launcher: ProcessEnd
  /// What it reported.
  package var report = LauncherReport()
  /// The hosts that do not answer.
  package var goneHosts: [String] = []
  /// Whether mpi-restart ended the launcher because it did not end by itself.
  package var isLauncherEnded = false
  /// The signal by which mpi-restart was told to end the job.
  package var interruption: Int32?

  package init(launcher: ProcessEnd) { self.launcher = launcher }

  /// Which end that is.
  ///
  /// A lost host comes before all that follows from it: other ranks may report errors of their own and end with an
  /// ordinary status.
  package var end: RunEnd {
    if let interruption { return .interrupted(signal: interruption) }
    if !goneHosts.isEmpty { return .lostHosts(goneHosts.sorted()) }
    if report.isHostLost { return .lostHosts(report.lostHosts.sorted()) }
    if launcher == .status(0) { return .complete }
    if launcher == .status(RunEnd.runAgainStatus) { return .runAgain }
    if let signal = report.rankSignal ?? rankSignalOfStatus {
      return .lostRank(signal: signal, rank: report.rank, host: report.host)
    }
    if isLauncherEnded { return .hungLauncher }
    switch launcher {
    case .signal(let signal): return .lostLauncher(signal: signal)
    case .status(let status): return .failed(status: status)
    }
  }

  /// Open MPI and srun add 128 to the signal that ended a rank.
  private var rankSignalOfStatus: Int32? {
    guard !isLauncherEnded, !report.isStartFailure, case .status(let status) = launcher, (129...159).contains(status)
    else { return nil }
    return status - 128
  }
}

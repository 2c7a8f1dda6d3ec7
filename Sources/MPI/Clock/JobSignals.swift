// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Signals by which a batch system, a launcher or a person announces that a job will be ended: a set of them is
/// ``JobClock/signals``.
public struct JobSignals: OptionSet, Sendable, Hashable, Codable {
  /// For each signal, 1 shifted by its number.
  public let rawValue: UInt32

  /// A set of signals.
  ///
  /// - Parameter rawValue: for each signal, 1 shifted by its number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `SIGUSR1`: what `#SBATCH --signal=USR1@120` and Grid Engine's `s_rt` send. Launchers pass it on to all ranks.
  public static let user1 = JobSignals(rawValue: 1 << UInt32(SIGUSR1))
  /// `SIGUSR2`: what LSF sends at the run limit, ten minutes before it kills, and Grid Engine by `-notify`.
  public static let user2 = JobSignals(rawValue: 1 << UInt32(SIGUSR2))
  /// `SIGXCPU`: a limit of processor time.
  public static let cpuTime = JobSignals(rawValue: 1 << UInt32(SIGXCPU))
  /// `SIGTERM`: what Slurm and PBS send at the limit, some seconds before they kill. Open MPI's `mpiexec` kills a
  /// second after it.
  public static let terminate = JobSignals(rawValue: 1 << UInt32(SIGTERM))
  /// `SIGINT`: Ctrl-C.
  public static let interrupt = JobSignals(rawValue: 1 << UInt32(SIGINT))

  /// All but Ctrl-C.
  public static let standard: JobSignals = [.user1, .user2, .cpuTime, .terminate]

  /// Each signal's number and name.
  static let names: [(number: CInt, name: String)] = [
    (SIGUSR1, "SIGUSR1"), (SIGUSR2, "SIGUSR2"), (SIGXCPU, "SIGXCPU"), (SIGTERM, "SIGTERM"), (SIGINT, "SIGINT"),
  ]
}

extension JobSignals: CustomStringConvertible {
  /// The names, such as `SIGUSR1, SIGTERM`.
  public var description: String {
    Self.names.filter { rawValue & 1 << UInt32($0.number) != 0 }.map(\.name).joined(separator: ", ")
  }
}

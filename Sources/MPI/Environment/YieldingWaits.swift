// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whether ranks that wait give way to others.
///
/// A rank that waits polls. If there are more ranks than cores, it takes the core from the rank it waits for, and a
/// barrier takes ten times as long and more. Open MPI has a variable that lets such a rank give way; its launcher sets
/// it only if it knows how many cores there are, and not if a host file lists more slots. MPICH gives way
/// by itself.
enum YieldingWaits {
  static let variable = "OMPI_MCA_mpi_yield_when_idle"

  /// Starts MPI or its tools, which read their variables then, by `start`; with waits that give way if this host has
  /// more ranks than cores, unless the variable is set. The environment is left as it was.
  static func choose<Result>(_ start: () -> Result) -> Result {
    guard environmentVariable(variable) == nil,
      areNeeded(
        ranks: Launch.ranksHere, allowed: MPIEnvironment.availableCores, ofLauncher: MPIEnvironment.coresOfParent.count)
    else { return start() }
    setEnvironmentVariable(variable, to: "1")
    defer { unsetenv(variable) }
    return start()
  }

  /// Whether ranks have to give way.
  ///
  /// - Parameters:
  ///   - ranks: how many of the job are on this host; nil if no launcher sets it.
  ///   - allowed: how many cores this rank may run on. A rank that is bound to one of its own has it for itself.
  ///   - ofLauncher: how many cores the launcher may run on, and so all its ranks together.
  static func areNeeded(ranks: Int?, allowed: Int, ofLauncher: Int) -> Bool {
    guard let ranks else { return false }
    return ranks > max(allowed, ofLauncher)
  }
}

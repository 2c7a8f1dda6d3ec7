// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whether this is a job of a batch system, whose script decides what follows status 75.
package func isBatchJob(_ variable: (String) -> String?) -> Bool {
  ["SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"].contains { variable($0) != nil }
    // JOB_ID alone is too common a name.
    || variable("JOB_ID") != nil && variable("PE_HOSTFILE") != nil
}

/// The text of a file; nil if it can't be read.
package func readText(_ path: String) -> String? { textOfFile(path) }

/// Which launcher a name is, by what it prints at `--version`.
package func launcherKind(of name: String) -> LauncherKind {
  LauncherKind(name: name, version: outputOfVersion(name))
}

private func outputOfVersion(_ name: String) -> String {
  guard var command = try? HostCommand([name, "--version"], on: "", limit: .seconds(20)) else { return "" }
  while command.end() == nil { usleep(5000) }
  return command.output
}

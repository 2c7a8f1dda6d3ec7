// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase

/// Warns if a launcher of another MPI started this process.
///
/// Then every process is rank 0 of 1: each does the whole work, and each writes the same file. The launcher's
/// environment shows otherwise, so it can be found.
func warnIfLaunchedByAnother() {
  guard let world = Runtime.world, world.size == 1, let launch = Launch.current, launch.size > 1, launch.rank == 0
  else { return }
  writeToStandardError(
    """
    warning: \(launch.launcher) started \(launch.size) processes, but each of them is alone, rank 0 of 1: this program \
    is linked with \(MPIEnvironment.vendor.rawValue), and that launcher does not start its jobs. Use the mpiexec of \
    \(MPIEnvironment.vendor.rawValue), or build with MPI_PKG_CONFIG set for the other MPI.
    """)
}

/// What the environment has of the launcher that started this process.
package struct Launch {
  /// The launcher, in words.
  package var launcher: String
  /// How many processes it started.
  package var size: Int
  /// Which of them this is.
  package var rank: Int

  /// The variables that launchers set for each process: size and rank.
  private static let variables = [
    ("Open MPI's mpiexec", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    ("MPICH's mpiexec", "PMI_SIZE", "PMI_RANK"),
    ("Slurm's srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
  ]

  /// How many processes of this job are on this host; nil if no launcher sets it. It may be asked before MPI was
  /// started.
  static var ranksHere: Int? {
    // Open MPI's mpiexec, MPICH's, others' with PMI, MVAPICH's.
    let names = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "PMI_LOCAL_SIZE", "MV2_COMM_WORLD_LOCAL_SIZE"]
    for name in names {
      if let count = environmentVariable(name).flatMap({ Int($0) }), count > 0 { return count }
    }
    guard let tasks = environmentVariable("SLURM_STEP_TASKS_PER_NODE"),
      let node = environmentVariable("SLURM_NODEID").flatMap({ Int($0) })
    else { return nil }
    return ranks(ofNode: node, in: tasks)
  }

  /// How many processes a node has, by Slurm's list: `2(x3),1` means that nodes 0 to 2 have two each, and node 3 one.
  static func ranks(ofNode node: Int, in list: String) -> Int? {
    var rest = node
    for entry in list.split(separator: ",") {
      let parts = entry.split(whereSeparator: { "(x)".contains($0) })
      guard let count = parts.first.flatMap({ Int($0) }) else { return nil }
      let nodes = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
      if rest < nodes { return count }
      rest -= nodes
    }
    return nil
  }

  /// The launcher that started this process, or nil if none did.
  package static var current: Launch? {
    for (launcher, sizeName, rankName) in variables {
      if let size = environmentVariable(sizeName).flatMap({ Int($0) }),
        let rank = environmentVariable(rankName).flatMap({ Int($0) })
      {
        return Launch(launcher: launcher, size: size, rank: rank)
      }
    }
    return nil
  }
}

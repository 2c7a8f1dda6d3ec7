// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// What each MPI reads from the environment, and where it keeps shared memory.

import MPIBase

extension MPIEnvironment.Vendor {
  /// How to set a variable of MPI's that a program can't set, in words that go on after the reason.
  func settingHint(_ variable: String) -> String {
    switch self {
    case .openMPI: ": give it to mpiexec, --mca \(variable) VALUE, or start the program with OMPI_MCA_\(variable)=VALUE"
    case .mpich, .mvapich, .intel: ": start the program with \(variable)=VALUE in its environment"
    case .other: ""
    }
  }

  /// The folders in which the memory of a window is kept that the ranks of a node share.
  func windowFolders(isShared: Bool) -> [String] {
    guard self == .openMPI else { return ["/dev/shm"] }
    let variables = ["OMPI_MCA_osc_sm_backing_directory"] + (isShared ? [] : ["OMPI_MCA_osc_rdma_backing_directory"])
    return variables.map { environmentVariable($0) ?? "/dev/shm" }
  }

  /// How to have that memory kept elsewhere, in words that go on after the reason; empty if there is no way.
  var windowFolderHint: String {
    // From version 5 on it is not in a file.
    guard self == .openMPI, MPIEnvironment.vendorVersion.major <= 4 else { return "" }
    return ", or have Open MPI keep it elsewhere: OMPI_MCA_osc_sm_backing_directory=/tmp "
      + "OMPI_MCA_osc_rdma_backing_directory=/tmp"
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Guesses at the cause of an error for which MPI has only a class without a cause: "internal error", "other",
/// "unknown".
enum Cause {
  /// What an operation makes or does, as far as its errors go.
  private enum Kind {
    case communicator, window, file, process, other

    init(_ operation: String) {
      let name = operation.prefix { $0 != "(" }
      switch name {
      case "duplicate", "split", "create", "cartesian", "cartesianSubset", "subgrid", "graph", "graphSubset",
        "distributedGraph", "intercommunicator", "merge", "shrink", "surviving", "exchangeHalo", "checked mode",
        "subset":
        self = .communicator
      case "window", "dynamicWindow", "SharedArray.init", "SharedCounter.init", "attach": self = .window
      case "openFile", "close", "setSize", "setView", "setInfo", "setAtomic", "sync", "preallocate", "MPIFile.delete":
        self = .file
      case "spawn", "accept", "connect", "join", "openPort", "publish", "lookUp", "disconnect": self = .process
      default: self = .other
      }
    }
  }

  /// What may be the cause; nil if none is known.
  static func guess(_ errorClass: ErrorClass, _ operation: String) -> String? {
    let kind = Kind(operation)
    // A class of its own, but for the making of windows, where it stands for everything.
    if errorClass == .window && kind != .window { return nil }
    switch kind {
    case .window:
      let way =
        Fault.noWindowsOverTCP.isHere
        ? "; or Open MPI has no way for windows on this network: over TCP, start the program with OMPI_MCA_osc=^ucx in the "
          + "environment (mpiexec -x OMPI_MCA_osc=^ucx), and with a thread level other than .multiple" : ""
      return "Perhaps there is too little shared memory (see df /dev/shm)\(way)"
    case .communicator:
      return "Perhaps too many communicators, files and windows are open, for which an MPI has a fixed number "
        + "(Open MPI 4: 65,535, MPICH: 2,048): let go of some; or memory is short"
    case .file:
      return "Perhaps the file system can't do what MPI asks for, such as locks (NFS), or the path is on this host only"
    case .process:
      return "Perhaps the launcher has no room for the processes (see its slots), or the other side has ended"
    case .other:
      return
        "MPI names no cause. Perhaps another process or the connection to it was lost, or memory is short; MPI may have "
        + "written more to standard error"
    }
  }
}

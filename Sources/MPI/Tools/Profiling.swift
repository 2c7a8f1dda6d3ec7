// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIEnvironment {
  /// Sets what a profiler that is linked in records from here on; without one, nothing happens.
  ///
  /// 0 switches it off, 1 on with its usual detail, 2 writes what it has; other numbers are the profiler's to define.
  ///
  /// C: `MPI_Pcontrol`. MPI-3.1, section 14.2.4.
  ///
  /// - Parameter level: 0, 1, 2, or a number of the profiler's own.
  /// - Throws: ``ErrorClass/environment`` if MPI does not run.
  public static func setProfiling(level: Int32) throws(MPIError) {
    guard isRunning else {
      throw MPIError(.environment, "MPI does not run", operation: "setProfiling")
    }
    try check(cmpi_pcontrol(level), "setProfiling")
  }
}

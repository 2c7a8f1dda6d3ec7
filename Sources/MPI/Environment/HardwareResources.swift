// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIEnvironment {
  /// The kinds of hardware that MPI knows here (`hwloc://NUMANode`, `hwloc://Core`), each with whether this process is
  /// bound to one of that kind.
  ///
  /// The names are those that ``Communicator/split(hardware:key:file:line:)`` takes.
  ///
  /// C: `MPI_Get_hw_resource_info`. MPI-4.1, section 9.1.2.
  ///
  /// - Throws: ``ErrorClass/notSupported`` if the MPI has no such list; ``ErrorClass/environment`` if it does not run.
  public static var hardwareResources: [String: Bool] {
    get throws(MPIError) {
      let operation: StaticString = "hardwareResources"
      try require(.hardwareResources, operation)
      guard isRunning else { throw MPIError(.environment, "MPI does not run", operation: "\(operation)") }
      var info = CMPI_INFO_NULL
      try check(cmpi_get_hw_resource_info(&info), operation)
      if info == CMPI_INFO_NULL { return [:] }
      defer { MPI_Info_free(&info) }
      return try entries(of: unwrapped(info), operation).mapValues { $0 == "true" }
    }
  }
}

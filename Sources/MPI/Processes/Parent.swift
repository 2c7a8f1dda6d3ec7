// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIEnvironment {
  /// The intercommunicator to the processes that started this process's world by
  /// ``Communicator/spawn(_:arguments:count:root:info:file:line:)``; nil if a launcher did, or none, and after
  /// ``InterCommunicator/disconnect(file:line:)``.
  ///
  /// ```swift
  /// try withMPI { world in
  ///   guard let parent = MPIEnvironment.parent else { return print("start me by spawn") }
  ///   let settings = try parent.broadcast(Settings.self, remoteRoot: 0)
  ///   …
  ///   try parent.disconnect()
  /// }
  /// ```
  ///
  /// The local group is the world, the remote one that of the communicator that started it.
  ///
  /// C: `MPI_Comm_get_parent`. MPI-3.1, section 10.3.2.
  public static var parent: InterCommunicator? { Runtime.parent }
}

extension InterCommunicator {
  /// What connects the world with the processes that started it, as MPI begins; nil if there are none.
  static func parent(of world: Communicator) throws(MPIError) -> InterCommunicator? {
    var handle = CMPI_COMM_NULL
    try MPI.check(MPI_Comm_get_parent(&handle), "withMPI")
    if handle == CMPI_COMM_NULL { return nil }
    return try InterCommunicator(unwrapped(handle), ownership: .predefined, local: world)
  }
}

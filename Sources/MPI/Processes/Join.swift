// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension InterCommunicator {
  /// Joins this process with the one at the other end of a socket.
  ///
  /// Both call it, each with its end. Nothing may be in flight on the socket, before and after; it stays open.
  ///
  /// C: `MPI_Comm_join`. MPI-3.1, section 10.5.5.
  ///
  /// - Parameter socket: the file descriptor of a connected stream socket.
  /// - Returns: an intercommunicator of two groups of one process each.
  /// - Throws: ``ErrorClass/argument`` for a number below 0; ``ErrorClass/other`` if MPI can't join them.
  public static func join(
    socket: Int32, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> InterCommunicator {
    let itself = Communicator.itself
    try itself.require(socket >= 0, .argument, "join", "\(socket) is no file descriptor")
    itself.enter("join", file, line)
    var handle = CMPI_COMM_NULL
    try itself.check(MPI_Comm_join(socket, &handle), "join")
    guard handle != CMPI_COMM_NULL else {
      throw itself.failure(.other, "join", "the two processes can't talk by MPI")
    }
    return try InterCommunicator(unwrapped(handle), ownership: .owned, local: itself, "join", CallSite(file, line))
  }
}

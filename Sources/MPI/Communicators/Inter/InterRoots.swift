// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension InterCommunicator {
  /// Waits until every rank of the remote group has called it.
  ///
  /// C: `MPI_Barrier`. MPI-3.1, section 5.3.
  ///
  /// - Throws: ``ErrorClass/communicator`` after ``disconnect(file:line:)``; else what MPI reports.
  public func barrier(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    let core = try connected("barrier")
    try core.enterCollective("barrier", Never.self, file, line)
    try core.check(MPI_Barrier(core.rawValue), "barrier")
  }

  // MARK: Roots

  /// A root as MPI takes it in the root's own group: `MPI_ROOT` at the root, `MPI_PROC_NULL` elsewhere.
  func root(local root: Int, _ operation: StaticString) throws(MPIError) -> CInt {
    guard (0..<size).contains(root) else { throw rootFailure(root, operation, "local", size) }
    return rank == root ? CMPI_ROOT : CMPI_PROC_NULL
  }

  /// A root as MPI takes it in the other group.
  func root(remote root: Int, _ operation: StaticString) throws(MPIError) -> CInt {
    guard (0..<remoteSize).contains(root) else { throw rootFailure(root, operation, "remote", remoteSize) }
    return CInt(root)
  }

  private func rootFailure(_ root: Int, _ operation: StaticString, _ group: String, _ size: Int) -> MPIError {
    MPIError(
      .root, "\(group)Root \(root) is out of range: the \(group) group has ranks 0 to \(size - 1)",
      operation: "\(operation)", communicator: name, rank: rank)
  }
}

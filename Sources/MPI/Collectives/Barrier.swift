// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Waits until every rank has called it.
  ///
  /// C: `MPI_Barrier`. MPI-3.1, section 5.3.
  ///
  /// - Throws: what MPI reports.
  @inlinable
  public func barrier(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try enterCollective("barrier", Never.self, file, line)
    try check(MPI_Barrier(rawValue), "barrier")
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins a barrier: the request completes when every rank has called it.
  ///
  /// C: `MPI_Ibarrier`. MPI-3.1, section 5.12.1.
  ///
  /// - Throws: what MPI reports.
  @inlinable
  public func barrier(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Request<Void> {
    var begun = try communicator.beginCollective("barrier", Never.self, file, line)
    let code = begun.handles.keep(MPI_Ibarrier(communicator.rawValue, &begun.handles.next))
    return try begun.request(code) { (_, _) throws(MPIError) in }
  }
}

extension Persistent where Base: Communicator {
  /// Makes a barrier ready. Its memory has no elements.
  ///
  /// C: `MPI_Barrier_init`. MPI-4.0, section 6.13.1.
  ///
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives.
  public func barrier(
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<UInt8> {
    var begun = try communicator.makeReady("barrier", Never.self, file, line)
    let code = begun.handles.keep(cmpi_barrier_init(communicator.rawValue, &begun.handles.next))
    let none = Memory<UInt8>([])
    return try begun.persistent(code, sent: none, received: none)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Window {
  /// Ends the operations of all ranks since the last fence, and lets new ones begin.
  ///
  /// ```swift
  /// try window.fence()
  /// try window.put(edge, to: right, at: 0)
  /// try window.fence()        // what the left rank put is in window.local now
  /// ```
  ///
  /// Collective: every rank waits for the others. Before the first operation there is a fence, too.
  ///
  /// C: `MPI_Win_fence`. MPI-3.1, section 11.5.1.
  ///
  /// - Parameter assertions: `.noStore`, `.noPut`, `.noPrecede`, `.noSucceed`.
  /// - Throws: ``ErrorClass/windowSynchronization`` inside another kind of epoch.
  public func fence(
    _ assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkUsable("fence")
    try communicator.require(
      (state.pointee.epoch == .none || state.pointee.epoch == .fence) && !state.pointee.isExposed,
      .windowSynchronization, "fence", "a fence can't be inside locked, lockedAll, accessing or exposed: end that first"
    )
    try communicator.require(
      !assertions.contains(.noPrecede) || state.pointee.hasOperations == 0, .assertion, "fence",
      "noPrecede was promised, and this rank has operations since the last fence")
    try communicator.enterCollective("fence", Never.self, file, line)
    let code = MPI_Win_fence(assertions.constant, rawValue)
    if code == 0 {
      settle()
      state.pointee.ended += 1
      state.pointee.begin(assertions.contains(.noSucceed) ? .none : .fence)
    }
    try communicator.check(code, "fence")
  }

  /// Throws if an epoch is open in which something may be in flight. A fence after which nothing was done is none.
  func requireNoEpoch(_ operation: StaticString) throws(MPIError) {
    try communicator.require(
      (state.pointee.epoch == .none || state.pointee.epoch == .fence) && !state.pointee.isExposed,
      .windowSynchronization, operation,
      "the window is inside locked, lockedAll, accessing or exposed: end that first")
    try communicator.require(
      state.pointee.hasOperations == 0, .windowSynchronization, operation,
      "there were operations since the last fence: call fence() on every rank first")
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// What has the tasks run that come in messages: on threads of this process, or in processes of their own.
///
/// One thread makes the calls.
protocol TaskHost: AnyObject, Sendable {
  /// Makes ready what tasks need, and reports that to the outlet. Returns at once.
  func prepare() throws(MPIError)

  /// Has as many tasks run at a time, from now on.
  func grow(to count: Int) throws(MPIError)

  /// Whether any task runs.
  var isBusy: Bool { get }

  /// Whether there are tasks that wait for others to end.
  var hasMore: Bool { get }

  /// Gives up what has passed its time limit.
  ///
  /// - Returns: when the next limit is, by ``monotonicSeconds()``; nil if there is none to be watched here.
  func checkLimits() throws(MPIError) -> Double?

  /// Where long arrays of messages of rank 0 are to be received; nil for memory of this process.
  var blocks: LentBlocks? { get }

  /// Takes a message of rank 0.
  func take(_ message: PoolMessage, _ payload: consuming Payload)

  /// Lets go of all that waits: the pool has ended.
  func close()
}

/// Where a host of tasks posts its messages to rank 0. Any thread may.
protocol TaskOutlet: AnyObject, Sendable {
  func post(_ frame: Frame<PoolMessage>)

  /// Notes that tasks can begin.
  func noteReady()

  /// Wakes the thread that looks after time limits.
  func ring()
}

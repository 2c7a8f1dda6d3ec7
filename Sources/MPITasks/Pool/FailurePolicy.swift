// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The reaction of a call to tasks that fail.
public struct FailurePolicy: Sendable, Hashable {
  /// The number of times that a failed task is retried.
  public var retries: Int
  /// Whether the other tasks go on when one has failed for good.
  public var goesOn: Bool

  /// The first failure ends the call: what has not begun never runs, running tasks are notified, and the
  /// call throws the ``TaskFailure``. The results of the tasks that have completed are lost with it; the pool goes on,
  /// and other calls.
  public static let stop = FailurePolicy(retries: 0, goesOn: false)

  /// The other tasks run; in the end the call throws ``TaskFailures``, all of them.
  ///
  /// For the results beside the failures, call
  /// ``TaskPool/mapResults(_:priority:timeout:memoryLimit:retries:lookAhead:seed:)``, or for ``PoolResults/results``.
  public static let collect = FailurePolicy(retries: 0, goesOn: true)

  /// A task that fails is tried again, on whatever rank, this many times; then as ``stop``, or by `otherwise`.
  ///
  /// - Parameters:
  ///   - count: how many times, beyond the first.
  ///   - otherwise: what to do when it has failed for good.
  public static func retry(_ count: Int, otherwise: FailurePolicy = .stop) -> FailurePolicy {
    FailurePolicy(retries: max(0, count), goesOn: otherwise.goesOn)
  }
}

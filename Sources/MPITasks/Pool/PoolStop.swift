// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// Whether a pool has to stop because the time of the job is up, on a rank that looks at the clock.
///
/// First nothing begins any more, and what workers have and have not begun is taken back. Once nothing runs, or there is
/// no time to wait for it, all calls end.
final class PoolStop: Sendable {
  /// How long what runs is awaited if no limit is known, in nanoseconds.
  private static let patience = 20_000_000_000

  private let isUp = Atomic<Bool>(false)
  /// Called once when time is up.
  private let waiter = Mutex<ClockWatch.Waiter?>(nil)

  /// Begins to watch the time.
  ///
  /// - Parameters:
  ///   - asksBatchSystem: whether this rank asks a batch system for the limit.
  ///   - body: is called once when time is up, on another thread.
  init(asksBatchSystem: Bool, _ body: @escaping @Sendable () -> Void) throws(MPIError) {
    JobClock.begin(asksBatchSystem: asksBatchSystem)
    let waiter = try JobClock.whenTimeIsUp(body)
    self.waiter.withLock { $0 = waiter }
  }

  /// Whether a task may begin.
  ///
  /// - Parameter seconds: how long it will take; nil if that is not known.
  func mayBegin(lasting seconds: Double?) -> Bool {
    if isUp.load(ordering: .relaxed) { return false }
    if JobClock.mayBegin(lasting: 1.25e9 * (seconds ?? 0), now: JobClock.now()) { return true }
    isUp.store(true, ordering: .relaxed)
    return false
  }

  /// Whether no task may begin any more.
  var hasBegun: Bool { isUp.load(ordering: .relaxed) }

  /// Notes that time is up.
  func begin() { isUp.store(true, ordering: .relaxed) }

  /// Until when what runs is awaited, in nanoseconds.
  ///
  /// - Parameter start: when the pool began to stop.
  static func end(from start: Int) -> Int {
    guard let left = JobClock.nanosecondsLeft else { return start + patience }
    return JobClock.now() + max(0, left - JobClock.reserveNanoseconds / 2)
  }
}

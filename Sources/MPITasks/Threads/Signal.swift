// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What threads sleep on until there is something to do.
///
/// A thread notes ``generation``, looks for work, and if there is none waits for a later generation; so nothing that
/// came in between is missed.
final class Signal: Sendable {
  private let monitor = Monitor(())
  private let counter = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)

  /// Grows with each notification.
  var generation: Int { counter.load(ordering: .sequentiallyConsistent) }

  /// Wakes one thread that waits, or all.
  func notify(all: Bool = false) {
    counter.add(1, ordering: .sequentiallyConsistent)
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    // Under the lock: a thread that is about to sleep has looked at the generation there.
    monitor.withLock { _ in
      if all { monitor.wakeAll() } else { monitor.wakeOne() }
    }
  }

  /// Sleeps until there is a later generation, or for some time.
  func wait(since generation: Int, microseconds: Int? = nil) {
    sleepers.add(1, ordering: .sequentiallyConsistent)
    defer { sleepers.subtract(1, ordering: .sequentiallyConsistent) }
    _ = monitor.wait(nanoseconds: microseconds.map { $0 * 1000 }) { _ in self.generation == generation ? nil : () }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// State that threads share, one at a time, and on which they can wait for one another.
///
/// It is a mutex with a condition variable, which Swift's `Synchronization` has not: a thread sleeps until another one
/// wakes it, or for a time.
package final class Monitor<State>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var state: State

  package init(_ state: State) {
    self.state = state
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    #if !canImport(Darwin)
      // Times that no change of the system's clock moves.
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    #endif
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Runs `body` while no other thread uses the state.
  package func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state)
  }

  /// Waits until `body`, which is asked now and at each waking, returns something.
  ///
  /// - Parameter nanoseconds: how long at most; forever unless given.
  /// - Returns: what `body` returned; nil if the time was up.
  package func wait<Result>(nanoseconds: Int? = nil, for body: (inout State) -> Result?) -> Result? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    let end = nanoseconds.map { monotonicNanoseconds() + $0 }
    while true {
      if let result = body(&state) { return result }
      guard let end else {
        pthread_cond_wait(condition, mutex)
        continue
      }
      let left = end - monotonicNanoseconds()
      guard left > 0 else { return nil }
      #if canImport(Darwin)
        var time = timespec(tv_sec: left / 1_000_000_000, tv_nsec: left % 1_000_000_000)
        pthread_cond_timedwait_relative_np(condition, mutex, &time)
      #else
        var time = timespec(tv_sec: end / 1_000_000_000, tv_nsec: end % 1_000_000_000)
        pthread_cond_timedwait(condition, mutex, &time)
      #endif
    }
  }

  /// Wakes one thread that waits, if there is one.
  package func wakeOne() { pthread_cond_signal(condition) }

  /// Wakes all threads that wait.
  package func wakeAll() { pthread_cond_broadcast(condition) }
}

/// Nanoseconds since some moment in the past; no change of the system's clock moves it.
package func monotonicNanoseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
}

/// Seconds since the same moment.
package func monotonicSeconds() -> Double { Double(monotonicNanoseconds()) * 1e-9 }

extension Duration {
  /// As a number of seconds.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// Seconds in nanoseconds, at most 31 years: what is later doesn't matter, and must fit.
func nanoseconds(_ seconds: Double) -> Int { Int(max(0, min(seconds, 1e9)) * 1e9) }

/// Lets another thread run on this core, if one waits for it.
package func yieldThread() { sched_yield() }

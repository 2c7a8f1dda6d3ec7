import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What threads sleep on until there is something to do.
///
/// A thread notes ``generation``, looks for work, and where there is none waits for a later generation; so nothing that
/// came in between is missed.
final class Signal: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let counter = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Grows with each notification.
  var generation: Int { counter.load(ordering: .sequentiallyConsistent) }

  /// Wakes one thread that waits, or all.
  func notify(all: Bool = false) {
    counter.add(1, ordering: .sequentiallyConsistent)
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(mutex)
    if all { pthread_cond_broadcast(condition) } else { pthread_cond_signal(condition) }
    pthread_mutex_unlock(mutex)
  }

  /// Sleeps until there is a later generation, or for some time.
  func wait(since generation: Int, microseconds: Int? = nil) {
    sleepers.add(1, ordering: .sequentiallyConsistent)
    defer { sleepers.subtract(1, ordering: .sequentiallyConsistent) }
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard let microseconds else {
      while self.generation == generation { pthread_cond_wait(condition, mutex) }
      return
    }
    var end = timespec()
    clock_gettime(CLOCK_REALTIME, &end)
    let nanoseconds = end.tv_nsec + microseconds * 1000
    end.tv_sec += nanoseconds / 1_000_000_000
    end.tv_nsec = nanoseconds % 1_000_000_000
    if self.generation == generation { pthread_cond_timedwait(condition, mutex, &end) }
  }
}

/// Seconds of a clock that only runs forward.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Lets another thread have the core.
func yieldCore() { sched_yield() }

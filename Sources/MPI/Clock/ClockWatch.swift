// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The thread that waits for the end of the job's time, for those that sleep meanwhile. There is none before one asks.
package enum ClockWatch {
  /// A function that is called when time is up, until it is dropped or canceled.
  package final class Waiter: Sendable {
    private let number: Int

    fileprivate init(_ number: Int) { self.number = number }

    deinit { cancel() }

    /// Takes it back. When this returns, the function does not run and is never called again.
    package func cancel() { ClockWatch.state.withLock { _ = $0.waiters.removeValue(forKey: number) } }
  }

  private struct State {
    var waiters: [Int: @Sendable () -> Void] = [:]
    var last = 0
    /// The ends of the pipe on which the thread sleeps: what it reads, and what others write. Nil if there is none.
    var pipe: (read: CInt, write: CInt)?
  }

  private static let state = Mutex(State())

  static func add(_ body: @escaping @Sendable () -> Void) throws(MPIError) -> Waiter {
    let (number, pipe) = try begin(body)
    look(at: pipe)
    return Waiter(number)
  }

  private static func begin(_ body: @escaping @Sendable () -> Void) throws(MPIError) -> (Int, CInt) {
    let result = state.withLock { state -> Result<(Int, CInt), MPIError> in
      do throws(MPIError) {
        if state.pipe == nil { state.pipe = try start() }
        state.last += 1
        state.waiters[state.last] = body
        return .success((state.last, state.pipe!.write))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Has the thread look at the clock again, if there is one: what it knows has changed.
  static func look() { if let pipe = state.withLock({ $0.pipe?.write }) { look(at: pipe) } }

  private static func look(at pipe: CInt) { _ = write(pipe, "", 1) }

  private static func start() throws(MPIError) -> (read: CInt, write: CInt) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw MPIError(
        .other, "there is no pipe for the thread that watches the time: let this process have more files (ulimit -n)",
        operation: "JobClock")
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    let reader = ends[0]
    do throws(MPIError) {
      try Thread { watch(reader) }.detach()
    } catch {
      for end in ends { close(end) }
      throw error
    }
    RankSignals.wakeByNotices(ends[1])
    return (ends[0], ends[1])
  }

  /// The thread's work: it sleeps until time is up, or until it has to look.
  private static func watch(_ pipe: CInt) {
    var buffer = [UInt8](repeating: 0, count: 64)
    while true {
      if JobClock.reason != nil {
        // Under the lock, so that none is called that has been taken back; and let go after it, because what goes with
        // a function may take itself back.
        let called = state.withLock { state in
          let waiters = state.waiters
          state.waiters = [:]
          for (_, body) in waiters.sorted(by: { $0.key < $1.key }) { body() }
          return waiters
        }
        withExtendedLifetime(called) {}
      }
      let strike = JobClock.strikesAt
      var waiting = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
      // At most half a minute at a time: the number must fit, and a computer may have slept.
      let left = strike == .max ? 30_000 : max(0, min(30_000, (strike - JobClock.now()) / 1_000_000 + 1))
      let isUp = JobClock.reason != nil
      _ = poll(&waiting, 1, isUp || strike == .max ? -1 : CInt(left))
      while read(pipe, &buffer, buffer.count) == buffer.count {}
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// What the core asks of the operating system, and MPI has a part in. Other calls are in `MPIBase`.
import MPIBase
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Hands what was printed so far to the operating system.
package func flushStandardStreams() { StandardStreams.flush() }

/// Waits until what was printed so far has been read at the other end of the pipe, for a second at most.
///
/// What a launcher hasn't read when it is asked to end the job may be lost (with MPICH's, it is).
func waitUntilOutputIsRead() {
  #if canImport(Darwin)
    let unreadCount: UInt = 0x4004_667F  // FIONREAD, a macro there that Swift can't import
  #else
    let unreadCount = UInt(FIONREAD)
  #endif
  flushStandardStreams()
  for stream: CInt in [1, 2] {
    var kind = stat()
    var unread: CInt = 0
    guard fstat(stream, &kind) == 0, kind.st_mode & S_IFMT == S_IFIFO else { continue }
    var patience = 1000
    while patience > 0, ioctl(stream, unreadCount, &unread) == 0, unread > 0 {
      sleep(milliseconds: 1)
      patience -= 1
    }
  }
}

/// Ends the process at once with a status, after what was printed is out.
package func endProcess(status: Int32) -> Never {
  flushStandardStreams()
  exit(status)
}

/// A thread that runs a function once.
package final class Thread: @unchecked Sendable {
  private let body: @Sendable () -> Void
  #if canImport(Darwin)
    private var handle: pthread_t? = nil
  #else
    private var handle = pthread_t()
  #endif

  /// Starts one.
  ///
  /// - Throws: if the system has none to give.
  package init(_ body: @escaping @Sendable () -> Void) throws(MPIError) {
    self.body = body
    let argument = Unmanaged.passRetained(self)
    let code = pthread_create(
      &handle, nil,
      { argument in
        // A pointer that may be null in one C library, and not in another.
        let argument: UnsafeMutableRawPointer? = argument
        let thread = Unmanaged<Thread>.fromOpaque(argument!).takeRetainedValue()
        RankSignals.withSignalStack(thread.body)
        return nil
      }, argument.toOpaque())
    guard code == 0 else {
      argument.release()
      throw MPIError(
        .other,
        "no thread could be started (\(String(cString: strerror(code)))): let this process have more threads or memory (ulimit -u, ulimit -v), or use fewer",
        operation: "threads")
    }
  }

  /// Throws if the system has not so many threads to give to this process.
  ///
  /// What runs Swift's tasks on Linux, libdispatch, tries again without end if it gets no thread: a program would hang
  /// without a word. So some are started, all at the same time, and ended.
  package static func require(_ count: Int) throws(MPIError) {
    let gate = Mutex(())
    var started: [Thread] = []
    let failure = gate.withLock { _ in
      for _ in 0..<count {
        do throws(MPIError) {
          started.append(try Thread { gate.withLock { _ in } })
        } catch {
          return MPIError?.some(error)
        }
      }
      return nil
    }
    for thread in started { thread.join() }
    if let failure { throw failure }
  }

  /// Lets it end by itself, without a wait.
  package func detach() {
    #if canImport(Darwin)
      if let handle { pthread_detach(handle) }
    #else
      pthread_detach(handle)
    #endif
  }

  /// Waits until the function has returned.
  package func join() {
    #if canImport(Darwin)
      if let handle { pthread_join(handle, nil) }
    #else
      pthread_join(handle, nil)
    #endif
  }
}

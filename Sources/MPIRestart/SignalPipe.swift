// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The end of the pipe that the handler of signals writes to.
private nonisolated(unsafe) var signalWriter: Int32 = -1

/// The signals that this process gets, as bytes of a pipe.
///
/// A signal that was ignored when the process started stays ignored. Programs that it starts have none of these handlers.
struct SignalPipe {
  /// The descriptor that becomes readable.
  let descriptor: Int32

  /// Signals that end the job.
  static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
  /// Signals that are passed on: batch systems announce the end of the job by them.
  static let notices = [SIGUSR1, SIGUSR2, SIGXCPU]

  init() {
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    descriptor = ends[0]
    signalWriter = ends[1]
    for number in Self.ending + Self.notices + [SIGCHLD, SIGTSTP, SIGCONT, SIGPIPE] { handle(number) }
  }

  private func handle(_ number: Int32) {
    var before = sigaction()
    sigaction(number, nil, &before)
    if Self.isIgnored(before), number != SIGCHLD { return }
    // `signal` restarts interrupted calls, as it is needed for writing.
    signal(number) { number in
      let saved = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(signalWriter, &byte, 1)
      errno = saved
    }
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    #if canImport(Darwin)
      unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == 1
    #elseif canImport(Musl)
      unsafeBitCast(action.__sa_handler.sa_handler, to: Int.self) == 1
    #else
      unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    #endif
  }

  /// The signals since the last call, in order.
  func take() -> [Int32] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? bytes.prefix(count).map { Int32($0) } : []
  }
}

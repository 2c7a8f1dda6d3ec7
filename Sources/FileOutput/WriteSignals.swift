// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Runs a body in which this thread gets an error where it would get a signal: for a pipe without a reader (`SIGPIPE`),
/// and for a file that is larger than allowed (`SIGXFSZ`). `errno` stays as the body left it.
func withoutWriteSignals<Result>(_ body: () -> Result) -> Result {
  var blocked = sigset_t()
  var before = sigset_t()
  sigemptyset(&blocked)
  sigaddset(&blocked, SIGPIPE)
  sigaddset(&blocked, SIGXFSZ)
  // A signal that waits already is another's.
  var waiting = sigset_t()
  sigpending(&waiting)
  pthread_sigmask(SIG_BLOCK, &blocked, &before)
  let result = body()
  let code = errno
  for signal in [SIGPIPE, SIGXFSZ] where sigismember(&waiting, signal) == 0 {
    var now = sigset_t()
    sigpending(&now)
    guard sigismember(&now, signal) == 1 else { continue }
    var one = sigset_t()
    var taken: CInt = 0
    sigemptyset(&one)
    sigaddset(&one, signal)
    sigwait(&one, &taken)
  }
  pthread_sigmask(SIG_SETMASK, &before, nil)
  errno = code
  return result
}

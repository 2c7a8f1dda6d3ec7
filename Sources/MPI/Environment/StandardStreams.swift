// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The standard streams of a rank: whether what was printed has been written, and what they are if they were closed.
package enum StandardStreams {
  private struct State {
    /// The number of the first error at standard output; -1 if it isn't known.
    var error: CInt?
    var hasSaid = false
    /// Whether something was written to standard output without the C library's streams.
    var hasWritten = false
  }

  private static let state = Mutex(State())

  /// Opens those of the descriptors 0, 1 and 2 that are closed.
  ///
  /// Else MPI's own files and sockets get these numbers, and what is printed goes there. They are opened so that to
  /// read or write there is an error, as it was.
  static func occupy() {
    for descriptor: CInt in 0...2 where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // Nothing can be written to a folder, by this descriptor or by /dev/stdout.
      let file = descriptor == STDIN_FILENO ? open("/dev/null", O_WRONLY) : open("/", O_RDONLY)
      // A descriptor that is free is the lowest one.
      if file > descriptor { close(file) }
    }
    #if os(Linux)
      // `Fault.closedInputNeverEnds`, if the launcher was started with its input closed.
      guard isLaunchersPipe(STDIN_FILENO), let launcher = LauncherProcesses.outermost,
        LauncherProcesses.hasClosed(launcher, STDIN_FILENO)
      else { return }
      let file = open("/dev/null", O_WRONLY | O_CLOEXEC)
      guard file >= 0 else { return }
      dup2(file, STDIN_FILENO)
      close(file)
    #endif
  }

  /// Hands what was printed so far to the operating system.
  static func flush() {
    let code = cmpi_flush_standard_output()
    if code != 0 { noteLoss(code) }
    fflush(nil)
  }

  /// Notes that something was written to standard output without the C library's streams.
  package static func noteWrite() { state.withLock { $0.hasWritten = true } }

  /// Notes that something could not be written to standard output.
  ///
  /// - Parameter code: the error's number.
  package static func noteLoss(_ code: CInt) {
    state.withLock { if $0.error ?? -1 == -1 { $0.error = code } }
  }

  /// Whether something that was printed is lost. That is printed once, on standard error.
  static func sayWhatIsLost() -> Bool {
    flush()
    if let code = lossOfLauncher() { noteLoss(code) }
    let (error, isNew) = state.withLock { state in
      defer { if state.error != nil { state.hasSaid = true } }
      return (state.error, !state.hasSaid)
    }
    guard let error else { return false }
    let reason = error > 0 ? ": \(String(cString: strerror(error)))" : ""
    if isNew {
      RankSignals.sayOnce(
        "\(JobFailure.prefix): what was printed could not all be written to standard output\(reason)")
    }
    return true
  }

  /// Why the launcher, to which this rank has printed, can't write that to its own standard output: an error's number;
  /// nil if it can, as far as can be seen. Launchers don't report it.
  private static func lossOfLauncher() -> CInt? {
    #if os(Linux)
      guard cmpi_has_printed() != 0 || state.withLock({ $0.hasWritten }), isLaunchersPipe(STDOUT_FILENO),
        let launcher = LauncherProcesses.outermost
      else { return nil }
      if LauncherProcesses.hasClosed(launcher, STDOUT_FILENO) { return EBADF }
      let path = "/proc/\(launcher)/fd/\(STDOUT_FILENO)"
      let file = open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
      guard file >= 0 else { return nil }
      defer { close(file) }
      var kind = stat()
      guard fstat(file, &kind) == 0 else { return nil }
      // A device takes or refuses nothing as it would something. A file is on a disk, which is full or not.
      if kind.st_mode & S_IFMT == S_IFCHR { return write(file, path, 0) < 0 ? errno : nil }
      var space = statvfs()
      guard kind.st_mode & S_IFMT == S_IFREG, fstatvfs(file, &space) == 0 else { return nil }
      // Some of the disk is for root alone.
      let free = geteuid() == 0 ? space.f_bfree : space.f_bavail
      return space.f_blocks > 0 && free == 0 ? ENOSPC : nil
    #else
      return nil
    #endif
  }

  /// Whether a stream is what launchers give to ranks: a pipe, or a terminal that they made.
  private static func isLaunchersPipe(_ descriptor: CInt) -> Bool {
    var kind = stat()
    guard Launch.current != nil, fstat(descriptor, &kind) == 0 else { return false }
    return kind.st_mode & S_IFMT == S_IFIFO || kind.st_mode & S_IFMT == S_IFSOCK || isatty(descriptor) != 0
  }
}

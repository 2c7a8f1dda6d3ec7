// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
  import MPI

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #endif

  /// The terminal at which a person reads what a rank writes to standard error, by way of the launcher.
  ///
  /// A launcher gives each rank a pipe, reads it, and writes what comes to its own standard error, or to another
  /// process of the launcher that does so. That chain is followed: from the pipe to the ancestor that reads it, as long
  /// as that is a launcher, and on from its standard error. If the user sent the rank's or the launcher's standard
  /// error elsewhere (to a file, or by a pipe to another program), the chain ends there, and there is no terminal.
  enum LauncherTerminal {
    /// The number of columns of the terminal; nil if there is none.
    static func columns() -> Int? {
      var process = Int(getpid())
      for _ in 0..<4 {
        guard let target = LauncherProcesses.link("/proc/\(process)/fd/2") else { return nil }
        guard target.hasPrefix("pipe:") else {
          return target.hasPrefix("/dev/") ? columns(of: "/proc/\(process)/fd/2") : nil
        }
        guard let reader = LauncherProcesses.launcher(above: process, reading: target) else { return nil }
        process = reader
      }
      return nil
    }

    /// The width of a terminal; nil if this is none.
    private static func columns(of path: String) -> Int? {
      let terminal = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
      guard terminal >= 0 else { return nil }
      defer { close(terminal) }
      return Terminal.columns(of: terminal)
    }
  }
#endif

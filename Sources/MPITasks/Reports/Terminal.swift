// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Standard output and standard error, and whether a terminal shows them.
package enum Terminal {
  /// The number of columns of the terminal at which a person reads standard error; nil if there is none.
  ///
  /// Under a launcher standard error is a pipe, even if the launcher's own is a terminal. `LauncherTerminal` finds that
  /// if the launcher runs on this host. A script that knows of one may set the environment variable
  /// `MPI_TERMINAL_COLUMNS`, which comes first; 0 is for none.
  package static var columns: Int? {
    if let told = environmentVariable("MPI_TERMINAL_COLUMNS"), !told.isEmpty {
      if let columns = Int(told), columns >= 0 { return columns > 0 ? columns : nil }
      _ = warnOfColumns
    }
    if let columns = columns(of: STDERR_FILENO) { return columns }
    #if os(Linux)
      return Launch.current == nil ? nil : LauncherTerminal.columns()
    #else
      return nil
    #endif
  }

  /// Warns once.
  private static let warnOfColumns: Void = {
    let value = environmentVariable("MPI_TERMINAL_COLUMNS") ?? ""
    write("warning: MPI_TERMINAL_COLUMNS is '\(value)' and must be a number of columns, or 0: taken as not set\n")
  }()

  /// The number of columns of a terminal; nil if the descriptor is of something else.
  static func columns(of descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes a text to standard error.
  package static func write(_ text: String) { put(text, to: STDERR_FILENO) }

  /// Writes a text to standard output.
  package static func print(_ text: String) {
    put(text, to: STDOUT_FILENO)
    StandardStreams.noteWrite()
  }

  /// Writes a text in one piece, so that texts of several processes don't mix. If standard output can't take it, the
  /// process ends with an error.
  private static func put(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { writeSome($0, to: descriptor) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        if descriptor == STDOUT_FILENO { StandardStreams.noteLoss(errno) }
        return
      }
      bytes = bytes.dropFirst(count)
    }
  }
}

private func writeSome(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

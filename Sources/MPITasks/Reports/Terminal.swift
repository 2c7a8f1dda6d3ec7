#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Standard output and standard error, and who reads them.
package enum Terminal {
  /// The number of columns of the terminal at which a person reads standard error; nil where there is none.
  ///
  /// Under a launcher standard error is a pipe, even where the launcher's own is a terminal. So `scripts/run`, which
  /// knows, says so by a variable.
  package static var columns: Int? {
    if let told = getenv("MPI_TERMINAL_COLUMNS").flatMap({ Int(String(cString: $0)) }), told > 0 { return told }
    guard isatty(STDERR_FILENO) == 1 else { return nil }
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes a text to standard error.
  package static func write(_ text: String) { put(text, to: STDERR_FILENO) }

  /// Writes a text to standard output.
  package static func print(_ text: String) { put(text, to: STDOUT_FILENO) }

  /// Writes a text in one piece, so that texts of several processes don't mix. What can't be written is lost: nobody is
  /// there to be told.
  private static func put(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { writeSome($0, to: descriptor) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}

private func writeSome(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

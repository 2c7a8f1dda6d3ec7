// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What a process prints from some moment on, and whether the launcher has read it.
///
/// Open MPI gives its ranks a terminal to print to. What of it is unread can't be seen from this side, but on Linux the
/// numbers of bytes can that this process has written and its parent, which is the launcher, has read.
struct PrintedOutput {
  /// How long the launcher is waited for if it prints by a terminal, in milliseconds.
  private static let patience = 50

  private let isTerminal = isatty(1) != 0 || isatty(2) != 0
  private var written: Int?
  private var read: Int?

  /// Begins to count.
  init() {
    guard isTerminal else { return }
    fflush(nil)
    written = Self.count("wchar", of: getpid())
    read = Self.count("rchar", of: getppid())
  }

  /// Waits until what was printed since has been read, as far as that can be seen and does not take too long.
  func waitUntilRead() {
    waitUntilOutputIsRead()
    guard isTerminal else { return }
    var expected = 1
    if let written, let now = Self.count("wchar", of: getpid()) { expected = now - written }
    guard expected > 0 else { return }
    for _ in 0..<Self.patience {
      if let read, let now = Self.count("rchar", of: getppid()), now - read >= expected { return }
      sleep(milliseconds: 1)
    }
  }

  /// One of the counts that Linux keeps of a process; nil if it doesn't, or does not show it.
  private static func count(_ key: String, of process: pid_t) -> Int? {
    let file = open("/proc/\(process)/io", O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let text = withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { memory in
      let count = Swift.max(0, readBytes(file, memory))
      return String(decoding: UnsafeRawBufferPointer(memory)[..<count], as: UTF8.self)
    }
    for line in text.split(separator: "\n") where line.hasPrefix(key + ": ") {
      return Int(line.dropFirst(key.utf8.count + 2))
    }
    return nil
  }
}

private func readBytes(_ file: CInt, _ memory: UnsafeMutableRawBufferPointer) -> Int {
  read(file, memory.baseAddress, memory.count)
}

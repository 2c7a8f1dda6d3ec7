// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The calls of the C library that the modules of this package share.

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The host's name, of the operating system.
package func hostName() -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 257) { buffer in
    buffer.initialize(repeating: 0)
    guard gethostname(buffer.baseAddress!, 256) == 0 else { return "unknown host" }
    return String(cString: buffer.baseAddress!)
  }
}

/// The value of an environment variable, or nil.
package func environmentVariable(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}

/// Sets an environment variable of this process.
package func setEnvironmentVariable(_ name: String, to value: String) {
  setenv(name, value, 1)
}

/// Writes a line to standard error in one piece, so that lines of several processes do not run into each other.
package func writeToStandardError(_ line: String) {
  var bytes = Array((line + "\n").utf8)[...]
  while !bytes.isEmpty {
    let written = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    guard written > 0 else { return }
    bytes = bytes.dropFirst(written)
  }
}

/// Waits without using the processor.
package func sleep(milliseconds: Int) {
  var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
  nanosleep(&time, nil)
}

/// Whether there is a file at a path that may be run as a program.
package func isProgram(_ path: String) -> Bool {
  var information = stat()
  return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
}

/// The folder that relative paths begin at; nil if it is gone.
package func currentFolder() -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4097) { buffer in
    getcwd(buffer.baseAddress!, 4096).map { String(cString: $0) }
  }
}

/// The name of the program that this process runs.
package var programName: String {
  CommandLine.arguments.first?.split(separator: "/").last.map { String($0) } ?? "the program"
}

/// The folder of the program that this process runs; nil if the system does not report it.
package func programFolder() -> String? {
  #if os(Linux)
    let path: String? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4097) { buffer in
      let length = readlink("/proc/self/exe", buffer.baseAddress!, 4096)
      guard length > 0 else { return nil }
      buffer[length] = 0
      return String(cString: buffer.baseAddress!)
    }
  #else
    let path = CommandLine.arguments.first
  #endif
  guard let path, let slash = path.lastIndex(of: "/") else { return nil }
  return String(path[..<slash])
}

/// A number that distinguishes this thread from others.
package func threadIdentifier() -> UInt {
  #if canImport(Darwin)
    UInt(bitPattern: pthread_self())
  #else
    UInt(pthread_self())
  #endif
}

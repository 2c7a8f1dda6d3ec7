// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A short command on a host, by the remote shell, with a time limit. Its output is kept, up to 4,096 bytes.
struct HostCommand {
  let host: String
  private let process: pid_t
  private let reader: Int32
  private let deadline: ContinuousClock.Instant
  private var isTimedOut = false
  private(set) var output = ""

  /// How a command ended.
  enum End {
    case status(Int32)
    case late
  }

  /// Starts a command.
  init(_ words: [String], on host: String, limit: Duration) throws(SpawnFailure) {
    self.host = host
    guard let pipe = closingPipe() else { throw SpawnFailure(code: errno) }
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer {
      close(pipe.writer)
      close(null)
    }
    do {
      process = try spawn(words, descriptors: (null, pipe.writer, pipe.writer), inNewGroup: true)
    } catch {
      close(pipe.reader)
      throw error
    }
    reader = pipe.reader
    deadline = .now + limit
  }

  /// Looks whether it has ended; kills it if its time is up.
  mutating func end() -> End? {
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(reader, &bytes, bytes.count)
      guard count > 0 else { break }
      if output.utf8.count < 4096 { output += String(decoding: bytes.prefix(count), as: UTF8.self) }
    }
    var status: Int32 = 0
    if waitpid(process, &status, WNOHANG) == process {
      close(reader)
      if isTimedOut { return .late }
      return .status(ProcessEnd(waitStatus: status).shellStatus)
    }
    if !isTimedOut, .now >= deadline { kill() }
    return nil
  }

  /// Ends it, and what it has started.
  mutating func kill() {
    isTimedOut = true
    #if canImport(Darwin)
      _ = Darwin.kill(-process, SIGKILL)
    #elseif canImport(Glibc)
      _ = Glibc.kill(-process, SIGKILL)
    #elseif canImport(Musl)
      _ = Musl.kill(-process, SIGKILL)
    #endif
  }
}

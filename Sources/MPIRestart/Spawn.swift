// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  @preconcurrency import Glibc
#elseif canImport(Musl)
  @preconcurrency import Musl
#endif

/// Why a program could not be started.
struct SpawnFailure: Error {
  let code: Int32
  var words: String { String(cString: strerror(code)) }
}

/// Starts a program, which is looked up in PATH.
///
/// - Parameters:
///   - words: its name and its arguments.
///   - environment: its variables; nil for those of this process.
///   - descriptors: what it gets as standard input, output and error.
///   - inNewGroup: whether it gets a process group of its own.
/// - Returns: the number of the process.
func spawn(
  _ words: [String], environment: [String]? = nil, descriptors: (Int32, Int32, Int32), inNewGroup: Bool
) throws(SpawnFailure) -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for (to, from) in [descriptors.0, descriptors.1, descriptors.2].enumerated() where from != Int32(to) {
    posix_spawn_file_actions_adddup2(&actions, from, Int32(to))
  }
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setpgroup(&attributes, 0)
  posix_spawnattr_setflags(
    &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | (inNewGroup ? Int16(POSIX_SPAWN_SETPGROUP) : 0))
  var arguments = words.map { strdup($0) } + [nil]
  var variables = (environment ?? environmentLines()).map { strdup($0) } + [nil]
  defer { for text in arguments + variables { free(text) } }
  var made: pid_t = 0
  let code = posix_spawnp(&made, words[0], &actions, &attributes, &arguments, &variables)
  guard code == 0 else { throw SpawnFailure(code: code) }
  return made
}

/// The variables of this process: `NAME=VALUE`.
func environmentLines() -> [String] {
  #if canImport(Darwin)
    var next = _NSGetEnviron().pointee
  #else
    var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
  #endif
  var lines: [String] = []
  while let line = next?.pointee {
    lines.append(String(cString: line))
    next = next?.successor()
  }
  return lines
}

/// A pipe that programs which are started do not inherit by themselves.
func closingPipe() -> (reader: Int32, writer: Int32)? {
  var ends: [Int32] = [-1, -1]
  guard pipe(&ends) == 0 else { return nil }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
  return (ends[0], ends[1])
}

/// Writes bytes to a descriptor, all of them unless it is closed.
func writeAll(_ bytes: some Collection<UInt8>, to descriptor: Int32) {
  var rest = Array(bytes)[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if written < 0, errno == EINTR || errno == EAGAIN {
      if errno == EAGAIN { usleep(10_000) }
      continue
    }
    guard written > 0 else { return }
    rest = rest.dropFirst(written)
  }
}

/// The text of a file; nil if it can't be read.
func textOfFile(_ path: String) -> String? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { return nil }
    if count == 0 { return String(decoding: bytes, as: UTF8.self) }
    bytes += chunk.prefix(count)
  }
}

/// A text that a program which is started can read as a file, and that goes with the last process that has it open: no
/// file of that name is left behind, however this process ends.
///
/// - Returns: the descriptor. The file's name is `/dev/fd/` and its number.
func openText(_ text: String) throws(SpawnFailure) -> Int32 {
  let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  var path = Array("\(folder)/mpi-restart.XXXXXX".utf8CString)
  let descriptor = mkstemp(&path)
  guard descriptor >= 0 else { throw SpawnFailure(code: errno) }
  unlink(path)
  writeAll(text.utf8, to: descriptor)
  lseek(descriptor, 0, SEEK_SET)
  return descriptor
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Runs a command of the system for what it prints. It gets nothing of this process: no descriptor, no signal that is
/// held back or ignored, and a process group of its own, by which it is ended with all that it has started.
enum CommandOutput {
  /// How a command has ended.
  enum Outcome: Equatable {
    case output(String)
    /// It ended with a status that is not 0, or could not be started.
    case failed(String)
    case isMissing
    /// It had to be ended.
    case tookTooLong
  }

  /// More than any command that is asked here prints.
  private static let longest = 1 << 20

  /// The group of the command that runs; 0 if none does. One runs at a time.
  private static let running = Mutex<pid_t>(0)

  /// Ends the command that runs, as this process ends.
  static func end() {
    running.withLock { group in
      if group > 0 { kill(-group, SIGKILL) }
      group = -1
    }
  }

  /// Runs a command, which is looked for in `PATH`.
  ///
  /// - Parameters:
  ///   - words: its name and arguments.
  ///   - seconds: after so many it is ended.
  static func of(_ words: [String], seconds: Double) -> Outcome {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { return .failed("there is no pipe for it") }
    defer { close(ends[0]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    let (process, code) = running.withLock { group -> (pid_t, CInt) in
      guard group >= 0 else { return (0, ECANCELED) }
      let (process, code) = start(words, output: ends[1])
      group = process
      return (process, code)
    }
    close(ends[1])
    guard code == 0 else {
      return code == ENOENT ? .isMissing : .failed("\(words[0]) can't be started: \(String(cString: strerror(code)))")
    }
    let deadline = JobClock.now() + Int(seconds * 1e9)
    var bytes: [UInt8] = []
    let isWhole = read(ends[0], into: &bytes, until: deadline)
    var status: CInt = 0
    // It may have closed its output and run on.
    while isWhole, JobClock.now() < deadline {
      let ended = waitpid(process, &status, WNOHANG)
      if ended == 0 {
        sleep(milliseconds: 1)
        continue
      }
      forget(process)
      // Who waits for all children has the status.
      guard ended == process || errno == ECHILD else { break }
      guard ended != process || status == 0 else { return .failed("\(words[0]) failed") }
      return .output(String(decoding: bytes, as: UTF8.self))
    }
    forget(process)
    kill(-process, SIGKILL)
    kill(process, SIGKILL)
    waitpid(process, &status, 0)
    return .tookTooLong
  }

  private static func forget(_ process: pid_t) { running.withLock { if $0 == process { $0 = 0 } } }

  /// Reads all that comes until a moment.
  ///
  /// - Returns: whether the end has come.
  private static func read(_ descriptor: CInt, into bytes: inout [UInt8], until deadline: Int) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let left = (deadline - JobClock.now()) / 1_000_000
      guard left > 0 else { return false }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, CInt(min(left, 1000))) > 0 else { continue }
      #if canImport(Darwin)
        let count = Darwin.read(descriptor, &buffer, buffer.count)
      #elseif canImport(Glibc)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
      #else
        let count = Musl.read(descriptor, &buffer, buffer.count)
      #endif
      if count == 0 { return true }
      if count < 0 { if errno == EINTR || errno == EAGAIN { continue } else { return true } }
      guard bytes.count < longest else { return true }
      bytes += buffer[..<count]
    }
  }

  private static func start(_ words: [String], output: CInt) -> (pid_t, CInt) {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t? = nil
      var attributes: posix_spawnattr_t? = nil
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    #if canImport(Darwin)
      flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
    #else
      closeAll(&actions)
    #endif
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGPIPE, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var arguments = words.map { strdup($0) } + [nil]
    // The names of months, and how Slurm prints a moment.
    var variables: [UnsafeMutablePointer<CChar>?] = [strdup("LC_ALL=C"), strdup("SLURM_TIME_FORMAT=standard")]
    var next = cmpi_environment()
    while let variable = next?.pointee {
      let text = String(cString: variable)
      if !text.hasPrefix("LC_ALL=") && !text.hasPrefix("SLURM_TIME_FORMAT=") { variables.append(strdup(text)) }
      next = next.map { $0 + 1 }
    }
    variables.append(nil)
    defer { for text in arguments + variables { free(text) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, &variables)
    return (code == 0 ? process : 0, code)
  }

  #if !canImport(Darwin)
    /// Has the child close all but the standard streams, if this C library can.
    private static func closeAll(_ actions: inout posix_spawn_file_actions_t) {
      typealias Function = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, CInt) -> CInt
      guard let function = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return }
      _ = unsafeBitCast(function, to: Function.self)(&actions, 3)
    }
  #endif
}

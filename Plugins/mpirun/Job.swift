// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A command that a plugin runs as a shell would: with the streams of SwiftPM, and in the terminal's foreground.
///
/// SwiftPM gives a plugin pipes for its streams, and a group of processes of its own: neither a terminal's width nor
/// Ctrl-C would come to a job, and its errors would be mixed with its output. On Linux SwiftPM's own streams are found
/// in `/proc`. Elsewhere a job's output goes the plugin's way, and its input is empty.
struct Job {
  private let command: [String]

  init(_ script: String, _ arguments: [String]) { command = [script] + arguments }
}

#if os(Linux)
  import Glibc

  /// The signal that this process got last, and that is to end the job; 0 if there was none.
  nonisolated(unsafe) private var endingSignal: sig_atomic_t = 0

  extension Job {
    /// Runs it to its end.
    ///
    /// - Returns: its status; if a signal ended it, 128 and the signal's number.
    func run() throws -> CInt {
      let host = getppid()
      let streams = (0..<3).map { Self.stream($0, of: host) }
      defer { for stream in streams { close(stream) } }
      for signal in [SIGINT, SIGTERM, SIGHUP] { Glibc.signal(signal) { endingSignal = $0 } }
      var none = sigset_t()
      sigemptyset(&none)
      pthread_sigmask(SIG_SETMASK, &none, nil)
      let child = try start(streams)
      // Ctrl-C is for the job, and what it reads comes from the terminal.
      let terminal = isatty(streams[0]) == 1 ? streams[0] : nil
      signal(SIGTTOU, SIG_IGN)
      if let terminal { tcsetpgrp(terminal, child) }
      defer { if let terminal { tcsetpgrp(terminal, getpgid(host)) } }

      var status: CInt = 0
      var isEnding = false
      while true {
        let changed = waitpid(child, &status, WNOHANG | WUNTRACED)
        if changed == child && status & 0xff == 0x7f {
          // Ctrl-Z: no shell is here that could wake it up again.
          kill(-child, SIGCONT)
        } else if changed != 0 && !(changed == -1 && errno == EINTR) {
          break
        }
        // A terminal's Ctrl-C goes to all of the group. Another signal goes to `scripts/launch`, which ends the job.
        if endingSignal == SIGINT {
          kill(-child, SIGINT)
        } else if !isEnding && (endingSignal != 0 || getppid() != host) {
          isEnding = true
          kill(child, SIGTERM)
        }
        endingSignal = 0
        usleep(20_000)
      }
      let signal = status & 0x7f
      let result = signal == 0 ? status >> 8 & 0xff : 128 + signal
      if result != 0 { makeRoom(for: "error: Plugin ended with exit code \(result)\n".utf8.count, host) }
      return result
    }

    /// Moves what a job has written to a file that is SwiftPM's standard error.
    ///
    /// SwiftPM goes on where it has stopped itself, and would write its last line over the job's first.
    private func makeRoom(for length: Int, _ host: pid_t) {
      guard let facts = try? String(contentsOfFile: "/proc/\(host)/fdinfo/2", encoding: .utf8) else { return }
      func fact(_ name: String, radix: Int) -> Int? {
        let line = facts.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line.flatMap { Int($0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces), radix: radix) }
      }
      guard let place = fact("pos", radix: 10), let flags = fact("flags", radix: 8), flags & Int(O_APPEND) == 0 else {
        return
      }
      let file = open("/proc/\(host)/fd/2", O_RDWR | O_CLOEXEC)
      guard file >= 0 else { return }
      defer { close(file) }
      var state = stat()
      guard fstat(file, &state) == 0, state.st_mode & S_IFMT == S_IFREG else { return }
      var end = Int(state.st_size)
      var block = [UInt8](repeating: 0, count: 1 << 16)
      while end > place {
        let start = max(place, end - block.count)
        guard pread(file, &block, end - start, start) == end - start else { return }
        guard pwrite(file, block, end - start, start + length) == end - start else { return }
        end = start
      }
    }

    /// Starts it in a group of processes of its own.
    private func start(_ streams: [CInt]) throws -> pid_t {
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
      posix_spawn_file_actions_init(&actions)
      posix_spawnattr_init(&attributes)
      defer {
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
      }
      for (number, stream) in streams.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, stream, CInt(number))
      }
      posix_spawnattr_setpgroup(&attributes, 0)
      // SwiftPM's own processes hold signals back.
      var none = sigset_t()
      var all = sigset_t()
      sigemptyset(&none)
      sigfillset(&all)
      posix_spawnattr_setsigmask(&attributes, &none)
      posix_spawnattr_setsigdefault(&attributes, &all)
      let flags = CInt(POSIX_SPAWN_SETPGROUP) | CInt(POSIX_SPAWN_SETSIGMASK) | CInt(POSIX_SPAWN_SETSIGDEF)
      posix_spawnattr_setflags(&attributes, Int16(flags))
      let words = command.map { strdup($0) } + [nil]
      defer { for word in words { free(word) } }
      var child: pid_t = 0
      let code = posix_spawn(&child, command[0], &actions, &attributes, words, environ)
      guard code == 0 else { throw Failure("\(command[0]) can't be run: \(String(cString: strerror(code)))") }
      return child
    }

    /// A stream of the process that runs this plugin; if it can't be opened, as a socket can't, one of this plugin.
    private static func stream(_ number: CInt, of host: pid_t) -> CInt {
      let path = "/proc/\(host)/fd/\(number)"
      // A file goes on where it ends.
      let stream = open(path, (number == 0 ? O_RDONLY : O_WRONLY | O_APPEND) | O_CLOEXEC)
      if stream >= 0 { return stream }
      return number == 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : fcntl(number, F_DUPFD_CLOEXEC, 3)
    }
  }
#else
  extension Job {
    /// Runs it to its end.
    ///
    /// - Returns: its status; if a signal ended it, 128 and the signal's number.
    func run() throws -> Int32 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: command[0])
      process.arguments = Array(command.dropFirst())
      process.standardInput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }
  }
#endif

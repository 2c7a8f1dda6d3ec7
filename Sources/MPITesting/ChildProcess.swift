// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI

/// A program that this process started, until it has ended.
///
/// Foundation's `Process` learns of the end from a socket that the child closes. A process that MPI forks meanwhile
/// (the daemon of a program that was started alone) inherits that socket and keeps it open, and the end never comes.
/// Here the system is asked for the child itself. And the child inherits nothing: by a pipe that only this process has
/// open that daemon learns of this process's end.
final class ChildProcess {
  private let identifier: pid_t
  private var status: Int32?
  /// A variable in the environment of the program and of all that it starts, by which what it leaves behind is found.
  private let mark: String

  /// Starts a program, with nothing to read, and files for what it writes.
  init(
    _ executable: String, arguments: [String], environment: [String: String], directory: String?, output: Int32,
    errors: Int32
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    // The threads that run Swift's tasks hold signals back, and a program would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    Self.closeOnStart()
    // posix_spawn has a call to change the folder that Swift can't see everywhere; env changes it too.
    let program = directory == nil ? executable : "/usr/bin/env"
    let change = directory.map { ["-C", $0, executable] } ?? []
    var words = ([program] + change + arguments).map { strdup($0) } + [nil]
    mark = "MPI_TESTING_JOB_\(UInt64.random(in: .min ... .max))=1"
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [strdup(mark), nil]
    defer { for text in words + variables { free(text) } }
    var made: pid_t = 0
    let code = posix_spawn(&made, program, &actions, &attributes, &words, &variables)
    guard code == 0 else {
      throw LaunchError(description: "\(executable) could not be started: \(String(cString: strerror(code)))")
    }
    identifier = made
  }

  /// Sees to it that what this process has open, beside the standard streams, does not stay open in what it starts.
  private static func closeOnStart() {
    let limit = min(sysconf(Int32(_SC_OPEN_MAX)), 65_536)
    for descriptor in 3..<Int32(max(limit, 4)) {
      let flags = fcntl(descriptor, F_GETFD)
      if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
    }
  }

  /// The exit status, or 128 and the number of the signal that ended it; nil while it runs.
  func statusIfEnded() -> Int32? {
    if let status { return status }
    var raw: Int32 = 0
    guard waitpid(identifier, &raw, WNOHANG) == identifier else { return nil }
    let signal = raw & 0x7f
    status = signal == 0 ? (raw >> 8) & 0xff : 128 + signal
    return status
  }

  /// Waits for the end; if it does not come in time, makes one. Of a program that failed or took too long, no process
  /// is left: a launcher may have ended without ranks that are stopped, or that do not end at a signal.
  ///
  /// - Returns: the status, and whether time was up.
  func end(by deadline: ContinuousClock.Instant) async -> (status: Int32, isTimedOut: Bool) {
    var isTimedOut = false
    var pause = Duration.milliseconds(2)
    while true {
      if let status = statusIfEnded() {
        if isTimedOut || status != 0 { killLeftovers() }
        return (status, isTimedOut)
      }
      if !isTimedOut, ContinuousClock.now > deadline {
        isTimedOut = true
        kill(identifier, SIGTERM)
      } else if isTimedOut, ContinuousClock.now > deadline + .seconds(5) {
        kill(identifier, SIGKILL)
      }
      try? await Task.sleep(for: pause)
      pause = min(pause * 2, .milliseconds(50))
    }
  }

  /// Kills all processes that the program and what it started have left behind, on this host.
  private func killLeftovers() {
    #if os(Linux)
      // One that is found may be about to start another.
      for _ in 0..<100 {
        let found = leftovers()
        guard !found.isEmpty else { return }
        for process in found { kill(process, SIGKILL) }
        usleep(10_000)
      }
    #endif
  }

  #if os(Linux)
    private func leftovers() -> [pid_t] {
      let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      let mark = Data(mark.utf8)
      return processes.compactMap { pid_t($0) }.filter { process in
        // Of a process that has ended, and of one of another user, nothing can be read.
        guard let file = FileHandle(forReadingAtPath: "/proc/\(process)/environ"), let variables = try? file.readToEnd()
        else { return false }
        return variables.range(of: mark) != nil
      }
    }
  #endif
}

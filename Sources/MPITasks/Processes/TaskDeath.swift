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

/// How a process ended that ran a task: see ``TaskIsolation/process``.
public struct TaskDeath: Codable, Sendable, Hashable, CustomStringConvertible {
  /// What ended it.
  public enum Cause: Codable, Sendable, Hashable {
    /// A signal: that of a trap, or one that was sent to it.
    case signal(Int32)
    /// It called `exit`, with a status.
    case exit(status: Int32)
    /// It had more memory than the task's limit, in bytes.
    case memoryLimit(Int)
    /// The task took longer than its limit, in seconds.
    case timeLimit(Double)
  }

  /// What ended it.
  public var cause: Cause
  /// The most memory that it had at a time, in bytes, its program included; 0 if the system has not reported it.
  public var peakMemory: Int
  /// The last lines that it wrote to standard error, at most 20, the newest at the end.
  public var lastLines: [String]

  /// The lines that it wrote to standard error when it trapped; else the last one.
  var words: String? {
    lastLines.last { $0.contains("Fatal error") } ?? lastLines.last
  }

  /// The cause, the memory, and the trap's message if there is one.
  public var description: String {
    let cause =
      switch cause {
      case .signal(let number): "its process was ended by signal \(number) (\(Self.name(ofSignal: number)))"
      case .exit(let status): "its process ended with exit status \(status)"
      case .memoryLimit(let bytes): "its process had more memory than its limit of \(Formatting.bytes(bytes))"
      case .timeLimit(let seconds):
        "it took longer than its limit of \(Formatting.limit(seconds)); its process was ended"
      }
    let memory = peakMemory > 0 ? "; \(Formatting.bytes(peakMemory)) of memory at most" : ""
    let text = words.map { "; standard error: \($0)" } ?? ""
    return cause + memory + text
  }

  private static func name(ofSignal number: Int32) -> String {
    switch number {
    case SIGILL, SIGTRAP: "a trap"
    case SIGSEGV: "a bad address"
    case SIGBUS: "a bad address, or no room in a file that is mapped"
    case SIGABRT: "abort"
    case SIGFPE: "arithmetic"
    case SIGKILL: "killed: by hand, or because memory ran out"
    case SIGTERM: "terminated"
    case SIGXCPU: "the limit of processor time"
    default: strsignal(number).map { String(cString: $0) } ?? "unknown"
    }
  }
}

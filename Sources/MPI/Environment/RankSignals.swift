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

/// What a signal does to a rank: one by which a program traps is reported in one line, and one that a batch system
/// sends as a notice doesn't end the rank.
///
/// Handlers of the program stay. No other file calls the functions of `signals.h`.
enum RankSignals {
  private static let isPrepared = Mutex(false)

  /// Sees to the signals, before MPI is started: see `Fault.trapsAreTakenOver`.
  @inline(never)
  static func prepare() {
    isPrepared.withLock { isPrepared in
      if isPrepared { return }
      isPrepared = true
      makeWords()
      cmpi_set_trap_name(jobName)
      takeSignalsFromUCX()
      _ = cmpi_give_signal_stack()
      cmpi_handle_traps()
      for notice in [SIGUSR1, SIGUSR2] { _ = cmpi_take_notice(notice) }
    }
  }

  /// Makes the words again when MPI has started: a program that was started alone is rank 0 of 1.
  @inline(never)
  static func nameRank() {
    isPrepared.withLock { isPrepared in
      guard isPrepared else { return }
      takeSignalsFromUCX()
      makeWords()
      // If ranks go on without those that have failed, each that fails prints a line.
      if Runtime.survivesFailures { cmpi_set_trap_name("") }
    }
  }

  /// UCX, by which many MPIs send, handles the signals by which a program traps as soon as it is loaded: each rank
  /// would print a backtrace of C functions. This gives them what they had before, unless the user has set what UCX is
  /// to do.
  private static func takeSignalsFromUCX() {
    #if os(Linux)
      guard environmentVariable("UCX_HANDLE_ERRORS") == nil, environmentVariable("UCX_ERROR_SIGNALS") == nil,
        let function = dlsym(nil, "ucs_debug_disable_signals")
      else { return }
      unsafeBitCast(function, to: (@convention(c) () -> Void).self)()
    #endif
  }

  /// Ends the process by a trap, after a line with the reason.
  @inline(never)
  static func trap(_ words: String) -> Never {
    prepare()
    cmpi_speak(words + "\n")
    cmpi_trap()
  }

  /// Writes a line on standard error, if no other rank of this host has written one and is still there.
  @inline(never)
  static func sayOnce(_ line: String) { cmpi_speak(line + "\n") }

  /// Runs a function with memory for handlers of signals on this thread, so that one can run when the stack is full.
  static func withSignalStack(_ body: () -> Void) {
    let stack = cmpi_give_signal_stack()
    body()
    cmpi_take_signal_stack(stack)
  }

  // MARK: Notices

  /// The signals with notice that have come to this process, as a set of bits: that of a signal is 1 shifted by its
  /// number.
  @inline(never)
  static var notices: UInt32 { cmpi_notices_that_came() }

  /// Has a signal noted, and not end the process, unless the program handles it.
  ///
  /// - Returns: whether it is noted.
  @inline(never) @discardableResult
  static func takeNotice(_ number: CInt) -> Bool { cmpi_take_notice(number) != 0 }

  /// Has a signal end the process again that was noted.
  @inline(never)
  static func leaveNotice(_ number: CInt) { cmpi_leave_notice(number) }

  /// Has a byte written to a pipe, which never blocks, whenever a signal with notice comes.
  @inline(never)
  static func wakeByNotices(_ pipe: CInt) { cmpi_wake_by_notices(pipe) }

  // MARK: Words

  private static var isDebugBuild: Bool { _isDebugAssertConfiguration() }

  private static let swiftTrap =
    isDebugBuild
    ? "an overflow, if no line of Swift's above says why"
    : "an index out of range, an overflow, a nil that was unwrapped, or the like; a debug build says what"

  /// The signals by which a program ends against its will.
  private static let traps: [(number: CInt, name: String, meaning: String)] = [
    (SIGILL, "trapped (SIGILL)", swiftTrap),
    (SIGTRAP, "trapped (SIGTRAP)", swiftTrap),
    (SIGSEGV, "used memory that isn't its own (SIGSEGV)", "an endless recursion, or an unsafe pointer, here or in C"),
    (
      SIGBUS, "used memory that isn't there (SIGBUS)",
      "an unsafe pointer, or a full disk or /dev/shm below mapped memory"
    ),
    (SIGFPE, "divided by zero (SIGFPE)", "in C, for in Swift that is a trap"),
    (SIGABRT, "aborted (SIGABRT)", "out of memory, or a check of a C library that has failed"),
  ]

  @inline(never)
  private static func makeWords() {
    for (number, name, meaning) in traps { cmpi_set_trap_words(number, words(name, meaning)) }
  }

  private static func words(_ name: String, _ meaning: String) -> String {
    let hint =
      (environmentVariable("SWIFT_BACKTRACE") ?? "").contains("enable=yes")
      ? "" : "; SWIFT_BACKTRACE=enable=yes shows where"
    return "\(JobFailure.prefix): \(programName) \(name): \(meaning)\(hint)\n"
  }

  /// A name that the ranks of this job have in common, on this host, and no other job has; empty if there is only one
  /// rank.
  private static var jobName: String {
    guard let launch = Launch.current, launch.size > 1 else { return "" }
    let slurm = ["SLURM_JOB_ID", "SLURM_STEP_ID"].compactMap(environmentVariable)
    // Without such a name, the ranks of a host have the same parent.
    let name =
      environmentVariable("PMIX_NAMESPACE") ?? (slurm.count == 2 ? slurm.joined(separator: ".") : "parent \(getppid())")
    return "swift-mpi \(getuid()) \(name)"
  }
}

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

/// When MPI is started and ended.
///
/// The first `withMPI` of a process starts MPI, and the end of the process ends it, because MPI can't be started twice.
/// In between, any number of `withMPI` may follow one another. When the process ends, the ranks wait for one another
/// without using their cores, and finalize.
package enum Lifetime {
  private struct State {
    /// The process that started MPI, by `withMPI` and outside of a session; nil if none has.
    var owner: pid_t?
    /// The process that is watched for its end; nil before MPI has started, and once the end has come.
    var process: pid_t?
    /// How many bodies of `withMPI` are running.
    var bodies = 0
    /// Whether the end has begun, in order or not: what exits now does nothing more.
    var isEnding = false
    /// What a process does that is no rank, in place of MPI's start.
    var replacement: Replacement?
  }

  private struct Replacement {
    var passesOver: Bool
    var body: @Sendable () -> Never
  }

  private static let state = Mutex(State())

  // MARK: Begin

  /// Begins a body of `withMPI`: starts MPI unless it runs. If this throws while MPI runs, the job must end.
  ///
  /// - Returns: whether this body is the outermost one, and MPI this library's. What it throws then ends the job.
  package static func begin(_ asked: ThreadLevel) throws(MPIError) -> Bool {
    try Runtime.refuseAfterTheEnd("withMPI")
    let isInSession = Runtime.hasSession
    let mustStart = !MPIEnvironment.isInitialized
    if mustStart {
      try start(asked)
      if !isInSession {
        state.withLock { $0.owner = getpid() }
      }
    }
    try Runtime.adopt(isOurs: mustStart)
    if mustStart { RankSignals.nameRank() }
    if mustStart { warnIfLaunchedByAnother() }
    let isOutermost = state.withLock { state in
      state.bodies += 1
      return state.bodies == 1 && state.owner != nil && !isInSession
    }
    // A world that is started in a session ends with the session.
    if isOutermost || mustStart { try CheckedMode.begin() }
    let given = MPIEnvironment.threadLevel ?? .single
    // A body within another one takes what is there.
    guard given >= asked || !(mustStart || isOutermost) else { throw refusal(of: asked, given, isFirst: mustStart) }
    return isOutermost
  }

  /// Has this process do something else where it would start MPI: it is none of the job's ranks, but one has started it.
  ///
  /// - Parameter passesOver: whether calls of `withMPI` that return nothing are passed over instead.
  package static func replace(passingOver passesOver: Bool, _ body: @escaping @Sendable () -> Never) {
    state.withLock { $0.replacement = Replacement(passesOver: passesOver, body: body) }
  }

  /// Whether a body of `withMPI` is running.
  package static var isInBody: Bool { state.withLock { $0.bodies > 0 } }

  /// Whether a call of `withMPI` with this result is passed over. If not, a process that does something else does it now.
  static func isPassedOver<Result>(_ type: Result.Type) -> Bool {
    guard let replacement = state.withLock({ $0.replacement }) else { return false }
    guard replacement.passesOver, type == Void.self else { replacement.body() }
    return true
  }

  /// Whether this process does something else.
  static var isReplaced: Bool { state.withLock { $0.replacement != nil } }

  /// Sees to what must be so before MPI starts, with a world or by a session: streams, signals, the end of the process.
  package static func prepareProcess() {
    state.withLock { $0.replacement }?.body()
    let isFirst = state.withLock { state in
      defer { state.process = getpid() }
      return state.process == nil
    }
    guard isFirst else { return }
    StandardStreams.occupy()
    RankSignals.prepare()
    JobClock.noteStart()
    watchForTheEnd()
  }

  private static func start(_ asked: ThreadLevel) throws(MPIError) {
    try CheckedMode.configure()
    prepareProcess()
    var given: CInt = 0
    ToolsInterface.willStartMPI()
    // Checked mode has a thread of its own.
    let level = CheckedMode.isOn ? ThreadLevel.multiple : asked
    try check(YieldingWaits.choose { MPI_Init_thread(nil, nil, level.constant, &given) }, "withMPI")
    // Once more, because the last handler that was registered runs first: see `Fault.leaveOfTheLauncherComesLate`.
    watchForTheEnd()
    cmpi_buffer_standard_output()
  }

  private static func refusal(of asked: ThreadLevel, _ given: ThreadLevel, isFirst: Bool) -> MPIError {
    let words =
      isFirst
      ? "threads: .\(asked) was asked for and this MPI gives .\(given): ask for that"
      : "threads: .\(asked) was asked for, and an earlier withMPI of this process has started MPI with .\(given), which "
        + "stays: write withMPI(threads: .\(asked)) there"
    return MPIError(.environment, words, operation: "withMPI")
  }

  // MARK: End

  /// Ends a body of `withMPI`, which has returned.
  package static func end(isOutermost: Bool) {
    if isOutermost, let world = Runtime.world {
      CheckedMode.end(world)
      Runtime.releaseWaiting()
      flushStandardStreams()
    }
    state.withLock { $0.bodies -= 1 }
  }

  /// Ends MPI: gives back what is left, waits for the other ranks, and finalizes.
  package static func finalize() {
    state.withLock { $0.isEnding = true }
    guard MPIEnvironment.hasWorld else { return }
    // After an error the thread of checked mode still watches, by calls of MPI.
    HangWatch.end()
    Runtime.releaseAll()
    ToolsInterface.end()
    MPI_Finalize()
  }

  /// Waits until every rank of the job that lives is at its end, without using the core.
  ///
  /// - Parameter limit: for how long, in seconds.
  /// - Returns: whether all are.
  static func waitForAll(limit: Double = .infinity) -> Bool {
    guard let channel = Runtime.failureChannel else { return true }
    var request = CMPI_REQUEST_NULL
    let code: CInt
    if Runtime.survivesFailures {
      // `Fault.lostRanksBreakTheEnd`: not by a barrier.
      // The memory is never freed: this process may exit before MPI writes the answer there.
      let answer = UnsafeMutablePointer<CInt>.allocate(capacity: 1)
      answer.initialize(to: 1)
      code = cmpi_comm_iagree(channel, answer, &request)
    } else {
      code = MPI_Ibarrier(channel, &request)
    }
    // If a rank is lost and the job can't go on without it, there is nothing to wait for.
    guard code == 0 else { return true }
    let begin = MPI_Wtime()
    while true {
      var flag: CInt = 0
      guard MPI_Test(&request, &flag, CMPI_STATUS_IGNORE) == 0, flag == 0 else { return true }
      let waited = MPI_Wtime() - begin
      if waited > limit { return false }
      if waited > 0.0002 { sleep(milliseconds: waited > 0.01 ? 1 : 0) }
    }
  }

  /// Ends every rank of the job at once.
  package static func abort(status: Int32) -> Never {
    state.withLock { $0.isEnding = true }
    CommandOutput.end()
    _ = StandardStreams.sayWhatIsLost()
    waitUntilOutputIsRead()
    if MPIEnvironment.hasWorld { MPI_Abort(CMPI_COMM_WORLD, status) }
    endProcess(status: status)
  }

  /// Has ``processEnds(_:)`` called when the process exits, before what was registered earlier.
  private static func watchForTheEnd() {
    #if canImport(Glibc)
      on_exit({ status, _ in Lifetime.processEnds(status) }, nil)
    #else
      // This C library does not report with which status.
      atexit { Lifetime.processEnds(0) }
    #endif
  }

  /// The process exits with a status: ends MPI, in order if every rank comes to its end. If something that was printed
  /// is lost, the status is not 0.
  private static func processEnds(_ status: Int32) {
    // A process that was forked from this one has no MPI, and its output is its own.
    let isWatched = state.withLock { state in
      guard state.process == getpid() else { return false }
      // It may be registered twice.
      state.process = nil
      return true
    }
    guard isWatched else { return }
    CommandOutput.end()
    let isLost = StandardStreams.sayWhatIsLost()
    endMPI(status)
    if isLost, status == 0 { exitAgain(1) }
  }

  /// Ends MPI if this library has started it, as the process exits with a status.
  private static func endMPI(_ status: Int32) {
    let (owner, bodies, isEnding) = state.withLock { ($0.owner, $0.bodies, $0.isEnding) }
    guard owner == getpid(), !isEnding, MPIEnvironment.hasWorld else { return }
    guard bodies == 0 else { return processLeaves(status) }
    guard waitForAll(limit: status == 0 ? .infinity : JobFailure.grace) else { abort(status: status) }
    finalize()
  }

  /// Goes on with the end of the process, which has begun, with another status.
  private static func exitAgain(_ status: Int32) -> Never {
    #if canImport(Glibc)
      // This C library goes on where it was.
      exit(status)
    #else
      fflush(nil)
      _exit(status)
    #endif
  }

  /// The process exits while a body of `withMPI` runs: the other ranks would wait for this one without end.
  private static func processLeaves(_ status: Int32) {
    state.withLock { $0.isEnding = true }
    writeToStandardError(
      "\(JobFailure.prefix): exit(\(status)) was called before withMPI had returned: return from its body, and exit then"
    )
    if Runtime.world?.size ?? 1 > 1, Runtime.mayCallHere {
      waitUntilOutputIsRead()
      MPI_Abort(CMPI_COMM_WORLD, max(status, 1))
    }
    // Not exit(), which has been called already.
    fflush(nil)
    _exit(max(status, 1))
  }
}

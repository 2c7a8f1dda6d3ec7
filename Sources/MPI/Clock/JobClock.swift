// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// When this job will be ended, as far as this process knows: by its time limit, or by a signal that has come.
///
/// The limit is taken from the first of these that has one:
/// 1. ``limit(to:)``, a call of the program;
/// 2. the environment variable `MPI_TASKS_TIME_LIMIT`: seconds (`3600`), a number with units (`90s`, `45m`, `1h30m`,
///    `2d`), `1:30:00`, `2-00:00:00`, all from the start of MPI on; a moment (`2026-12-31T23:59:00` in local time,
///    `@1798761540`); or `none`;
/// 3. the batch system: Slurm, PBS, LSF or Grid Engine. Rank 0 asks it, by Slurm's `SLURM_JOB_END_TIME` or by a command
///    (`scontrol`, `qstat`, `bjobs`) that runs beside the program for five seconds at most.
///
/// Nothing of this happens before the program first asks: by ``timeLeft``, ``Communicator/timeLeft``,
/// ``Communicator/isTimeUp`` or a loop that shall end in time. From then on the ``signals`` no longer end the process,
/// unless it handles them itself.
///
/// What one process knows is local: ``Communicator/isTimeUp`` gives all ranks the same answer. See <doc:TheTimeLimit>.
public enum JobClock {
  struct State {
    /// When the job ends, by ``now()``; nil if it is not known.
    var deadline: Int?
    /// How long before the end time is up, in nanoseconds, if the program has said so.
    var reserve: Int?
    /// What was left when the deadline was first known.
    var whole = 0
    var signals = JobSignals.standard
    /// Whether the sources have been looked at, and whether the batch system is or was asked.
    var hasBegun = false
    var hasAsked = false
    /// Whether the program or a variable has set the limit, or that there is none.
    var isSet = false
  }

  /// An object, because the optimizer of Swift 6.3.1 clears a global mutex whose state has more than six fields.
  private final class Shared: Sendable { let state = Mutex(State()) }

  private static let shared = Shared()
  /// When MPI has started, by ``now()``.
  private static let start = Atomic<Int>(0)
  /// When time is up, by ``now()``: the deadline less the reserve; `.max` if it is not known.
  private static let strike = Atomic<Int>(.max)
  /// The signals that count, and those that other ranks had.
  private static let counting = Atomic<UInt32>(0)
  private static let learned = Atomic<UInt32>(0)
  /// Whether ranks have agreed that time is up, perhaps somewhat before the reserve begins.
  private static let isAgreed = Atomic<Bool>(false)

  /// The time limits of commands, in seconds. Tests change it.
  static let patience = Mutex(5.0)

  /// Nanoseconds since some moment in the past; no change of the system's clock moves it.
  package static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
  }

  // MARK: For programs

  /// Sets the time limit of the job: it will be ended so long from now. This goes before what the environment and the
  /// batch system say.
  ///
  /// It is local. If ranks give different limits, the earliest counts for what they decide together.
  ///
  /// - Parameter limit: the time from now; nil for no limit.
  public static func limit(to limit: Duration?) {
    shared.state.withLock { state in
      state.isSet = true
      set(limit.map { now() + nanoseconds($0) }, &state)
    }
    ClockWatch.look()
  }

  /// How long before the end of the job its time counts as up, so that what is done can be saved. A twentieth of what
  /// was left when the limit became known, at most a minute, unless the program sets it. Local; of different values
  /// the largest counts for what ranks decide together.
  public static var reserve: Duration {
    get { .nanoseconds(shared.state.withLock { reserve($0) }) }
    set {
      shared.state.withLock { state in
        state.reserve = max(0, nanoseconds(newValue))
        set(state.deadline, &state)
      }
      ClockWatch.look()
    }
  }

  /// The signals by which time is up as soon as one has come to any rank; ``JobSignals/standard`` unless the program
  /// sets it. The same on every rank.
  ///
  /// From the first question about the time on, these do not end the process; but `SIGTERM` and `SIGINT` do if they
  /// come again after more than two seconds. Signals that the program handles stay its own.
  public static var signals: JobSignals {
    get { shared.state.withLock { $0.signals } }
    set {
      let dropped = shared.state.withLock { state -> JobSignals? in
        defer { state.signals = newValue }
        return state.hasBegun ? state.signals.subtracting(newValue) : nil
      }
      guard let dropped else { return }
      arm(newValue)
      for (number, _) in JobSignals.names where dropped.rawValue & 1 << UInt32(number) != 0 {
        // These two are notices in any case.
        if number != SIGUSR1 && number != SIGUSR2 { RankSignals.leaveNotice(number) }
      }
    }
  }

  /// How long it is until the job is ended, as far as this process knows; nil if it knows of no limit. It is negative
  /// after the end.
  ///
  /// Local, no message. A rank other than 0 knows a batch system's limit only from rank 0: after the first
  /// ``Communicator/isTimeUp`` by which that had its answer.
  public static var timeLeft: Duration? {
    begin(asksBatchSystem: (Runtime.world?.rank ?? Launch.current?.rank ?? 0) == 0)
    return shared.state.withLock { $0.deadline }.map { .nanoseconds($0 - now()) }
  }

  // MARK: For loops and pools

  /// Begins to watch the time: looks at the sources of the limit, and takes the signals. Later calls cost a lock.
  ///
  /// - Parameter asksBatchSystem: whether a batch system is asked, on a thread of its own, if nothing else has the
  ///   limit. One rank of those that share what they know does.
  package static func begin(asksBatchSystem: Bool) {
    let (isFirst, asks) = shared.state.withLock { state -> (Bool, Bool) in
      let isFirst = !state.hasBegun
      state.hasBegun = true
      if isFirst, !state.isSet { readVariable(&state) }
      var asks = false
      if asksBatchSystem, !state.hasAsked, !state.isSet {
        state.hasAsked = true
        asks = true
      }
      return (isFirst, asks)
    }
    if isFirst { arm(signals) }
    if asks, let system = BatchSystem(environmentVariable) { ask(system) }
  }

  /// Why time is up now, as far as this process knows; nil if it is not.
  package static var reason: JobTimeUp.Reason? {
    if let signal = signal { return .signal(signal) }
    return now() >= strike.load(ordering: .relaxed) ? .limit : nil
  }

  /// The signals that have come and count, here or on a rank that this one has heard of; nil for none.
  package static var signal: JobSignals? {
    let came = (RankSignals.notices | learned.load(ordering: .relaxed)) & counting.load(ordering: .relaxed)
    return came == 0 ? nil : JobSignals(rawValue: came)
  }

  /// Whether work of an estimated duration may begin: no signal has come, and it ends before time is up. Costs some
  /// nanoseconds.
  ///
  /// - Parameters:
  ///   - duration: in nanoseconds; 0 if it is not known.
  ///   - now: by ``now()``.
  package static func mayBegin(lasting duration: Double, now: Int) -> Bool {
    let strike = strike.load(ordering: .relaxed)
    guard (RankSignals.notices | learned.load(ordering: .relaxed)) & counting.load(ordering: .relaxed) == 0 else {
      return false
    }
    return strike == .max || Double(strike - now) > duration
  }

  /// What is left until the job is ended, in nanoseconds; nil if that is not known.
  package static var nanosecondsLeft: Int? { shared.state.withLock { $0.deadline }.map { $0 - now() } }

  /// How long before the end time is up, in nanoseconds.
  package static var reserveNanoseconds: Int { shared.state.withLock { reserve($0) } }

  /// Takes over what another rank knows: how much is left, if this process does not know of less.
  package static func learn(nanosecondsLeft left: Int) {
    shared.state.withLock { state in
      let deadline = now() + left
      // Each message takes a moment; what is later by that is the same.
      if state.deadline.map({ deadline < $0 }) ?? true { set(deadline, &state) }
    }
    ClockWatch.look()
  }

  /// Takes over that signals have come to another rank.
  package static func learn(_ signals: JobSignals) {
    _ = learned.bitwiseOr(signals.rawValue, ordering: .relaxed)
    // That of a rank which counts them.
    _ = counting.bitwiseOr(signals.rawValue, ordering: .relaxed)
    ClockWatch.look()
  }

  /// Calls a function once when time is up: at the moment or when a signal comes, on a thread that is made for this; at
  /// once if it is up already. The function must be short, and must not wait.
  ///
  /// - Returns: what takes that back.
  package static func whenTimeIsUp(_ body: @escaping @Sendable () -> Void) throws(MPIError) -> ClockWatch.Waiter {
    begin(asksBatchSystem: false)
    return try ClockWatch.add(body)
  }

  /// Notes that ranks have agreed that time is up.
  static func noteAgreement() { isAgreed.store(true, ordering: .relaxed) }

  /// Why a program stops that does so now.
  static var reasonToStop: JobTimeUp.Reason { reason ?? (isAgreed.load(ordering: .relaxed) ? .limit : .choice) }

  /// When time is up, by ``now()``; `.max` if that is not known.
  static var strikesAt: Int { strike.load(ordering: .relaxed) }

  /// Notes that MPI starts: limits of a variable count from here.
  static func noteStart() { _ = start.compareExchange(expected: 0, desired: now(), ordering: .relaxed) }

  // MARK: The sources

  private static func set(_ deadline: Int?, _ state: inout State) {
    if let deadline, state.deadline == nil { state.whole = max(0, deadline - now()) }
    state.deadline = deadline
    strike.store(deadline.map { $0 - reserve(state) } ?? .max, ordering: .relaxed)
  }

  private static func reserve(_ state: State) -> Int { state.reserve ?? min(60_000_000_000, state.whole / 20) }

  private static func arm(_ signals: JobSignals) {
    counting.store(signals.rawValue, ordering: .relaxed)
    for (number, _) in JobSignals.names where signals.rawValue & 1 << UInt32(number) != 0 {
      RankSignals.takeNotice(number)
    }
  }

  private static func readVariable(_ state: inout State) {
    guard let text = environmentVariable("MPI_TASKS_TIME_LIMIT"), !text.isEmpty else { return }
    switch TimeText.limit(text) {
    case nil: warn("MPI_TASKS_TIME_LIMIT is '\(text)', and is ignored: it can be \(TimeText.forms)")
    case .some(.none): state.isSet = true
    case .after(let seconds):
      state.isSet = true
      let start = start.load(ordering: .relaxed)
      set((start == 0 ? now() : start) + Int(seconds * 1e9), &state)
    case .at(let moment):
      state.isSet = true
      set(now() + nanoseconds(until: moment), &state)
    }
  }

  /// Asks a batch system for the end, on a thread of its own unless the environment has it.
  private static func ask(_ system: BatchSystem) {
    if let answer = system.answer(environmentVariable) { return take(answer) }
    do {
      try Thread {
        var outputs: [String?] = []
        var failures: [String] = []
        for command in system.commands {
          let seconds = patience.withLock { $0 }
          switch CommandOutput.of(command, seconds: seconds) {
          case .output(let text):
            outputs.append(text)
            failures.append("\(command[0]) does not say it")
          case .failed(let reason):
            outputs.append(nil)
            failures.append(reason)
          case .isMissing:
            outputs.append(nil)
            failures.append("there is no \(command[0]) here")
          case .tookTooLong:
            outputs.append(nil)
            failures.append("\(command[0]) has not answered within \(TimeText.words(seconds))")
          }
          if let answer = system.answer(outputs, now: wallSeconds(), environmentVariable) { return take(answer) }
        }
        warn(
          "the end of this job of \(system.name) is not known (\(failures.joined(separator: "; "))): set "
            + "MPI_TASKS_TIME_LIMIT")
      }.detach()
    } catch {
      warn("the end of this job of \(system.name) is not known: \(error.text)")
    }
  }

  private static func take(_ answer: BatchSystem.Answer) {
    shared.state.withLock { state in
      // The program may have set one meanwhile.
      guard !state.isSet else { return }
      switch answer {
      case .end(let moment): set(now() + nanoseconds(until: moment), &state)
      case .left(let seconds): set(now() + nanoseconds(seconds), &state)
      case .noLimit: break
      }
    }
    ClockWatch.look()
  }

  private static func warn(_ text: String) {
    // What is odd is so for all ranks.
    guard (Runtime.world?.rank ?? Launch.current?.rank ?? 0) == 0 else { return }
    writeToStandardError("warning: \(text)")
  }

  // MARK: Units

  /// Seconds since 1970.
  static func wallSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func nanoseconds(until moment: Double) -> Int { nanoseconds(moment - wallSeconds()) }

  /// Within 100 years: a later end is none, and the numbers must fit.
  private static func nanoseconds(_ seconds: Double) -> Int { Int(max(-3e9, min(seconds, 3e9)) * 1e9) }

  private static func nanoseconds(_ duration: Duration) -> Int {
    let parts = duration.components
    return nanoseconds(Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
  }
}

extension Communicator {
  /// How long it is until the job is ended, as far as this process knows; nil if it knows of no limit. As
  /// ``JobClock/timeLeft``.
  ///
  /// Local, no message: ranks get different numbers, and must not decide by them what they do together. That is
  /// ``isTimeUp``.
  public final var timeLeft: Duration? { JobClock.timeLeft }
}

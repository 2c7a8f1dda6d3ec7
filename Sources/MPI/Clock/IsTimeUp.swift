// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The question whether time is up, of the ranks of a communicator.
final class TimeAgreement: @unchecked Sendable {
  /// Of the same ranks, for the exchanges.
  private let channel: Communicator
  /// Without the checks of exclusive access, which take longer than a call: as any collective call, this is made by one
  /// thread at a time.
  @exclusivity(unchecked) private var plan = AgreementPlan()
  /// When the ranks last exchanged what they know, by ``JobClock/now()``.
  private var last = 0

  private static let key = AttributeKey<TimeAgreement>()

  /// The one of a communicator. Made at the first call, which is collective.
  static func of(_ communicator: Communicator) throws(MPIError) -> TimeAgreement {
    if let known = communicator[key] { return known }
    let made = try TimeAgreement(communicator)
    communicator[key] = made
    return made
  }

  private init(_ communicator: Communicator) throws(MPIError) {
    channel = try communicator.channel("isTimeUp")
    channel.isKeptByLibrary()
    channel.name = "the clock of \(communicator.name)"
    JobClock.begin(asksBatchSystem: communicator.rank == 0)
  }

  /// The answer at this call.
  @inline(__always)
  func answer() throws(MPIError) -> Bool {
    if plan.isDue() { try exchange() }
    return plan.isUp
  }

  @inline(never)
  private func exchange() throws(MPIError) {
    let now = JobClock.now()
    var report = AgreementPlan.Report()
    report.left = JobClock.nanosecondsLeft.map { Double($0) * 1e-9 } ?? .infinity
    report.signals = -Double(JobClock.signal?.rawValue ?? 0)
    report.reserve = -Double(JobClock.reserveNanoseconds) * 1e-9
    if plan.callsSince > 0 { report.step = -Double(now - last) * 1e-9 / Double(plan.callsSince) }
    var numbers = report.numbers
    if channel.size > 1 { try channel.allReduce(inPlace: &numbers, .min) }
    report.numbers = numbers
    last = JobClock.now()
    plan.conclude(report)
    if plan.isUp { JobClock.noteAgreement() }
    if report.left < .infinity { JobClock.learn(nanosecondsLeft: Int(max(-9e9, min(report.left, 3e9)) * 1e9)) }
    // Of several ranks' signals, those of the one that had most: a number of bits can't be combined by a minimum.
    if report.signals < 0 { JobClock.learn(JobSignals(rawValue: UInt32(-report.signals))) }
  }
}

extension Communicator {
  /// Whether the time of this job is up: its limit is near, or a signal with notice has come to any of the ranks. The
  /// same answer on all ranks, at the same call.
  ///
  /// Collective: every rank asks the same number of times, in the same order, for example once a step. Once it is true
  /// it stays so.
  ///
  /// ```swift
  /// for step in 0..<steps {
  ///   if try world.isTimeUp { throw JobTimeUp(remaining: steps - step, of: "steps") }
  ///   advance()
  /// }
  /// ```
  ///
  /// It is true as soon as a step of the duration that was measured could not end before the time limit less
  /// ``JobClock/reserve``.
  ///
  /// **Messages**: most calls send none, and take some nanoseconds. About once a second the ranks exchange what they
  /// know, in an all-reduce of four numbers; more often in the last seconds, and at each call if a step takes a second
  /// or longer. The number of calls in between comes from the duration of those before. So a signal is noticed about a
  /// second after it has come, or after the step in which it comes; if steps suddenly take k times as long, once after
  /// up to k seconds. The first call makes a communicator of the library's own.
  ///
  /// In checked mode the ranks compare each call, so different numbers of calls are found.
  ///
  /// - Throws: what MPI reports; ``ErrorClass/other`` on a communicator on which a loop or a pool runs.
  public final var isTimeUp: Bool {
    get throws(MPIError) {
      if _slowPath(attention != 0) { try compareCalls("isTimeUp", Never.self, -1, -1, #fileID, #line) }
      return try timeAgreement().answer()
    }
  }

  /// Throws ``JobTimeUp`` on all ranks if ``isTimeUp``.
  ///
  /// - Parameters:
  ///   - remaining: how much of the work is left, for the message; nil if that is not known.
  ///   - unit: what that counts, in the plural.
  /// - Throws: ``JobTimeUp`` on every rank if time is up; what MPI reports.
  public final func throwIfTimeIsUp(remaining: Int? = nil, of unit: String = "items") throws {
    if try isTimeUp { throw JobTimeUp(remaining: remaining, of: unit) }
  }

  @inline(__always)
  private func timeAgreement() throws(MPIError) -> TimeAgreement {
    if let known = knownTimeAgreement { return known }
    let made = try TimeAgreement.of(self)
    knownTimeAgreement = made
    return made
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase

/// The error that says that the time of this job is up and work is left, which another job can go on with.
///
/// Loops throw it on every rank, inside of `stoppingInTime` of `MPITasks`; a program throws it after
/// ``Communicator/isTimeUp`` and its own saving, or by ``Communicator/throwIfTimeIsUp(remaining:of:)``.
///
/// If it leaves the outermost `withMPI`, the job ends with the **status 75** ("run me again", `EX_TEMPFAIL`) and one
/// line on standard error. Ranks that are still at work, for example at saving, have until the end of the job's time,
/// but at most ten minutes; or half a minute if that is not known or not near. A batch script puts the job back if its
/// status is 75.
///
/// ```swift
/// try withMPI { world in
///   for step in 0..<steps {
///     if try world.isTimeUp {
///       try save(step)
///       throw JobTimeUp(remaining: steps - step, of: "steps")
///     }
///     advance()
///   }
/// }
/// ```
public struct JobTimeUp: Error, Sendable, Hashable, Codable {
  /// Why time is up.
  public enum Reason: Sendable, Hashable, Codable {
    /// The time limit is near.
    case limit
    /// A signal with notice has come to a rank.
    case signal(JobSignals)
    /// The program has chosen to stop here.
    case choice
  }

  /// The status with which the job ends: 75.
  public static let status: Int32 = 75

  /// Why time is up.
  public let reason: Reason
  /// How much time was left, in seconds, when this was decided; nil if no limit is known.
  public let secondsLeft: Double?
  /// How much of the work is left; nil if that is not known.
  public let remaining: Int?
  /// What ``remaining`` counts, such as `steps`.
  public let unit: String

  /// The error with what this process knows: the reason, and the time that is left.
  ///
  /// - Parameters:
  ///   - remaining: how much of the work is left; nil if that is not known.
  ///   - unit: what that counts, in the plural.
  public init(remaining: Int? = nil, of unit: String = "items") {
    self.init(JobClock.reasonToStop, nanosecondsLeft: JobClock.nanosecondsLeft, remaining: remaining, of: unit)
  }

  package init(_ reason: Reason, nanosecondsLeft: Int?, remaining: Int?, of unit: String) {
    (self.reason, self.remaining, self.unit) = (reason, remaining, unit)
    secondsLeft = nanosecondsLeft.map { Double($0) * 1e-9 }
  }
}

extension JobTimeUp: CustomStringConvertible {
  /// Reason, time and work that are left, and that the job is to be run again.
  public var description: String {
    var words =
      switch reason {
      case .limit: "the time of this job is up"
      case .signal(let signals): "this job has to stop (\(signals))"
      case .choice: "this job stops here"
      }
    if let secondsLeft {
      words += secondsLeft < 0 ? "" : ", \(TimeText.words(secondsLeft)) before its time limit"
    }
    if let remaining { words += "; \(remaining) \(unit) are left" }
    return words + ": run it again (status \(Self.status))"
  }
}

/// Ends the job with the status 75, from a place that can't throw: as if the error left the outermost `withMPI`.
///
/// One rank or all ranks call it. Those that are still at work have as much time as after ``JobTimeUp``; then they are
/// ended.
///
/// - Parameter timeUp: what is printed.
public func endJob(_ timeUp: JobTimeUp) -> Never { JobFailure.end(with: timeUp) }

extension JobTimeUp {
  /// For how many seconds other ranks may go on when one has ended with this. If the program has chosen to stop, the
  /// limit may be far away, and a rank that waits for this one would wait until then.
  var grace: Double {
    guard let secondsLeft else { return 30 }
    return max(JobFailure.grace, min(secondsLeft, reason == .choice ? 30 : 600))
  }
}

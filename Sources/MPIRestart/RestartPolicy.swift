// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// When a job is started again.
package struct RestartPolicy: Sendable {
  /// The number of restarts after losses.
  package var restarts = 10
  /// How many times the same thing may happen before the job is given up.
  package var same = 3
  /// A run that ends with status 75 has made progress if it lasted at least so long.
  package var progress = Duration.seconds(10)
  /// Whether a run that ends with status 75 is started again.
  package var runsAgain = true
  /// Statuses by which a program fails and is started again nevertheless.
  package var restartStatuses: Set<Int32> = []

  package init() {}
}

/// The runs of a job so far, and what comes next.
package struct RunHistory: Sendable {
  /// A run that has ended.
  package struct Run: Sendable {
    package var end: RunEnd
    package var duration: Duration
  }

  /// What comes next.
  package enum Next: Equatable, Sendable {
    /// The job is complete, failed or was interrupted.
    case stop
    /// It has to be run again, and mpi-restart is not to do it.
    case leave
    /// It is started again. The number of the restart; nil if it does not count as one.
    case restart(Int?)
    /// It is given up, for this reason.
    case giveUp(String)
  }

  private let policy: RestartPolicy
  /// The runs, in order.
  package private(set) var runs: [Run] = []
  /// The number of restarts after losses.
  package private(set) var restarts = 0
  private var counts: [RunEnd: Int] = [:]

  package init(policy: RestartPolicy) { self.policy = policy }

  /// Decides what comes after a run.
  package mutating func next(after end: RunEnd, lasting duration: Duration) -> Next {
    runs.append(Run(end: end, duration: duration))
    switch end {
    case .complete, .interrupted: return .stop
    case .failed(let status) where !policy.restartStatuses.contains(status): return .stop
    case .runAgain where !policy.runsAgain: return .leave
    case .runAgain where duration >= policy.progress: return .restart(nil)
    default: break
    }
    counts[end, default: 0] += 1
    if counts[end, default: 0] >= policy.same {
      return .giveUp("the same thing happened \(countWords(policy.same, "time", "times"))")
    }
    guard restarts < policy.restarts else {
      return .giveUp("it was restarted \(countWords(policy.restarts, "time", "times"))")
    }
    restarts += 1
    return .restart(restarts)
  }

  /// A line for each run.
  package var summary: [String] {
    runs.enumerated().map { "run \($0.offset + 1) \($0.element.end.words) after \(durationWords($0.element.duration))" }
  }
}

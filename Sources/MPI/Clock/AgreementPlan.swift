// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// When the ranks that ask ``Communicator/isTimeUp`` agree, and what they have agreed on.
///
/// Calls are numbered. At some of them all ranks exchange what they know, and each draws the same conclusions from the
/// same numbers: whether time is up, and at which call they exchange again. Between two of these the answer is no,
/// which needs no message. It knows neither messages nor clocks.
package struct AgreementPlan: Sendable, Hashable {
  /// What a rank contributes. Of each number the smallest of all ranks counts.
  package struct Report: Sendable, Hashable {
    /// What is left until the job ends, in seconds; infinity if the rank knows of no end.
    package var left = Double.infinity
    /// The signals that have come, as a number that is smaller the more they are: 0 for none.
    package var signals = 0.0
    /// How long before the end time is up, in seconds, negative.
    package var reserve = 0.0
    /// What a call took since the last exchange, with all between two calls, in seconds, negative.
    package var step = 0.0

    package init() {}

    /// As they travel.
    package var numbers: [Double] {
      get { [left, signals, reserve, step] }
      set { (left, signals, reserve, step) = (newValue[0], newValue[1], newValue[2], newValue[3]) }
    }
  }

  /// How often the ranks exchange what they know, in seconds, unless a step takes longer.
  package static let interval = 1.0

  /// How many calls there were.
  package private(set) var calls = 0
  /// The number of the call at which the ranks exchange next.
  package private(set) var next = 1
  /// How many calls there were from the last exchange to the one before it.
  private var distance = 0
  /// What a step takes, in seconds: the longest of late.
  private var step = 0.0
  /// Whether time is up, by agreement.
  package private(set) var isUp = false

  package init() {}

  /// Counts a call.
  ///
  /// - Returns: whether the ranks exchange what they know at it.
  package mutating func isDue() -> Bool {
    guard !isUp else { return false }
    calls += 1
    return calls == next
  }

  /// How many calls there were since the last exchange.
  package var callsSince: Int { distance }

  /// Draws the conclusions of an exchange.
  package mutating func conclude(_ all: Report) {
    let (left, reserve) = (all.left, -all.reserve)
    // A slow step is remembered for some exchanges.
    step = max(-all.step, 0.9 * step)
    // A step that begins now must end before time is up.
    isUp = all.signals < 0 || left - reserve <= step
    guard !isUp else { return }
    // The nearer the end, the more often.
    let pause = min(Self.interval, (left - reserve - step) / 4)
    let wanted = step > 0 ? pause / step : 1
    // No more than twice as many as before, because the steps that come may take longer.
    distance = max(1, Int(min(wanted, Double(2 * distance + 1))))
    next = calls + distance
  }
}

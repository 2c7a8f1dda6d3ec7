// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The last report of a rank, or of a node, to its coordinator, which decides whether a new one is needed.
package struct LoopReporting: Sendable {
  private let schedule: LoopSchedule
  private var last: LoopCoordinator.Report?
  /// How many blocks the coordinator knows to be given to it.
  private var given = 0
  /// Whether it was answered that there is nothing to give, and a block was on its way.
  private var isThoughtEmpty = false
  /// When a report was last due, whether there was anything to report or not.
  private var lastTime: Int

  /// How long the thread that called rests at most while others compute, after so much of the loop; in nanoseconds.
  ///
  /// Each look for messages costs a compute thread some 10 µs of its core; a rank that asks for work waits for it, and
  /// where one node asks another, for two.
  package static func longestRest(after elapsed: Int, nodes: Int) -> Int {
    min(nodes > 1 ? 1_000_000 : 2_000_000, max(20_000, elapsed / 64))
  }

  package init(_ schedule: LoopSchedule, now: Int = 0) {
    self.schedule = schedule
    lastTime = now
  }

  /// Whether the coordinator must receive it.
  package func mustSay(_ report: LoopCoordinator.Report) -> Bool {
    if report.hasFailed && last?.hasFailed != true { return true }
    if report.level == .idle {
      return last?.level != .idle || last?.done != report.done || last?.received != report.received
        || last?.hasStopped != report.hasStopped || last?.chunkMessages != report.chunkMessages
    }
    guard schedule == .adaptive else { return false }
    // A block that was on its way has come.
    if isThoughtEmpty && report.level < .dry { return true }
    let before = last.map { $0.received == report.received ? $0.level : .working } ?? .working
    // Less than before; or more, put back by a thread.
    if report.level > before || (report.level < .dry && before >= .dry) { return true }
    // Or it takes far longer than was thought.
    return before == .low && report.level == .working && report.time > 4 * (last?.time ?? 0)
  }

  /// How often a report is made although none is needed, in nanoseconds, as is `now`.
  package mutating func isTimeToSay(_ report: LoopCoordinator.Report, now: Int, pause: Int) -> Bool {
    guard now - lastTime > pause else { return false }
    lastTime = now
    return report.done != (last?.done ?? 0)
  }

  /// Whether it is to be reported now, because the coordinator needs it, or has had no report for long; the more ranks
  /// there are, the longer that is. Then it is noted as reported.
  mutating func isDue(_ report: LoopCoordinator.Report, now: Int, ranks: Int) -> Bool {
    guard mustSay(report) || isTimeToSay(report, now: now, pause: 100_000_000 + 50_000 * ranks) else { return false }
    said(report)
    return true
  }

  /// Notes that it was reported.
  package mutating func said(_ report: LoopCoordinator.Report) {
    last = report
    if report.level < .dry { isThoughtEmpty = false }
  }

  /// Notes a request to give, by a coordinator that knows of this many blocks given to it.
  package mutating func asked(given: Int) { self.given = max(self.given, given) }

  /// Notes that it was answered that there is nothing to give, when so many blocks had come.
  package mutating func gaveNothing(received: Int) { isThoughtEmpty = received < given }

  /// Notes that a block was given away: that little was left is known, and now it is less.
  package mutating func gave() { last?.level = .working }
}

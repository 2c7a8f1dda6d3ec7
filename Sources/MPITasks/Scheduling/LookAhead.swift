// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// How far ahead of the results a call takes its input.
///
/// It begins small, because a task may hold much memory, and doubles until all threads have enough to do while more is
/// taken, and for short tasks whenever they have run dry all the same.
struct LookAhead: Sendable {
  /// The most inputs that are taken ahead unless the program sets another number.
  static let largest = 65_536
  /// Up to how many seconds a task is short.
  private static let short = 1e-3
  /// How much is taken ahead, in seconds for all threads: for each of them a batch that it works at, two in hand, and
  /// as much as four that wait, so that not even with a quarter less the batches are small already.
  private static func enough(threads: Int) -> Double { 7 * BatchSize.target(threads: threads) * Double(threads) }
  /// If tasks are large, the bytes up to which more are taken ahead.
  private static let bytes = 64 << 20

  /// How many inputs are in flight at most: waiting, running, or done and not yet handed out.
  private(set) var count: Int
  private let limit: Int

  /// - Parameters:
  ///   - threads: how many threads there are on all ranks.
  ///   - fixed: the number that the program sets.
  init(threads: Int, fixed: Int?) {
    limit = max(1, fixed ?? Self.largest)
    count = min(limit, max(8, 4 * threads))
  }

  /// Notes how many threads there are by now: ranks may come late.
  mutating func widen(to threads: Int) { count = max(count, min(limit, 4 * threads)) }

  /// How many tasks should be over before more are taken, if nothing else waits for their results: with three quarters
  /// with many in flight no worker runs out of tasks meanwhile.
  func worthTaking(threads: Int) -> Int { count < 4 * threads ? 1 : count / 4 }

  /// Grows if that is of use.
  ///
  /// - Parameters:
  ///   - ranDry: whether all that was taken was also given out.
  ///   - taskSeconds: how long a task takes; nil if that isn't known.
  ///   - taskBytes: how many bytes a task or its result has if it is sent; 0 if that isn't known.
  ///   - threads: how many threads there are on all ranks.
  mutating func grow(ranDry: Bool, taskSeconds: Double?, taskBytes: Int, threads: Int) {
    guard let taskSeconds, 2 * count * taskBytes <= Self.bytes else { return }
    if ranDry && taskSeconds < Self.short || Double(count) * taskSeconds < Self.enough(threads: threads) {
      count = min(limit, 2 * count)
    }
  }
}

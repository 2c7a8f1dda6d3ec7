// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// How many tasks of a call go together, by how long they have taken.
///
/// Tasks go in batches of some milliseconds while many are left, so that what a batch costs is little beside them, and
/// in smaller and smaller ones toward the end, the last one by one, so that all threads end at the same time.
struct BatchSize: Sendable {
  /// How long a batch should take, in seconds.
  ///
  /// If the thread that calls MPI has no core of its own, a batch and its results cost each of the two ranks some 25 µs
  /// of computing time: a hundredth of both, at most. Rank 0 spends some 15 µs on each batch: together less than all of
  /// its time, however many threads there are.
  static func target(threads: Int) -> Double { 4e-3 + 20e-6 * Double(threads) }
  /// The most tasks in a batch.
  static let limit = 4096
  /// The most bytes of tasks, or of results, in a batch of several: longer messages cost no less for each byte, and
  /// while one is on its way the next can be encoded.
  static let bytes = 1 << 20

  /// How long a task takes, in seconds, rather too long than too short; nil before the first has completed.
  private(set) var seconds: Double?
  /// How long the last tasks have taken on average, in seconds; nil before the first has completed.
  private(set) var mean: Double?
  /// How many tasks that is an average of.
  private var known = 0.0
  private static let memory = 64.0
  /// The largest batch that has come back; the next is a few times as large at most, because the first tasks may differ
  /// from the next.
  private var largest = 1

  /// - Parameter seconds: how long such a task took before; nil if that is not known.
  init(seconds: Double? = nil) {
    self.seconds = seconds
    mean = seconds
  }

  /// Notes a batch that came back.
  mutating func record(count: Int, seconds total: Double) {
    guard count > 0 else { return }
    let each = total / Double(count)
    // What takes longer counts at once, what takes less gradually: one batch too small is cheap, one too large is not.
    seconds = seconds.map { each > $0 ? each : 0.7 * $0 + 0.3 * each } ?? each
    known = min(Self.memory, known + Double(count))
    mean = mean.map { $0 + (each - $0) * min(1, Double(count) / known) } ?? each
    largest = max(largest, count)
  }

  /// The size of the next batch, 1 at least.
  ///
  /// - Parameters:
  ///   - waiting: how many tasks are there to be taken.
  ///   - threads: how many threads there are on all ranks.
  ///   - taskBytes: how many bytes a task or its result has if it is sent; 0 if that isn't known.
  func next(waiting: Int, threads: Int, taskBytes: Int = 0) -> Int {
    guard let mean else { return 1 }
    let wanted = mean > 0 ? min(Self.target(threads: threads) / mean, Double(Self.limit)) : Double(Self.limit)
    // Half of what is left for each thread: toward the end batches get smaller.
    let share = waiting / (2 * max(1, threads))
    return max(1, min(Int(wanted), 8 * largest, share, Self.bytes / max(1, taskBytes)))
  }
}

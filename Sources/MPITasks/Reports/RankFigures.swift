// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What a rank has done in a pool or a loop, in numbers.
struct RankFigures: Sendable, Equatable {
  /// What it is called in the table; nil for its number.
  var name: String?
  var host: String
  var threads = 0
  /// The number of tasks that it ran, including those that failed.
  var tasks = 0
  var failed = 0
  /// How long its threads ran tasks, in seconds.
  var busy = 0.0
  /// The longest task, in seconds; of tasks that went together, their mean.
  var longest = 0.0
  /// The bytes that it was sent, and that it sent.
  var received = 0
  var sent = 0

  init(host: String) { self.host = host }

  mutating func add(tasks count: Int, failed failures: Int, seconds: Double) {
    guard count > 0 else { return }
    tasks += count
    failed += failures
    busy += seconds
    longest = max(longest, seconds / Double(count))
  }
}

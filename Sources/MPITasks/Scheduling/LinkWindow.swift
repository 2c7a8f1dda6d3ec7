// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What is in flight to one worker, and whether it should get more.
///
/// A worker that has a batch in hand while it works at another does not wait for a round trip. Each has two batches for
/// every thread, and more if enough is left; toward the end one that has none to spare gets the last ones. As long as
/// it is not known how long a task takes, each thread has one.
struct LinkWindow: Sendable {
  /// How long the work in flight should last at least, in seconds for each thread: a batch that it works at and one in
  /// hand are too little.
  ///
  /// A round trip takes some microseconds, but the threads that talk have no core of their own, here and there: both
  /// sleep while there is enough to do, and wait for the compute threads to let them run, each for a millisecond or
  /// two. Meanwhile a batch of tasks of different lengths may be over long before it was expected to be.
  ///
  /// - Parameter allThreads: how many threads there are on all ranks.
  static func reserve(allThreads: Int) -> Double { 2.5 * BatchSize.target(threads: allThreads) }
  /// The duration in seconds from which a task is long: no thread keeps one waiting while others are idle.
  static let long = 400e-6

  /// The compute threads of the worker; 0 before it has reported them.
  var threads = 0
  /// The batches in flight.
  private(set) var batches = 0
  /// The tasks in flight.
  private(set) var tasks = 0
  /// How long they will take, as far as that is known, in seconds for one thread.
  private(set) var seconds = 0.0
  /// Of the tasks in flight, those that wait for tasks that they have submitted, and don't keep a thread.
  var suspended = 0

  /// When it will be through with all of them, in seconds.
  private var end = 0.0

  /// Notes a batch that goes out.
  mutating func add(tasks count: Int, seconds expected: Double, at now: Double) {
    batches += 1
    tasks += count
    seconds += expected
    end = max(end, now) + expected / Double(max(1, threads))
  }

  /// Notes a batch that came back.
  mutating func remove(tasks count: Int, seconds expected: Double, at now: Double) {
    batches -= 1
    tasks -= count
    seconds = batches == 0 ? 0 : max(0, seconds - expected)
    // It may have completed sooner than estimated, or later; how far the others are is not known.
    end = now + seconds / Double(max(1, threads))
  }

  /// Notes that so many tasks of a batch were given back that stays in flight.
  mutating func shorten(tasks count: Int, seconds expected: Double, at now: Double) {
    tasks -= count
    seconds = max(0, seconds - expected)
    end = now + seconds / Double(max(1, threads))
  }

  /// Whether it should get another batch.
  ///
  /// - Parameters:
  ///   - waiting: how many tasks are there to be taken.
  ///   - allThreads: how many threads there are on all ranks.
  ///   - taskSeconds: how long a task takes; nil if that isn't known.
  func wantsMore(waiting: Int, allThreads: Int, taskSeconds: Double?) -> Bool {
    guard threads > 0 else { return false }
    let active = batches - suspended
    if active < threads { return true }
    // As long as the length of tasks is not known, none waits behind another.
    guard let taskSeconds else { return false }
    // No worker hoards the last long ones.
    if waiting <= allThreads, taskSeconds > Self.long { return false }
    if active < 2 * threads { return true }
    // Nor more than half of what is left for each thread.
    let reserve = Self.reserve(allThreads: allThreads)
    let left = taskSeconds * Double(waiting) / Double(2 * allThreads)
    return seconds < min(reserve, left) * Double(threads) && batches < 16 * threads
  }

  /// For how many seconds it has enough to do, as far as that is known.
  func secondsInHand(at now: Double) -> Double { max(0, end - now) }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Runs a body whose loops and pools stop in time: when the time of the job is up, loops throw `JobTimeUp` on every rank,
/// and calls of pools on rank 0.
///
/// ```swift
/// try stoppingInTime {
///   try world.forEach(0..<frames) { frame in try render(frame, to: "frame-\(frame).png") }
/// }
/// ```
///
/// Time is up when the time limit of the job is near, or when a signal with notice has come to any rank: see
/// `JobClock`. Then no index begins that, by the times that were measured, could not end in time. What runs is awaited,
/// and the loop throws `JobTimeUp`, which has how many indices are left. If that leaves `withMPI`, the job ends with
/// the status 75, by which a batch script puts it back.
///
/// **A loop stops only in such a body.** What a loop has computed is lost when it throws. A loop that is ended by the
/// limit loses the same, but may as well be done just in time; so the program has to ask for it. It does so if what is
/// done is kept elsewhere: in files, as above, or in a store of results.
///
/// In a pool no task begins that could not end in time; what runs is awaited until half of `JobClock.reserve` is left, or
/// for 20 seconds if no limit is known; then all calls of the pool throw `JobTimeUp`, and so does the body if it lets
/// that pass. Results that the body has by then it may keep: those of `unordered`, for example.
///
/// A pool also stops in time, without this, once a call of it has a store of results.
///
/// All ranks call it, with the same loops and pools. A loop in it costs each rank one small message more, and does not take the
/// short way of loops that take some microseconds.
///
/// - Parameter body: loops, and what is between them.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; loops in it `JobTimeUp`, on every rank.
public func stoppingInTime<Result>(_ body: () throws -> Result) rethrows -> Result {
  try StoppingInTime.$isOn.withValue(true) { try body() }
}

/// Runs an asynchronous body whose loops and pools stop in time. See the other form.
///
/// ```swift
/// try await stoppingInTime {
///   try await withTaskPool { pool in
///     for try await (task, _) in pool.unordered(tasks) { try save(task) }
///   }
/// }
/// ```
///
/// - Parameter body: loops and pools, and what is between them.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; `JobTimeUp`.
public nonisolated(nonsending) func stoppingInTime<Result>(
  _ body: nonisolated(nonsending) () async throws -> Result
) async rethrows -> Result {
  try await StoppingInTime.$isOn.withValue(true) { try await body() }
}

/// Whether loops and pools that begin here stop in time.
enum StoppingInTime {
  @TaskLocal static var isOn = false
}

/// What a rank knows when it finds that time is up, for rank 0.
struct LoopTimeUp: BitwiseCopyable {
  /// The signals that have come.
  var signals: UInt32
  /// How many nanoseconds are left until the job is ended; `.max` if that is not known.
  var left: Int

  /// What this rank knows now.
  init() {
    signals = JobClock.signal?.rawValue ?? 0
    left = JobClock.nanosecondsLeft ?? .max
  }

  /// What a loop throws that stops in time.
  ///
  /// - Parameter done: how many indices of the loop's are done.
  func error(_ job: LoopJob, done: Int) -> JobTimeUp {
    JobTimeUp(
      signals == 0 ? .limit : .signal(JobSignals(rawValue: signals)), nanosecondsLeft: left == .max ? nil : left,
      remaining: job.indices - job.programCount(done), of: job.items == nil ? "indices" : "items")
  }
}

extension LoopJob {
  /// Whether an index may begin: it ends before time is up, if it takes no longer than those before it by more than a
  /// quarter.
  ///
  /// - Parameter cost: what an index took of late, in nanoseconds; 0 if that is not known.
  func mayBegin(cost: Double, now: Int) -> Bool { !stopsInTime || JobClock.mayBegin(lasting: 1.25 * cost, now: now) }

  /// Runs a chunk as far as its indices end in time. A chunk that the root hands out may be long, so the first index is
  /// measured by itself.
  ///
  /// - Parameter now: when it begins.
  func runInTime(_ chunk: inout LoopChunk, now: Int) throws {
    let end = chunk.end
    var (size, before) = (1, now)
    while chunk.next < end, !chunk.mustStop {
      let first = chunk.next
      chunk.end = size < end - first ? first + size : end
      try run(&chunk)
      let now = monotonicNanoseconds()
      // What is left is put back, and no thread takes it.
      guard mayBegin(cost: Double(now - before) / Double(max(1, chunk.next - first)), now: now) else { return }
      if now - before < 1_000_000 { size *= 2 }
      before = now
    }
  }
}

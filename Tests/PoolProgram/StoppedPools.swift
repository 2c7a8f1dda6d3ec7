// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPITasks

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Takes some time, and sends its rank, or the rank that has started its process, a signal.
struct StopWarning: ContextPoolTask {
  var isInProcess: Bool
  func run(in context: TaskContext) -> Int {
    sleep(milliseconds: 30)
    _ = Foundationless.kill(isInProcess ? getppid() : getpid(), SIGUSR1)
    return context.rank
  }
}

/// Pools that stop in time. `StoppedPoolTests` launches them.
enum StoppedPools {
  static func run(_ mode: String) async throws {
    JobClock.reserve = .milliseconds(200)
    switch mode {
    case "limit":
      // Tasks of 5 ms, for longer than there is time.
      try await stopped(after: .milliseconds(900), (0..<20_000).map { _ in Nap(milliseconds: 5) })
    case "long":
      // None of half a second begins that could not end; those that have begun are awaited.
      try await stopped(after: .milliseconds(2900), (0..<200).map { _ in Nap(milliseconds: 500) })
    case "signal":
      let isInProcess = environmentVariable("MPI_TASKS_ISOLATION") == "process"
      try await stoppingInTime {
        try await withTaskPool(progress: .never) { pool in
          // One comes to each rank, in turn.
          async let all = pool.map((0..<20_000).map { _ in Nap(milliseconds: 5) })
          async let warning = pool.run(StopWarning(isInProcess: isInProcess), priority: 1)
          do {
            _ = try await warning
            _ = try await all
          } catch let timeUp as JobTimeUp {
            print(timeUp.reason, (timeUp.remaining ?? 0) > 0)
            throw timeUp
          }
        }
      }
    case "waiting":
      // Tasks that wait for tasks which can't begin any more don't hold it up.
      JobClock.limit(to: .milliseconds(900))
      try await stoppingInTime {
        try await withTaskPool(progress: .never) { pool in _ = try await pool.run(Tree(depth: 9, milliseconds: 50)) }
      }
    case "done":
      JobClock.limit(to: .seconds(300))
      try await stoppingInTime {
        try await withTaskPool(progress: .never) { pool in
          print(try await pool.map((0..<100).map { _ in Nap(milliseconds: 1) }).count)
        }
      }
    case "not asked":
      JobClock.limit(to: .zero)
      try await withTaskPool(progress: .never) { pool in
        print(try await pool.map((0..<100).map { _ in Nap(milliseconds: 1) }).count)
      }
    default: preconditionFailure("unknown")
    }
  }

  /// Has tasks run until it is stopped, a time after the first result, and prints whether each that has ended was handed
  /// over.
  private static func stopped(after time: Duration, _ tasks: [Nap]) async throws {
    try await stoppingInTime {
      try await withTaskPool(progress: .never) { pool in
        var ended = 0
        do {
          for try await _ in pool.unordered(tasks) {
            if ended == 0 { JobClock.limit(to: time) }
            ended += 1
          }
        } catch let timeUp as JobTimeUp {
          let left = timeUp.remaining ?? 0
          print(timeUp.reason, ended > 0, left > 0, ended + left == tasks.count ? "all" : "\(ended) and \(left)")
          throw timeUp
        }
      }
    }
  }
}

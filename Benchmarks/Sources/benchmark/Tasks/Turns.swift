// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Foundation
import MPI
import MPITasks

// How the numbers about tasks are taken: by turns, on all ranks at once.

/// One of several ways to do the same.
struct Way {
  var form: String
  /// Does it, on every rank, and says how long it took: what the root says counts.
  var seconds: () async throws -> Double
}

/// Does the same in several ways, by turns, in an order that turns around each time.
///
/// - Returns: for each way the seconds of each repeat, on the root.
func inTurns(_ repeats: Int, _ ways: [Way]) async throws -> [[Double]] {
  var seconds: [[Double]] = Array(repeating: [], count: ways.count)
  for repetition in 0..<repeats {
    for step in ways.indices {
      let place = (step + repetition / 2) % ways.count
      let way = repetition.isMultiple(of: 2) ? place : ways.count - 1 - place
      seconds[way].append(try await ways[way].seconds())
    }
  }
  return seconds
}

/// How long something takes that all ranks do.
func together(_ world: Communicator, _ body: () throws -> Void) throws -> Double {
  try world.barrier()
  let start = MPIEnvironment.wallTime
  try body()
  return MPIEnvironment.wallTime - start
}

/// How long something takes that the root does alone, while the others sleep.
func alone(_ world: Communicator, _ body: () throws -> Void) throws -> Double {
  let start = MPIEnvironment.wallTime
  if world.isRoot { try body() }
  let took = MPIEnvironment.wallTime - start
  var end = try world.nonblocking.barrier()
  while try !end.test() { usleep(500) }
  try end.wait()
  return took
}

/// How long something takes that the root has a pool do, which is there already.
func pooled(
  _ world: Communicator, _ body: nonisolated(nonsending) (TaskPool) async throws -> Void
) async throws -> Double {
  try await withTaskPool(on: world, progress: .never) { pool in
    try await allRanksAreThere(pool)
    let start = MPIEnvironment.wallTime
    try await body(pool)
    return MPIEnvironment.wallTime - start
  } ?? 0
}

/// Waits until all ranks of a pool take tasks.
func allRanksAreThere(_ pool: TaskPool) async throws {
  while pool.threadCount < pool.rankCount { try await Task.sleep(for: .microseconds(100)) }
}

/// A result is not what it must be.
struct WrongTask: Error, CustomStringConvertible {
  var description: String
}

/// Throws if a result is wrong.
func require(_ isRight: Bool, _ what: String) throws {
  if !isRight { throw WrongTask(description: "\(what) has a wrong result") }
}

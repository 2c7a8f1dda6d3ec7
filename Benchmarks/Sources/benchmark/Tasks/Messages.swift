// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import CKernels
import Foundation
import MPI
import MPITasks
import Synchronization

/// How many bytes a long message has.
private let length = 8_000_000

/// A task with a long argument.
struct LongArgumentTask: PoolTask {
  var values: [Double]
  func run() -> Double { values[0] + values[values.count - 1] }
}

/// A task with a long result.
struct LongResultTask: PoolTask {
  var count: Int
  func run() -> [Double] { [Double](repeating: 1, count: count) }
}

/// How fast long arguments and results travel, beside the same messages in C.
func measureMessages(_ world: Communicator, _ load: TaskLoad) async throws -> [TaskFigure] {
  let count = length / 8
  let argument = [Double](repeating: 1, count: count)
  let work = Workload<UInt8>(world, bytes: length)
  let ways = [
    Way(form: "ping-pong in C") {
      try together(world) { c_ping_pong(work.job, load.messages) } / Double(2 * load.messages)
    },
    Way(form: "pool.map") {
      try await onWorkers(world) { pool in
        let outputs = try await pool.map((0..<load.messages).lazy.map { _ in LongArgumentTask(values: argument) })
        try require(outputs == Array(repeating: 2, count: load.messages), "tasks with long arguments")
      } / Double(load.messages)
    },
    Way(form: "pool.unordered") {
      try await onWorkers(world) { pool in
        var sum = 0.0
        for try await (_, output) in pool.unordered((0..<load.messages).lazy.map { _ in LongResultTask(count: count) })
        {
          sum += output[0] + Double(output.count)
        }
        try require(sum == Double(load.messages * (1 + count)), "tasks with long results")
      } / Double(load.messages)
    },
  ]
  let seconds = try await inTurns(load.repeats, ways)
  guard world.isRoot else { return [] }
  let whats = ["8 MB, both ways", "8 MB, argument", "8 MB, result"]
  let rates = zip(zip(whats, ways), seconds).map { way, seconds in
    TaskFigure(.messages, way.0, way.1.form, Summary(seconds.map { Double(length) / $0 / 1e9 }), unit: "GB/s")
  }
  let shares = zip(zip(whats, ways), seconds).dropFirst().map { way, own in
    TaskFigure(
      .messages, "\(way.0), share of C's bandwidth", way.1.form, Summary(zip(seconds[0], own).map { $0 / $1 }), aim: 0.5
    )
  }
  return rates + shares
}

/// Keeps the thread that runs it on rank 0 until it is told to let go; does nothing elsewhere.
struct HoldTask: ContextPoolTask {
  fileprivate static let isHeld = Atomic<Bool>(false)
  fileprivate static let letsGo = Atomic<Bool>(false)

  func run(in context: TaskContext) -> Bool {
    guard context.rank == 0 else { return false }
    Self.isHeld.store(true, ordering: .releasing)
    while !Self.letsGo.load(ordering: .acquiring) { usleep(1000) }
    return true
  }
}

/// How long the other ranks take for tasks, rank 0's only compute thread being kept from them.
func onWorkers(
  _ world: Communicator, _ body: nonisolated(nonsending) (TaskPool) async throws -> Void
) async throws -> Double {
  try await withTaskPool(on: world, threads: 1, progress: .never) { pool in
    try await allRanksAreThere(pool)
    HoldTask.isHeld.store(false, ordering: .releasing)
    HoldTask.letsGo.store(false, ordering: .releasing)
    let holder = Task { while try await !pool.run(HoldTask()) {} }
    while !HoldTask.isHeld.load(ordering: .acquiring) { try await Task.sleep(for: .microseconds(100)) }
    defer { HoldTask.letsGo.store(true, ordering: .releasing) }
    let start = MPIEnvironment.wallTime
    try await body(pool)
    let took = MPIEnvironment.wallTime - start
    HoldTask.letsGo.store(true, ordering: .releasing)
    try await holder.value
    return took
  } ?? 0
}

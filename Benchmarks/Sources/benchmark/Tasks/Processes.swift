// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Foundation
import MPI
import MPITasks

/// A task that takes a time of its process's core.
struct SpinningTask: PoolTask {
  var seconds: Double
  func run() {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {}
  }
}

/// A task of 20 ms that kills its process if it is asked to and a file is there, which it removes before.
struct DyingTask: PoolTask {
  var file: String
  func run() {
    usleep(20_000)
    if !file.isEmpty, unlink(file) == 0 { kill(getpid(), SIGKILL) }
  }
}

/// Keeps what runs it on rank 0 until it is canceled; does nothing elsewhere.
struct KeepTask: ContextPoolTask {
  func run(in context: TaskContext) {
    while context.rank == 0, !context.isCancelled { usleep(1000) }
  }
}

/// What task processes cost.
func measureProcesses(_ world: Communicator, _ load: TaskLoad) async throws -> [TaskFigure] {
  let places: [(name: String, isolation: TaskIsolation)] = [("threads", .thread), ("processes", .process)]
  let many = load.tasks
  let array = (0..<many).map { PlainTask(number: $0) }
  let count = 1_000_000
  let argument = [Double](repeating: 1, count: count)
  let file = NSTemporaryDirectory() + "dying-task-\(getpid())"

  func inPool(
    _ isolation: TaskIsolation, _ body: nonisolated(nonsending) (TaskPool) async throws -> Void
  ) async throws -> Double {
    try await withTaskPool(on: world, threads: 1, isolation: isolation, progress: .never) { pool in
      try await allRanksAreThere(pool)
      // Processes have begun as well.
      _ = try await pool.map((0..<200).map { _ in SpinningTask(seconds: 200e-6) })
      let start = MPIEnvironment.wallTime
      try await body(pool)
      return MPIEnvironment.wallTime - start
    } ?? 0
  }
  /// As ``inPool``, with the tasks on other ranks than 0.
  func onOthers(
    _ isolation: TaskIsolation, _ body: nonisolated(nonsending) (TaskPool) async throws -> Void
  ) async throws -> Double {
    try await withTaskPool(on: world, threads: 1, isolation: isolation, progress: .never) { pool in
      try await allRanksAreThere(pool)
      _ = try await pool.map((0..<200).map { _ in SpinningTask(seconds: 200e-6) })
      let keeper = Task { while !Task.isCancelled { try await pool.run(KeepTask()) } }
      try await Task.sleep(for: .milliseconds(50))
      let start = MPIEnvironment.wallTime
      try await body(pool)
      let took = MPIEnvironment.wallTime - start
      keeper.cancel()
      _ = await keeper.result
      return took
    } ?? 0
  }

  var rows: [(what: String, unit: String, amount: Double, ways: [Way])] = []
  func add(
    _ what: String, _ unit: String, _ amount: Double,
    _ seconds: @escaping (TaskIsolation) async throws -> Double
  ) {
    let ways = places.map { place in Way(form: place.name) { try await seconds(place.isolation) } }
    rows.append((what, unit, amount, ways))
  }
  add("tasks that do nothing, all at once", "tasks/s", Double(many)) { isolation in
    try await inPool(isolation) { pool in
      try require(try await pool.map(array).count == many, "tasks that do nothing")
    }
  }
  add("tasks that do nothing, each in a message of its own", "tasks/s", Double(many / 10)) { isolation in
    try await inPool(isolation) { pool in
      let outputs = try await pool.map(array.prefix(many / 10).lazy.map { $0 }, timeout: .seconds(60))
      try require(outputs.count == many / 10, "tasks that do nothing")
    }
  }
  add("tasks of 1 ms", "tasks/s", Double(load.millisecondTasks)) { isolation in
    try await inPool(isolation) { pool in
      _ = try await pool.map((0..<load.millisecondTasks).map { _ in SpinningTask(seconds: 1e-3) })
    }
  }
  add("8 MB, argument", "GB/s", 8e-3 * Double(load.messages)) { isolation in
    try await onOthers(isolation) { pool in
      let outputs = try await pool.map((0..<load.messages).lazy.map { _ in LongArgumentTask(values: argument) })
      try require(outputs == Array(repeating: 2, count: load.messages), "tasks with long arguments")
    }
  }
  add("8 MB, result", "GB/s", 8e-3 * Double(load.messages)) { isolation in
    try await onOthers(isolation) { pool in
      var sum = 0.0
      for try await (_, output) in pool.unordered((0..<load.messages).lazy.map { _ in LongResultTask(count: count) }) {
        sum += output[0] + Double(output.count)
      }
      try require(sum == Double(load.messages * (1 + count)), "tasks with long results")
    }
  }
  add("a pool of one task", "s", 1) { isolation in
    let start = MPIEnvironment.wallTime
    try await withTaskPool(on: world, threads: 1, isolation: isolation, progress: .never) { pool in
      try await pool.run(SpinningTask(seconds: 0))
    }
    return MPIEnvironment.wallTime - start
  }

  var figures: [TaskFigure] = []
  for row in rows {
    let seconds = try await inTurns(load.repeats, row.ways)
    guard world.isRoot else { continue }
    for (way, own) in zip(row.ways, seconds) {
      figures.append(
        TaskFigure(
          .processes, row.what, way.form, Summary(own.map { row.unit == "s" ? $0 : row.amount / $0 }), unit: row.unit,
          wantsLittle: row.unit == "s"))
    }
    if row.unit != "s" {
      let shares = zip(seconds[0], seconds[1]).map { $0 / $1 }
      let aim = row.what.hasPrefix("8 MB") ? 0.9 : row.what.hasSuffix("1 ms") ? 0.98 : nil
      figures.append(TaskFigure(.processes, "\(row.what), share of threads", "processes", Summary(shares), aim: aim))
    }
  }
  var finished: [Double] = []
  let deaths = try await inTurns(
    load.repeats,
    ["", file].map { file in
      Way(form: file) {
        try await inPool(.process) { pool in
          if !file.isEmpty { _ = FileManager.default.createFile(atPath: file, contents: nil) }
          let results = try await pool.mapResults((0..<20).map { _ in DyingTask(file: file) })
          if !file.isEmpty { finished.append(Double(results.count { (try? $0.get()) != nil })) }
        }
      }
    })
  if world.isRoot {
    let lost = zip(deaths[0], deaths[1]).map { max(0, $1 - $0 - 0.020) }
    figures.append(
      TaskFigure(
        .processes, "results of 20 tasks, one of which kills its process", "processes", Summary(finished), aim: 20))
    figures.append(
      TaskFigure(
        .processes, "lost by the death of a process", "processes", Summary(lost), unit: "s", aim: 0.05,
        wantsLittle: true))
  }
  return figures
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Foundation
import MPI
import MPITasks

/// How long the process that runs it has computed, in seconds.
struct ProcessorTimeTask: PoolTask {
  func run() -> Double { processorSeconds() }
}

/// Computes for some seconds.
struct BusyTask: PoolTask {
  var seconds: Double
  func run() -> Bool {
    let end = MPIEnvironment.wallTime + seconds
    while MPIEnvironment.wallTime < end { _ = spun(1000) }
    return true
  }
}

/// What processes take of a core that have nothing to do.
func measureWaiting(_ world: Communicator, _ load: TaskLoad) async throws -> [TaskFigure] {
  var (worker, root, loop): ([Double], [Double], [Double]) = ([], [], [])
  let length = load.waiting
  for _ in 0..<load.repeats {
    _ = try await onWorkers(world) { pool in
      _ = try await pool.run(ProcessorTimeTask())
      try await Task.sleep(for: .milliseconds(100))
      let (start, before) = (MPIEnvironment.wallTime, try await pool.run(ProcessorTimeTask()))
      try await Task.sleep(for: .seconds(length))
      let after = try await pool.run(ProcessorTimeTask())
      worker.append(100 * (after - before) / (MPIEnvironment.wallTime - start))
    }
    _ = try await onWorkers(world) { pool in
      async let busy = pool.run(BusyTask(seconds: length + 0.15))
      try await Task.sleep(for: .milliseconds(100))
      let (start, before) = (MPIEnvironment.wallTime, processorSeconds())
      try await Task.sleep(for: .seconds(length))
      root.append(100 * (processorSeconds() - before) / (MPIEnvironment.wallTime - start))
      _ = try await busy
    }
    // The root computes the only index; the others wait from the beginning on.
    let before = processorSeconds()
    let took = try together(world) { try world.forEach(0..<1) { _ in usleep(UInt32(length * 1e6)) } }
    let own = 100 * (processorSeconds() - before) / took
    loop.append(try world.allReduce(world.isRoot ? 0 : own, .sum) / Double(world.size - 1))
  }
  guard world.isRoot else { return [] }
  func figure(_ what: String, _ form: String, _ values: [Double]) -> TaskFigure {
    TaskFigure(.waiting, what, form, Summary(values), unit: "%", aim: 5, wantsLittle: true)
  }
  return [
    figure("a worker without a task", "pool", worker), figure("rank 0 while others compute", "pool", root),
    figure("a rank that has nothing left", "world.forEach", loop),
  ]
}

/// How long this process has computed, in seconds.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Foundation
import MPI
import MPITasks
import Synchronization

/// What many tasks take of rank 0's memory.
func measureMemory(_ world: Communicator, _ load: TaskLoad) async throws -> [TaskFigure] {
  let count = load.tasksInMemory
  var figures: [TaskFigure] = []
  _ = try await pooled(world) { pool in
    let taken = Atomic<Int>(0)
    var (given, most) = (0, 0)
    // More than anybody would wait for: it is left after as many as the rest has.
    for try await _ in pool.unordered(
      (0..<1_000_000_000).lazy.map { number in
        taken.add(1, ordering: .relaxed)
        return PlainTask(number: number)
      })
    {
      most = max(most, taken.load(ordering: .relaxed) - given)
      given += 1
      if given == count { break }
    }
    figures.append(
      TaskFigure(
        .memory, "taken ahead of an input of 10⁹", "pool.unordered", Summary([Double(most)]), unit: "tasks",
        aim: 65_536, wantsLittle: true))
    if let peak = mostMemory() {
      figures.append(
        TaskFigure(
          .memory, "after \(count) tasks of an input of 10⁹", "pool.unordered", Summary([peak]), unit: "MB", aim: 300,
          wantsLittle: true))
    }
  }
  _ = try await pooled(world) { pool in
    let outputs = try await pool.map((0..<count).map { PlainTask(number: $0) })
    try require(outputs.count == count, "a pool of many tasks")
    if let peak = mostMemory() {
      figures.append(
        TaskFigure(
          .memory, "\(count) tasks from an array, with all results", "pool.map", Summary([peak]), unit: "MB", aim: 300,
          wantsLittle: true))
    }
  }
  return figures
}

/// The most that this process has had in memory, in MB; nil if the system doesn't say.
private func mostMemory() -> Double? {
  guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
  else { return nil }
  return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }.map { $0 * 1024 / 1e6 }
}

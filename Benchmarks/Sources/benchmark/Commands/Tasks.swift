// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import MPI

/// `tasks --output FILE [--size full|quick|tiny] [--matrix-times COUNT] [--only GROUP]`: what tasks and loops cost, on two
/// ranks and more.
func measureTasks(_ words: [String]) async throws {
  let options = try Options(words, values: ["--output", "--size", "--matrix-times", "--only"])
  let output = try options.required("--output")
  guard let load = TaskLoad(named: options.value("--size") ?? "full") else {
    throw Options.Mistake(text: "--size wants full, quick or tiny")
  }
  let matrixTimes = try options.number("--matrix-times", else: load.matrixTimes)
  let only = options.value("--only")
  let isAlone = try await withMPI(threads: .multiple) { world in
    guard world.size > 1 else { return true }
    var results = TaskFigures()
    results.machine = thisMachine()
    results.ranks = world.size
    results.matrixTimes = matrixTimes
    let parts: [(TaskFigure.Group, () async throws -> [TaskFigure])] = [
      // First, for what a process has had in memory once it has had forever.
      (.memory, { try await measureMemory(world, load) }),
      (.rates, { try await measureRates(world, load) }),
      (.smallLoops, { try measureSmallLoops(world, load) }),
      (.matrices, { try await measureMatrices(world, load, times: matrixTimes) }),
      (.balance, { try await measureBalance(world, load) }),
      (.messages, { try await measureMessages(world, load) }),
      (.processes, { try await measureProcesses(world, load) }),
      (.waiting, { try await measureWaiting(world, load) }),
      (.stores, { try await measureStores(world, load) }),
    ]
    for (group, measure) in parts where only.map({ $0 == group.rawValue }) ?? true {
      let figures = try await measure()
      results.figures += figures
      for figure in figures { note(world, "\(figure.what), \(figure.form): \(figure.value.median) \(figure.unit)") }
    }
    if world.isRoot { try results.write(to: output) }
    return false
  }
  if isAlone { throw Options.Mistake(text: "tasks is about two ranks and more: run it under mpiexec") }
}

/// `report-tasks --into FOLDER FILE…`: makes one report of what this program and the peers have measured.
func makeTaskReport(_ words: [String]) throws {
  let options = try Options(words, values: ["--into"])
  let folder = try options.required("--into")
  var results = TaskFigures()
  for file in options.files { results.merge(try TaskFigures(file: file)) }
  try writeReport(taskReport(results), named: "tasks.md", into: folder)
  try results.write(to: "\(folder)/tasks.json")
}

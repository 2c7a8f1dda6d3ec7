// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Foundation
import MPI
import MPIStore
import MPITasks

/// Computes for a millisecond.
struct MillisecondTask: PoolTask {
  var number: Int
  func run() -> Double {
    let end = MPIEnvironment.wallTime + 1e-3
    while MPIEnvironment.wallTime < end { _ = spun(100) }
    return Double(number)
  }
}

/// Does nothing, and has a result that is stored.
struct StoredNothing: PoolTask {
  var number: Int
  func run() -> Double { Double(number) }
}

/// What a store costs, and how fast results come into it and out of it.
func measureStores(_ world: Communicator, _ load: TaskLoad) async throws -> [TaskFigure] {
  let folder = FileManager.default.temporaryDirectory.path + "/store-\(ProcessInfo.processInfo.processIdentifier)"
  if world.isRoot { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
  defer { if world.isRoot { try? FileManager.default.removeItem(atPath: folder) } }
  var stores = 0

  /// A store that is new.
  func fresh() -> String {
    stores += 1
    return "\(folder)/\(stores).store"
  }

  func calls(_ body: @escaping (TaskPool) async throws -> Double) -> () async throws -> Double {
    { try await withTaskPool(on: world, threads: 1, progress: .never) { try await body($0) } ?? 0 }
  }
  let count = load.millisecondTasks
  let plain = calls { pool in
    // All ranks are here, and the length of a task is known.
    _ = try await pool.map((0..<100).map { MillisecondTask(number: $0) })
    let start = MPIEnvironment.wallTime
    _ = try await pool.map((0..<count).map { MillisecondTask(number: $0) })
    return MPIEnvironment.wallTime - start
  }
  let stored = calls { pool in
    let store = try TaskStore(fresh())
    _ = try await pool.map((count..<count + 100).map { MillisecondTask(number: $0) }, store: store)
    let start = MPIEnvironment.wallTime
    _ = try await pool.map((0..<count).map { MillisecondTask(number: $0) }, store: store)
    return MPIEnvironment.wallTime - start
  }
  let cost = try await inTurns(
    2 * load.repeats, [Way(form: "without", seconds: plain), Way(form: "with", seconds: stored)])

  let many = load.storedResults
  var (written, found, read, bytes): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
  for _ in 0..<(many > 100_000 ? 1 : load.repeats) {
    let path = fresh()
    _ = try await withTaskPool(on: world, threads: 1, progress: .never) { pool in
      let tasks = (0..<many).lazy.map(StoredNothing.init)
      var store = try TaskStore(path)
      var start = MPIEnvironment.wallTime
      var sum = 0.0
      for try await (_, output) in pool.unordered(tasks, store: store) { sum += output }
      try store.close()
      written.append(Double(many) / (MPIEnvironment.wallTime - start))
      bytes.append(Double(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0) / Double(many))
      store = try TaskStore(path)
      start = MPIEnvironment.wallTime
      for try await (_, output) in pool.unordered(tasks, store: store) { sum -= output }
      found.append(Double(many) / (MPIEnvironment.wallTime - start))
      start = MPIEnvironment.wallTime
      let stored = try store.results(of: StoredNothing.self).reduce(into: 0) { count, _ in count += 1 }
      read.append(Double(stored) / (MPIEnvironment.wallTime - start))
      guard sum == 0, stored == many else { throw WrongStore() }
      try store.close()
    }
    if world.isRoot { try? FileManager.default.removeItem(atPath: path) }
  }
  guard world.isRoot else { return [] }
  let overhead = zip(cost[1], cost[0]).map { 100 * ($0 / $1 - 1) }
  return [
    TaskFigure(
      .stores, "time that tasks of 1 ms take longer with a store", "pool.map(_:store:)", Summary(overhead), unit: "%",
      aim: 5, wantsLittle: true),
    TaskFigure(.stores, "results computed and stored", "pool.unordered(_:store:)", Summary(written), unit: "results/s"),
    TaskFigure(.stores, "results found", "pool.unordered(_:store:)", Summary(found), unit: "results/s"),
    TaskFigure(.stores, "results read back", "store.results(of:)", Summary(read), unit: "results/s"),
    TaskFigure(
      .stores, "bytes of the file for a result", "pool.unordered(_:store:)", Summary(bytes), unit: "B",
      wantsLittle: true),
  ]
}

/// A store has lost results, or has others.
struct WrongStore: Error {}

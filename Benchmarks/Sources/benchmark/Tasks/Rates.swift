// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import MPI
import MPITasks

/// A task that does nothing, of plain data.
struct PlainTask: PoolTask {
  var number: Int
  func run() -> Int { number }
}

/// A task that does nothing, with strings.
struct TextTask: PoolTask {
  var name: String
  var number: Int
  func run() -> String { name }
}

/// How many tasks that do nothing pass a second, and how many iterations.
func measureRates(_ world: Communicator, _ load: TaskLoad) async throws -> [TaskFigure] {
  let (many, few, each) = (load.tasks, load.tasks / 5, load.tasks / 10)
  let plain = (0..<many).lazy.map { PlainTask(number: $0) }
  let array = Array(plain)
  let texts = (0..<few).lazy.map { TextTask(name: "task", number: $0) }
  let textArray = Array(texts)
  func isSum(_ numbers: [Int], _ count: Int) throws {
    try require(numbers.reduce(0, +) == count * (count - 1) / 2, "a pool of tasks that do nothing")
  }
  func isText(_ texts: [String]) throws {
    try require(texts.count == few && texts.allSatisfy { $0 == "task" }, "a pool of tasks with strings")
  }
  func sumUnordered(_ tasks: some Sequence<PlainTask>) async throws -> Double {
    try await pooled(world) { pool in
      var sum = 0
      for try await (_, output) in pool.unordered(tasks) { sum += output }
      try isSum([sum], many)
    }
  }
  let rows: [(what: String, count: Int, aim: Double?, way: Way)] = [
    (
      "plain data, one at a time", many, 1e6,
      Way(form: "pool.map, lazy") { try await pooled(world) { try isSum(await $0.map(plain), many) } }
    ),
    (
      "plain data, one at a time", many, 1e6,
      Way(form: "pool.unordered, lazy") { try await sumUnordered(plain) }
    ),
    (
      "plain data, all at once", many, nil,
      Way(form: "pool.map, array") { try await pooled(world) { try isSum(await $0.map(array), many) } }
    ),
    (
      "plain data, all at once", many, nil,
      Way(form: "pool.unordered, array") { try await sumUnordered(array) }
    ),
    (
      "plain data, each in a message of its own", each, nil,
      Way(form: "pool.map, lazy, with a time limit") {
        try await pooled(world) {
          try isSum(await $0.map(plain.prefix(each), timeout: .seconds(60)), each)
        }
      }
    ),
    (
      "strings, one at a time", few, 3e5,
      Way(form: "pool.map, lazy") { try await pooled(world) { try isText(await $0.map(texts)) } }
    ),
    (
      "strings, one at a time", few, 3e5,
      Way(form: "pool.unordered, lazy") {
        try await pooled(world) { pool in
          var outputs: [String] = []
          for try await (_, output) in pool.unordered(texts) { outputs.append(output) }
          try isText(outputs)
        }
      }
    ),
    (
      "strings, all at once", few, nil,
      Way(form: "pool.map, array") { try await pooled(world) { try isText(await $0.map(textArray)) } }
    ),
    (
      "empty iterations", load.iterations, 2e7,
      Way(form: "world.map") {
        try together(world) {
          if let all = try world.map(0..<load.iterations, { $0 }) { try isSum(all, load.iterations) }
        }
      }
    ),
  ]
  let seconds = try await inTurns(load.repeats, rows.map(\.way))
  guard world.isRoot else { return [] }
  return zip(rows, seconds).map { row, seconds in
    TaskFigure(
      .rates, row.what, row.way.form, Summary(seconds.map { Double(row.count) / $0 }),
      unit: row.what == "empty iterations" ? "iterations/s" : "tasks/s", aim: row.aim)
  }
}

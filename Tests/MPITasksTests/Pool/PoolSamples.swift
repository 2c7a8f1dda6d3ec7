// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPITasks

// The tasks of the pool's tests.

/// Whether the tests run with tasks in processes, where a pool of a test program can't have a `prepare`.
let areTasksInProcesses = environmentVariable("MPI_TASKS_ISOLATION") == "process"

/// Plain data in and out.
struct Square: PoolTask {
  var number: Int
  func run() -> Int { number * number }
}

/// Strings in and out.
struct Greeting: PoolTask {
  var name: String
  func run() -> [String] { ["hello", name] }
}

/// Fails where it is told to.
struct Picky: PoolTask {
  struct Refusal: Error, Codable, Equatable {
    var number: Int
    var words: [String]
  }
  var number: Int
  var divisor: Int
  func run() throws -> Int {
    if number % divisor == 0 { throw Refusal(number: number, words: ["no", "way"]) }
    return number
  }
}

/// Says which rank ran it, after a while; fails on one rank.
struct Whereabouts: ContextPoolTask {
  var failingRank = -1
  var milliseconds = 2
  func run(in context: TaskContext) throws -> Int {
    sleep(milliseconds: milliseconds)
    if context.rank == failingRank { throw Picky.Refusal(number: context.rank, words: []) }
    return context.rank
  }
}

/// Sleeps, and says whether it was told that it is canceled.
struct Sleeper: ContextPoolTask {
  var milliseconds: Int
  func run(in context: TaskContext) throws -> Int {
    for _ in 0..<milliseconds {
      sleep(milliseconds: 1)
      if context.isCancelled { throw CancellationError() }
    }
    return milliseconds
  }
}

/// Does not look whether it is canceled.
struct Stubborn: PoolTask {
  var milliseconds: Int
  func run() -> Int {
    sleep(milliseconds: milliseconds)
    return milliseconds
  }
}

/// Fails until it has been tried so often.
struct Flaky: ContextPoolTask {
  var index: Int
  var failures: Int
  func run(in context: TaskContext) throws -> Int {
    if context.attempt < failures { throw Picky.Refusal(number: index, words: ["try again"]) }
    return 10 * index + context.attempt
  }
}

/// Submits tasks and waits for them.
struct Fibonacci: AsyncPoolTask {
  var n: Int
  func run(in context: TaskContext) async throws -> Int {
    if n < 2 { return n }
    async let a = context.run(Fibonacci(n: n - 1))
    async let b = context.run(Fibonacci(n: n - 2))
    return try await a + b
  }
}

/// Submits one that fails.
struct Parent: AsyncPoolTask {
  var child: Picky
  func run(in context: TaskContext) async throws -> String {
    do {
      return "\(try await context.run(child))"
    } catch let failure as TaskFailure {
      return "\(failure.taskType): \(failure.error(as: Picky.Refusal.self)?.words.count ?? 0)"
    }
  }
}

/// Submits one that submits one, and so on, that fails.
struct Descent: AsyncPoolTask {
  var depth: Int
  func run(in context: TaskContext) async throws -> Int {
    if depth == 0 { return try await context.run(Picky(number: 0, divisor: 1)) }
    return try await context.run(Descent(depth: depth - 1))
  }
}

/// Submits one of a type that other ranks don't find.
struct Hiding: AsyncPoolTask {
  func run(in context: TaskContext) async throws -> Int {
    struct Local: PoolTask {
      func run() -> Int { 1 }
    }
    return try await context.run(Local())
  }
}

/// Waits for something that is no task.
struct Nap: AsyncPoolTask {
  var milliseconds: Int
  func run(in context: TaskContext) async throws -> Int {
    try await Task.sleep(for: .milliseconds(milliseconds))
    return context.index
  }
}

/// Draws numbers.
struct Draw: ContextPoolTask {
  var count: Int
  func run(in context: TaskContext) -> [UInt64] {
    var random = context.random
    return (0..<count).map { _ in random.next() }
  }
}

/// Reads a shared value.
struct Lookup: PoolTask {
  var table: Shared<[String: [Double]]>
  var key: String
  func run() throws -> Double { try table.value[key]?.reduce(0, +) ?? -1 }
}

/// Reads what the rank has made ready.
struct Prepared: ContextPoolTask {
  var id: Int
  func run(in context: TaskContext) throws -> String { "\(try context.prepared(as: String.self)) \(context.rank)" }
}

/// Gives bytes back, and more of them.
struct Bulk: PoolTask {
  var bytes: [UInt8]
  var outputCount: Int
  func run() -> [UInt8] { [UInt8](repeating: bytes.last ?? 7, count: outputCount) }
}

/// Arrays in all kinds of places, which come back with each number one greater.
struct Columns: AsyncPoolTask, Equatable {
  struct Point: Codable, Equatable {
    var x: Int32
    var y: Float
  }
  var name: String
  var numbers: [Double]
  var points: [Point]?
  var table: [String: [Int16]]
  /// How often it is submitted again by the task itself.
  var depth = 0

  func run(in context: TaskContext) async throws -> Columns {
    var columns = self
    if depth > 0 {
      columns.depth -= 1
      columns = try await context.run(columns)
    }
    for index in columns.numbers.indices { columns.numbers[index] += 1 }
    columns.points = columns.points?.map { Point(x: $0.x + 1, y: $0.y) }
    columns.table = columns.table.mapValues { $0.map { $0 + 1 } }
    return columns
  }

  /// Each number greater by so many.
  func raised(by count: Int) -> Columns {
    Columns(
      name: name, numbers: numbers.map { $0 + Double(count) },
      points: points?.map { Point(x: $0.x + Int32(count), y: $0.y) },
      table: table.mapValues { $0.map { $0 + Int16(count) } })
  }

  /// One of which each array has so many elements.
  static func sample(_ count: Int, depth: Int = 0) -> Columns {
    Columns(
      name: "of \(count)", numbers: (0..<count).map(Double.init),
      points: count % 3 == 0 ? nil : (0..<count).map { Point(x: Int32($0), y: 0.5) },
      table: ["a": (0..<count).map { Int16($0 % 1000) }, "b": [1]], depth: depth)
  }
}

/// A value that can't be decoded where it is told so, or not be encoded.
struct Fragile: Codable, Sendable, Equatable {
  enum Fault: Int, Codable { case none, encoding, decoding }
  struct Broken: Error {}
  var fault: Fault
  var text = "é"

  init(_ fault: Fault) { self.fault = fault }

  func encode(to encoder: any Encoder) throws {
    if fault == .encoding { throw Broken() }
    var container = encoder.unkeyedContainer()
    try container.encode(text)
    try container.encode(fault)
  }

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    text = try container.decode(String.self)
    fault = try container.decode(Fault.self)
    if fault == .decoding { throw Broken() }
  }
}

/// Is fragile on its way out.
struct FragileTask: ContextPoolTask {
  var input: Fragile
  func run(in context: TaskContext) -> Int {
    sleep(milliseconds: 1)
    return context.rank
  }
}

/// Is fragile on its way back.
struct FragileOutput: ContextPoolTask {
  var fault: Fragile.Fault
  func run(in context: TaskContext) -> Fragile {
    sleep(milliseconds: 1)
    return Fragile(fault)
  }
}

private struct Hidden: PoolTask {
  var number: Int
  func run() -> Int { number }
}

/// Runs a task of a private type.
func runHidden(_ pool: TaskPool) async throws -> Int { try await pool.run(Hidden(number: 1)) }

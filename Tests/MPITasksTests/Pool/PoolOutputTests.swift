// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import Testing

/// Brings nothing back.
struct Quiet: PoolTask {
  var number: Int
  func run() throws {
    if number == 13 { throw Picky.Refusal(number: number, words: []) }
  }
}

/// A struct that says nothing of how it travels.
struct Pair: Equatable {
  var x: Double
  var y: Int
}

struct MakePair: PoolTask {
  var number: Int
  func run() -> Pair { Pair(x: Double(number) / 2, y: number) }
}

struct MakeTuple: ContextPoolTask {
  var number: Int
  func run(in context: TaskContext) -> (half: Double, pair: Pair?) {
    (Double(number) / 2, number.isMultiple(of: 2) ? Pair(x: 0.5, y: number) : nil)
  }
}

/// Brings back whatever it was given.
struct Echo<Value: Codable & Sendable>: PoolTask {
  var value: Value
  func run() -> Value { value }
}

/// Submits tasks whose results are plain, or nothing.
struct Delegate: AsyncPoolTask {
  var number: Int
  func run(in context: TaskContext) async throws -> (Double, Int) {
    try await context.run(Quiet(number: number))
    let pair = try await context.run(MakePair(number: number))
    let (half, _) = try await context.run(MakeTuple(number: number))
    return (pair.x + half, pair.y)
  }
}

/// Reads an array of structs that say nothing of how they travel.
struct PickPair: PoolTask {
  var pairs: Shared<[Pair]>
  var index: Int
  func run() throws -> (Pair, Int) { (try pairs.value[index], try pairs.elements().count) }
}

/// Brings back an address.
struct PointElsewhere: PoolTask {
  struct Place: @unchecked Sendable { var pointer: UnsafeRawPointer? }
  func run() -> Place { Place() }
}

/// Reads shared elements in one line.
struct Middle: PoolTask {
  var table: Shared<[Double]>
  func run() throws -> Double { middle(of: try table.elements().span) }
}

private func middle(of values: Span<Double>) -> Double { values[values.count / 2] }

extension OnEveryRank {
  @Suite struct PoolOutputTests {
    @Test("Tasks bring back nothing, a plain struct, a tuple", arguments: [0, 1, 5, 3000])
    func plainOutputs(count: Int) async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let numbers = (0..<count).map { $0 == 13 ? 14 : $0 }
        try await pool.forEach(numbers.map(Quiet.init))
        #expect(try await pool.map(numbers.map(Quiet.init)).count == count)
        #expect(try await pool.map(numbers.map(MakePair.init)) == numbers.map { Pair(x: Double($0) / 2, y: $0) })
        let tuples = try await pool.map(numbers.map(MakeTuple.init))
        #expect(tuples.map(\.half) == numbers.map { Double($0) / 2 })
        #expect(tuples.map(\.pair) == numbers.map { $0.isMultiple(of: 2) ? Pair(x: 0.5, y: $0) : nil })
        for try await (task, _) in pool.unordered(numbers.map(Quiet.init)) { #expect(task.number != 13) }
      }
    }

    @Test("A generic task brings back what it was given, whichever way that travels")
    func generic() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        #expect(try await pool.map((0..<500).map { Echo(value: $0) }) == Array(0..<500))
        #expect(try await pool.map((0..<500).map { Echo(value: ["\($0)"]) }) == (0..<500).map { ["\($0)"] })
        #expect(try await pool.run(Echo(value: Int?.none)) == nil)
      }
    }

    @Test("A task that brings nothing back may fail, and others go on")
    func failureOfNothing() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let results = try await pool.mapResults((0..<100).map(Quiet.init))
        let failed = results.indices.filter { if case .failure = results[$0] { true } else { false } }
        #expect(failed == [13])
        let failure = await #expect(throws: TaskFailure.self) {
          try await pool.forEach((0..<20).map(Quiet.init))
        }
        #expect(failure?.index == 13)
      }
    }

    @Test("Tasks of tasks bring back plain results")
    func tasksOfTasks() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let results = try await pool.map((20..<120).map(Delegate.init))
        #expect(results.map(\.0) == (20..<120).map(Double.init))
        #expect(results.map(\.1) == Array(20..<120))
      }
    }

    @Test("A result that holds an address is refused when the task is submitted")
    func address() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let error = await #expect(throws: TaskPoolError.self) { try await pool.map([PointElsewhere()]) }
        guard case .unsendable(let name)? = error else { return #expect(Bool(false), "\(error as Any)") }
        #expect(name.contains("Place"))
        #expect("\(error!)".contains("address"))
      }
    }

    @Test("Arrays of structs that say nothing of how they travel are shared", arguments: [1, 100, 20_000])
    func sharedStructs(count: Int) async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let pairs = (0..<count).map { Pair(x: Double($0), y: $0) }
        let shared = try pool.share(pairs)
        let picked = try await pool.map((0..<60).map { PickPair(pairs: shared, index: $0 % count) })
        #expect(picked.map(\.0) == (0..<60).map { pairs[$0 % count] })
        #expect(picked.allSatisfy { $0.1 == count })
        pool.unshare(shared)
        #expect(throws: TaskPoolError.self) { try pool.share([PointElsewhere.Place()]) }
      }
    }

    @Test("Shared elements are read in one line, whether one rank or several have them")
    func elementsInOneLine() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        for count in [1, 100, 100_000] {
          let table = try pool.share((0..<count).map(Double.init))
          #expect(
            try await pool.map((0..<50).map { _ in Middle(table: table) })
              == Array(repeating: Double(count / 2), count: 50))
          pool.unshare(table)
        }
      }
    }

    /// On the main actor, as `main` is.
    @MainActor @Test("What ends a chain of results can be called on the main actor")
    func endsOfChains() async throws {
      try await withTaskPool(on: .world) { pool in
        let tasks = (0..<300).map(Square.init)
        let squares = (0..<300).map { $0 * $0 }
        #expect(try await pool.unordered(tasks).reduce(0) { $0 + $1.output } == squares.reduce(0, +))
        let table = try await pool.unordered(tasks).reduce(into: [:]) { $0[$1.task.number] = $1.output }
        #expect(table == Dictionary(uniqueKeysWithValues: zip(0..<300, squares)))
        #expect(try await pool.ordered(tasks).first { $0.output > 50 }?.output == 64)
        #expect(try await pool.ordered(tasks).first { $0.output < 0 } == nil)
        #expect(try await pool.unordered(tasks).contains { $0.output == 49 })
        #expect(try await pool.unordered(tasks).contains { $0.output == 50 } == false)
        #expect(try await pool.unordered(tasks).allSatisfy { $0.output >= 0 })
        #expect(try await pool.unordered(tasks).allSatisfy { $0.output < 100 } == false)
        #expect(try await pool.unordered(tasks).max { $0.output < $1.output }?.task.number == 299)
        #expect(try await pool.unordered(tasks).min { $0.output < $1.output }?.task.number == 0)
        #expect(try await pool.unordered(tasks[..<0]).max { $0.output < $1.output } == nil)
        let failed = try await pool.unordered((0..<50).map(Quiet.init)).results.reduce(0) { count, element in
          if case .failure = element.result { count + 1 } else { count }
        }
        #expect(failed == 1)
        await #expect(throws: TaskFailure.self) {
          try await pool.unordered((0..<50).map(Quiet.init)).reduce(0) { count, _ in count + 1 }
        }
        // What is thrown by a closure comes out, and the pool goes on.
        await #expect(throws: Picky.Refusal.self) {
          try await pool.unordered(tasks).reduce(0) { _, element in throw Picky.Refusal(number: 1, words: []) }
        }
        #expect(try await pool.run(Square(number: 12)) == 144)
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks

/// Loops, with plain and other items and results.
func loops(_ world: Communicator) throws {
  let (me, isRoot) = (world.rank, world.isRoot)
  let offset = try world.broadcast([me, 3, me]).max()!
  let numbers = (0..<7).map { $0 + offset }
  try expect(try world.map(0..<7) { $0 + offset }, isRoot ? numbers : nil)
  try expect(try world.map(0..<7) { "\($0 + offset)" }, isRoot ? numbers.map { "\($0)" } : nil)
  try expect(try world.map(0..<7) { Body(offset, $0) }, isRoot ? (0..<7).map { Body(offset, $0) } : nil)
  try expect(try world.allMap(0..<7) { $0 + offset }, numbers)
  try expect(try world.allMap(0..<7) { Note($0 + offset) }, numbers.map { Note($0) })
  try expect(try world.allMap(0..<7) { Body(offset, $0) }, (0..<7).map { Body(offset, $0) })
  try expect(try world.allMap(0..<0) { $0 + offset }, [])

  // Items that rank 0 alone has: a literal, and an array that was just changed.
  try expect(try world.map(isRoot ? [offset, me + 1, 7] : nil) { $0 * 10 }, isRoot ? [10 * offset, 10, 70] : nil)
  var changed = [me, me, me]
  changed[0] = offset
  changed[2] = offset + 1
  try expect(try world.map(isRoot ? changed : nil) { "\($0)" }, isRoot ? ["\(offset)", "0", "\(offset + 1)"] : nil)
  try expect(
    try world.map(isRoot ? [Body(me, offset), Body(me, 1)] : nil) { $0 }, isRoot ? [Body(0, offset), Body(0, 1)] : nil)
  try expect(
    try world.map(isRoot ? [Body(me, offset)] : nil) { Note(Int($0.position.y)) }, isRoot ? [Note(offset)] : nil)
  try expect(try world.map(isRoot ? ["a\(me)", "bb", "c"] : nil) { $0.utf8.count }, isRoot ? [2, 2, 1] : nil)
  try expect(try world.map(isRoot ? ["a\(me)", "bb"] : nil) { $0 + "!" }, isRoot ? ["a0!", "bb!"] : nil)
  try expect(try world.map(isRoot ? [Note(me)] : nil) { Body($0.rank, offset) }, isRoot ? [Body(0, offset)] : nil)

  try expect(try world.mapReduce(0..<7, initial: 0, +) { $0 + offset }, numbers.reduce(0, +))
  try expect(
    try world.mapReduce(0..<7, initial: [Int](), +) { [$0 + offset, offset] }, numbers.flatMap { [$0, offset] })
  try world.forEach(0..<7) { index in precondition(index + offset >= 3) }

  // With a stream of random numbers for each index: the same on any number of ranks.
  let alone = (0..<7).map { index in
    var stream = RandomStream(seed: 5, stream: index)
    return Int.random(in: 0..<1000, using: &stream)
  }
  let drawn = try world.map(0..<7, seed: 5) { _, context in Int.random(in: 0..<1000, using: &context.random) }
  try expect(drawn.map { $0.count }, isRoot ? alone.count : nil)
  let again = try world.map(0..<7, seed: 5) { _, context in "\(Int.random(in: 0..<1000, using: &context.random))" }
  try expect(again, drawn?.map { "\($0)" })
  let body = try world.map(0..<7, seed: 5) { _, context in
    Body(0, Int.random(in: 0..<1000, using: &context.random))
  }
  try expect(body, drawn?.map { Body(0, $0) })
  let sum = try world.mapReduce(0..<7, seed: 5, initial: 0, +) { _, context in
    Int.random(in: 0..<1000, using: &context.random)
  }
  if let drawn { try expect(sum, drawn.reduce(0, +)) }
  let lists = try world.mapReduce(0..<7, seed: 5, initial: [Int](), +) { _, context in
    [Int.random(in: 0..<1000, using: &context.random), offset]
  }
  if let drawn { try expect(lists, drawn.flatMap { [$0, offset] }) }
  do {
    try world.forEach(0..<7) { index in if index == 3 { throw Refused(number: offset) } }
    try expect("no error", "")
  } catch let failure as LoopFailure {
    try expect(failure.error(as: Refused.self)?.number, offset)
  }
  try world.forEach(0..<7, seed: 5) { _, context in precondition(context.random.next() != 0) }
}

struct Refused: Error, Codable {
  var number: Int
}

struct Refusing: PoolTask {
  var numbers: [Int]
  func run() throws -> Int { throw Refused(number: numbers[0]) }
}

struct Pick: PoolTask {
  var bodies: Shared<[Body]>
  var number: Int
  func run() throws -> Body {
    let elements = try bodies.elements()
    precondition(elements.withContiguousStorageIfAvailable { $0.count } == 2)
    return elements[number]
  }
}

struct Sum: PoolTask {
  var numbers: [Int]
  func run() -> Int { numbers.reduce(0, +) }
}

struct Silent: PoolTask {
  var numbers: [Int]
  func run() { precondition(numbers.count == 2) }
}

struct Join: ContextPoolTask {
  var shared: Shared<[Int]>
  var note: Shared<Note>
  var number: Int
  func run(in context: TaskContext) throws -> Note {
    let prepared = try context.prepared(as: [Int].self)
    return Note(try shared.elements()[number] + prepared[0] + context[note].rank, lines: number)
  }
}

struct Nested: AsyncPoolTask {
  var numbers: [Int]
  func run(in context: TaskContext) async throws -> Int {
    try context.checkCancellation()
    return try await context.run(Sum(numbers: numbers))
  }
}

/// Traps, if its number is odd.
struct Trapping: PoolTask {
  var numbers: [Int]
  func run() -> Int {
    precondition(numbers[0].isMultiple(of: 2), "an odd number")
    return numbers[0]
  }
}

/// Tasks in processes of their own, optimized as a stranger's are.
func processes() async throws {
  try await withTaskPool(isolation: .process(deaths: 2, grace: .seconds(1))) { pool in
    let base = 2 * (CommandLine.arguments.count + 3)
    let tasks = (0..<20).map { Trapping(numbers: [base + $0 % 7, $0]) }
    let results = try await pool.mapResults(tasks, timeout: .seconds(60), memoryLimit: 1 << 34)
    for (task, result) in zip(tasks, results) {
      switch result {
      case .success(let number): try expect(number, task.numbers[0])
      case .failure(let failure):
        try expect(task.numbers[0].isMultiple(of: 2), false)
        try expect(failure.reason, .died)
        try expect(failure.death.map { $0.peakMemory > 0 && !$0.description.isEmpty }, true)
      }
    }
  }
  try await withTaskPool(isolation: .thread) { pool in
    do {
      _ = try await pool.run(Trapping(numbers: [2]), memoryLimit: 1 << 30)
      try expect("no error", "")
    } catch let error as TaskPoolError {
      try expect("\(error)".contains("isolation: .process"), true)
    }
  }
  try await withTaskPool(isolation: .process) { pool in
    let numbers = (0..<200_000).map { $0 + CommandLine.arguments.count }
    try expect(try await pool.run(Sum(numbers: numbers)), numbers.reduce(0, +))
    try expect(try await pool.map([Nested(numbers: [3, 4])]), [7])
  }
}

/// The pool, with tasks that are literals, lazy, and none. Its body runs at rank 0 alone.
func pool() async throws {
  let prepare: @Sendable (Int) -> any Sendable = { rank in [rank - rank + 5, rank] }
  try await withTaskPool(prepare: prepare) { pool in
    let base = CommandLine.arguments.count + 3
    try expect(try await pool.run(Sum(numbers: [base, 1, 2])), base + 3)
    try expect(try await pool.run(Nested(numbers: [base, 7])), base + 7)
    try expect(try await pool.map([Sum(numbers: [base, 1]), Sum(numbers: [base, 2])]), [base + 1, base + 2])
    try expect(try await pool.map([Sum]()), [])
    try expect(
      try await pool.mapResults([Sum(numbers: [base]), Sum(numbers: [])]).map { try $0.get() }, [base, 0])
    try await pool.forEach([Silent(numbers: [base, 1]), Silent(numbers: [base, 2])])
    try await stores(pool)
    do {
      _ = try await pool.run(Refusing(numbers: [base, 1]))
      try expect("no error", "")
    } catch let failure as TaskFailure {
      try expect(failure.error(as: Refused.self)?.number, base)
    }
    let bodies = try pool.share([Body(base, 1), Body(2, base)])
    try expect(
      try await pool.map((0..<2).map { Pick(bodies: bodies, number: $0) }), [Body(base, 1), Body(2, base)])
    let shared = try pool.share([base, base + 1, base + 2])
    let note = try pool.share(Note(base, lines: 3))
    let joined = try await pool.map((0..<3).map { Join(shared: shared, note: note, number: $0) })
    try expect(joined, (0..<3).map { Note(2 * base + $0 + 5, lines: $0) })
    pool.unshare(shared)

    let tasks = (0..<7).lazy.map { Sum(numbers: [base, $0]) }
    var outputs: [Int] = []
    for try await (_, output) in pool.ordered(tasks) { outputs.append(output) }
    try expect(outputs, (0..<7).map { base + $0 })
    outputs = []
    for try await (_, output) in pool.unordered(tasks) { outputs.append(output) }
    try expect(outputs.sorted(), (0..<7).map { base + $0 })
    outputs = []
    for try await (_, result) in pool.unordered(tasks).results { outputs.append(try result.get()) }
    try expect(outputs.sorted(), (0..<7).map { base + $0 })
    try expect(try await pool.unordered(tasks).reduce(0) { $0 + $1.output }, 7 * base + 21)
    let set = try await pool.unordered(tasks).reduce(into: Set<Int>()) { $0.insert($1.output) }
    try expect(set.count, 7)
    try expect(try await pool.ordered(tasks).first { $0.output > base }?.output, base + 1)
    try expect(try await pool.ordered(tasks).contains { $0.output == base + 6 }, true)
    try expect(try await pool.ordered(tasks).allSatisfy { $0.output >= base }, true)
    try expect(try await pool.ordered(tasks).max { $0.output < $1.output }?.output, base + 6)
    try expect(try await pool.ordered(tasks).min { $0.output < $1.output }?.output, base)
  }
}

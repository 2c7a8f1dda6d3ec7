// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIStore
import MPITasks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A task with a version.
struct Versioned: PoolTask, StoredTask {
  static let version = 2
  var numbers: [Int]
  func run() throws -> [Int] {
    if numbers.isEmpty { throw Refused(number: 0) }
    return numbers + [numbers.count]
  }
}

/// Stores, by calls of a pool.
func stores(_ pool: TaskPool) async throws {
  let path = "/tmp/forms-\(getpid()).store"
  let store = try TaskStore(path, memoryLimit: 1 << 20)
  try expect(store.path, path)
  try expect(Versioned.version, 2)
  try expect(Versioned.usesRandomNumbers, false)
  for round in 1...2 {
    try expect(try await pool.map([Versioned(numbers: [round, 7])], store: store), [[round, 7, 2]])
    try expect(try await pool.run(Versioned(numbers: [1]), store: store), [1, 1])
    let results = try await pool.mapResults([Versioned(numbers: []), Versioned(numbers: [3])], store: store)
    try expect(results.map { (try? $0.get()) ?? [] }, [[], [3, 1]])
    var iterator = pool.unordered([Versioned(numbers: [round])], store: store).makeAsyncIterator()
    try expect(try await iterator.next()?.output, [round, 1])
    try expect(try await iterator.next(isolation: nil)?.output, nil)
    var failures = pool.unordered([Versioned(numbers: [])], store: store, recordedFailures: .keep).results
      .makeAsyncIterator()
    if case .success = try await failures.next()?.result { try expect("a result", "") }
    if try await failures.next(isolation: nil) != nil { try expect("a result", "") }
  }
  try store.flush()
  let stored = try store.results(of: Versioned.self)
  var count = 0
  while let (task, output) = stored.next() {
    try expect(output.count, task.numbers.count + 1)
    count += 1
  }
  try expect(stored.error, nil)
  try expect(try store.check(), [])
  try expect(try store.forget(Versioned.self), count + 1)
  try expect(try store.forget(run: 1), 0)
  try expect(try store.forget(loop: "none"), 0)
  try store.compact()
  try store.close()
  do {
    _ = try await pool.run(Versioned(numbers: [1]), store: store)
    try expect("no error", "")
  } catch let error as TaskStoreError {
    try expect(error.reason, .other)
    try expect(error.description.isEmpty, false)
  }
  unlink(path)
}

/// And by loops.
func stores(_ world: Communicator) throws {
  // Rank 0 alone opens it.
  let path = "/tmp/forms-\(getpid())-loops.store"
  let isRoot = world.isRoot
  let store = try TaskStore(path)
  for _ in 0..<2 {
    try expect(try world.map(0..<7, store: store, name: "a") { $0 + 1 }, isRoot ? [1, 2, 3, 4, 5, 6, 7] : nil)
    try expect(try world.map(0..<2, store: store, name: "a") { "\($0)" }, isRoot ? ["0", "1"] : nil)
    let bodies = try world.map(0..<2, store: store, name: "a") { Body(3, $0) }
    try expect(bodies, isRoot ? [Body(3, 0), Body(3, 1)] : nil)
    let draws = try world.map(0..<3, seed: 5, store: store, name: "a") { _, context in context.random.next() }
    try expect(draws, try world.map(0..<3, seed: 5) { _, context in context.random.next() })
    let words = try world.map(0..<1, seed: 5, store: store, name: "a") { index, _ in "\(index)" }
    try expect(words, isRoot ? ["0"] : nil)
    let others = try world.map(0..<1, seed: 5, store: store, name: "a") { index, _ in Body(index, index) }
    try expect(others, isRoot ? [Body(0, 0)] : nil)
  }
  if isRoot {
    try store.close()
    unlink(path)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// The places in which code can't begin what all ranks must call together, because the others don't call it.
///
/// A task-local value has it, on threads that are no Swift task as well. What is refused on several ranks is refused on
/// one, so that a program that works alone works on many.
enum Surroundings: Sendable {
  /// The closure of a loop.
  case loop
  /// A task of a pool.
  case task
  /// What a pool runs on every rank before its first task.
  case preparation
  /// The body of a pool.
  case body(PoolTerm)

  /// How long a pool's body runs. A Swift task that it began may live longer.
  final class PoolTerm: Sendable {
    private let hasEnded = Atomic<Bool>(false)

    var isOver: Bool { hasEnded.load(ordering: .acquiring) }

    func end() { hasEnded.store(true, ordering: .releasing) }
  }

  @TaskLocal private static var current: Surroundings?

  /// Runs code that is inside of something.
  static func inside<Result>(_ surroundings: Surroundings, _ body: () throws -> Result) rethrows -> Result {
    try $current.withValue(surroundings) { try body() }
  }

  /// Runs asynchronous code that is inside of something.
  nonisolated(nonsending) static func inside<Result>(
    _ surroundings: Surroundings, _ body: nonisolated(nonsending) () async throws -> Result
  ) async rethrows -> Result {
    try await $current.withValue(surroundings) { try await body() }
  }

  /// Runs a part of a loop. A thread that does nothing else is inside of one anyway.
  static func insideLoop<Result>(_ body: () throws -> Result) rethrows -> Result {
    if case .loop = current { return try body() }
    return try inside(.loop, body)
  }

  /// Throws inside of anything: a loop can't begin there.
  static func refuseLoop(_ operation: StaticString) throws(MPIError) {
    guard let (place, reason) = obstacle(of: "another") else { return }
    let advice =
      switch current {
      case .loop: "write the inner one as a plain `for`"
      case .task: "write it as a plain `for`, or submit tasks (AsyncPoolTask, context.run)"
      default: "begin it before or after withTaskPool, or hand its work out as tasks (pool.map)"
      }
    throw MPIError(.other, "a loop can't be begun inside \(place): \(reason); \(advice)", operation: "\(operation)")
  }

  /// Throws inside of anything: a pool can't begin there.
  static func refusePool() throws {
    guard let (place, reason) = obstacle(of: "a loop") else { return }
    let advice =
      switch current {
      case .loop: "begin it before or after the loop"
      case .task: "a task submits others by AsyncPoolTask and context.run"
      case .body: "hand its tasks to the pool that is there, which takes any number of calls at once"
      default: "begin it before or after that pool"
      }
    throw TaskPoolError.refused("withTaskPool can't be called inside \(place): \(reason); \(advice)")
  }

  /// What this code is inside of, in words, and why the other ranks aren't there; nil for nothing.
  private static func obstacle(of loop: String) -> (place: String, reason: String)? {
    switch current {
    case nil: return nil
    case .loop: return ("the closure of \(loop)", "the ranks aren't all there")
    case .task: return ("a task of a pool", "the other ranks don't make the call")
    case .preparation: return ("`prepare` of a pool", "the ranks aren't all there")
    case .body(let term):
      return term.isOver ? nil : ("the body of withTaskPool", "the other ranks run tasks until it returns")
    }
  }
}

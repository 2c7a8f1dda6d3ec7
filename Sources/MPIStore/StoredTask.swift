// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks

/// A task that states what its result depends on besides its fields. Tasks need not conform to it to be stored.
///
/// ```swift
/// struct Simulate: PoolTask, StoredTask {
///   static let version = 2       // was 1 before the boundary condition was corrected
///   var beta: Double
///   func run() -> Double { 2 * beta }
/// }
/// ```
public protocol StoredTask: PoolTaskProtocol {
  /// The version of the task's code: results of another version are not used. 1 unless stated.
  static var version: Int { get }

  /// Whether the result depends on `TaskContext.random` or `TaskContext.index`: then the seed and
  /// the index are parts of the key. True for tasks with a context unless stated, false for those without one.
  static var usesRandomNumbers: Bool { get }
}

extension StoredTask {
  /// The version of a task that states none.
  public static var version: Int { 1 }
  /// Whether it gets a context.
  public static var usesRandomNumbers: Bool { !(self is any PoolTask.Type) }
}

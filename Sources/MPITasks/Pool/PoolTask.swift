// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A task of a pool. Conform to ``PoolTask``, ``ContextPoolTask`` or ``AsyncPoolTask``.
///
/// A task is a value. Its type's name and its bytes are all that travels, so it holds what it needs, and not a
/// reference to it. Its type is internal or public, and stands in a file or in a type: what is private or local can't
/// be found on another rank.
///
/// What it brings back follows the rule of loops: a `BitwiseCopyable` type (numbers, and structs and tuples of them),
/// any `Codable` one, or nothing.
public protocol PoolTaskProtocol: Codable, Sendable {
  /// What it brings back: `BitwiseCopyable` or `Codable`; `Void` for nothing.
  associatedtype Output: Sendable

  /// How results travel. Given by the type of the result.
  static var _outputCoding: ValueCoding<Output> { get }

  /// Runs tasks one after the other, if they don't wait. Made by the protocols that refine this one.
  static func _perform(_ work: TaskWork<Self>)

  /// Whether they run by ``_performAsync(_:)``.
  static var _isAsync: Bool { get }

  /// Runs tasks one after the other, where they may wait.
  static func _performAsync(_ work: TaskWork<Self>) async
}

/// A task: a value with a `run`.
///
/// ```swift
/// struct Collatz: PoolTask {
///   var start: Int
///   func run() throws -> Int { … }
/// }
/// ```
///
/// A task that brings nothing back has `func run() throws { … }`.
///
/// Tasks run on threads of the pool's own, many at a time.
public protocol PoolTask: PoolTaskProtocol {
  /// What it brings back.
  associatedtype Output

  /// Does the work.
  func run() throws -> Output
}

/// A task that wants to know where it runs, random numbers of its own, or whether it was canceled.
///
/// ```swift
/// struct Sample: ContextPoolTask {
///   func run(in context: TaskContext) throws -> Double {
///     var random = context.random
///     return Double.random(in: 0..<1, using: &random)
///   }
/// }
/// ```
public protocol ContextPoolTask: PoolTaskProtocol {
  /// What it brings back.
  associatedtype Output

  /// Does the work.
  func run(in context: TaskContext) throws -> Output
}

/// A task that waits: for tasks that it submits itself, or for anything else that Swift can wait for.
///
/// ```swift
/// struct Fibonacci: AsyncPoolTask {
///   var n: Int
///   func run(in context: TaskContext) async throws -> Int {
///     if n < 2 { return n }
///     async let a = context.run(Fibonacci(n: n - 1))
///     async let b = context.run(Fibonacci(n: n - 2))
///     return try await a + b
///   }
/// }
/// ```
///
/// While it waits its thread runs other tasks.
public protocol AsyncPoolTask: PoolTaskProtocol {
  /// What it brings back.
  associatedtype Output

  /// Does the work.
  func run(in context: TaskContext) async throws -> Output
}

// The loops are inlinable, and so made for each type of task if that is known.

extension PoolTask {
  @inlinable
  public static func _perform(_ work: TaskWork<Self>) {
    while let task = work.next() {
      do { work.succeed(try task.run()) } catch { work.fail(error) }
    }
  }
  @inlinable
  public static var _isAsync: Bool { false }
  @inlinable
  public static func _performAsync(_ work: TaskWork<Self>) async { _perform(work) }
}

extension ContextPoolTask {
  @inlinable
  public static func _perform(_ work: TaskWork<Self>) {
    while let task = work.next() {
      do { work.succeed(try task.run(in: work.context)) } catch { work.fail(error) }
    }
  }
  @inlinable
  public static var _isAsync: Bool { false }
  @inlinable
  public static func _performAsync(_ work: TaskWork<Self>) async { _perform(work) }
}

extension AsyncPoolTask {
  @inlinable
  public static func _perform(_ work: TaskWork<Self>) {}
  @inlinable
  public static var _isAsync: Bool { true }
  @inlinable
  public static func _performAsync(_ work: TaskWork<Self>) async {
    while let task = work.next() {
      do { work.succeed(try await task.run(in: work.context)) } catch { work.fail(error) }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The form in which the results of a type of tasks are sent.
///
/// Each way is one default of `PoolTaskProtocol._outputCoding`, so a result that can't travel is an error of the
/// compiler, at the task.
public struct OutputCoding<Value>: @unchecked Sendable {
  // Unchecked for the closures, which capture nothing but the type.

  /// What travels of values.
  let encode: (ArraySlice<Value>) throws -> Payload
  /// So many values of what came, and those that could not be decoded.
  let decode: (Int, consuming Payload) -> (values: [Value], failures: [(position: Int, error: any Error)])
  /// Whether the values' bytes travel, whatever they are.
  private let isPlain: Bool

  /// The bytes in memory.
  public static func plain() -> Self where Value: BitwiseCopyable {
    Self(
      encode: { Coding.encode(plain: $0) }, decode: { Coding.decode(plain: Value.self, count: $0, from: $1) },
      isPlain: true)
  }

  /// Coded, unless they are what their bytes are.
  public static func coded() -> Self where Value: Codable {
    Self(
      encode: { try Coding.encode($0) }, decode: { Coding.decode(Value.self, count: $0, from: $1) }, isPlain: false)
  }

  /// Refuses values that hold an address.
  ///
  /// - Throws: ``TaskPoolError/unsendable(_:)``.
  func check() throws {
    if isPlain, holdsAddress(Value.self) { throw TaskPoolError.unsendable("\(Value.self)") }
  }
}

extension PoolTaskProtocol where Output: BitwiseCopyable {
  /// Results travel as they lie in memory.
  public static var _outputCoding: OutputCoding<Output> { .plain() }
}

extension PoolTaskProtocol where Output: Codable {
  /// Results are coded, unless they are what their bytes are.
  public static var _outputCoding: OutputCoding<Output> { .coded() }
}

extension PoolTaskProtocol where Output: BitwiseCopyable & Codable {
  /// Results travel as they lie in memory, unless they hold an address.
  public static var _outputCoding: OutputCoding<Output> { .coded() }
}

extension PoolTaskProtocol {
  /// There is no way for other results. It stands here for its message.
  @available(
    *, unavailable,
    message: """
      the result of a task must be BitwiseCopyable (numbers, and structs and tuples of them) or Codable, or there is none
      """
  )
  public static var _outputCoding: OutputCoding<Output> { fatalError("a result that can't travel") }
}

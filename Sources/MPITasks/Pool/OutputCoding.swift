// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension PoolTaskProtocol where Output: BitwiseCopyable {
  /// Results travel as they lie in memory.
  public static var _outputCoding: ValueCoding<Output> { .plain() }
}

extension PoolTaskProtocol where Output: Codable {
  /// Results are coded, unless they are what their bytes are.
  public static var _outputCoding: ValueCoding<Output> { .coded() }
}

extension PoolTaskProtocol where Output: BitwiseCopyable & Codable {
  /// Results travel as they lie in memory, unless they hold an address.
  public static var _outputCoding: ValueCoding<Output> { .coded() }
}

extension PoolTaskProtocol {
  /// There is no way for other results. It stands here for its message.
  @available(
    *, unavailable,
    message: """
      the result of a task must be BitwiseCopyable (numbers, and structs and tuples of them) or Codable, or there is none
      """
  )
  public static var _outputCoding: ValueCoding<Output> { fatalError("a result that can't travel") }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A stream of random numbers, one of 2⁶⁴ for each seed, that is made at no cost.
///
/// Each task has one of its own (``TaskContext/random``), by a seed and its index. So what a task draws does not depend
/// on which rank runs it, on how many there are, or on what ran before.
///
/// ```swift
/// var random = RandomStream(seed: 2024, stream: 7)
/// let toss = Bool.random(using: &random)
/// ```
///
/// The generator is Philox4x32-10: its numbers are a function of the seed, the stream's number, and how many were
/// drawn. It passes the usual batteries of tests, and is the same on every machine. It is not for secrets.
public struct RandomStream: RandomNumberGenerator, Sendable, Hashable, BitwiseCopyable {
  /// The seed, which distinguishes it from other streams with the same number.
  public let seed: UInt64
  /// Its number.
  public let stream: UInt64
  /// The number of 64-bit numbers drawn from it. It may be set, to continue from anywhere.
  public var position: UInt64

  @usableFromInline var second: UInt64 = 0

  /// The beginning of a stream.
  ///
  /// - Parameters:
  ///   - seed: any number.
  ///   - stream: any number, such as the index of a task.
  @inlinable
  public init(seed: UInt64, stream: UInt64) {
    self.seed = seed
    self.stream = stream
    position = 0
  }

  /// The beginning of a stream with the index of a task.
  ///
  /// - Parameters:
  ///   - seed: any number.
  ///   - stream: the index of a task, or any other number.
  @inlinable
  public init(seed: UInt64, stream: Int) { self.init(seed: seed, stream: UInt64(bitPattern: Int64(stream))) }

  /// The next 64 random bits.
  @inlinable
  public mutating func next() -> UInt64 {
    // A block is two numbers; the second one is kept.
    defer { position &+= 1 }
    if position & 1 == 1 && position == filled { return second }
    let block = position >> 1
    let words = Philox.words(
      SIMD4(
        UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
        UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    let first = UInt64(words[1]) << 32 | UInt64(words[0])
    second = UInt64(words[3]) << 32 | UInt64(words[2])
    if position & 1 == 1 { return second }
    filled = position &+ 1
    return first
  }

  /// The position whose number is kept; 0 for none.
  @usableFromInline var filled: UInt64 = 0

  /// Whether two streams go on with the same numbers.
  public static func == (left: Self, right: Self) -> Bool {
    left.seed == right.seed && left.stream == right.stream && left.position == right.position
  }

  /// Hashes what is compared.
  ///
  /// - Parameter hasher: where seed, stream and position go.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(seed)
    hasher.combine(stream)
    hasher.combine(position)
  }
}

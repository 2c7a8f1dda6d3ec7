// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The destination of a message: a rank, or ``MessageDestination/null``.
///
/// `Int` conforms, so a rank is written as a number.
public protocol MessageDestination: Sendable {
  /// The rank, or a number that no rank has and that stands for something else.
  var _destination: Int { get }
}

/// The source of a message: a rank, ``MessageSource/any``, or ``MessageSource/null``.
///
/// `Int` conforms, so a rank is written as a number.
public protocol MessageSource: Sendable {
  /// The rank, or a number that no rank has and that stands for something else.
  var _source: Int { get }
}

/// The tags that a receive takes: a number, or ``MessageTag/any``.
///
/// `Int` conforms.
public protocol MessageTag: Sendable {
  /// The tag, or a number that no tag has and that stands for something else.
  var _tag: Int { get }
}

/// Numbers that no rank and no tag has.
@usableFromInline
enum Wildcard {
  @inlinable @inline(__always)
  static var none: Int { Int.min }

  @inlinable @inline(__always)
  static var any: Int { Int.min + 1 }
}

extension Int: MessageDestination, MessageSource, MessageTag {
  @inlinable @inline(__always)
  public var _destination: Int { self }

  @inlinable @inline(__always)
  public var _source: Int { self }

  @inlinable @inline(__always)
  public var _tag: Int { self }
}

extension Communicator {
  /// The rank of a destination as MPI takes it. One compare if it is in range.
  @inlinable @inline(__always)
  func rank(
    of destination: some MessageDestination, _ operation: StaticString
  ) throws(MPIError) -> CInt {
    let rank = destination._destination
    if _fastPath(UInt(bitPattern: rank) < UInt(bitPattern: peerCount)) { return CInt(truncatingIfNeeded: rank) }
    guard rank == Wildcard.none else { throw rankFailure(rank, operation) }
    return CMPI_PROC_NULL
  }

  /// The rank of a source as MPI takes it. One compare if it is in range.
  @inlinable @inline(__always)
  func rank(of source: some MessageSource, _ operation: StaticString) throws(MPIError) -> CInt {
    let rank = source._source
    if _fastPath(UInt(bitPattern: rank) < UInt(bitPattern: peerCount)) { return CInt(truncatingIfNeeded: rank) }
    if rank == Wildcard.any { return CMPI_ANY_SOURCE }
    guard rank == Wildcard.none else { throw rankFailure(rank, operation) }
    return CMPI_PROC_NULL
  }

  /// A tag to receive as MPI takes it. One compare if it is in range.
  @inlinable @inline(__always)
  func number(of tag: some MessageTag, _ operation: StaticString) throws(MPIError) -> CInt {
    let tag = tag._tag
    if tag == Wildcard.any { return CMPI_ANY_TAG }
    try checkTag(tag, operation)
    return CInt(truncatingIfNeeded: tag)
  }
}

/// Any rank. C: `MPI_ANY_SOURCE`. MPI-3.1, section 3.2.4.
public struct AnySource: MessageSource {
  /// It has no state.
  @inlinable
  public init() {}

  @inlinable @inline(__always)
  public var _source: Int { Wildcard.any }
}

/// Any tag. C: `MPI_ANY_TAG`. MPI-3.1, section 3.2.4.
public struct AnyTag: MessageTag {
  /// It has no state.
  @inlinable
  public init() {}

  @inlinable @inline(__always)
  public var _tag: Int { Wildcard.any }
}

/// A rank that may not be there: the next one on a grid, at whose edge there is none.
///
/// A message to one that is not there goes nowhere, at once; one from there has no elements, and leaves memory as it
/// was.
///
/// C: a rank or `MPI_PROC_NULL`. MPI-3.1, section 3.11.
public struct Neighbor: MessageDestination, MessageSource, Hashable {
  /// The rank, or nil if there is none.
  public let rank: Int?

  /// A neighbor of a rank; of none if `rank` is nil.
  ///
  /// - Parameter rank: the rank, or nil for none.
  @inlinable
  public init(_ rank: Int?) { self.rank = rank }

  @inlinable @inline(__always)
  public var _destination: Int { rank ?? Wildcard.none }

  @inlinable @inline(__always)
  public var _source: Int { rank ?? Wildcard.none }
}

extension Neighbor {
  /// No rank.
  @inlinable
  public static var null: Neighbor { Neighbor(nil) }
}

extension Neighbor: CustomStringConvertible {
  /// The rank, in words.
  public var description: String { rank.map { "rank \($0)" } ?? "no rank" }
}

extension MessageSource where Self == AnySource {
  /// A message from any rank. The ``Status`` has its rank.
  @inlinable
  public static var any: AnySource { AnySource() }
}

extension MessageTag where Self == AnyTag {
  /// A message with any tag. The ``Status`` has its tag.
  @inlinable
  public static var any: AnyTag { AnyTag() }
}

extension MessageSource where Self == Neighbor {
  /// No rank: the receive completes at once, with an empty message.
  @inlinable
  public static var null: Neighbor { Neighbor(nil) }
}

extension MessageDestination where Self == Neighbor {
  /// No rank: the message goes nowhere, at once.
  @inlinable
  public static var null: Neighbor { Neighbor(nil) }
}

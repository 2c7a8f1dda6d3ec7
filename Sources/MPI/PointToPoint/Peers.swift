import CMPI

/// Where a message can go: a rank, or ``MessageDestination/null``.
///
/// `Int` conforms, so a rank is written as a number.
public protocol MessageDestination: Sendable {
  /// The rank for MPI, checked against the communicator.
  func _destinationRank(in communicator: Communicator, _ operation: StaticString) throws(MPIError) -> CInt
}

/// Where a message can come from: a rank, ``MessageSource/any``, or ``MessageSource/null``.
///
/// `Int` conforms, so a rank is written as a number.
public protocol MessageSource: Sendable {
  /// The rank for MPI, checked against the communicator.
  func _sourceRank(in communicator: Communicator, _ operation: StaticString) throws(MPIError) -> CInt
}

/// The tags that a receive takes: a number, or ``MessageTag/any``.
///
/// `Int` conforms.
public protocol MessageTag: Sendable {
  /// The tag for MPI, checked against the communicator.
  func _tag(in communicator: Communicator, _ operation: StaticString) throws(MPIError) -> CInt
}

extension Int: MessageDestination, MessageSource, MessageTag {
  @inlinable @inline(__always)
  public func _destinationRank(
    in communicator: Communicator, _ operation: StaticString
  ) throws(MPIError) -> CInt {
    if UInt(bitPattern: self) >= UInt(bitPattern: communicator.size) {
      throw communicator.rankFailure(self, operation)
    }
    return CInt(truncatingIfNeeded: self)
  }

  @inlinable @inline(__always)
  public func _sourceRank(in communicator: Communicator, _ operation: StaticString) throws(MPIError) -> CInt {
    try _destinationRank(in: communicator, operation)
  }

  @inlinable @inline(__always)
  public func _tag(in communicator: Communicator, _ operation: StaticString) throws(MPIError) -> CInt {
    try communicator.checkTag(self, operation)
    return CInt(truncatingIfNeeded: self)
  }
}

/// Any rank. C: `MPI_ANY_SOURCE`. MPI-3.1, section 3.2.4.
public struct AnySource: MessageSource {
  @inlinable
  public init() {}

  @inlinable @inline(__always)
  public func _sourceRank(in communicator: Communicator, _ operation: StaticString) throws(MPIError) -> CInt {
    CMPI_ANY_SOURCE
  }
}

/// Any tag. C: `MPI_ANY_TAG`. MPI-3.1, section 3.2.4.
public struct AnyTag: MessageTag {
  @inlinable
  public init() {}

  @inlinable @inline(__always)
  public func _tag(in communicator: Communicator, _ operation: StaticString) throws(MPIError) -> CInt {
    CMPI_ANY_TAG
  }
}

/// A rank that may not be there: the next one on a grid, at whose edge there is none.
///
/// A message to one that is not there goes nowhere, at once; one from there has no elements, and leaves memory as it was.
///
/// C: a rank or `MPI_PROC_NULL`. MPI-3.1, section 3.11.
public struct Neighbor: MessageDestination, MessageSource, Hashable {
  /// The rank, or nil where there is none.
  public let rank: Int?

  /// A neighbor of a rank; of none where `rank` is nil.
  @inlinable
  public init(_ rank: Int?) { self.rank = rank }

  @inlinable
  public func _destinationRank(
    in communicator: Communicator, _ operation: StaticString
  ) throws(MPIError) -> CInt {
    guard let rank else { return CMPI_PROC_NULL }
    return try rank._destinationRank(in: communicator, operation)
  }

  @inlinable
  public func _sourceRank(in communicator: Communicator, _ operation: StaticString) throws(MPIError) -> CInt {
    try _destinationRank(in: communicator, operation)
  }
}

extension Neighbor: CustomStringConvertible {
  public var description: String { rank.map { "rank \($0)" } ?? "no rank" }
}

extension MessageSource where Self == AnySource {
  /// A message from any rank. The ``Status`` says from which it came.
  @inlinable
  public static var any: AnySource { AnySource() }
}

extension MessageTag where Self == AnyTag {
  /// A message with any tag. The ``Status`` says which it had.
  @inlinable
  public static var any: AnyTag { AnyTag() }
}

extension MessageSource where Self == Neighbor {
  /// No rank: the message is empty, and there at once.
  @inlinable
  public static var null: Neighbor { Neighbor(nil) }
}

extension MessageDestination where Self == Neighbor {
  /// No rank: the message goes nowhere, at once.
  @inlinable
  public static var null: Neighbor { Neighbor(nil) }
}

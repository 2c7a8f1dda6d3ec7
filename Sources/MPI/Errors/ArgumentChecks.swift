// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The checks of arguments that are made before MPI is called, each a compare or two when all is well.
///
/// `_slowPath` keeps the failure branch out of line, so it consumes no registers on the fast path.
extension Communicator {
  /// Throws an error in words, unless `condition` holds.
  @inlinable @inline(__always)
  func require(
    _ condition: Bool, _ errorClass: ErrorClass, _ operation: StaticString, _ text: @autoclosure () -> String
  ) throws(MPIError) {
    if _slowPath(!condition) { throw failure(errorClass, operation, text()) }
  }

  /// Throws unless `root` is a rank of this communicator.
  @inlinable @inline(__always)
  func checkRoot(_ root: Int, _ operation: StaticString) throws(MPIError) {
    if _slowPath(UInt(bitPattern: root) >= UInt(bitPattern: size)) { throw rootFailure(root, operation) }
  }

  /// Throws unless `tag` is one that a message can have.
  @inlinable @inline(__always)
  func checkTag(_ tag: Int, _ operation: StaticString) throws(MPIError) {
    if _slowPath(UInt(bitPattern: tag) > UInt(bitPattern: largestTag)) { throw tagFailure(tag, operation) }
  }

  /// Throws unless a buffer has as many elements as it must.
  @inlinable @inline(__always)
  func checkCount(
    _ count: Int, _ expected: Int, _ operation: StaticString, _ what: StaticString
  ) throws(MPIError) {
    if _slowPath(count != expected) { throw countFailure(count, expected, operation, what) }
  }

  /// All ranks.
  @inlinable @inline(__always)
  var ranks: Peers { Peers(size, "ranks") }

  /// Throws unless there is the same number of elements for each.
  ///
  /// - Parameters:
  ///   - peers: one or more.
  ///   - instead: what the caller can give for blocks of different lengths.
  /// - Returns: how many are each one's.
  @inlinable @inline(__always)
  func checkShare(
    _ count: Int, of peers: Peers, _ operation: StaticString,
    _ instead: StaticString = "counts, or a RankPartitioned with a part for each"
  ) throws(MPIError) -> Int {
    let (share, rest) = UInt(bitPattern: count).quotientAndRemainder(dividingBy: UInt(bitPattern: peers.count))
    if _slowPath(rest != 0) { throw shareFailure(count, peers, operation, instead) }
    return Int(bitPattern: share)
  }

  @usableFromInline @inline(never)
  func failure(code: CInt, _ operation: StaticString) -> MPIError {
    // Whatever call it was, it has ended.
    if isChecked { CallRecord.end() }
    return MPIError(
      ErrorClass(code: code), MPIError.words(for: code, "\(operation)"), operation: "\(operation)", communicator: name,
      rank: rank, code: code)
  }

  @usableFromInline @inline(never)
  func failure(_ errorClass: ErrorClass, _ operation: StaticString, _ text: String) -> MPIError {
    if isChecked { CallRecord.end() }
    return MPIError(errorClass, text, operation: "\(operation)", communicator: name, rank: rank)
  }

  @usableFromInline @inline(never)
  func rankFailure(_ wrong: Int, _ operation: StaticString) -> MPIError {
    let whose = isInter ? "the remote group" : "this communicator"
    return failure(.rank, operation, "rank \(wrong) is out of range: \(whose) has ranks 0 to \(peerCount - 1)")
  }

  @usableFromInline @inline(never)
  func rootFailure(_ root: Int, _ operation: StaticString) -> MPIError {
    failure(.root, operation, "root \(root) is out of range: this communicator has ranks 0 to \(size - 1)")
  }

  @usableFromInline @inline(never)
  func tagFailure(_ tag: Int, _ operation: StaticString) -> MPIError {
    failure(.tag, operation, "tag \(tag) is out of range: with this MPI a tag is 0 to \(largestTag)")
  }

  @usableFromInline @inline(never)
  func countFailure(
    _ count: Int, _ expected: Int, _ operation: StaticString, _ what: StaticString
  ) -> MPIError {
    failure(.count, operation, "\(what) has \(count) elements and must have \(expected)")
  }

  @usableFromInline @inline(never)
  func shareFailure(
    _ count: Int, _ peers: Peers, _ operation: StaticString, _ instead: StaticString
  ) -> MPIError {
    failure(
      .count, operation,
      """
      \(count) elements can't be divided into equal blocks for \(peers.count) \(peers.name): give a multiple of \
      \(peers.count); or, for blocks of different lengths, \(instead)
      """)
  }
}

/// How many ranks or neighbors have a block in a memory.
@usableFromInline @frozen
struct Peers {
  @usableFromInline let count: Int
  /// What they are, for errors.
  @usableFromInline let name: StaticString

  @inlinable @inline(__always)
  init(_ count: Int, _ name: StaticString) { (self.count, self.name) = (count, name) }
}

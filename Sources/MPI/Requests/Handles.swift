// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The requests of one operation in flight: one, but for an operation so large that MPI takes it in pieces, and for a
/// send and receive at once.
///
/// ```swift
/// handles.keep(MPI_Ibarrier(rawValue, &handles.next))
/// ```
@usableFromInline @frozen
struct Handles {
  /// No elements of the type of one, which has another name in each MPI.
  @inlinable @inline(__always)
  static func emptyList<Handle>(like _: Handle) -> [Handle] { [] }

  /// Where MPI's next call puts its request.
  @usableFromInline var next = CMPI_REQUEST_NULL
  /// The first request. Most operations have no other, and need no memory for a list.
  @usableFromInline var first = CMPI_REQUEST_NULL
  /// The others. Not an array, for even an empty one is counted wherever this is copied.
  @usableFromInline var others = Others.none(like: CMPI_REQUEST_NULL)
  /// How many there are.
  @usableFromInline var count = 0
  /// How many of them have completed, in order.
  @usableFromInline var over = 0

  @inlinable
  init() {}

  /// Keeps what a call put into ``next``.
  ///
  /// - Parameter code: what the call returned.
  /// - Returns: the same.
  @inlinable @inline(__always)
  mutating func keep(_ code: CInt) -> CInt {
    if _slowPath(code != 0) { return code }
    if _fastPath(count == 0) {
      first = next
      count = 1
    } else {
      keepAnother()
    }
    next = CMPI_REQUEST_NULL
    return 0
  }

  @usableFromInline @inline(never)
  mutating func keepAnother() {
    ownOthers()
    if others == nil { others = Others(next) } else { others!.list.append(next) }
    count += 1
  }

  /// Makes the list of the others this one's own, before it is changed.
  mutating func ownOthers() {
    if !isKnownUniquelyReferenced(&others) { others = others?.copy() }
  }

  /// Whether all have completed.
  @inlinable
  var areOver: Bool { over == count }

  /// Calls `body` with each request that is in flight.
  mutating func forEachUnderWay(_ body: (inout Handles) -> CInt) -> CInt {
    ownOthers()
    var failed: CInt = 0
    for index in over..<max(count, over) {
      next = index == 0 ? first : others!.list[index - 1]
      let code = body(&self)
      if index == 0 { first = next } else { others!.list[index - 1] = next }
      if code != 0 && failed == 0 { failed = code }
    }
    next = CMPI_REQUEST_NULL
    return failed
  }

  /// Waits until all have completed.
  ///
  /// - Parameter status: that of the last, which is the receive of a send and receive.
  /// - Returns: the first error.
  @inlinable @inline(__always)
  mutating func wait(_ status: inout Status) -> CInt {
    if _fastPath(count == 1) {
      if over == 1 { return 0 }
      over = 1
      return MPI_Wait(&first, &status.value)
    }
    return waitForEach(&status)
  }

  @usableFromInline @inline(never)
  mutating func waitForEach(_ status: inout Status) -> CInt {
    let code = forEachUnderWay { MPI_Wait(&$0.next, &status.value) }
    over = count
    return code
  }

  /// Looks whether all have completed, without waiting.
  ///
  /// - Returns: the first error; one that failed has completed.
  @inlinable
  mutating func test(_ status: inout Status) -> CInt {
    if _fastPath(count == 1) {
      if over == 1 { return 0 }
      var flag: CInt = 0
      let code = MPI_Test(&first, &flag, &status.value)
      if code != 0 || flag != 0 { over = 1 }
      return code
    }
    return testEach(&status)
  }

  @usableFromInline @inline(never)
  mutating func testEach(_ status: inout Status) -> CInt {
    ownOthers()
    var failed: CInt = 0
    while over < count {
      var flag: CInt = 0
      let code =
        over == 0
        ? MPI_Test(&first, &flag, &status.value) : MPI_Test(&others!.list[over - 1], &flag, &status.value)
      if code != 0 { failed = code } else if flag == 0 { return failed }
      over += 1
    }
    return failed
  }

  /// Asks MPI to cancel those that are in flight.
  mutating func cancel() -> CInt {
    let code = forEachUnderWay { MPI_Cancel(&$0.next) }
    PromiseCore.completeCanceled()
    return code
  }

  /// Starts persistent ones, all of them over or never started.
  @inlinable @inline(__always)
  mutating func start() -> CInt {
    over = 0
    if _fastPath(count == 1) {
      let code = MPI_Start(&first)
      if code != 0 { over = 1 }
      return code
    }
    return startEach()
  }

  @usableFromInline @inline(never)
  mutating func startEach() -> CInt {
    let code = forEachUnderWay { MPI_Start(&$0.next) }
    if code != 0 { over = count }
    return code
  }

  /// Gives persistent ones back. None is in flight.
  mutating func free() {
    over = 0
    _ = forEachUnderWay { MPI_Request_free(&$0.next) }
    count = 0
  }
}

/// The requests of an operation but for its first.
@usableFromInline
final class Others<Handle> {
  var list: [Handle]

  fileprivate init(_ only: Handle) { list = [only] }

  fileprivate init(_ list: [Handle]) { self.list = list }

  fileprivate func copy() -> Others { Others(list) }

  /// None, of the type of a handle, which has another name in each MPI.
  @inlinable @inline(__always)
  static func none(like _: Handle) -> Others? { nil }
}

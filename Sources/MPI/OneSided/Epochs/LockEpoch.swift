// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The kind of a lock: exclusive, or shared with other ranks.
///
/// C: `MPI_LOCK_EXCLUSIVE`, `MPI_LOCK_SHARED`. MPI-3.1, section 11.5.3.
public enum WindowLock: Sendable, Hashable {
  /// No other lock.
  case exclusive
  /// Other shared locks.
  case shared
}

/// An epoch in which this rank has locked the memory of one rank or of all. The ranks themselves do nothing for it.
///
/// It is given to the closures of ``Window/locked(_:_:assertions:file:line:_:)`` and
/// ``Window/lockedAll(assertions:file:line:_:)``. Operations can be completed at any time in it, so it alone has those
/// that return what is there: `get`, `getAccumulate`, `fetchAndOp`, `compareAndSwap`.
///
/// C: `MPI_Win_lock`, `MPI_Win_lock_all`. MPI-3.1, section 11.5.3.
@frozen
public struct LockEpoch<Element: BitwiseCopyable>: WindowEpoch, ~Escapable {
  /// The window.
  public let window: Window<Element>
  /// Which rank is locked; below 0 if all are.
  @usableFromInline let target: Int

  /// - Parameter target: which rank is locked; nil if all are.
  @inlinable @inline(__always)
  @_lifetime(borrow window)
  init(_ window: borrowing Window<Element>, target: Int? = nil) {
    self.window = copy window
    self.target = target ?? -1
  }

  @inlinable @inline(__always)
  public static var _isPassive: Bool { true }

  @inlinable @inline(__always)
  public func _checkReached(_ rank: Int, _ operation: StaticString) throws(MPIError) {
    if target >= 0 && rank != target { throw lockFailure(rank, operation) }
  }

  @usableFromInline @inline(never)
  func lockFailure(_ rank: Int, _ operation: StaticString) -> MPIError {
    window.communicator.failure(
      .windowSynchronization, operation,
      "this epoch is a lock of rank \(target), and not of rank \(rank): lock that one too, or use lockedAll { … }")
  }

  // MARK: Flushes

  /// Waits until this rank's operations on a target are done, here and there.
  ///
  /// C: `MPI_Win_flush`. MPI-3.1, section 11.5.4.
  ///
  /// - Parameter target: a rank that is locked.
  /// - Throws: ``ErrorClass/rank`` for a rank out of range; ``ErrorClass/windowSynchronization`` if the target is not
  ///   locked.
  @inlinable
  public func flush(_ target: Int, file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try checkLocked(target, "flush")
    communicator.enter("flush", file, line)
    try communicator.check(MPI_Win_flush(CInt(truncatingIfNeeded: target), window.rawValue), "flush")
  }

  /// Waits until all of this rank's operations in the epoch are done, here and there.
  ///
  /// C: `MPI_Win_flush_all`; `MPI_Win_flush` if one rank is locked. MPI-3.1, section 11.5.4.
  ///
  /// - Throws: what MPI reports.
  public func flushAll(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    communicator.enter("flushAll", file, line)
    let handle = window.rawValue
    try communicator.check(flushTargets({ MPI_Win_flush($0, handle) }, { MPI_Win_flush_all(handle) }), "flushAll")
  }

  /// Waits until MPI has read the memory of this rank's operations on a target. They may not be done there.
  ///
  /// Operations with spans and arrays do that by themselves inside locks.
  ///
  /// C: `MPI_Win_flush_local`. MPI-3.1, section 11.5.4.
  ///
  /// - Parameter target: a rank that is locked.
  /// - Throws: ``ErrorClass/rank`` for a rank out of range; ``ErrorClass/windowSynchronization`` if the target is not
  ///   locked.
  @inlinable
  public func flushLocal(_ target: Int, file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try checkLocked(target, "flushLocal")
    communicator.enter("flushLocal", file, line)
    try communicator.check(MPI_Win_flush_local(CInt(truncatingIfNeeded: target), window.rawValue), "flushLocal")
  }

  /// Waits until MPI has read the memory of all of this rank's operations in the epoch. They may not be done there.
  ///
  /// C: `MPI_Win_flush_local_all`; `MPI_Win_flush_local` if one rank is locked. MPI-3.1, section 11.5.4.
  ///
  /// - Throws: what MPI reports.
  public func flushLocalAll(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    communicator.enter("flushLocalAll", file, line)
    let handle = window.rawValue
    let code = flushTargets({ MPI_Win_flush_local($0, handle) }, { MPI_Win_flush_local_all(handle) })
    try communicator.check(code, "flushLocalAll")
  }

  /// Makes what others wrote visible to loads, and what this rank stored visible to others, in its own memory.
  ///
  /// Ranks that load and store in a ``WindowKind/shared`` window call it before and after they meet at a barrier, all
  /// inside of ``Window/lockedAll(assertions:file:line:_:)``.
  ///
  /// C: `MPI_Win_sync`. MPI-3.1, section 11.5.4.
  ///
  /// - Throws: what MPI reports.
  public func sync() throws(MPIError) { try window.sync() }

  @inlinable @inline(__always)
  func checkLocked(_ target: Int, _ operation: StaticString) throws(MPIError) {
    try communicator.checkRank(target, operation)
    try _checkReached(target, operation)
  }

  /// Completes the operations on the targets of this epoch.
  private func flushTargets(_ one: (CInt) -> CInt, _ all: () -> CInt) -> CInt {
    let code = target >= 0 ? one(CInt(target)) : window.flushLocked(one, all)
    // Values that went to the targets of other locks may be in flight.
    if code == 0 && (target < 0 || window.state.pointee.locks == 1) { window.settle() }
    return code
  }
}

extension Window {
  /// Calls `body` while a rank's memory is locked, and unlocks it, also if `body` throws.
  ///
  /// ```swift
  /// let ticket = try window.locked(0) { epoch in try epoch.fetchAndOp(1, .sum, on: 0, at: 0) }
  /// ```
  ///
  /// Not collective: the rank itself does nothing. It waits until the lock is to be had; when it returns all operations
  /// are done, here and there. To read or write ``local`` while others may lock it, a rank locks itself. Locks of
  /// several ranks can be inside each other, each with its epoch; ranks that take them in different orders wait for
  /// each other forever.
  ///
  /// C: `MPI_Win_lock`, `MPI_Win_unlock`. MPI-3.1, section 11.5.3.
  ///
  /// - Parameters:
  ///   - target: the rank whose memory is locked.
  ///   - lock: which other locks are allowed at the same time.
  ///   - assertions: `.noCheck`.
  ///   - body: is given the epoch.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; ``ErrorClass/windowSynchronization`` if the rank is locked already, or inside
  ///   another kind of epoch; ``ErrorClass/rank`` for a rank out of range.
  @inlinable
  @discardableResult
  public func locked<Result>(
    _ target: Int, _ lock: WindowLock = .exclusive, assertions: WindowAssertions = [], file: StaticString = #fileID,
    line: Int = #line, _ body: (LockEpoch<Element>) throws -> Result
  ) throws -> Result {
    try beginLock(target, lock, assertions, file, line)
    return try ending(
      { try body(LockEpoch(self, target: target)) }, end: { () throws(MPIError) in try endLock(target, file, line) })
  }

  /// Calls `body` while all ranks' memory is locked, shared with others, and unlocks it, also if `body` throws.
  ///
  /// ```swift
  /// try window.lockedAll { epoch in
  ///   for (rank, value) in updates { try epoch.accumulate(value, .sum, to: rank, at: 0) }
  ///   try epoch.flushAll()     // done, everywhere
  ///   …
  /// }
  /// ```
  ///
  /// Not collective. It can last as long as the program does: ``LockEpoch/flush(_:file:line:)`` and its variants
  /// complete operations in between. It is the fastest way for many small operations.
  ///
  /// C: `MPI_Win_lock_all`, `MPI_Win_unlock_all`. MPI-3.1, section 11.5.3.
  ///
  /// - Parameters:
  ///   - assertions: `.noCheck`.
  ///   - body: is given the epoch.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; ``ErrorClass/windowSynchronization`` inside another epoch.
  @inlinable
  @discardableResult
  public func lockedAll<Result>(
    assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: (LockEpoch<Element>) throws -> Result
  ) throws -> Result {
    try beginLockAll(assertions, file, line)
    return try ending({ try body(LockEpoch(self)) }, end: { () throws(MPIError) in try endLockAll(file, line) })
  }

  // MARK: Within

  /// Runs the body of an epoch, which is ended in any case. An error of the body takes precedence over one of the end.
  @inlinable
  func ending<Result>(_ body: () throws -> Result, end: () throws(MPIError) -> Void) throws -> Result {
    let result: Result
    do {
      result = try body()
    } catch {
      try? end()
      throw error
    }
    try end()
    return result
  }

  @usableFromInline
  func beginLock(
    _ target: Int, _ lock: WindowLock, _ assertions: WindowAssertions, _ file: StaticString, _ line: Int
  ) throws(MPIError) {
    try checkUsable("locked")
    try communicator.checkRank(target, "locked")
    if state.pointee.epoch == .locks {
      try communicator.require(
        state.pointee.isReached[target] == 0, .windowSynchronization, "locked", "rank \(target) is locked already")
    } else {
      try requireNoEpoch("locked")
    }
    communicator.enter("locked", file, line)
    let type = lock == .exclusive ? CMPI_LOCK_EXCLUSIVE : CMPI_LOCK_SHARED
    try communicator.check(MPI_Win_lock(type, CInt(target), assertions.constant, rawValue), "locked")
    state.pointee.epoch = .locks
    state.pointee.isReached[target] = 1
    state.pointee.locks += 1
  }

  @usableFromInline
  func endLock(_ target: Int, _ file: StaticString, _ line: Int) throws(MPIError) {
    communicator.enter("the end of locked", file, line)
    state.pointee.isReached[target] = 0
    state.pointee.locks -= 1
    let code = MPI_Win_unlock(CInt(target), rawValue)
    if state.pointee.locks == 0 {
      settle()
      state.pointee.epoch = .none
    }
    try communicator.check(code, "locked")
  }

  @usableFromInline
  func beginLockAll(_ assertions: WindowAssertions, _ file: StaticString, _ line: Int) throws(MPIError) {
    try checkUsable("lockedAll")
    try requireNoEpoch("lockedAll")
    communicator.enter("lockedAll", file, line)
    try communicator.check(MPI_Win_lock_all(assertions.constant, rawValue), "lockedAll")
    state.pointee.epoch = .lockAll
  }

  @usableFromInline
  func endLockAll(_ file: StaticString, _ line: Int) throws(MPIError) {
    communicator.enter("the end of lockedAll", file, line)
    let code = MPI_Win_unlock_all(rawValue)
    settle()
    state.pointee.epoch = .none
    try communicator.check(code, "lockedAll")
  }

  /// Orders loads and stores, for windows that hold a lock of all as long as they are there.
  func sync() throws(MPIError) {
    let code = MPI_Win_sync(rawValue)
    if code != 0 { throw communicator.failure(code: code, "sync") }
  }

  /// Flushes all targets that are locked, at once if MPI does that right, or else one after the other.
  func flushLocked(_ one: (CInt) -> CInt, _ all: () -> CInt) -> CInt {
    guard Fault.flushAllForgetsCalls.isHere else { return all() }
    for rank in 0..<size where state.pointee.epoch == .lockAll || state.pointee.isReached[rank] != 0 {
      let code = one(CInt(rank))
      if code != 0 { return code }
    }
    return 0
  }
}

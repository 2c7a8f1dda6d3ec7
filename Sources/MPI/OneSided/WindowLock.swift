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

extension Window {
  /// Calls `body` while a rank's memory is locked, and unlocks it, also if `body` throws.
  ///
  /// ```swift
  /// let ticket = try window.locked(0) { window in try window.fetchAndOp(1, .sum, on: 0, at: 0) }
  /// ```
  ///
  /// Not collective: the rank itself does nothing. It waits until the lock is to be had; when it returns all operations
  /// are done, here and there. To read or write ``local`` while others may lock it, a rank locks itself. Locks of
  /// several ranks can be inside each other; ranks that do so in unlike order wait for each other forever.
  ///
  /// C: `MPI_Win_lock`, `MPI_Win_unlock`. MPI-3.1, section 11.5.3.
  ///
  /// - Parameters:
  ///   - target: whose memory.
  ///   - lock: which other locks are allowed at the same time.
  ///   - assertions: `.noCheck`.
  ///   - body: what is done meanwhile. It is given this window.
  /// - Returns: what `body` returns.
  /// - Throws: ``ErrorClass/windowSynchronization`` if the rank is locked already, or inside another kind of epoch.
  @inlinable
  @discardableResult
  public func locked<Result>(
    _ target: Int, _ lock: WindowLock = .exclusive, assertions: WindowAssertions = [], file: StaticString = #fileID,
    line: Int = #line, _ body: (Window<Element>) throws -> Result
  ) throws -> Result {
    try beginLock(target, lock, assertions, file, line)
    return try run(body, end: { () throws(MPIError) in try endLock(target, file, line) })
  }

  /// Calls `body` while all ranks' memory is locked, shared with others, and unlocks it, also if `body` throws.
  ///
  /// ```swift
  /// try window.lockedAll { window in
  ///   for (rank, value) in updates { try window.accumulate(value, .sum, to: rank, at: 0) }
  ///   try window.flushAll()     // done, everywhere
  ///   …
  /// }
  /// ```
  ///
  /// Not collective. It can last as long as the program does: ``flush(_:file:line:)`` and its variants complete
  /// operations in between. It is the fastest way for many small operations.
  ///
  /// C: `MPI_Win_lock_all`, `MPI_Win_unlock_all`. MPI-3.1, section 11.5.3.
  ///
  /// - Parameters:
  ///   - assertions: `.noCheck`.
  ///   - body: what is done meanwhile. It is given this window.
  /// - Returns: what `body` returns.
  /// - Throws: ``ErrorClass/windowSynchronization`` inside another epoch.
  @inlinable
  @discardableResult
  public func lockedAll<Result>(
    assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: (Window<Element>) throws -> Result
  ) throws -> Result {
    try beginLockAll(assertions, file, line)
    return try run(body, end: { () throws(MPIError) in try endLockAll(file, line) })
  }

  // MARK: Flushes

  /// Waits until this rank's operations on a target are done, here and there.
  ///
  /// C: `MPI_Win_flush`. MPI-3.1, section 11.5.4.
  ///
  /// - Parameter target: a rank that is locked.
  /// - Throws: ``ErrorClass/windowSynchronization`` if the target is not locked.
  @inlinable
  public func flush(_ target: Int, file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try checkLocked(target, "flush")
    communicator.enter("flush", file, line)
    try communicator.check(MPI_Win_flush(CInt(truncatingIfNeeded: target), rawValue), "flush")
  }

  /// Waits until all of this rank's operations are done, here and there.
  ///
  /// C: `MPI_Win_flush_all`. MPI-3.1, section 11.5.4.
  ///
  /// - Throws: ``ErrorClass/windowSynchronization`` outside of locks.
  public func flushAll(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try checkLocked(nil, "flushAll")
    communicator.enter("flushAll", file, line)
    let code = flushReached({ MPI_Win_flush($0, rawValue) }, { MPI_Win_flush_all(rawValue) })
    try communicator.check(code, "flushAll")
    settle()
  }

  /// Waits until MPI has read the memory of this rank's operations on a target. They may not be done there.
  ///
  /// Operations with spans and arrays do that by themselves inside locks.
  ///
  /// C: `MPI_Win_flush_local`. MPI-3.1, section 11.5.4.
  ///
  /// - Parameter target: a rank that is locked.
  /// - Throws: ``ErrorClass/windowSynchronization`` if the target is not locked.
  @inlinable
  public func flushLocal(_ target: Int, file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try checkLocked(target, "flushLocal")
    communicator.enter("flushLocal", file, line)
    try communicator.check(MPI_Win_flush_local(CInt(truncatingIfNeeded: target), rawValue), "flushLocal")
  }

  /// Waits until MPI has read the memory of all of this rank's operations. They may not be done there.
  ///
  /// C: `MPI_Win_flush_local_all`. MPI-3.1, section 11.5.4.
  ///
  /// - Throws: ``ErrorClass/windowSynchronization`` outside of locks.
  public func flushLocalAll(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try checkLocked(nil, "flushLocalAll")
    communicator.enter("flushLocalAll", file, line)
    let code = flushReached({ MPI_Win_flush_local($0, rawValue) }, { MPI_Win_flush_local_all(rawValue) })
    try communicator.check(code, "flushLocalAll")
    settle()
  }

  /// Makes what others wrote visible to loads, and what this rank stored visible to others, in its own memory.
  ///
  /// Ranks that load and store in a ``WindowKind/shared`` window call it before and after they meet at a barrier, all
  /// inside of ``lockedAll(assertions:file:line:_:)``.
  ///
  /// C: `MPI_Win_sync`. MPI-3.1, section 11.5.4.
  ///
  /// - Throws: ``ErrorClass/windowSynchronization`` outside of locks.
  public func sync() throws(MPIError) {
    try checkLocked(nil, "sync")
    let code = MPI_Win_sync(rawValue)
    if code != 0 { throw communicator.failure(code: code, "sync") }
  }

  // MARK: Within

  /// Runs a body inside an epoch, which is ended in any case. An error of the body takes precedence over one of the
  /// end.
  @inlinable
  func run<Result>(
    _ body: (Window<Element>) throws -> Result, end: () throws(MPIError) -> Void
  ) throws -> Result {
    let result: Result
    do {
      result = try body(self)
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
        state.pointee.isOpen[target] == 0, .windowSynchronization, "locked", "rank \(target) is locked already")
    } else {
      try requireNoEpoch("locked")
    }
    communicator.enter("locked", file, line)
    let type = lock == .exclusive ? CMPI_LOCK_EXCLUSIVE : CMPI_LOCK_SHARED
    try communicator.check(MPI_Win_lock(type, CInt(target), assertions.constant, rawValue), "locked")
    if state.pointee.epoch != .locks { state.pointee.begin(.locks) }
    state.pointee.isOpen[target] = 1
    state.pointee.locks += 1
  }

  @usableFromInline
  func endLock(_ target: Int, _ file: StaticString, _ line: Int) throws(MPIError) {
    // A body that freed the window, or the like.
    guard !state.pointee.isFreed else { return }
    communicator.enter("the end of locked", file, line)
    state.pointee.isOpen[target] = 0
    state.pointee.locks -= 1
    let code = MPI_Win_unlock(CInt(target), rawValue)
    if state.pointee.locks == 0 {
      settle()
      state.pointee.begin(.none)
    }
    try communicator.check(code, "locked")
  }

  @usableFromInline
  func beginLockAll(_ assertions: WindowAssertions, _ file: StaticString, _ line: Int) throws(MPIError) {
    try checkUsable("lockedAll")
    try requireNoEpoch("lockedAll")
    communicator.enter("lockedAll", file, line)
    try communicator.check(MPI_Win_lock_all(assertions.constant, rawValue), "lockedAll")
    state.pointee.begin(.lockAll)
  }

  @usableFromInline
  func endLockAll(_ file: StaticString, _ line: Int) throws(MPIError) {
    communicator.enter("the end of lockedAll", file, line)
    let code = MPI_Win_unlock_all(rawValue)
    settle()
    state.pointee.begin(.none)
    try communicator.check(code, "lockedAll")
  }

  /// Throws unless a target, or any, is locked.
  @inlinable @inline(__always)
  func checkLocked(_ target: Int?, _ operation: StaticString) throws(MPIError) {
    if let target {
      try communicator.checkRank(target, operation)
      if state.pointee.isOpenToAll == 0 && state.pointee.isOpen[target] == 0 { throw epochFailure(target, operation) }
    }
    if state.pointee.isPassive == 0 { throw unlockedFailure(operation) }
  }

  @usableFromInline @inline(never)
  func unlockedFailure(_ operation: StaticString) -> MPIError {
    if state.pointee.isFreed { return communicator.failure(.window, operation, "the window was freed") }
    return communicator.failure(
      .windowSynchronization, operation,
      "this is for the inside of locked and lockedAll: a fence completes what came before it")
  }
}

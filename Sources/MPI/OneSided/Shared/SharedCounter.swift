// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// A number that all ranks of a communicator add to, each getting another value: tickets, and work handed out.
///
/// ```swift
/// let counter = try SharedCounter(world)
/// while true {
///   let task = try counter.next()
///   if task >= tasks.count { break }
///   run(tasks[task])
/// }
/// try counter.free()
/// ```
///
/// It lies in one rank's memory, and the others reach it without that rank's help. If all ranks are on one node it lies
/// in memory that they share, and ``next(file:line:)`` is one instruction of the processor that adds at once, with the
/// function calls around it: measured with Open MPI 4.1, 0.04 µs, also while the host rank computes. Across nodes it
/// takes a message's time; with a network that can't do it alone, such as TCP, the host rank answers when it calls MPI,
/// so let a rank be the host that does so often.
///
/// C: `MPI_Fetch_and_op`, `MPI_Win_lock_all`. MPI-3.1, sections 11.3.4 and 11.5.3.
public final class SharedCounter: Sendable {
  /// The rank in whose memory it lies.
  public let host: Int

  @usableFromInline let window: Window<Int>

  /// A counter of a communicator's ranks.
  ///
  /// Collective. It is given back by ``free(file:line:)``.
  ///
  /// C: `MPI_Win_allocate`, `MPI_Win_allocate_shared`, `MPI_Win_lock_all`. MPI-3.1, sections 11.2 and 11.5.3.
  ///
  /// - Parameters:
  ///   - communicator: the ranks that count.
  ///   - start: the first value, the same on every rank.
  ///   - host: in whose memory it lies, the same on every rank.
  /// - Throws: on every rank, ``ErrorClass/rank`` for a host that there is not; ``ErrorClass/window`` if MPI has no way
  ///   for windows here, as with Debian's Open MPI over TCP, with the setting that helps.
  public init(
    _ communicator: Communicator, start: Int = 0, host: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try communicator.agreeing("SharedCounter.init") { () throws(MPIError) in
      try communicator.checkRank(host, "SharedCounter.init")
    }
    let count = communicator.rank == host ? 1 : 0
    let isShared = try communicator.isOnOneNode
    self.host = host
    window = try communicator.window(
      of: Int.self, count: count, placement: isShared ? .shared : .allocated, file: file, line: line)
    try window.beginLockAll(.noCheck, file, line)
    if communicator.rank == host { window.local[0] = start }
    try window.sync()
    try communicator.enterCollective("SharedCounter.init", Never.self, file, line)
    try communicator.check(MPI_Barrier(communicator.rawValue), "SharedCounter.init")
  }

  /// The ranks that count.
  public var communicator: Communicator { window.communicator }

  /// Adds one.
  ///
  /// - Returns: the value before: of all calls on all ranks, each gets another.
  /// - Throws: ``ErrorClass/window`` if the counter was freed; else what MPI reports.
  @inlinable
  public func next(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Int {
    try checkUsable("SharedCounter.next")
    let window = window
    return try LockEpoch(window).fetchAndOp(1, .sum, on: host, at: 0, file: file, line: line)
  }

  /// Adds a number.
  ///
  /// `add(8)` is eight values at once: its result and the seven after it.
  ///
  /// - Parameter number: any; the sum wraps around on overflow.
  /// - Returns: the value before.
  /// - Throws: ``ErrorClass/window`` if the counter was freed; else what MPI reports.
  @inlinable
  @discardableResult
  public func add(_ number: Int, file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Int {
    try checkUsable("SharedCounter.add")
    let window = window
    return try LockEpoch(window).fetchAndOp(number, .sum, on: host, at: 0, file: file, line: line)
  }

  /// The value now. Other ranks may add to it at any moment.
  ///
  /// - Throws: ``ErrorClass/window`` if the counter was freed; else what MPI reports.
  @inlinable
  public func value(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Int {
    try checkUsable("SharedCounter.value")
    let window = window
    return try LockEpoch(window).fetchAndOp(0, .noOperation, on: host, at: 0, file: file, line: line)
  }

  /// Sets the value on behalf of all ranks, between two barriers: no rank counts meanwhile.
  ///
  /// Collective.
  ///
  /// - Parameter value: the next one, the same on every rank.
  /// - Throws: ``ErrorClass/window`` if the counter was freed; else what MPI reports.
  public func reset(to value: Int = 0, file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try checkUsable("SharedCounter.reset")
    try communicator.enterCollective("SharedCounter.reset", Never.self, file, line)
    try communicator.check(MPI_Barrier(communicator.rawValue), "SharedCounter.reset")
    if communicator.rank == host {
      let window = window
      let epoch = LockEpoch(window)
      try epoch.fetchAndOp(value, .replace, on: host, at: 0, file: file, line: line)
      try epoch.flush(host, file: file, line: line)
    }
    try communicator.enterCollective("SharedCounter.reset", Never.self, file, line)
    try communicator.check(MPI_Barrier(communicator.rawValue), "SharedCounter.reset")
  }

  /// Gives it back.
  ///
  /// Collective: every rank waits for the others. A counter that every rank has dropped without it is given back when
  /// they next make a window, a counter or a communicator of the same communicator.
  ///
  /// C: `MPI_Win_unlock_all`, `MPI_Win_free`. MPI-3.1, sections 11.2.5 and 11.5.3.
  ///
  /// - Throws: ``ErrorClass/window`` if it was freed before.
  public func free(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try checkUsable("SharedCounter.free")
    try window.endLockAll(file, line)
    try window.free(file: file, line: line)
  }

  /// Throws if the counter was freed. Its window is inside a lock of all as long as it is there.
  @inlinable @inline(__always)
  func checkUsable(_ operation: StaticString) throws(MPIError) {
    if window.state.pointee.isFreed { throw freedFailure(operation) }
  }

  @usableFromInline @inline(never)
  func freedFailure(_ operation: StaticString) -> MPIError {
    communicator.failure(.window, operation, "the counter was freed")
  }
}

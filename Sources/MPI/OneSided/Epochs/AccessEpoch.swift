// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// An epoch in which this rank may reach the ranks of a group, which have exposed their memory to it.
///
/// It is given to the closure of ``Window/accessing(_:assertions:file:line:_:)-([Int],_,_,_,_)``.
///
/// C: `MPI_Win_start`, `MPI_Win_complete`. MPI-3.1, section 11.5.2.
@frozen
public struct AccessEpoch<Element: BitwiseCopyable>: WindowEpoch, ~Escapable {
  /// The window.
  public let window: Window<Element>

  @_lifetime(borrow window)
  init(_ window: borrowing Window<Element>) { self.window = copy window }

  @inlinable @inline(__always)
  public static var _isPassive: Bool { false }

  @inlinable @inline(__always)
  public func _checkReached(_ rank: Int, _ operation: StaticString) throws(MPIError) {
    if window.state.pointee.isReached[rank] == 0 { throw accessFailure(rank, operation) }
  }

  @usableFromInline @inline(never)
  func accessFailure(_ rank: Int, _ operation: StaticString) -> MPIError {
    window.communicator.failure(
      .windowSynchronization, operation, "rank \(rank) is not among those of accessing(…) { … }")
  }
}

extension Window {
  /// Calls `body` while a group of ranks may operate on this rank's memory, and waits until they have ended.
  ///
  /// The ranks of the group call ``accessing(_:assertions:file:line:_:)-([Int],_,_,_,_)`` with a group that this rank
  /// is in. A rank that does both calls `accessing` inside of `exposed`:
  ///
  /// ```swift
  /// try window.exposed(to: neighbors) {
  ///   try window.accessing(neighbors) { epoch in
  ///     for neighbor in neighbors { try epoch.put(edge, to: neighbor, at: 0) }
  ///   }
  /// }
  /// use(window.local)
  /// ```
  ///
  /// Only ranks of the groups wait for each other; a fence makes all wait. If `body` throws, the error is thrown at
  /// once, because the wait might never end; the window can't be used any more then.
  ///
  /// C: `MPI_Win_post`, `MPI_Win_wait`. MPI-3.1, section 11.5.2.
  ///
  /// - Parameters:
  ///   - ranks: the ranks that may access it; each once.
  ///   - assertions: `.noStore`, `.noPut`, `.noCheck`.
  ///   - body: what is done meanwhile.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; ``ErrorClass/windowSynchronization`` if the window is exposed already, or inside
  ///   another kind of epoch; ``ErrorClass/rank`` for a rank out of range, or one given twice.
  @discardableResult
  public func exposed<Result>(
    to ranks: [Int], assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: () throws -> Result
  ) throws -> Result {
    try checkRanks(ranks, "exposed(to:)")
    return try exposed(to: group.including(ranks), assertions: assertions, file: file, line: line, body)
  }

  /// Calls `body` while a group of ranks may operate on this rank's memory, and waits until they have ended.
  ///
  /// As the form with ranks, of a group that was made once.
  ///
  /// C: `MPI_Win_post`, `MPI_Win_wait`. MPI-3.1, section 11.5.2.
  ///
  /// - Parameters:
  ///   - group: the ranks that may reach it.
  ///   - assertions: `.noStore`, `.noPut`, `.noCheck`.
  ///   - body: what is done meanwhile.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; ``ErrorClass/windowSynchronization`` if the window is exposed already, or inside
  ///   another kind of epoch; ``ErrorClass/group`` for a group with a process that is not in the window.
  @discardableResult
  public func exposed<Result>(
    to group: Group, assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: () throws -> Result
  ) throws -> Result {
    try expose(to: group, assertions, "exposed(to:)", file, line)
    let result: Result
    do {
      result = try body()
    } catch {
      breakOff()
      throw error
    }
    communicator.enter("the end of exposed(to:)", file, line)
    let code = MPI_Win_wait(rawValue)
    state.pointee.isExposed = false
    try communicator.check(code, "exposed(to:)")
    return result
  }

  /// Lets a group of ranks operate on this rank's memory, and works until they have ended.
  ///
  /// C: `MPI_Win_post`, `MPI_Win_test`. MPI-3.1, section 11.5.2.
  ///
  /// - Parameters:
  ///   - ranks: the ranks that may access it; each once.
  ///   - assertions: `.noStore`, `.noPut`, `.noCheck`.
  ///   - work: is called again and again until they have ended, not at all if they have at once.
  /// - Throws: what `work` throws, after which the window can't be used any more; ``ErrorClass/windowSynchronization``
  ///   if it is exposed already, or inside another kind of epoch; ``ErrorClass/rank`` for a rank out of range, or one
  ///   given twice.
  public func pollExposed(
    to ranks: [Int], assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ work: () throws -> Void
  ) throws {
    try checkRanks(ranks, "pollExposed(to:)")
    try expose(to: group.including(ranks), assertions, "pollExposed(to:)", file, line)
    do {
      while true {
        var isOver: CInt = 0
        try communicator.check(MPI_Win_test(rawValue, &isOver), "pollExposed(to:)")
        if isOver != 0 { break }
        try work()
      }
    } catch {
      breakOff()
      throw error
    }
    state.pointee.isExposed = false
  }

  /// Calls `body` while this rank may operate on the memory of a group of ranks, which let it by
  /// ``exposed(to:assertions:file:line:_:)-([Int],_,_,_,_)``. When it returns MPI is done with this rank's memory.
  ///
  /// It waits until the ranks have called that. It is ended also if `body` throws.
  ///
  /// C: `MPI_Win_start`, `MPI_Win_complete`. MPI-3.1, section 11.5.2.
  ///
  /// - Parameters:
  ///   - ranks: the ranks to access; each once.
  ///   - assertions: `.noCheck`.
  ///   - body: is given the epoch.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; ``ErrorClass/windowSynchronization`` inside another epoch; ``ErrorClass/rank`` for a
  ///   rank out of range, or one given twice.
  @discardableResult
  public func accessing<Result>(
    _ ranks: [Int], assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: (AccessEpoch<Element>) throws -> Result
  ) throws -> Result {
    try checkRanks(ranks, "accessing")
    return try accessing(group.including(ranks), assertions: assertions, file: file, line: line, body)
  }

  /// Calls `body` while this rank may operate on the memory of a group of ranks.
  ///
  /// As the form with ranks, of a group that was made once.
  ///
  /// C: `MPI_Win_start`, `MPI_Win_complete`. MPI-3.1, section 11.5.2.
  ///
  /// - Parameters:
  ///   - group: the ranks to reach.
  ///   - assertions: `.noCheck`.
  ///   - body: is given the epoch.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; ``ErrorClass/windowSynchronization`` inside another epoch; ``ErrorClass/group`` for
  ///   a group with a process that is not in the window.
  @discardableResult
  public func accessing<Result>(
    _ group: Group, assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: (AccessEpoch<Element>) throws -> Result
  ) throws -> Result {
    try checkUsable("accessing")
    // It may be inside of `exposed(to:)`.
    try communicator.require(
      state.pointee.epoch == .none, .windowSynchronization, "accessing",
      "the window is inside fenced, locked, lockedAll or accessing: end that first")
    let targets = try ranks(of: group, "accessing")
    communicator.enter("accessing", file, line)
    try communicator.check(MPI_Win_start(group.rawValue, assertions.constant, rawValue), "accessing")
    state.pointee.epoch = .access
    for target in targets { state.pointee.isReached[target] = 1 }
    return try ending(
      { try body(AccessEpoch(self)) },
      end: { () throws(MPIError) in
        communicator.enter("the end of accessing", file, line)
        let code = MPI_Win_complete(rawValue)
        for target in targets { state.pointee.isReached[target] = 0 }
        settle()
        state.pointee.ended += 1
        state.pointee.epoch = .none
        try communicator.check(code, "accessing")
      })
  }

  private func expose(
    to group: Group, _ assertions: WindowAssertions, _ operation: StaticString, _ file: StaticString, _ line: Int
  ) throws(MPIError) {
    try checkUsable(operation)
    try requireNoEpoch(operation)
    _ = try ranks(of: group, operation)
    communicator.enter(operation, file, line)
    try communicator.check(MPI_Win_post(group.rawValue, assertions.constant, rawValue), operation)
    state.pointee.isExposed = true
  }

  /// Which ranks of the window a group's processes are.
  private func ranks(of other: Group, _ operation: StaticString) throws(MPIError) -> [Int] {
    var ranks: [Int] = []
    for rank in try other.translate(Array(0..<other.size), to: group) {
      guard let rank else {
        throw communicator.failure(.group, operation, "the group has a process that is not in the window")
      }
      ranks.append(rank)
    }
    return ranks
  }

  private func checkRanks(_ ranks: [Int], _ operation: StaticString) throws(MPIError) {
    try checkUsable(operation)
    var seen = Set<Int>()
    for rank in ranks {
      try communicator.checkRank(rank, operation)
      try communicator.require(seen.insert(rank).inserted, .rank, operation, "rank \(rank) is given twice")
    }
  }
}

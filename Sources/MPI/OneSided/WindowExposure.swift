// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Window {
  /// Calls `body` while a group of ranks may reach this rank's memory, and waits until they are done.
  ///
  /// The ranks of the group call ``accessing(_:assertions:file:line:_:)-([Int],_,_,_,_)`` with a group that this rank
  /// is in. A rank that does both calls `accessing` inside of `exposed`:
  ///
  /// ```swift
  /// try window.exposed(to: neighbors) { window in
  ///   try window.accessing(neighbors) { window in
  ///     for neighbor in neighbors { try window.put(edge, to: neighbor, at: 0) }
  ///   }
  /// }
  /// use(window.local)
  /// ```
  ///
  /// Only ranks that have to do with each other wait for each other; a fence makes all wait. Where `body` throws, the
  /// error is thrown at once, for to wait might take forever; the window can't be used any more then.
  ///
  /// C: `MPI_Win_post`, `MPI_Win_wait`. MPI-3.1, section 11.5.2.
  ///
  /// - Parameters:
  ///   - ranks: the ranks that may access it; each once.
  ///   - assertions: `.noStore`, `.noPut`, `.noCheck`.
  ///   - body: what is done meanwhile. It is given this window.
  /// - Returns: what `body` returns.
  /// - Throws: ``ErrorClass/windowSynchronization`` if it is exposed already, or inside another kind of epoch.
  @discardableResult
  public func exposed<Result>(
    to ranks: [Int], assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: (Window<Element>) throws -> Result
  ) throws -> Result {
    try checkRanks(ranks, "exposed(to:)")
    return try exposed(to: group.including(ranks), assertions: assertions, file: file, line: line, body)
  }

  /// Calls `body` while a group of ranks may reach this rank's memory, and waits until they are done.
  ///
  /// As the form with ranks, of a group that was made once.
  ///
  /// C: `MPI_Win_post`, `MPI_Win_wait`. MPI-3.1, section 11.5.2.
  ///
  /// - Parameters:
  ///   - group: the ranks that may reach it.
  ///   - assertions: `.noStore`, `.noPut`, `.noCheck`.
  ///   - body: what is done meanwhile. It is given this window.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; ``ErrorClass/windowSynchronization`` if the window is exposed already, or inside
  ///   another kind of epoch; ``ErrorClass/group`` for a group with a process that is not in the window.
  @discardableResult
  public func exposed<Result>(
    to group: Group, assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: (Window<Element>) throws -> Result
  ) throws -> Result {
    try checkUsable("exposed(to:)")
    try requireNoEpoch("exposed(to:)")
    _ = try ranks(of: group, "exposed(to:)")
    communicator.enter("exposed(to:)", file, line)
    try communicator.check(MPI_Win_post(group.rawValue, assertions.constant, rawValue), "exposed(to:)")
    state.pointee.isExposed = true
    let result: Result
    do {
      result = try body(self)
    } catch {
      state.pointee.isBroken = true
      throw error
    }
    communicator.enter("the end of exposed(to:)", file, line)
    let code = MPI_Win_wait(rawValue)
    state.pointee.isExposed = false
    state.pointee.begin(.none)
    try communicator.check(code, "exposed(to:)")
    return result
  }

  /// Lets a group of ranks reach this rank's memory, and works until they are done.
  ///
  /// C: `MPI_Win_post`, `MPI_Win_test`. MPI-3.1, section 11.5.2.
  ///
  /// - Parameters:
  ///   - ranks: the ranks that may access it; each once.
  ///   - assertions: `.noStore`, `.noPut`, `.noCheck`.
  ///   - work: is called again and again until they are done, not at all if they are at once.
  /// - Throws: what `work` throws, after which the window can't be used any more; ``ErrorClass/windowSynchronization``
  ///   if it is exposed already, or inside another kind of epoch; ``ErrorClass/rank`` for a rank out of range, or one
  ///   given twice.
  public func pollExposed(
    to ranks: [Int], assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ work: () throws -> Void
  ) throws {
    try checkUsable("pollExposed(to:)")
    try requireNoEpoch("pollExposed(to:)")
    try checkRanks(ranks, "pollExposed(to:)")
    let group = try group.including(ranks)
    communicator.enter("pollExposed(to:)", file, line)
    try communicator.check(MPI_Win_post(group.rawValue, assertions.constant, rawValue), "pollExposed(to:)")
    state.pointee.isExposed = true
    while true {
      var isOver: CInt = 0
      let code = MPI_Win_test(rawValue, &isOver)
      if code != 0 { throw communicator.failure(code: code, "pollExposed(to:)") }
      if isOver != 0 { break }
      do { try work() } catch {
        state.pointee.isBroken = true
        throw error
      }
    }
    state.pointee.isExposed = false
    state.pointee.begin(.none)
  }

  /// Calls `body` while this rank may reach the memory of a group of ranks, which let it by
  /// ``exposed(to:assertions:file:line:_:)-([Int],_,_,_,_)``. When it returns MPI is done with this rank's memory.
  ///
  /// It waits until the ranks have called that. Where `body` throws it is ended all the same.
  ///
  /// C: `MPI_Win_start`, `MPI_Win_complete`. MPI-3.1, section 11.5.2.
  ///
  /// - Parameters:
  ///   - ranks: the ranks to access; each once.
  ///   - assertions: `.noCheck`.
  ///   - body: what is done meanwhile. It is given this window.
  /// - Returns: what `body` returns.
  /// - Throws: ``ErrorClass/windowSynchronization`` inside another epoch.
  @discardableResult
  public func accessing<Result>(
    _ ranks: [Int], assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: (Window<Element>) throws -> Result
  ) throws -> Result {
    try checkRanks(ranks, "accessing")
    return try accessing(group.including(ranks), assertions: assertions, file: file, line: line, body)
  }

  /// Calls `body` while this rank may reach the memory of a group of ranks.
  ///
  /// As the form with ranks, of a group that was made once.
  ///
  /// C: `MPI_Win_start`, `MPI_Win_complete`. MPI-3.1, section 11.5.2.
  ///
  /// - Parameters:
  ///   - group: the ranks to reach.
  ///   - assertions: `.noCheck`.
  ///   - body: what is done meanwhile. It is given this window.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; ``ErrorClass/windowSynchronization`` inside another epoch, or if operations since
  ///   the last fence are in flight; ``ErrorClass/group`` for a group with a process that is not in the window.
  @discardableResult
  public func accessing<Result>(
    _ group: Group, assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: (Window<Element>) throws -> Result
  ) throws -> Result {
    try checkUsable("accessing")
    try communicator.require(
      (state.pointee.epoch == .none || state.pointee.epoch == .fence) && state.pointee.hasOperations == 0,
      .windowSynchronization, "accessing",
      "the window is inside locked, lockedAll or accessing, or operations since the last fence are under way: end that")
    let targets = try ranks(of: group, "accessing")
    communicator.enter("accessing", file, line)
    try communicator.check(MPI_Win_start(group.rawValue, assertions.constant, rawValue), "accessing")
    state.pointee.begin(.access)
    for target in targets { state.pointee.isOpen[target] = 1 }
    return try run(body) { () throws(MPIError) in
      communicator.enter("the end of accessing", file, line)
      let code = MPI_Win_complete(rawValue)
      for target in targets { state.pointee.isOpen[target] = 0 }
      settle()
      state.pointee.ended += 1
      state.pointee.begin(.none)
      try communicator.check(code, "accessing")
    }
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

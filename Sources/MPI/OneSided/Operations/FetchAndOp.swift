// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension LockEpoch {
  /// Combines a value with the one in a target's memory, and gets what was there before, all at once.
  ///
  /// ```swift
  /// let ticket = try window.locked(0, .shared) { try $0.fetchAndOp(1, .sum, on: 0, at: 0) }
  /// ```
  ///
  /// Of several ranks at the same time each gets another value. With `.replace` it is an exchange, with `.noOperation`
  /// a get. It returns when the value is there (`MPI_Win_flush_local`). No allocation.
  ///
  /// C: `MPI_Fetch_and_op`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.4 and 11.5.4.
  ///
  /// - Parameters:
  ///   - value: the right argument; what is there is the left one.
  ///   - operation: how two become one.
  ///   - target: a rank.
  ///   - index: where in the target's memory.
  /// - Returns: what was there before.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked; ``ErrorClass/operation`` for elements that are not MPI's own numbers or `Bool`: see `getAccumulate`.
  @inlinable
  @discardableResult
  public func fetchAndOp(
    _ value: Element, _ operation: AccumulateOperation<Element>, on target: Int, at index: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    guard let type = predefinedType(Element.self) else { throw window.fetchFailure("fetchAndOp") }
    try window.checkOperation(operation, "fetchAndOp")
    let rank = try reachRank(target, index, 1, "fetchAndOp")
    communicator.enter("fetchAndOp", file, line)
    let (previous, code) = makeElement(Element.self) { into in
      withElement(value) { own in
        let code = MPI_Fetch_and_op(
          own, into, type, rank, window.displacement(index, rank), operation.operation, window.rawValue)
        return code != 0 ? code : MPI_Win_flush_local(rank, window.rawValue)
      }
    }
    try communicator.check(code, "fetchAndOp")
    return previous
  }
}

extension Window {
  @usableFromInline @inline(never)
  func fetchFailure(_ name: StaticString) -> MPIError {
    communicator.failure(
      .operation, name,
      "MPI does this with its own numbers and Bool alone, and \(Element.self) is none: see getAccumulate")
  }
}

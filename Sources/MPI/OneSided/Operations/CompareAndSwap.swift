// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension LockEpoch where Element: FixedWidthInteger {
  /// Puts a value into a target's memory if the one expected is there, all at once.
  ///
  /// ```swift
  /// let (isMine, _) = try epoch.compareAndSwap(expected: 0, desired: world.rank + 1, on: 0, at: slot)
  /// ```
  ///
  /// It returns when it is known (`MPI_Win_flush_local`). No allocation.
  ///
  /// With Open MPI 4 a swap of 8 bytes in memory by `MPI_Win_allocate` crashes, and so does one in a rank's own array:
  /// they are refused here. By default windows have other memory there: see ``WindowPlacement/automatic``.
  ///
  /// C: `MPI_Compare_and_swap`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.4 and 11.5.4.
  ///
  /// - Parameters:
  ///   - expected: what must be there.
  ///   - desired: what is there then.
  ///   - target: a rank.
  ///   - index: where in the target's memory.
  /// - Returns: whether it was exchanged, and what was there before.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked; ``ErrorClass/operation`` for integers of 16 bytes; ``ErrorClass/notSupported`` if Open MPI 4 would
  ///   crash.
  @inlinable
  @discardableResult
  public func compareAndSwap(
    expected: Element, desired: Element, on target: Int, at index: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> (exchanged: Bool, original: Element) {
    guard let type = predefinedType(Element.self) else { throw window.fetchFailure("compareAndSwap") }
    try communicator.checkRank(target, "compareAndSwap")
    if MemoryLayout<Element>.size == 8 && window.faults.crashesSwapping8Bytes
      && (window.kind == .allocated || target == window.rank)
    {
      throw window.swapFailure()
    }
    let rank = try reachRank(target, index, 1, "compareAndSwap")
    communicator.enter("compareAndSwap", file, line)
    let (original, code) = makeElement(Element.self) { into in
      withElement(expected) { expected in
        withElement(desired) { desired in
          let code = MPI_Compare_and_swap(
            desired, expected, into, type, rank, window.displacement(index, rank), window.rawValue)
          return code != 0 ? code : MPI_Win_flush_local(rank, window.rawValue)
        }
      }
    }
    try communicator.check(code, "compareAndSwap")
    return (original == expected, original)
  }
}

extension Window {
  @usableFromInline @inline(never)
  func swapFailure() -> MPIError {
    communicator.failure(
      .notSupported, "compareAndSwap",
      """
      Open MPI 4 crashes comparing and swapping 8 bytes here, in memory by MPI_Win_allocate or a rank's own array: use \
      window(of:count:) with placement .automatic or .shared on one node, or Int32
      """)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The operations of a window that begin and return a ``Request``: `window.nonblocking.put(…)`.
///
/// They are allowed inside locks alone, and the request is waited for before the lock ends or after it.
///
/// C: `MPI_Rput` and its kin. MPI-3.1, section 11.3.5.
public struct WindowNonblocking<Element: BitwiseCopyable> {
  let window: Window<Element>

  /// The place of as many elements of a target as a piece has, if they may be reached now.
  func place(
    _ target: Int, _ index: Int, _ layout: Layout<Element>?, of piece: Piece, isWritten: Bool,
    _ operation: StaticString
  ) throws(MPIError) -> WindowPlace {
    try window.communicator.checkRank(target, operation)
    let place = try window.place(target, index, layout, of: piece, isWritten: isWritten, operation)
    try window.requirePassive(operation)
    // It was checked that there is such a rank.
    return place!
  }
}

extension Window {
  /// The same operations, begun and not waited for.
  public var nonblocking: WindowNonblocking<Element> { WindowNonblocking(window: self) }
}

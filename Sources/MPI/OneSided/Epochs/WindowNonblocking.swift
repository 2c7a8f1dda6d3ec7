// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The operations of a window that begin and return a ``Request``: `epoch.nonblocking.put(…)`.
///
/// They exist inside locks alone, and the request is waited for before the lock ends or after it.
///
/// C: `MPI_Rput` and its variants. MPI-3.1, section 11.3.5.
public struct WindowNonblocking<Element: BitwiseCopyable>: ~Escapable {
  let epoch: LockEpoch<Element>
  var window: Window<Element> { epoch.window }

  @_lifetime(copy epoch)
  init(_ epoch: LockEpoch<Element>) { self.epoch = epoch }
}

extension LockEpoch {
  /// The same operations, begun and not waited for.
  public var nonblocking: WindowNonblocking<Element> {
    @_lifetime(copy self)
    get { WindowNonblocking(self) }
  }
}

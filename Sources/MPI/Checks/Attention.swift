// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

// Why the calls on a communicator take their slow way: because checked mode is on, or because all its ranks are in a
// call in which they can't make collective ones.

/// What all ranks of a communicator are in, while they make no collective calls on it.
package enum Occupation: CInt {
  /// A loop. Its ranks run different iterations, and not all run as many.
  case loop = 0x2
  /// A pool. All ranks but 0 run tasks until it ends.
  case pool = 0x1_0000
}

extension Communicator {
  /// The bit of ``attention`` for checked mode. Above it, loops in flight are counted, and above those, pools.
  static let attentionOfChecks: CInt = 1

  /// Whether checked mode is on.
  final var isChecked: Bool { attention & Self.attentionOfChecks != 0 }

  /// What checked mode knows of a request; nil if it is off.
  @inlinable @inline(__always)
  func checks(_ site: CallSite, _ comparison: Comparing?) -> Begun.Checks? {
    _slowPath(attention != 0) ? checksIfChecked(site, comparison) : nil
  }

  @usableFromInline @inline(never)
  func checksIfChecked(_ site: CallSite, _ comparison: Comparing?) -> Begun.Checks? {
    isChecked ? Begun.Checks(site, comparison) : nil
  }

  /// Notes that this rank begins a loop or a pool on the communicator. Until ``release(from:)``, collective calls on it
  /// throw.
  package final func occupy(for occupation: Occupation) {
    occupying.withLock { _ in attention += occupation.rawValue }
  }

  /// Notes that a loop or pool on the communicator has ended on this rank.
  package final func release(from occupation: Occupation) {
    occupying.withLock { _ in attention -= occupation.rawValue }
  }

  /// Throws while a loop or a pool runs on the communicator.
  func refuseIfOccupied(_ operation: StaticString) throws(MPIError) {
    let attention = attention & ~Self.attentionOfChecks
    guard attention != 0 else { return }
    let text =
      if attention >= Occupation.pool.rawValue {
        "it can't be called on a communicator on which withTaskPool runs: the other ranks run tasks until that returns. "
          + "Call it before or after withTaskPool"
      } else {
        "it can't be called on a communicator on which a loop runs: the ranks run different iterations. Call it before or "
          + "after the loop"
      }
    throw failure(.other, operation, text)
  }
}

/// Held while a communicator's `attention` changes.
private let occupying = Mutex(())

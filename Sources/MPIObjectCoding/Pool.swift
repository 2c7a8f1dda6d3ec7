// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Coders that wait for the next message, of whatever thread.
///
/// A coder is for messages of one type. It has learned what is in them, and has the memory that it took.
struct ObjectPool<Coder: AnyObject>: ~Copyable, Sendable {
  /// A coder that is not in use.
  private struct Spare: @unchecked Sendable {
    /// The type of its messages.
    let type: ObjectIdentifier
    /// The coder.
    let coder: Coder
  }

  /// The coders, the one that was used last at the end.
  private let spares = Mutex<[Spare]>([])

  /// More coders than this do not wait.
  private static var limit: Int { 32 }

  /// A coder for messages of a type, if one waits.
  func take(_ type: Any.Type) -> Coder? {
    let type = ObjectIdentifier(type)
    return spares.withLock { spares -> Spare? in
      guard spares.last?.type != type else { return spares.removeLast() }
      return spares.lastIndex { $0.type == type }.map { spares.remove(at: $0) }
    }?.coder
  }

  /// Keeps a coder that is not in use any more.
  func giveBack(_ coder: Coder, for type: Any.Type) {
    let spare = Spare(type: ObjectIdentifier(type), coder: coder)
    let dropped = spares.withLock { spares -> Spare? in
      spares.append(spare)
      return spares.count > Self.limit ? spares.removeFirst() : nil
    }
    _ = dropped
  }
}

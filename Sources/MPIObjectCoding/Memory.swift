// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Memory for the bytes of a message, to be given back.
///
/// Fresh memory of some megabytes comes from the system page by page, which takes longer than to write to it. So memory
/// that is given back waits for the next message.
package struct ObjectMemory: @unchecked Sendable {
  /// The first byte.
  package let start: UnsafeMutableRawPointer

  /// The number of bytes.
  private let capacity: Int

  /// What waits.
  private static let spare = Mutex<ObjectMemory?>(nil)

  /// Memory smaller than this is asked of the system, which has it at hand.
  private static let leastKept = 65_536

  /// Memory larger than this does not wait.
  private static let mostKept = 67_108_864

  /// Memory for at least `count` bytes.
  package init(_ count: Int) {
    if count >= Self.leastKept, let spare = Self.spare.withLock({ $0.take() }) {
      if spare.capacity >= count {
        self = spare
        return
      }
      spare.start.deallocate()
    }
    start = .allocate(byteCount: max(count, 1), alignment: 16)
    capacity = count
  }

  /// Gives it back.
  package func giveBack() {
    var unused: ObjectMemory? = self
    if (Self.leastKept...Self.mostKept).contains(capacity) {
      Self.spare.withLock { if $0.map({ $0.capacity < capacity }) ?? true { swap(&$0, &unused) } }
    }
    unused?.start.deallocate()
  }
}

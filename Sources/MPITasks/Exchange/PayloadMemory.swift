// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The memory of long payloads that are read, or sent, for those that come next.
///
/// Memory that is fresh costs as much as the copying: the system clears each page of it at the first touch.
final class PayloadMemory: Sendable {
  /// This process's.
  static let shared = PayloadMemory()

  /// How many arrays are kept, and how many bytes they may have each.
  private static let most = 4
  private static let largest = 64 << 20

  private let arrays = Mutex<[[UInt8]]>([])

  /// An array of so many bytes, whatever they are.
  func take(_ count: Int) -> [UInt8] {
    guard count > Mailbox.longPayload else { return [UInt8](unsafeUninitializedCapacity: count) { $1 = count } }
    let kept = arrays.withLock { arrays in
      arrays.firstIndex { $0.capacity >= count && $0.capacity / 4 <= count }.map { arrays.remove(at: $0) }
    }
    guard var array = consume kept else { return [UInt8](unsafeUninitializedCapacity: count) { $1 = count } }
    if array.count > count { array.removeLast(array.count - count) }
    array.append(contentsOf: repeatElement(0, count: count - array.count))
    return array
  }

  /// Takes an array that is read or sent. Nothing else should hold it when the next payload comes.
  func give(_ array: [UInt8]) {
    guard array.count > Mailbox.longPayload, array.count <= Self.largest else { return }
    arrays.withLock { arrays in
      if arrays.count == Self.most { arrays.removeFirst() }
      arrays.append(array)
    }
  }

  /// Lets go of all that is kept.
  func clear() { arrays.withLock { $0 = [] } }
}

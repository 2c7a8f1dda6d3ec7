// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CTaskProcess
import Synchronization

/// Arrays whose elements stay in memory that another process has lent, so that a long argument of a task is not copied.
///
/// What an array has before its elements is written into the memory before them, as Swift does it for arrays on the
/// stack: such an array is never freed. There is one more reference to it here, so code that changes it changes a copy, as
/// with every array that has several references. When no other reference is left, the memory is given back.
final class PlacedArrays: Sendable {
  private struct Entry: @unchecked Sendable {
    /// The storage of the array, with a reference of this one's.
    let storage: Unmanaged<AnyObject>
    /// What has the memory.
    let owner: AnyObject
  }

  /// How many bytes come before the elements: the class, the number of references, and how many elements there are and
  /// may be.
  private static let headSize = 4 * MemoryLayout<UInt>.size

  private let entries = Mutex<[Entry]>([])

  /// An array of the elements that lie somewhere, with at least 32 bytes of the same memory before them.
  ///
  /// - Parameter owner: what the memory belongs to.
  /// - Returns: nil if it can't be made.
  func array<Element>(
    of type: Element.Type, at start: UnsafeMutableRawPointer, count: Int, in owner: AnyObject
  ) -> [Element]? {
    guard _isPOD(type), count > 0 else { return nil }
    // An array of the same type shows what to write, and whether arrays are what is expected.
    var sample: [Element] = []
    sample.reserveCapacity(1)
    let words = unsafeBitCast(sample, to: UnsafePointer<UInt>.self)
    let capacity = UInt(sample.capacity)
    guard sample.withUnsafeBytes({ $0.baseAddress }) == UnsafeRawPointer(words) + Self.headSize, words[2] == 0,
      words[3] == capacity << 1
    else { return nil }
    let head = start - Self.headSize
    guard let object = task_process_make_object(UnsafeRawPointer(bitPattern: words[0]), head) else { return nil }
    let numbers = head.assumingMemoryBound(to: UInt.self)
    (numbers[2], numbers[3]) = (UInt(count), UInt(count) << 1)
    entries.withLock { $0.append(Entry(storage: .fromOpaque(object), owner: owner)) }
    return unsafeBitCast(object, to: [Element].self)
  }

  /// Gives back the memory of arrays that nothing else has any more.
  func giveBack() {
    let free = entries.withLock { entries in
      var free: [Entry] = []
      for place in entries.indices.reversed() where task_process_is_alone(entries[place].storage.toOpaque()) {
        free.append(entries.remove(at: place))
      }
      return free
    }
    // The end of an array is written into its memory, which may be gone with its owner.
    for entry in free { withExtendedLifetime(entry.owner) { entry.storage.release() } }
  }
}

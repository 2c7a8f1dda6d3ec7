// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Where the members of a set lie, and which numbers they have there.

extension RequestSet {
  /// Makes room for a member more: in the places of those that were handed out, if these are half or more, so that a
  /// set to which requests are appended as others are handed out grows no further.
  @inlinable @inline(__always)
  mutating func makeRoom() {
    if size >= 16, 2 * waiting <= size { reusePlaces() } else { grow(to: max(16, 2 * size)) }
  }

  /// Moves the members that were not handed out together.
  @usableFromInline @inline(never)
  mutating func reusePlaces() {
    let numbersOfThose = numbersLeft()
    let old = handles
    handles.removeAll(keepingCapacity: true)
    owners.removeAll(keepingCapacity: true)
    var place = 0
    for index in 0..<size {
      guard var member = members[index].take() else { continue }
      let first = handles.count
      for slot in member.slots {
        handles.append(old[Int(slot)])
        owners.append(place)
      }
      member.slots = Int32(truncatingIfNeeded: first)..<Int32(truncatingIfNeeded: handles.count)
      members[place] = consume member
      place += 1
    }
    (members.baseAddress! + place).deinitialize(count: size - place)
    reused += size - place
    size = place
    numbers = numbersOfThose
  }

  /// The number of a member.
  @inlinable @inline(__always)
  func number(of index: Int) -> Int { _fastPath(reused == 0) ? index : numbers[index] }

  /// Moves the members to memory with room for so many.
  @usableFromInline @inline(never)
  mutating func grow(to capacity: Int) {
    let larger = UnsafeMutableBufferPointer<Member?>.allocate(capacity: capacity)
    if let old = members.baseAddress { larger.baseAddress!.moveInitialize(from: old, count: size) }
    members.deallocate()
    members = larger
  }
}

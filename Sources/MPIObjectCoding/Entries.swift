// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The entries of a keyed container in a message, and the place in them.
///
/// Entries are usually read in the order in which they were written, so the next one is tried first. Another one is
/// searched for, and when there are many, their places are noted. Of several entries with the same key, each lookup
/// finds the next; so a superclass and a subclass that share a container may use the same key.
struct ObjectEntries {
  /// The offset of the first entry.
  private var start = 0

  /// The offset behind the last entry.
  private var end = 0

  /// The offset of the entry expected next.
  private var next = 0

  /// The offset of the first entry with each key, once there are too many entries to search.
  private var offsets: [Int: Int]?

  /// Up to this many entries are searched one after another.
  private static let searchLimit = 32

  /// Starts with the entries in a slot.
  mutating func open(_ slot: ObjectSlot) {
    start = slot.start
    end = slot.end
    next = slot.start
    if offsets != nil { offsets = nil }
  }

  /// The slot of the entry with a key, or `nil` if there is none.
  @inline(__always)
  mutating func find(_ number: Int, in reader: ObjectReader) throws(ObjectCorruption) -> ObjectSlot? {
    if end &- next >= ObjectFormat.keySize, end <= reader.count, Int(reader.load(next, as: UInt32.self)) == number {
      return try reader.slot(at: next &+ ObjectFormat.keySize, before: end)
    }
    return try search(for: number, in: reader)
  }

  /// Takes note that the entry with this slot has been read.
  @inline(__always)
  mutating func pass(_ slot: ObjectSlot) {
    next = slot.end
  }

  /// Calls `body` with the number of each key.
  func forEachNumber(in reader: ObjectReader, _ body: (Int) -> Void) throws(ObjectCorruption) {
    var offset = start
    while let (number, slot) = try entry(at: offset, in: reader) {
      body(number)
      offset = slot.end
    }
  }

  /// The slot of an entry other than the one expected next.
  @inline(never)
  private mutating func search(for number: Int, in reader: ObjectReader) throws(ObjectCorruption) -> ObjectSlot? {
    if offsets == nil {
      var offset = next
      for _ in 0..<Self.searchLimit {
        if let (found, slot) = try entry(at: offset, in: reader) {
          if found == number { return slot }
          offset = slot.end
        } else {
          offset = start
        }
        if offset == next { return nil }
      }
      try noteOffsets(in: reader)
    }
    guard let offset = offsets?[number] else { return nil }
    return try reader.slot(at: offset, before: end)
  }

  /// Notes the places of all entries.
  private mutating func noteOffsets(in reader: ObjectReader) throws(ObjectCorruption) {
    var found: [Int: Int] = [:]
    var offset = start
    while let (number, slot) = try entry(at: offset, in: reader) {
      if found[number] == nil { found[number] = offset + ObjectFormat.keySize }
      offset = slot.end
    }
    offsets = found
  }

  /// The key and slot of the entry at an offset, or `nil` behind the last one.
  @inline(__always)
  private func entry(at offset: Int, in reader: ObjectReader) throws(ObjectCorruption) -> (Int, ObjectSlot)? {
    guard offset < end else { return nil }
    let slot = try reader.slot(at: offset &+ ObjectFormat.keySize, before: end)
    return (Int(reader.load(offset, as: UInt32.self)), slot)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The place and kind of a value in a message.
struct ObjectSlot {
  /// The kind of value.
  let tag: ObjectTag
  /// The offset of the payload.
  let start: Int
  /// The length of the payload.
  let length: Int

  /// The offset behind the payload.
  var end: Int { start &+ length }
}

/// The elements of a sequence in a message, or attached to it; their number fits the bytes that are there.
struct ObjectSequence {
  /// The tag that the elements share.
  let tag: ObjectTag
  /// The number of elements.
  let count: Int
  /// The offset of the first element.
  let start: Int
  /// The offset behind the last element.
  let end: Int
  /// The number of the attachment that has the elements.
  var attachment: Int?
  /// The fingerprint of the type of packed elements.
  var fingerprint: UInt64 = 0
}

/// An error in the bytes of a message.
struct ObjectCorruption: Error {
  /// The description.
  let text: String

  /// Someone kept a decoder.
  static let ended = ObjectCorruption(text: "A decoder has been used after the decoding had ended.")
}

/// The bytes of a message. No method reads outside of them.
struct ObjectReader {
  /// The first byte.
  let base: UnsafeRawPointer

  /// The number of bytes.
  let count: Int

  /// The number at an offset, for the bytes of which the caller vouches.
  @inline(__always)
  func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type) -> T {
    base.loadUnaligned(fromByteOffset: offset, as: type)
  }

  /// The count or offset at an offset, for the bytes of which the caller vouches.
  func loadCount(_ offset: Int) throws(ObjectCorruption) -> Int {
    guard let count = Int(exactly: load(offset, as: UInt64.self)) else {
      throw ObjectCorruption(text: "A count in the message is out of bounds.")
    }
    return count
  }

  /// The slot at an offset, which ends at or before `end`, itself an offset in the message.
  @inline(__always)
  func slot(at offset: Int, before end: Int) throws(ObjectCorruption) -> ObjectSlot {
    guard end &- offset >= ObjectFormat.slotSize, end <= count else {
      throw end > count ? .ended : ObjectCorruption(text: "The message lacks a value: its bytes end too soon.")
    }
    let word = load(offset, as: UInt64.self)
    let start = offset &+ ObjectFormat.slotSize
    let length = Int(truncatingIfNeeded: word & 0x00FF_FFFF_FFFF_FFFF)
    guard length <= end &- start else {
      throw ObjectCorruption(text: "A length of \(length) is out of bounds: only \(end - start) bytes are left.")
    }
    guard let tag = ObjectTag(rawValue: UInt8(truncatingIfNeeded: word &>> 56)), tag != .verified else {
      throw ObjectCorruption(text: "The message has a value of unknown kind.")
    }
    return ObjectSlot(tag: tag, start: start, length: length)
  }

  /// The string that a slot holds.
  @inline(__always)
  func string(_ start: Int, _ length: Int) throws(ObjectCorruption) -> String {
    let bytes = UnsafeBufferPointer(start: (base + start).assumingMemoryBound(to: UInt8.self), count: length)
    return isShortASCII(start, length) ? String(decoding: bytes, as: UTF8.self) : try validated(bytes)
  }

  /// Whether there are at most fifteen bytes, all of which are ASCII.
  @inline(__always)
  private func isShortASCII(_ start: Int, _ length: Int) -> Bool {
    let highBits: UInt64 = 0x8080_8080_8080_8080
    if length >= 8 {
      guard length < 16 else { return false }
      // The two words overlap.
      let words = load(start, as: UInt64.self) | load(start &+ length &- 8, as: UInt64.self)
      return words & highBits == 0
    }
    // In front of the bytes is the word of their slot, and so eight bytes that end where they do are in the message.
    let word = load(start &+ length &- 8, as: UInt64.self)
    return length == 0 || word &>> UInt64(truncatingIfNeeded: 64 &- 8 &* length) & highBits == 0
  }

  /// The string of bytes that may be none.
  @inline(never)
  private func validated(_ bytes: UnsafeBufferPointer<UInt8>) throws(ObjectCorruption) -> String {
    do {
      return String(copying: try UTF8Span(validating: bytes.span))
    } catch {
      throw ObjectCorruption(text: "A string in the message is not valid UTF-8.")
    }
  }

  /// The elements that a slot with the tag of a sequence holds, or an attachment for it.
  ///
  /// Those of an attachment have offsets as well, which lead from the message to where they are.
  func sequence(
    _ slot: ObjectSlot, _ attachments: [ObjectAttachment]
  ) throws(ObjectCorruption) -> ObjectSequence {
    guard slot.length >= ObjectFormat.sequenceSize else {
      throw ObjectCorruption(text: "The message lacks a number of elements: its bytes end too soon.")
    }
    let count = try loadCount(slot.start)
    var (start, end) = (slot.start + ObjectFormat.sequenceSize, slot.end)
    var tag = try elementTag(at: start - 1)
    let trailer = slot.end - ObjectFormat.trailerSize
    var attachment: Int?
    if tag == .attached {
      guard end - start >= ObjectFormat.attachmentSize else {
        throw ObjectCorruption(text: "The message lacks the number of an attachment: its bytes end too soon.")
      }
      tag = try elementTag(at: start)
      let number = try loadCount(start + 1)
      guard number < attachments.count else {
        throw ObjectCorruption(
          text: "The message has \(attachments.count) attachments, and none of the number \(number).")
      }
      guard tag != .slots, tag != .packed || trailer >= start + ObjectFormat.attachmentSize else {
        throw ObjectCorruption(text: "The message has an attachment of unknown kind.")
      }
      attachment = number
      start = attachments[number].start - base
      end = start + attachments[number].byteCount
    } else if tag == .packed {
      end = trailer
    }
    let size = end - start
    let fits: Bool
    if let elementSize = tag.scalarSize {
      fits = count.multipliedReportingOverflow(by: elementSize) == (size, false)
    } else if tag == .packed {
      fits = size >= 0 && (count == 0 ? size == 0 : size > 0 && size.isMultiple(of: count))
    } else {
      fits = tag == .slots && count <= size / ObjectFormat.slotSize
    }
    guard fits else {
      throw ObjectCorruption(text: "A count of \(count) elements does not fit the \(size) bytes that are there.")
    }
    var elements = ObjectSequence(tag: tag, count: count, start: start, end: end, attachment: attachment)
    if tag == .packed {
      try verify(start, size, checksumAt: trailer)
      elements.fingerprint = load(trailer + 8, as: UInt64.self)
    }
    return elements
  }

  /// The tag of the elements of a sequence, for the byte of which the caller vouches.
  private func elementTag(at offset: Int) throws(ObjectCorruption) -> ObjectTag {
    guard let tag = ObjectTag(rawValue: load(offset, as: UInt8.self)) else {
      throw ObjectCorruption(text: "The message has elements of unknown kind.")
    }
    return tag
  }

  /// Checks packed bytes against their checksum, for both of which the caller vouches.
  func verify(_ start: Int, _ size: Int, checksumAt checksum: Int) throws(ObjectCorruption) {
    guard load(checksum, as: UInt64.self) == ObjectChecksum.of(base + start, count: size) else {
      throw ObjectCorruption(text: "The bytes of a value do not match their checksum.")
    }
  }

  /// A trivially copyable value, for the size and validity of the bytes of which the caller vouches.
  @inline(never)
  func copy<T>(_ offset: Int, as type: T.Type) -> T {
    withUnsafeTemporaryAllocation(of: T.self, capacity: 1) { buffer in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(
        from: UnsafeRawBufferPointer(start: base + offset, count: MemoryLayout<T>.size))
      return buffer[0]
    }
  }
}

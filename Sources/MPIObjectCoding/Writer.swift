// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Bytes under construction.
///
/// Small pieces go to a buffer that grows; large blocks are only remembered, and are copied once, into the result.
final class ObjectWriter {
  /// Something that belongs at a position of the buffer without being in it.
  private enum Content {
    /// A block of bytes, and how to copy it. The closure keeps the owner of the bytes alive.
    case block(count: Int, copy: (UnsafeMutableRawPointer) -> Void)
    /// What another writer holds.
    case writer(ObjectWriter)
  }

  /// Content and its place in the buffer.
  private struct Segment {
    /// The offset in the buffer before which the content belongs.
    let position: Int
    /// The content.
    let content: Content
  }

  /// A state to which a writer can return.
  struct Mark {
    /// The number of bytes in the buffer.
    let count: Int
    /// The number of segments.
    fileprivate let segments: Int
    /// The number of bytes in the segments.
    fileprivate let segmentBytes: Int
    /// The number of bytes in the buffer and the segments.
    var total: Int { count + segmentBytes }
  }

  /// Blocks of this size and more are not copied to the buffer.
  static let blockThreshold = 16_384

  /// The buffer.
  @exclusivity(unchecked) private(set) var base: UnsafeMutableRawPointer

  /// The size of the buffer.
  @exclusivity(unchecked) private var capacity: Int

  /// The number of bytes in the buffer.
  @exclusivity(unchecked) private(set) var count = 0

  /// What belongs between the bytes of the buffer, in order.
  @exclusivity(unchecked) private var segments: [Segment] = []

  /// The number of bytes in the segments.
  @exclusivity(unchecked) private var segmentBytes = 0

  /// The number of bytes written.
  var total: Int { count + segmentBytes }

  /// The present state.
  var mark: Mark { Mark(count: count, segments: segments.count, segmentBytes: segmentBytes) }

  /// A buffer larger than this is not kept for the next message.
  private static let keptCapacity = 262_144

  /// Creates an empty writer with a buffer of this size.
  init(capacity: Int = 1_024) {
    self.capacity = capacity
    base = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit {
    base.deallocate()
  }

  /// Prepares for the next message.
  func empty() {
    count = 0
    if !segments.isEmpty {
      segments = []
      segmentBytes = 0
    }
    if capacity > Self.keptCapacity {
      base.deallocate()
      capacity = 1_024
      base = .allocate(byteCount: capacity, alignment: 16)
    }
  }

  /// Makes room for `size` more bytes.
  @inline(__always)
  func reserve(_ size: Int) {
    if capacity &- count < size { grow(by: size) }
  }

  /// Replaces the buffer by a larger one.
  @inline(never)
  private func grow(by size: Int) {
    capacity = max(2 * capacity, count + size)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    larger.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = larger
  }

  /// Appends a value for which room has been reserved.
  @inline(__always)
  func put<T: BitwiseCopyable>(_ value: T) {
    (base + count).storeBytes(of: value, as: T.self)
    count &+= MemoryLayout<T>.size
  }

  /// Appends the word that precedes a payload; room has been reserved.
  @inline(__always)
  func putSlot(_ tag: ObjectTag, _ length: Int) {
    put(ObjectFormat.slotWord(tag, length))
  }

  /// Appends a slot without payload.
  func appendSlot(_ tag: ObjectTag) {
    reserve(ObjectFormat.slotSize)
    putSlot(tag, 0)
  }

  /// Appends bytes for which room has been reserved.
  @inline(__always)
  func putBytes(_ bytes: UnsafeRawPointer, _ size: Int) {
    (base + count).copyMemory(from: bytes, byteCount: size)
    count &+= size
  }

  /// Appends bytes that are most often few, for which room has been reserved.
  @inline(__always)
  private func putText(_ bytes: UnsafeRawPointer, _ size: Int) {
    guard size <= 16 else { return putBytes(bytes, size) }
    // Two words that overlap are soon copied, and to call a function takes longer.
    let target = base + count
    if size >= 8 {
      let last = bytes.loadUnaligned(fromByteOffset: size &- 8, as: UInt64.self)
      target.storeBytes(of: bytes.loadUnaligned(as: UInt64.self), as: UInt64.self)
      target.storeBytes(of: last, toByteOffset: size &- 8, as: UInt64.self)
    } else if size >= 4 {
      let last = bytes.loadUnaligned(fromByteOffset: size &- 4, as: UInt32.self)
      target.storeBytes(of: bytes.loadUnaligned(as: UInt32.self), as: UInt32.self)
      target.storeBytes(of: last, toByteOffset: size &- 4, as: UInt32.self)
    } else {
      for offset in 0..<size {
        target.storeBytes(of: bytes.load(fromByteOffset: offset, as: UInt8.self), toByteOffset: offset, as: UInt8.self)
      }
    }
    count &+= size
  }

  /// Appends the slot of a scalar, for which room has been reserved.
  @inline(__always)
  func putScalar<S: ObjectScalar>(_ value: S) {
    putSlot(S.tag, MemoryLayout<S>.size)
    put(value)
  }

  /// Appends the slot of a string.
  @inline(__always)
  func appendString(_ string: String) {
    let utf8 = string.utf8
    let done: Void? = utf8.withContiguousStorageIfAvailable { bytes in
      guard bytes.count < Self.blockThreshold, let start = bytes.baseAddress else {
        return appendUncommonString(string, count: bytes.count)
      }
      reserve(ObjectFormat.slotSize &+ bytes.count)
      putSlot(.string, bytes.count)
      putText(start, bytes.count)
    }
    if done == nil { appendUncommonString(string, count: utf8.count) }
  }

  /// Appends the slot of a string that is long, empty, or not stored as UTF-8.
  @inline(never)
  private func appendUncommonString(_ string: String, count: Int) {
    reserve(ObjectFormat.slotSize)
    putSlot(.string, count)
    appendBlock(count) { destination in
      var string = string
      string.withUTF8 { UnsafeMutableRawBufferPointer(start: destination, count: count).copyMemory(from: .init($0)) }
    }
  }

  /// Appends `size` bytes that `copy` delivers, now if they are few, and when the result is made if they are many.
  func appendBlock(_ size: Int, copy: @escaping (UnsafeMutableRawPointer) -> Void) {
    if size < Self.blockThreshold {
      reserve(size)
      copy(base + count)
      count += size
    } else {
      segments.append(Segment(position: count, content: .block(count: size, copy: copy)))
      segmentBytes += size
    }
  }

  /// Appends what another writer will have received by the time that ``resolve(_:)`` is called for it.
  func append(_ other: ObjectWriter) {
    segments.append(Segment(position: count, content: .writer(other)))
  }

  /// Takes note that another writer, which has been appended, is complete.
  func resolve(_ other: ObjectWriter) {
    segmentBytes += other.total
  }

  /// Appends the word of a slot whose payload follows and is closed by ``endSlot(_:_:)``.
  @inline(__always)
  func beginSlot() -> Mark {
    reserve(ObjectFormat.slotSize)
    count &+= ObjectFormat.slotSize
    return mark
  }

  /// Writes the word in front of the payload that started at `mark` and is complete now.
  @inline(__always)
  func endSlot(_ mark: Mark, _ tag: ObjectTag) {
    let word = ObjectFormat.slotWord(tag, total &- mark.total)
    (base + (mark.count &- ObjectFormat.slotSize)).storeBytes(of: word, as: UInt64.self)
  }

  /// Overwrites a word of the buffer.
  func patch(_ word: UInt64, at position: Int) {
    (base + position).storeBytes(of: word, as: UInt64.self)
  }

  /// If the slot that starts `size` bytes after `mark` would read as `nil`, or has this tag itself, puts it into a slot
  /// with this tag.
  @inline(__always)
  func wrapNull(at mark: Mark, skipping size: Int = 0, in tag: ObjectTag) {
    let found = (base + (mark.count &+ size)).loadUnaligned(as: UInt64.self) &>> 56
    guard found == UInt64(ObjectTag.null.rawValue) || found == UInt64(tag.rawValue) else { return }
    wrap(at: mark.count + size, in: tag)
  }

  /// Puts the slot at the end of the buffer into another one.
  @inline(never)
  private func wrap(at position: Int, in tag: ObjectTag) {
    let length = count - position
    reserve(ObjectFormat.slotSize)
    (base + position + ObjectFormat.slotSize).copyMemory(from: base + position, byteCount: length)
    count += ObjectFormat.slotSize
    patch(ObjectFormat.slotWord(tag, length), at: position)
  }

  /// Drops what has been written since `mark`.
  func rollBack(to mark: Mark) {
    count = mark.count
    segments.removeSubrange(mark.segments...)
    segmentBytes = mark.segmentBytes
  }

  /// Calls `body` with all bytes, which are copied only if there are large blocks among them.
  func withBytes<R, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    if segments.isEmpty { return try body(UnsafeRawBufferPointer(start: base, count: count)) }
    let memory = ObjectMemory(total)
    defer { memory.giveBack() }
    copy(to: memory.start)
    return try body(UnsafeRawBufferPointer(start: memory.start, count: total))
  }

  /// All bytes.
  func result() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: total) { buffer, initializedCount in
      if let destination = buffer.baseAddress { copy(to: destination) }
      initializedCount = total
    }
  }

  /// Copies all bytes to memory that has room for them.
  func copy(to destination: UnsafeMutableRawPointer) {
    var target = destination
    var start = 0
    for segment in segments {
      target.copyMemory(from: base + start, byteCount: segment.position - start)
      target += segment.position - start
      start = segment.position
      switch segment.content {
      case .block(let count, let copy):
        copy(target)
        target += count
      case .writer(let writer):
        writer.copy(to: target)
        target += writer.total
      }
    }
    target.copyMemory(from: base + start, byteCount: count - start)
  }
}

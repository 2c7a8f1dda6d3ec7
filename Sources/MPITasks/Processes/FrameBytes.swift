// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIObjectCoding

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Frames as bytes that follow one another, between a rank and one of its task processes. Long arrays are beside it, in
/// memory that both have.
enum FrameBytes {
  /// How many bytes come before the fields.
  static let headSize = 16

  /// Adds a frame.
  ///
  /// - Parameter blocks: where long arrays go that are not in such memory already.
  /// - Returns: the blocks that the reader gets.
  @discardableResult
  static func append(_ frame: Frame<PoolMessage>, to bytes: inout [UInt8], _ blocks: LentBlocks) -> [LentBlock] {
    var lent: [LentBlock] = []
    var writer = FieldWriter()
    writer.put(UInt32(frame.payload.attachments.count))
    // How long what follows is, up to the payload.
    writer.put(UInt32(0))
    writer.put(frame.payload.bytes.count)
    var inline: [ObjectAttachment] = []
    for attachment in frame.payload.attachments {
      writer.put(attachment.elementType)
      writer.put(attachment.byteCount)
      if let block = attachment.owner(as: LentBlock.self) ?? blocks.copy(attachment) {
        writer.put(block.passOn())
        lent.append(block)
      } else {
        writer.put(SharedMemory.Location.nowhere)
        inline.append(attachment)
      }
    }
    frame.message.write(to: &writer)
    let fieldCount = UInt32(writer.bytes.count - headSize)
    withUnsafeBytes(of: fieldCount) { writer.bytes.replaceSubrange(4..<8, with: $0) }
    bytes += writer.bytes
    bytes += frame.payload.bytes
    for attachment in inline {
      bytes += UnsafeRawBufferPointer(start: attachment.start, count: attachment.byteCount)
    }
    return lent
  }
}

/// Takes frames out of the bytes of a stream as they come.
struct FrameParser {
  private static let chunk = 64 << 10

  /// What has come, from `start` to `end`.
  private var buffer = [UInt8](repeating: 0, count: chunk)
  private var (start, end) = (0, 0)
  /// How many bytes the frame has that comes next, as far as is known.
  private var wanted = FrameBytes.headSize
  private let blocks: BorrowedBlocks

  /// - Parameter placed: has the long arrays that stay in the memory in which they come; nil if all are copied.
  init(keeping placed: PlacedArrays? = nil) { blocks = BorrowedBlocks(keeping: placed) }

  /// What reading a stream has brought.
  enum Reading: Sendable {
    case bytes
    /// Nothing yet: the descriptor does not block.
    case nothing
    /// The other end is gone.
    case end
  }

  /// Reads what has come, once.
  mutating func read(from descriptor: Int32) -> Reading {
    var (count, code): (Int, Int32) = (0, 0)
    fill { room in
      count = readBytes(descriptor, room)
      code = errno
      return max(0, count)
    }
    if count > 0 { return .bytes }
    return count < 0 && (code == EAGAIN || code == EWOULDBLOCK) ? .nothing : .end
  }

  /// The memory for what comes next, which `body` fills; it returns how many bytes.
  mutating func fill(_ body: (UnsafeMutableRawBufferPointer) -> Int) {
    if start > 0, start == end || buffer.count - start < wanted {
      buffer.withUnsafeMutableBytes { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
      (start, end) = (0, end - start)
    }
    if buffer.count < wanted {
      buffer.append(contentsOf: repeatElement(0, count: wanted - buffer.count))
    } else if end == 0, wanted <= Self.chunk, buffer.count > Self.chunk {
      buffer = [UInt8](repeating: 0, count: Self.chunk)
    }
    let place = end
    end += buffer.withUnsafeMutableBytes { body(UnsafeMutableRawBufferPointer(rebasing: $0[place...])) }
  }

  /// The next frame, if all of it has come.
  ///
  /// - Throws: if its long arrays can't be reached any more.
  mutating func next() throws(SharedMemory.Problem) -> Frame<PoolMessage>? {
    wanted = FrameBytes.headSize
    guard end - start >= wanted else { return nil }
    let (attachmentCount, fieldCount, byteCount) = buffer.withUnsafeBytes {
      (
        Int($0.loadUnaligned(fromByteOffset: start, as: UInt32.self)),
        Int($0.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self)),
        $0.loadUnaligned(fromByteOffset: start + 8, as: Int.self)
      )
    }
    let fields = start + FrameBytes.headSize
    wanted += fieldCount
    guard end - start >= wanted else { return nil }
    var reader = FieldReader(Array(buffer[fields..<fields + fieldCount]))
    var attachments: [(type: UInt64, byteCount: Int, location: SharedMemory.Location)] = []
    for _ in 0..<attachmentCount { attachments.append((reader.take(), reader.take(), reader.take())) }
    wanted += attachments.reduce(byteCount) { $0 + ($1.location == .nowhere ? $1.byteCount : 0) }
    guard end - start >= wanted else { return nil }
    var place = fields + fieldCount
    func take(_ count: Int) -> [UInt8] {
      defer { place += count }
      var bytes = PayloadMemory.shared.take(count)
      bytes.withUnsafeMutableBytes { target in
        buffer.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<place + count])) }
      }
      return bytes
    }
    var payload = Payload(bytes: take(byteCount))
    for (type, byteCount, location) in attachments {
      payload.attachments.append(
        location == .nowhere
          ? ObjectAttachment(take(byteCount), elementType: type)
          : try blocks.attachment(at: location, byteCount, elementType: type))
    }
    start = place
    wanted = FrameBytes.headSize
    return Frame(PoolMessage(from: &reader), payload: payload)
  }
}

/// Reads a pipe or a socket once, as `read` does, also if a signal comes.
func readBytes(_ descriptor: Int32, _ room: UnsafeMutableRawBufferPointer) -> Int {
  while true {
    let count = read(descriptor, room.baseAddress, room.count)
    if count >= 0 || errno != EINTR { return count }
  }
}

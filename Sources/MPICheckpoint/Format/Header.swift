// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIObjectCoding

/// The first bytes of a checkpoint: what it is, and where its directory is.
struct Header: Equatable {
  static let byteCount = 128
  static let version = 1
  /// The first 16 bytes. A program that takes the file for a text changes the last two.
  private static let magic = Array("swift-mpi ckpt\r\n".utf8)
  private static let byteOrder: UInt64 = 0x0102_0304_0506_0708

  /// The size of the whole file.
  var fileSize: Int
  var directorySize: Int
  var directoryChecksum: UInt64
  /// A number that distinguishes this checkpoint from others.
  var identity: UInt64

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.add(bytes: Self.magic)
    writer.add(Self.version)
    writer.add(Self.byteOrder)
    writer.add(fileSize)
    writer.add(directorySize)
    writer.add(directoryChecksum)
    writer.add(identity)
    writer.add(ChunkedBlock.chunkSize)
    while writer.bytes.count < Self.byteCount - 8 { writer.add(0) }
    writer.add(checksum(of: writer.bytes))
    return writer.bytes
  }

  /// The header of a file.
  ///
  /// - Parameters:
  ///   - bytes: the first bytes of the file, as many as it has.
  ///   - size: its size.
  init(_ bytes: [UInt8], fileSize size: Int, path: String) throws {
    func failure(_ kind: CheckpointError.Kind, _ text: String) -> CheckpointError {
      CheckpointError(kind, text, path: path)
    }
    let beginning = bytes.prefix(Self.magic.count)
    guard !bytes.isEmpty, beginning.elementsEqual(Self.magic.prefix(beginning.count)) else {
      throw failure(
        .notACheckpoint, bytes.isEmpty ? "the file is empty" : "the file is not a checkpoint of this library")
    }
    guard bytes.count >= Self.byteCount else {
      throw failure(.truncated, "the file has \(bytes.count) bytes, less than the beginning of a checkpoint")
    }
    var reader = ByteReader(Array(bytes[Self.magic.count..<Self.byteCount]))
    let version = try reader.number()
    let byteOrder = try reader.unsigned()
    guard byteOrder != Self.byteOrder.byteSwapped else {
      throw failure(.otherByteOrder, "it was written on a machine of another byte order")
    }
    // A newer version may have its checksum elsewhere. A version that is far off is a damaged one.
    if version > Self.version && version < 1 << 16 {
      throw failure(
        .newerFormat,
        "it has version \(version) of the format, and this program knows versions up to \(Self.version): "
          + "build the program with the version of swift-mpi that wrote it")
    }
    fileSize = try reader.number()
    directorySize = try reader.number()
    directoryChecksum = try reader.unsigned()
    identity = try reader.unsigned()
    let chunkSize = try reader.number()
    guard version == Self.version, byteOrder == Self.byteOrder, chunkSize == ChunkedBlock.chunkSize,
      Array(bytes[(Self.byteCount - 8)..<Self.byteCount]) == Self.bytes(checksum(of: bytes.prefix(Self.byteCount - 8)))
    else { throw failure(.damaged, "its first \(Self.byteCount) bytes are damaged") }
    guard directorySize >= 0, directorySize <= fileSize - Self.byteCount else {
      throw failure(.damaged, "its beginning names sizes that can't be")
    }
    guard size >= fileSize else {
      throw failure(.truncated, "the file has \(size) bytes, and had \(fileSize) when it was written")
    }
    guard size == fileSize else {
      throw failure(.damaged, "the file has \(size) bytes, more than the \(fileSize) that were written")
    }
  }

  init(fileSize: Int, directorySize: Int, directoryChecksum: UInt64, identity: UInt64) {
    self.fileSize = fileSize
    self.directorySize = directorySize
    self.directoryChecksum = directoryChecksum
    self.identity = identity
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.add(number)
    return writer.bytes
  }
}

/// The checksum of bytes.
func checksum(of bytes: some Collection<UInt8>) -> UInt64 {
  ContiguousArray(bytes).withUnsafeBytes { checksum(of: $0) }
}

/// The checksum of bytes.
func checksum(of bytes: UnsafeRawBufferPointer) -> UInt64 {
  guard let start = bytes.baseAddress else { return ObjectChecksum.of(UnsafeRawPointer(bitPattern: 8)!, count: 0) }
  return ObjectChecksum.of(start, count: bytes.count)
}

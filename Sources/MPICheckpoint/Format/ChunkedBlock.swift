// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A rank's block of a part, as it lies in the file: its bytes, then a checksum for each chunk of them.
///
/// Each chunk has a checksum of its own so that a rank can read and verify a piece of a large block.
struct ChunkedBlock: Equatable {
  /// The bytes of a chunk. It fits into a core's cache, so that what is checked there need not come from memory again.
  static let chunkSize = 1 << 19

  /// Where it begins in the file.
  var offset: Int
  /// How many bytes it has, without the checksums.
  var byteCount: Int

  /// The first byte that it may have at or after an offset. A large block begins with a page of its own.
  static func start(_ byteCount: Int, after offset: Int) -> Int {
    let alignment = byteCount >= 1 << 16 ? 4096 : 64
    return (offset + alignment - 1) & -alignment
  }

  static func chunkCount(_ byteCount: Int) -> Int { (byteCount + chunkSize - 1) / chunkSize }

  var chunkCount: Int { Self.chunkCount(byteCount) }

  /// Where its checksums begin: at a multiple of 8 bytes.
  var checksumOffset: Int { (offset + byteCount + 7) & -8 }

  /// The first byte after its checksums.
  var end: Int { byteCount == 0 ? offset : checksumOffset + 8 * chunkCount }

  /// The range of the block's bytes that a chunk has.
  func chunk(_ index: Int) -> Range<Int> {
    index * Self.chunkSize..<min((index + 1) * Self.chunkSize, byteCount)
  }
}

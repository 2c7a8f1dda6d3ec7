// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Writes the bytes of one rank, one after another, from a place of a file on, and makes the checksums of the blocks.
///
/// Each rank writes by itself, to a file that all have open: MPI's collective writes have nothing to merge, because the
/// region of each rank is in one piece; and with several MPIs they leave the job unable to use files after a full disk
/// (``Fault/fullDisksBreakLaterFiles``, ``Fault/collectiveWritesHideAFullDisk``), whereas a save that failed must be
/// followed by others.
struct RegionWriter {
  /// From how many bytes on a piece is written from where it lies.
  private static let directSize = 1 << 16

  private let file: MPIFile
  /// Where in the file the next byte goes.
  private var offset: Int
  /// Bytes that come before it and are not written yet.
  private var waiting: [UInt8] = []

  init(_ file: MPIFile, at offset: Int) {
    self.file = file
    self.offset = offset
    waiting.reserveCapacity(ChunkedBlock.chunkSize)
  }

  /// Adds a block: its bytes, and their checksums.
  mutating func add(_ bytes: UnsafeRawBufferPointer) throws {
    let block = ChunkedBlock(
      offset: ChunkedBlock.start(bytes.count, after: offset), byteCount: bytes.count)
    if bytes.isEmpty { return }
    try fill(to: block.offset)
    var checksums: [UInt64] = []
    checksums.reserveCapacity(block.chunkCount)
    for index in 0..<block.chunkCount {
      // The core has just read what it now writes.
      let chunk = UnsafeRawBufferPointer(rebasing: bytes[block.chunk(index)])
      checksums.append(checksum(of: chunk))
      try add(piece: chunk)
    }
    try fill(to: block.checksumOffset)
    try checksums.withUnsafeBytes { try add(piece: $0) }
  }

  /// Adds bytes as they are.
  mutating func add(piece: UnsafeRawBufferPointer) throws {
    if piece.count < Self.directSize {
      waiting.append(contentsOf: piece)
      offset += piece.count
      if waiting.count >= ChunkedBlock.chunkSize { try finish() }
      return
    }
    try finish()
    try file.write(piece.assumingMemoryBound(to: UInt8.self).span, at: offset)
    offset += piece.count
  }

  /// Writes what waits.
  mutating func finish() throws {
    if waiting.isEmpty { return }
    try file.write(waiting, at: offset - waiting.count)
    waiting.removeAll(keepingCapacity: true)
  }

  private mutating func fill(to next: Int) throws {
    let zeros = [UInt8](repeating: 0, count: next - offset)
    try zeros.withUnsafeBytes { try add(piece: $0) }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIObjectCoding

/// Reads pieces of a block, each byte from a chunk that was verified.
struct BlockReader {
  private let file: StoredFile
  private let block: ChunkedBlock
  private let checksums: [UInt64]
  private let damaged: CheckpointError
  /// The chunk that was read last.
  private var current = -1
  private var chunk: [UInt8] = []

  /// - Parameters:
  ///   - part: the name of the part, for errors.
  ///   - rank: the rank that wrote the block.
  init(_ file: StoredFile, _ block: ChunkedBlock, part: String, rank: Int) throws {
    self.file = file
    self.block = block
    damaged = CheckpointError(
      .damaged, "the block of rank \(rank) is damaged: its bytes are not those that were written", path: file.path,
      part: part, rank: rank)
    let size = 8 * block.chunkCount
    let bytes = try file.bytes(at: block.checksumOffset, count: size)
    guard bytes.count == size else { throw damaged }
    checksums = bytes.withUnsafeBytes { bytes in
      (0..<size / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
    }
  }

  /// Copies bytes of the block to memory.
  mutating func read(_ range: Range<Int>, to memory: UnsafeMutableRawPointer) throws {
    var position = range.lowerBound
    while position < range.upperBound {
      try load(position / ChunkedBlock.chunkSize)
      let bounds = block.chunk(current)
      let end = min(range.upperBound, bounds.upperBound)
      let piece = position - bounds.lowerBound..<end - bounds.lowerBound
      chunk.withUnsafeBytes { bytes in
        UnsafeMutableRawBufferPointer(start: memory + (position - range.lowerBound), count: piece.count)
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[piece]))
      }
      position = end
    }
  }

  private mutating func load(_ index: Int) throws {
    if index == current { return }
    let bounds = block.chunk(index)
    if chunk.count != bounds.count { chunk = [UInt8](repeating: 0, count: bounds.count) }
    current = -1
    let count = try chunk.withUnsafeMutableBytes { try file.read($0, at: block.offset + bounds.lowerBound) }
    guard count == bounds.count, chunk.withUnsafeBytes({ checksum(of: $0) }) == checksums[index] else { throw damaged }
    current = index
  }
}

extension StoredFile {
  /// Reads elements of a part: those that blocks have in common with a box.
  ///
  /// - Returns: how many elements were read.
  func read(
    _ box: Box, of part: Int, _ directory: Directory, to memory: UnsafeMutableRawPointer
  ) throws -> Int {
    let stored = directory.parts[part]
    var count = 0
    for (rank, other) in stored.boxes.enumerated() where other.intersection(box) != nil {
      var reader = try BlockReader(self, directory.block(part, of: rank), part: stored.name, rank: rank)
      try other.forEachRun(into: box) { run in
        try reader.read(
          run.source * stored.stride..<(run.source + run.count) * stored.stride,
          to: memory + run.destination * stored.stride)
        count += run.count
      }
    }
    return count
  }

  /// Reads all of a rank's block.
  func read(_ part: Int, of rank: Int, _ directory: Directory, to memory: UnsafeMutableRawPointer) throws {
    let block = directory.block(part, of: rank)
    if block.byteCount == 0 { return }
    var reader = try BlockReader(self, block, part: directory.parts[part].name, rank: rank)
    try reader.read(0..<block.byteCount, to: memory)
  }
}

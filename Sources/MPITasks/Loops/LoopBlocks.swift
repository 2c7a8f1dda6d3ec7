// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// Memory for the values of blocks of indices, which are put there and taken from there one by one.
final class LoopBlocks<Value>: @unchecked Sendable {
  private struct Block: @unchecked Sendable {
    var range: Range<Int>
    var start: UnsafeMutablePointer<Value>
    /// Whether the memory is ours to give back.
    var isOurs: Bool
  }

  private let blocks = Mutex<[Block]>([])

  init() {}

  /// Memory that is owned elsewhere, which holds all values.
  init(_ memory: UnsafeMutableBufferPointer<Value>) {
    guard let start = memory.baseAddress else { return }
    let block = Block(range: 0..<memory.count, start: start, isOurs: false)
    blocks.withLock { $0 = [block] }
  }

  deinit {
    let all = blocks.withLock { $0 }
    for block in all where block.isOurs { block.start.deallocate() }
  }

  /// Makes room for a block, if there is none yet.
  func prepare(_ range: Range<Int>) {
    guard !range.isEmpty, find(range.lowerBound) == nil else { return }
    let block = Block(range: range, start: .allocate(capacity: range.count), isOurs: true)
    blocks.withLock { $0.append(block) }
  }

  /// Whether there is room for a block.
  func has(_ range: Range<Int>) -> Bool { range.isEmpty || find(range.lowerBound) != nil }

  /// Where the values from an index on lie.
  func memory(for range: Range<Int>) -> LoopMemory {
    guard let block = find(range.lowerBound) else { misuse("there is no room for index \(range)") }
    return LoopMemory(first: block.range.lowerBound, start: UnsafeMutableRawPointer(block.start))
  }

  /// The values of indices that lie in one block.
  func values(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Value> {
    guard let block = find(range.lowerBound) else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
    return UnsafeMutableBufferPointer(
      start: block.start + (range.lowerBound - block.range.lowerBound), count: range.count)
  }

  /// Parts of ranges, each of which lies in one block.
  func parts(of ranges: IndexRanges) -> [Range<Int>] {
    // (A key path of a generic type would be made by its name at each call, by tens of thousands of instructions.)
    let all = blocks.withLock { $0.map { $0.range } }
    return ranges.ranges.flatMap { range in all.map { $0.clamped(to: range) }.filter { !$0.isEmpty } }
      .sorted { $0.lowerBound < $1.lowerBound }
  }

  /// Destroys values.
  func deinitialize(_ ranges: IndexRanges) {
    for part in parts(of: ranges) { values(part).deinitialize() }
  }

  /// The newest block with an index: what was given away may come back, into a block of its own.
  private func find(_ index: Int) -> Block? {
    blocks.withLock { blocks in blocks.last { $0.range.contains(index) } }
  }
}

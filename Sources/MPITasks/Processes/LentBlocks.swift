// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIObjectCoding
import Synchronization

/// Memory in which long arrays go from one process to another, of which one writes and the other reads it.
///
/// It is used again: fresh memory costs as much as copying. The reader marks a block as free in the block itself.
final class LentBlocks: @unchecked Sendable {
  /// The part before the array: whether it is in use.
  static let headSize = 64
  /// How many blocks that are free are kept, and how many bytes they may have each.
  private static let most = 3
  private static let largest = 64 << 20

  private struct State {
    var blocks: [SharedMemory] = []
    /// Whether memory could not be had once. From then on arrays go in the stream.
    var isWithout = false
  }

  private let state = Mutex(State())

  /// How many blocks there are.
  var count: Int { state.withLock { $0.blocks.count } }

  /// Puts bytes where the other process reads them; nil if there is no such memory.
  func lend(_ start: UnsafeRawPointer, _ byteCount: Int) -> SharedMemory.Location? {
    state.withLock { state -> SharedMemory.Location? in
      guard !state.isWithout else { return nil }
      let size = Self.headSize + byteCount
      let isFree = { (block: SharedMemory) in Self.use(of: block).pointee.load(ordering: .acquiring) == 0 }
      if let block = state.blocks.first(where: { $0.location.byteCount >= size && isFree($0) }) {
        (block.start + Self.headSize).copyMemory(from: start, byteCount: byteCount)
        Self.use(of: block).pointee.store(1, ordering: .releasing)
        return block.location
      }
      var head = [UInt8](repeating: 0, count: Self.headSize)
      head[0] = 1
      do {
        let block = try head.withUnsafeBytes { head in
          try SharedMemory([head, UnsafeRawBufferPointer(start: start, count: byteCount)], isWritable: true)
        }
        while state.blocks.count(where: isFree) >= Self.most, let place = state.blocks.firstIndex(where: isFree) {
          state.blocks.remove(at: place)
        }
        // One that is not kept goes as soon as the reader has marked it.
        state.blocks.removeAll { isFree($0) && $0.location.byteCount > Self.largest }
        state.blocks.append(block)
        return block.location
      } catch {
        state.isWithout = true
        return nil
      }
    }
  }

  /// The mark of a block: 1 while the reader needs it.
  static func use(of block: SharedMemory) -> UnsafePointer<Atomic<Int>> {
    UnsafePointer(block.start.assumingMemoryBound(to: Atomic<Int>.self))
  }
}

/// The blocks that the other process has lent, as far as they are known here.
final class BorrowedBlocks {
  private static let most = 4

  private var known: [SharedMemory] = []

  /// A long array of a message, where it lies.
  ///
  /// - Throws: if the memory can't be reached: the other process is gone.
  func attachment(
    at location: SharedMemory.Location, _ byteCount: Int, elementType: UInt64
  ) throws(SharedMemory.Problem) -> ObjectAttachment {
    let block: SharedMemory
    if let place = known.firstIndex(where: { $0.location == location }) {
      block = known.remove(at: place)
    } else {
      block = try SharedMemory(at: location, isWritable: true)
      if known.count == Self.most { known.removeFirst() }
    }
    known.append(block)
    return ObjectAttachment(
      lying: block.start + LentBlocks.headSize, byteCount, in: Loan(block), elementType: elementType)
  }

  /// Marks a block as free when nothing needs it any more.
  private final class Loan {
    private let block: SharedMemory

    init(_ block: SharedMemory) { self.block = block }

    deinit { LentBlocks.use(of: block).pointee.store(0, ordering: .releasing) }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// Items that only the root has: each rank gets those of its block, and they travel with blocks that are given on.
final class LoopItemBlocks<Item>: LoopItems, @unchecked Sendable {
  private let blocks: LoopBlocks<Item>
  private let coding: ValueCoding<Item>
  private var taken = IndexRanges()
  private let rank: Int

  /// - Parameter items: those of the root, which stay where they are until the loop has ended; none elsewhere.
  init(_ items: UnsafeBufferPointer<Item>, rank: Int, coding: ValueCoding<Item>) {
    self.coding = coding
    self.rank = rank
    blocks = rank == 0 ? LoopBlocks(UnsafeMutableBufferPointer(mutating: items)) : LoopBlocks()
  }

  deinit { blocks.deinitialize(taken) }

  func encoded(_ block: Range<Int>) throws -> [UInt8] {
    do { return try coding.encode(block: UnsafeBufferPointer(blocks.values(block))) } catch {
      // The rank that waits for the items throws it, and so all ranks do.
      let failure = failure(at: firstUnencodable(in: block), "the item could not be encoded: \(error)")
      return try ObjectCoder.encode(failure)
    }
  }

  private func firstUnencodable(in block: Range<Int>) -> Int {
    block.first { index in
      (try? coding.encode(block: UnsafeBufferPointer(blocks.values(index..<index + 1)))) == nil
    } ?? block.lowerBound
  }

  private func failure(at index: Int, _ message: String) -> LoopItemFailure {
    // An item that has not come has no words.
    let item = blocks.has(index..<index + 1) ? words(for: index) : nil
    return LoopItemFailure(
      failure: LoopFailure(message: message, index: index, item: item, rank: rank))
  }

  func take(_ bytes: [UInt8], for block: Range<Int>) throws {
    // What was here before and comes back is here still.
    guard !blocks.has(block) else { return }
    let items: [Item]
    do { items = try coding.decode(block: bytes) } catch {
      if let failure = try? ObjectCoder.decode(LoopItemFailure.self, from: bytes) { throw failure }
      throw failure(at: block.lowerBound, "an item from here on could not be decoded: \(error)")
    }
    demand(items.count == block.count, "\(items.count) items came for \(block.count) indices")
    blocks.prepare(block)
    _ = blocks.values(block).initialize(from: items)
    taken.insert(block)
  }

  func words(for index: Int) -> String? { blocks.values(index..<index + 1).first.flatMap { inFewWords($0) } }

  func memory(for chunk: Range<Int>) -> LoopMemory { blocks.memory(for: chunk) }
}

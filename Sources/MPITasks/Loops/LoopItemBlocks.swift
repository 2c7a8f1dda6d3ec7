import MPI

/// Items that only the root has: each rank gets those of its block, and they travel with blocks that are given on.
final class LoopItemBlocks<Item>: LoopItems, @unchecked Sendable {
  private let blocks: LoopBlocks<Item>
  private let coding: LoopCoding<Item>
  private var taken = IndexRanges()
  private let isRoot: Bool

  /// - Parameter items: those of the root, which stay where they are until the loop is over; none elsewhere.
  init(_ items: UnsafeBufferPointer<Item>, isRoot: Bool, coding: LoopCoding<Item>) {
    self.coding = coding
    self.isRoot = isRoot
    blocks = isRoot ? LoopBlocks(UnsafeMutableBufferPointer(mutating: items)) : LoopBlocks()
  }

  deinit { blocks.deinitialize(taken) }

  func encoded(_ block: Range<Int>) throws -> [UInt8] {
    try coding.encode(UnsafeBufferPointer(blocks.values(block)))
  }

  func take(_ bytes: [UInt8], for block: Range<Int>) throws {
    // What was here before and comes back is here still.
    guard !blocks.has(block) else { return }
    let items = try coding.decode(bytes)
    demand(items.count == block.count, "\(items.count) items came for \(block.count) indices")
    blocks.prepare(block)
    _ = blocks.values(block).initialize(from: items)
    taken.insert(block)
  }

  func words(for index: Int) -> String? { blocks.values(index..<index + 1).first.flatMap { inFewWords($0) } }

  func memory(for chunk: Range<Int>) -> LoopMemory { blocks.memory(for: chunk) }
}

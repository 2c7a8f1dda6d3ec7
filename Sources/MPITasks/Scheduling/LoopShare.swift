// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What one rank has still to do of a loop, and in which chunks its threads take it.
///
/// A chunk takes about ``target``: short enough that threads and ranks end together, long enough that taking it costs
/// nothing. How long an index takes is measured with each chunk, and for each block by itself: one that comes from
/// elsewhere may take far longer, or less, an index.
package struct LoopShare: Sendable {
  /// How long a chunk shall take, in nanoseconds.
  package static let target = 75_000.0
  /// The shortest chunk that is worth taking, in nanoseconds.
  package static let least = 2_000.0
  /// What is worth giving to another rank, in nanoseconds.
  package static let worthGiving = 20_000.0

  /// Indices that no thread has taken yet.
  package struct Block: Sendable, Hashable {
    package var range: Range<Int>
    /// What an index takes, in nanoseconds; 0 as long as it is not measured.
    package var cost: Double
    /// What the block was when it came.
    fileprivate var origin: Range<Int>

    fileprivate init(_ range: Range<Int>, cost: Double, origin: Range<Int>) {
      self.range = range
      self.cost = cost
      self.origin = origin
    }
  }

  /// The blocks, in the order in which threads take them.
  package private(set) var blocks: [Block] = []
  /// The number of indices in them.
  package private(set) var remaining = 0
  /// What an index took that was measured last, in nanoseconds; 0 as long as nothing has been.
  package private(set) var lastCost = 0.0

  /// The compute threads of this rank.
  package let threads: Int
  /// Whether a block is one chunk, as it came.
  package let takesWholeBlocks: Bool
  private var largest = 1

  package init(threads: Int, takesWholeBlocks: Bool = false) {
    self.threads = threads
    self.takesWholeBlocks = takesWholeBlocks
  }

  /// How long the blocks will take all threads together, in nanoseconds, as far as is known.
  package var time: Double { blocks.reduce(0) { $0 + Double($1.range.count) * cost($1) } / Double(threads) }

  /// Adds a block.
  ///
  /// - Parameter cost: what an index of it takes, in nanoseconds; 0 if that is not known.
  package mutating func add(_ block: Range<Int>, cost: Double = 0) {
    guard !block.isEmpty else { return }
    blocks.append(Block(block, cost: cost, origin: block))
    remaining += block.count
  }

  /// Takes the next chunk out, for a thread; nil if nothing is left.
  ///
  /// - Parameter target: how long it shall take, in nanoseconds.
  package mutating func nextChunk(lasting target: Double = Self.target) -> Range<Int>? {
    guard let block = blocks.first else { return nil }
    let cost = cost(block)
    var count = block.range.count
    if !takesWholeBlocks {
      // Never more than four times what went well before, and half of a thread's share of what is left, unless that is
      // next to nothing.
      let wanted = cost > 0 ? min(target / cost, Double(4 * largest)) : 1
      let share = max((remaining + 2 * threads - 1) / (2 * threads), cost > 0 ? Int(Self.least / cost) : 1)
      count = max(1, min(Int(wanted), share, count))
      largest = count
    }
    let end = block.range.lowerBound + count
    if end == block.range.upperBound { blocks.removeFirst() } else { blocks[0].range = end..<block.range.upperBound }
    remaining -= count
    return block.range.lowerBound..<end
  }

  /// Notes how long indices took.
  package mutating func took(_ indices: Range<Int>, nanoseconds: Double) {
    guard !indices.isEmpty else { return }
    let measured = max(nanoseconds / Double(indices.count), 0.1)
    lastCost = updated(lastCost, measured)
    for index in blocks.indices where blocks[index].origin.contains(indices.lowerBound) {
      blocks[index].cost = updated(blocks[index].cost, measured)
    }
  }

  /// Puts back the rest of a chunk.
  package mutating func putBack(_ rest: Range<Int>) {
    guard !rest.isEmpty else { return }
    blocks.insert(Block(rest, cost: lastCost, origin: rest), at: 0)
    remaining += rest.count
    largest = 1
  }

  /// Takes out a block for another rank, in proportion to its threads; nil if nothing is worth giving.
  package mutating func give(toThreads others: Int) -> Block? {
    guard let last = blocks.last else { return nil }
    // What nothing is known of counts as if all indices were alike.
    let isKnown = cost(last) > 0
    let all = isKnown ? time * Double(threads) : Double(remaining)
    if isKnown && all < Self.worthGiving { return nil }
    let part = all * Double(others) / Double(others + threads)
    let count = max(1, Int(isKnown ? part / cost(last) : part))
    var given = last
    if last.range.count <= count {
      blocks.removeLast()
    } else {
      given.range = last.range.upperBound - count..<last.range.upperBound
      blocks[blocks.count - 1].range = last.range.lowerBound..<given.range.lowerBound
    }
    given.cost = cost(last)
    remaining -= given.range.count
    return given
  }

  private func cost(_ block: Block) -> Double { block.cost > 0 ? block.cost : lastCost }

  /// What takes longer than expected counts at once, because a chunk that is too long can't be undone.
  private func updated(_ cost: Double, _ measured: Double) -> Double {
    measured > cost ? measured : (measured + cost) / 2
  }

  /// Drops all that is left.
  package mutating func clear() {
    blocks = []
    remaining = 0
  }
}

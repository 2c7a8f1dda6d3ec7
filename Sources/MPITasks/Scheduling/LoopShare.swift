/// What one rank has still to do of a loop, and in which chunks its threads take it.
///
/// A chunk takes about ``target``: short enough that threads and ranks end together, long enough that taking it costs
/// nothing. How long an index takes is measured with each chunk.
package struct LoopShare: Sendable {
  /// How long a chunk shall take, in nanoseconds.
  package static let target = 75_000.0
  /// The shortest chunk that is worth taking, in nanoseconds.
  package static let least = 2_000.0
  /// What is worth giving to another rank, in nanoseconds.
  package static let worthGiving = 20_000.0

  /// The blocks that no thread has taken yet.
  package private(set) var blocks: [Range<Int>] = []
  /// The number of indices in them.
  package private(set) var remaining = 0
  /// What an index takes, in nanoseconds; 0 as long as nothing has been measured.
  package private(set) var cost = 0.0

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
  package var time: Double { Double(remaining) * cost / Double(threads) }

  /// Adds a block.
  package mutating func add(_ block: Range<Int>) {
    guard !block.isEmpty else { return }
    blocks.append(block)
    remaining += block.count
  }

  /// Takes the next chunk out, for a thread; nil where nothing is left.
  ///
  /// - Parameter target: how long it shall take, in nanoseconds.
  package mutating func nextChunk(lasting target: Double = Self.target) -> Range<Int>? {
    guard let block = blocks.first else { return nil }
    var count = block.count
    if !takesWholeBlocks {
      // Never more than four times what went well before, and half of a thread's share of what is left, unless that is
      // next to nothing.
      let wanted = cost > 0 ? min(target / cost, Double(4 * largest)) : 1
      let share = max((remaining + 2 * threads - 1) / (2 * threads), cost > 0 ? Int(Self.least / cost) : 1)
      count = max(1, min(Int(wanted), share, count))
      largest = count
    }
    let end = block.lowerBound + count
    if end == block.upperBound { blocks.removeFirst() } else { blocks[0] = end..<block.upperBound }
    remaining -= count
    return block.lowerBound..<end
  }

  /// Notes how long a number of indices took.
  package mutating func took(_ count: Int, nanoseconds: Double) {
    guard count > 0 else { return }
    let measured = max(nanoseconds / Double(count), 0.1)
    // What takes longer than expected counts at once, for a chunk that is too long can't be undone.
    cost = measured > cost ? measured : (measured + cost) / 2
  }

  /// Puts back the rest of a chunk.
  package mutating func putBack(_ rest: Range<Int>) {
    guard !rest.isEmpty else { return }
    blocks.insert(rest, at: 0)
    remaining += rest.count
    largest = 1
  }

  /// Takes out a block for another rank, in proportion to its threads; nil where nothing is worth giving.
  package mutating func give(toThreads others: Int) -> Range<Int>? {
    guard let last = blocks.last, cost == 0 || Double(remaining) * cost >= Self.worthGiving else { return nil }
    let part = max(1, Int(Double(remaining) * Double(others) / Double(others + threads)))
    let given = last.count <= part ? last : last.upperBound - part..<last.upperBound
    if given == last { blocks.removeLast() } else { blocks[blocks.count - 1] = last.lowerBound..<given.lowerBound }
    remaining -= given.count
    return given
  }

  /// Drops all that is left.
  package mutating func clear() {
    blocks = []
    remaining = 0
  }
}

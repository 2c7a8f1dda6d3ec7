/// Elements in rank order, and which of them belong to which rank.
///
/// What the ranks contributed to a gather, in one array, one part a rank; the parts may be of unlike lengths, or empty.
///
/// ```swift
/// let all = try world.allGather(mine)       // no one says how many
/// let fromRank2 = all[2]                    // ArraySlice
/// let together = all.elements               // Array, no copy
/// ```
///
/// As a collection its elements are the parts: `all.count` is the number of ranks.
public struct RankPartitioned<Element> {
  /// All elements, those of rank 0 first.
  public let elements: [Element]
  /// Where each rank's part begins in ``elements``, and the end: one more than there are ranks.
  public let offsets: [Int]

  /// Elements of which rank r has the next `counts[r]`.
  ///
  /// - Precondition: no count is below 0, and they sum to the number of elements.
  @inlinable
  public init(_ elements: [Element], counts: [Int]) {
    self.elements = elements
    offsets = offsetsOfParts(counts, elements.count)
  }

  /// One part for each rank, in order.
  public init(_ parts: [[Element]]) {
    self.init(Array(parts.joined()), counts: parts.map(\.count))
  }

  /// How many elements each rank has.
  public var counts: [Int] { zip(offsets, offsets.dropFirst()).map { $1 - $0 } }
}

extension RankPartitioned: RandomAccessCollection {
  /// Rank 0.
  public var startIndex: Int { 0 }
  /// The number of ranks.
  public var endIndex: Int { offsets.count - 1 }

  /// A rank's part, as a slice of ``elements``, whose indices it has.
  ///
  /// Complexity: O(1).
  public subscript(rank: Int) -> ArraySlice<Element> { elements[offsets[rank]..<offsets[rank + 1]] }
}

extension RankPartitioned: Sendable where Element: Sendable {}
extension RankPartitioned: Equatable where Element: Equatable {}
extension RankPartitioned: Hashable where Element: Hashable {}

extension RankPartitioned: CustomStringConvertible {
  /// The parts as arrays.
  public var description: String { "\(map(Array.init))" }
}

/// Where parts of so many elements begin, and the end of the last.
@usableFromInline
func offsetsOfParts(_ counts: [Int], _ elements: Int) -> [Int] {
  var end = 0
  let offsets = [Int](unsafeUninitializedCapacity: counts.count + 1) { offsets, initialized in
    offsets.initializeElement(at: 0, to: 0)
    for (rank, count) in counts.enumerated() {
      demand(count >= 0, "RankPartitioned: a count of \(count)")
      end += count
      offsets.initializeElement(at: rank + 1, to: end)
    }
    initialized = counts.count + 1
  }
  demand(
    end == elements, "RankPartitioned: the counts sum to \(end), and there are \(elements) elements")
  return offsets
}

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
  public init(_ elements: [Element], counts: [Int]) {
    var offsets = [0]
    offsets.reserveCapacity(counts.count + 1)
    for count in counts {
      precondition(count >= 0, "RankPartitioned: a count of \(count)")
      offsets.append(offsets.last! + count)
    }
    precondition(
      offsets.last == elements.count,
      "RankPartitioned: the counts sum to \(offsets.last!), and there are \(elements.count) elements")
    self.elements = elements
    self.offsets = offsets
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

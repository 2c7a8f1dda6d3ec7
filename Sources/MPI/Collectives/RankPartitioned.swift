// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Elements in rank order, and which of them belong to which rank.
///
/// What the ranks contributed to a gather, in one array, one part a rank; the parts may be of different lengths, or
/// empty.
///
/// ```swift
/// let all = try world.allGather(mine)       // the counts are inferred
/// let fromRank2 = all[2]                    // ArraySlice
/// let together = all.elements               // Array, no copy
/// ```
///
/// As a collection its elements are the parts: `all.count` is the number of ranks.
///
/// What it is made of is copied part by part, and not element by element; elements and counts that are there already
/// are not copied. In an optimized program all that it does takes what the same on plain arrays takes.
@frozen
public struct RankPartitioned<Element> {
  /// All elements, those of rank 0 first.
  public let elements: [Element]
  /// The index in ``elements`` at which each rank's part begins, and the end: one more than there are ranks.
  public let offsets: [Int]

  /// Elements of which rank r has the next `counts[r]`.
  ///
  /// - Parameters:
  ///   - elements: all elements, those of rank 0 first.
  ///   - counts: how many of them each rank has, in rank order.
  /// - Precondition: no count is below 0, and they sum to the number of elements.
  @inlinable
  public init(_ elements: [Element], counts: [Int]) {
    self.elements = elements
    offsets = offsetsOfParts(counts, elements.count)
  }

  /// Elements of which it is known where each rank's part begins.
  @inlinable
  init(_ elements: [Element], offsets: [Int]) {
    self.elements = elements
    self.offsets = offsets
  }

  /// One part for each rank, in order.
  ///
  /// The parts are copied, each at once, into one new array.
  ///
  /// - Parameter parts: one array for each rank, in rank order; any may be empty.
  @inlinable
  public init(_ parts: [[Element]]) {
    // Not by `map(\.count)`: a key path is looked into at run time, for each part.
    var offsets: [Int] = []
    offsets.reserveCapacity(parts.count + 1)
    var end = 0
    offsets.append(0)
    for part in parts {
      end += part.count
      offsets.append(end)
    }
    var elements: [Element] = []
    elements.append(addingCapacity: end) { room in
      room.withUnsafeMutableBufferPointer { memory, initialized in
        guard let start = memory.baseAddress else { return }
        for part in parts {
          part.withUnsafeBufferPointer { part in
            guard let first = part.baseAddress else { return }
            (start + initialized).initialize(from: first, count: part.count)
            initialized += part.count
          }
        }
      }
    }
    (self.elements, self.offsets) = (elements, offsets)
  }

  /// The number of elements of each rank.
  @inlinable
  public var counts: [Int] {
    var counts: [Int] = []
    counts.reserveCapacity(offsets.count - 1)
    for rank in 0..<offsets.count - 1 { counts.append(offsets[rank + 1] - offsets[rank]) }
    return counts
  }

  /// The parts as arrays of their own, in rank order: what ``init(_:)`` is made of.
  ///
  /// Each part is copied, at once. To look at them, take the parts as slices instead, which are not copied.
  @inlinable
  public var parts: [[Element]] {
    var parts: [[Element]] = []
    parts.reserveCapacity(offsets.count - 1)
    elements.withUnsafeBufferPointer { all in
      for rank in 0..<offsets.count - 1 {
        var part: [Element] = []
        let count = offsets[rank + 1] - offsets[rank]
        if count > 0 {
          // Not `Array(all[…])`, which looks the type up at run time.
          part.append(addingCapacity: count) { room in
            room.withUnsafeMutableBufferPointer { memory, initialized in
              memory.baseAddress!.initialize(from: all.baseAddress! + offsets[rank], count: count)
              initialized = count
            }
          }
        }
        parts.append(part)
      }
    }
    return parts
  }
}

extension RankPartitioned: RandomAccessCollection {
  /// Rank 0.
  @inlinable
  public var startIndex: Int { 0 }
  /// The number of ranks.
  @inlinable
  public var endIndex: Int { offsets.count - 1 }

  /// A rank's part, as a slice of ``elements``, whose indices it has.
  ///
  /// Complexity: O(1).
  ///
  /// - Parameter rank: from 0 to one less than the number of parts.
  @inlinable
  public subscript(rank: Int) -> ArraySlice<Element> {
    demand(
      rank >= 0 && rank < offsets.count - 1, "RankPartitioned: there is no part \(rank) of \(offsets.count - 1) parts")
    return elements[offsets[rank]..<offsets[rank + 1]]
  }
}

extension RankPartitioned: Sendable where Element: Sendable {}

// Written out, because what the compiler makes is not inlined into programs, and compares by a call for each element.

extension RankPartitioned: Equatable where Element: Equatable {
  @inlinable
  public static func == (one: Self, other: Self) -> Bool {
    guard one.offsets == other.offsets else { return false }
    return one.elements.withUnsafeBufferPointer { own in
      other.elements.withUnsafeBufferPointer { others in
        // The offsets agree, and so do the numbers of elements.
        for index in own.indices where own[index] != others[index] { return false }
        return true
      }
    }
  }
}

extension RankPartitioned: Hashable where Element: Hashable {
  /// Hashes the elements and where the parts begin.
  @inlinable
  public func hash(into hasher: inout Hasher) {
    hasher.combine(offsets)
    hasher.combine(elements)
  }
}

extension RankPartitioned: CustomStringConvertible {
  /// The parts as arrays.
  public var description: String { "\(parts)" }
}

/// Where parts of so many elements begin, and the end of the last, which is where the elements end.
@usableFromInline
func offsetsOfParts(_ counts: [Int], _ elements: Int) -> [Int] {
  let (offsets, end) = offsetsOfParts(counts)
  demand(
    end == elements, "RankPartitioned: the counts sum to \(end), and there are \(elements) elements")
  return offsets
}

/// Where parts begin, and the end of the last.
@inline(__always)
func offsetsOfParts(_ counts: [Int]) -> (offsets: [Int], end: Int) {
  var end = 0
  var offsets: [Int] = []
  offsets.reserveCapacity(counts.count + 1)
  offsets.append(0)
  for count in counts {
    demand(count >= 0, "RankPartitioned: a count of \(count)")
    end += count
    offsets.append(end)
  }
  return (offsets, end)
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A set of indices, as ranges in order.
@usableFromInline
package struct IndexRanges: Sendable, Hashable {
  /// The ranges, none of which touches another.
  package private(set) var ranges: [Range<Int>] = []

  package init() {}

  /// How many indices it has.
  package var count: Int { ranges.reduce(0) { $0 + $1.count } }

  /// Adds a range whose indices are not in it yet.
  package mutating func insert(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    // The first range that ends at or after its beginning.
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    let joinsLeft = low < ranges.count && ranges[low].upperBound == range.lowerBound
    let right = joinsLeft ? low + 1 : low
    let joinsRight = right < ranges.count && ranges[right].lowerBound == range.upperBound
    switch (joinsLeft, joinsRight) {
    case (true, true):
      ranges[low] = ranges[low].lowerBound..<ranges[right].upperBound
      ranges.remove(at: right)
    case (true, false): ranges[low] = ranges[low].lowerBound..<range.upperBound
    case (false, true): ranges[right] = range.lowerBound..<ranges[right].upperBound
    case (false, false): ranges.insert(range, at: low)
    }
  }
}

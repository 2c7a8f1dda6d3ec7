// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The place of a rank's block in the whole of a part: a range of indices in each dimension, the last one of which varies
// fastest.

/// A box of indices.
struct Box: Hashable, Codable {
  var lower: [Int]
  var upper: [Int]

  init(_ ranges: [Range<Int>]) {
    lower = ranges.map(\.lowerBound)
    upper = ranges.map(\.upperBound)
  }

  init(lower: [Int], upper: [Int]) {
    self.lower = lower
    self.upper = upper
  }

  var dimensions: Int { lower.count }
  var extents: [Int] { zip(lower, upper).map { $1 - $0 } }
  var isEmpty: Bool { zip(lower, upper).contains { $0 >= $1 } }
  var ranges: [Range<Int>] { zip(lower, upper).map { $0..<$1 } }

  /// The number of elements; nil if it is too large for an `Int`.
  var count: Int? {
    if isEmpty { return 0 }
    var product = 1
    for extent in extents {
      let (next, overflows) = product.multipliedReportingOverflow(by: extent)
      if overflows { return nil }
      product = next
    }
    return product
  }

  /// What is in both boxes; nil if nothing is.
  func intersection(_ other: Box) -> Box? {
    let box = Box(
      lower: zip(lower, other.lower).map { max($0, $1) }, upper: zip(upper, other.upper).map { min($0, $1) })
    return box.isEmpty ? nil : box
  }

  func contains(_ other: Box) -> Bool {
    other.isEmpty || intersection(other) == other
  }

  /// Elements that lie side by side in two boxes.
  struct Run: Equatable {
    /// The number of elements of the first box before them.
    var source: Int
    /// The number of elements of the second box before them.
    var destination: Int
    var count: Int
  }

  /// Calls `body` with each run of the elements that this box and another have in common, in the order of this box.
  func forEachRun(into other: Box, _ body: (Run) throws -> Void) rethrows {
    guard let common = intersection(other) else { return }
    // Dimensions in which all three are the same are one with the one before.
    var last = dimensions - 1
    while last > 0, lower[last] == other.lower[last], upper[last] == other.upper[last],
      common.lower[last] == lower[last], common.upper[last] == upper[last]
    { last -= 1 }
    let (own, others) = (strides, other.strides)
    let length = common.extents[last...].reduce(1, *)
    var index = common.lower
    while true {
      var run = Run(source: 0, destination: 0, count: length)
      for dimension in 0..<dimensions {
        run.source += (index[dimension] - lower[dimension]) * own[dimension]
        run.destination += (index[dimension] - other.lower[dimension]) * others[dimension]
      }
      try body(run)
      var dimension = last - 1
      while dimension >= 0 {
        index[dimension] += 1
        if index[dimension] < common.upper[dimension] { break }
        index[dimension] = common.lower[dimension]
        dimension -= 1
      }
      if dimension < 0 { return }
    }
  }

  /// How many elements one step in each dimension passes.
  private var strides: [Int] {
    var strides = [Int](repeating: 1, count: dimensions)
    for dimension in stride(from: dimensions - 2, through: 0, by: -1) {
      strides[dimension] = strides[dimension + 1] * (upper[dimension + 1] - lower[dimension + 1])
    }
    return strides
  }
}

extension Box: CustomStringConvertible {
  var description: String { "[" + ranges.map { "\($0)" }.joined(separator: ", ") + "]" }
}

extension Box {
  /// The box that boxes fill together, or what is wrong with them: each index must be in one of them alone.
  ///
  /// They are compared in the order of their first dimension, so that few are beside each other.
  static func whole(of boxes: [Box]) throws(BoxProblem) -> Box? {
    let filled = boxes.indices.filter { !boxes[$0].isEmpty }.sorted { boxes[$0].lower[0] < boxes[$1].lower[0] }
    guard let first = filled.first else { return nil }
    var whole = boxes[first]
    var sum = 0
    var beside: [Int] = []
    for index in filled {
      let box = boxes[index]
      whole = Box(
        lower: zip(whole.lower, box.lower).map { min($0, $1) }, upper: zip(whole.upper, box.upper).map { max($0, $1) })
      beside.removeAll { boxes[$0].upper[0] <= box.lower[0] }
      for other in beside where boxes[other].intersection(box) != nil {
        throw BoxProblem(
          text: "the blocks of rank \(min(other, index)) and rank \(max(other, index)) overlap: "
            + "\(boxes[min(other, index)]) and \(boxes[max(other, index)])")
      }
      beside.append(index)
      sum += box.count ?? 0
    }
    guard sum == whole.count else {
      throw BoxProblem(
        text: "the blocks of the ranks have \(sum) elements, and do not fill the box around them, \(whole)")
    }
    return whole
  }
}

/// Why boxes do not go together.
struct BoxProblem: Error {
  var text: String
}

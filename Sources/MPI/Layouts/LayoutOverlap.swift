// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Whether bytes take part twice in a layout. MPI forbids to receive into such a one, and does not look.

extension LayoutNode {
  /// How many runs of bytes are looked at, one by one, before the answer is "not that we know".
  private static let limit = 1 << 16

  /// Looks for a byte that takes part twice.
  ///
  /// Layouts that are regular are compared by their strides; others run by run, up to a limit.
  func findOverlap() -> Bool {
    if metrics.byteCount <= 0 { return false }
    if metrics.byteCount > metrics.end - metrics.first { return true }
    if let strides = strides() {
      var span = strides.block
      var isApart = true
      for stride in strides.dimensions.sorted(by: { $0.distance < $1.distance }) {
        isApart = isApart && stride.distance >= span
        span = stride.distance &* (stride.count - 1) &+ span
      }
      // One dimension is judged exactly. Several may be apart all the same, as teeth of combs are.
      if isApart || strides.dimensions.count <= 1 { return !isApart }
    }
    return Self.overlap(of: [(0, self)], limit: Self.limit)
  }

  /// Whether layouts together have a byte that takes part twice, looking at no more runs of bytes than `limit`.
  static func overlap(of layouts: [(place: Int, layout: LayoutNode)], limit: Int) -> Bool {
    var runs: [Range<Int>] = []
    for (place, layout) in layouts {
      let isDone = layout.forEachRun(at: place) { run, _ in
        runs.append(run)
        return runs.count <= limit
      }
      if !isDone { return false }
    }
    runs.sort { $0.lowerBound < $1.lowerBound }
    return zip(runs, runs.dropFirst()).contains { $1.lowerBound < $0.upperBound }
  }

  /// Whether its bytes lie one after another in ascending order, none twice, as far as it can be looked into.
  var isAscending: Bool {
    var (end, rest) = (Int.min, 1 << 24)
    var isAscending = true
    _ = forEachRun(at: 0) { run, _ in
      isAscending = run.isEmpty || run.lowerBound >= end
      end = max(end, run.upperBound)
      rest -= 1
      return isAscending && rest > 0
    }
    return isAscending
  }

  /// A run of bytes, and how many of it there are how far apart; nil if the layout is not so regular.
  private func strides() -> (block: Int, dimensions: [(count: Int, distance: Int)])? {
    if metrics.isDense { return (metrics.byteCount, []) }
    switch shape {
    case .repeated(let layout, let count, let distance):
      guard var strides = layout.strides() else { return nil }
      if count > 1 { strides.dimensions.append((count, abs(distance))) }
      return strides
    case .vector(let layout, let count, let blockLength, let distance):
      guard var strides = layout.strides() else { return nil }
      if layout.metrics.isDense {
        strides.block *= blockLength
      } else if blockLength > 1 {
        strides.dimensions.append((blockLength, abs(layout.metrics.extent)))
      }
      if count > 1 { strides.dimensions.append((count, abs(distance))) }
      return strides
    case .combined(let parts):
      let parts = parts.filter { $0.layout.metrics.byteCount > 0 }
      return parts.count == 1 ? parts[0].layout.strides() : nil
    case .resized(let layout, _, _): return layout.strides()
    case .part(_, _, let lowered): return lowered.strides()
    case .element, .fields, .indexed, .borrowed: return nil
    }
  }

  /// Calls `body` with each run of bytes and the type of what is in it, until it returns false.
  ///
  /// - Returns: whether it came to the end; not for a borrowed datatype, which can't be looked into.
  func forEachRun(at place: Int, _ body: (Range<Int>, ElementType) -> Bool) -> Bool {
    if metrics.byteCount == 0 { return true }
    if metrics.isDense, let type = metrics.type { return body(place + metrics.first..<place + metrics.end, type) }
    func copies(_ layout: LayoutNode, _ count: Int, _ distance: Int, _ place: Int) -> Bool {
      for index in 0..<count where !layout.forEachRun(at: place + index * distance, body) { return false }
      return true
    }
    func block(_ layout: LayoutNode, _ length: Int, _ place: Int) -> Bool {
      if length == 0 { return true }
      if layout.metrics.isDense, let type = layout.metrics.type {
        let start = place + layout.metrics.first
        return body(start..<start + length * layout.metrics.byteCount, type)
      }
      return copies(layout, length, layout.metrics.extent, place)
    }
    switch shape {
    case .element(let type): return body(place..<place + type.stride, type)
    case .fields(let fields):
      return fields.allSatisfy { body(place + $0.offset..<place + $0.offset + $0.type.stride, $0.type) }
    case .repeated(let layout, let count, let distance): return copies(layout, count, distance, place)
    case .vector(let layout, let count, let length, let distance):
      for index in 0..<count where !block(layout, length, place + index * distance) { return false }
      return true
    case .indexed(let layout, let starts, let lengths):
      return zip(starts, lengths).allSatisfy { block(layout, $1, place + $0 * layout.metrics.extent) }
    case .combined(let parts): return parts.allSatisfy { $0.layout.forEachRun(at: place + $0.place, body) }
    case .resized(let layout, _, _): return layout.forEachRun(at: place, body)
    case .part(_, _, let lowered): return lowered.forEachRun(at: place, body)
    case .borrowed: return false
    }
  }
}

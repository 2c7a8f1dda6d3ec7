// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A picture of red, green and blue bytes, rows from the top.
struct Picture: Equatable, Sendable {
  /// The width and height in pixels.
  let size: Size

  /// The pixels, three bytes each.
  var bytes: [UInt8]

  /// Creates a black picture.
  init(size: Size) {
    self.size = size
    bytes = Array(repeating: 0, count: 3 * size.width * size.height)
  }

  /// Puts the pixels of rows in, from one on.
  mutating func set(row: Int, to pixels: ArraySlice<UInt8>) {
    precondition(pixels.count.isMultiple(of: 3 * size.width), "a row has three bytes a pixel")
    let first = row * 3 * size.width
    bytes.replaceSubrange(first..<first + pixels.count, with: pixels)
  }
}

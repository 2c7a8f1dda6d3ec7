// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A picture's width and height in pixels, written as `1280x960`.
struct Size: BitwiseCopyable, Equatable, Sendable {
  /// The number of columns.
  var width: Int

  /// The number of rows.
  var height: Int

  /// The most columns or rows that a picture may have.
  static let longestSide = 65536

  /// The most pixels that a picture may have. libpng takes less than 4 GiB.
  static let mostPixels = 1 << 30

  /// Creates a size of its parts.
  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Creates a size from what the user wrote.
  ///
  /// - Throws: ``OptionError``, saying what is wrong with it.
  init(parsing text: String) throws(OptionError) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw OptionError("a width and a height in pixels are needed with an x between them, such as 1280x960.")
    }
    width = try Self.parseSide(parts[0], "width")
    height = try Self.parseSide(parts[1], "height")
    guard width * height <= Self.mostPixels else {
      throw OptionError("those are \(width * height) pixels, and \(Self.mostPixels) is the limit.")
    }
  }

  /// The number of pixels that the user wrote for a side.
  private static func parseSide(_ text: Substring, _ name: String) throws(OptionError) -> Int {
    let side = try parseWholeNumber(text)
    guard side >= 1 else { throw OptionError("the \(name) must be 1 pixel or more.") }
    guard side <= longestSide else {
      throw OptionError("the \(name) must be \(longestSide) pixels or less.")
    }
    return side
  }
}

extension Size: CustomStringConvertible {
  /// The size as the user would write it.
  var description: String { "\(width)x\(height)" }
}

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

  /// Puts a row's pixels in.
  mutating func set(row: Int, to pixels: ArraySlice<UInt8>) {
    precondition(pixels.count == 3 * size.width, "a row has three bytes a pixel")
    bytes.replaceSubrange(row * pixels.count..<(row + 1) * pixels.count, with: pixels)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CPNG
import FileOutput

extension Picture {
  /// Writes the picture to a file in the PNG format.
  ///
  /// Under the file's name there is at every moment either what was there before or the whole picture. A device or a pipe
  /// is written to directly.
  ///
  /// - Parameter path: The file's name. A file of that name is replaced; if it's a link, what that leads to is.
  /// - Returns: The file's length in bytes; nil for a pipe, which has none.
  /// - Throws: `OutputFileError`. What was there before is still there then.
  @discardableResult
  func writePNG(to path: String) throws(OutputFileError) -> Int? {
    let file = try OutputFile(path)
    let length = try file.withStream(writePNG(to:))
    try file.finish()
    return length
  }

  /// Writes the picture to a stream.
  ///
  /// - Returns: What was wrong; nil if nothing was.
  private func writePNG(to stream: UnsafeMutablePointer<FILE>) -> String? {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(size.width)
    image.height = png_uint_32(size.height)
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    // The root alone does this, while the others wait: a fifth of the time, and for such pictures no longer a file.
    image.flags = png_uint_32(PNG_IMAGE_FLAG_FAST)
    return png_image_write_to_stdio(&image, stream, 0, bytes, 0, nil) != 0 ? nil : image.text
  }
}

extension png_image {
  /// What libpng has to say about a failure.
  fileprivate var text: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

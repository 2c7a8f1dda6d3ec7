import CPNG

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Why a picture could not be written.
struct PNGError: Error, CustomStringConvertible {
  /// The file that was to be written.
  let path: String

  /// What failed, such as "written".
  let action: String

  /// What stood in the way.
  let reason: String

  /// The whole message.
  var description: String { "'\(path)' could not be \(action): \(reason)" }
}

extension Picture {
  /// Writes the picture to a file in the PNG format.
  ///
  /// It is written under a temporary name in the same folder and renamed when it's whole and on the disk. So at every
  /// moment there is, under the file's own name, either what was there before or the whole picture.
  ///
  /// - Parameter path: The file's name. A file of that name is replaced; where it's a link, what that leads to is.
  /// - Returns: The file's length in bytes.
  /// - Throws: ``PNGError``. The temporary file has been removed then.
  @discardableResult
  func writePNG(to path: String) throws(PNGError) -> Int {
    let target = resolvedPath(path)
    let temporary = folder(of: target) + "/.mandelbrot-\(UInt64.random(in: .min ... .max)).part"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw PNGError(path: path, action: "created", reason: systemError()) }
    do throws(PNGError) {
      let length = try writePNG(to: descriptor, path: path)
      guard rename(temporary, target) == 0 else {
        throw PNGError(path: path, action: "put in place", reason: systemError())
      }
      return length
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Writes the picture to an open file, and closes that in any case.
  ///
  /// - Parameters:
  ///   - descriptor: The file.
  ///   - path: What errors are to call it.
  /// - Returns: The file's length in bytes.
  private func writePNG(to descriptor: Int32, path: String) throws(PNGError) -> Int {
    guard let file = fdopen(descriptor, "wb") else {
      let reason = systemError()
      close(descriptor)
      throw PNGError(path: path, action: "written", reason: reason)
    }
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(size.width)
    image.height = png_uint_32(size.height)
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    // The root alone does this, while the others wait: a fifth of the time, and for such pictures no longer a file.
    image.flags = png_uint_32(PNG_IMAGE_FLAG_FAST)
    let isWritten = png_image_write_to_stdio(&image, file, 0, bytes, 0, nil) != 0
    guard isWritten, fflush(file) == 0, fsync(descriptor) == 0 else {
      let reason = isWritten || ferror(file) != 0 ? systemError() : image.text
      fclose(file)
      throw PNGError(path: path, action: "written", reason: reason)
    }
    let length = ftell(file)
    guard fclose(file) == 0 else { throw PNGError(path: path, action: "written", reason: systemError()) }
    return length
  }
}

extension png_image {
  /// What libpng has to say about a failure.
  fileprivate var text: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

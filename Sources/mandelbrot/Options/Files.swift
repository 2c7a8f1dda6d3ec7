#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What the last call into the system failed of, in words.
func systemError() -> String {
  String(cString: strerror(errno))
}

/// The folder that a file is in, or would be in.
func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The path of what a path leads to by links. One that leads nowhere stays as it is.
func resolvedPath(_ path: String) -> String {
  guard let resolved = realpath(path, nil) else { return path }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// Says what stands in the way of writing a picture to a file: nothing is written to find out.
///
/// - Parameter path: The file's name.
/// - Returns: The reason, or nil where none can be seen beforehand.
func obstacle(toWriting path: String) -> String? {
  guard !path.isEmpty else { return "a file's name is needed." }
  var status = stat()
  if stat(path, &status) == 0 {
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return "it's a folder, and a file's name is needed, such as \(filePath(in: path))"
    case S_IFREG: break
    default: return "it's a device or the like, and can't be replaced by a picture."
    }
    guard access(path, W_OK) == 0 else { return "it can't be replaced: \(systemError())." }
  } else if errno != ENOENT {
    return "\(systemError())."
  }
  let folder = folder(of: resolvedPath(path))
  guard stat(folder, &status) == 0 else {
    return errno == ENOENT ? "there is no folder '\(folder)'." : "folder '\(folder)': \(systemError())."
  }
  guard access(folder, W_OK | X_OK) == 0 else { return "folder '\(folder)' can't be written to: \(systemError())." }
  guard path.utf8.last != UInt8(ascii: "/") else { return "there is no folder '\(path)'." }
  return nil
}

/// A name for the picture in a folder, for want of one from the user.
private func filePath(in folder: String) -> String {
  (folder.utf8.last == UInt8(ascii: "/") ? folder : folder + "/") + "mandelbrot.png."
}

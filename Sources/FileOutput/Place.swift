// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What is at a path that is to be written.
struct Place {
  enum Kind: Equatable {
    /// Nothing: a new file can be made.
    case new
    /// A file that will be replaced.
    case file
    /// A device, a pipe or a socket.
    case stream
    /// What this process's standard output (1) or standard error (2) goes to.
    case standardStream(CInt)
  }

  var kind: Kind
  /// What the path leads to when all symbolic links are followed.
  var target: String
  /// What is there; nil if nothing is.
  var status: stat?

  /// The folder of the target, and its name there.
  var folder: String { Self.parts(target).folder }
  var name: String { Self.parts(target).name }

  /// Looks at a path, without writing.
  ///
  /// - Throws: ``OutputFileError`` if it can't be written.
  init(_ path: String) throws(OutputFileError) {
    func refuse(_ reason: String) -> OutputFileError { OutputFileError(path: path, reason: reason) }
    guard !path.isEmpty else { throw refuse("a file's name is needed") }
    guard !path.utf8.contains(0) else { throw refuse("its name has a NUL character in it") }

    var found = stat()
    if stat(path, &found) == 0 {
      status = found
      if let stream = Self.standardStream(found) {
        (target, kind) = (path, .standardStream(stream))
        return
      }
      switch found.st_mode & S_IFMT {
      case S_IFDIR:
        let sample = path.utf8.last == UInt8(ascii: "/") ? "\(path)name" : "\(path)/name"
        throw refuse("it is a folder, and a file's name is needed, such as \(sample)")
      case S_IFREG: kind = .file
      default:
        guard access(path, W_OK) == 0 else { throw refuse(systemError(errno)) }
        (target, kind) = (path, .stream)
        return
      }
      // The system lets root write all files; a permission that was taken away was meant for root too.
      guard found.st_mode & 0o222 != 0 else {
        throw refuse("the file is read-only: make it writable (chmod u+w), or give another name")
      }
      guard Self.mayAccess(path, W_OK) else { throw refuse("the file may not be replaced: \(systemError(errno))") }
    } else {
      guard errno == ENOENT else { throw refuse(systemError(errno)) }
      guard path.utf8.last != UInt8(ascii: "/") else { throw refuse("there is no folder '\(Self.parts(path).folder)'") }
      kind = .new
    }
    guard let target = Self.followed(path) else { throw refuse(systemError(ELOOP)) }
    self.target = target

    let (folder, name) = Self.parts(target)
    guard name.utf8.count <= 255 else { throw refuse(systemError(ENAMETOOLONG)) }
    var place = stat()
    guard stat(folder, &place) == 0 else {
      throw refuse(errno == ENOENT ? "there is no folder '\(folder)'" : "folder '\(folder)': \(systemError(errno))")
    }
    guard Self.mayAccess(folder, W_OK | X_OK) else {
      throw refuse("no file can be made in the folder '\(folder)': \(systemError(errno))")
    }
    // In a folder such as /tmp a file can be replaced by its owner alone.
    if kind == .file, place.st_mode & mode_t(S_ISVTX) != 0, ![0, place.st_uid, found.st_uid].contains(geteuid()) {
      throw refuse("the file is another user's, in a folder where only its owner may replace it")
    }
  }

  /// The standard stream that goes to a file; nil if none does.
  private static func standardStream(_ file: stat) -> CInt? {
    [STDOUT_FILENO, STDERR_FILENO].first { stream in
      var other = stat()
      return fstat(stream, &other) == 0 && other.st_dev == file.st_dev && other.st_ino == file.st_ino
        && fcntl(stream, F_GETFL) & O_ACCMODE != O_RDONLY
    }
  }

  /// The path with the links in its last part followed, also one that leads to nothing; nil if they go round in
  /// circles.
  private static func followed(_ path: String) -> String? {
    var path = path
    for _ in 0..<40 {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(path, &target, target.count - 1)
      guard count > 0 else { return path }
      let link = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      path = link.utf8.first == UInt8(ascii: "/") ? link : parts(path).folder + "/" + link
    }
    return nil
  }

  /// The folder of a path, and the name there.
  private static func parts(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
    let name = String(path[path.utf8.index(after: slash)...])
    return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
  }

  /// Whether this process may do something with a file. `access` would ask for the user that started it.
  private static func mayAccess(_ path: String, _ mode: CInt) -> Bool {
    faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0
  }
}

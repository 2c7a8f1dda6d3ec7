// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that a program writes: under its name there is what was there before, or all of the new contents, never a
/// part.
///
/// ```swift
/// let file = try OutputFile("results.csv")
/// try file.write("beta,gamma\n")
/// try file.finish()
/// ```
///
/// What is at the path decides how it is written:
/// - **Nothing, or a file**: a new file in the same folder takes its place when ``finish()`` is called. Until then it
///   has no name, so nothing is left of it however the process ends. File systems that have no such files (most network
///   file systems) get one with the suffix `.part`, which is removed when the process ends by a signal, a trap or
///   `exit`; `SIGKILL` alone leaves it. The new file has the mode of the old one, and its owner and group if the
///   process may set them. Other hard links to the old file keep the old contents.
/// - **A symbolic link**: what it leads to is written, and the link stays.
/// - **A device, a pipe, a socket, or what standard output or standard error is**: it is written to directly.
/// - **A folder, or a file that may not be written**: refused, before anything is written.
///
/// A reader that goes away (`SIGPIPE`) and a limit of the file size (`SIGXFSZ`) are errors, and do not end the process.
public final class OutputFile {
  /// The path as the user gave it.
  public let path: String
  private let place: Place
  private var descriptor: CInt
  /// The folder of a new file; -1 if what is there is written to directly.
  private var folder: CInt = -1
  private var temporary: TemporaryName?
  /// The bytes that wait to be written.
  private var waiting: [UInt8] = []
  /// The number of bytes that were written by ``write(_:)-(String)`` and its siblings.
  public private(set) var byteCount = 0

  /// Opens a file to write. What is at the path stays as it is until ``finish()``, unless it is written to directly.
  ///
  /// - Parameters:
  ///   - path: the file's path.
  ///   - isUnnamed: false to give the new file a name from the start, as on file systems that need one.
  /// - Throws: ``OutputFileError`` if it can't be written.
  public init(_ path: String, isUnnamed: Bool = true) throws(OutputFileError) {
    self.path = path
    place = try Place(path)
    switch place.kind {
    case .standardStream(let stream):
      descriptor = fcntl(stream, F_DUPFD_CLOEXEC, 0)
      guard descriptor >= 0 else { throw .system(path) }
    case .stream:
      descriptor = open(place.target, O_WRONLY | O_NOCTTY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .system(path) }
    case .new, .file:
      folder = open(place.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard folder >= 0 else { throw .system(path) }
      descriptor = -1
      let mode = place.status.map { mode_t($0.st_mode & 0o777) } ?? 0o666
      #if os(Linux)
        // The name that such a file gets at the end is given by way of /proc.
        if isUnnamed, access("/proc/self/fd", X_OK) == 0 {
          descriptor = openat(folder, ".", O_WRONLY | Self.withoutName | O_CLOEXEC, mode)
        }
      #endif
      // An error that has to do with the kind of file is the next call's as well.
      if descriptor < 0 {
        let name = TemporaryName(in: folder, of: place.name)
        descriptor = name.open(mode)
        guard descriptor >= 0 else {
          let error = OutputFileError.system(path)
          close(folder)
          folder = -1
          throw error
        }
        temporary = name
      }
    }
    do throws(OutputFileError) {
      if let status = place.status, place.kind == .file { try keepOwner(of: status) }
    } catch {
      abandon()
      throw error
    }
  }

  deinit { abandon() }

  /// What stands in the way of writing to a path, as far as it can be seen without writing; nil if nothing does.
  ///
  /// Programs ask before they compute for hours. ``init(_:isUnnamed:)`` asks too.
  public static func obstacle(toWriting path: String) -> OutputFileError? {
    do throws(OutputFileError) {
      _ = try Place(path)
      return nil
    } catch {
      return error
    }
  }

  /// Writes a whole file.
  public static func write(_ text: String, to path: String) throws(OutputFileError) {
    let file = try OutputFile(path)
    try file.write(text)
    try file.finish()
  }

  /// Adds a text, in UTF-8.
  public func write(_ text: String) throws(OutputFileError) { try write(Array(text.utf8)) }

  /// Adds bytes.
  public func write(_ bytes: [UInt8]) throws(OutputFileError) {
    waiting += bytes
    byteCount += bytes.count
    if waiting.count >= 1 << 16 { try flush() }
  }

  /// Adds what a C library writes to a stream.
  ///
  /// - Parameter body: writes, and returns what was wrong; nil if nothing was. It does not close the stream.
  /// - Returns: the file's length in bytes; nil for what has none, such as a pipe.
  public func withStream(
    _ body: (UnsafeMutablePointer<FILE>) -> String?
  ) throws(OutputFileError) -> Int? {
    try flush()
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .system(path) }
    guard let stream = fdopen(copy, "wb") else {
      let error = OutputFileError.system(path)
      close(copy)
      throw error
    }
    let problem = withoutWriteSignals { () -> String? in
      errno = 0
      let problem = body(stream)
      let code = errno
      let isWritten = ferror(stream) == 0 && fflush(stream) == 0
      let reason = isWritten ? problem : systemError(errno != 0 ? errno : code)
      guard fclose(stream) == 0 || reason != nil else { return systemError(errno) }
      return reason
    }
    if let problem { throw OutputFileError(path: path, reason: problem) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Puts the file in its place, when all of it is on the disk.
  ///
  /// - Throws: ``OutputFileError``. Then what was there before is still there, and nothing is left of the new file.
  public func finish() throws(OutputFileError) {
    defer { abandon() }
    try flush()
    guard folder >= 0 else {
      // A network file system may report only now that there was no room.
      let code = close(descriptor)
      descriptor = -1
      guard code == 0 else { throw .system(path) }
      return
    }
    // Not every file system can.
    guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, ENOSYS].contains(errno) else { throw .system(path) }
    try putInPlace()
    // That the folder knows its new entry is on the disk too is more than most programs see to.
    _ = fsync(folder)
  }

  /// Gives a file its name.
  private func putInPlace() throws(OutputFileError) {
    if temporary == nil {
      let link = "/proc/self/fd/\(descriptor)"
      if place.kind == .new, linkat(AT_FDCWD, link, folder, place.name, AT_SYMLINK_FOLLOW) == 0 { return }
      // There is a file of that name: the new one needs another name, for a moment.
      let name = TemporaryName(in: folder, of: place.name)
      guard linkat(AT_FDCWD, link, folder, name.text, AT_SYMLINK_FOLLOW) == 0 else {
        let error = OutputFileError.system(path)
        name.forget()
        throw error
      }
      temporary = name
    }
    guard let temporary, renameat(folder, temporary.text, folder, place.name) == 0 else { throw .system(path) }
    temporary.forget()
    self.temporary = nil
  }

  /// Gives the new file the owner and the mode of the old one.
  private func keepOwner(of old: stat) throws(OutputFileError) {
    var new = stat()
    guard fstat(descriptor, &new) == 0 else { throw .system(path) }
    // A process that may not give files away keeps the new one. A change of owner clears bits of the mode, which comes
    // after it.
    if new.st_uid != old.st_uid || new.st_gid != old.st_gid {
      if fchown(descriptor, old.st_uid, old.st_gid) != 0 { _ = fchown(descriptor, uid_t.max, old.st_gid) }
    }
    guard fchmod(descriptor, old.st_mode & 0o7777) == 0 || errno == EPERM || errno == ENOTSUP else {
      throw .system(path)
    }
  }

  private func flush() throws(OutputFileError) {
    guard !waiting.isEmpty else { return }
    let bytes = waiting
    waiting = []
    let code = withoutWriteSignals {
      bytes.withUnsafeBytes { bytes -> CInt in
        var rest = bytes[...]
        while !rest.isEmpty {
          let part = UnsafeRawBufferPointer(rebasing: rest)
          let count = writeSome(descriptor, part)
          if count < 0 {
            if errno == EINTR { continue }
            if errno == EAGAIN {
              var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
              _ = poll(&ready, 1, -1)
              continue
            }
            return errno
          }
          rest = rest.dropFirst(count)
        }
        return 0
      }
    }
    guard code == 0 else { throw OutputFileError(path: path, reason: systemError(code)) }
  }

  /// Closes what is open. A new file that has not been put in place is gone.
  private func abandon() {
    temporary?.remove()
    temporary = nil
    if descriptor >= 0 { close(descriptor) }
    if folder >= 0 { close(folder) }
    (descriptor, folder) = (-1, -1)
  }

  #if os(Linux)
    /// `O_TMPFILE`, with the folder's own flag; the macro is too much for Swift.
    private static let withoutName = CInt(0o20000000) | O_DIRECTORY
  #endif
}

private func writeSome(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

/// Why a file can't be written.
public struct OutputFileError: Error, Equatable, CustomStringConvertible {
  /// The file, as the user named it.
  public var path: String
  /// What is wrong, and what to do if that is known.
  public var reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// The whole message.
  public var description: String { "'\(path)' can't be written: \(reason)" }

  /// The error of the last call of the system.
  static func system(_ path: String) -> Self { Self(path: path, reason: systemError(errno)) }
}

/// An error of the system, in words.
func systemError(_ code: CInt) -> String { String(cString: strerror(code)) }

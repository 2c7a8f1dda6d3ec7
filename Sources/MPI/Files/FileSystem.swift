// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// What the operating system reports of a file, if MPI reports it wrongly, late, or on some ranks alone. Nothing here is
// collective.
import CMPI
import MPIBase

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The file system of this process.
package enum FileSystem {
  /// Why something can't be done, as a class of errors and in words.
  package struct Obstacle {
    package var errorClass: ErrorClass
    package var text: String

    init(_ errorClass: ErrorClass, _ text: String) {
      self.errorClass = errorClass
      self.text = text
    }

    /// What an error number means. The classes are those that most MPIs choose.
    package init(errno code: CInt) {
      let errorClass: ErrorClass =
        switch code {
        case ENOENT: .noSuchFile
        case EEXIST: .fileExists
        case EACCES, EPERM: .access
        case EROFS: .readOnly
        case ENOSPC: .noSpace
        case EDQUOT: .quota
        case ETXTBSY, EBUSY: .fileInUse
        case ENOTDIR, EISDIR, ENAMETOOLONG, ELOOP: .badFile
        default: .io
        }
      self.init(errorClass, String(cString: strerror(code)))
    }
  }

  /// What keeps a file from being opened so, as far as this process can see; nil if nothing does.
  static func obstacle(toOpening path: String, _ modes: MPIFile.Mode) -> Obstacle? {
    if path.isEmpty || path.utf8.contains(0) { return Obstacle(.badFile, "that is no path") }
    // "ufs:/scratch/x" names a file system to some MPIs.
    if hasPrefix(path) { return nil }
    var info = stat()
    if stat(path, &info) == 0 {
      if modes.contains(.exclusive) { return Obstacle(errno: EEXIST) }
      if info.st_mode & S_IFMT == S_IFDIR { return Obstacle(errno: EISDIR) }
      var wanted: CInt = 0
      if modes.contains(.read) { wanted |= R_OK }
      if modes.contains(.write) { wanted |= W_OK }
      return allows(wanted, path) ? nil : Obstacle(errno: errno)
    }
    let code = errno
    guard code == ENOENT, modes.contains(.create) else { return Obstacle(errno: code) }
    if path.utf8.last == UInt8(ascii: "/") { return Obstacle(errno: EISDIR) }
    return allows(W_OK | X_OK, directory(of: path)) ? nil : Obstacle(errno: errno)
  }

  /// What keeps a file from being deleted.
  static func obstacle(toDeleting path: String) -> Obstacle? {
    if path.isEmpty || path.utf8.contains(0) { return Obstacle(.badFile, "that is no path") }
    if hasPrefix(path) { return nil }
    var info = stat()
    guard lstat(path, &info) == 0 else { return Obstacle(errno: errno) }
    if info.st_mode & S_IFMT == S_IFDIR { return Obstacle(errno: EISDIR) }
    return allows(W_OK | X_OK, directory(of: path)) ? nil : Obstacle(errno: errno)
  }

  /// Whether the file system of a file has no room at all.
  static func isFull(_ path: String) -> Bool { room(at: path) == 0 }

  /// A path that the operating system understands, from the root on, so that it stays good if the program changes its
  /// folder: without the kind of file system, which some MPIs let it begin with. Nil if only MPI knows such files.
  static func systemPath(_ path: String) -> String? {
    var path = path
    if hasPrefix(path), let colon = path.utf8.firstIndex(of: UInt8(ascii: ":")) {
      let ordinary = ["ufs", "nfs", "lustre", "gpfs", "panfs", "xfs"]
      guard ordinary.contains(String(path[..<colon])) else { return nil }
      path = String(path[path.index(after: colon)...])
    }
    if path.utf8.first == UInt8(ascii: "/") { return path }
    guard let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return String(cString: here) + "/" + path
  }

  /// Takes room on the storage for the first bytes of a file, and lengthens it if it is shorter. If there is no room,
  /// the file stays as it is.
  static func reserve(_ byteCount: Int, of path: String) -> Obstacle? {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return Obstacle(errno: errno) }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0 else { return Obstacle(errno: errno) }
    let size = Int(info.st_size)
    // What exists already needs no room. Some file systems do not report how much that is.
    let isKnown = info.st_blocks > 0 || size == 0
    let missing = byteCount - (isKnown ? Int(info.st_blocks) * 512 : size)
    if missing > 0, let free = room(at: path), free < missing {
      return Obstacle(
        .noSpace,
        "room for \(missing) bytes more is needed, and its file system has \(free) left: delete something there, or write "
          + "elsewhere")
    }
    let code = allocate(byteCount, descriptor, size)
    if code == 0 { return nil }
    // What was taken for it is given back.
    if fstat(descriptor, &info) == 0, Int(info.st_size) >= size { ftruncate(descriptor, off_t(size)) }
    return Obstacle(errno: code)
  }

  /// - Returns: 0, or an error number.
  private static func allocate(_ byteCount: Int, _ descriptor: CInt, _ size: Int) -> CInt {
    #if canImport(Darwin)
      var store = fstore_t()
      (store.fst_flags, store.fst_posmode, store.fst_length) = (
        UInt32(F_ALLOCATEALL), F_PEOFPOSMODE, off_t(max(byteCount - size, 0))
      )
      if store.fst_length > 0 && fcntl(descriptor, F_PREALLOCATE, &store) == -1 { return errno }
      return byteCount > size && ftruncate(descriptor, off_t(byteCount)) != 0 ? errno : 0
    #else
      var code: CInt
      repeat { code = posix_fallocate(descriptor, 0, off_t(byteCount)) } while code == EINTR
      return code
    #endif
  }

  /// How many bytes a file system has left for this process; nil if that is not known.
  ///
  /// - Parameter path: of something in it.
  package static func room(at path: String) -> Int? {
    var info = statvfs()
    guard statvfs(path, &info) == 0, info.f_blocks > 0 else { return nil }
    // The last blocks are for the administrator alone.
    let blocks = geteuid() == 0 ? info.f_bfree : info.f_bavail
    let (bytes, overflows) = Int(clamping: blocks).multipliedReportingOverflow(by: max(Int(clamping: info.f_frsize), 1))
    return overflows ? .max : bytes
  }

  /// Why a byte can't be written to a place of a file, found by writing it; nil if it can be.
  ///
  /// - Parameter byte: what belongs there.
  static func obstacle(toWriting byte: UInt8, at offset: Int, of path: String) -> Obstacle? {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return Obstacle(errno: errno) }
    defer { close(descriptor) }
    var byte = byte
    return pwrite(descriptor, &byte, 1, off_t(offset)) == 1 ? nil : Obstacle(errno: errno)
  }

  /// What keeps a file from being replaced by a new one, as far as this process can see; nil if nothing does.
  package static func obstacle(toReplacing path: String) -> Obstacle? {
    if let obstacle = obstacle(toOpening: path, [.create, .write]) { return obstacle }
    var info = stat()
    guard !hasPrefix(path), stat(path, &info) == 0 else { return nil }
    guard info.st_mode & S_IFMT == S_IFREG else {
      return Obstacle(.badFile, "it is a device or a pipe, and can't be replaced")
    }
    // The system lets root write all files; a permission that was taken away was meant for root too.
    return info.st_mode & 0o222 != 0 ? nil : Obstacle(.access, "it is read-only")
  }

  /// The path of what a path leads to by symbolic links, also if that does not exist yet; nil if they go round in
  /// circles.
  package static func followed(_ path: String) -> String? {
    guard !hasPrefix(path) else { return path }
    var path = path
    for _ in 0..<40 {
      let link: String? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4097) { buffer in
        let count = readlink(path, buffer.baseAddress!, 4096)
        guard count > 0 else { return nil }
        buffer[count] = 0
        return String(cString: buffer.baseAddress!)
      }
      guard let link else { return path }
      path = link.utf8.first == UInt8(ascii: "/") ? link : directory(of: path) + "/" + link
    }
    return nil
  }

  /// Puts a file in the place of another in one step. The new one gets the permissions of the old one, and its owner if
  /// this process may give files away.
  package static func replace(_ path: String, by other: String) -> Obstacle? {
    var info = stat()
    if stat(path, &info) == 0 {
      // A change of owner clears bits of the mode, which comes after it.
      if chown(other, info.st_uid, info.st_gid) != 0 { chown(other, uid_t.max, info.st_gid) }
      chmod(other, info.st_mode & 0o7777)
    }
    return rename(other, path) == 0 ? nil : Obstacle(errno: errno)
  }

  static func delete(_ path: String) { unlink(path) }

  /// A number of this process.
  static var processIdentifier: Int { Int(getpid()) }

  /// Takes room on the storage for a file that is open, if its file system can. Unlike ``reserve(_:of:)`` it writes
  /// nothing if the file system can't, because that takes a long time on a large one.
  ///
  /// - Returns: nil if there is room, or if that can't be known.
  package static func reserve(_ byteCount: Int, _ descriptor: CInt) -> Obstacle? {
    let code = byteCount > 0 ? cmpi_reserve(descriptor, Int64(byteCount)) : 0
    return code == 0 || code == ENOTSUP || code == EINVAL || code == ENOSYS ? nil : Obstacle(errno: code)
  }

  private static func allows(_ wanted: CInt, _ path: String) -> Bool {
    faccessat(AT_FDCWD, path, wanted, AT_EACCESS) == 0
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func hasPrefix(_ path: String) -> Bool {
    path.utf8.prefix { $0 != UInt8(ascii: "/") }.contains(UInt8(ascii: ":"))
  }
}

extension FileSystem {
  /// Whether this process may make files in a folder.
  package static func canBeWritten(_ folder: String) -> Bool {
    faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0
  }

  /// A number that distinguishes file systems of one node and of several: of the file system, and of the machine's
  /// start.
  static func place(of path: String) -> Int64 {
    var info = stat()
    guard stat(path, &info) == 0 else { return 0 }
    var hash = StableHash(hostName())
    if let file = fopen("/proc/sys/kernel/random/boot_id", "r") {
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 64)
      if fgets(&line, 64, file) != nil { hash.add(line.map { UInt8(bitPattern: $0) }) }
    }
    hash.add("\(info.st_dev)".utf8)
    return Int64(bitPattern: hash.value)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The file that becomes the checkpoint when it is whole. Rank 0 has it.
///
/// It lies in the folder of the checkpoint, and has a name by which a later save knows whether the process that made it
/// still runs: `.NAME.HOST.PROCESS.START.RANDOM.saving`.
final class TemporaryFile {
  /// The checkpoint, with symbolic links followed.
  private let target: String
  /// The path that the program gave.
  private let path: String
  let temporary: String
  private var descriptor: CInt
  private var isInPlace = false

  /// Makes the file, and takes room for it if the file system can.
  init(for target: String, path: String, size: Int) throws {
    self.target = target
    self.path = path
    let (folder, name) = folderAndName(of: target)
    temporary = folder + "/" + TemporaryName(of: name).text
    descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw CheckpointError(errno: errno, "no file can be made in the folder '\(folder)'", path: path, rank: 0)
    }
    do {
      try reserve(size)
    } catch {
      remove()
      throw error
    }
  }

  deinit { remove() }

  private func reserve(_ size: Int) throws {
    try checkFileLimit(size, path: path, rank: 0)
    if let room = FileSystem.room(at: temporary), room < size {
      throw CheckpointError(
        .noSpace,
        "it needs \(size) bytes beside the one before, and the file system has \(room) left: delete something there, or "
          + "save elsewhere", path: path, rank: 0)
    }
    if let obstacle = FileSystem.reserve(size, descriptor) {
      throw CheckpointError(obstacle, "there is no room for its \(size) bytes", path: path, rank: 0)
    }
    // A file system that takes no room in advance gets the size at least, which all ranks see.
    if ftruncate(descriptor, off_t(size)) != 0 {
      throw CheckpointError(errno: errno, "the file could not get its size of \(size) bytes", path: path, rank: 0)
    }
  }

  /// Gives the file the name of the checkpoint, in one step.
  func putInPlace() throws {
    if let obstacle = FileSystem.replace(target, by: temporary) {
      throw CheckpointError(
        obstacle, "the new one could not be put in the place of the one before", path: path, rank: 0)
    }
    isInPlace = true
    // The folder's entry is to be on the storage too. Not every file system can.
    let folder = open(folderAndName(of: target).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      _ = fsync(folder)
      close(folder)
    }
  }

  /// Closes the file, and removes it unless it is in its place.
  func remove() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    if !isInPlace { unlink(temporary) }
    isInPlace = true
  }

  /// Removes the files that saves left behind whose processes were killed.
  static func removeLeftovers(of target: String) {
    let (folder, name) = folderAndName(of: target)
    guard let entries = opendir(folder) else { return }
    defer { closedir(entries) }
    var leftovers: [String] = []
    while let entry = readdir(entries) {
      let text = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
          String(cString: $0)
        }
      }
      guard let found = TemporaryName(text, of: name) else { continue }
      if found.isAbandoned(folder + "/" + text) { leftovers.append(text) }
    }
    for text in leftovers { unlink(folder + "/" + text) }
  }
}

/// The name of a file that is being saved.
struct TemporaryName: Equatable {
  private static let ending = "saving"
  /// How long a file of another host is left alone after it was last written to, in seconds.
  private static let patience = 600

  var beginning: String
  var host: String
  var process: Int32
  /// When the process started, so that another one of its number is not taken for it; 0 if that is not known.
  var start: UInt64
  var random: UInt64

  /// A new name, of this process.
  init(of name: String) {
    beginning = Self.shortened(name)
    host = Self.thisHost
    process = getpid()
    start = Self.state(of: process)?.start ?? 0
    random = .random(in: 0 ... .max)
  }

  /// The name of a file, if it is one of this checkpoint that was being saved.
  init?(_ text: String, of name: String) {
    beginning = Self.shortened(name)
    guard text.hasPrefix(".\(beginning).") else { return nil }
    let words = text.dropFirst(beginning.utf8.count + 2).split(separator: ".", omittingEmptySubsequences: false)
    guard words.count == 5, words[4] == Self.ending, let process = Int32(words[1]), process > 0,
      let start = UInt64(words[2]), let random = UInt64(words[3], radix: 36)
    else { return nil }
    host = String(words[0])
    self.process = process
    self.start = start
    self.random = random
    // What looks alike and is written differently was not made here.
    guard self.text == text else { return nil }
  }

  var text: String { ".\(beginning).\(host).\(process).\(start).\(String(random, radix: 36)).\(Self.ending)" }

  /// Whether the process that makes the file at a path is gone.
  func isAbandoned(_ path: String) -> Bool {
    if host == Self.thisHost {
      // This process makes one at a time, and calls before.
      if process == getpid() { return true }
      guard kill(process, 0) == 0 || errno == EPERM else { return true }
      guard let now = Self.state(of: process) else { return false }
      // One that has ended may stay in the list until its parent looks.
      return now.hasEnded || start != 0 && now.start != start
    }
    var info = stat()
    guard stat(path, &info) == 0 else { return false }
    #if canImport(Darwin)
      let written = Int(info.st_mtimespec.tv_sec)
    #else
      let written = Int(info.st_mtim.tv_sec)
    #endif
    return time(nil) - written > Self.patience
  }

  /// A name may have 255 bytes, with all that is added.
  private static func shortened(_ name: String) -> String {
    var name = Substring(name)
    while name.utf8.count > 100 { name.removeLast() }
    return String(name)
  }

  private static let thisHost = String(
    String(hostName().prefix(40).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }))

  /// Whether a process has ended, and when it started, in the system's ticks; nil if the system does not report it.
  private static func state(of process: Int32) -> (hasEnded: Bool, start: UInt64)? {
    #if os(Linux)
      guard let file = fopen("/proc/\(process)/stat", "r") else { return nil }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 1024)
      guard fgets(&line, 1024, file) != nil else { return nil }
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      // The name of the program is in parentheses, and may have spaces.
      guard let end = text.lastIndex(of: ")") else { return nil }
      let words = text[text.index(after: end)...].split(separator: " ")
      guard words.count > 19, let start = UInt64(words[19]) else { return nil }
      return (["Z", "X"].contains(words[0]), start)
    #else
      return nil
    #endif
  }
}

/// The path of the file that a checkpoint is saved to, with symbolic links followed.
///
/// - Throws: ``CheckpointError`` if it can't be saved there, as far as that can be known before.
func target(of path: String) throws -> String {
  if let obstacle = FileSystem.obstacle(toReplacing: path) {
    throw CheckpointError(obstacle, "it can't be saved", path: path, rank: 0)
  }
  guard let target = FileSystem.followed(path) else {
    throw CheckpointError(errno: ELOOP, "it can't be saved", path: path, rank: 0)
  }
  let folder = folderAndName(of: target).folder
  guard FileSystem.canBeWritten(folder) else {
    throw CheckpointError(errno: errno, "no file can be made in the folder '\(folder)'", path: path, rank: 0)
  }
  return target
}

/// The folder of a path, and the name there.
func folderAndName(of path: String) -> (folder: String, name: String) {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
  let name = String(path[path.utf8.index(after: slash)...])
  return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
}

/// Throws if this process may not write so far into a file. A write past the limit would end the process by a signal.
func checkFileLimit(_ size: Int, path: String, rank: Int) throws {
  var limit = rlimit()
  #if canImport(Glibc)
    let known = getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
  #else
    let known = getrlimit(RLIMIT_FSIZE, &limit)
  #endif
  guard known == 0, UInt64(limit.rlim_cur) < UInt64(max(size, 0)) else { return }
  throw CheckpointError(
    .noSpace,
    "its file of \(size) bytes is larger than rank \(rank) may write, which is \(limit.rlim_cur) bytes (ulimit -f)",
    path: path, rank: rank)
}

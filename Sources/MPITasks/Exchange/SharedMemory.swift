// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CTaskProcess
import MPI
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory that the processes of a machine have together; one of them has made and filled it. They read it, and write to
/// it if it was made for that.
///
/// It is a file without a name in a file system that is memory, so nothing is left of it once the processes are gone,
/// however they end. The others open it by the descriptor of the process that made it.
final class SharedMemory: @unchecked Sendable {
  /// Where another process finds it.
  struct Location: BitwiseCopyable, Sendable, Equatable {
    var process: Int32
    var descriptor: Int32
    /// The file's number: what is found there must be this file.
    var file: UInt64
    var byteCount: Int

    /// That of no memory.
    static let nowhere = Location(process: -1, descriptor: -1, file: 0, byteCount: 0)
  }

  /// Why there is none.
  struct Problem: Error, CustomStringConvertible {
    var description: String

    init(_ what: String, _ code: Int32) { description = "\(what): \(String(cString: strerror(code)))" }
    init(_ text: String) { description = text }
  }

  /// Where files are memory, and where the descriptors of processes are found. Tests look elsewhere.
  static let folders = Mutex((memory: "/dev/shm", processes: "/proc"))

  let location: Location
  let start: UnsafeMutableRawPointer
  private let hasDescriptor = Atomic<Bool>(true)

  /// What is in it.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: location.byteCount) }

  #if os(Linux)
    /// Makes one with these bytes, at least one.
    convenience init(_ bytes: UnsafeRawBufferPointer, isWritable: Bool = false) throws(Problem) {
      try self.init([bytes], isWritable: isWritable)
    }

    /// Makes one with the bytes of several places, at least one.
    init(_ parts: [UnsafeRawBufferPointer], isWritable: Bool = false) throws(Problem) {
      let byteCount = parts.reduce(0) { $0 + $1.count }
      let (descriptor, folder) = try Self.make()
      do {
        // By writing, for if there is no room that is an error, and in memory that is mapped the end of the process.
        try Self.fill(descriptor, with: parts, byteCount, in: folder)
        start = try Self.map(descriptor, byteCount, isWritable: isWritable)
      } catch {
        close(descriptor)
        throw error
      }
      location = Location(
        process: getpid(), descriptor: descriptor, file: Self.number(of: descriptor), byteCount: byteCount)
    }

    /// Makes one of so many bytes, which are zero and have no memory until it is reserved for them. It is in no file
    /// system.
    init(byteCount: Int) throws(Problem) {
      let descriptor = task_process_memory()
      guard descriptor >= 0 else { throw Problem("memory can't be shared", errno) }
      do throws(Problem) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw Problem("memory can't be shared", errno) }
        start = try Self.map(descriptor, byteCount, isWritable: true)
      } catch {
        close(descriptor)
        throw error
      }
      location = Location(
        process: getpid(), descriptor: descriptor, file: Self.number(of: descriptor), byteCount: byteCount)
    }

    /// Sees to it that a part has memory, so that it can be touched.
    func reserve(_ range: Range<Int>) throws(Problem) {
      let code = posix_fallocate(location.descriptor, off_t(range.lowerBound), off_t(range.count))
      if code != 0 { throw Problem("no room in shared memory", code) }
    }

    /// Opens one that another process of this machine has made.
    init(at place: Location, isWritable: Bool = false) throws(Problem) {
      let path = "\(Self.folders.withLock { $0.processes })/\(place.process)/fd/\(place.descriptor)"
      // In another container the number may be that of a process that has something else there, which must not block.
      let descriptor = open(path, (isWritable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
      guard descriptor >= 0 else { throw Problem("\(path) can't be opened", errno) }
      defer { close(descriptor) }
      guard Self.number(of: descriptor) == place.file else { throw Problem("\(path) is another file") }
      start = try Self.map(descriptor, place.byteCount, isWritable: isWritable)
      location = place
      // It is that of the object that has made the file.
      hasDescriptor.store(false, ordering: .relaxed)
    }

    deinit {
      munmap(start, location.byteCount)
      closeDescriptor()
    }

    /// Lets no other process open it any more. Those that have keep it.
    func closeDescriptor() {
      if hasDescriptor.exchange(false, ordering: .relaxed) { close(location.descriptor) }
    }

    /// A file without a name.
    private static func make() throws(Problem) -> (descriptor: Int32, folder: String) {
      let folder = folders.withLock { $0.memory }
      let descriptor = open(folder, O_RDWR | O_DIRECTORY | withoutName | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw Problem("no file can be made in \(folder)", errno) }
      return (descriptor, folder)
    }

    /// `O_TMPFILE`, but for the folder's own flag.
    private static let withoutName: Int32 = 0o20000000

    private static func number(of descriptor: Int32) -> UInt64 {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { return 0 }
      return UInt64(status.st_ino) ^ UInt64(status.st_dev) << 40
    }

    private static func fill(
      _ descriptor: Int32, with parts: [UnsafeRawBufferPointer], _ byteCount: Int, in folder: String
    ) throws(Problem) {
      func fail(_ code: Int32) -> Problem { Problem("no room for \(Formatting.bytes(byteCount)) in \(folder)", code) }
      // What can't fit is not begun. A file system that memory alone limits has no blocks.
      var room = statvfs()
      if fstatvfs(descriptor, &room) == 0, room.f_blocks > 0,
        (byteCount - 1) / Int(room.f_frsize) >= Int(room.f_bavail)
      {
        throw fail(ENOSPC)
      }
      for part in parts {
        var left = part
        while !left.isEmpty {
          let written = write(descriptor, left.baseAddress!, left.count)
          if written < 0, errno != EINTR { throw fail(errno) }
          left = UnsafeRawBufferPointer(rebasing: left.dropFirst(max(0, written)))
        }
      }
    }

    private static func map(
      _ descriptor: Int32, _ byteCount: Int, isWritable: Bool
    ) throws(Problem) -> UnsafeMutableRawPointer {
      let address = mmap(nil, byteCount, isWritable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, 0)
      guard let address, address != MAP_FAILED else { throw Problem("memory can't be shared", errno) }
      return address
    }
  #else
    init(_ bytes: UnsafeRawBufferPointer, isWritable: Bool = false) throws(Problem) {
      throw Problem("this system has no files without a name")
    }
    init(_ parts: [UnsafeRawBufferPointer], isWritable: Bool = false) throws(Problem) {
      throw Problem("this system has no files without a name")
    }
    init(byteCount: Int) throws(Problem) { throw Problem("this system has no files without a name") }
    func reserve(_ range: Range<Int>) throws(Problem) {}
    init(at place: Location, isWritable: Bool = false) throws(Problem) {
      throw Problem("this system has no files without a name")
    }
  #endif
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that this rank reads. It stays the same file if a new checkpoint takes its place.
final class StoredFile {
  private let descriptor: CInt
  let path: String

  /// Opens a file; nil if it does not exist.
  init?(_ path: String) throws(CheckpointError) {
    self.path = path
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw CheckpointError(.argument, "that is no path", path: path)
    }
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw CheckpointError(errno: errno, "it can't be opened", path: path)
    }
    var info = stat()
    guard fstat(descriptor, &info) == 0 else { throw CheckpointError(errno: errno, "it can't be read", path: path) }
    guard info.st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError(.notACheckpoint, "it is not a file that can hold a checkpoint", path: path)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The size in bytes.
  var size: Int {
    var info = stat()
    return fstat(descriptor, &info) == 0 ? Int(info.st_size) : 0
  }

  /// Reads bytes from an offset on, up to the end of the file.
  ///
  /// - Returns: how many were read.
  func read(_ memory: UnsafeMutableRawBufferPointer, at offset: Int) throws(CheckpointError) -> Int {
    var done = 0
    while done < memory.count, let start = memory.baseAddress {
      let count = pread(descriptor, start + done, memory.count - done, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        throw CheckpointError(errno: errno, "it can't be read", path: path)
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// The bytes from an offset on, up to the end of the file.
  func bytes(at offset: Int, count: Int) throws(CheckpointError) -> [UInt8] {
    var failure: CheckpointError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { memory, initialized in
      do throws(CheckpointError) {
        initialized = try read(UnsafeMutableRawBufferPointer(memory), at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }
}

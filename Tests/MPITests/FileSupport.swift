// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

/// Calls `body` on every rank with the path of a file that does not exist yet, and deletes it afterwards.
func withPath<Result>(
  in directory: String = "/tmp", on world: Communicator = .world, _ body: (String) throws -> Result
) throws -> Result {
  let number = try world.allReduce(Int.random(in: 0..<1 << 60), .max)
  let path = "\(directory)/swift-mpi-\(number).bin"
  defer {
    try? world.barrier()
    if world.isRoot { unlink(path) }
  }
  return try body(path)
}

/// Whether a file is there, as rank 0 sees it.
func exists(_ path: String, on world: Communicator = .world) throws -> Bool {
  try world.barrier()
  return try world.allReduce(world.isRoot && access(path, F_OK) == 0 ? 1 : 0, .max) == 1
}

/// The elements of a file, read without MPI, on rank 0; none on the others.
func contents<Element: BitwiseCopyable>(_ path: String, of _: Element.Type, on world: Communicator = .world) throws
  -> [Element]?
{
  try world.barrier()
  defer { try? world.barrier() }
  guard world.isRoot else { return nil }
  let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  return data.withUnsafeBytes { bytes in
    (0..<bytes.count / MemoryLayout<Element>.stride).map {
      bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: Element.self)
    }
  }
}

/// Calls `body` on every rank with the path of an empty directory of a small file system; not at all if none can be
/// made.
func withSmallFileSystem(on world: Communicator = .world, _ body: (String) throws -> Void) throws {
  let number = try world.allReduce(Int.random(in: 0..<1 << 60), .max)
  let path = "/tmp/swift-mpi-small-\(number)"
  func run(_ arguments: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
  var isThere = false
  if world.isRoot {
    mkdir(path, 0o755)
    isThere = run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path)
  }
  defer {
    try? world.barrier()
    if world.isRoot {
      if isThere { _ = run("umount", "-l", path) }
      rmdir(path)
    }
  }
  guard try world.allReduce(isThere ? 1 : 0, .max) == 1 else {
    if world.isRoot { print("skipped: a small file system can't be mounted here") }
    return
  }
  try body(path)
}

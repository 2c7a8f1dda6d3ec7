// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

@testable import MPICheckpoint

/// Calls `body` on every rank with the path of a folder that all have, and removes it afterwards.
func withFolder<Result>(on world: Communicator = .world, _ body: (String) throws -> Result) throws -> Result {
  let path = try world.broadcast(
    object: world.isRoot ? "/tmp/swift-mpi-checkpoint-\(UInt64.random(in: 0 ... .max))" : nil)
  if world.isRoot { mkdir(path, 0o755) }
  defer {
    try? world.barrier()
    if world.isRoot { try? FileManager.default.removeItem(atPath: path) }
  }
  try world.barrier()
  return try body(path)
}

/// Calls `body` on every rank with the folder of a file system that is mounted for it; not at all if none can be.
///
/// - Parameter options: of the file system, such as `size=1m`.
func withFileSystem(
  _ options: String, on world: Communicator = .world, _ body: (String) throws -> Void
) throws {
  try withFolder { folder in
    let isMounted = world.isRoot && run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder)
    defer {
      try? world.barrier()
      if isMounted { _ = run("umount", "-l", folder) }
    }
    guard try world.allReduce(isMounted ? 1 : 0, .max) == 1 else {
      if world.isRoot { print("skipped: a small file system can't be mounted here") }
      return
    }
    try body(folder)
  }
}

/// Runs a command, and returns whether it succeeded.
func run(_ arguments: String...) -> Bool {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = arguments
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return false }
  process.waitUntilExit()
  return process.terminationStatus == 0
}

/// The names in a folder, on every rank.
func names(in folder: String, on world: Communicator = .world) throws -> [String] {
  try world.barrier()
  let names = world.isRoot ? try FileManager.default.contentsOfDirectory(atPath: folder).sorted() : nil
  return try world.broadcast(object: names)
}

/// Changes a file, on rank 0.
func change(_ path: String, on world: Communicator = .world, _ body: (inout Data) -> Void) throws {
  try world.barrier()
  if world.isRoot {
    let url = URL(fileURLWithPath: path)
    var data = try Data(contentsOf: url)
    body(&data)
    try data.write(to: url)
  }
  try world.barrier()
}

/// Expects that `body` throws an error of a kind, the same on every rank, and returns it.
@discardableResult
func expectError(
  _ kind: CheckpointError.Kind, part: String? = nil, naming words: String..., on world: Communicator = .world,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> CheckpointError? {
  var found: CheckpointError?
  do {
    try body()
    Issue.record("nothing was thrown, and \(kind) was expected", sourceLocation: sourceLocation)
  } catch let error as CheckpointError {
    #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
    #expect(error.part == part, "\(error)", sourceLocation: sourceLocation)
    for word in words { #expect("\(error)".contains(word), "\(error)", sourceLocation: sourceLocation) }
    found = error
  }
  let all = try world.gather(object: found)
  if let all { #expect(Set(all).count == 1, "\(all)", sourceLocation: sourceLocation) }
  return found
}

/// A struct that takes the way of `Codable`.
struct State: Codable, Equatable {
  var name = "heat"
  var step = 7
  var notes = ["a": [1.5, 2], "b": []]
}

/// A struct of plain data.
struct Body: BitwiseCopyable, Equatable {
  var position = SIMD3<Double>(1, 2, 3)
  var id: Int32 = 4
  var isFixed = true
}

extension Communicator {
  /// The last rank.
  var last: Int { size - 1 }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase

// What is asked before a window is made: whether each rank's arguments are right, and whether each node has room in the
// memory that its processes share. With too little, MPI reports an error on one rank, or lets a process end that
// touches it.

/// A rank's report before a window is made.
private struct WindowPlan: BitwiseCopyable {
  /// How many bytes of the node's shared memory this rank asks for.
  var byteCount: Int64
  /// How many bytes there are; `.max` if that is not known.
  var room: Int64
  /// Which memory that is: a number of the node and of the file system.
  var place: Int64
}

extension Communicator {
  /// Throws on every rank if a node has no room for a window in the memory that its processes share. An all-gather.
  ///
  /// - Parameters:
  ///   - byteCount: what this rank asks for.
  ///   - isShared: whether by `MPI_Win_allocate_shared`.
  func checkSharedRoom(_ byteCount: Int, isShared: Bool, _ operation: StaticString) throws(MPIError) {
    // One rank alone takes ordinary memory.
    guard size > 1 else { return }
    let folders = SharedMemoryFolder.used(isShared: isShared)
    var own = WindowPlan(byteCount: Int64((byteCount + 4095) & ~4095), room: .max, place: 0)
    for folder in folders {
      guard let room = folder.room, Int64(room) < own.room else { continue }
      (own.room, own.place) = (Int64(room), folder.place)
    }
    var all = [WindowPlan](repeating: own, count: size)
    let code = withUnsafePointer(to: own) { own in
      all.withUnsafeMutableBufferPointer {
        MPI_Allgather(own, 3, CMPI_INT64_T, $0.baseAddress, 3, CMPI_INT64_T, rawValue)
      }
    }
    if code != 0 { throw failure(code: code, operation) }
    var nodes: [Int64: (ranks: Int, asked: Int)] = [:]
    for plan in all where plan.room != .max {
      let (ranks, asked) = nodes[plan.place] ?? (0, 1 << 16)
      let sum = asked.addingReportingOverflow(Int(plan.byteCount))
      nodes[plan.place] = (ranks + 1, sum.overflow ? .max : sum.partialValue)
    }
    for (rank, plan) in all.enumerated() where plan.room != .max {
      // A node of one rank does not share.
      guard let (ranks, asked) = nodes[plan.place], ranks > 1, asked > plan.room else { continue }
      let host = try words(of: MPIError(.noMemory, hostName(), operation: ""), from: rank)
      throw failure(
        .noMemory, operation,
        "the ranks of host \(host) ask for \(asked) bytes of the memory that they share, and \(plan.room) are left in "
          + "\(folders.first?.path ?? "/dev/shm"): ask for less, or make it larger (docker run --shm-size=2g, or mount -o "
          + "remount,size=2g /dev/shm)\(MPIEnvironment.vendor.windowFolderHint)")
    }
  }
}

/// A folder in which MPI keeps the memory that the processes of a node share.
private struct SharedMemoryFolder {
  let path: String
  /// How many bytes are left in it; nil if MPI can't use it, and takes another.
  let room: Int?
  /// A number of the node and of the file system.
  let place: Int64

  init(_ path: String) {
    self.path = path
    room = FileSystem.canBeWritten(path) ? FileSystem.room(at: path) : nil
    place = FileSystem.place(of: path)
  }

  /// The folders that this MPI uses for a window.
  static func used(isShared: Bool) -> [SharedMemoryFolder] {
    MPIEnvironment.vendor.windowFolders(isShared: isShared).map { SharedMemoryFolder($0) }
  }
}

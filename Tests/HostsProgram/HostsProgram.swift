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

/// A program that says which hosts its ranks are on, or works until something breaks. `Tests/Scripts/hosts` launches it
/// on the test bed.
@main
struct HostsProgram {
  static func main() throws {
    let mode = CommandLine.arguments.dropFirst().first ?? "where"
    try withMPI { world in
      switch mode {
      case "where": try sayWhere(world)
      case "loop": try loop(world)
      default: fatalError("unknown mode \(mode)")
      }
    }
  }

  /// The root says for each rank which host it is on, and how many ranks share memory with it.
  static func sayWhere(_ world: Communicator) throws {
    let node = try world.split(.sharedMemory)
    let lines = try world.gather(object: "rank \(world.rank) on \(MPIEnvironment.processorName), of \(node.size) there")
    if let lines { print(lines.joined(separator: "\n")) }
  }

  /// All ranks depend on one another, forever.
  static func loop(_ world: Communicator) throws {
    var sum = try world.allReduce(1.0, .sum)
    if world.isRoot {
      print("looping on \(Int(sum)) ranks")
      // Standard output waits for more, and there will be no more.
      fflush(nil)
    }
    while sum > 0 { sum = try world.allReduce(1.0, .sum) }
  }
}

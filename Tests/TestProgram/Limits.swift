// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI

/// What is done at the limits of MPI and of the machine. Each rank says how it went, and the first prints it.
enum Limits {
  static func run(_ mode: String, _ arguments: [String], _ world: Communicator) throws {
    let number = arguments.first.flatMap { Int($0) } ?? 0
    switch mode {
    case "large-windows":
      try tell("window", world) { try world.window(of: UInt8.self, count: number).free() }
      try tell("shared", world) { try world.sharedWindow(of: UInt8.self, count: number).free() }
      try tell("allocated", world) { try world.window(of: UInt8.self, count: number, placement: .allocated).free() }
      try tell("array", world) { try SharedArray(world, count: number) { (_: inout MutableSpan<UInt8>) in }.free() }
      try tell("small", world) { try world.window(of: UInt8.self, count: 100).free() }
    case "one-sided":
      try tell("counter", world) { try SharedCounter(world).free() }
      try tell("over", world) { try world.window(over: [1, 2, 3]).free() }
      try tell("dynamic", world) { try world.dynamicWindow(of: Int.self).free() }
    case "communicators":
      // One rank alone uses them up, with communicators of its own.
      var mine: [Communicator] = []
      if world.isRoot { while let made = try? Communicator.itself.duplicate() { mine.append(made) } }
      try tell("duplicate", world) { _ = try world.duplicate() }
      try tell("split", world) { _ = try world.split(color: world.rank % 2) }
      try tell("window", world) { _ = try world.window(of: Int.self, count: 1) }
      try tell("file", world) { _ = try world.openFile("/tmp/never-made", .create, .write) }
      mine = []
      try tell("later", world) { _ = try world.duplicate() }
    case "dropped-windows":
      let kept = try SharedCounter(world, start: 5)
      try growth("counters", number, world) { _ = try SharedCounter(world) }
      try growth("arrays", number, world) { _ = try SharedArray(world, count: 100) { (_: inout MutableSpan<Int>) in } }
      try growth("windows", number, world) { _ = try world.window(over: [1, 2, 3]) }
      // Ranks drop theirs at different times.
      var late: [SharedCounter] = []
      try growth("late", number, world) {
        late.append(try SharedCounter(world))
        if late.count > 10 * world.rank { late = [] }
      }
      guard try kept.value() == 5 else { fatalError("the counter that is kept") }
      try kept.free()
    case "dropped-requests":
      try growth("requests", number, world) {
        _ = try world.nonblocking.send([1, 2, 3], to: world.rank, tag: 1)
        _ = try world.receive([Int].self, from: world.rank, tag: 1)
      }
      try growth("receives", number, world) {
        _ = try world.nonblocking.receive(Int.self, count: 3, from: world.rank, tag: 2)
      }
      try growth("persistent", number, world) { _ = try world.persistent.send([1, 2, 3], to: world.rank, tag: 3) }
    default: fatalError("no such limit: \(mode)")
    }
  }

  /// Does something on all ranks, and prints how it went on each.
  private static func tell(_ what: String, _ world: Communicator, _ body: () throws -> Void) throws {
    var words = "done"
    do { try body() } catch let error as MPIError { words = "\(error.errorClass): \(error.text)" }
    if let all = try world.gather(object: words) {
      for (rank, words) in all.enumerated() { print("\(what), rank \(rank): \(words)") }
    }
  }

  /// Does something many times, and prints by how much the process has grown for each, in bytes and in maps.
  private static func growth(_ what: String, _ count: Int, _ world: Communicator, _ body: () throws -> Void) throws {
    for _ in 0..<count / 10 { try body() }
    try world.barrier()
    let before = state()
    for _ in 0..<count { try body() }
    try world.barrier()
    let after = state()
    if world.isRoot {
      print(
        "\(what): \((after.bytes - before.bytes) / max(count, 1)) bytes each, \(after.maps - before.maps) maps more")
    }
  }

  private static func state() -> (bytes: Int, maps: Int) {
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8))?.split(separator: "\n").count
    return (pages.map { Int($0[1])! * 4096 } ?? 0, maps ?? 0)
  }
}

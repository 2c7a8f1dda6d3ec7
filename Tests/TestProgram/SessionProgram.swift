// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// A program that uses MPI by sessions, with no world. `SessionTests` launches it.
struct SessionProgram {
  struct Mishap: Error {
    var what: String
  }

  nonisolated(nonsending) static func run(_ arguments: [String]) async throws {
    let mode = arguments.first ?? "operations"
    guard MPIEnvironment.supports(.sessions) else {
      do { try withSession { _ in } } catch { print("refused: \(error)") }
      return
    }
    switch mode {
    case "operations": try operations()
    case "throws": try throwing()
    case "nested": try nested()
    case "with-world": try withWorld()
    case "asynchronous": try await asynchronous()
    default: fatalError("unknown mode \(mode)")
    }
    try demand(!MPIEnvironment.isRunning, "MPI has ended")
  }

  static func demand(_ condition: Bool, _ what: String) throws {
    if !condition { throw Mishap(what: what) }
  }

  static func everybody(_ session: borrowing Session, _ tag: String = "test") throws -> Communicator {
    try session.communicator(from: session.group(of: "mpi://WORLD"), tag: tag)
  }

  /// One operation of every kind.
  static func operations() throws {
    var kept: Communicator?
    let size = try withSession(threads: .multiple) { session in
      let names = try session.processSets
      try demand(names.contains("mpi://WORLD") && names.contains("mpi://SELF"), "sets: \(names)")
      try demand(MPIEnvironment.isRunning && !MPIEnvironment.isInitialized, "running without a world")
      try demand(MPIEnvironment.threadLevel == .multiple, "thread level")
      try demand(try session.info["thread_level"] == "MPI_THREAD_MULTIPLE", "thread level in the info")
      try demand(!MPIEnvironment.processorName.isEmpty, "processor name")
      _ = MPIEnvironment.info
      let ranks = try everybody(session)
      try demand(try session.info(of: "mpi://WORLD")["mpi_size"] == "\(ranks.size)", "size of the set")
      do {
        _ = try session.group(of: "mpi://NOBODY")
        throw Mishap(what: "a set that there is not")
      } catch let error as MPIError where error.errorClass == .argument {}

      // Point-to-point, nonblocking and persistent.
      let right = (ranks.rank + 1) % ranks.size
      let left = (ranks.rank + ranks.size - 1) % ranks.size
      let incoming = try ranks.nonblocking.receive(Int.self, count: 3, from: left)
      try ranks.send([1, 2, ranks.rank], to: right)
      try demand(try incoming.wait() == [1, 2, left], "message")
      _ = try ranks.nonblocking.receive(Int.self, count: 3, from: left, tag: 9)  // dropped
      if MPIEnvironment.supports(.persistentCollectives) {
        var total = try ranks.persistent.allReduce([ranks.rank], .max)
        try total.start()
        try total.wait()
        try demand(total.output[0] == ranks.size - 1, "persistent")
      }
      // Collectives, closures and unsigned numbers, which MPI is asked about.
      try demand(try ranks.allReduce(ranks.rank, .sum) == ranks.size * (ranks.size - 1) / 2, "allReduce")
      try demand(
        try ranks.allReduce(0x8000_0000 | UInt32(ranks.rank), .max) == 0x8000_0000 + UInt32(ranks.size) - 1, "unsigned")
      try demand(try ranks.allReduce([ranks.rank, 1], .custom { $0 + $1 })[1] == ranks.size, "custom")
      try demand(try ranks.allGather(ranks.rank) == Array(0..<ranks.size), "allGather")
      let word = try ranks.broadcast(object: ranks.rank == 0 ? ["a": 1] : nil)
      try demand(word == ["a": 1], "broadcast(object:)")
      // Communicators of it, groups, topologies.
      let half = try ranks.split(color: ranks.rank % 2)
      try half.barrier()
      try demand(try ranks.split(.sharedMemory).size > 0, "split")
      try demand(try ranks.group.size == ranks.size, "group")
      kept = try ranks.duplicate()
      // Errors are thrown, and do not end the job.
      do {
        try ranks.send(1, to: 99)
        throw Mishap(what: "a rank that there is not")
      } catch let error as MPIError where error.errorClass == .rank {}
      var short = [0]
      let sent = try ranks.nonblocking.send([1, 2, 3], to: ranks.rank, tag: 2)
      do {
        _ = try ranks.receive(into: &short, from: ranks.rank, tag: 2)
        throw Mishap(what: "a message that is too long")
      } catch let error as MPIError where error.errorClass == .truncate {}
      _ = try sent.wait()
      return ranks.size
    }
    kept = nil  // after the end: nothing is called
    try demand(!MPIEnvironment.isRunning, "ended")
    do {
      try withSession { _ in }
      throw Mishap(what: "a second start")
    } catch let error as MPIError where error.errorClass == .environment {}
    do {
      try withMPI { _ in }
      throw Mishap(what: "a world after the end")
    } catch let error as MPIError where error.errorClass == .environment {}
    print("done, \(size)")
    _ = kept
  }

  static func throwing() throws {
    try withSession { session in
      let ranks = try everybody(session)
      if ranks.rank == ranks.size - 1 { throw Mishap(what: "thrown") }
      try ranks.barrier()
      while true {}
    }
  }

  /// Sessions within a session, and one that throws.
  static func nested() throws {
    try withSession { outer in
      let ranks = try everybody(outer)
      for round in 0..<3 {
        try withSession { inner in
          let others = try everybody(inner, "round \(round)")
          try demand(try others.allReduce(1, .sum) == ranks.size, "inner")
        }
      }
      do {
        try withSession { _ in throw Mishap(what: "inner") }
        throw Mishap(what: "nothing was thrown")
      } catch let mishap as Mishap where mishap.what == "inner" {}
      try ranks.barrier()
      print("done, \(ranks.size)")
    }
  }

  /// A world within a session.
  static func withWorld() throws {
    var kept: Communicator?
    try withSession { session in
      let ranks = try everybody(session)
      for _ in 0..<2 {
        try withMPI { world in
          try demand(try world.allReduce(1, .sum) == ranks.size, "world")
          try demand(try ranks.allReduce(1, .sum) == world.size, "session")
          kept = try world.duplicate()
        }
      }
      try ranks.barrier()
      print("done, \(ranks.size)")
    }
    try demand(MPIEnvironment.isFinalized, "finalized")
    _ = kept
  }

  static func asynchronous() async throws {
    let size = try await withSession { session in
      let ranks = try everybody(session)
      async let one = 1
      let sum = try await ranks.nonblocking.allReduce([one], .sum).value()
      return sum[0]
    }
    print("done, \(size)")
  }
}

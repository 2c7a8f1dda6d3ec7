// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI

/// A program that does one thing wrong, or just so, as its argument says. `WithMPITests` launches it.
struct MisbehavingProgram {
  struct Mishap: Error {
    var rank: Int
  }

  nonisolated(nonsending) static func run(_ arguments: [String]) async throws {
    let mode = arguments.first ?? "nothing"
    switch mode {
    case "asynchronous": try await asynchronous()
    case "asynchronous-throws":
      try await withMPI { world in
        await Task.yield()
        if world.rank == world.size - 1 { throw Mishap(rank: world.rank) }
        try world.barrier()
      }
    case "limit":
      let arguments = Array(arguments.dropFirst())
      try withMPI(threads: .single) { world in
        try Limits.run(arguments[0], Array(arguments.dropFirst()), world)
      }
    case "too-early": print(Communicator.world.size)
    case "variables": try variables(Array(arguments.dropFirst()))
    default: try blocking(mode, arguments)
    }
  }

  /// Sets variables of MPI's that are named, each to 77, before MPI is started, and says what they are afterwards.
  private static func variables(_ names: [String]) throws {
    for variable in try MPIEnvironment.controlVariables { _ = try? variable.read() }
    _ = try MPIEnvironment.performanceVariables
    let found = try names.compactMap { try MPIEnvironment.controlVariable(named: $0) }
    for variable in found {
      try variable.set(77)
      guard try variable.read().integer == 77 else { fatalError("\(variable.name) isn't set") }
    }
    try withMPI { world in
      for variable in try MPIEnvironment.controlVariables { _ = try? variable.read() }
      let values = try found.map { "\($0.name) = \(try $0.read())" }
      // One message from all, for lines of several ranks may run into each other.
      if let all = try world.gather(object: values) { print(all.map { $0.joined(separator: ", ") }) }
      guard MPIEnvironment.threadLevel == .single else { fatalError("another thread level") }
      try world.barrier()
    }
    // MPI stays up until the process ends.
    for variable in found { _ = try variable.read() }
  }

  private static func asynchronous() async throws {
    let sum = try await withMPI { world in
      async let one = 1
      return try world.allReduce(await one, .sum)
    }
    guard sum >= 1, MPIEnvironment.isRunning else { fatalError("ended") }
  }

  private static func blocking(_ mode: String, _ arguments: [String]) throws {
    var kept: Communicator?
    let answer = try withMPI(threads: mode == "multiple" ? .multiple : .single) { world in
      let isLast = world.rank == world.size - 1
      switch mode {
      case "one-throws":
        if isLast { throw Mishap(rank: world.rank) }
        try world.barrier()
      case "all-throw": throw Mishap(rank: world.rank)
      case "throws-at-the-end": if isLast { throw Mishap(rank: world.rank) }
      case "exits": if isLast { exit(0) } else { try world.barrier() }
      case "exits-with-7": if isLast { exit(7) } else { try world.barrier() }
      case "others-compute":
        if isLast { throw Mishap(rank: world.rank) }
        while world.size > 1 {}
      case "nested":
        do {
          try withMPI { _ in throw Mishap(rank: world.rank) }
        } catch is Mishap {
          print("caught")
        }
        try world.barrier()
      case "multiple":
        guard MPIEnvironment.threadLevel == .multiple else { throw Mishap(rank: world.rank) }
      case "keeps-a-communicator": kept = try world.duplicate()
      case "drops-requests":
        _ = try world.nonblocking.send([1, 2, 3], to: world.rank, tag: 1)
        _ = try world.nonblocking.receive(Int.self, count: 3, from: world.rank, tag: 2)
      case "traps", "all-trap": try trap(world, how: arguments[1], all: mode == "all-trap")
      case "prints": try printAndWait(world, lines: arguments.count > 1 ? Int(arguments[1])! : 1)
      case "takes-notices": try takeNotices(world)
      case "waits":
        let givesWay = try MPIEnvironment.controlVariable(named: "mpi_yield_when_idle")?.read()
        let variable = ProcessInfo.processInfo.environment["OMPI_MCA_mpi_yield_when_idle"]
        print("gives way: \(givesWay?.boolean ?? (givesWay?.integer == 1)), environment: \(variable ?? "none")")
      case "reads":
        var byte: UInt8 = 0
        print("rank \(world.rank) read \(read(0, &byte, 1)) bytes")
        try world.barrier()
      case "bad-counts": _ = RankPartitioned([1, 2, 3], counts: [1, world.size + 5])
      case "bad-block": _ = world.block(of: -world.size)
      case "bad-rank": try world.send(1, to: world.size + 5)
      case "bad-tag": try world.send(1, to: 0, tag: -3)
      case "different-counts": _ = try world.allReduce([Int](repeating: 1, count: 1 + world.rank), .sum)
      case "too-long":
        var short = [0]
        _ = try world.nonblocking.send([1, 2, 3], to: world.rank)
        try world.receive(into: &short, from: world.rank)
      case "wrong-type":
        _ = try world.nonblocking.send([Int32(1)], to: world.rank)
        _ = try world.receive(Double.self, from: world.rank)
      case "no-object":
        _ = try world.nonblocking.send([UInt8](repeating: 7, count: 99), to: world.rank)
        _ = try world.receive(object: [String: Int].self, from: world.rank)
      default: break
      }
      return world.rank
    }
    guard answer >= 0, MPIEnvironment.isRunning else { fatalError("ended") }
    if let kept { guard try kept.allReduce(1, .sum) == kept.size else { fatalError("a communicator that was kept") } }
    kept = nil
    switch mode {
    case "again":
      for round in 0..<3 {
        let sum = try withMPI { world in try world.allReduce(round, .sum) }
        guard sum == round * Communicator.world.size else { fatalError("\(sum)") }
      }
      guard Communicator.world.size > 0 else { fatalError("no world") }
    case "again-with-more-threads": try withMPI(threads: .multiple) { _ in }
    case "again-throws":
      try withMPI { world in if world.rank == world.size - 1 { throw Mishap(rank: world.rank) } }
    case "exits-afterwards": exit(Communicator.world.rank == Communicator.world.size - 1 ? 5 : 0)
    case "forks":
      let child = Process()
      child.executableURL = URL(fileURLWithPath: "/bin/true")
      try child.run()
      child.waitUntilExit()
    default: break
    }
  }

  /// Traps, or ends by a signal of another kind; the last rank, or all.
  private static func trap(_ world: Communicator, how: String, all: Bool) throws {
    guard all || world.rank == world.size - 1 else { return try world.barrier() }
    let few = Array(0...world.rank)
    switch how {
    case "index": print(few[world.size + CommandLine.arguments.count])
    case "nil": print(few.first { $0 < 0 }!)
    case "overflow": print(few.reduce(Int.max - world.rank) { $0 + $1 + 1 })
    case "fatal-error": fatalError("no such case")
    case "thread":
      try Thread { print(few[world.size + CommandLine.arguments.count]) }.detach()
      sleep(60)
    case "thread-stack":
      try Thread { print(depth(of: few.count)) }.detach()
      sleep(60)
    case "address": print(UnsafePointer<Int>(bitPattern: 64 + world.rank * 8)!.pointee)
    case "stack": print(depth(of: few.count))
    case "abort": abort()
    case "memory":
      var limit = rlimit(rlim_cur: 2 << 30, rlim_max: 2 << 30)
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      var blocks: [[UInt8]] = []
      while true { blocks.append([UInt8](repeating: 1, count: 1 << 20)) }
    case "own-handler":
      signal(SIGSEGV) { _ in _exit(9) }
      raise(SIGSEGV)
    default: fatalError("unknown trap \(how)")
    }
  }

  /// Never ends.
  private static func depth(of number: Int) -> Int {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { memory in
      memory[number & 4095] = 1
      return depth(of: number + 1) + Int(memory[0])
    }
  }

  /// Prints so many lines: more than a buffer of the C library holds, or a few bytes.
  private static func printAndWait(_ world: Communicator, lines: Int) throws {
    for line in 0..<lines {
      print("line \(line) of rank \(world.rank)")
    }
    try world.barrier()
  }

  /// Sends itself what batch systems send before the time is over.
  private static func takeNotices(_ world: Communicator) throws {
    raise(SIGUSR1)
    raise(SIGUSR2)
    signal(SIGUSR1) { _ in print("noticed") }
    raise(SIGUSR1)
    try world.barrier()
    // What it starts is ended by them, as ever.
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/sh")
    child.arguments = ["-c", "kill -USR2 $$"]
    try child.run()
    child.waitUntilExit()
    guard child.terminationReason == .uncaughtSignal else { fatalError("a child survived SIGUSR2") }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// A program that makes one mistake, as its argument says. `CheckedModeTests` launches it in checked mode.
///
/// The tests know the lines: each mistake prints where it stands beforehand.
struct CheckedProgram {
  static func run(_ arguments: [String]) throws {
    let mode = arguments.first ?? "nothing"
    try withMPI { world in
      let isLast = world.rank == world.size - 1
      func here(_ name: String, _ line: Int) { if world.isRoot || isLast { print("\(name) is at line \(line)") } }
      switch mode {
      case "operations":
        here("one", #line + 1)
        if isLast { try world.barrier() }
        here("other", #line + 1)
        if !isLast { _ = try world.allReduce(1, .sum) }
      case "roots":
        here("one", #line + 1)
        if isLast { _ = try world.broadcast(1, root: 1) }
        here("other", #line + 1)
        if !isLast { _ = try world.broadcast(1, root: 0) }
      case "counts":
        var numbers = [Double](repeating: 0, count: isLast ? 5 : 3)
        here("one", #line + 1)
        try world.allReduce(inPlace: &numbers, .sum)
      case "sizes":
        here("one", #line + 1)
        if isLast { _ = try world.gather(Int32(1)) }
        here("other", #line + 1)
        if !isLast { _ = try world.gather(Int64(1)) }
      case "types":
        if isLast { _ = try world.allReduce(1.0, .sum) } else { _ = try world.allReduce(1, .sum) }
      case "early":
        if isLast { return }
        here("other", #line + 1)
        try world.barrier()
      case "modes":
        if isLast { try world.nonblocking.barrier().wait() } else { try world.barrier() }
      case "nonblocking":
        here("one", #line + 1)
        if isLast { try world.nonblocking.allReduce([1, 2], .sum).wait() }
        here("other", #line + 1)
        if !isLast { try world.nonblocking.allReduce([1], .sum).wait() }
      case "send-send":
        // Too long for any MPI to keep.
        let long = [Double](repeating: 1, count: 4_000_000)
        here("one", #line + 1)
        if world.isRoot { try world.send(long, to: 1) }
        here("other", #line + 1)
        if world.rank == 1 { try world.send(long, to: 0) }
      case "receive":
        if world.isRoot { _ = try world.receive(Int.self, from: world.size - 1) }
        // The others compute.
        let end = MPIEnvironment.wallTime + 30
        while MPIEnvironment.wallTime < end {}
      case "part":
        // A communicator of some ranks, one of which is elsewhere.
        let half = try world.split(color: world.rank % 2)
        if world.rank != 0 { try half.barrier() } else { try world.barrier() }
      case "leaks":
        _ = try world.nonblocking.receive(Int.self, count: 1, from: 0, tag: 99)
        here("one", #line - 1)
        Kept.communicator = try world.duplicate()
        here("other", #line - 1)
        let half = try world.split(color: world.rank % 2)
        let across = try half.intercommunicator(peer: world, remoteLeader: 1 - world.rank % 2)
        Kept.merged = try across.merge(high: world.rank % 2 == 1)
        here("merged", #line - 1)
        Kept.across = try across.duplicate()
        here("across", #line - 1)
      case "order":
        // Allowed: the barrier of rank 0 begins before that of the others.
        let request = world.isRoot ? try world.nonblocking.barrier() : nil
        if world.isRoot {
          for rank in 1..<world.size { try world.send(1, to: rank) }
          try request.take()?.wait()
        } else {
          _ = try world.receive(Int.self, from: 0)
          try world.nonblocking.barrier().wait()
        }
        print("well")
      case "caught":
        do {
          if isLast { try world.barrier() } else { _ = try world.scan(1, .sum) }
        } catch let error as MPIError where error.errorClass == .mismatch {
          print("caught \(world.rank)")
        }
        try world.barrier()
      case "in-order":
        for round in 0..<20 { try world.inOrder { print("round \(round), rank \(world.rank)") } }
      case "copies":
        // The program's copies are made for the program's duplicates alone.
        let copies = Atomic<Int>(0)
        let key = AttributeKey<Int> { number in
          copies.add(1, ordering: .relaxed)
          return number
        }
        let team = try world.duplicate()
        team[key] = 1
        let second = try team.duplicate()
        _ = try second.nonblocking.duplicate().wait()
        try second.inOrder {}
        if world.isRoot { print("\(copies.load(ordering: .relaxed)) copies") }
      case "reductions":
        // Rank 1 makes another call than the others.
        do {
          if isLast { try world.inOrder {} } else { _ = try world.allReduce(object: "a", by: +) }
        } catch let error as MPIError where error.errorClass == .mismatch {
          print("caught \(world.rank)")
        }
        do {
          _ = try world.reduce(object: "a", root: isLast ? 1 : 0, by: +)
        } catch let error as MPIError where error.errorClass == .mismatch {
          print("caught \(world.rank)")
        }
        if try world.allReduce(object: "a", by: +).count == world.size { print("well") }
      case "places":
        // Allowed: the same call at different places.
        if isLast { try world.barrier() } else { try world.barrier() }
        print("well")
      default: try world.barrier()
      }
    }
  }
}

/// What outlives `withMPI`.
enum Kept {
  nonisolated(unsafe) static var communicator: Communicator?
  nonisolated(unsafe) static var merged: Communicator?
  nonisolated(unsafe) static var across: InterCommunicator?
}

extension Optional where Wrapped: ~Copyable {
  fileprivate consuming func take() -> Wrapped? { self }
}

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

/// A program of which rank 1 kills itself, and the others go on. `FaultToleranceTests` launches it.
struct SurvivingProgram {
  struct Mishap: Error {}

  static func run(_ arguments: [String]) throws {
    let mode = arguments.first ?? "by-hand"
    try withMPI { world in
      guard MPIEnvironment.supports(.faultTolerance) else {
        do { _ = try world.shrink() } catch { print("refused: \(error)") }
        return
      }
      switch mode {
      case "by-hand": try byHand(world)
      case "surviving": try surviving(world)
      case "throws": try throwAfterwards(world)
      case "at-the-end": dieAtTheEnd(world)
      case "no-rank-fails": try noRankFails(world)
      default: fatalError("unknown mode \(mode)")
      }
    }
  }

  static func die() -> Never {
    kill(getpid(), SIGKILL)
    while true {}
  }

  /// What a program does that wants to know each step.
  static func byHand(_ world: Communicator) throws {
    var ranks = world
    var sums: [Int] = []
    var step = 0
    while step < 10 {
      if world.rank == 1 && step == 5 { die() }
      do {
        sums.append(try ranks.allReduce(1, .sum))
        step += 1
      } catch {
        guard error.isProcessFailure else { throw error }
        ranks = try rest(of: ranks)
        // What all have done; some may have come further than others when the rank was lost.
        step = try ranks.allReduce(step, .min)
        sums.removeLast(sums.count - step)
      }
    }
    print("rank \(world.rank): \(sums.map(String.init).joined(separator: " "))")
  }

  /// Brings those together that live.
  static func rest(of ranks: Communicator) throws -> Communicator {
    try ranks.revoke()
    guard try ranks.isRevoked else { throw Mishap() }
    let rest = try ranks.shrink()
    guard try ranks.failedRanks == [1], try ranks.acknowledgeFailures() == [1] else { throw Mishap() }
    guard try rest.agree(6 | 1 << (rest.rank + 3)) == (rest.size == 1 ? 14 : 6) else { throw Mishap() }
    let agreed = try rest.nonblocking.agree(7)
    guard try agreed.wait() == 7 else { throw Mishap() }
    return rest
  }

  /// What a program does that only wants its result.
  static func surviving(_ world: Communicator) throws {
    var runs = 0
    let sum = try world.surviving { ranks in
      runs += 1
      var sum = 0
      for step in 0..<10 {
        if world.rank == 1 && step == 5 { die() }
        sum += try ranks.allReduce(ranks.rank, .sum)
      }
      return sum
    }
    print("rank \(world.rank): sum \(sum), runs \(runs)")
  }

  /// A failure that was survived does not keep a later error from being told.
  static func throwAfterwards(_ world: Communicator) throws {
    try surviving(world)
    if world.rank == 0 { throw Mishap() }
    let rest = try world.shrink()
    try rest.barrier()
    while true {}
  }

  /// Nobody ever learns of it, but MPI's end does.
  static func dieAtTheEnd(_ world: Communicator) {
    print("rank \(world.rank): here")
    if world.rank == 1 { die() }
  }

  static func noRankFails(_ world: Communicator) throws {
    guard try world.failedRanks == [], try world.acknowledgeFailures() == [], try !world.isRevoked else {
      throw Mishap()
    }
    guard try world.agree(world.rank >= 0), try !world.agree(world.rank > 0) else { throw Mishap() }
    let part = try world.duplicate()
    guard try part.agree(true) else { throw Mishap() }
    if world.rank == 0 { try part.revoke() }
    do {
      while true { try part.barrier() }
    } catch {
      guard error.errorClass == .revoked else { throw error }
      print("rank \(world.rank): revoked")
    }
    guard try part.shrink().allReduce(1, .sum) == world.size else { throw Mishap() }
    guard try world.surviving({ try $0.allReduce(1, .sum) }) == world.size else { throw Mishap() }
  }
}

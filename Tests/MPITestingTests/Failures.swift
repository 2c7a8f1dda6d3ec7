// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Synchronization
import Testing

/// Tests that fail, each in its own way. `FailureTests` launches them one by one and looks at what a user would see.
@Suite(.everyRank(timeLimit: .seconds(3)), .enabled(if: FailureTests.isLaunched))
struct Failures {
  let world = Communicator.world

  /// The last rank.
  private var isLast: Bool { world.rank == world.size - 1 }

  @Test func passes() throws {
    #expect(try world.allReduce(1, .sum) == world.size)
  }

  @Test func failsOnOneRank() throws {
    #expect(!isLast)
    try world.barrier()
  }

  @Test func throwsOnOneRank() throws {
    if isLast { throw Mishap() }
    try world.barrier()
  }

  @Test func returnsEarlyOnOneRank() throws {
    if isLast { return }
    try world.barrier()
  }

  @Test func leavesTheProcessOnOneRank() throws {
    if isLast { exit(0) }
    try world.barrier()
  }

  @Test func trapsOnOneRank() throws {
    if isLast { fatalError("this is the trap") }
    try world.barrier()
  }

  @Test func deadlocks() throws {
    _ = try world.receive(Int.self, from: (world.rank + 1) % world.size)
  }

  @Test func computesForEverOnOneRank() throws {
    // The optimizer deletes a loop that does nothing.
    let rounds = Atomic(0)
    while isLast { rounds.wrappingAdd(1, ordering: .relaxed) }
    try world.barrier()
  }

  @Test func stopsOnRankZero() throws {
    if world.rank == 0 { raise(SIGSTOP) }
    try world.barrier()
  }

  @Test func stopsOnTheLastRank() throws {
    if isLast { raise(SIGSTOP) }
    try world.barrier()
  }

  @Test func afterAllIsWell() throws {
    try world.barrier()
  }
}

/// An error to throw.
struct Mishap: Error {}

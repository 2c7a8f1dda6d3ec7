// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPICheckpoint

// For the tests that kill a program while it saves: `generations PATH COUNT` goes on from the checkpoint, and saves
// generation after generation; with `RANK MICROSECONDS`, that rank is killed then, or each one if it is -1. `verify PATH`
// looks at a checkpoint.

@main
struct CheckpointProgram {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3 else {
      fatalError("usage: checkpoint-program generations|verify PATH [COUNT [RANK MICROSECONDS]]")
    }
    try withMPI { world in
      let found = try verify(arguments[2], world)
      if world.isRoot { print("restored \(found)") }
      guard arguments[1] == "generations" else { return }
      if arguments.count == 6, let rank = Int(arguments[4]), let microseconds = UInt32(arguments[5]),
        rank == world.rank || rank < 0
      {
        // Wherever the program is then.
        Thread.detachNewThread {
          usleep(microseconds)
          kill(getpid(), SIGKILL)
        }
      }
      let checkpoint = try Checkpoint(arguments[2], on: world, every: .zero)
      for generation in found + 1...found + (Int(arguments[3]) ?? 1) {
        let mine = block(generation, world)
        try checkpoint.save([
          "generation": .value(generation), "numbers": .spread(mine.map { $0 ^ generation }),
          "own": .own([generation, world.rank]),
        ])
        if world.isRoot { print("saved \(generation)") }
      }
    }
  }

  /// This rank's block of an array whose length depends on the generation.
  private static func block(_ generation: Int, _ world: Communicator) -> Range<Int> {
    world.block(of: 600_000 + generation % 7 * 150_000)
  }

  /// Restores all of a checkpoint, and compares it with what its generation must have.
  ///
  /// - Returns: the generation; 0 if there is no checkpoint.
  private static func verify(_ path: String, _ world: Communicator) throws -> Int {
    guard let saved = try world.restore(from: path) else { return 0 }
    let generation: Int = try saved.value("generation")
    let numbers: [Int] = try saved.spread("numbers", range: block(generation, world))
    var isRight = zip(numbers, block(generation, world)).allSatisfy { $0 == $1 ^ generation }
    if saved.rankCount == world.size {
      isRight = try saved.own("own") == [generation, world.rank] && isRight
    }
    guard isRight else { fatalError("rank \(world.rank): generation \(generation) has wrong contents") }
    return generation
  }
}

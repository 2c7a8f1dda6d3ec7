// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import MPI
import MPICheckpoint

// How heat spreads in a plate, one edge of which is hot. Each rank has some rows of it and a copy of its neighbors'
// outermost ones. From time to time the plate is saved; a run that was killed goes on from there, on any number of ranks.

@main
struct Heat: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes the heat equation on a plate, and goes on where an earlier run was ended.",
    discussion: """
      The result is a file of the plate's temperatures, row by row, as 64-bit numbers. It has the same bytes on any number \
      of ranks, however often the program was killed. The checkpoint is removed when the result is written.

      Status: 0 done; 1 a file can't be written or read; 64 wrong arguments.
      """,
    version: MPIEnvironment.packageVersion)

  @Option(name: [.short, .long], help: "The rows of the plate.")
  var rows = 1000

  @Option(name: [.short, .long], help: "The columns of the plate.")
  var columns = 1000

  @Option(name: [.short, .long], help: "The steps in time.")
  var steps = 10_000

  @Option(name: [.short, .long], help: "The file of the result.")
  var output = "heat.bin"

  @Option(name: [.customShort("k"), .long], help: "The file of the checkpoint.")
  var checkpoint = "heat.checkpoint"

  @Option(name: [.short, .long], help: "The seconds from one checkpoint to the next.")
  var every = 60.0

  func validate() throws {
    guard rows >= 3, columns >= 3 else { throw ValidationError("The plate needs 3 rows and 3 columns at least.") }
    guard steps >= 0 else { throw ValidationError("--steps must be 0 or more.") }
    guard every >= 0, every < 1e9 else { throw ValidationError("--every must be a number of seconds.") }
  }

  static func main() throws {
    let status = try withMPI { world -> Int32 in
      do {
        try Heat.parse().run(on: world)
        return 0
      } catch let error as CheckpointError {
        return say("heat: \(error)", 1, world)
      } catch let error as MPIError {
        throw error
      } catch {
        let code = exitCode(for: error).rawValue
        if code == 0, world.isRoot { print(fullMessage(for: error)) }
        return code == 0 ? 0 : say(fullMessage(for: error), code, world)
      }
    }
    if status != 0 { Foundation.exit(status) }
  }

  /// Prints a text on rank 0, to standard error.
  private static func say(_ text: String, _ status: Int32, _ world: Communicator) -> Int32 {
    if world.isRoot { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
    return status
  }

  private func run(on world: Communicator) throws {
    guard rows >= world.size else {
      throw ValidationError("\(rows) rows are too few for \(world.size) ranks.")
    }
    let checkpoint = try Checkpoint(checkpoint, on: world, every: .seconds(every))
    var step = 0
    var plate = Plate(rows: world.block(of: rows), of: rows, columns: columns)
    if let saved = try checkpoint.restore() {
      guard try saved.shape(of: "plate") == [rows, columns] else {
        throw ValidationError("\(checkpoint.path) is of a plate of another size: remove it to begin anew.")
      }
      step = try saved.value("step")
      let cells: [Double] = try saved.spread("plate", ranges: plate.ranges)
      plate.inner = cells[...]
      if world.isRoot { print("continued at step \(step), which was saved on \(saved.rankCount) ranks") }
    }
    let line = try world.cartesian(dimensions: [world.size], periodic: [false])
    while step < steps {
      try plate.exchangeHalo(on: line)
      plate.advance()
      step += 1
      do {
        try checkpoint.saveIfDue(["step": .value(step), "plate": .spread(plate.inner, ranges: plate.ranges)])
      } catch let error as CheckpointError {
        // The older checkpoint is still there.
        _ = Self.say("heat: step \(step) was not saved: \(error)", 0, world)
      }
    }
    try world.withNewFile(output) { file in
      try file.writeAll(plate.inner, at: plate.rows.lowerBound * columns)
    }
    try checkpoint.remove()
    if world.isRoot { print("\(step) steps of a plate of \(rows) × \(columns): \(output)") }
  }
}

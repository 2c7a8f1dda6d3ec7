// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FileOutput
import MPI

/// The options of the command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mpi-doctor",
    abstract: "Looks at an MPI installation, a set of hosts and the links between them, and says what is wrong.",
    usage: """
      mpiexec -n <ranks> mpi-doctor [<options>]
      """,
    discussion: """
      It is what to run first on a new cluster, with as many ranks as a job will have, and the same options of the \
      launcher. It compares what the ranks run and where; measures the links between all pairs of ranks, in rounds of \
      pairs that share none; collectives; and memory. For each finding it says what to do.

      Status: 0 nothing is wrong; 1 something is; 64 wrong arguments.
      """,
    version: MPIEnvironment.packageVersion)

  @Flag(help: "Print the report as JSON.")
  var json = false

  @Option(help: ArgumentHelp("Write the links as a heat map, in SVG, to a file.", valueName: "file"))
  var picture: String?

  @Option(
    help: ArgumentHelp("The bytes of a large message. Slow links get smaller ones.", valueName: "bytes"))
  var size = 1 << 20

  @Option(
    help: ArgumentHelp("The seconds without an answer after which a rank is taken for lost.", valueName: "seconds"))
  var patience = 20.0

  @Flag(help: "Measure nothing: look only. There is no picture then.")
  var quick = false

  func validate() throws {
    guard (1...1 << 30).contains(size) else {
      throw ValidationError("--size wants a number of bytes from 1 to \(1 << 30), not \(size)")
    }
    if let picture {
      guard !quick else {
        throw ValidationError("--picture shows the links, which --quick does not measure: leave one of the two out")
      }
      if let format = PictureFormat.named(by: picture), format != "SVG" {
        throw ValidationError(
          "--picture writes the SVG format, and '\(picture)' is a name for \(format): use .svg")
      }
      if let obstacle = OutputFile.obstacle(toWriting: picture) {
        throw ValidationError("--picture \(obstacle)")
      }
    }
    guard patience >= 0.1, patience <= 3600 else {
      throw ValidationError("--patience wants seconds from 0.1 to 3600, not \(patience)")
    }
  }
}

/// What all ranks have to know of the options.
struct Plan: BitwiseCopyable {
  var size: Int
  var patience: Double
  var isQuick: Bool
}

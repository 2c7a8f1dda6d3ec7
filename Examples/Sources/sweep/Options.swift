// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MPI

/// What the program is asked to do.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Runs a stochastic epidemic (SIR, by Gillespie) many times for each parameter set of a CSV file.",
    discussion: """
      The rates beta and gamma are per day. The results are a CSV file with the input's rows in their order, and for the \
      cases, the peak and the day of the end: mean, standard deviation, median and the quantiles of 5 and 95 %. It is the \
      same to the last byte on any number of ranks. The file is there when it is whole; until then an old one stays. \
      A device or a pipe is written to as it is.

      The input is CSV by RFC 4180 in UTF-8. Columns of an earlier sweep's results are replaced.

      Status: 0 done; 1 a file can't be written, or a run failed; 64 wrong arguments, or wrong rows in the input.
      """,
    version: MPIEnvironment.packageVersion)

  @Argument(help: "A CSV file with the columns beta, gamma, population and infected, and any others.")
  var input: String

  @Option(
    name: [.short, .long],
    help: "The file to write: the input's columns, and those of the results. A file of that name is replaced.")
  var output = "sweep-results.csv"

  @Option(name: [.short, .long], help: "The runs of each parameter set.")
  var runs = 100

  @Option(name: [.short, .long], help: "When a run stops at the latest, in days.")
  var days = 365.0

  @Option(help: "What the random numbers begin with. The same seed gives the same file, on any number of ranks.")
  var seed: UInt64 = 1

  @Flag(name: [.short, .long], help: "Say nothing but errors.")
  var quiet = false

  func validate() throws {
    guard (1...10_000_000).contains(runs) else { throw ValidationError("--runs must be 1 to 10000000.") }
    guard days > 0, days.isFinite else { throw ValidationError("--days must be a number above 0.") }
  }
}

import ArgumentParser

/// What the program is asked to do.
struct Options: ParsableArguments {
  @Argument(help: "A CSV file with the columns beta, gamma, population and infected, and any others.")
  var input: String

  @Option(name: [.short, .long], help: "The file to write: the input's columns, and those of the results.")
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

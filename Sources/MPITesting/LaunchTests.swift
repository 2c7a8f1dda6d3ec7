import Foundation
import MPI
import Testing

/// Runs the tests of a suite on several ranks, under the launcher, and records an issue where any rank fails.
///
/// ```swift
/// @Test(arguments: [2, 3, 4]) func underTheLauncher(ranks: Int) async throws {
///   try await launchTests(of: OnEveryRank.self, ranks: ranks)
/// }
/// ```
///
/// The suite has the trait ``Testing/Trait/everyRank``. The test program that this runs in is launched again, with a filter
/// for the suite. Where it runs under the launcher already, this does nothing.
///
/// The environment variable `MPI_TEST_RANKS` (such as `2,4`) limits the numbers of ranks, and `MPI_TEST_FILTER` (a regular
/// expression) the tests.
///
/// - Parameters:
///   - suite: the suite's type, at the top level of its module.
///   - ranks: how many.
///   - timeLimit: for all the tests together. Then the job is ended, and that is an issue.
///   - sourceLocation: where an issue is recorded.
public func launchTests(
  of suite: Any.Type, ranks: Int, timeLimit: Duration = .seconds(300), sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  guard Launch.current == nil else { return }
  let environment = ProcessInfo.processInfo.environment
  if let allowed = environment["MPI_TEST_RANKS"], !allowed.split(separator: ",").contains("\(ranks)") { return }
  let job = try await launchTestProgram(
    filter: suiteFilter(suite, and: environment["MPI_TEST_FILTER"]), ranks: ranks, timeLimit: timeLimit)
  guard job.status != 0 || job.isTimedOut else {
    // A filter that finds nothing is no test passed.
    if environment["MPI_TEST_FILTER"] == nil, testCount(of: job) == 0 {
      Issue.record("\(suite) has no tests, or its filter finds none", sourceLocation: sourceLocation)
    }
    return
  }
  let what = job.isTimedOut ? "were not over after \(timeLimit)" : "failed (status \(job.status))"
  Issue.record(
    "the tests of \(suite) on \(ranks) ranks \(what):\n\(excerpt(of: job))", sourceLocation: sourceLocation)
}

/// Launches the test program that this runs in.
func launchTestProgram(
  filter: String, ranks: Int, environment: [String: String] = [:], timeLimit: Duration
) async throws -> LaunchedJob {
  try await launch(
    CommandLine.arguments[0], arguments: inheritedArguments() + ["--filter", filter], ranks: ranks,
    environment: environment, timeLimit: timeLimit)
}

/// The arguments by which this test program found its tests, without those that choose among them or write reports.
private func inheritedArguments() -> [String] {
  let inherited: Set = ["--test-bundle-path", "--testing-library"]
  var arguments: [String] = []
  for (index, argument) in CommandLine.arguments.enumerated().dropFirst() where inherited.contains(argument) {
    arguments += [argument] + CommandLine.arguments.dropFirst(index + 1).prefix(1)
  }
  return arguments.contains("--testing-library") ? arguments : arguments + ["--testing-library", "swift-testing"]
}

/// A regular expression for the tests of a suite.
private func suiteFilter(_ suite: Any.Type, and filter: String?) -> String {
  let name = String(reflecting: suite).replacingOccurrences(of: ".", with: "\\.")
  return "^\(name)/" + (filter.map { ".*(\($0))" } ?? "")
}

/// How many tests a rank says it has run.
private func testCount(of job: LaunchedJob) -> Int {
  let words = (job.output + job.errorOutput).split(whereSeparator: \.isWhitespace)
  let counts = words.indices.dropFirst(2).filter { words[$0 - 1] == "with" && words[$0 - 2] == "run" }
  return counts.compactMap { Int(words[$0]) }.max() ?? 0
}

/// The lines that say what went wrong; the last lines, where none does.
private func excerpt(of job: LaunchedJob) -> String {
  let lines = (job.output + job.errorOutput).split(separator: "\n")
  let telling = lines.filter { line in
    ["✘", "↳", "error", "Fatal", "ERROR:", "rank "].contains { line.contains($0) }
  }
  return (telling.isEmpty ? lines.suffix(40) : telling.prefix(60)).joined(separator: "\n")
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPIBase
import Testing

/// The numbers of ranks to test on: 2, 3 and 4, or those that the environment variable `MPI_TEST_RANKS` lists (`2,8`).
public let rankCounts: [Int] = {
  guard let list = ProcessInfo.processInfo.environment["MPI_TEST_RANKS"] else { return [2, 3, 4] }
  let counts = list.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
  if counts.contains(where: { $0 < 1 }) { refuse("MPI_TEST_RANKS", list, expected: "numbers of ranks, such as 2,8") }
  return counts
}()

/// Runs the tests of a suite on several ranks, under the launcher, and records an issue where any rank fails.
///
/// ```swift
/// @Test(arguments: rankCounts) func underTheLauncher(ranks: Int) async throws {
///   try await launchTests(of: OnEveryRank.self, ranks: ranks)
/// }
/// ```
///
/// The suite has the trait ``Testing/Trait/everyRank``. The test program that this runs in is launched again, with a
/// filter for the suite. If it runs under the launcher already, this does nothing.
///
/// The environment variable `MPI_TEST_FILTER`, a regular expression, chooses among the tests.
///
/// - Parameters:
///   - suite: the suite's type, at the top level of its module.
///   - ranks: how many.
///   - timeLimit: for all the tests together. Then the job is ended, and that is an issue.
///   - sourceLocation: where an issue is recorded.
/// - Throws: as ``launch(_:arguments:ranks:launcherOptions:environment:directory:alone:timeLimit:)``. If tests fail,
///   nothing is thrown: an issue is recorded.
public func launchTests(
  of suite: Any.Type, ranks: Int, timeLimit: Duration = .seconds(300), sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  guard Launch.current == nil else { return }
  let environment = ProcessInfo.processInfo.environment
  let filter = environment["MPI_TEST_FILTER"]
  let job = try await launchTestProgram(
    filter: suiteFilter(suite, and: filter), ranks: ranks, timeLimit: timeLimit)
  let count = testCount(of: job)
  if !job.isTimedOut, job.status == 0 || job.status == noTestsFound, count == 0 {
    // That the user's filter finds nothing in this suite is no failure; that the suite's own does is no test passed.
    if let filter {
      writeToStandardError("\(suite) on \(ranks) ranks: no test matches '\(filter)'")
    } else {
      Issue.record("\(suite) has no tests", sourceLocation: sourceLocation)
    }
    return
  }
  showSkips(of: job, ranks: ranks)
  guard job.status != 0 || job.isTimedOut else {
    writeToStandardError("\(suite) on \(ranks) ranks: \(count) tests passed")
    return
  }
  let what = job.isTimedOut ? "were not over after \(timeLimit)" : "failed (status \(job.status))"
  let excerpt = excerpt(of: job)
  // A job that failed without a message, after its tests: its last output.
  let words =
    excerpt.isEmpty ? (job.output + job.errorOutput).split(separator: "\n").suffix(40).joined(separator: "\n") : excerpt
  Issue.record("the tests of \(suite) on \(ranks) ranks \(what):\n\(words)", sourceLocation: sourceLocation)
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
  // Both must match somewhere in the name; one stands ahead of the other.
  return "^" + (filter.map { "(?=.*(\($0)))" } ?? "") + "\(name)/"
}

/// The status with which a test program ends when its filter finds nothing.
private let noTestsFound: Int32 = 69

/// The number of tests that a rank reports to have run.
private func testCount(of job: LaunchedJob) -> Int {
  let words = (job.output + job.errorOutput).split(whereSeparator: \.isWhitespace)
  let counts = words.indices.dropFirst(2).filter { words[$0 - 1] == "with" && words[$0 - 2] == "run" }
  return counts.compactMap { Int(words[$0]) }.max() ?? 0
}

/// Prints which tests the ranks have skipped, and why; of a job that passed, nothing else is shown.
private func showSkips(of job: LaunchedJob, ranks: Int) {
  var said = Set<Substring>()
  for line in (job.output + job.errorOutput).split(separator: "\n") where line.contains(" skipped: ") {
    // Every rank prints it.
    if said.insert(line).inserted { writeToStandardError("\(line) (on \(ranks) ranks)") }
  }
}

/// What went wrong: all output of the ranks and the launcher but for the course of the tests, and the tests that a
/// rank has not ended.
func excerpt(of job: LaunchedJob) -> String {
  let lines = (job.output + job.errorOutput).split(separator: "\n")
  let telling = lines.filter { line in !courseOfTests.contains { line.hasPrefix($0) } }
  // A test's name may have spaces; what follows it has not.
  var unended: [Substring: Int] = [:]
  for line in lines {
    if let name = line.between("◇ Test ", " started.") {
      unended[name, default: 0] += 1
    } else if let name = line.between("✔ Test ", " passed after ") ?? line.between("✘ Test ", " failed after ") {
      // Where a test has arguments, the number of its cases is between.
      let plain = name.range(of: " with ", options: .backwards).map { name[..<$0.lowerBound] } ?? name
      for name in [name, plain] where unended[name] != nil {
        unended[name]! -= 1
        break
      }
    }
  }
  let notEnded = unended.filter { $0.value > 0 && !$0.key.hasPrefix("case passing ") && $0.key != "run" }
  return (telling.prefix(60) + notEnded.map { "not ended on \($0.value) ranks: \($0.key)" }.sorted())
    .joined(separator: "\n")
}

/// The beginnings of lines that a test run writes if all goes well.
private let courseOfTests = ["◇ ", "✔ ", "➜ ", "↳ Testing Library Version", "↳ Target Platform"]

extension Substring {
  /// What is between a line's beginning and the last place of an end.
  fileprivate func between(_ beginning: String, _ end: String) -> Substring? {
    guard hasPrefix(beginning), let end = range(of: end, options: .backwards) else { return nil }
    return self[index(startIndex, offsetBy: beginning.count)..<end.lowerBound]
  }
}

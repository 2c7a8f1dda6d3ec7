// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MPITesting

/// What happens to a job whose tests fail on one rank: it ends, soon, with a nonzero status, and says where.
@Suite struct FailureTests {
  /// Whether this process is one that these tests launched.
  static let isLaunched = ProcessInfo.processInfo.environment["MPI_TESTING_FAILURES"] != nil

  /// A failure: the test, words that the output must have, and whether the other ranks can't go on.
  struct Failure: CustomTestStringConvertible {
    var test: String
    var words: [String]

    var testDescription: String { test }
  }

  static let failures = [
    Failure(test: "failsOnOneRank", words: ["failsOnOneRank()", "rank 2 of 3"]),
    Failure(test: "throwsOnOneRank", words: ["throwsOnOneRank()", "rank 2 of 3", "Mishap"]),
    Failure(test: "returnsEarlyOnOneRank", words: ["returnsEarlyOnOneRank()", "rank", "took more than"]),
    Failure(
      test: "leavesTheProcessOnOneRank", words: ["leavesTheProcessOnOneRank()", "rank 2 of 3", "left the process"]),
    Failure(test: "trapsOnOneRank", words: ["trapsOnOneRank()", "rank 2 of 3", "trapped", "this is the trap"]),
    Failure(test: "deadlocks", words: ["deadlocks()", "of 3", "took more than"]),
    Failure(test: "computesForEverOnOneRank", words: ["computesForEverOnOneRank()", "took more than"]),
    Failure(test: "stopsOnRankZero", words: ["stopsOnRankZero()", "took more than"]),
    Failure(test: "stopsOnTheLastRank", words: ["stopsOnTheLastRank()", "took more than"]),
  ]

  @Test(.enabled(if: !isLaunched), arguments: failures)
  func endsTheJob(failure: Failure) async throws {
    let job = try await launchOne(failure.test, ranks: 3)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    // In what is shown of the job, and the course of the tests that pass is not.
    let excerpt = excerpt(of: job)
    for word in failure.words { #expect(excerpt.contains(word), "\(excerpt)\n\(job.output) \(job.errorOutput)") }
    #expect(!excerpt.contains("started."), "\(excerpt)")
  }

  @Test(.enabled(if: !isLaunched), arguments: [1, 2, 4])
  func passes(ranks: Int) async throws {
    let job = try await launchOne("passes", ranks: ranks)
    #expect(job.status == 0, "\(job.output) \(job.errorOutput)")
  }

  /// A rank that fails an expectation goes on with the next test, as in any test run.
  @Test(.enabled(if: !isLaunched))
  func aFailedExpectationEndsItsTestAlone() async throws {
    let job = try await launchOne("(failsOnOneRank|afterAllIsWell)", ranks: 2)
    #expect(job.status != 0)
    #expect((job.output + job.errorOutput).components(separatedBy: "afterAllIsWell() passed").count == 3)
  }

  /// A job may end before all its tests have.
  @Test(.enabled(if: !isLaunched))
  func theTestsThatDidNotEndAreNamed() async throws {
    let job = try await launchOne("deadlocks", ranks: 2)
    #expect(excerpt(of: job).contains("not ended on 2 ranks: deadlocks()"), "\(job.output) \(job.errorOutput)")
    let line = "Test \"is from 1 to 2\" with 2 test cases"
    let other = LaunchedJob(
      status: 1, output: "◇ Test \"is from 1 to 2\" started.\n✔ \(line) passed after 1 seconds.\n", errorOutput: "",
      isTimedOut: false, duration: .zero)
    #expect(excerpt(of: other) == "")
  }

  /// Alone, with no launcher, a test that waits forever ends as well.
  @Test(.enabled(if: !isLaunched))
  func aLoneProcessEndsToo() async throws {
    let job = try await launchOne("deadlocks", ranks: 0)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect((job.output + job.errorOutput).contains("took more than"))
  }

  private func launchOne(_ test: String, ranks: Int) async throws -> LaunchedJob {
    try await launchTestProgram(
      filter: "^MPITestingTests\\.Failures/\(test)\\(", ranks: ranks, environment: ["MPI_TESTING_FAILURES": "1"],
      timeLimit: .seconds(30))
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

/// Runs the tests of a suite on every rank of the job, one after the other, and never hangs.
///
/// Put it on one suite of a module, and all suites whose tests use MPI inside that one. Whatever suites have it, one
/// test runs at a time.
///
/// ```swift
/// import MPI
/// import MPITesting
/// import Testing
///
/// @Suite(.everyRank) struct OnEveryRank {
///   @Test func everyoneIsHere() throws {
///     let world = Communicator.world
///     #expect(try world.allReduce(1, .sum) == world.size)
///   }
/// }
///
/// @Test(arguments: rankCounts) func underTheLauncher(ranks: Int) async throws {
///   try await launchTests(of: OnEveryRank.self, ranks: ranks)
/// }
/// ```
///
/// Under plain `swift test` there is one rank. ``launchTests(of:ranks:timeLimit:sourceLocation:)`` runs the same tests
/// on more.
///
/// Before a test the ranks make sure that all of them are about to run the same one, and after it that all of them are
/// done with it. So when on one rank an expectation fails, a test throws, returns early, traps, leaves the process or
/// waits forever, the job ends with a nonzero status and a line that names the test and the rank.
public struct EveryRankTrait: SuiteTrait, TestTrait, TestScoping {
  /// How long one test may take.
  var timeLimit: Duration

  /// It holds for all suites and tests inside the suite.
  public var isRecursive: Bool { true }

  /// A suite and each case of a test have this trait's scope; the test around its cases needs none.
  ///
  /// - Parameters:
  ///   - test: a suite or a test.
  ///   - testCase: one case of the test; nil for a suite, and for a test around its cases.
  /// - Returns: this trait for a suite and for a case of a test; else nil.
  public func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
    test.isSuite || testCase != nil ? self : nil
  }

  /// Runs a suite's tests one after the other, and a test between two meetings of the ranks.
  ///
  /// - Parameters:
  ///   - test: a suite or a test.
  ///   - testCase: one case of the test; nil for a suite.
  ///   - function: runs the tests of the suite, or the case.
  /// - Throws: what `function` throws, for a test in an error with its rank; `MPIError` on every rank
  ///   on which MPI does not start or reports an error. If a rank does not come to the test or does not leave it,
  ///   nothing is thrown: the job ends.
  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    if test.isSuite {
      try await ParallelizationTrait.serialized.provideScope(for: test, testCase: testCase, performing: function)
    } else {
      try await Self.tests.run { try await onEveryRank(test, function) }
    }
  }

  /// Suites of several modules are in one test program, and run at the same time.
  private static let tests = Admission(limit: 1)

  private func onEveryRank(_ test: Test, _ function: @Sendable () async throws -> Void) async throws {
    let session = try Session.shared.get()
    let name = "\(test.id)"
    Watchdog.watch(name, limit: timeLimit)
    defer { Watchdog.rest() }
    try session.begin(name)

    // Every issue of the test, a thrown error too, has its rank.
    let place = session.place
    let issues = IssueHandlingTrait.compactMapIssues { issue in
      var issue = issue
      issue.comments.append(Comment(rawValue: place))
      return issue
    }
    var thrown: (any Error)? = nil
    do {
      try await issues.provideScope(for: test, testCase: nil, performing: function)
    } catch {
      thrown = error
    }
    try session.end(name, thrown)
    if let thrown { throw FailedOnRank(place: place, error: thrown) }
  }
}

/// A test's error, and the rank on which it threw.
struct FailedOnRank: Error, CustomStringConvertible {
  var place: String
  var error: any Error

  var description: String { "\(place): \(error)" }
}

extension Trait where Self == EveryRankTrait {
  /// Runs the tests of the suite on every rank of the job; each may take 60 seconds.
  public static var everyRank: Self { Self(timeLimit: .seconds(60)) }

  /// Runs the tests of the suite on every rank of the job.
  ///
  /// - Parameter timeLimit: how long one test may take. Then the job ends, with the name of the test and the rank.
  public static func everyRank(timeLimit: Duration) -> Self { Self(timeLimit: timeLimit) }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITesting
import Testing

/// MPI without a world, as seen from outside.
@Suite struct SessionTests {
  private func run(
    _ mode: String, ranks: Int, environment: [String: String] = [:]
  ) async throws -> LaunchedJob {
    try await launch(
      executable(named: "test-program"), arguments: ["session", mode], ranks: ranks, environment: environment,
      timeLimit: .seconds(40))
  }

  /// With how many ranks sessions can make communicators; 0 is without a launcher.
  private static let rankNumbers =
    switch MPIEnvironment.vendor {
    case .openMPI: [1, 2, 3, 4]
    case .mpich where MPIEnvironment.vendorVersion.major == 4 && MPIEnvironment.vendorVersion.minor == 0: [2, 3, 4]
    default: [0, 1, 2, 3, 4]
    }

  @Test(
    .enabled(if: MPIEnvironment.supports(.sessions), "this MPI has no sessions"),
    arguments: ["operations", "nested", "with-world", "asynchronous"],
    rankNumbers)
  func allIsWell(mode: String, ranks: Int) async throws {
    let job = try await run(mode, ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.errorOutput == "")
    #expect(job.output.components(separatedBy: "done, \(max(ranks, 1))").count == max(ranks, 1) + 1, "\(job.output)")
  }

  @Test(
    .enabled(if: MPIEnvironment.supports(.sessions), "this MPI has no sessions"), arguments: ["operations", "nested"])
  func allIsWellInCheckedMode(mode: String) async throws {
    let job = try await run(mode, ranks: 2, environment: ["MPI_CHECK": "1"])
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output.components(separatedBy: "done, 2").count == 3, "\(job.output)")
  }

  @Test(.enabled(if: MPIEnvironment.supports(.sessions), "this MPI has no sessions"), arguments: [2, 3, 4])
  func aThrowEndsTheJob(ranks: Int) async throws {
    let job = try await run("throws", ranks: ranks)
    #expect(job.status != 0)
    #expect(!job.isTimedOut)
    #expect(job.errorOutput.components(separatedBy: "error on rank ").count == 2, "\(job.errorOutput)")
    #expect(job.errorOutput.contains("error on rank \(ranks - 1) of \(ranks) ("), "\(job.errorOutput)")
    #expect(job.errorOutput.contains("): Mishap(what: \"thrown\")"), "\(job.errorOutput)")
  }

  @Test(.enabled(if: !MPIEnvironment.supports(.sessions), "this MPI has them"))
  func elsewhereItIsRefusedInWords() async throws {
    let job = try await run("operations", ranks: 1)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output.contains("refused: withSession: this MPI, "), "\(job.output)")
    #expect(job.output.contains("has no sessions, which came with MPI 4.0"), "\(job.output)")
  }
}

/// Whether sessions beside a world can make communicators: Open MPI needs a launcher for it.
private let canTalk =
  MPIEnvironment.supports(.sessions) && (MPIEnvironment.vendor != .openMPI || MPIEnvironment.info["command"] != nil)

extension OnEveryRank {
  /// Sessions beside a world.
  @Suite struct SessionInAWorldTests {
    let world = Communicator.world

    @Test(.enabled(if: MPIEnvironment.supports(.sessions), "this MPI has no sessions"))
    func namesAndGroups() throws {
      try withSession(threads: .multiple) { session in
        #expect(try session.processSets.contains("mpi://WORLD"))
        #expect(try session.processSets.contains("mpi://SELF"))
        let everybody = try session.group(of: "mpi://WORLD")
        #expect(everybody.size == world.size)
        #expect(everybody.rank == world.rank)
        #expect(try session.group(of: "mpi://SELF").size == 1)
        #expect(try session.info(of: "mpi://WORLD")["mpi_size"] == "\(world.size)")
        expectError(.argument, "group(of:)", naming: "mpi://WORLD") { _ = try session.group(of: "mpi://NOBODY") }
        expectError(.argument, "info(of:)") { _ = try session.info(of: "mpi://NOBODY") }
        #expect(MPIEnvironment.threadLevel == .multiple)
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test(.enabled(if: canTalk, "Open MPI makes no communicators of sessions without a launcher"))
    func communicators() throws {
      for round in 0..<2 {
        let kept = try withSession { session in
          let group = try session.group(of: "mpi://WORLD")
          let ranks = try session.communicator(from: group, tag: "round \(round)")
          #expect(ranks.rank == world.rank)
          #expect(try ranks.allGather(ranks.rank) == Array(0..<world.size))
          let first = try group.including([0])
          if world.rank == 0 {
            #expect(try session.communicator(from: first, tag: "one").size == 1)
          } else {
            expectError(.group, "communicator(from:tag:)") { _ = try session.communicator(from: first, tag: "one") }
          }
          let long = String(repeating: "x", count: 5000)
          expectError(.argument, naming: "5000 bytes") { _ = try session.communicator(from: group, tag: long) }
          return ranks.size
        }
        #expect(kept == world.size)
      }
    }

    @Test(
      .enabled(if: canTalk && Launch.current?.size ?? 1 > 1, "it takes two ranks, and an MPI whose sessions can talk"))
    func intercommunicators() throws {
      try withSession { session in
        let everybody = try session.group(of: "mpi://WORLD")
        let first = try everybody.including([0])
        let others = try everybody.excluding([0])
        let isFirst = world.rank == 0
        let (mine, theirs) = isFirst ? (first, others) : (others, first)
        let across = try session.intercommunicator(local: mine, remote: theirs, tag: "across")
        #expect(across.size == mine.size && across.remoteSize == theirs.size)
        if isFirst {
          for rank in 0..<across.remoteSize { try across.send(rank + 10, to: rank) }
        } else {
          #expect(try across.receive(Int.self, from: 0) == across.rank + 10)
        }

        expectError(.group, "intercommunicator(local:remote:tag:)", naming: "not in the group") {
          _ = try session.intercommunicator(local: theirs, remote: mine, tag: "turned")
        }
        expectError(.group, "intercommunicator(local:remote:tag:)", naming: "in common") {
          _ = try session.intercommunicator(local: everybody, remote: mine, tag: "common")
        }
        expectError(.rank, "intercommunicator(local:remote:tag:)", naming: "remote leader 7") {
          _ = try session.intercommunicator(local: mine, remote: theirs, remoteLeader: 7, tag: "leader")
        }
      }
    }

    struct Mishap: Error {}

    @Test(.enabled(if: MPIEnvironment.supports(.sessions), "this MPI has no sessions"))
    func whatTheBodyThrowsIsThrown() throws {
      #expect(throws: Mishap.self) { try withSession { _ in throw Mishap() } }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test(.enabled(if: !MPIEnvironment.supports(.sessions), "this MPI has them"))
    func elsewhereTheyAreRefused() throws {
      expectError(.notSupported, "withSession", naming: "sessions") { try withSession { _ in } }
    }
  }
}

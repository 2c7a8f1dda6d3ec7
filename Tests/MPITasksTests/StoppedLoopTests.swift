// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITesting
import Testing

/// Loops that stop when the time of the job is up.
@Suite struct StoppedLoopTests {
  private func run(
    _ mode: String..., ranks: Int, environment: [String: String] = [:]
  ) async throws -> LaunchedJob {
    let variables = ["MPI_TASKS_PROGRESS": "never", "MPI_TASKS_THREADS": "2"].merging(environment) { $1 }
    let job = try await launch(
      executable(named: "pool-program"), arguments: ["stopped loops"] + mode, ranks: ranks, environment: variables,
      timeLimit: .seconds(90))
    #expect(!job.isTimedOut, "\(job.output) \(job.errorOutput)")
    return job
  }

  static let schedules = ["static", "dynamic", "guided", "adaptive"]

  @Test("A loop stops at the limit, on all ranks, with what is left", arguments: [0, 1, 2, 3, 4], schedules)
  func limit(ranks: Int, schedule: String) async throws {
    let job = try await run("limit", schedule, ranks: ranks)
    #expect(job.status == 75, "\(job.errorOutput)")
    #expect(job.output == "stopped, and 4950\nlimit\n", "\(job.output)")
    #expect(job.errorOutput.components(separatedBy: "indices are left").count == 2, "\(job.errorOutput)")
  }

  @Test("On one thread too", arguments: ["1"])
  func serially(threads: String) async throws {
    let job = try await run("limit", ranks: 0, environment: ["MPI_TASKS_THREADS": threads])
    #expect(job.status == 75, "\(job.errorOutput)")
    #expect(job.output == "stopped, and 4950\nlimit\n", "\(job.output)")
  }

  @Test("A signal to the last rank stops a loop on all", arguments: [0, 2, 3, 4], schedules)
  func signal(ranks: Int, schedule: String) async throws {
    let job = try await run("signal", schedule, ranks: ranks)
    #expect(job.status == 75, "\(job.errorOutput)")
    #expect(job.output == "stopped, and 4950\nsignal(SIGUSR1)\n", "\(job.output)")
  }

  @Test("Each form of a loop stops", arguments: ["fold", "codable", "items"], [0, 1, 3])
  func forms(mode: String, ranks: Int) async throws {
    let job = try await run(mode, ranks: ranks)
    #expect(job.status == 75, "\(job.errorOutput)")
    #expect(job.output == "stopped, and 4950\nlimit\n", "\(job.output)")
  }

  @Test("No index begins when time is up already", arguments: [0, 1, 2, 3], schedules)
  func tooLate(ranks: Int, schedule: String) async throws {
    let job = try await run("too late", schedule, ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output == "0 100\n", "\(job.output)")
  }

  @Test("No index begins that, by its time, could not end", arguments: [0, 1, 2, 3], ["dynamic", "adaptive"])
  func longIndices(ranks: Int, schedule: String) async throws {
    let job = try await run("long indices", schedule, ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output == "in time\n", "\(job.output)")
  }

  @Test("A loop that is done in time returns its results", arguments: [0, 1, 2, 3], schedules)
  func short(ranks: Int, schedule: String) async throws {
    let job = try await run("short", schedule, ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output == "499500 10\n", "\(job.output)")
  }

  @Test("A loop that was not asked to stop does not", arguments: [0, 2])
  func notAsked(ranks: Int) async throws {
    let job = try await run("not asked", ranks: ranks)
    #expect(job.output == "all done true\n", "\(job.output) \(job.errorOutput)")
  }

  @Test("An error in a loop that may stop is thrown", arguments: [0, 2])
  func failing(ranks: Int) async throws {
    let job = try await run("failing", ranks: ranks)
    #expect(job.output == "index 3\n", "\(job.output) \(job.errorOutput)")
  }
}

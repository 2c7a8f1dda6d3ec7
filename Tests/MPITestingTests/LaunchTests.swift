// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITesting
import Testing

/// The launching of programs.
@Suite struct LaunchTests {
  @Test func runsAProgramOnEveryRank() async throws {
    let job = try await launch("/bin/sh", arguments: ["-c", "echo here; echo there >&2"], ranks: 3)
    #expect(job.status == 0)
    #expect(job.output.split(separator: "\n").filter { $0 == "here" }.count == 3)
    #expect(job.errorOutput.contains("there"))
  }

  @Test func runsAProgramAlone() async throws {
    let job = try await launch("/bin/sh", arguments: ["-c", "exit 7"], ranks: 0)
    #expect(job.status == 7)
  }

  @Test func passesEnvironmentAndFolder() async throws {
    let job = try await launch(
      "/bin/sh", arguments: ["-c", "echo $WORD; pwd"], ranks: 0, environment: ["WORD": "a b"], directory: "/")
    #expect(job.output == "a b\n/\n")
  }

  @Test func endsAProgramInTime() async throws {
    let job = try await launch("/bin/sleep", arguments: ["100"], ranks: 2, timeLimit: .seconds(1))
    #expect(job.isTimedOut)
    #expect(job.status != 0)
    #expect(job.duration < .seconds(30))
  }

  /// A rank that is stopped can't be told to end; the launcher too may be stopped, or not end when it is told to.
  @Test(arguments: [
    "if [ \"$OMPI_COMM_WORLD_RANK$PMI_RANK\" = 0 ]; then kill -STOP $$; fi; sleep 100",
    "if [ \"$OMPI_COMM_WORLD_RANK$PMI_RANK\" = 1 ]; then kill -STOP $$; fi; sleep 100",
    "trap '' TERM; kill -STOP $PPID; while :; do sleep 1; done",
    "trap '' TERM; while :; do sleep 1; done",
  ])
  func endsWhatIsStopped(script: String) async throws {
    let mark = "mark=\(UInt64.random(in: .min ... .max))"
    let job = try await launch(
      "/bin/sh", arguments: ["-c", script, mark], ranks: 2, timeLimit: .seconds(2))
    #expect(job.isTimedOut && job.status != 0)
    #expect(job.duration < .seconds(30))
    // No process of the job is left.
    let left = try await launch("/usr/bin/pgrep", arguments: ["-f", mark], ranks: 0)
    #expect(left.output == "")
  }

  @Test func errorForAProgramThatCannotBeStarted() async throws {
    await #expect(throws: LaunchError.self) { try await launch("/no/such/program", ranks: 0) }
    #expect(throws: LaunchError.self) { try executable(named: "no-such-program") }
  }
}

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

  @Test func saysWhatCannotBeStarted() async throws {
    await #expect(throws: LaunchError.self) { try await launch("/no/such/program", ranks: 0) }
    #expect(throws: LaunchError.self) { try executable(named: "no-such-program") }
  }
}

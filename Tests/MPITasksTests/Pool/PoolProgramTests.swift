import MPITesting
import Testing

/// How jobs with a pool end.
@Suite(.serialized) struct PoolProgramTests {
  private func run(_ mode: String, ranks: Int) async throws -> LaunchedJob {
    let job = try await launch(
      executable(named: "pool-program"), arguments: [mode], ranks: ranks, timeLimit: .seconds(60))
    #expect(!job.isTimedOut)
    return job
  }

  @Test("A body that throws ends the job with one message", arguments: [0, 1, 2, 4])
  func throwing(ranks: Int) async throws {
    let job = try await run("throwing", ranks: ranks)
    #expect(job.status != 0)
    #expect(job.errorOutput.split(separator: "\n").count { $0.contains("Overboard()") } == 1, "\(job.errorOutput)")
  }

  @Test("A worker that is killed ends the job, and the launcher says so", arguments: ["killed", "trapped"])
  func killed(mode: String) async throws {
    let job = try await run(mode, ranks: 3)
    #expect(job.status != 0)
    #expect((job.output + job.errorOutput).contains("ignal"), "\(job.errorOutput)")
  }

  @Test("MPI that was started for one thread is refused with what to say instead", arguments: [0, 2])
  func funneled(ranks: Int) async throws {
    let job = try await run("funneled", ranks: ranks)
    #expect(job.output.contains("withMPI(threads: .multiple)"), "\(job.output) \(job.errorOutput)")
  }

  @Test("The summary names all ranks, and lines of the log say where they come from", arguments: [0, 2, 3])
  func summary(ranks: Int) async throws {
    let job = try await run("summary", ranks: ranks)
    #expect(job.status == 0)
    let lines = job.errorOutput.split(separator: "\n")
    let count = max(1, ranks)
    let table = lines.compactMap { $0.wholeMatch(of: #/ *(\d+)  \S+ +\d+ +(\d+) .*/#) }
    #expect(table.map(\.1) == (0..<count).map { "\($0)" }, "\(job.errorOutput)")
    #expect(table.reduce(0) { $0 + Int($1.2)! } == 40)
    #expect(lines.contains { $0.hasPrefix("40 tasks in ") && $0.contains("overhead") && $0.contains("ideal end") })
    let logged = lines.filter { $0.contains("hello") }
    #expect(logged.count == 40)
    #expect(logged.allSatisfy { $0.contains("rank=") && $0.contains("host=") && $0.contains("task=") })
  }
}

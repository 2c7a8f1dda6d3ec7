import MPITesting
import Testing

/// How jobs with a pool end.
@Suite(.serialized) struct PoolProgramTests {
  private func run(_ mode: String, ranks: Int, environment: [String: String] = [:]) async throws -> LaunchedJob {
    let job = try await launch(
      executable(named: "pool-program"), arguments: [mode], ranks: ranks, environment: environment,
      timeLimit: .seconds(60))
    #expect(!job.isTimedOut)
    return job
  }

  @Test("A body that throws ends the job with one message", arguments: [0, 1, 2, 4])
  func throwing(ranks: Int) async throws {
    let job = try await run("throwing", ranks: ranks)
    #expect(job.status != 0)
    #expect(job.errorOutput.split(separator: "\n").count { $0.contains("Overboard()") } == 1, "\(job.errorOutput)")
  }

  @Test("Pools follow one another, with loops between them and after", arguments: [0, 1, 2, 3, 4])
  func twoPools(ranks: Int) async throws {
    let job = try await run("two pools", ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output == "pool 1: 20\nloop 1: 285\npool 2: 20\nloop 2: 285\n")
  }

  @Test("A task that fails at the end, not caught, ends the job in order", arguments: [0, 1, 2, 3, 4])
  func lateThrow(ranks: Int) async throws {
    let job = try await run("late throw", ranks: ranks)
    #expect(job.status != 0)
    #expect(job.errorOutput.split(separator: "\n").count { $0.contains("Overboard()") } == 1, "\(job.errorOutput)")
    #expect(!job.errorOutput.contains("MPI_ABORT"), "\(job.errorOutput)")
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

  @Test("The summary names a large argument that is sent again and again", arguments: [2, 4])
  func repeatedArgument(ranks: Int) async throws {
    let job = try await run("repeating", ranks: ranks)
    #expect(job.status == 0)
    let start = "suggestion: argument 2 of Heavy (matrix), 800.0 kB, was sent "
    let line = job.errorOutput.split(separator: "\n").first { $0.hasPrefix(start) }
    #expect(line?.hasSuffix(" times: share it (pool.share)") == true, "\(job.errorOutput)")
    let times = line.flatMap { Int($0.dropFirst(start.count).prefix { $0.isNumber }) } ?? 0
    #expect((10...60).contains(times))
  }

  @Test(
    "Loops show a bar at a terminal, and say at the end how each rank was", arguments: [0, 1, 2, 3, 4], [true, false])
  func loops(ranks: Int, isTerminal: Bool) async throws {
    let job = try await run("loops", ranks: ranks, environment: isTerminal ? ["MPI_TERMINAL_COLUMNS": "90"] : [:])
    #expect(job.status == 0)
    #expect(job.output == "71820100 4999950000\n")
    let lines = job.errorOutput.split(separator: "\n")
    let count = max(1, ranks)
    let table = lines.compactMap { $0.wholeMatch(of: #/.*? *(\d+)  \S+ +\d+ +(\d+) +([\d.]+) % .*/#) }
    #expect(table.map(\.1) == (0..<3 * count).map { "\($0 % count)" }, "\(job.errorOutput)")
    for (loop, (name, total)) in [("squares", 600), ("names", 100), ("sum", 100_000)].enumerated() {
      let ofRanks = table[loop * count..<(loop + 1) * count].compactMap { Int($0.2) }
      // A reduction counts by leaves of two indices.
      #expect((total...total + count).contains(ofRanks.reduce(0, +)), "\(name): \(ofRanks)")
      #expect(
        lines.contains {
          $0.contains("\(name): \(ofRanks.reduce(0, +)) iterations in ") && $0.contains(" after the ideal end")
        }
      )
    }
    let bars = job.errorOutput.split(separator: "\r").filter { $0.contains(" of 600 iterations, ") }
    #expect(bars.isEmpty != isTerminal, "\(job.errorOutput)")
    if isTerminal { #expect(bars.allSatisfy { $0.contains(" % [") && $0.contains(" busy") && $0.contains(" left") }) }
  }

  @Test("The environment silences loops")
  func silentLoops() async throws {
    let job = try await run(
      "loops", ranks: 2, environment: ["MPI_TASKS_PROGRESS": "never", "MPI_TERMINAL_COLUMNS": "90"])
    #expect(job.status == 0 && !job.errorOutput.contains("iteration"), "\(job.errorOutput)")
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

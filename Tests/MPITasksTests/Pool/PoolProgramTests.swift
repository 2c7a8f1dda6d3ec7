// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Testing

/// How jobs with a pool end.
@Suite struct PoolProgramTests {
  private func run(
    _ mode: String..., ranks: Int, environment: [String: String] = [:], alone: Bool = false
  ) async throws -> LaunchedJob {
    let job = try await launch(
      executable(named: "pool-program"), arguments: mode, ranks: ranks, environment: environment, alone: alone,
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

  @Test("A value of an environment variable that is none is warned of once", arguments: [0, 3])
  func oddVariables(ranks: Int) async throws {
    let job = try await run(
      "loops", ranks: ranks,
      environment: ["MPI_TASKS_PROGRESS": "bogus", "MPI_TASKS_THREADS": "none", "MPI_TERMINAL_COLUMNS": "wide"])
    #expect(job.status == 0)
    for name in ["MPI_TASKS_PROGRESS is 'bogus'", "MPI_TASKS_THREADS is 'none'", "MPI_TERMINAL_COLUMNS is 'wide'"] {
      let count = job.errorOutput.split(separator: "\n").count { $0.hasPrefix("warning: " + name) }
      #expect(count == 1, "\(job.errorOutput)")
    }
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
    for bar in bars {
      #expect(bar.contains(" % [") && bar.contains(" busy"), "\(bar)")
      // Before the first iteration nothing is known.
      #expect(bar.contains(" left") || bar.contains(" 0 of 600 iterations"), "\(bar)")
    }
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

  @Test("Pools that are over before their workers come end, and leave nothing for the next", arguments: [1, 2, 3, 4])
  func sharing(ranks: Int) async throws {
    let job = try await run("sharing", "30", ranks: ranks)
    #expect(job.status == 0 && job.output == "30 pools\n", "\(job.output) \(job.errorOutput)")
  }

  @Test(
    "Tasks that sleep take no more rounds than they must, from the first call on",
    arguments: [(4, 4, 1), (8, 4, 2), (6, 4, 2), (4, 2, 2), (3, 3, 1), (1, 4, 1)])
  func rounds(tasks: Int, ranks: Int, rounds: Int) async throws {
    let job = try await run("rounds", "\(tasks)", "800", ranks: ranks, alone: true)
    let times = job.output.split(separator: "\n").compactMap { Int($0) }
    #expect(times.count == 2)
    for time in times { #expect((800 * rounds..<800 * rounds + 700).contains(time), "\(times) \(job.errorOutput)") }
  }

  @Test(
    "A task that takes far longer than those before keeps none behind it", arguments: [(2, 1), (4, 1), (1, 4), (2, 2)])
  func mistaken(ranks: Int, threads: Int) async throws {
    let job = try await run("mistaken", "400", "16", "\(threads)", ranks: ranks, alone: true)
    let time = Int(job.output.split(separator: "\n").first ?? "") ?? 0
    // The longest takes 1500, and the others together as long.
    #expect((1500..<2050).contains(time), "\(job.output) \(job.errorOutput)")
  }

  @Test("Every task has one result, whatever is canceled and taken back", arguments: [1, 2, 3, 4])
  func mixed(ranks: Int) async throws {
    let job = try await run("mixed", "4", ranks: ranks)
    #expect(job.status == 0 && job.output == "4 rounds\n", "\(job.output) \(job.errorOutput)")
  }

  @Test(
    "What needs all ranks is refused where the others aren't, on one rank as on several",
    arguments: ["pool-in-body", "loop-in-body", "in-task"], [1, 2, 3])
  func nested(what: String, ranks: Int) async throws {
    let job = try await run("nested", what, ranks: ranks)
    let lines = job.output.split(separator: "\n")
    #expect(job.status == 0 && lines.last == "after: 45 1", "\(job.output) \(job.errorOutput)")
    let count = ["pool-in-body": 3, "loop-in-body": 4, "in-task": 40][what]!
    #expect(lines.count { $0.contains(" inside ") && $0.contains("; ") } == count, "\(job.output)")
    #expect(!job.output.contains("nothing is wrong"))
  }

  @Test(
    "A collective call is refused on a communicator on which a pool or loop runs, on one rank as on several",
    arguments: [("body", "withTaskPool", 8), ("task", "withTaskPool", 20), ("loop", "a loop", 20)], [1, 2, 3])
  func collective(place: (name: String, what: String, count: Int), ranks: Int) async throws {
    let job = try await run("nested", "collective-in-\(place.name)", ranks: ranks)
    let lines = job.output.split(separator: "\n")
    #expect(job.status == 0 && lines.last == "after: 45 1", "\(job.output) \(job.errorOutput)")
    let words = "it can't be called on a communicator on which \(place.what) runs: "
    #expect(lines.count { $0.contains(words) } == place.count, "\(job.output)")
  }

  @Test("A loop in `prepare` is refused, too", arguments: [1, 2])
  func nestedInPrepare(ranks: Int) async throws {
    let job = try await run("nested", "in-prepare", ranks: ranks)
    #expect(job.output.contains("a loop can't be begun inside `prepare` of a pool"), "\(job.output)")
    #expect(job.status == 0 && job.output.contains("after: 45 1"), "\(job.errorOutput)")
  }

  @Test("A number of threads that can't be is an error in words", arguments: ["100000", "0", "-3"])
  func threads(count: String) async throws {
    let job = try await run("threads", count, ranks: 2)
    #expect(job.status != 0)
    #expect(job.errorOutput.contains("threads is \(count), and must be from 1 to 4096"), "\(job.errorOutput)")
    #expect(!job.errorOutput.contains("rip "))
  }

  @Test("Where the system has fewer threads to give, a pool runs on fewer, and says so")
  func fewThreads() async throws {
    let program = try executable(named: "pool-program")
    let job = try await launch(
      "/bin/bash", arguments: ["-c", "ulimit -v 6000000 && exec \(program) threads 4000"], ranks: 2,
      timeLimit: .seconds(60))
    #expect(job.status == 0 && job.output == "500\n", "\(job.output) \(job.errorOutput)")
    #expect(job.errorOutput.contains("threads run tasks and not 4000: no thread could be started"))
  }

  @Test(
    "Where memory can't be shared, each rank gets a copy, and a warning says so",
    .enabled(if: canMount), arguments: ["size=64k", "size=1m", "size=64k,ro"], [2, 4])
  func littleSharedMemory(options: String, ranks: Int) async throws {
    let program = try executable(named: "pool-program")
    let launcher = ProcessInfo.processInfo.environment["MPIEXEC"] ?? "mpiexec"
    let script = """
      mount -t tmpfs -o \(options) tmpfs /dev/shm && exec \(launcher) -n \(ranks) \(program) sharing-array
      """
    let job = try await launch(
      "/usr/bin/unshare", arguments: ["-m", "bash", "-c", script], ranks: 0, timeLimit: .seconds(60))
    guard MPIEnvironment.vendor == .openMPI else {
      // MPICH 5.0.2 itself can't start there.
      let isNamed = job.errorOutput.contains("/dev/shm") || job.errorOutput.contains("Fatal error in")
      #expect(job.status != 0 && !job.isTimedOut && isNamed, "\(job.errorOutput)")
      return
    }
    #expect(job.status == 0 && job.output == "499500000.0\n", "\(job.output) \(job.errorOutput)")
    #expect(job.errorOutput.contains("can't share memory"), "\(job.errorOutput)")
  }

  /// Whether this process may mount file systems, in a namespace of its own.
  private static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = ["-m", "true"]
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  @Test("A rank that is bound to fewer cores than are its share is warned of at the start, once")
  func boundRank() async throws {
    guard ProcessInfo.processInfo.activeProcessorCount > 1 else { return }
    let program = try executable(named: "pool-program")
    let job = try await launch(
      "/usr/bin/taskset", arguments: ["-c", "0", program, "nested", "pool-in-body"], ranks: 1, timeLimit: .seconds(60))
    let start = "warning: each rank is bound to 1 core of "
    #expect(job.errorOutput.split(separator: "\n").count { $0.hasPrefix(start) } == 1, "\(job.errorOutput)")
  }
}

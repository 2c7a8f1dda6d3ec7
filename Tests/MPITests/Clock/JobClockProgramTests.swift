// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Testing

/// Programs that stop in time, as their launcher and their user see them.
@Suite struct JobClockProgramTests {
  private func run(
    _ mode: String..., ranks: Int, environment: [String: String] = [:], timeLimit: Duration = .seconds(90)
  ) async throws -> LaunchedJob {
    let job = try await launch(
      executable(named: "test-program"), arguments: ["clock"] + mode, ranks: ranks, environment: environment,
      timeLimit: timeLimit)
    #expect(!job.isTimedOut, "\(job.output) \(job.errorOutput)")
    return job
  }

  /// How often a text stands in a job's output.
  private func count(_ text: String, _ job: LaunchedJob) -> Int {
    (job.output + job.errorOutput).components(separatedBy: text).count - 1
  }

  @Test("An error that says that time is up ends the job with status 75 and one line", arguments: [0, 1, 2, 4])
  func status(ranks: Int) async throws {
    for mode in ["throwing", "ending"] {
      let job = try await run(mode, ranks: ranks)
      #expect(job.status == 75, "\(job.errorOutput)")
      #expect(count("run it again (status 75)", job) == 1, "\(job.errorOutput)")
      #expect(count("error on rank", job) == 0, "\(job.errorOutput)")
    }
  }

  @Test("Ranks that are at work when one ends in time come to their ends", arguments: [2, 4])
  func oneThrows(ranks: Int) async throws {
    let job = try await run("one throws", ranks: ranks)
    #expect(job.status == 75, "\(job.errorOutput)")
    #expect(count("saved", job) == ranks - 1, "\(job.output) \(job.errorOutput)")
    #expect(count("3 steps are left", job) == 1)
  }

  @Test("Ranks that wait for one that has ended in time are ended at the end of the time", arguments: [2, 3])
  func othersWait(ranks: Int) async throws {
    let job = try await run("one throws, others wait", ranks: ranks)
    #expect(job.status == 75, "\(job.errorOutput)")
    #expect(count("3 steps are left", job) == 1)
  }

  @Test("An error of another rank is reported, too")
  func both() async throws {
    let job = try await run("both", ranks: 2)
    #expect(job.status != 0)
    #expect(count("Trouble()", job) == 1, "\(job.errorOutput)")
  }

  @Test("20,000 questions have the same answer on all ranks, late ones too", arguments: [1, 2, 3, 4])
  func many(ranks: Int) async throws {
    let job = try await run("many", ranks: ranks)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output == "the same once\nin time\n", "\(job.output)")
  }

  @Test("A signal to one rank stops all at the same step", arguments: ["USR1", "USR2", "XCPU", "TERM"])
  func signalToOne(name: String) async throws {
    let job = try await run("steps", name, ranks: 3)
    #expect(job.status == 75, "\(job.errorOutput)")
    #expect(job.output == "the same call\n", "\(job.output)")
    #expect(count("(SIG\(name))", job) == 1, "\(job.errorOutput)")
  }

  @Test("A time limit of the environment stops all at the same step", arguments: [0, 1, 2, 3, 4])
  func variable(ranks: Int) async throws {
    let job = try await run("steps", ranks: ranks, environment: ["MPI_TASKS_TIME_LIMIT": "3s"])
    #expect(job.status == 75, "\(job.errorOutput)")
    #expect(job.output == "the same call\n", "\(job.output)")
    #expect(count("the time of this job is up", job) == 1, "\(job.errorOutput)")
    #expect(count("7 steps are left", job) == 1, "\(job.errorOutput)")
  }

  @Test("A value that is none is warned of once, with what can be written", arguments: [0, 3])
  func oddVariable(ranks: Int) async throws {
    let job = try await run("left", "0", ranks: ranks, environment: ["MPI_TASKS_TIME_LIMIT": "soon"])
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(count("warning: MPI_TASKS_TIME_LIMIT is 'soon', and is ignored: it can be seconds (3600)", job) == 1)
    #expect(count("not known false", job) == max(1, ranks), "\(job.output)")
  }

  @Test("SIGUSR1 to the launcher stops all ranks", arguments: [1, 2, 3])
  func signalToLauncher(ranks: Int) async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("clock-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    async let job = run("steps", ranks: ranks, environment: ["CLOCK_TEST_FILE": file])
    var processes: [Int32] = []
    // Jobs of other tests may come first.
    for _ in 0..<30_000 where processes.isEmpty {
      try await Task.sleep(for: .milliseconds(20))
      let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
      processes = text.split(separator: " ").compactMap { Int32($0) }
    }
    #expect(processes.count == ranks + 1)
    // MPICH has a process between the launcher and the ranks.
    if let parent = processes.last { kill(launcher(above: parent), SIGUSR1) }
    let ended = try await job
    #expect(ended.status == 75, "\(ended.errorOutput)")
    #expect(ended.output == "the same call\n", "\(ended.output)")
    #expect(count("(SIGUSR1)", ended) == 1, "\(ended.errorOutput)")
  }

  private func launcher(above process: Int32) -> Int32 {
    func field(_ name: String, _ process: Int32) -> String? {
      let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
      return text.split(separator: "\n").first { $0.hasPrefix(name + ":") }.map {
        $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
      }
    }
    guard field("Name", process)?.hasPrefix("hydra_pmi_proxy") == true, let parent = field("PPid", process) else {
      return process
    }
    return Int32(parent) ?? process
  }

  @Test("SIGTERM that comes again ends the process")
  func twice() async throws {
    let job = try await run("second", ranks: 0)
    #expect(job.status == 128 + SIGTERM, "\(job.output)")
    #expect(count("twice in a moment is once", job) == 1)
    #expect(count("still here", job) == 0)
  }

  @Test("A program's own handler stays") func own() async throws {
    #expect(try await run("own", ranks: 0).output == "false\n")
  }

  @Test("A signal that is not in the set does not count") func without() async throws {
    #expect(try await run("without", ranks: 0).output == "false\nfalse\nfalse\ntrue\n")
  }

  @Test("What waits for the end of the time is woken", arguments: ["", "USR1", "TERM"])
  func waiters(name: String) async throws {
    let job = name.isEmpty ? try await run("waiter", ranks: 0) : try await run("waiter", name, ranks: 0)
    #expect(job.output == "true\ntrue\n", "\(job.output) \(job.errorOutput)")
  }

  // MARK: Batch systems

  /// A folder with commands that print what they are told, as the first in PATH.
  private func commands(_ scripts: [String: String]) throws -> (path: String, folder: String) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("commands-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, text) in scripts {
      try "#!/bin/sh\n\(text)\n".write(toFile: "\(folder)/\(name).text", atomically: true, encoding: .utf8)
      // By another process: jobs that other tests launch at this moment would inherit the file while it is written,
      // and a file that is open for writing can't be run.
      let copy = Process()
      copy.executableURL = URL(fileURLWithPath: "/bin/sh")
      copy.arguments = ["-c", "cp \"$0.text\" \"$0\" && chmod +x \"$0\"", "\(folder)/\(name)"]
      try copy.run()
      copy.waitUntilExit()
    }
    return ("\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")", folder)
  }

  /// Whether a job has printed for each rank that so much is left, but for what the test has taken.
  private func expect(_ job: LaunchedJob, seconds: ClosedRange<Int>, ranks: Int) {
    #expect(job.status == 0, "\(job.errorOutput)")
    let left = job.output.split(separator: "\n").compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
    #expect(left.count == max(1, ranks) && left.allSatisfy { seconds.contains($0) }, "\(job.output) \(job.errorOutput)")
  }

  @Test("Slurm's command is asked by one rank, and all know it", arguments: [0, 1, 3])
  func slurm(ranks: Int) async throws {
    let (path, folder) = try commands([
      "scontrol": "echo asked >>\"$COUNT\"; sleep 0.3; echo slurm_load_jobs error >&2; exit 1",
      "squeue": "[ \"$*\" = '-h -j 4711 -o %L' ] && echo 1-00:00:00",
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let job = try await run(
      "left", "30", ranks: ranks,
      environment: ["CLOCK_TEST_PATH": path, "CLOCK_TEST_SLURM_JOB_ID": "4711", "COUNT": "\(folder)/count"])
    expect(job, seconds: 86_000...86_400, ranks: ranks)
    let asked = try String(contentsOfFile: "\(folder)/count", encoding: .utf8)
    #expect(asked == "asked\n")
  }

  @Test func slurmsEnvironment() async throws {
    let end = Int(Date().timeIntervalSince1970) + 5000
    let job = try await run(
      "left", "0", ranks: 2,
      environment: ["CLOCK_TEST_SLURM_JOB_ID": "4711", "CLOCK_TEST_SLURM_JOB_END_TIME": "\(end)"])
    expect(job, seconds: 4800...5000, ranks: 2)
  }

  @Test func otherBatchSystems() async throws {
    let (path, folder) = try commands([
      "bjobs": "[ \"$1\" = -noheader ] && echo '1:30 L'",
      "qstat": "echo '    Walltime.Remaining = 3587'",
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let lsf = try await run(
      "left", "30", ranks: 2, environment: ["CLOCK_TEST_PATH": path, "CLOCK_TEST_LSB_JOBID": "5"])
    expect(lsf, seconds: 5300...5400, ranks: 2)
    let pbs = try await run(
      "left", "30", ranks: 2, environment: ["CLOCK_TEST_PATH": path, "CLOCK_TEST_PBS_JOBID": "5.server"])
    expect(pbs, seconds: 3400...3587, ranks: 2)
  }

  @Test("A command that hangs stalls nothing, and is gone when the job has ended", arguments: [0, 2])
  func hanging(ranks: Int) async throws {
    let mark = "\(3_000_000 + UInt32.random(in: 0...999_999))"
    let (path, folder) = try commands(["scontrol": "exec sleep \(mark)"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let job = try await run(
      "left", "0", ranks: ranks, environment: ["CLOCK_TEST_PATH": path, "CLOCK_TEST_SLURM_JOB_ID": "4711"])
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(count("not known false", job) == max(1, ranks), "\(job.output)")
    #expect(!isRunning("sleep\0\(mark)"))
  }

  @Test("Commands that fail are named in a warning, with what to do instead")
  func failing() async throws {
    let (path, folder) = try commands(["scontrol": "exec sleep 300", "squeue": "exit 1"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let job = try await run(
      "left", "8", ranks: 2, environment: ["CLOCK_TEST_PATH": path, "CLOCK_TEST_SLURM_JOB_ID": "4711"])
    #expect(job.status == 0, "\(job.errorOutput)")
    let line = "the end of this job of Slurm is not known (scontrol has not answered within 5.0 s; squeue failed)"
    #expect(count("warning: \(line): set MPI_TASKS_TIME_LIMIT", job) == 1, "\(job.errorOutput)")
  }

  /// Whether a process has this in its command line.
  private func isRunning(_ text: String) -> Bool {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.contains { process in
      let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
      return Int(process) != nil && String(decoding: line, as: UTF8.self).contains(text)
    }
  }
}

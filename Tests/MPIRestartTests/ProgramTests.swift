// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

/// The program, with jobs of two ranks on this machine.
@Suite struct ProgramTests {
  /// What every program of these tests begins with: its rank, the number of this run, and the number of the process above
  /// it of a name.
  private static let preamble = """
    #!/bin/bash
    rank=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}
    cd "$(dirname "$0")"
    run=$(($(cat "runs.$rank" 2>/dev/null || echo 0) + 1))
    echo $run >"runs.$rank"
    above() {
      local p=$PPID
      until [[ $(<"/proc/$p/comm") == $1* ]]; do p=$(sed 's/.*) //' "/proc/$p/stat" | cut -d ' ' -f 2); done
      echo $p
    }

    """

  /// Runs a job of two ranks, of a program for bash, in a folder that has to be empty of temporary files afterwards.
  private func run(
    _ options: String..., program: String, launcher: [String] = [], environment: [String: String] = [:],
    check: (LaunchedJob, (String) -> String) throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/restart-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder + "/tmp", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await write(Self.preamble + program, to: folder + "/program")
    let mpiexec = ProcessInfo.processInfo.environment["MPIEXEC"] ?? "mpiexec"
    let command = launcher.isEmpty ? [mpiexec, "-n", "2"] : launcher
    let words = ["--wait", "0.1", "--run-again", "always"] + options + command + [folder + "/program"]
    let job = try await launch(
      executable(named: "mpi-restart"), arguments: words, ranks: 0,
      environment: ["FOLDER": folder, "TMPDIR": folder + "/tmp"].merging(environment) { $1 }, timeLimit: .seconds(120))
    #expect(!job.isTimedOut, "\(job.errorOutput)")
    try check(job) { name in (try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)) ?? "" }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder + "/tmp").filter { $0.contains("restart") }
    #expect(left == [])
  }

  /// Writes a program. Another process does it: a program that this process starts at the same moment could inherit the
  /// file that is being written, which can't be run then ("text file busy").
  private func write(_ text: String, to path: String) async throws {
    try text.write(toFile: path + ".text", atomically: true, encoding: .utf8)
    let copy = "cp '\(path).text' '\(path)' && chmod +x '\(path)'"
    #expect(try await launch("/bin/sh", arguments: ["-c", copy], ranks: 0).status == 0)
  }

  @Test("A rank that is killed starts the job again, and its end is the job's")
  func killedRank() async throws {
    let program =
      "if [[ $rank$run == 11 ]]; then until [[ -s runs.0 ]]; do sleep 0.1; done; kill -KILL $$; fi; sleep 1; echo done $rank"
    try await run(program: program) { job, file in
      #expect(job.status == 0, "\(job.errorOutput)")
      #expect(job.output.contains("done 0") && job.output.contains("done 1"))
      #expect(job.errorOutput.contains("mpi-restart: run 1 lost "), "\(job.errorOutput)")
      #expect(job.errorOutput.contains("signal 9 (Killed)"))
      #expect(job.errorOutput.contains("mpi-restart: starting run 2 (restart 1 of 10)"))
      #expect(job.errorOutput.contains("mpi-restart: run 2 is complete, after 1 restart"))
      #expect(file("runs.0") == "2\n" && file("runs.1") == "2\n")
    }
  }

  @Test("The same thing again and again is given up, with a summary")
  func givenUp() async throws {
    try await run("--same", "2", program: "if [[ $rank == 1 ]]; then kill -SEGV $$; fi; sleep 5") { job, file in
      #expect(job.status != 0 && job.status != 75)
      #expect(job.errorOutput.contains("giving up, because the same thing happened 2 times:"), "\(job.errorOutput)")
      #expect(job.errorOutput.contains("mpi-restart:   run 2 lost "))
      #expect(file("runs.1") == "2\n")
    }
  }

  @Test("With no restarts a lost rank ends the job")
  func noRestarts() async throws {
    try await run("-N", "0", program: "if [[ $rank == 1 ]]; then kill -KILL $$; fi; sleep 5") { job, file in
      #expect(job.status != 0)
      #expect(job.errorOutput.contains("giving up, because it was restarted 0 times"), "\(job.errorOutput)")
      #expect(file("runs.1") == "1\n")
    }
  }

  @Test("A program that fails by itself is not started again, unless its status is named")
  func failure() async throws {
    let program = "if [[ $rank$run == 11 ]]; then exit 3; fi; sleep 1"
    try await run(program: program) { job, file in
      #expect(job.status == 3)
      #expect(!job.errorOutput.contains("starting run"), "\(job.errorOutput)")
      #expect(file("runs.1") == "1\n")
    }
    try await run("--restart-on", "2,3", program: program) { job, file in
      #expect(job.status == 0)
      #expect(job.errorOutput.contains("mpi-restart: run 1 failed with status 3"), "\(job.errorOutput)")
      #expect(file("runs.1") == "2\n")
    }
  }

  @Test("A launcher that is killed starts the job again, and nothing of the first run is left")
  func killedLauncher() async throws {
    let program = """
      if [[ $run == 1 ]]; then
        echo $$ >"process.$rank"
        if [[ $rank == 1 ]]; then until [[ -s process.0 ]]; do sleep 0.1; done; kill -KILL "$(above mpiexec)"; fi
        trap '' TERM HUP INT
        for i in {1..100}; do sleep 1; done
      fi
      for file in process.*; do if kill -0 "$(<$file)" 2>/dev/null && ! grep -q 'State:.Z' "/proc/$(<$file)/status"; then
        echo "left over"
      fi; done
      """
    try await run(program: program) { job, _ in
      #expect(job.status == 0)
      #expect(
        job.errorOutput.contains("mpi-restart: run 1 lost its launcher to signal 9 (Killed)"), "\(job.errorOutput)")
      #expect(!job.output.contains("left over"))
    }
  }

  @Test("Status 75 starts the job again, and is no restart after a loss")
  func runAgain() async throws {
    let program = "if [[ $run -le 3 ]]; then exit 75; fi"
    try await run("--progress", "0", "--restarts", "1", program: program) { job, file in
      #expect(job.status == 0)
      #expect(job.errorOutput.contains("ended with status 75 (run me again)"), "\(job.errorOutput)")
      #expect(file("runs.0") == "4\n")
    }
    try await run("--progress", "3600", program: "exit 75") { job, file in
      #expect(job.status == 75)
      #expect(job.errorOutput.contains("giving up, because the same thing happened 3 times"), "\(job.errorOutput)")
      #expect(file("runs.0") == "3\n")
    }
    try await run("--run-again", "auto", program: "exit 75", environment: ["SLURM_JOB_ID": "7"]) { job, file in
      #expect(job.status == 75)
      #expect(job.errorOutput.contains("the batch system is to do that"), "\(job.errorOutput)")
      #expect(file("runs.0") == "1\n")
    }
  }

  @Test("Ctrl-C and SIGTERM end the job, and no run follows", arguments: ["INT", "TERM", "HUP"])
  func interrupted(signal: String) async throws {
    let program = """
      if [[ $rank == 1 ]]; then kill -\(signal) "$(above mpi-restart)"; fi
      sleep 60; echo done
      """
    try await run(program: program) { job, file in
      #expect(job.status == 128 + ["INT": 2, "TERM": 15, "HUP": 1][signal]!, "\(job.errorOutput)")
      #expect(!job.output.contains("done"))
      #expect(!job.errorOutput.contains("starting run"), "\(job.errorOutput)")
      #expect(file("runs.1") == "1\n")
    }
  }

  @Test("A notice reaches the ranks, and status 75 after it is left to the batch system")
  func notice() async throws {
    let program = """
      trap 'exit 75' USR1
      touch "ready.$rank"
      if [[ $rank == 1 ]]; then until [[ -e ready.0 ]]; do sleep 0.1; done; kill -USR1 "$(above mpi-restart)"; fi
      for i in {1..600}; do sleep 0.1; done
      """
    try await run(program: program) { job, file in
      #expect(job.status == 75, "\(job.errorOutput)")
      #expect(file("runs.1") == "1\n")
    }
  }

  // MARK: - Hosts

  /// A launcher that hangs when host b is cut off, as Open MPI does, and a remote shell of a script.
  private static let hosts = """
    case $1 in
      --version) echo 'mpiexec (OpenRTE) 4.1.4'; exit ;;
    esac
    echo "$*" >>"$FOLDER/commands"
    if [[ -n $NO_CUT ]]; then sleep 3; exit 0; fi
    if [[ ! -e $FOLDER/cut.b ]]; then
      trap '' TERM
      (setsid sleep 600 & echo $! >"$FOLDER/orphan") >/dev/null 2>&1
      sleep 1
      touch "$FOLDER/cut.b"
      for i in {1..600}; do sleep 0.1; done
    fi
    if grep -q 'State:.[RSD]' "/proc/$(<"$FOLDER/orphan")/status" 2>/dev/null; then echo 'left over'; fi
    """
  private static let shell = """
    echo "$1" >>"$FOLDER/probed"
    if [[ -e $FOLDER/cut.$1 ]]; then exit 255; fi
    shift
    exec sh -c "$*"
    """

  private func runOnHosts(
    _ options: String..., environment: [String: String] = [:],
    check: (LaunchedJob, (String) -> String) throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/restart-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await write("#!/bin/bash\n" + Self.hosts, to: folder + "/mpiexec")
    try await write("#!/bin/bash\n" + Self.shell, to: folder + "/shell")
    let words =
      ["--wait", "0.1", "--probe-every", "0.3", "--remote-shell", folder + "/shell"] + options + [
        folder + "/mpiexec", "-n", "4", "--host", "a:2,b:2", "./p",
      ]
    let job = try await launch(
      executable(named: "mpi-restart"), arguments: words, ranks: 0,
      environment: ["FOLDER": folder].merging(environment) { $1 }, timeLimit: .seconds(120))
    #expect(!job.isTimedOut, "\(job.errorOutput)")
    try check(job) { name in (try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)) ?? "" }
  }

  @Test("A host that is cut off while the launcher hangs is left out, and what is left of the run is ended")
  func cutHost() async throws {
    try await runOnHosts { job, file in
      #expect(job.status == 0, "\(job.errorOutput)")
      #expect(job.errorOutput.contains("b does not answer, 3 times in a row"), "\(job.errorOutput)")
      #expect(job.errorOutput.contains("leaving out b; a is left, for 2 ranks in place of 4"), "\(job.errorOutput)")
      #expect(file("commands") == "-n 4 --host a:2,b:2 ./p\n-n 2 --host a:2 ./p\n")
      #expect(!job.output.contains("left over"))
    }
    try await runOnHosts("--keep-ranks") { job, file in
      #expect(job.status == 0, "\(job.errorOutput)")
      #expect(file("commands") == "-n 4 --host a:2,b:2 ./p\n-n 4 --host a:2 ./p\n")
    }
  }

  @Test("A healthy job that prints nothing is left alone, however often its hosts are probed")
  func silentJob() async throws {
    try await runOnHosts(environment: ["NO_CUT": "1"]) { job, file in
      #expect(job.status == 0 && job.errorOutput.isEmpty, "\(job.errorOutput)")
      #expect(file("commands") == "-n 4 --host a:2,b:2 ./p\n")
      #expect(file("probed").split(separator: "\n").count > 4)
    }
  }

  @Test("A remote shell that does not work is reported once, and costs the job nothing")
  func uselessShell() async throws {
    try await runOnHosts("--remote-shell", "/no/such/shell", environment: ["NO_CUT": "1"]) { job, _ in
      #expect(job.status == 0)
      #expect(job.errorOutput.split(separator: "\n").count == 1, "\(job.errorOutput)")
      #expect(job.errorOutput.contains("a and b do not answer to '/no/such/shell'"), "\(job.errorOutput)")
    }
  }

  // MARK: - Input and arguments

  @Test("Standard input that is a file is read from its beginning by each run")
  func input() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/restart-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await write("first\nsecond\n", to: folder + "/input")
    let program = "cd \(folder); read line; echo $line >>lines; [ -e again ] || { touch again; kill -KILL $$; }"
    let command = "exec \(try executable(named: "mpi-restart")) --wait 0 sh -c '\(program)' <\(folder)/input"
    let job = try await launch("/bin/sh", arguments: ["-c", command], ranks: 0)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(try String(contentsOfFile: folder + "/lines", encoding: .utf8) == "first\nfirst\n")
  }

  @Test(
    "Wrong arguments are refused",
    arguments: [
      ([], 64, "it wants a launcher"), (["--no-such-option"], 64, "unknown option '--no-such-option'"),
      (["--restarts", "-1", "x"], 64, "--restarts"), (["--same", "0", "x"], 64, "--same wants a number from 1"),
      (["--probe-timeout", "0", "x"], 64, "--probe-timeout wants seconds from 0.1"),
      (["--restart-on", "1,75", "x"], 64, "'75' is none"), (["--run-again", "often", "x"], 64, "often"),
      (["--hostfile", "/no/such/file", "mpiexec", "x"], 66, "can't be read"),
      (["--hostfile", "/dev/null", "sh", "x"], 64, "--hostfile is for Open MPI's and MPICH's mpiexec"),
      (["/no/such/launcher", "-n", "2"], 127, "can't run '/no/such/launcher': No such file or directory"),
    ] as [([String], Int32, String)])
  func arguments(words: [String], status: Int32, text: String) async throws {
    let job = try await launch(executable(named: "mpi-restart"), arguments: words, ranks: 0)
    #expect(job.status == status, "\(job.errorOutput)")
    #expect(job.errorOutput.contains(text), "\(job.errorOutput)")
  }

  @Test("The help lists the options", arguments: ["--help", "-h"])
  func help(option: String) async throws {
    let job = try await launch(executable(named: "mpi-restart"), arguments: [option], ranks: 0)
    #expect(job.status == 0 && job.errorOutput.isEmpty)
    for name in ["--restarts", "--same", "--hostfile", "--keep-ranks", "--remote-shell"] {
      #expect(job.output.contains(name))
    }
  }
}

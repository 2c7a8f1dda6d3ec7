// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIRestart
import Testing

/// Which end of a run counts as what.
@Suite struct RunEndTests {
  private func end(_ launcher: ProcessEnd, _ lines: String..., change: (inout RunFacts) -> Void = { _ in }) -> RunEnd {
    var facts = RunFacts(launcher: launcher)
    for line in lines.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false) {
      facts.report.read(line: String(line))
    }
    change(&facts)
    return facts.end
  }

  @Test("Statuses are what the program meant by them")
  func statuses() {
    #expect(end(.status(0)) == .complete)
    #expect(end(.status(75)) == .runAgain)
    #expect(end(.status(1)) == .failed(status: 1))
    #expect(end(.status(3)) == .failed(status: 3))
    #expect(end(.status(127)) == .failed(status: 127))
    #expect(end(.status(255)) == .failed(status: 255))
  }

  @Test("A signal's status is a lost rank")
  func signalStatuses() {
    #expect(end(.status(137)) == .lostRank(signal: 9, rank: nil, host: nil))
    #expect(end(.status(133)) == .lostRank(signal: 5, rank: nil, host: nil))
    #expect(end(.status(128)) == .failed(status: 128))
    #expect(end(.status(200)) == .failed(status: 200))
  }

  @Test("A program that can't be started is no lost rank, whatever the status looks like")
  func startFailure() {
    let text = "mpiexec was unable to start the specified application as it encountered an"
    #expect(end(.status(131), text) == .failed(status: 131))
  }

  @Test("A launcher that is killed is lost")
  func launcher() {
    #expect(end(.signal(9)) == .lostLauncher(signal: 9))
    #expect(end(.signal(15)) { $0.interruption = 15 } == .interrupted(signal: 15))
  }

  @Test("Open MPI 4 names the rank and the host")
  func openMPI() {
    let rank = "mpiexec noticed that process rank 1 with PID 0 on node node2 exited on signal 9 (Killed)."
    #expect(end(.status(137), rank) == .lostRank(signal: 9, rank: 1, host: "node2"))
    let host = """
      ORTE has lost communication with a remote daemon.

        HNP daemon   : [[63548,0],0] on node head
        Remote daemon: [[63548,0],3] on node node3
      """
    #expect(end(.status(205), host) == .lostHosts(["node3"]))
    #expect(end(.status(0), host) == .lostHosts(["node3"]), "a launcher may end with 0 all the same")
    #expect(end(.status(1), host) == .lostHosts(["node3"]), "another rank's own error follows from it")
    #expect(end(.status(1), "An ORTE daemon has unexpectedly failed after launch and before") == .lostHosts([]))
  }

  @Test("Open MPI 5 names the rank and the host")
  func openMPI5() {
    let rank = "prterun noticed that process rank 3 with PID 4711 on node n7 exited on\nsignal 11 (Segmentation fault)."
    #expect(end(.status(139), rank) == .lostRank(signal: 11, rank: 3, host: "n7"))
    let host = """
      PRTE has lost communication with a remote daemon.

        HNP daemon   : [prterun-head-7@0,0] on node head
        Remote daemon: [prterun-head-7@0,2] on node node2
      """
    #expect(end(.status(1), host) == .lostHosts(["node2"]))
  }

  @Test("MPICH names the host and the signal; its status is the bare signal")
  func hydra() {
    let text = """
      =   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
      =   PID 16830 RUNNING AT node1
      =   EXIT CODE: 9
      YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)
      """
    #expect(end(.status(9), text) == .lostRank(signal: 9, rank: nil, host: "node1"))
    #expect(end(.status(9)) == .failed(status: 9), "a program may end with 9")
    let daemon = "[mpiexec@head] control_cb (pmiserv_cb.c:280): assert (!closed) failed"
    #expect(end(.status(255), daemon) == .lostHosts([]))
  }

  @Test("srun names the host and the task")
  func srun() {
    #expect(end(.status(137), "srun: error: node1: task 1: Killed") == .lostRank(signal: 9, rank: 1, host: "node1"))
    #expect(
      end(.status(139), "srun: error: node1: tasks 0-3: Segmentation fault (core dumped)")
        == .lostRank(signal: 11, rank: 0, host: "node1"))
    #expect(end(.status(3), "srun: error: node1: task 1: Exited with exit code 3") == .failed(status: 3))
    #expect(end(.status(1), "srun: error: Node failure on node2") == .lostHosts(["node2"]))
  }

  @Test("The first rank that is lost is the cause")
  func firstRank() {
    let line = { (rank: Int) in
      "mpiexec noticed that process rank \(rank) with PID 0 on node a exited on signal \(6 + rank) (x)."
    }
    #expect(end(.status(1), line(2), line(1)) == .lostRank(signal: 8, rank: 2, host: "a"))
  }

  @Test("What probes show comes before what the launcher reports")
  func probes() {
    #expect(end(.status(1)) { $0.goneHosts = ["b", "a"] } == .lostHosts(["a", "b"]))
    #expect(
      end(.signal(9)) {
        $0.goneHosts = ["b"]
        $0.isLauncherEnded = true
      } == .lostHosts(["b"]))
    #expect(
      end(.status(137)) { $0.isLauncherEnded = true } == .hungLauncher, "that was mpi-restart's own signal")
    #expect(
      end(.signal(9), "MPI_ABORT was invoked on rank 1 in communicator") { $0.isLauncherEnded = true } == .hungLauncher)
  }

  @Test("Whether the launcher has to end soon")
  func ending() {
    func isEnding(_ line: String) -> Bool {
      var report = LauncherReport()
      report.read(line: line)
      return report.isEnding
    }
    #expect(isEnding("MPI_ABORT was invoked on rank 1 in communicator MPI_COMM_WORLD"))
    #expect(
      isEnding("Abort(3) on node 1 (rank 1 in comm 0): application called MPI_Abort(MPI_COMM_WORLD, 3) - process 1"))
    #expect(isEnding("srun: error: node1: task 1: Killed"))
    #expect(!isEnding("the program works"))
    #expect(!isEnding("noticed that process rank"))
    #expect(!isEnding(""))
  }
}

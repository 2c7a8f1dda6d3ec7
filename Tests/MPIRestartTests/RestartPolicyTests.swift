// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIRestart
import Testing

/// When a job is started again, and when it is given up.
@Suite struct RestartPolicyTests {
  private let killed = RunEnd.lostRank(signal: 9, rank: 1, host: "a")
  private let long = Duration.seconds(3600)

  private func history(_ change: (inout RestartPolicy) -> Void = { _ in }) -> RunHistory {
    var policy = RestartPolicy()
    change(&policy)
    return RunHistory(policy: policy)
  }

  @Test("A complete job, an error of its own and an interruption stop it")
  func stops() {
    var history = history()
    #expect(history.next(after: .complete, lasting: long) == .stop)
    #expect(history.next(after: .failed(status: 1), lasting: long) == .stop)
    #expect(history.next(after: .interrupted(signal: 2), lasting: long) == .stop)
  }

  @Test("The same thing three times is enough")
  func same() {
    var history = history()
    #expect(history.next(after: killed, lasting: long) == .restart(1))
    #expect(history.next(after: .lostRank(signal: 9, rank: 2, host: "a"), lasting: long) == .restart(2))
    #expect(history.next(after: killed, lasting: long) == .restart(3))
    #expect(history.next(after: killed, lasting: long) == .giveUp("the same thing happened 3 times"))
    #expect(history.summary.count == 4)
    #expect(history.summary[0] == "run 1 lost rank 1 on a to signal 9 (Killed) after 60 min")
  }

  @Test("Different things are bounded by the number of restarts")
  func restarts() {
    var history = history { $0.restarts = 2 }
    #expect(history.next(after: .lostRank(signal: 9, rank: 1, host: "a"), lasting: long) == .restart(1))
    #expect(history.next(after: .lostHosts(["b"]), lasting: long) == .restart(2))
    #expect(history.next(after: .lostLauncher(signal: 9), lasting: long) == .giveUp("it was restarted 2 times"))
    var never = self.history { $0.restarts = 0 }
    #expect(never.next(after: killed, lasting: long) == .giveUp("it was restarted 0 times"))
  }

  @Test("Status 75 is no restart after a loss, as long as there is progress")
  func runAgain() {
    var history = history { $0.restarts = 1 }
    for _ in 0..<100 { #expect(history.next(after: .runAgain, lasting: .seconds(10)) == .restart(nil)) }
    #expect(history.restarts == 0)
    #expect(history.next(after: .runAgain, lasting: .seconds(9)) == .restart(1))
    #expect(history.next(after: .runAgain, lasting: .seconds(9)) == .giveUp("it was restarted 1 time"))
  }

  @Test("Status 75 at once, again and again, is given up")
  func noProgress() {
    var history = history()
    #expect(history.next(after: .runAgain, lasting: .zero) == .restart(1))
    #expect(history.next(after: .runAgain, lasting: .zero) == .restart(2))
    #expect(history.next(after: .runAgain, lasting: .zero) == .giveUp("the same thing happened 3 times"))
  }

  @Test("In a batch job status 75 is left to the job's script")
  func batch() {
    var history = history { $0.runsAgain = false }
    #expect(history.next(after: .runAgain, lasting: long) == .leave)
    #expect(history.next(after: killed, lasting: long) == .restart(1), "a lost rank is started again there, too")
    #expect(isBatchJob { $0 == "SLURM_JOB_ID" ? "7" : nil })
    #expect(isBatchJob { ["JOB_ID", "PE_HOSTFILE"].contains($0) ? "7" : nil })
    #expect(!isBatchJob { $0 == "JOB_ID" ? "7" : nil })
    #expect(!isBatchJob { _ in nil })
  }

  @Test("Statuses that the user names are restarted")
  func statuses() {
    var history = history { $0.restartStatuses = [3] }
    #expect(history.next(after: .failed(status: 3), lasting: long) == .restart(1))
    #expect(history.next(after: .failed(status: 4), lasting: long) == .stop)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI

/// Programs that watch the time of their job. `JobClockProgramTests` launches them.
enum ClockProgram {
  static func run(_ arguments: [String]) throws {
    let mode = arguments.first ?? "nothing"
    try withMPI { world in
      let isLast = world.rank == world.size - 1
      pretendBatchSystem()
      switch mode {
      case "steps":
        // Steps of a millisecond until time is up, with ranks that are late at random.
        var (steps, isUp) = (0, false)
        while !isUp {
          isUp = try world.isTimeUp
          steps += 1
          if steps == 1, isLast, arguments.count > 1 { signal(arguments[1]) }
          if steps == 1 { announce(world) }
          usleep(UInt32.random(in: 0...2000))
        }
        let least = try world.allReduce(steps, .min)
        let most = try world.allReduce(steps, .max)
        if world.isRoot { print(least == most ? "the same call" : "calls \(least) to \(most)") }
        throw JobTimeUp(remaining: 7, of: "steps")
      case "many":
        // The answers of many calls, among them the first that is true.
        var answers: [Bool] = []
        JobClock.limit(to: .milliseconds(1500))
        JobClock.reserve = .milliseconds(100)
        for call in 0..<20_000 {
          answers.append(try world.isTimeUp)
          if call % 10 == 0 { usleep(UInt32.random(in: 0...2000)) }
        }
        let trues = answers.count { $0 }
        let all = try world.allGather(trues)
        let isMonotonic = !zip(answers, answers.dropFirst()).contains { $0 && !$1 }
        if world.isRoot {
          print(all.allSatisfy { $0 == all[0] } ? "the same" : "different: \(all)", isMonotonic ? "once" : "again")
          print(trues > 0 && trues < answers.count ? "in time" : "\(trues) of \(answers.count)")
        }
      case "cost":
        // Nanoseconds a call, beside an all-reduce.
        for _ in 0..<100_000 { _ = try world.isTimeUp }
        let calls = 10_000_000
        var begin = MPIEnvironment.wallTime
        for _ in 0..<calls { _ = try world.isTimeUp }
        let isTimeUp = (MPIEnvironment.wallTime - begin) / Double(calls) * 1e9
        begin = MPIEnvironment.wallTime
        for _ in 0..<calls / 100 { _ = try world.allReduce(1, .max) }
        let allReduce = (MPIEnvironment.wallTime - begin) / Double(calls / 100) * 1e9
        if world.isRoot { print("isTimeUp \(isTimeUp) ns, allReduce \(allReduce) ns") }
      case "throwing": throw JobTimeUp(remaining: 3, of: "steps")
      case "one throws":
        // The others are at work for a while, as one that saves.
        if world.isRoot { throw JobTimeUp(remaining: 3, of: "steps") }
        usleep(1_500_000)
        print("saved")
      case "one throws, others wait":
        JobClock.limit(to: .seconds(2))
        if isLast { throw JobTimeUp(remaining: 3, of: "steps") }
        try world.barrier()
      case "both":
        // An error is not hidden by the end of the time.
        if world.isRoot { throw JobTimeUp() }
        throw Trouble()
      case "ending": endJob(JobTimeUp(remaining: 5, of: "files"))
      case "left":
        _ = try world.isTimeUp
        // The batch system may take its time; this rank does not wait for it.
        let end = Date() + (Double(arguments.dropFirst().first ?? "") ?? 0)
        var isUp = false
        var isWaiting = true
        repeat {
          isUp = try world.isTimeUp
          usleep(20_000)
          // Each rank goes on as long as any knows nothing.
          isWaiting = try world.allReduce(world.timeLeft == nil ? 1 : 0, .max) == 1
        } while try world.broadcast(isWaiting && Date() < end)
        let left = world.timeLeft
        try world.inOrder { print(left.map { "\($0.components.seconds) s" } ?? "not known", isUp) }
      case "second":
        // A signal that comes again ends the process.
        _ = try world.isTimeUp
        signal("TERM")
        usleep(300_000)
        signal("TERM")
        print("twice in a moment is once")
        fflush(nil)
        usleep(2_500_000)
        signal("TERM")
        print("still here")
      case "own":
        // The program's own handler stays.
        Foundation.signal(SIGTERM) { _ in }
        _ = try world.isTimeUp
        signal("TERM")
        usleep(100_000)
        print(try world.isTimeUp)
      case "without":
        // A signal that does not count.
        JobClock.signals = [.cpuTime]
        _ = try world.isTimeUp
        signal("USR1")
        for _ in 0..<3 {
          usleep(400_000)
          print(try world.isTimeUp)
        }
        signal("XCPU")
        var calls = 0
        while try !world.isTimeUp, calls < 100 {
          usleep(100_000)
          calls += 1
        }
        print(calls < 100)
      case "waiter":
        let called = DispatchSemaphore(value: 0)
        let waiter = try JobClock.whenTimeIsUp { called.signal() }
        let other = try JobClock.whenTimeIsUp { print("called all the same") }
        other.cancel()
        _ = try world.isTimeUp
        print(called.wait(timeout: .now() + 0.2) == .timedOut)
        if arguments.count > 1 { signal(arguments[1]) } else { JobClock.limit(to: .milliseconds(300)) }
        print(called.wait(timeout: .now() + 20) == .success)
        withExtendedLifetime(waiter) {}
      default: break
      }
    }
  }

  /// Sets the variables that begin with `CLOCK_TEST_`, without that: launchers would take themselves for a part of a
  /// batch system that isn't there. And there is none of the machine's own.
  private static func pretendBatchSystem() {
    let system = ["SLURM_JOB_ID", "SLURM_JOBID", "SLURM_JOB_END_TIME", "PBS_JOBID", "LSB_JOBID", "JOB_ID"]
    for name in system { unsetenv(name) }
    for (name, value) in ProcessInfo.processInfo.environment where name.hasPrefix("CLOCK_TEST_") {
      setenv(String(name.dropFirst(11)), value, 1)
    }
  }

  /// Tells a test that all ranks are there: it has a file with their processes, rank 0's first, and the launcher's.
  private static func announce(_ world: Communicator) {
    guard let path = ProcessInfo.processInfo.environment["CLOCK_TEST_FILE"],
      let processes = try? world.gather(Int(getpid()))
    else { return }
    let text = (processes + [Int(getppid())]).map { "\($0)" }.joined(separator: " ")
    try? Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  }

  private static func signal(_ name: String) {
    let numbers = ["USR1": SIGUSR1, "USR2": SIGUSR2, "TERM": SIGTERM, "XCPU": SIGXCPU, "INT": SIGINT]
    kill(getpid(), numbers[name]!)
  }

  private struct Trouble: Error {}
}

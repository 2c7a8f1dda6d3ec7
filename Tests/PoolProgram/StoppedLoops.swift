// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPITasks
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Loops that stop in time. `StoppedLoopTests` launches them.
enum StoppedLoops {
  private static let count = 4000

  static func run(_ arguments: [String]) throws {
    let mode = arguments.first ?? ""
    let schedules: [String: LoopSchedule] = [
      "static": .static, "dynamic": .dynamic(chunk: 400), "guided": .guided, "adaptive": .adaptive,
    ]
    let schedule = schedules[arguments.dropFirst().first ?? ""] ?? .adaptive
    try withMPI { world in
      JobClock.reserve = .milliseconds(100)
      switch mode {
      case "limit", "signal", "fold", "codable", "items":
        if mode != "signal" { JobClock.limit(to: .milliseconds(700)) }
        try stopped(mode, schedule, world)
      case "not asked":
        // Outside of the scope a loop runs to its end.
        JobClock.limit(to: .zero)
        try world.forEach(0..<20) { _ in sleep(milliseconds: 1) }
        let isUp = try world.isTimeUp
        if world.isRoot { print("all done", isUp) }
      case "too late":
        JobClock.limit(to: .zero)
        let begun = Counter()
        do {
          try stoppingInTime { try world.forEach(0..<100, schedule: schedule) { _ in begun.add() } }
          print("done")
        } catch let timeUp as JobTimeUp {
          let all = try world.allReduce(begun.value, .sum)
          if world.isRoot { print(all, timeUp.remaining ?? -1) }
        }
      case "short":
        // All is done before time is up.
        JobClock.limit(to: .seconds(300))
        let sum = try stoppingInTime {
          try world.mapReduce(0..<1000, initial: 0, schedule: schedule, +) { $0 }
        }
        let squares = try stoppingInTime { try world.map(0..<10, schedule: schedule) { $0 * $0 } }
        if let squares { print(sum, squares.count) }
      case "long indices":
        // Of indices of half a second none begins that could not end.
        JobClock.limit(to: .milliseconds(2900))
        let (begun, ended) = (Counter(), Counter())
        do {
          try stoppingInTime {
            try world.forEach(0..<1000, schedule: schedule) { _ in
              begun.add()
              sleep(milliseconds: 500)
              ended.add()
            }
          }
        } catch let timeUp as JobTimeUp {
          let all = try world.allReduce(ended.value, .sum)
          let isRight = timeUp.remaining == 1000 - all && (timeUp.secondsLeft ?? 0) > 0.1 && begun.value == ended.value
          let isInTime = JobClock.timeLeft.map { $0 > .zero } == true
          let right = try world.allReduce(isRight && isInTime ? 1 : 0, .min)
          if world.isRoot { print(right == 1 ? "in time" : "\(timeUp) \(all)") }
        }
      case "failing":
        // An error is thrown and not hidden.
        JobClock.limit(to: .milliseconds(200))
        do {
          try stoppingInTime {
            try world.forEach(0..<1000, schedule: schedule) { index in
              sleep(milliseconds: 1)
              if index == 3 { throw Overboard() }
            }
          }
        } catch let failure as LoopFailure {
          if world.isRoot { print("index", failure.index) }
        }
      default: break
      }
    }
  }

  /// Runs a loop that is stopped, looks at what is thrown, and runs another loop.
  private static func stopped(_ mode: String, _ schedule: LoopSchedule, _ world: Communicator) throws {
    let done = Counter()
    let (rank, last) = (world.rank, world.size - 1)
    let work: @Sendable (Int) -> Int = { index in
      sleep(milliseconds: 2)
      // To one rank alone, once it is at work.
      if mode == "signal", done.add() == 100, rank == last { kill(getpid(), SIGUSR1) }
      if mode != "signal" { done.add() }
      return index
    }
    do {
      try stoppingInTime {
        switch mode {
        case "fold": _ = try world.mapReduce(0..<count, initial: 0, schedule: schedule, +) { work($0) }
        case "codable": _ = try world.map(0..<count, schedule: schedule) { "\(work($0))" }
        case "items":
          _ = try world.map(world.isRoot ? Array(0..<count) : nil, schedule: schedule) { work($0) }
        default: _ = try world.map(0..<count, schedule: schedule) { work($0) }
        }
      }
      print("not stopped")
    } catch let timeUp as JobTimeUp {
      let all = try world.allReduce(done.value, .sum)
      let remaining = try world.allGather(timeUp.remaining ?? -1)
      // In leaves of a fold there may be several indices, and one that was interrupted is not counted.
      let isRight = remaining.allSatisfy { $0 == count - all } && all > 0 && all < count
      let sum = try world.mapReduce(0..<100, initial: 0, +) { $0 }
      if world.isRoot {
        print(isRight ? "stopped, and \(sum)" : "\(all) done, \(remaining) left")
        print(timeUp.reason == .limit ? "limit" : "\(timeUp.reason)")
      }
      throw timeUp
    }
  }

  private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    @discardableResult func add() -> Int { count.add(1, ordering: .relaxed).newValue }
  }
}

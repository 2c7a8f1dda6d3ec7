// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

@testable import MPICheckpoint

/// When a checkpoint is due, on a clock of the test's own.
@Suite struct ScheduleTests {
  /// Makes calls that take `pace` each until a checkpoint is due.
  ///
  /// - Returns: how late it is, and how often the ranks asked.
  private func run(every interval: Duration, pace: (Duration) -> Duration) -> (late: Duration, asked: Int) {
    var now = Duration.zero
    var schedule = SaveSchedule(every: interval, now: now)
    var (left, asked) = (1, 0)
    while true {
      now += pace(now)
      left -= 1
      if left > 0 { continue }
      asked += 1
      let answer = schedule.ask(now: now)
      if answer.isDue { return (now - interval, asked) }
      left = answer.next
    }
  }

  @Test(arguments: [0.001, 0.01, 0.37, 5, 400])
  func steadyCalls(milliseconds: Double) {
    let pace = Duration.seconds(milliseconds / 1000)
    let (late, asked) = run(every: .seconds(20)) { _ in pace }
    #expect(late >= .zero && late <= pace * 1.01, "\(late)")
    #expect(asked <= 80, "\(asked)")
  }

  @Test func callsThatBecomeSlower() {
    let (late, _) = run(every: .seconds(20)) { $0 < .seconds(5) ? .milliseconds(1) : .milliseconds(5) }
    #expect(late >= .zero && late < .seconds(7), "\(late)")
  }

  @Test func callsLongerThanTheInterval() {
    #expect(run(every: .seconds(1)) { _ in .seconds(10) }.asked == 1)
    #expect(run(every: .zero) { _ in .zero }.asked == 1)
    #expect(run(every: .seconds(-1)) { _ in .zero }.asked == 1)
  }

  @Test func aClockThatStandsStill() {
    var schedule = SaveSchedule(every: .seconds(1), now: .zero)
    for _ in 0..<200 {
      let answer = schedule.ask(now: .zero)
      #expect(!answer.isDue && answer.next > 0)
    }
    #expect(SaveSchedule.Answer(isDue: false, next: 1).next == 1)
  }
}

extension OnEveryRank {
  /// Checkpoints from time to time.
  @Suite struct IntervalTests {
    let world = Communicator.world

    @Test func allRanksDecideTheSame() throws {
      try withFolder { folder in
        let checkpoint = try Checkpoint("\(folder)/a", on: world, every: .milliseconds(20))
        var (step, decisions) = (0, [Bool]())
        var random = SystemRandomNumberGenerator()
        while decisions.count(where: { $0 }) < 10 {
          step += 1
          // The ranks' clocks and loads differ.
          usleep(UInt32.random(in: 0..<400, using: &random))
          decisions.append(try checkpoint.saveIfDue(["step": .value(step), "rank": .own([world.rank])]))
        }
        let all = try world.gather(object: decisions)
        #expect(all.map { Set($0).count } ?? 1 == 1)
        let saved = try #require(try checkpoint.restore())
        #expect(try saved.value("step") == step)
        #expect(try saved.own("rank") == [world.rank])
        try checkpoint.remove()
        #expect(try checkpoint.restore() == nil)
      }
    }

    @Test func nothingIsMadeUnlessItIsDue() throws {
      try withFolder { folder in
        let checkpoint = try Checkpoint("\(folder)/a", on: world, every: .seconds(3600))
        var made = 0
        func parts() -> CheckpointParts {
          made += 1
          return ["x": .value(made)]
        }
        for _ in 0..<10_000 { #expect(try checkpoint.saveIfDue(parts()) == false) }
        #expect(made == 0)
        #expect(try names(in: folder) == [])
        try checkpoint.save(parts())
        #expect(try #require(try checkpoint.restore()).value("x") == 1)
        #expect(checkpoint.path == "\(folder)/a" && checkpoint.interval == .seconds(3600))
      }
    }
  }
}

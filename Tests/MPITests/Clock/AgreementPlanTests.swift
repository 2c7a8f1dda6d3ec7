// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPI

/// When ranks exchange what they know of the time, and what they conclude.
@Suite struct AgreementPlanTests {
  private func report(left: Double = .infinity, reserve: Double = 0, step: Double = 0) -> AgreementPlan.Report {
    var report = AgreementPlan.Report()
    (report.left, report.reserve, report.step) = (left, -reserve, -step)
    return report
  }

  /// Calls until the next exchange, and returns how many calls that took.
  private func callsToExchange(_ plan: inout AgreementPlan) -> Int {
    var calls = 1
    while !plan.isDue() { calls += 1 }
    return calls
  }

  @Test func theFirstCallIsAnExchange() {
    var plan = AgreementPlan()
    let isDue = plan.isDue()
    #expect(isDue)
  }

  @Test func exchangesComeToAboutOneASecond() {
    var plan = AgreementPlan()
    var distances: [Int] = []
    for _ in 0..<30 {
      distances.append(callsToExchange(&plan))
      plan.conclude(report(step: 0.001))
      #expect(!plan.isUp)
    }
    #expect(distances.last == 1000)
    #expect(distances[..<4] == [1, 1, 3, 7])
    // Steps that suddenly take a hundred times as long are exchanged more often from the next exchange on.
    _ = callsToExchange(&plan)
    plan.conclude(report(step: 0.1))
    let calls = callsToExchange(&plan)
    #expect(calls == 10)
  }

  @Test func longStepsAreExchangedEach() {
    var plan = AgreementPlan()
    for _ in 0..<10 {
      let calls = callsToExchange(&plan)
      #expect(calls == 1)
      plan.conclude(report(left: 1000, step: 5))
      #expect(!plan.isUp)
    }
    plan.conclude(report(left: 65, reserve: 60, step: 5))
    #expect(plan.isUp)
    let isDue = plan.isDue()
    #expect(!isDue)
  }

  @Test func aSignalOfOneRankIsAllRanks() {
    var plan = AgreementPlan()
    var all = report(left: 1e6, step: 0.001)
    all.signals = -1024
    plan.conclude(all)
    #expect(plan.isUp)
  }

  @Test("Time is up before a step could not end, on any course of steps", arguments: [0.000_01, 0.001, 0.07, 0.9, 3])
  func neverTooLate(step: Double) {
    var plan = AgreementPlan()
    var (now, last, since, exchanges) = (0.0, 0.0, 0, 0)
    let (limit, reserve) = (20.0, 1.0)
    var calls = 0
    while !plan.isUp, calls < 10_000_000 {
      if plan.isDue() {
        plan.conclude(report(left: limit - now, reserve: reserve, step: since > 0 ? (now - last) / Double(since) : 0))
        (last, since) = (now, 0)
        exchanges += 1
        if plan.isUp { break }
      }
      now += step
      since += 1
      calls += 1
    }
    #expect(plan.isUp)
    #expect(now <= limit - reserve + 1e-6)
    // Nor much too early.
    #expect(now >= limit - reserve - 2 * step - 0.1)
    #expect(exchanges < 200)
  }

  @Test func numbersTravel() {
    var first = report(left: 5, reserve: 2, step: 3)
    first.signals = -3
    var second = AgreementPlan.Report()
    second.numbers = first.numbers
    #expect(first == second)
  }
}

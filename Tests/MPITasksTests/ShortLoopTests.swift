// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import Testing

extension OnEveryRank {
  /// Short loops, which end before a thread is woken; and those in which some ranks still wait for that, and others go on.
  @Suite struct ShortLoops {
    var world: Communicator { .world }

    /// Blocks of no index, of one, of fewer and more than a rank computes at once.
    static let counts = [0, 1, 63, 64, 130, 1000, 20_000]

    /// Makes a rank late, or none.
    private func delay(_ round: Int) {
      if (round / Self.counts.count) % (world.size + 1) == world.rank { work(microseconds: round % 5 * 40) }
    }

    @Test func resultsInARow() throws {
      for round in 0..<210 {
        let count = Self.counts[round % Self.counts.count]
        delay(round)
        let numbers = try world.map(0..<count) { 3 * $0 + round }
        #expect(numbers == (world.isRoot ? (0..<count).map { 3 * $0 + round } : nil))
        delay(round)
        let texts = try world.map(0..<min(count, 200)) { "\($0) of \(round)" }
        #expect(texts == (world.isRoot ? (0..<min(count, 200)).map { "\($0) of \(round)" } : nil))
        delay(round)
        let sum = try world.mapReduce(round..<round + count, initial: round, +) { $0 }
        #expect(sum == round + (round..<round + count).reduce(0, +))
      }
    }

    @Test func itemsInARow() throws {
      for round in 0..<105 {
        let count = Self.counts[round % Self.counts.count]
        delay(round)
        let items: [Int32]? = world.isRoot ? (0..<count).map { Int32($0 + round) } : nil
        let doubled = try world.map(items) { 2 * Int($0) }
        #expect(doubled == (world.isRoot ? (0..<count).map { 2 * ($0 + round) } : nil))
      }
    }

    /// Some blocks are over at once, and others take longer than ranks wait.
    @Test func ranksThatAreSlow() throws {
      let rank = world.rank
      for round in 0..<100 {
        let isSlow = round % (world.size + 1) == rank
        let count = Self.counts[round % Self.counts.count]
        let numbers = try world.map(0..<count) { index in
          if isSlow && index % 64 == 0 { work(microseconds: 30) }
          return index ^ round
        }
        #expect(numbers == (world.isRoot ? (0..<count).map { $0 ^ round } : nil))
        try world.forEach(0..<count) { index in if isSlow && index % 500 == 0 { work(microseconds: 100) } }
      }
    }

    @Test func failures() throws {
      for round in 0..<60 {
        delay(round)
        let bad = round * 17
        let failure = #expect(throws: LoopFailure.self) {
          try world.forEach(0..<1024) { if $0 == bad { throw Spilled(cups: $0, place: "bath") } }
        }
        #expect(failure?.index == bad)
        #expect(try world.allMap(0..<100) { $0 } == Array(0..<100))
      }
    }

    /// On one rank the last two nodes meet after the last index.
    @Test func combiningFails() throws {
      let combine: @Sendable (Int, Int) throws -> Int = {
        if $0 + $1 == 499_500 { throw Spilled(cups: 1, place: "hall") }
        return $0 + $1
      }
      for round in 0..<20 {
        delay(round)
        let error = #expect(throws: (any Error).self) {
          _ = try world.mapReduce(0..<1000, initial: 0, combine) { $0 }
        }
        if world.size == 1 { #expect((error as? LoopFailure)?.message.contains("hall") == true) }
        #expect(try world.mapReduce(0..<999, initial: 0, combine) { $0 } == 498_501)
      }
    }

    /// The root shows the summary, for which all ranks say what they have done, and others are through at once.
    @Test func summaries() throws {
      for _ in 0..<5 {
        try world.forEach(0..<1000, progress: .always, label: "short loop") { _ in }
        var calls = 0
        let observer = LoopObserver { _ in calls += 1 }
        #expect(try world.map(0..<1000, observer: observer) { $0 }?.last == (world.isRoot ? 999 : nil))
        #expect(calls > 0 || !world.isRoot)
      }
    }

    @Test func rangesThatDiffer() throws {
      guard world.size > 1 else { return }
      for round in 0..<20 {
        delay(round)
        let count = world.rank == round % world.size ? 640 : 641
        let error = #expect(throws: MPIError.self) { _ = try world.map(0..<count) { $0 } }
        #expect(error?.errorClass == .argument)
        #expect(try world.allMap(0..<100) { $0 } == Array(0..<100))
      }
    }
  }
}

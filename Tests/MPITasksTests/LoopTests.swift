// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import Synchronization
import Testing

let allSchedules: [LoopSchedule] = [.static, .dynamic(chunk: 1), .dynamic(chunk: 7), .guided, .adaptive]

/// Computes for so many microseconds.
func work(microseconds: Int) {
  let end = monotonicNanoseconds() + 1000 * microseconds
  while monotonicNanoseconds() < end {}
}

struct Sample: Equatable {
  var index: Int
  var half: Float
  var isEven: Bool
}

struct Words: Codable, Equatable, Sendable {
  var words: [String]
  var count: Int
}

extension OnEveryRank {
  @Suite struct Loops {
    let world: Communicator

    init() { world = .world }
    init(on communicator: Communicator) { world = communicator }

    @Test(arguments: allSchedules) func resultsComeInOrder(schedule: LoopSchedule) throws {
      for count in [0, 1, 2, 3, 5, 64, 1000, 20_000] {
        // A message to and fro for each index, on ranks that take turns at a core.
        if case .dynamic(chunk: 1) = schedule, count > 1000 { continue }
        let results = try world.map(0..<count, schedule: schedule) { 3 * $0 }
        #expect((results != nil) == world.isRoot)
        if let results { #expect(results == (0..<count).map { 3 * $0 }) }
      }
    }

    @Test(arguments: allSchedules) func rangesBeginAnywhere(schedule: LoopSchedule) throws {
      let results = try world.map(-50..<150, schedule: schedule) { $0 }
      if let results { #expect(results == Array(-50..<150)) }
    }

    @Test(arguments: allSchedules) func structsArraysAndCodableResults(schedule: LoopSchedule) throws {
      let samples = try world.map(0..<300, schedule: schedule) {
        Sample(index: $0, half: Float($0) / 2, isEven: $0 % 2 == 0)
      }
      if let samples {
        #expect(samples.map(\.index) == Array(0..<300))
        #expect(samples[7] == Sample(index: 7, half: 3.5, isEven: false))
      }
      let rows = try world.map(0..<90, schedule: schedule) { row in (0..<row).map { Double($0) } }
      if let rows { #expect(rows.map(\.count) == Array(0..<90)) }
      let words = try world.map(0..<70, schedule: schedule) {
        Words(words: Array(repeating: "w\($0)", count: $0 % 5), count: $0)
      }
      if let words {
        #expect(words[9] == Words(words: ["w9", "w9", "w9", "w9"], count: 9))
        #expect(words.map(\.count) == Array(0..<70))
      }
    }

    @Test(arguments: allSchedules) func everyRankGetsAllResults(schedule: LoopSchedule) throws {
      #expect(try world.allMap(0..<777, schedule: schedule) { $0 * $0 } == (0..<777).map { $0 * $0 })
      #expect(try world.allMap(0..<33, schedule: schedule) { "\($0)" } == (0..<33).map { "\($0)" })
      #expect(try world.allMap(5..<5, schedule: schedule) { $0 } == [])
    }

    @Test(arguments: allSchedules) func eachIndexIsCalledOnce(schedule: LoopSchedule) throws {
      let calls = (0..<5000).map { _ in Counter() }
      try world.forEach(0..<5000, schedule: schedule) { calls[$0].add() }
      var counts = calls.map(\.value)
      try world.allReduce(inPlace: &counts, .sum)
      #expect(counts == Array(repeating: 1, count: 5000))
    }

    @Test(arguments: allSchedules) func itemsThatOnlyTheRootHas(schedule: LoopSchedule) throws {
      let numbers: [Double]? = world.isRoot ? (0..<1500).map { Double($0) } : nil
      let halves = try world.map(numbers, schedule: schedule) { $0 / 2 }
      if let halves { #expect(halves == (0..<1500).map { Double($0) / 2 }) }

      let names: [String]? = world.isRoot ? (0..<400).map { String(repeating: "x", count: $0 % 50) } : nil
      let lengths = try world.map(names, schedule: schedule) { $0.count }
      if let lengths { #expect(lengths == (0..<400).map { $0 % 50 }) }
      let longer = try world.map(names, schedule: schedule) { $0 + "y" }
      if let longer { #expect(longer == names!.map { $0 + "y" }) }
      let words = try world.map(numbers, schedule: schedule) { "\($0)" }
      if let words { #expect(words == numbers!.map { "\($0)" }) }

      let none: [String]? = world.isRoot ? [] : nil
      let nothing = try world.map(none, schedule: schedule) { $0 }
      if let nothing { #expect(nothing.isEmpty) }
      let missing: [Int]? = nil
      #expect(throws: MPIError.self) { try world.map(missing, schedule: schedule) { $0 } }
    }

    @Test(arguments: allSchedules) func heavyItemsAnywhere(schedule: LoopSchedule) throws {
      // All the work in the first block, in the last one, in few indices.
      let count = 600
      for isHeavy: @Sendable (Int) -> Bool in [{ $0 < 100 }, { $0 >= 500 }, { $0 % 97 == 5 }] {
        let results = try world.map(0..<count, schedule: schedule) { index in
          if isHeavy(index) { work(microseconds: 200) }
          return index + 1
        }
        if let results { #expect(results == Array(1...count)) }
        let items: [Int]? = world.isRoot ? Array(0..<count) : nil
        let strings = try world.map(items, schedule: schedule) { index in
          if isHeavy(index) { work(microseconds: 200) }
          return "\(index)"
        }
        if let strings { #expect(strings == (0..<count).map { "\($0)" }) }
      }
    }

    @Test func ranksThatFallIdleTakeWorkOver() throws {
      // All the work begins in rank 0's block, so the others have to take it from there. On a busy machine it may be done
      // before another rank has come by, but not time after time.
      for attempt in 1...10 {
        let mine = Counter()
        try world.forEach(0..<(100 * world.size)) { index in
          guard index < 100 else { return }
          mine.add()
          work(microseconds: 2000)
        }
        let counts = try world.allGather(mine.value)
        #expect(counts.reduce(0, +) == 100)
        if world.size == 1 || counts[0] < 100 { break }
        #expect(attempt < 10, "\(counts)")
      }
    }

    @Test func ranksMayArriveLate() throws {
      for late in 0..<world.size {
        if world.rank == late { work(microseconds: 60_000) }
        let results = try world.map(0..<200) { $0 }
        if let results { #expect(results == Array(0..<200)) }
      }
    }

    @Test func manyLoopsInARow() throws {
      for round in 0..<300 {
        let total = try world.mapReduce(0..<round, initial: 0, +) { $0 }
        #expect(total == round * max(0, round - 1) / 2)
      }
    }

    @Test func communicatorsOfSomeRanks() throws {
      let part = try world.split(color: world.rank % 2)
      let results = try part.map(0..<100) { $0 }
      if let results { #expect(results == Array(0..<100)) }
      let total = try part.mapReduce(0..<100, initial: 0, +) { $0 }
      #expect(total == 4950)
    }
  }
}

/// A number that threads count up.
final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  func add() { count.add(1, ordering: .relaxed) }
  var value: Int { count.load(ordering: .relaxed) }
}

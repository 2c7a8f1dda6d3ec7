// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import Testing

extension OnEveryRank {
  @Suite struct ContextLoops {
    var world: Communicator { .world }

    @Test(arguments: allSchedules) func randomNumbersAreTheIndexsOwn(schedule: LoopSchedule) throws {
      let drawn = try world.map(0..<300, seed: 7, schedule: schedule) { index, context -> UInt64 in
        if index % 10 == 0 { _ = context.random.next() }
        return context.random.next()
      }
      guard let drawn else { return }
      for (index, number) in drawn.enumerated() {
        var stream = RandomStream(seed: 7, stream: index)
        if index % 10 == 0 { _ = stream.next() }
        #expect(number == stream.next())
      }
    }

    @Test func aContextKnowsItsPlace() throws {
      let places = try world.map(10..<200) { index, context in
        "\(context.index) \(context.host) \(context.rank < context.rankCount) \(context.isCancelled)"
      }
      let host = MPIEnvironment.processorName
      if let places { #expect(places == (10..<200).map { "\($0) \(host) true false" }) }
      let larger: @Sendable (Int, Int) -> Int = { max($0, $1) }
      let ranks = try world.mapReduce(0..<100, initial: 0, larger) { _, context in context.rankCount }
      #expect(ranks == world.size)
      #expect(throws: LoopFailure.self) {
        try world.forEach(0..<50) { index, context in
          if context.index == 20 { throw Unspeakable() }
        }
      }
    }

    @Test("A seed changes nothing about what the values of mapReduce may be")
    func seededValues() throws {
      let world = Communicator.world
      struct Sums {
        var sum = 0.0
        var count = 0
      }
      let sums = try world.mapReduce(0..<500, seed: 3, initial: Sums()) { a, b in
        Sums(sum: a.sum + b.sum, count: a.count + b.count)
      } _: { index, context in
        Sums(sum: Double.random(in: 0..<1, using: &context.random), count: index)
      }
      #expect(sums.count == 499 * 250)
      #expect((150.0..<350).contains(sums.sum))
      let pair = try world.mapReduce(0..<500, seed: 3, initial: (0, 0)) { a, b in
        (a.0 + b.0, max(a.1, b.1))
      } _: { index, _ in
        (1, index)
      }
      #expect(pair == (500, 499))
      let number = try world.mapReduce(0..<500, seed: 3, initial: 0, +) { index, _ in index }
      #expect(number == 499 * 250)
      let words = try world.mapReduce(0..<20, seed: 3, initial: [String](), +) { index, _ in ["\(index)"] }
      #expect(words == (0..<20).map { "\($0)" })
    }
  }
}

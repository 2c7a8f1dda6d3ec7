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
  }
}

import Testing

@testable import mpi_doctor

@Suite struct PairScheduleTests {
  @Test(arguments: 0...17)
  func everyPairMeetsOnceAndNobodyTwiceInARound(size: Int) {
    let schedule = PairSchedule(size: size)
    var met: Set<[Int]> = []
    for round in 0..<schedule.roundCount {
      for rank in 0..<size {
        guard let partner = schedule.partner(of: rank, round: round) else { continue }
        #expect(partner != rank)
        #expect(schedule.partner(of: partner, round: round) == rank)
        if rank < partner {
          let isNew = met.insert([rank, partner]).inserted
          #expect(isNew, "\(rank) and \(partner) meet twice")
        }
      }
    }
    #expect(met.count == size * max(0, size - 1) / 2)
  }

  @Test func roundsAreAsFewAsCanBe() {
    #expect(PairSchedule(size: 64).roundCount == 63)
    #expect(PairSchedule(size: 5).roundCount == 5)
    #expect(PairSchedule(size: 1).roundCount == 0)
  }
}

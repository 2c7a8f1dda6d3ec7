import MPI
import Testing

/// What ranks gathered. It needs no MPI.
@Suite struct RankPartitionedTests {
  let partitioned = RankPartitioned([10, 11, 12, 30], counts: [3, 0, 1])

  @Test func partsAndElements() {
    #expect(partitioned.elements == [10, 11, 12, 30])
    #expect(partitioned.counts == [3, 0, 1])
    #expect(partitioned.offsets == [0, 3, 3, 4])
    #expect(Array(partitioned[0]) == [10, 11, 12])
    #expect(partitioned[1].isEmpty)
    #expect(Array(partitioned[2]) == [30])
  }

  @Test func aPartHasTheIndicesOfTheElements() {
    #expect(partitioned[2].indices == 3..<4)
    #expect(partitioned[2][3] == 30)
  }

  @Test func itIsACollectionOfParts() {
    #expect(partitioned.count == 3 && partitioned.startIndex == 0 && partitioned.endIndex == 3)
    #expect(partitioned.map(\.count) == [3, 0, 1])
    #expect(partitioned.reversed().map { $0.reduce(0, +) } == [30, 0, 33])
    #expect(partitioned.last.map(Array.init) == [30])
    #expect(partitioned.enumerated().filter { $0.element.isEmpty }.map(\.offset) == [1])
    #expect(Array(partitioned[1...].joined()) == [30])
  }

  @Test func ofParts() {
    #expect(RankPartitioned([[10, 11, 12], [], [30]]) == partitioned)
  }

  @Test func ofNothing() {
    let nobody = RankPartitioned([Int](), counts: [])
    #expect(nobody.isEmpty && nobody.counts.isEmpty && nobody.offsets == [0])
    let none = RankPartitioned([[Int](), []])
    #expect(none.count == 2 && none.elements.isEmpty)
    #expect(nobody != none)
  }

  @Test func equality() {
    #expect(partitioned != RankPartitioned([10, 11, 12, 30], counts: [2, 1, 1]))
    #expect(partitioned != RankPartitioned([10, 11, 12, 31], counts: [3, 0, 1]))
    #expect(Set([partitioned, partitioned]).count == 1)
  }

  @Test func elementsOfAnyType() {
    let words = RankPartitioned(["a", "b"], counts: [0, 2])
    #expect(Array(words[1]) == ["a", "b"])
  }

  @Test func description() {
    #expect("\(partitioned)" == "[[10, 11, 12], [], [30]]")
  }

  @Test func countsThatDoNotSumUp() async {
    await #expect(processExitsWith: .failure) { _ = RankPartitioned([1, 2], counts: [1]) }
    await #expect(processExitsWith: .failure) { _ = RankPartitioned([1, 2], counts: [3, -1]) }
  }
}

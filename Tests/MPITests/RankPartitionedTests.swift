// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

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
    #expect(partitioned.parts == [[10, 11, 12], [], [30]])
    let words = [["a", String(repeating: "b", count: 100)], [], ["c"]]
    #expect(RankPartitioned(words).parts == words)
    #expect(RankPartitioned(words).elements == Array(words.joined()))
    let pairs = [[(1, 2.5)], [(3, 4.5), (5, 6.5)]]
    #expect(RankPartitioned(pairs).parts.map { $0.map(\.1) } == [[2.5], [4.5, 6.5]])
  }

  @Test(arguments: 0..<20) func partsOfManyLengthsComeBack(seed: Int) {
    var state = seed
    func next(below bound: Int) -> Int {
      state = (state &* 1_103_515_245 &+ 12_345) & 0x7FFF_FFFF
      return state >> 8 % bound
    }
    let parts = (0..<next(below: 9)).map { _ in (0..<next(below: 50)).map { _ in next(below: 99) } }
    let partitioned = RankPartitioned(parts)
    #expect(partitioned.parts == parts && partitioned.map(Array.init) == parts)
    #expect(partitioned.counts == parts.map(\.count))
    #expect(partitioned == RankPartitioned(Array(parts.joined()), counts: parts.map(\.count)))
  }

  @Test func ofNothing() {
    let empty = RankPartitioned([Int](), counts: [])
    #expect(empty.isEmpty && empty.counts.isEmpty && empty.offsets == [0])
    let none = RankPartitioned([[Int](), []])
    #expect(none.count == 2 && none.elements.isEmpty)
    #expect(empty != none)
  }

  @Test func equality() {
    #expect(partitioned != RankPartitioned([10, 11, 12, 30], counts: [2, 1, 1]))
    #expect(partitioned != RankPartitioned([10, 11, 12, 31], counts: [3, 0, 1]))
    #expect(Set([partitioned, partitioned]).count == 1)
    #expect(partitioned.hashValue == RankPartitioned(partitioned.parts).hashValue)
  }

  @Test func elementsOfAnyType() {
    let words = RankPartitioned(["a", "b"], counts: [0, 2])
    #expect(Array(words[1]) == ["a", "b"])
  }

  @Test func description() {
    #expect("\(partitioned)" == "[[10, 11, 12], [], [30]]")
  }

  /// The words are there in an optimized build, too.
  @Test func aPartThatIsNotThere() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RankPartitioned([1, 2], counts: [1, 1])[2]
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("there is no part 2 of 2 parts"))
    await #expect(processExitsWith: .failure) { _ = RankPartitioned([[1]])[-1] }
  }

  @Test func countsThatDoNotSumUp() async {
    await #expect(processExitsWith: .failure) { _ = RankPartitioned([1, 2], counts: [1]) }
    await #expect(processExitsWith: .failure) { _ = RankPartitioned([1, 2], counts: [3, -1]) }
  }
}

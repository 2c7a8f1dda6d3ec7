// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Testing

/// Whether to run what takes many gigabytes and minutes.
private let isHugeAllowed = ProcessInfo.processInfo.environment["MPI_TEST_HUGE"] == "1"

/// Messages of more than 2³¹−1 elements, for real, on two ranks.
///
/// Everything else about large counts is tested with small ones, in a build with `MPI_TINY_COUNTS`.
@Suite(.everyRank(timeLimit: .seconds(300)), .enabled(if: isHugeAllowed && Launch.current?.size == 2))
struct HugeCountTests {
  let world = Communicator.world
  /// Past 2³¹ by a length that is no multiple of anything.
  let count = 2_200_000_001
  /// Where to look: around the boundaries of 32 bits, and at the ends.
  var places: [Int] { [0, 1, 1 << 28, (1 << 31) - 1, 1 << 31, (1 << 31) + 1, count - 1] }

  /// Memory that is zero but at the places, where it is 1, 2, 3… more than `seed`.
  func marked(_ seed: UInt8, _ length: Int? = nil) -> [UInt8] {
    var elements = [UInt8](repeating: 0, count: length ?? count)
    for (index, place) in places.enumerated() { elements[place] = seed + UInt8(index + 1) }
    return elements
  }

  /// Expects what `marked` made, from an element on.
  func expectMarks(
    _ elements: [UInt8], _ seed: UInt8, from start: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (index, place) in places.enumerated() {
      #expect(
        elements[start + place] == seed + UInt8(index + 1), "element \(start + place)", sourceLocation: sourceLocation)
    }
    for place in [2, (1 << 31) - 2, (1 << 31) + 2, count - 2] {
      #expect(elements[start + place] == 0, "element \(start + place)", sourceLocation: sourceLocation)
    }
  }

  @Test func sendAndReceiveSpans() throws {
    if world.isRoot {
      try world.send(marked(10).span, to: 1)
    } else {
      var memory = [UInt8](repeating: 0, count: count)
      let status = try world.receive(into: &memory, from: 0)
      #expect(status.byteCount == count)
      #expect(try status.count(of: UInt8.self) == count)
      expectMarks(memory, 10)
    }
  }

  @Test func receiveAnArrayOfUnknownLength() throws {
    if world.isRoot {
      let outgoing = try world.nonblocking.send(marked(20), to: 1)
      #expect(try outgoing.wait().count == count)
    } else {
      let message = try world.matchedProbe(from: .any)
      #expect(message.status.byteCount == count)
      let memory: [UInt8] = try message.receive()
      #expect(memory.count == count)
      expectMarks(memory, 20)
    }
  }

  @Test func elementsOfManyBytes() throws {
    // Few enough elements for an `int`, too many bytes.
    let length = 140_000_000
    if world.isRoot {
      var elements = [Padded](repeating: Padded(weight: 0, index: 0), count: length)
      elements[length - 1] = .sample(9)
      try world.send(elements, to: 1)
    } else {
      let elements: [Padded] = try world.receive(from: 0)
      #expect(elements.count == length && elements[length - 1] == .sample(9))
    }
  }

  @Test func broadcast() throws {
    var memory = world.isRoot ? marked(30) : [UInt8](repeating: 0, count: count)
    try world.broadcast(inPlace: &memory)
    expectMarks(memory, 30)
  }

  @Test func gatherAtTheRoot() throws {
    let mine = world.isRoot ? [1, 2, 3] : marked(40)
    guard let all = try world.gather(mine) else { return }
    #expect(all.counts == [3, count])
    #expect(Array(all[0]) == [1, 2, 3])
    expectMarks(all.elements, 40, from: 3)
  }

  @Test func allGather() throws {
    let all = try world.allGather(world.isRoot ? [1, 2, 3] : marked(50))
    #expect(all.counts == [3, count])
    #expect(Array(all[0]) == [1, 2, 3])
    expectMarks(all.elements, 50, from: 3)
  }

  /// Each part is short enough for an `int`, all of them together are not.
  @Test func allGatherOfEqualParts() throws {
    let half = 1_100_000_001
    var memory = [UInt8](repeating: 0, count: 2 * half)
    memory[world.rank * half] = 7
    memory[world.rank * half + half - 1] = 8
    try world.allGather(inPlace: &memory)
    for start in [0, half] { #expect(memory[start] == 7 && memory[start + half - 1] == 8 && memory[start + 1] == 0) }
  }

  @Test func scatter() throws {
    let counts = [5, count]
    var all: [UInt8]? = nil
    if world.isRoot { all = [1, 2, 3, 4, 5] + marked(60) }
    let mine = try world.scatter(all, counts: counts)
    if world.isRoot { #expect(mine == [1, 2, 3, 4, 5]) } else { expectMarks(mine, 60) }
  }

  @Test func allToAll() throws {
    // Rank 0 sends the huge part; what comes from whom is worked out.
    let out =
      world.isRoot
      ? RankPartitioned([1, 2] + marked(70), counts: [2, count]) : RankPartitioned([9, 8, 7], counts: [2, 1])
    let incoming = try world.allToAll(out)
    if world.isRoot {
      #expect(incoming.map(Array.init) == [[1, 2], [9, 8]])
    } else {
      #expect(incoming.counts == [count, 1])
      expectMarks(incoming.elements, 70)
      #expect(incoming.elements[count] == 7)
    }
  }

  @Test func allReduceInPlace() throws {
    var memory = marked(UInt8(80 * world.rank))
    try world.allReduce(inPlace: &memory, .max)
    expectMarks(memory, 80)
  }

  @Test func reduceAtTheRoot() throws {
    var memory = marked(UInt8(90 * world.rank))
    try world.reduce(inPlace: &memory, .max)
    // On rank 1 they are as they were.
    expectMarks(memory, 90)
  }

  @Test func scan() throws {
    var memory = marked(UInt8(100 * (1 - world.rank)))
    try world.scan(inPlace: &memory, .max)
    expectMarks(memory, 100)
  }

  @Test func exclusiveScan() throws {
    var memory = marked(UInt8(110 + world.rank))
    try world.exclusiveScan(inPlace: &memory, .max)
    expectMarks(memory, 110)
  }

  @Test func reduceScatter() throws {
    // Rank 1 gets the huge block.
    var memory = [UInt8](repeating: 0, count: 4) + marked(UInt8(120 * world.rank))
    memory[3] = UInt8(world.rank)
    try world.reduceScatter(inPlace: &memory, .max, counts: [4, count])
    if world.isRoot { #expect(Array(memory[..<4]) == [0, 0, 0, 1]) } else { expectMarks(memory, 120) }
  }

  #if !DEBUG  // Unoptimized, a closure for each element takes minutes.
    @Test func reduceByAClosure() throws {
      var memory = marked(UInt8(world.rank))
      try world.allReduce(inPlace: &memory, .custom { Swift.max($0, $1) })
      expectMarks(memory, 1)
    }
  #endif
}

/// Launches the above. Not on more ranks, for each needs its own memory.
@Suite(.enabled(if: isHugeAllowed)) struct HugeCountsUnderTheLauncher {
  @Test func onTwoRanks() async throws {
    try await launchTests(of: HugeCountTests.self, ranks: 2, timeLimit: .seconds(1_800))
  }
}

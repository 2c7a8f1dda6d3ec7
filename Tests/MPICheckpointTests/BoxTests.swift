// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

@testable import MPICheckpoint

/// Boxes of indices.
@Suite struct BoxTests {
  private func box(_ ranges: Range<Int>...) -> Box { Box(ranges) }

  /// A number for each index of a box, in its order.
  private func numbers(_ box: Box) -> [Int] {
    var result = [0]
    for range in box.ranges { result = result.flatMap { before in range.map { 100 * before + $0 } } }
    return result
  }

  @Test func runsCopyWhatIsInBoth() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let dimensions = Int.random(in: 1...4, using: &generator)
      func random() -> Box {
        Box(
          (0..<dimensions).map { _ in
            let start = Int.random(in: 0..<4)
            return start..<start + Int.random(in: 0...4)
          })
      }
      let (from, to) = (random(), random())
      let source = numbers(from)
      var destination = [Int](repeating: -1, count: to.count ?? 0)
      var last = -1
      from.forEachRun(into: to) { run in
        #expect(run.source > last && run.count > 0)
        last = run.source + run.count - 1
        for index in 0..<run.count { destination[run.destination + index] = source[run.source + index] }
      }
      let common = from.intersection(to).map { Set(numbers($0)) } ?? []
      #expect(destination == numbers(to).map { common.contains($0) ? $0 : -1 }, "\(from) \(to)")
    }
  }

  @Test func wholeRowsAreOneRun() {
    var runs: [Box.Run] = []
    box(2..<6, 0..<10).forEachRun(into: box(0..<5, 0..<10)) { runs.append($0) }
    #expect(runs == [Box.Run(source: 0, destination: 20, count: 30)])
    runs = []
    box(0..<3, 0..<10).forEachRun(into: box(0..<3, 5..<15)) { runs.append($0) }
    #expect(
      runs.map(\.source) == [5, 15, 25] && runs.map(\.destination) == [0, 10, 20] && runs.allSatisfy { $0.count == 5 })
  }

  @Test func wholeIsFilledOnce() throws {
    #expect(try Box.whole(of: [box(0..<2, 0..<3), box(0..<2, 3..<4), box(2..<5, 0..<4)]) == box(0..<5, 0..<4))
    #expect(try Box.whole(of: [box(3..<3, 0..<4), box(1..<2, 5..<6)]) == box(1..<2, 5..<6))
    #expect(try Box.whole(of: [box(0..<0), box(7..<7)]) == nil)
    #expect(throws: BoxProblem.self) { try Box.whole(of: [box(0..<2, 0..<3), box(1..<3, 2..<3)]) }
    #expect(throws: BoxProblem.self) { try Box.whole(of: [box(0..<2, 0..<3), box(2..<3, 0..<2)]) }
    // As many elements as the box, and yet not right.
    #expect(throws: BoxProblem.self) { try Box.whole(of: [box(0..<2), box(1..<3), box(4..<5)]) }
  }

  @Test func countsDoNotOverflow() {
    #expect(box(0..<1 << 40, 0..<1 << 40).count == nil)
    #expect(box(0..<1 << 40, 0..<1 << 40, 3..<3).count == 0)
  }
}

extension OnEveryRank {
  /// Arrays of several dimensions.
  @Suite struct BoxPartTests {
    let world = Communicator.world

    /// What belongs into a box of an array.
    private func numbers(_ box: [Range<Int>]) -> [Double] {
      var result = [0.0]
      for range in box { result = result.flatMap { before in range.map { 1000 * before + Double($0) } } }
      return result
    }

    @Test func tilesOfAGridAreRestoredByOthers() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        let shape = [37, 53]
        let grid = try world.balancedDimensions(count: 2)
        func tile(_ rank: Int, _ grid: [Int]) -> [Range<Int>] {
          let place = [rank / grid[1], rank % grid[1]]
          return (0..<2).map { shape[$0] * place[$0] / grid[$0]..<shape[$0] * (place[$0] + 1) / grid[$0] }
        }
        let mine = tile(world.rank, grid)
        try world.save(["plate": .spread(numbers(mine), ranges: mine)], to: path)
        let saved = try #require(try world.restore(from: path))
        #expect(try saved.shape(of: "plate") == shape)
        #expect(try saved.spread("plate") == numbers(mine))
        for other in [[world.size, 1], [1, world.size]] {
          let box = tile(world.rank, other)
          #expect(try saved.spread("plate", ranges: box) == numbers(box))
        }
        // With a frame of ghost cells.
        let wide = (0..<2).map { max(0, mine[$0].lowerBound - 1)..<min(shape[$0], mine[$0].upperBound + 1) }
        #expect(try saved.spread("plate", ranges: wide) == numbers(wide))
        try expectError(.argument, part: "plate", naming: "2 dimensions") {
          _ = try saved.spread("plate", as: Double.self, range: 0..<1)
        }
        try expectError(.argument, part: "plate", naming: "rank \(world.last) asks for", "0..<54") {
          _ = try saved.spread("plate", as: Double.self, ranges: [0..<1, world.rank == world.last ? 0..<54 : 0..<53])
        }
        try expectError(.argument, part: "plate", naming: "does not lie within") {
          _ = try saved.spread("plate", as: Double.self, ranges: [-1..<Int.max, Int.min..<3])
        }
        if world.size > 1, let ranks = try world.split(color: world.rank == world.last ? nil : 0) {
          let fewer = try #require(try ranks.restore(from: path))
          try expectError(.otherRankCount, part: "plate", naming: "spread(_:as:ranges:)", on: ranks) {
            _ = try fewer.spread("plate", as: Double.self)
          }
          let box = tile(ranks.rank, [ranks.size, 1])
          #expect(try fewer.spread("plate", ranges: box) == numbers(box))
        }
        try world.barrier()
      }
    }

    @Test func ghostCellsStayOutByALayout() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        // Two rows of three for each rank, in a frame.
        let inner = try Layout<Double>.subarray(shape: [4, 5], ranges: [1..<3, 1..<4])
        let cells = (0..<20).map { Double($0 + 100 * world.rank) }
        let box = [2 * world.rank..<2 * world.rank + 2, 0..<3]
        try world.save(["plate": .spread(cells[layout: inner], ranges: box)], to: path)
        let saved = try #require(try world.restore(from: path))
        let expected = [6, 7, 8, 11, 12, 13].map { Double($0 + 100 * world.rank) }
        #expect(try saved.spread("plate") == expected)
        #expect(try saved.spread("plate", ranges: box) == expected)
      }
    }

    @Test func boxesThatDoNotGoTogether() throws {
      try withFolder { folder in
        let path = "\(folder)/a"
        func save(_ count: Int, _ box: [Range<Int>]) throws {
          try world.save(["plate": .spread([Double](repeating: 0, count: count), ranges: box)], to: path)
        }
        try expectError(.argument, part: "plate", naming: "rank 0 gives 5 elements", "which has 6") {
          try save(5, [0..<2, 0..<3])
        }
        try expectError(.argument, part: "plate", naming: "not one") { try save(0, []) }
        try expectError(.argument, part: "plate", naming: "from 0 on") { try save(2, [-1..<1]) }
        if world.size > 1 {
          try expectError(.mismatch, part: "plate", naming: "rank 0 and rank 1 overlap") {
            try save(6, [0..<2, 0..<3])
          }
          try expectError(.mismatch, naming: "rank 1 saves") { try save(2, world.isRoot ? [0..<2] : [0..<2, 0..<1]) }
          try expectError(.mismatch, part: "plate", naming: "do not fill the box") {
            try save(1, [2 * world.rank..<2 * world.rank + 1])
          }
        }
        #expect(try names(in: folder) == [])
      }
    }
  }
}

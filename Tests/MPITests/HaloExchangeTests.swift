// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

/// A block of a field that lies on a grid, known as a whole.
struct TestBlock {
  let grid: CartesianCommunicator
  let width: [Int]
  /// Of this rank: ghost cells among them.
  let shape: [Int]
  /// Where this rank's own cells begin in the whole, and how long that is.
  let start: [Int]
  let whole: [Int]

  /// Blocks are of different lengths: those at odd places have one cell more.
  init(_ grid: CartesianCommunicator, width: [Int], length: Int = 4) {
    func own(_ coordinate: Int) -> Int { length + coordinate % 2 }
    self.grid = grid
    self.width = width
    shape = zip(grid.coordinates, width).map { own($0) + 2 * $1 }
    start = grid.coordinates.map { (0..<$0).reduce(0) { $0 + own($1) } }
    whole = grid.dimensions.map { (0..<$0).reduce(0) { $0 + own($1) } }
  }

  var count: Int { shape.reduce(1, *) }

  /// The cells of the block: `value` is given the number of the cell in the whole, or nil for what is left as it was.
  func cells<Element>(
    afterExchange: Bool, corners: Bool = false, _ value: (Int?) -> Element
  ) -> [Element] {
    (0..<count).map { index in
      var (rest, number, stride, ghosts, isOff) = (index, 0, 1, 0, false)
      for dimension in shape.indices.reversed() {
        let place: Int
        (rest, place) = rest.quotientAndRemainder(dividingBy: shape[dimension])
        if !(width[dimension]..<shape[dimension] - width[dimension]).contains(place) { ghosts += 1 }
        var global = start[dimension] + place - width[dimension]
        if !(0..<whole[dimension]).contains(global) {
          if !grid.periodic[dimension] { isOff = true }
          global = (global + whole[dimension]) % whole[dimension]
        }
        number += global * stride
        stride *= whole[dimension]
      }
      let isKnown = ghosts == 0 || afterExchange && !isOff && (ghosts == 1 || corners)
      return value(isKnown ? number : nil)
    }
  }
}

extension OnEveryRank {
  @Suite struct HaloExchangeTests {
    let world = Communicator.world

    /// Grids of one to three dimensions, periodic along every choice of them.
    func grids() throws -> [CartesianCommunicator] {
      var grids: [CartesianCommunicator] = []
      for count in 1...3 {
        let dimensions = try world.balancedDimensions(count: count)
        for flags in 0..<1 << count {
          let periodic = dimensions.indices.map { flags >> $0 & 1 == 1 }
          grids.append(try world.cartesian(dimensions: dimensions, periodic: periodic))
        }
      }
      return grids
    }

    func widths(_ grid: CartesianCommunicator) -> [[Int]] {
      [1, 2].map { [Int](repeating: $0, count: grid.dimensions.count) }
        + [grid.dimensions.indices.map { ($0 + 1) % 3 }, grid.dimensions.map { _ in 0 }]
    }

    func check<Element: Sample>(_: Element.Type, _ grid: CartesianCommunicator, _ width: [Int], corners: Bool) throws {
      let block = TestBlock(grid, width: width)
      let place = Comment(rawValue: "\(Element.self), \(grid.dimensions), \(grid.periodic), \(width), \(corners)")
      let off = Element.sample(99)
      let before = block.cells(afterExchange: false) { $0.map { Element.sample($0 % 90) } ?? off }
      let after = block.cells(afterExchange: true, corners: corners) { $0.map { Element.sample($0 % 90) } ?? off }

      var cells = before
      try grid.exchangeHalo(&cells, shape: block.shape, width: width, corners: corners)
      #expect(cells == after, place)

      let halo = try grid.halo(of: Element.self, shape: block.shape, width: width, corners: corners)
      cells = before
      try halo.exchange(&cells)
      #expect(cells == after, place)

      for _ in 0..<2 {
        cells = before
        var span = cells.mutableSpan
        let same = try halo.nonblocking.exchange(&span) { cells, pending in
          _ = try pending.test()
          return zip(cells.indices, block.cells(afterExchange: false) { $0 != nil }).allSatisfy { index, isOwn in
            !isOwn || cells[index] == before[index]
          }
        }
        #expect(same && cells == after, place)
      }
      #expect(try halo.nonblocking.exchange(before).wait() == after, place)

      var persistent = try halo.persistent.exchange(before)
      for _ in 0..<3 {
        for index in before.indices { persistent.input[index] = before[index] }
        try persistent.start {}
        #expect(before.indices.allSatisfy { persistent.output[$0] == after[$0] }, place)
      }
    }

    @Test func everyGrid() throws {
      for grid in try grids() {
        for width in widths(grid) {
          for corners in [false, true] {
            try check(Double.self, grid, width, corners: corners)
            try check(Padded.self, grid, width, corners: corners)
          }
        }
      }
    }

    @Test func everyType() throws {
      let grid = try world.cartesian(dimensions: world.balancedDimensions(count: 2), periodic: [true, false])
      for type in everySample { try check(type, grid, [1, 2], corners: true) }
    }

    @Test func modesOfTheGrid() throws {
      let grid = try world.cartesian(dimensions: world.balancedDimensions(count: 2), periodic: [true, true])
      let block = TestBlock(grid, width: [1, 1])
      let before = block.cells(afterExchange: false) { $0 ?? -1 }
      let after = block.cells(afterExchange: true) { $0 ?? -1 }
      var cells = before
      var span = cells.mutableSpan
      let sum = try grid.nonblocking.exchangeHalo(&span, shape: block.shape, width: [1, 1]) { cells, _ in
        cells[block.shape[1] + 1]
      }
      #expect(sum == before[block.shape[1] + 1] && cells == after)
      let request = try grid.nonblocking.exchangeHalo(before, shape: block.shape, width: [1, 1])
      #expect(try request.wait() == after)
      var persistent = try grid.persistent.exchangeHalo(before, shape: block.shape, width: [1, 1])
      try persistent.start()
      try persistent.wait()
      #expect(after.indices.allSatisfy { persistent.output[$0] == after[$0] })
    }

    // MARK: Rows of cells

    @Test(arguments: [true, false], [1, 2, 5]) func bothEndsOfAnArray(periodic: Bool, width: Int) throws {
      let line = try world.cartesian(dimensions: [world.size], periodic: [periodic])
      func own(_ rank: Int) -> [Int] { (0..<5 + rank).map { 100 * rank + $0 } }
      let ghosts = [Int](repeating: -1, count: width)
      let (before, after) = line.shift(dimension: 0)
      let first = before.rank.map { Array(own($0).suffix(width)) } ?? ghosts
      let last = after.rank.map { Array(own($0).prefix(width)) } ?? ghosts
      let expected: [Int] = first + own(line.rank) + last
      for _ in 0..<2 {
        var cells = ghosts + own(line.rank) + ghosts
        try line.exchangeHalo(&cells, dimension: 0, width: width)
        #expect(cells == expected)
        cells = ghosts + own(line.rank) + ghosts
        var span = cells.mutableSpan
        try line.exchangeHalo(&span, dimension: 0, width: width)
        #expect(cells == expected)
      }
    }

    @Test func alongOneDimensionOfSeveral() throws {
      let grid = try world.cartesian(dimensions: world.balancedDimensions(count: 2), periodic: [true, true])
      for dimension in 0..<2 {
        var cells = [-1, grid.rank, -1]
        try grid.exchangeHalo(&cells, dimension: dimension, width: 1)
        let (before, after) = grid.shift(dimension: dimension)
        #expect(cells == [before.rank!, grid.rank, after.rank!])
      }
    }

    @Test func aSerialComputationGivesTheSame() throws {
      let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
      let (each, steps) = (10, 25)
      var all = (0..<each * ring.size).map { Double($0 * $0 % 17) }
      var cells = [0] + all[each * ring.rank..<each * (ring.rank + 1)] + [0]
      var next = cells
      let halo = try ring.halo(of: Double.self, shape: [each + 2], width: [1])
      for _ in 0..<steps {
        let count = all.count
        all = (0..<count).map { (all[($0 + count - 1) % count] + all[$0] + all[($0 + 1) % count]) / 3 }
        var span = cells.mutableSpan
        try halo.nonblocking.exchange(&span) { cells, _ in
          for index in 2..<each { next[index] = (cells[index - 1] + cells[index] + cells[index + 1]) / 3 }
        }
        for index in [1, each] { next[index] = (cells[index - 1] + cells[index] + cells[index + 1]) / 3 }
        swap(&cells, &next)
      }
      #expect(Array(cells[1...each]) == Array(all[each * ring.rank..<each * (ring.rank + 1)]))
    }

    @Test func messagesOfTheProgramDoNotMeetIt() throws {
      let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
      let incoming = try ring.nonblocking.receive(Int.self, from: .any, tag: .any)
      var cells = [0, ring.rank, 0]
      try ring.exchangeHalo(&cells, dimension: 0, width: 1)
      try ring.send(-5, to: ring.right)
      #expect(try incoming.wait() == -5 && cells == [ring.left, ring.rank, ring.right])
    }

    @Test func howManyMessages() throws {
      let grid = try world.cartesian(dimensions: [world.size, 1], periodic: [true, false])
      #expect(try grid.halo(of: Int.self, shape: [6, 7], width: [1, 1]).messageCount == 2)
      let halo = try grid.halo(of: Int32.self, shape: [6, 7], width: [1, 2])
      #expect(halo.messageCount == 2 && halo.byteCount == 2 * 3 * 4)
      #expect(halo.shape == [6, 7] && halo.width == [1, 2] && !halo.corners)
    }

    @Test func manyShapes() throws {
      let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
      for _ in 0..<2 {
        for length in 3..<20 {
          var cells = [Int](repeating: ring.rank, count: length)
          try ring.exchangeHalo(&cells, dimension: 0, width: 1)
          #expect(cells.first == ring.left && cells.last == ring.right)
          var others = [Int](repeating: ring.rank, count: length)
          try ring.exchangeHalo(&others, shape: [length], width: [1])
          #expect(others == cells)
        }
      }
    }

    // MARK: Wrong arguments

    @Test func wrongShapes() throws {
      let grid = try world.cartesian(dimensions: [world.size, 1], periodic: [true, true])
      var cells = [Int](repeating: 0, count: 12)
      let wrong: [(shape: [Int], width: [Int], errorClass: ErrorClass, word: String)] = [
        ([12], [1, 1], .dimensions, "shape has 1 entries"), ([4, 3], [1], .dimensions, "width has 1 entries"),
        ([4, 3], [1, -1], .argument, "width -1"), ([6, 2], [1, 1], .argument, "a block of 2 along dimension 1"),
        ([3, 4], [1, 2], .argument, "too short for width 2"), ([-3, -4], [0, 0], .argument, "a block of -3"),
        ([4, 4], [1, 1], .count, "must have 16"), ([Int.max, 4], [0, 1], .argument, "can be counted"),
      ]
      for (shape, width, errorClass, word) in wrong {
        try expectRefusal(errorClass, "exchangeHalo", naming: word, on: grid) {
          try grid.exchangeHalo(&cells, shape: shape, width: width)
        }
      }
      try expectRefusal(.dimensions, "exchangeHalo", naming: "dimension 2", on: grid) {
        try grid.exchangeHalo(&cells, dimension: 2, width: 1)
      }
      try expectRefusal(.argument, "exchangeHalo", naming: "width 5", on: grid) {
        try grid.exchangeHalo(&cells, dimension: 0, width: 5)
      }
      let halo = try grid.halo(of: Int.self, shape: [3, 3], width: [1, 1])
      try expectRefusal(.count, "exchangeHalo", naming: "12 elements", "must have 9", on: grid) {
        try halo.exchange(&cells)
      }
      try expectRefusal(.count, "exchangeHalo", on: grid) { _ = try halo.nonblocking.exchange(cells) }
      try expectRefusal(.count, "exchangeHalo", on: grid) { _ = try halo.persistent.exchange(cells) }
      for (shape, width, errorClass, word) in wrong where errorClass != .count {
        try expectRefusal(errorClass, "halo", naming: word, on: grid) {
          _ = try grid.halo(of: Int.self, shape: shape, width: width)
        }
      }
    }

    @Test func oneRankAloneIsWrong() throws {
      let line = try world.cartesian(dimensions: [world.size], periodic: [false])
      try expectRefusal(.argument, "halo", on: line) {
        _ = try line.halo(of: Int.self, shape: [line.rank == line.last ? 2 : 6], width: [1])
      }
      guard world.size > 1 else { return }
      try expectRefusal(.argument, "halo", naming: "different widths", on: line) {
        _ = try line.halo(of: Int.self, shape: [9], width: [line.rank == 0 ? 1 : 2])
      }
    }

    @Test func blocksThatDoNotFitTogether() throws {
      guard world.size > 1 else { return }
      let grid = try world.cartesian(dimensions: [world.size, 1], periodic: [false, false])
      let columns = grid.rank == 0 ? 5 : 4
      try expectRefusal(.argument, "halo", on: grid) {
        _ = try grid.halo(of: Int.self, shape: [3, columns], width: [1, 0])
      }
      // In one call it is found by whoever gets an edge of another size.
      var cells = [Int](repeating: 0, count: 3 * columns)
      if grid.rank < 2 {
        expectError(grid.rank == 0 ? .count : .truncate, "exchangeHalo", on: grid) {
          try grid.exchangeHalo(&cells, shape: [3, columns], width: [1, 0])
        }
      } else {
        try grid.exchangeHalo(&cells, shape: [3, columns], width: [1, 0])
      }
      #expect(try grid.allReduce(1, .sum) == world.size)
    }
  }
}

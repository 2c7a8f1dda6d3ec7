// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Collectives by layouts.
  @Suite struct LayoutCollectiveTests {
    let world = Communicator.world

    /// A matrix cut into as many blocks as there are ranks, side by side or in two rows of them.
    private struct Blocks {
      let rows = 6
      let columns: Int
      let ranges: [(rows: Range<Int>, columns: Range<Int>)]

      init(_ world: Communicator) {
        let down = world.size % 2 == 0 ? 2 : 1
        let across = world.size / down
        let columns = 3 * across + 1
        self.columns = columns
        ranges = (0..<world.size).map { rank in
          let column = rank % across
          return (
            rows: rank / across * (6 / down)..<(rank / across + 1) * (6 / down),
            // The last one is wider.
            columns: 3 * column..<(column == across - 1 ? columns : 3 * column + 3)
          )
        }
      }

      var count: Int { rows * columns }

      func layouts<Element>(_: Element.Type) throws -> [Layout<Element>] {
        try ranges.map { try .subarray(shape: [rows, columns], ranges: [$0.rows, $0.columns]) }
      }

      /// The elements of a rank's block.
      func block<Element>(_ rank: Int, of matrix: [Element]) -> [Element] {
        ranges[rank].rows.flatMap { row in ranges[rank].columns.map { matrix[row * columns + $0] } }
      }
    }

    // MARK: Broadcast

    @Test func broadcast() throws {
      for root in [0, world.last] {
        var own = Int.samples(20, from: 100 * world.rank)
        let layout = try Layout<Int>.vector(count: 4, stride: 5, start: 1)
        try world.broadcast(inPlace: &own[layout: layout], root: root)
        let expected = Int.samples(20, from: 100 * world.rank).enumerated().map {
          $0 % 5 == 1 ? Int.sample(100 * root + $0) : $1
        }
        #expect(own == expected)
      }
    }

    @Test func broadcastToAnotherLayout() throws {
      // The root's column becomes everyone else's row.
      var own = Padded.samples(16, from: 100 * world.rank)
      let layout: Layout<Padded> =
        try world.isRoot ? .vector(count: 4, stride: 4) : .contiguous(4).shifted(by: 8)
      try world.broadcast(inPlace: &own[layout: layout])
      if !world.isRoot { #expect(Array(own[8..<12]) == [0, 4, 8, 12].map { Padded.sample($0) }) }
      try expectRefusal(.count, "broadcast", naming: "element 16") {
        try world.broadcast(inPlace: &own[layout: .contiguous(17)])
      }
      try expectRefusal(.root, "broadcast", naming: "\(world.size)") {
        try world.broadcast(inPlace: &own[layout: .contiguous(1)], root: world.size)
      }
    }

    // MARK: Scatter and gather

    @Test func matrixInBlocks() throws {
      func check<Element: Sample>(_: Element.Type, root: Int) throws {
        let blocks = Blocks(world)
        let matrix = Element.samples(blocks.count)
        let layouts = try blocks.layouts(Element.self)
        let expected = blocks.block(world.rank, of: matrix)
        let all = world.rank == root ? matrix : []

        var mine = Element.samples(expected.count, from: 500)
        try world.scatter(all[layouts: world.rank == root ? layouts : []], into: &mine, root: root)
        #expect(mine == expected, "\(Element.self)")
        #expect(try world.scatter(all[layouts: layouts], root: root) == expected, "\(Element.self)")

        var back = Element.samples(world.rank == root ? blocks.count : 0, from: 700)
        try world.gather(mine, into: &back[layouts: world.rank == root ? layouts : []], root: root)
        if world.rank == root { #expect(back == matrix, "\(Element.self)") }

        var everywhere = Element.samples(blocks.count, from: 700)
        try world.allGather(mine, into: &everywhere[layouts: layouts])
        #expect(everywhere == matrix, "\(Element.self)")
      }
      for type in everySample { try check(type, root: 0) }
      try check(Double.self, root: world.last)
      try check(Padded.self, root: world.last)
    }

    @Test func blocksWithAGhostAround() throws {
      // Every rank has its block within a frame of one element.
      let blocks = Blocks(world)
      let matrix = Int.samples(blocks.count)
      let (rows, columns) = (blocks.ranges[world.rank].rows.count, blocks.ranges[world.rank].columns.count)
      let inner = try Layout<Int>.subarray(
        shape: [rows + 2, columns + 2], start: [1, 1], extent: [rows, columns])
      var mine = [Int](repeating: -1, count: (rows + 2) * (columns + 2))
      let all = world.isRoot ? matrix : []
      let layouts = try world.isRoot ? blocks.layouts(Int.self) : []
      var span = mine.mutableSpan
      try world.scatter(all.span[layouts: layouts], into: &span[layout: inner])
      let taken = indices(ofArray: [rows + 2, columns + 2], .rowMajor) {
        (1...rows).contains($0[0]) && (1...columns).contains($0[1])
      }
      #expect(taken.map { mine[$0] } == blocks.block(world.rank, of: matrix))
      #expect(mine.indices.allSatisfy { taken.contains($0) || mine[$0] == -1 })

      var back = [Int](repeating: 0, count: world.isRoot ? blocks.count : 0)
      var backSpan = back.mutableSpan
      try world.gather(mine.span[layout: inner], into: &backSpan[layouts: layouts])
      if world.isRoot { #expect(back == matrix) }

      var everywhere = [Int](repeating: 0, count: blocks.count)
      var everywhereSpan = everywhere.mutableSpan
      try world.allGather(mine.span[layout: inner], into: &everywhereSpan[layouts: blocks.layouts(Int.self)])
      #expect(everywhere == matrix)
    }

    @Test func oneFieldOfTheRootsStructs() throws {
      let all = world.isRoot ? Padded.samples(3 * world.size) : []
      let layouts = try (0..<world.size).map { rank in
        try Layout<Padded>.fields(\.weight, count: 3).shifted(by: 3 * rank)
      }
      var weights = [0.0, 0, 0]
      var span = weights.mutableSpan
      try world.scatter(all.span[layouts: layouts, as: Double.self], into: &span[layout: .contiguous(3)])
      #expect(weights == Padded.samples(3, from: 3 * world.rank).map(\.weight))
      try expectRefusalAtRoot(.type, "scatter", naming: "only some fields") {
        _ = try world.scatter((world.isRoot ? all : [])[layouts: layouts])
      }
    }

    @Test func columns() throws {
      for root in [0, world.last] {
        let (rows, columns) = (5, world.size)
        let matrix = Tupled.samples(rows * columns)
        let column = try Layout<Tupled>.vector(count: rows, stride: columns).resized(extent: 1)
        let mine = try world.scatter((world.rank == root ? matrix : [])[each: column], root: root)
        #expect(mine == (0..<rows).map { matrix[$0 * columns + world.rank] })
        var back = Tupled.samples(world.rank == root ? rows * columns : 0, from: 50)
        try world.gather(mine, into: &back[each: column], root: root)
        if world.rank == root { #expect(back == matrix) }
      }
    }

    @Test func differentAndEmptyParts() throws {
      // Rank r gets r elements, backwards.
      let all = world.isRoot ? Int.samples(20) : []
      let layouts = try (0..<world.size).map { try Layout<Int>.vector(count: $0, stride: -1, start: 10) }
      let mine = try world.scatter(all[layouts: layouts])
      #expect(mine == (0..<world.rank).map { Int.sample(10 - $0) })
      let none = try world.scatter(all[layouts: (0..<world.size).map { _ in try .contiguous(0) }])
      #expect(none.isEmpty)
      #expect(try world.scatter(all[each: .contiguous(0)]).isEmpty)
    }

    // MARK: All to all

    @Test func transposition() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        // A square matrix of which each rank has some rows. Rank r gets my columns that are its rows.
        let share = 3
        let length = share * world.size
        let mine = Element.samples(share * length, from: share * length * world.rank)
        let out = try (0..<world.size).map { rank in
          try Layout<Element>.subarray(shape: [share, length], start: [0, share * rank], extent: [share, share])
        }
        // A row that comes becomes a column here.
        let column = try Layout<Element>.vector(count: share, stride: length).resized(extent: 1)
        let into = try (0..<world.size).map { rank in try column.repeated(share).shifted(by: share * rank) }
        var transposed = Element.samples(share * length, from: 5000)
        try world.allToAll(mine[layouts: out], into: &transposed[layouts: into])
        for row in 0..<share {
          for column in 0..<length {
            let expected = Element.sample(column * length + share * world.rank + row)
            #expect(transposed[row * length + column] == expected, "\(Element.self)")
          }
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func inPlace() throws {
      let layouts = try (0..<world.size).map { try Layout<Int>.vector(count: 3, stride: world.size, start: $0) }
      let count = 3 * world.size
      var mine = (0..<count).map { 1000 * world.rank + $0 }
      try world.allToAll(inPlace: &mine[layouts: layouts])
      #expect(mine == (0..<count).map { 1000 * ($0 % world.size) + $0 / world.size * world.size + world.rank })
    }

    @Test func differentTypes() throws {
      // Weights of structs go out, and come into doubles.
      let mine = Padded.samples(2 * world.size, from: 10 * world.rank)
      let out = try (0..<world.size).map { try Layout<Padded>.fields(\.weight, count: 2).shifted(by: 2 * $0) }
      let into = try (0..<world.size).map { try Layout<Double>.contiguous(2).shifted(by: 2 * $0) }
      var weights = [Double](repeating: 0, count: 2 * world.size)
      var span = weights.mutableSpan
      try world.allToAll(mine.span[layouts: out, as: Double.self], into: &span[layouts: into])
      let expected = (0..<world.size).flatMap { rank in
        Padded.samples(2, from: 10 * rank + 2 * world.rank).map(\.weight)
      }
      #expect(weights == expected)
    }

    // MARK: Wrong arguments

    /// As `expectRefusal`, of what the root alone can see: the others do not make the call.
    private func expectRefusalAtRoot(
      _ errorClass: ErrorClass, _ operation: String, naming word: String, root: Int = 0, _ body: () throws -> Void
    ) throws {
      if world.rank == root { expectError(errorClass, operation, naming: word, on: world, body) }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func wrongLayouts() throws {
      let size = world.size
      let memory = Int.samples(10)
      var room = memory
      let one = try Layout<Int>.contiguous(1)
      let apart = try (0..<size).map { try one.shifted(by: $0) }
      try expectRefusalAtRoot(.count, "scatter", naming: "\(size + 1) layouts") {
        var one = [0]
        try world.scatter(memory[layouts: apart + apart.prefix(1)], into: &one)
      }
      try expectRefusalAtRoot(.count, "scatter", naming: "element 10") {
        var one = [0]
        try world.scatter(memory[layouts: apart.map { try $0.shifted(by: 10) }], into: &one)
      }
      try expectRefusalAtRoot(.count, "scatter", naming: "8 bytes go out and 16") {
        var two = [0, 0]
        try world.scatter(memory[layouts: apart], into: &two)
      }
      try expectRefusalAtRoot(.count, "scatter", naming: "memory of 0") {
        _ = try world.scatter(([] as [Int])[layouts: apart])
      }
      try expectRefusalAtRoot(.count, "scatter", naming: "memory of 10") {
        _ = try world.scatter(memory[each: .contiguous(11)])
      }
      try expectRefusalAtRoot(.count, "gather", naming: "element 10") {
        try world.gather([1], into: &room[layouts: apart.map { try $0.shifted(by: 10) }])
      }
      try expectRefusal(.root, "scatter", naming: "\(size)") {
        _ = try world.scatter(memory[layouts: apart], root: size)
      }
      try expectRefusal(.root, "gather", naming: "-1") {
        try world.gather([1], into: &room[layouts: apart], root: -1)
      }
      try expectRefusal(.count, "allToAll", naming: "0 layouts", "\(size) ranks") {
        try world.allToAll(memory[layouts: []], into: &room[layouts: apart])
      }
      try expectRefusal(.count, "allToAll", naming: "16 bytes go out and 8") {
        try world.allToAll(memory[layouts: (0..<size).map { _ in try .contiguous(2) }], into: &room[layouts: apart])
      }
      try expectRefusal(.count, "allGather", naming: "24 bytes go out and 8") {
        try world.allGather([1, 2, 3], into: &room[layouts: apart])
      }
      #expect(room == memory)
    }

    @Test func overlapsAreRefused() throws {
      guard world.size > 1 else { return }
      var room = Int.samples(40)
      let pair = try Layout<Int>.contiguous(2)
      let overlapping = try (0..<world.size).map { try pair.shifted(by: $0) }
      try expectRefusal(.type, "allGather", naming: "in common") {
        try world.allGather([1, 2], into: &room[layouts: overlapping])
      }
      try expectRefusal(.type, "allToAll", naming: "in common") {
        try world.allToAll(inPlace: &room[layouts: overlapping])
      }
      try expectRefusalAtRoot(.type, "gather", naming: "in common") {
        try world.gather([1, 2], into: &room[layouts: overlapping])
      }
      try expectRefusalAtRoot(.type, "gather", naming: "twice") {
        try world.gather([1, 2], into: &room[each: pair.resized(extent: 1)])
      }
      // What goes out may overlap.
      let mine = try world.scatter((world.isRoot ? room : [])[layouts: overlapping])
      #expect(mine == Int.samples(2, from: world.rank))
    }
  }
}

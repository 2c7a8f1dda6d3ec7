// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Which elements a layout takes.
  @Suite struct LayoutTests {
    let world = Communicator.world

    // MARK: Shapes

    @Test func contiguous() throws {
      try expect(Layout<Double>.contiguous(7), takes: Array(0..<7), of: 9)
      try expect(Layout<Padded>.contiguous(9), takes: Array(0..<9), of: 9)
      try expect(Layout<Int>.contiguous(3).shifted(by: 4), takes: [4, 5, 6], of: 9)
      try expect(Layout<Int>.contiguous(3).shifted(by: 4).shifted(by: -2), takes: [2, 3, 4], of: 9)
    }

    @Test func everyTypeOfElement() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        try expect(Layout<Element>.contiguous(4), takes: [0, 1, 2, 3], of: 9)
        try expect(
          Layout<Element>.vector(count: 3, blockLength: 2, stride: 3, start: 1), takes: [1, 2, 4, 5, 7, 8], of: 9)
        try expect(Layout<Element>.indexed(starts: [8, 0, 3]), takes: [8, 0, 3], of: 9)
        try expect(Layout<Element>.subarray(shape: [3, 3], ranges: [1..<3, 0..<2]), takes: [3, 4, 6, 7], of: 9)
      }
      for type in everySample { try check(type) }
    }

    @Test func columnOfAMatrix() throws {
      let (rows, columns) = (7, 5)
      for column in 0..<columns {
        let layout = try Layout<Double>.vector(count: rows, stride: columns, start: column)
        try expect(layout, takes: (0..<rows).map { $0 * columns + column }, of: rows * columns)
      }
    }

    @Test func everyThird() throws {
      try expect(Layout<Int16>.vector(count: 5, stride: 3), takes: [0, 3, 6, 9, 12], of: 13)
      try expect(Layout<Padded>.vector(count: 5, stride: 3, start: 1), takes: [1, 4, 7, 10, 13], of: 14)
    }

    @Test func backwards() throws {
      try expect(Layout<Int>.vector(count: 6, stride: -1, start: 5), takes: [5, 4, 3, 2, 1, 0], of: 6)
      try expect(
        Layout<Padded>.vector(count: 3, blockLength: 2, stride: -3, start: 6), takes: [6, 7, 3, 4, 0, 1], of: 8)
      let layout = try Layout<Int>.vector(count: 3, stride: -1)
      #expect(layout.bounds == -2..<1)
      #expect(layout.lowerBound == -2 && layout.extent == 3)
    }

    @Test func blocksOfDifferentLengths() throws {
      try expect(
        Layout<Double>.indexed(blocks: [(10, 2), (0, 1), (5, 0), (3, 3)]), takes: [10, 11, 0, 3, 4, 5], of: 12)
      try expect(Layout<Tupled>.indexed(blocks: [(4, 2), (0, 3)]), takes: [4, 5, 0, 1, 2], of: 6)
      try expect(Layout<Tupled>.indexed(starts: [4, 0], blockLength: 2), takes: [4, 5, 0, 1], of: 6)
      let many = (0..<100).map { (start: 3 * $0, length: $0 % 3) }
      try expect(
        Layout<Int32>.indexed(blocks: many), takes: many.flatMap { Array($0.start..<$0.start + $0.length) }, of: 300)
    }

    @Test func together() throws {
      // The edge of a field of 5 × 4, without its corners twice.
      let top = try Layout<Float>.contiguous(4)
      let bottom = try top.shifted(by: 16)
      let left = try Layout<Float>.vector(count: 3, stride: 4, start: 4)
      let right = try left.shifted(by: 3)
      try expect(
        .combined([top, bottom, left, right]), takes: [0, 1, 2, 3, 16, 17, 18, 19, 4, 8, 12, 7, 11, 15], of: 20)
      try expect(Layout<Float>.combined([]), takes: [], of: 20)
      try expect(.combined([top, .contiguous(0), top.shifted(by: 8)]), takes: [0, 1, 2, 3, 8, 9, 10, 11], of: 20)
    }

    @Test func layoutsOfLayouts() throws {
      let pair = try Layout<Int>.indexed(starts: [0, 2])  // 0 2, as long as 3
      #expect(pair.extent == 3)
      try expect(.contiguous(3, of: pair), takes: [0, 2, 3, 5, 6, 8], of: 9)
      try expect(pair.repeated(2), takes: [0, 2, 3, 5], of: 9)
      try expect(
        .vector(count: 2, blockLength: 2, stride: 3, start: 1, of: pair), takes: [3, 5, 6, 8, 12, 14, 15, 17], of: 18)
      try expect(.indexed(blocks: [(4, 1), (0, 2)], of: pair), takes: [12, 14, 0, 2, 3, 5], of: 15)
      try expect(.indexed(starts: [4, 1], blockLength: 1, of: pair), takes: [12, 14, 3, 5], of: 15)
      let deep = try Layout<Int>.contiguous(2, of: .vector(count: 2, stride: 2, of: pair))
      try expect(deep, takes: [0, 2, 6, 8, 9, 11, 15, 17], of: 18)
      try expect(
        Layout<Padded>.subarray(shape: [2, 3], ranges: [0..<2, 1..<2], of: .contiguous(2)), takes: [2, 3, 8, 9], of: 12)
    }

    @Test func resized() throws {
      let column = try Layout<Double>.vector(count: 4, stride: 3).resized(extent: 1)
      #expect(column.extent == 1 && column.bounds == 0..<10 && column.lowerBound == 0)
      // Column by column: the transposed matrix.
      try expect(column.repeated(3), takes: [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11], of: 12)
      try expect(.contiguous(2, of: Layout<Int>.contiguous(2).resized(extent: 5)), takes: [0, 1, 5, 6], of: 7)
      let shifted = try Layout<Int>.contiguous(2).resized(extent: 4, lowerBound: -1)
      #expect(shifted.lowerBound == -1 && shifted.extent == 4)
      try expect(shifted.repeated(3), takes: [0, 1, 4, 5, 8, 9], of: 10)
      try expect(Layout<Int>.contiguous(1).resized(extent: 0).repeated(3), takes: [0, 0, 0], of: 1)
    }

    // MARK: Arrays of several dimensions

    @Test(arguments: [ArrayOrder.rowMajor, .columnMajor]) func blocks(order: ArrayOrder) throws {
      for (shape, ranges) in [
        ([6], [2..<5]), ([6, 5], [0..<6, 0..<5]), ([6, 5], [2..<4, 1..<4]), ([4, 3, 5], [1..<3, 0..<2, 2..<5]),
        ([2, 3, 2, 4], [0..<1, 1..<3, 0..<2, 3..<4]), ([4, 4], [1..<1, 0..<4]), ([3, 0], [0..<3, 0..<0]),
      ] {
        let layout = try Layout<Double>.subarray(shape: shape, ranges: ranges, order: order)
        let taken = indices(ofArray: shape, order) { place in
          zip(place, ranges).allSatisfy { $1.contains($0) }
        }
        try expect(layout, takes: taken, of: shape.reduce(1, *))
        #expect(layout.extent == shape.reduce(1, *) && layout.lowerBound == 0)
        try expect(
          Layout<Padded>.subarray(
            shape: shape, start: ranges.map(\.lowerBound), extent: ranges.map(\.count), order: order),
          takes: taken, of: shape.reduce(1, *))
      }
    }

    @Test(arguments: [ArrayOrder.rowMajor, .columnMajor]) func dealtOut(order: ArrayOrder) throws {
      let cases: [([Int], [ArrayDistribution], [Int])] = [
        ([11], [.block], [3]), ([11], [.cyclic(1)], [3]), ([11], [.cyclic(2)], [3]), ([2], [.block], [4]),
        ([7, 5], [.block, .whole], [2, 1]), ([7, 5], [.cyclic(2), .block], [2, 2]),
        ([5, 6, 4], [.cyclic(1), .cyclic(3), .block], [2, 2, 1]), ([4, 4], [.cyclic(9), .cyclic(1)], [2, 2]),
      ]
      for (shape, distributions, grid) in cases {
        var all: [Int] = []
        for rank in 0..<grid.reduce(1, *) {
          var place = rank
          var coordinates = grid
          for index in grid.indices.reversed() {
            coordinates[index] = place % grid[index]
            place /= grid[index]
          }
          let taken = indices(ofArray: shape, order) { place in
            shape.indices.allSatisfy { dimension in
              let owner =
                switch distributions[dimension] {
                case .block: place[dimension] / ((shape[dimension] + grid[dimension] - 1) / grid[dimension])
                case .cyclic(let length): place[dimension] / length % grid[dimension]
                case .whole: 0
                }
              return owner == coordinates[dimension]
            }
          }
          let layout = try Layout<Double>.distributed(
            shape: shape, as: distributions, over: grid, rank: rank, order: order)
          try expect(layout, takes: taken, of: shape.reduce(1, *))
          #expect(layout.extent == shape.reduce(1, *))
          all += taken
        }
        #expect(all.sorted() == Array(0..<shape.reduce(1, *)))
      }
    }

    // MARK: Nothing

    @Test func emptyLayouts() throws {
      let empty: [Layout<Int>] = try [
        .contiguous(0), .vector(count: 0, stride: 5), .vector(count: 5, blockLength: 0, stride: 5, start: 90),
        .indexed(blocks: []), .indexed(blocks: [(80, 0), (-7, 0)]), .indexed(starts: []),
        .indexed(starts: [9, 99], blockLength: 0), .combined([]), .combined([.contiguous(0)]),
        .subarray(shape: [4], start: [4], extent: [0]), .contiguous(0).shifted(by: -4),
        .contiguous(0).resized(extent: 8),
        .contiguous(5, of: .contiguous(0)), .vector(count: 3, stride: 2, of: .contiguous(0)),
        .distributed(shape: [0], as: [.block], over: [2], rank: 1),
      ]
      for layout in empty { try expect(layout, takes: [], of: 0) }
      try expect(Layout<Int>.combined([.contiguous(0).shifted(by: 50), .contiguous(1)]), takes: [0], of: 1)
    }

    // MARK: Elements twice

    @Test func overlaps() throws {
      try expect(Layout<Int>.vector(count: 3, blockLength: 2, stride: 1), takes: [0, 1, 1, 2, 2, 3], of: 4)
      try expect(Layout<Int>.vector(count: 3, stride: 0), takes: [0, 0, 0], of: 4)
      try expect(Layout<Padded>.indexed(blocks: [(0, 3), (2, 2)]), takes: [0, 1, 2, 2, 3], of: 4)
      let teeth = try Layout<Int>.vector(count: 2, stride: 3)
      try expect(.vector(count: 2, stride: 2, of: teeth.resized(extent: 1)), takes: [0, 3, 2, 5], of: 6)
      try expect(.vector(count: 2, stride: 3, of: teeth.resized(extent: 1)), takes: [0, 3, 3, 6], of: 7)
      try expect(
        .combined([.contiguous(2), .contiguous(2).shifted(by: 1)]) as Layout<Int>, takes: [0, 1, 1, 2], of: 3)
      // Regular ones of any size are judged at once.
      let huge = try Layout<Int8>.vector(count: 1 << 40, blockLength: 4, stride: 4)
      #expect(!huge.overlaps && huge.elementCount == 1 << 42)
      #expect(try Layout<Int8>.vector(count: 1 << 40, blockLength: 4, stride: 3).overlaps)
      let columns = try Layout<Int8>.vector(count: 1 << 20, stride: 1 << 20).resized(extent: 1)
      #expect(try !columns.repeated(1 << 20).overlaps)
      #expect(try columns.repeated(1 + 1 << 20).overlaps)
    }

    // MARK: More than an int can count

    @Test func hugeLayouts() throws {
      // The datatypes are made, and nothing is sent.
      func check<Element: Sample>(_: Element.Type) throws {
        let (many, length) = (1 << 34, 3 << 31)
        let layouts: [Layout<Element>] = try [
          .contiguous(many), .vector(count: many, blockLength: 3, stride: 5, start: 2),
          .vector(count: 3, blockLength: length, stride: 2 * length), .vector(count: 3, stride: 1 << 40),
          .vector(count: 3, stride: -1 << 40, start: 1 << 42),
          .indexed(blocks: [(1 << 40, 1), (0, many), (many, length)]),
          .indexed(starts: [1 << 40, 0]), .indexed(starts: [1 << 40, 0], blockLength: length),
          .subarray(shape: [1 << 20, many], start: [7, length], extent: [100, length]),
          .subarray(shape: [many, 1 << 20], start: [length, 7], extent: [length, 100], order: .columnMajor),
          .distributed(shape: [many, 5], as: [.block, .cyclic(2)], over: [3, 2], rank: 2),
          .distributed(shape: [many], as: [.cyclic(length)], over: [2], rank: 1),
          .contiguous(1 << 33, of: .vector(count: 2, stride: 2)), .contiguous(many).shifted(by: many),
          .contiguous(many).resized(extent: 2 * many, lowerBound: -many),
        ]
        for layout in layouts {
          // What MPI says of it, which counts in 64 bits here.
          let made = try Layout<Element>(borrowing: layout.rawValue)
          #expect(layout.byteCount > Int(Int32.max) || layout.extent > Int(Int32.max), "\(layout)")
          #expect(made.byteCount == layout.byteCount, "\(layout)")
          #expect(made.bounds == layout.bounds, "\(layout)")
          #expect(made.extent == layout.extent && made.lowerBound == layout.lowerBound, "\(layout)")
          #expect(!layout.overlaps, "\(layout)")
        }
      }
      try check(Double.self)
      try check(UInt8.self)
      try check(Padded.self)
    }

    // MARK: Errors

    @Test func outOfBounds() throws {
      let memory = Int.samples(100)
      try expectRefusal(.count, "send", naming: "element 105", "memory of 100") {
        try world.send(memory[layout: .vector(count: 8, stride: 15)], to: world.right)
      }
      try expectRefusal(.count, "send", naming: "element -2", "memory of 100") {
        try world.send(memory[layout: .vector(count: 3, stride: -1)], to: world.right)
      }
      try expectRefusal(.count, "receive", naming: "element 100", "memory of 100") {
        var room = Padded.samples(100)
        try world.receive(into: &room[layout: .contiguous(101)], from: world.left)
      }
      try expectRefusal(.count, "send", naming: "element 0", "memory of 0") {
        try world.send([][layout: Layout<Int>.contiguous(1)], to: world.right)
      }
      try expectRefusal(.rank, "send", naming: "\(world.size)") {
        try world.send(memory[layout: .contiguous(1)], to: world.size)
      }
      try expectRefusal(.tag, "send", naming: "-1") {
        try world.send(memory[layout: .contiguous(1)], to: 0, tag: -1)
      }
    }

    @Test func wrongShapes() throws {
      expectError(.count, "Layout.contiguous", naming: "-1") { _ = try Layout<Int>.contiguous(-1) }
      expectError(.count, "Layout.vector", naming: "count -2") { _ = try Layout<Int>.vector(count: -2, stride: 1) }
      expectError(.count, "Layout.vector", naming: "blockLength -2") {
        _ = try Layout<Int>.vector(count: 2, blockLength: -2, stride: 1)
      }
      expectError(.count, "Layout.indexed", naming: "blocks[1]", "-3") {
        _ = try Layout<Int>.indexed(blocks: [(0, 1), (5, -3)])
      }
      expectError(.count, "Layout.indexed", naming: "-3") { _ = try Layout<Int>.indexed(starts: [1], blockLength: -3) }
      expectError(.argument, "Layout.resized", naming: "-3") { _ = try Layout<Int>.contiguous(1).resized(extent: -3) }
      expectError(.count, "Layout.vector", naming: "more bytes") {
        _ = try Layout<Int>.vector(count: .max, stride: .max)
      }
      expectError(.count, "Layout.contiguous", naming: "more bytes") { _ = try Layout<Int>.contiguous(.max) }
      expectError(.count, "Layout.shifted", naming: "more bytes") {
        _ = try Layout<Int>.contiguous(1).shifted(by: .max)
      }
      expectError(.count, "Layout.indexed", naming: "more bytes") {
        _ = try Layout<Int>.indexed(blocks: [(.min, 1), (.max, 1)])
      }
    }

    @Test func wrongArrays() throws {
      expectError(.dimensions, "Layout.subarray", naming: "dimension 1", "4 indices from 3", "6") {
        _ = try Layout<Int>.subarray(shape: [6, 6], start: [0, 3], extent: [1, 4])
      }
      for (start, extent) in [
        ([0], [1, 1]), ([0, 0], [1]), ([-1, 0], [1, 1]), ([0, 0], [1, -1]), ([7, 0], [0, 0]),
      ] {
        expectError(.dimensions, "Layout.subarray") {
          _ = try Layout<Int>.subarray(shape: [6, 6], start: start, extent: extent)
        }
      }
      expectError(.dimensions, "Layout.subarray") { _ = try Layout<Int>.subarray(shape: [], start: [], extent: []) }
      expectError(.dimensions, "Layout.subarray") { _ = try Layout<Int>.subarray(shape: [-1], start: [0], extent: [0]) }
      expectError(.rank, "Layout.distributed", naming: "rank 4", "0 to 3") {
        _ = try Layout<Int>.distributed(shape: [6, 6], as: [.block, .block], over: [2, 2], rank: 4)
      }
      for (way, ranks) in [(ArrayDistribution.whole, 2), (.cyclic(0), 2), (.block, 0), (.block, -1)] {
        expectError(.dimensions, "Layout.distributed", naming: "dimension 0") {
          _ = try Layout<Int>.distributed(shape: [6], as: [way], over: [ranks], rank: 0)
        }
      }
      expectError(.dimensions, "Layout.distributed") {
        _ = try Layout<Int>.distributed(shape: [6, 6], as: [.block], over: [2, 2], rank: 0)
      }
    }

    @Test func pointersAreRefused() throws {
      #if DEBUG
        var value = 1
        try withUnsafePointer(to: &value) { pointer in
          let memory = [pointer]
          try expectRefusal(.type, "send", naming: "address") {
            try world.send(memory[layout: .contiguous(1)], to: world.right)
          }
        }
      #endif
    }

    // MARK: In words, and to C and back

    @Test func descriptions() throws {
      #expect(try "\(Layout<Double>.contiguous(3))" == "3 side by side: 3 elements, from 0 to 2")
      #expect(
        try "\(Layout<Double>.vector(count: 4, stride: 10))" == "4 blocks of 1, 10 apart: 4 elements, from 0 to 30")
      #expect(
        try "\(Layout<Int>.indexed(blocks: [(7, 1), (0, 2)]))" == "2 blocks (1 at 7, 2 at 0): 3 elements, from 0 to 7")
      #expect(
        try "\(Layout<Int>.subarray(shape: [4, 4], ranges: [1..<3, 0..<2]))"
          == "a block of [2, 2] at [1, 0] in an array of [4, 4]: 4 elements, from 4 to 9")
      #expect(try "\(Layout<Int>.contiguous(0))" == "0 side by side: 0 elements")
    }

    @Test func borrowed() throws {
      let own = try Layout<Double>.vector(count: 3, blockLength: 2, stride: 4)
      let borrowed = try Layout<Double>(borrowing: own.rawValue)
      #expect(borrowed.elementCount == 6 && borrowed.byteCount == 48)
      #expect(borrowed.bounds == own.bounds && borrowed.extent == own.extent)
      let memory = Double.samples(12)
      let outgoing = try world.nonblocking.send(memory[layout: borrowed], to: world.right)
      #expect(try world.receive([Double].self, from: world.left) == [0, 1, 4, 5, 8, 9].map { memory[$0] })
      _ = try outgoing.wait()
      try expectRefusal(.count, "send", naming: "element 9", "memory of 9") {
        try world.send(Array(memory.prefix(9))[layout: borrowed], to: world.right)
      }
      try expect(.contiguous(2, of: own), takes: [0, 1, 4, 5, 8, 9, 10, 11, 14, 15, 18, 19], of: 20)
      let bytes = try Layout<UInt8>(borrowing: own.rawValue)
      #expect(bytes.elementCount == 48 && bytes.bounds == 0..<80)
      withExtendedLifetime(own) {}
    }

    @Test func copied() throws {
      func copy() throws -> Layout<Int> {
        let short = try Layout<Int>.indexed(starts: [3, 1])
        return try Layout(copying: short.rawValue)
      }
      let layout = try copy()
      let outgoing = try world.nonblocking.send([10, 11, 12, 13][layout: layout], to: world.right)
      #expect(try world.receive([Int].self, from: world.left) == [13, 11])
      _ = try outgoing.wait()
    }

    @Test func differentExtents() throws {
      let odd = try Layout<UInt8>.contiguous(3)
      expectError(.type, "Layout.init(borrowing:)", naming: "3 bytes", "Double", "Layout<UInt8>") {
        _ = try Layout<Double>(borrowing: odd.rawValue)
      }
      withExtendedLifetime(odd) {}
    }

    @Test func borrowedInWords() throws {
      func words<Element>(_ layout: Layout<Element>) throws -> String {
        try withExtendedLifetime(layout) { try "\(Layout<UInt8>(borrowing: layout.rawValue))" }
      }
      #expect(try words(Layout<Double>.contiguous(3)).hasPrefix("3 of MPI_DOUBLE: 24 elements"))
      #expect(try words(Layout<Double>.vector(count: 4, stride: 2)).hasPrefix("4 blocks of 1 of MPI_DOUBLE, 2 apart"))
      #expect(
        try words(Layout<Double>.indexed(blocks: [(3, 1), (0, 2)])).hasPrefix(
          "blocks of [1, 2] of MPI_DOUBLE at [3, 0]"))
      #expect(
        try words(Layout<Double>.indexed(starts: [3, 0])).hasPrefix("blocks of 1 of MPI_DOUBLE at [3, 0]"))
      #expect(
        try words(Layout<Double>.subarray(shape: [4, 5], ranges: [1..<3, 0..<2]))
          .hasPrefix("a block of [2, 2] at [1, 0] in an array of [4, 5] of MPI_DOUBLE"))
      #expect(
        try words(Layout<Double>.distributed(shape: [4, 5], as: [.block, .cyclic(1)], over: [2, 2], rank: 1))
          .contains("the part of rank 1 of 4 of a distributed array of MPI_DOUBLE"))
      #expect(try words(Layout<Double>.contiguous(1).resized(extent: 2)).contains("as 16 bytes from 0"))
      #expect(try words(Layout<Padded>.contiguous(3)).contains("of MPI_BYTE"))
      #expect(try words(Layout<Double>.contiguous(2).shifted(by: 3)).hasPrefix("{1 of 2 of MPI_DOUBLE at byte 24}"))
    }

    @Test func names() throws {
      let layout = try Layout<Double>.vector(count: 4, stride: 2)
      #expect(layout.name == "")
      layout.name = "every second"
      #expect(layout.name == "every second")
      let borrowed = try Layout<Double>(borrowing: layout.rawValue)
      #expect(borrowed.name == "every second")
      layout.name = String(repeating: "é", count: 500)
      #expect(!layout.name.isEmpty && layout.name.allSatisfy { $0 == "é" })
      #expect(borrowed.name == layout.name)
    }

    @Test func manyAreGivenBack() throws {
      for index in 0..<2000 {
        let layout = try Layout<Int>.vector(count: 3, stride: 1 + index % 7).repeated(2)
        _ = try layout.rawValue
      }
      for _ in 0..<50 {
        // The layout is gone before the message is.
        let outgoing = try world.nonblocking.send(Int.samples(9)[layout: .vector(count: 3, stride: 4)], to: world.right)
        #expect(try world.receive([Int].self, from: world.left) == [0, 4, 8].map { Int.sample($0) })
        _ = try outgoing.wait()
      }
    }
  }
}

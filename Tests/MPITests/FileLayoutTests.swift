// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Buffers of each kind in each operation of a file, and views by layouts.
  @Suite struct FileLayoutTests {
    let world = Communicator.world

    private func withNew(_ body: (String, MPIFile) throws -> Void) throws {
      try withPath { path in
        try world.withFile(path, .create, .readWrite) { try body(path, $0) }
      }
    }

    /// Four elements of this rank, and the same among others.
    private func data<Element: Sample>(_: Element.Type) throws -> (
      own: [Element], spread: [Element], everyOther: Layout<Element>, filler: Element
    ) {
      let own = Element.samples(4, from: 100 * world.rank)
      let filler = Element.sample(7777)
      return (own, own.flatMap { [$0, filler] }, try .vector(count: 4, stride: 2), filler)
    }

    /// Calls `write` for each kind of buffer with the four elements, and looks for them in the file.
    private func expectWritten<Element: Sample>(
      _ file: MPIFile, _: Element.Type,
      array: (MPIFile, [Element]) throws -> Void, slice: (MPIFile, ArraySlice<Element>) throws -> Void,
      span: (MPIFile, borrowing Span<Element>) throws -> Void,
      layout: (MPIFile, LayoutBuffer<[Element], Element>) throws -> Void
    ) throws {
      let (own, spread, everyOther, filler) = try data(Element.self)
      func check(_ write: () throws -> Void) throws {
        try world.barrier()
        try file.writeAll(Array(repeating: filler, count: 4), at: 4 * world.rank)
        try file.seek(to: 4 * world.rank)
        try file.seekShared(to: 0)
        try write()
        try file.sync()
        try world.barrier()
        #expect(try file.read(Element.self, at: 4 * world.rank, count: 4) == own)
        try world.barrier()
      }
      try check { try array(file, own) }
      try check { try slice(file, ([filler] + own)[1...]) }
      try check { try span(file, own.span) }
      try check { try layout(file, spread[layout: everyOther]) }
    }

    @Test func writes() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let place = 4 * world.rank
        try withNew { _, file in
          try file.setView(Element.self)
          try expectWritten(file, Element.self) {
            try $0.write($1, at: place)
          } slice: {
            try $0.write($1, at: place)
          } span: {
            try $0.write($1)
          } layout: {
            try $0.write($1)
          }
          try expectWritten(file, Element.self) {
            try $0.writeAll($1, at: place)
          } slice: {
            try $0.writeAll($1)
          } span: {
            try $0.writeAll($1)
          } layout: {
            try $0.writeAll($1, at: place)
          }
          try expectWritten(file, Element.self) {
            try $0.writeOrdered($1)
          } slice: {
            try $0.writeOrdered($1)
          } span: {
            try $0.writeOrdered($1)
          } layout: {
            try $0.writeOrdered($1)
          }
          try expectWritten(file, Element.self) {
            try $0.writeAll($1, at: place) {}
          } slice: {
            try $0.writeAll($1) {}
          } span: {
            try $0.writeOrdered($1) {}
          } layout: {
            try $0.writeOrdered($1) {}
          }
          try expectWritten(file, Element.self) {
            let given = try $0.nonblocking.write($1, at: place).wait()
            #expect(given == $1)
          } slice: {
            let given = try $0.nonblocking.writeAll($1).wait()
            #expect(given == $1)
          } span: {
            try $0.nonblocking.write($1) { _ = try $0.test() }
          } layout: {
            let given = try $0.nonblocking.writeAll($1, at: place).wait()
            #expect(given.base == $1.base)
          }
          try expectWritten(file, Element.self) {
            try $0.nonblocking.writeAll($1, at: place) { _ = try $0.test() }
          } slice: {
            try $0.nonblocking.write($1) { _ = try $0.test() }
          } span: {
            try $0.nonblocking.writeAll($1) { _ = try $0.test() }
          } layout: {
            try $0.nonblocking.write($1) { _ = try $0.test() }
          }
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func shared() throws {
      let (_, _, everyOther, _) = try data(Int.self)
      try withNew { _, file in
        try file.setView(Int.self)
        let five = [5, 0, 5, 0, 5, 0, 5]
        try file.writeShared([5, 5])
        try file.writeShared(five[layout: everyOther])
        try file.nonblocking.writeShared(five[layout: everyOther]).wait()
        try file.sync()
        try world.barrier()
        #expect(
          try file.read(Int.self, at: 0, count: 100 * world.size) == Array(repeating: 5, count: 10 * world.size))
        try world.barrier()
        try file.seekShared(to: 0)
        try world.barrier()
        var array = [0, 0]
        #expect(try file.readShared(into: &array) == 2)
        var spread = [0, -1, 0, -1, 0, -1, 0]
        #expect(try file.readShared(into: &spread[layout: everyOther]) == 4)
        #expect(array == [5, 5] && spread == [5, -1, 5, -1, 5, -1, 5])
      }
    }

    @Test func reads() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let (own, spread, everyOther, filler) = try data(Element.self)
        let place = 4 * world.rank
        try withNew { _, file in
          try file.setView(Element.self)
          try file.writeAll(own, at: place)
          try file.sync()
          try world.barrier()
          func expectRead(
            _ array: (inout [Element]) throws -> Int, _ layout: (inout [Element]) throws -> Int
          ) throws {
            try world.barrier()
            try file.seek(to: place)
            try file.seekShared(to: 0)
            var into = Array(repeating: filler, count: 4)
            #expect(try array(&into) == 4)
            #expect(into == own)
            try world.barrier()
            try file.seek(to: place)
            try file.seekShared(to: 0)
            var apart = Array(repeating: filler, count: 8)
            #expect(try layout(&apart) == 4)
            #expect(apart == spread)
          }
          try expectRead {
            try file.read(into: &$0, at: place)
          } _: {
            try file.read(into: &$0[layout: everyOther])
          }
          try expectRead {
            try file.readAll(into: &$0)
          } _: {
            try file.readAll(into: &$0[layout: everyOther], at: place)
          }
          try expectRead {
            try file.readOrdered(into: &$0)
          } _: {
            try file.readOrdered(into: &$0[layout: everyOther])
          }
          try expectRead {
            try file.readAll(into: &$0) {}.count
          } _: {
            try file.readAll(into: &$0[layout: everyOther], at: place) {}.count
          }
          try expectRead {
            try file.readOrdered(into: &$0) {}.count
          } _: {
            try file.readOrdered(into: &$0[layout: everyOther]) {}.count
          }
          try expectRead {
            try file.nonblocking.read(into: &$0, at: place) { _ = try $0.test() }.count
          } _: {
            try file.nonblocking.read(into: &$0[layout: everyOther]) { _ = try $0.test() }.count
          }
          try expectRead {
            try file.nonblocking.readAll(into: &$0) { _ = try $0.test() }.count
          } _: {
            try file.nonblocking.readAll(into: &$0[layout: everyOther], at: place) { _ = try $0.test() }.count
          }
        }
      }
      for type in everySample { try check(type) }
    }

    /// What does not come leaves the memory as it was, also by a layout.
    @Test func beyondTheEnd() throws {
      try withNew { _, file in
        try file.setView(Int.self)
        try file.writeAll(world.isRoot ? [1, 2, 3] : [], at: 0)
        try file.sync()
        try world.barrier()
        let everyOther = try Layout<Int>.vector(count: 4, stride: 2)
        var apart = [Int](repeating: -1, count: 8)
        #expect(try file.read(into: &apart[layout: everyOther], at: 1) == 2)
        #expect(apart == [2, -1, 3, -1, -1, -1, -1, -1])
        apart = [Int](repeating: -1, count: 8)
        #expect(try file.readAll(into: &apart[layout: everyOther], at: 2) == 1)
        #expect(apart == [3, -1, -1, -1, -1, -1, -1, -1])
        #expect(throws: MPIError.self) { try file.read(into: &apart[layout: .contiguous(9)], at: 0) }
      }
    }

    @Test func viewsByLayouts() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        try withNew { path, file in
          let own = Element.samples(5, from: 100 * world.rank)
          let column = try Layout<Element>.vector(count: 5, stride: world.size, start: world.rank)
          try file.setView(column, displacement: 16)
          try file.writeAll(own, at: 0)
          try file.sync()
          try world.barrier()
          #expect(try file.readAll(Element.self, at: 0, count: 5) == own)
          #expect(try file.read(Element.self, at: 2, count: 2) == Array(own[2..<4]))
          try file.setView(Element.self, displacement: 16)
          let rows = try file.readAll(Element.self, at: 0, count: 5 * world.size)
          #expect(
            rows == (0..<5).flatMap { row in (0..<world.size).map { Element.samples(5, from: 100 * $0)[row] } })
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func viewsThatRepeat() throws {
      try withNew { _, file in
        // Two of each 2 · size elements, again and again.
        let pair = try Layout<Double>.contiguous(2).shifted(by: 2 * world.rank).resized(
          extent: 2 * world.size, lowerBound: 0)
        try file.setView(pair)
        try file.writeAll((0..<6).map { Double(10 * world.rank + $0) }, at: 0)
        try file.sync()
        try world.barrier()
        try file.setView(Double.self)
        let all = try file.readAll(Double.self, at: 0, count: 100)
        var expected: [Double] = []
        for turn in 0..<3 {
          for rank in 0..<world.size {
            expected += [10 * rank + 2 * turn, 10 * rank + 2 * turn + 1].map { Double($0) }
          }
        }
        #expect(all == expected)
        // A rank without elements.
        try file.setView(world.isRoot ? .contiguous(3) : Layout<Double>.contiguous(0))
        #expect(try file.readAll(Double.self, at: 0, count: 3).count == (world.isRoot ? 3 : 0))
      }
    }

    @Test func wrongViews() throws {
      try withNew { _, file in
        func expectWrong(_ errorClass: ErrorClass, _ words: String, _ layout: () throws -> Layout<Padded>) throws {
          let layout = try layout()
          #expect {
            try file.setView(layout)
          } throws: { error in
            (error as? MPIError)?.errorClass == errorClass && "\(error)".contains(words)
          }
        }
        try expectWrong(.argument, "goes back") { try .indexed(starts: [3, 1]) }
        try expectWrong(.argument, "goes back") { try .indexed(starts: [1, 1]) }
        try expectWrong(.argument, "before the file") { try Layout.contiguous(2).shifted(by: -1) }
        try expectWrong(.argument, "over itself") { try Layout.contiguous(2).resized(extent: 1) }
        try expectWrong(.type, "some fields") { try .fields(\.weight, count: 3) }
        // One rank's mistake is an error on all.
        let layout = try Layout<Padded>.indexed(starts: world.rank == world.last ? [3, 1] : [1, 3])
        #expect(throws: MPIError.self) { try file.setView(layout) }
        try file.setView(Padded.self)
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

/// An epoch of fences, or one of a lock.
enum EitherEpoch<Element: BitwiseCopyable>: ~Escapable {
  case fence(FenceEpoch<Element>)
  case lock(LockEpoch<Element>)

  func put<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, to target: some MessageDestination, at index: Int, layout: Layout<Element>? = nil
  ) throws where Buffer.Element == Element {
    switch self {
    case .fence(let epoch): try epoch.put(buffer, to: target, at: index, layout: layout)
    case .lock(let epoch): try epoch.put(buffer, to: target, at: index, layout: layout)
    }
  }

  func accumulate<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, _ operation: AccumulateOperation<Element>, to target: some MessageDestination,
    at index: Int, layout: Layout<Element>? = nil
  ) throws where Buffer.Element == Element {
    switch self {
    case .fence(let epoch): try epoch.accumulate(buffer, operation, to: target, at: index, layout: layout)
    case .lock(let epoch): try epoch.accumulate(buffer, operation, to: target, at: index, layout: layout)
    }
  }

  func getDeferred(
    from target: Int, at index: Int, layout: Layout<Element>
  ) throws -> DeferredGet<Element> {
    switch self {
    case .fence(let epoch): try epoch.getDeferred(from: target, at: index, layout: layout)
    case .lock(let epoch): try epoch.getDeferred(from: target, at: index, layout: layout)
    }
  }
}

extension OnEveryRank {
  /// Operations of windows on buffers of each kind, and on elements of a target that a layout selects.
  @Suite struct WindowLayoutTests {
    let world = Communicator.world

    /// A matrix of three rows and four columns in the window of each rank.
    private static let (rows, columns) = (3, 4)

    private func column<Element>(_: Element.Type) throws -> Layout<Element> {
      try .vector(count: Self.rows, stride: Self.columns)
    }

    /// What the window of a rank has first.
    private func matrix<Element: Sample>(_: Element.Type, of rank: Int) -> [Element] {
      Element.samples(Self.rows * Self.columns, from: 100 * rank)
    }

    /// A matrix whose column `index` is another.
    private func replacing<Element>(_ matrix: [Element], column index: Int, by elements: [Element]) -> [Element] {
      var matrix = matrix
      for (row, element) in elements.enumerated() { matrix[row * Self.columns + index] = element }
      return matrix
    }

    /// Calls `body` on every rank in an epoch of a window with the matrix of each, and gives what is in the window then.
    private func matrices<Element: Sample>(
      _: Element.Type, isFenced: Bool, _ body: (EitherEpoch<Element>) throws -> Void
    ) throws -> [Element] {
      try window(Element.self) { window in
        if isFenced { try window.fenced { try body(.fence($0)) } } else { try window.lockedAll { try body(.lock($0)) } }
      }
    }

    private func lockedMatrices<Element: Sample>(
      _: Element.Type, _ body: (LockEpoch<Element>) throws -> Void
    ) throws -> [Element] {
      try window(Element.self) { try $0.lockedAll(body) }
    }

    private func window<Element: Sample>(
      _: Element.Type, _ body: (Window<Element>) throws -> Void
    ) throws -> [Element] {
      try world.withWindow(of: Element.self, count: Self.rows * Self.columns) { window in
        for (index, element) in matrix(Element.self, of: world.rank).enumerated() { window.local[index] = element }
        try world.barrier()
        try body(window)
        try world.barrier()
        return Array(window.local)
      }
    }

    private func everyType(_ body: (any Sample.Type, _ isFenced: Bool) throws -> Void) throws {
      for isFenced in [true, false] { for type in everySample { try body(type, isFenced) } }
    }

    @Test func putsOfEachKind() throws {
      func check<Element: Sample>(_: Element.Type, _ isFenced: Bool) throws {
        let column = try column(Element.self)
        let own = Element.samples(Self.rows, from: 1000 * world.rank + 500)
        let filler = Element.sample(7)
        let strided = own.flatMap { [$0, filler] }
        let everyOther = try Layout<Element>.vector(count: Self.rows, stride: 2)
        let theirs = Element.samples(Self.rows, from: 1000 * world.left + 500)
        let before = matrix(Element.self, of: world.rank)
        func expectColumn(_ index: Int, _ put: (EitherEpoch<Element>) throws -> Void) throws {
          let local = try matrices(Element.self, isFenced: isFenced, put)
          #expect(local == replacing(before, column: index, by: theirs), "\(Element.self), fences: \(isFenced)")
        }
        let right = world.right
        try expectColumn(2) { try $0.put(own, to: right, at: 2, layout: column) }
        try expectColumn(2) { try $0.put(own.span, to: right, at: 2, layout: column) }
        try expectColumn(0) { try $0.put(([filler] + own)[1...], to: right, at: 0, layout: column) }
        try expectColumn(0) { try $0.put(ContiguousArray(own), to: right, at: 0, layout: column) }
        try expectColumn(3) { try $0.put(strided[layout: everyOther], to: right, at: 3, layout: column) }
        try expectColumn(3) { try $0.put(strided.span[layout: everyOther], to: right, at: 3, layout: column) }
        // A layout that begins before the index.
        try expectColumn(1) { try $0.put(own, to: right, at: 11, layout: column.shifted(by: -10)) }
        // An array that changes after the call, and a buffer that is gone.
        try expectColumn(1) { epoch in
          var changing = own
          try epoch.put(changing, to: right, at: 1, layout: column)
          changing[0] = filler
        }
        try expectColumn(1) { epoch in
          var copy = own.flatMap { [$0, filler] }
          try epoch.put(copy.span[layout: everyOther], to: right, at: 1, layout: column)
          copy[0] = filler
        }
        let flat = try matrices(Element.self, isFenced: isFenced) {
          try $0.put(strided[layout: everyOther], to: right, at: 4)
        }
        #expect(Array(flat[4..<7]) == theirs)
        #expect(flat[..<4] == before[..<4] && flat[7...] == before[7...])
      }
      try everyType { type, isFenced in try check(type, isFenced) }
    }

    @Test func literals() throws {
      for isFenced in [true, false] {
        let local = try matrices(Int.self, isFenced: isFenced) {
          try $0.put([world.rank, 7, 8], to: world.right, at: 1, layout: .vector(count: 3, stride: 4))
        }
        #expect(local == replacing(matrix(Int.self, of: world.rank), column: 1, by: [world.left, 7, 8]))
        let sum = try matrices(Int.self, isFenced: isFenced) {
          try $0.accumulate([1, 2, 3], .sum, to: world.right, at: 1, layout: .vector(count: 3, stride: 4))
        }
        let own = matrix(Int.self, of: world.rank)
        #expect(sum == replacing(own, column: 1, by: (0..<3).map { own[4 * $0 + 1] + $0 + 1 }))
      }
    }

    @Test func gets() throws {
      func check<Element: Sample>(_: Element.Type, _: Bool) throws {
        let column = try column(Element.self)
        let theirs = matrix(Element.self, of: world.left)
        let wanted = (0..<Self.rows).map { theirs[$0 * Self.columns + 1] }
        let filler = Element.sample(7)
        let left = world.left
        _ = try lockedMatrices(Element.self) { epoch in
          #expect(try epoch.get(from: left, at: 1, layout: column) == wanted)
          #expect(try epoch.nonblocking.get(from: left, at: 1, layout: column).wait() == wanted)
          #expect(try epoch.getDeferred(from: left, at: 1, layout: column).elements == wanted)
          var array = Array(repeating: filler, count: Self.rows)
          try epoch.get(into: &array, from: left, at: 1, layout: column)
          #expect(array == wanted)
          var slice = ArraySlice(repeating: filler, count: Self.rows)
          try epoch.get(into: &slice, from: left, at: 1, layout: column)
          #expect(Array(slice) == wanted)
          var strided = Array(repeating: filler, count: 2 * Self.rows)
          try epoch.get(
            into: &strided[layout: .vector(count: Self.rows, stride: 2)], from: left, at: 1, layout: column)
          #expect(strided == wanted.flatMap { [$0, filler] })
          var span = strided.mutableSpan
          try epoch.get(into: &span[layout: .vector(count: 3, stride: 2)], from: left, at: 4)
          #expect(strided == theirs[4..<7].flatMap { [$0, filler] })
          try epoch.get(into: &array, from: .null, at: 1, layout: column)
          #expect(array == wanted)
        }
        var deferred: DeferredGet<Element>?
        _ = try matrices(Element.self, isFenced: true) {
          deferred = try $0.getDeferred(from: left, at: 1, layout: column)
        }
        #expect(try deferred?.elements == wanted)
      }
      try everyType { type, isFenced in if !isFenced { try check(type, isFenced) } }
    }

    @Test func accumulates() throws {
      let column = try column(Double.self)
      let before = matrix(Double.self, of: world.rank)
      let doubled = (0..<Self.rows).map { before[$0 * Self.columns + 2] + Double($0) + 0.5 }
      let own = (0..<Self.rows).map { Double($0) + 0.5 }
      let strided: [Double] = own.flatMap { [$0, 7.0] }
      let everyOther = try Layout<Double>.vector(count: Self.rows, stride: 2)
      for isFenced in [true, false] {
        func expectSum(_ accumulate: (EitherEpoch<Double>) throws -> Void) throws {
          let local = try matrices(Double.self, isFenced: isFenced, accumulate)
          #expect(local == replacing(before, column: 2, by: doubled), "fences: \(isFenced)")
        }
        try expectSum { try $0.accumulate(own, .sum, to: world.right, at: 2, layout: column) }
        try expectSum { try $0.accumulate(own.span, .sum, to: world.right, at: 2, layout: column) }
        try expectSum {
          try $0.accumulate(strided[layout: everyOther], .sum, to: world.right, at: 2, layout: column)
        }
      }
      let local = try lockedMatrices(Double.self) { epoch in
        try epoch.nonblocking.accumulate(own, .sum, to: world.right, at: 2, layout: column).wait()
      }
      #expect(local == replacing(before, column: 2, by: doubled))
      let theirs = matrix(Double.self, of: world.right)
      let old = (0..<Self.rows).map { theirs[$0 * Self.columns + 2] }
      let getters: [(LockEpoch<Double>) throws -> [Double]] = [
        { try $0.getAccumulate(own, .sum, on: world.right, at: 2, layout: column) },
        { try $0.getAccumulate(strided[layout: everyOther], .sum, on: world.right, at: 2, layout: column) },
        { try $0.nonblocking.getAccumulate(own, .sum, on: world.right, at: 2, layout: column).wait() },
        { epoch in
          var previous: [Double] = own.flatMap { [$0, 7.0] }
          try epoch.getAccumulate(
            own.span, .sum, into: &previous[layout: everyOther], on: world.right, at: 2, layout: column)
          #expect((0..<Self.rows).allSatisfy { previous[2 * $0 + 1] == 7 })
          return (0..<Self.rows).map { previous[2 * $0] }
        },
      ]
      for getter in getters {
        let local = try lockedMatrices(Double.self) { epoch in
          let previous = try getter(epoch)
          #expect(previous == old)
        }
        #expect(local == replacing(before, column: 2, by: doubled))
      }
    }

    @Test func requests() throws {
      let column = try column(Padded.self)
      let theirs = Padded.samples(Self.rows, from: 1000 * world.left)
      let own = Padded.samples(Self.rows, from: 1000 * world.rank)
      let local = try lockedMatrices(Padded.self) { epoch in
        let given = try epoch.nonblocking.put(own, to: world.right, at: 1, layout: column).wait()
        #expect(given == own)
      }
      #expect(local == replacing(matrix(Padded.self, of: world.rank), column: 1, by: theirs))
      let strided = own.flatMap { [$0, Padded.sample(7)] }
      let flat = try lockedMatrices(Padded.self) { epoch in
        let given = try epoch.nonblocking.put(strided[layout: .vector(count: 3, stride: 2)], to: world.right, at: 0)
        let base = try given.wait().base
        #expect(base == strided)
      }
      #expect(Array(flat[..<3]) == theirs)
    }

    @Test func fieldsOfStructs() throws {
      // The weights alone.
      let weights = try Layout<Padded>.fields(\.weight, count: 2)
      let mine = Padded.samples(2, from: 1000 * world.rank)
      let local = try matrices(Padded.self, isFenced: true) {
        try $0.put(mine[layout: weights], to: world.right, at: 3, layout: weights)
      }
      var wanted = matrix(Padded.self, of: world.rank)
      let theirs = Padded.samples(2, from: 1000 * world.left)
      for index in 0..<2 { wanted[3 + index].weight = theirs[index].weight }
      #expect(local == wanted)
      try world.withWindow(of: Padded.self, count: 4) { window in
        try window.lockedAll { epoch in
          try expectRefusal(.type, "get", naming: "fields") {
            _ = try epoch.get(from: world.right, at: 0, layout: weights)
          }
        }
      }
    }

    @Test func dynamicWindows() throws {
      let window = try world.dynamicWindow(of: Double.self)
      let memory = try window.attach(count: Self.rows * Self.columns)
      for index in 0..<memory.count { memory[index] = Double(100 * world.rank + index) }
      let blocks = try world.allGather(memory.block)
      let column = try column(Double.self)
      let (left, right) = (world.left, world.right)
      try world.barrier()
      try window.locked(left, .shared) { epoch in
        var into = [0.0, 0, 0]
        try epoch.get(into: &into, from: left, in: blocks[left], at: 1, layout: column)
        #expect(into == [1, 5, 9].map { Double(100 * left + $0) })
        var strided = [0.0, -1, 0, -1]
        try epoch.get(into: &strided[layout: .vector(count: 2, stride: 2)], from: left, in: blocks[left], at: 3)
        #expect(strided == [Double(100 * left + 3), -1, Double(100 * left + 4), -1])
      }
      try world.barrier()
      try window.locked(right) { epoch in
        try epoch.put([-1, -2, -3], to: right, in: blocks[right], at: 2, layout: column)
        let values = [5.0, 0, 6, 0]
        try epoch.put(values[layout: .vector(count: 2, stride: 2)], to: right, in: blocks[right])
        try expectRefusal(.windowRange, "put", naming: "12 elements", on: world) {
          try epoch.put([-1, -2, -3], to: right, in: blocks[right], at: 4, layout: column)
        }
      }
      try world.barrier()
      #expect([2, 6, 10].map { memory[$0] } == [-1, -2, -3])
      #expect([0, 1].map { memory[$0] } == [5, 6])
      try world.barrier()
      try window.detach(memory)
      try window.free()
    }

    @Test func refusals() throws {
      let column = try column(Int.self)
      _ = try matrices(Int.self, isFenced: true) { epoch in
        let right = world.right
        try expectRefusal(.windowRange, "put", naming: "layout at 4", "12 elements") {
          try epoch.put([1, 2, 3], to: right, at: 4, layout: column)
        }
        try expectRefusal(.windowRange, "put", naming: "layout at 0") {
          try epoch.put([1, 2, 3], to: right, at: 0, layout: column.shifted(by: -1))
        }
        try expectRefusal(.windowRange, "put", naming: "at 13") {
          try epoch.put([1, 2, 3], to: right, at: 13, layout: column)
        }
        try expectRefusal(.count, "put", naming: "16 bytes", "24") {
          try epoch.put([1, 2], to: right, at: 0, layout: column)
        }
        try expectRefusal(.type, "accumulate", naming: "twice") {
          try epoch.accumulate([1, 2], .sum, to: right, at: 0, layout: .indexed(starts: [1, 1]))
        }
        try expectRefusal(.count, "put", naming: "element 8", "memory of 3") {
          try epoch.put([1, 2, 3][layout: column], to: right, at: 0)
        }
        try expectRefusal(.rank, "put", naming: "\(world.size)") {
          try epoch.put([1, 2, 3], to: world.size, at: 0, layout: column)
        }
        // Nothing goes nowhere.
        try epoch.put([1, 2, 3], to: .null, at: 100, layout: column)
        try epoch.put([Int](), to: right, at: 12, layout: .contiguous(0))
      }
    }
  }
}

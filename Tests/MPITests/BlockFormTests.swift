// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

/// How the blocks of a test lie in its memory.
private enum Placing: CaseIterable {
  /// One after another.
  case sideBySide
  /// One after another in every other element, by one layout.
  case everyOther
  /// Block r is column r of a matrix.
  case columns
  /// The last block first, by a layout for each.
  case reversed

  /// Where element `index` of a block lies, among `count` blocks of `length`.
  func place(of index: Int, in block: Int, count: Int, length: Int) -> Int {
    switch self {
    case .sideBySide: block * length + index
    case .everyOther: 2 * (block * length + index)
    case .columns: index * count + block
    case .reversed: (count - 1 - block) * length + index
    }
  }

  /// Memory with the blocks.
  func memory<Element>(_ blocks: [[Element]], filler: Element) -> [Element] {
    let length = blocks.first?.count ?? 0
    var memory = Array(repeating: filler, count: blocks.count * length * (self == .everyOther ? 2 : 1))
    for (block, elements) in blocks.enumerated() {
      for (index, element) in elements.enumerated() {
        memory[place(of: index, in: block, count: blocks.count, length: length)] = element
      }
    }
    return memory
  }
}

/// Layouts of `count` blocks of `length`.
private struct BlockLayouts<Element: BitwiseCopyable> {
  let everyOther: Layout<Element>
  let column: Layout<Element>
  let reversed: [Layout<Element>]

  init(count: Int, length: Int) throws {
    everyOther = try .vector(count: count * length, stride: 2)
    column = try Layout.vector(count: length, stride: count).resized(extent: 1)
    reversed = try (0..<count).map { try Layout.contiguous(length).shifted(by: (count - 1 - $0) * length) }
  }
}

/// An exchange with a block for each on both sides.
private protocol BlockExchange {
  func callAsFunction<
    Out: OutgoingBlocks & ~Copyable & ~Escapable, Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ out: borrowing Out, _ into: inout Into
  ) throws where Out.Element: BitwiseCopyable, Into.Element == Out.Element
}

private struct AllToAll: BlockExchange {
  let communicator: Communicator
  let isBlocking: Bool

  func callAsFunction<
    Out: OutgoingBlocks & ~Copyable & ~Escapable, Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ out: borrowing Out, _ into: inout Into
  ) throws where Out.Element: BitwiseCopyable, Into.Element == Out.Element {
    if isBlocking {
      try communicator.allToAll(out, into: &into)
    } else {
      try communicator.nonblocking.allToAll(out, into: &into) { _ = try $0.test() }
    }
  }
}

private struct NeighborAllToAll: BlockExchange {
  let communicator: TopologyCommunicator
  let isBlocking: Bool

  func callAsFunction<
    Out: OutgoingBlocks & ~Copyable & ~Escapable, Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ out: borrowing Out, _ into: inout Into
  ) throws where Out.Element: BitwiseCopyable, Into.Element == Out.Element {
    if isBlocking {
      try communicator.neighborAllToAll(out, into: &into)
    } else {
      try communicator.nonblocking.neighborAllToAll(out, into: &into) { _ = try $0.test() }
    }
  }
}

/// An operation that sends one block and receives one from each.
private protocol BlockGather {
  func callAsFunction<
    Out: OutgoingBuffer & ~Copyable & ~Escapable, Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ out: borrowing Out, _ into: inout Into
  ) throws where Out.Element: BitwiseCopyable, Into.Element == Out.Element
}

private struct Gather: BlockGather {
  let communicator: Communicator
  let isBlocking: Bool

  func callAsFunction<
    Out: OutgoingBuffer & ~Copyable & ~Escapable, Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ out: borrowing Out, _ into: inout Into
  ) throws where Out.Element: BitwiseCopyable, Into.Element == Out.Element {
    if isBlocking {
      try communicator.gather(out, into: &into, root: communicator.last)
    } else {
      try communicator.nonblocking.gather(out, into: &into, root: communicator.last) { _ = try $0.test() }
    }
  }
}

private struct AllGather: BlockGather {
  let communicator: Communicator
  let isBlocking: Bool

  func callAsFunction<
    Out: OutgoingBuffer & ~Copyable & ~Escapable, Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ out: borrowing Out, _ into: inout Into
  ) throws where Out.Element: BitwiseCopyable, Into.Element == Out.Element {
    if isBlocking {
      try communicator.allGather(out, into: &into)
    } else {
      try communicator.nonblocking.allGather(out, into: &into) { _ = try $0.test() }
    }
  }
}

private struct NeighborAllGather: BlockGather {
  let communicator: TopologyCommunicator
  let isBlocking: Bool

  func callAsFunction<
    Out: OutgoingBuffer & ~Copyable & ~Escapable, Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ out: borrowing Out, _ into: inout Into
  ) throws where Out.Element: BitwiseCopyable, Into.Element == Out.Element {
    if isBlocking {
      try communicator.neighborAllGather(out, into: &into)
    } else {
      try communicator.nonblocking.neighborAllGather(out, into: &into) { _ = try $0.test() }
    }
  }
}

extension OnEveryRank {
  /// Each form of blocks, in each operation that takes them, from each form to each other.
  @Suite struct BlockFormTests {
    let world = Communicator.world

    private func ring() throws -> CartesianCommunicator {
      try world.cartesian(dimensions: [world.size], periodic: [true], reorder: false)
    }

    /// What one rank has for another, or for the neighbor with that number.
    private func block<Element: Sample>(_: Element.Type, from rank: Int, to other: Int, _ length: Int) -> [Element] {
      Element.samples(length, from: 100 * rank + 10 * other)
    }

    /// Calls `body` with memory for blocks in each form.
    private func receive<Element: Sample>(
      _ wanted: [[Element]], length: Int, isReceived: Bool = true, _ placing: Placing,
      sideBySide: (inout [Element]) throws -> Void, everyOther: (inout [Element], Layout<Element>) throws -> Void,
      columns: (inout [Element], Layout<Element>) throws -> Void,
      reversed: (inout MutableSpan<Element>, [Layout<Element>]) throws -> Void
    ) throws {
      let layouts = try BlockLayouts<Element>(count: wanted.count, length: length)
      let filler = Element.sample(7777)
      let blank = wanted.map { $0.map { _ in filler } }
      var memory = placing.memory(blank, filler: filler)
      switch placing {
      case .sideBySide: try sideBySide(&memory)
      case .everyOther: try everyOther(&memory, layouts.everyOther)
      case .columns: try columns(&memory, layouts.column)
      case .reversed:
        var span = memory.mutableSpan
        try reversed(&span, layouts.reversed)
      }
      #expect(memory == placing.memory(isReceived ? wanted : blank, filler: filler), "into \(placing)")
    }

    private func exchange<Element: Sample>(
      _ operation: some BlockExchange, _ own: [[Element]], _ wanted: [[Element]], length: Int
    ) throws {
      let filler = Element.sample(9999)
      let layouts = try BlockLayouts<Element>(count: own.count, length: length)
      func send<Out: OutgoingBlocks & ~Copyable & ~Escapable>(_ out: borrowing Out) throws
      where Out.Element == Element {
        for placing in Placing.allCases {
          try receive(wanted, length: length, placing) {
            try operation(out, &$0)
          } everyOther: {
            try operation(out, &$0[layout: $1])
          } columns: {
            try operation(out, &$0[each: $1])
          } reversed: {
            try operation(out, &$0[layouts: $1])
          }
        }
      }
      try send(Placing.sideBySide.memory(own, filler: filler))
      try send(ContiguousArray(Placing.sideBySide.memory(own, filler: filler)))
      try send(([filler] + Placing.sideBySide.memory(own, filler: filler))[1...])
      try send(Placing.everyOther.memory(own, filler: filler)[layout: layouts.everyOther])
      try send(Placing.columns.memory(own, filler: filler)[each: layouts.column])
      let columns = Placing.columns.memory(own, filler: filler)
      try send(columns.span[each: layouts.column])
      try send(Placing.reversed.memory(own, filler: filler)[layouts: layouts.reversed])
      let reversed = Placing.reversed.memory(own, filler: filler)
      try send(reversed.span[layouts: layouts.reversed])
    }

    private func gather<Element: Sample>(
      _ operation: some BlockGather, _ own: [Element], _ wanted: [[Element]], isReceived: Bool = true
    ) throws {
      let filler = Element.sample(9999)
      func send<Out: OutgoingBuffer & ~Copyable & ~Escapable>(_ out: borrowing Out) throws
      where Out.Element == Element {
        for placing in Placing.allCases {
          try receive(wanted, length: own.count, isReceived: isReceived, placing) {
            try operation(out, &$0)
          } everyOther: {
            try operation(out, &$0[layout: $1])
          } columns: {
            try operation(out, &$0[each: $1])
          } reversed: {
            try operation(out, &$0[layouts: $1])
          }
        }
      }
      try send(own)
      try send(own.span)
      try send(own[...])
      try send(own.flatMap { [$0, filler] }[layout: .vector(count: own.count, stride: 2)])
    }

    private func everyType(_ body: (any Sample.Type, _ length: Int) throws -> Void) throws {
      for length in [0, 1, 3] { for type in everySample { try body(type, length) } }
    }

    @Test func allToAll() throws {
      func check<Element: Sample>(_: Element.Type, _ length: Int) throws {
        let own = (0..<world.size).map { block(Element.self, from: world.rank, to: $0, length) }
        let wanted = (0..<world.size).map { block(Element.self, from: $0, to: world.rank, length) }
        for isBlocking in [true, false] {
          try exchange(AllToAll(communicator: world, isBlocking: isBlocking), own, wanted, length: length)
        }
        // Without memory to receive into, and in place.
        let layouts = try BlockLayouts<Element>(count: own.count, length: length)
        let filler = Element.sample(9999)
        let byColumns = Placing.columns.memory(own, filler: filler)[each: layouts.column]
        #expect(try world.allToAll(byColumns) == wanted.flatMap { $0 })
        let strided = Placing.everyOther.memory(own, filler: filler)[layout: layouts.everyOther]
        #expect(try world.allToAll(strided) == wanted.flatMap { $0 })
        var columns = Placing.columns.memory(own, filler: filler)
        try world.allToAll(inPlace: &columns[each: layouts.column])
        #expect(columns == Placing.columns.memory(wanted, filler: filler))
        var reversed = Placing.reversed.memory(own, filler: filler)
        try world.allToAll(inPlace: &reversed[layouts: layouts.reversed])
        #expect(reversed == Placing.reversed.memory(wanted, filler: filler))
        var everyOther = Placing.everyOther.memory(own, filler: filler)
        try world.allToAll(inPlace: &everyOther[layout: layouts.everyOther])
        #expect(everyOther == Placing.everyOther.memory(wanted, filler: filler))
      }
      try everyType { type, length in try check(type, length) }
    }

    @Test func neighborAllToAll() throws {
      let ring = try ring()
      let neighbors = ring.sources.compactMap(\.rank)
      func check<Element: Sample>(_: Element.Type, _ length: Int) throws {
        let own = (0..<2).map { block(Element.self, from: world.rank, to: $0, length) }
        // What comes from the left went to its right, and the other way round.
        let wanted = (0..<2).map { block(Element.self, from: neighbors[$0], to: 1 - $0, length) }
        for isBlocking in [true, false] {
          try exchange(NeighborAllToAll(communicator: ring, isBlocking: isBlocking), own, wanted, length: length)
        }
      }
      try everyType { type, length in try check(type, length) }
    }

    @Test func gathers() throws {
      let ring = try ring()
      let neighbors = ring.sources.compactMap(\.rank)
      func check<Element: Sample>(_: Element.Type, _ length: Int) throws {
        let own = block(Element.self, from: world.rank, to: 0, length)
        let all = (0..<world.size).map { block(Element.self, from: $0, to: 0, length) }
        let isLast = world.rank == world.last
        for isBlocking in [true, false] {
          try gather(Gather(communicator: world, isBlocking: isBlocking), own, all, isReceived: isLast)
        }
        for isBlocking in [true, false] {
          try gather(AllGather(communicator: world, isBlocking: isBlocking), own, all)
        }
        let around = neighbors.map { block(Element.self, from: $0, to: 0, length) }
        for isBlocking in [true, false] {
          try gather(NeighborAllGather(communicator: ring, isBlocking: isBlocking), own, around)
        }
      }
      try everyType { type, length in try check(type, length) }
    }

    @Test func scatter() throws {
      func check<Element: Sample>(_: Element.Type, _ length: Int) throws {
        let root = world.last
        let own = (0..<world.size).map { block(Element.self, from: root, to: $0, length) }
        let wanted = own[world.rank]
        let filler = Element.sample(9999)
        let layouts = try BlockLayouts<Element>(count: own.count, length: length)
        func send<Out: OutgoingBlocks & ~Copyable & ~Escapable>(_ out: borrowing Out) throws
        where Out.Element == Element {
          var into = Array(repeating: filler, count: length)
          try world.scatter(out, into: &into, root: root)
          #expect(into == wanted)
          into = Array(repeating: filler, count: length)
          try world.nonblocking.scatter(out, into: &into, root: root) { _ = try $0.test() }
          #expect(into == wanted)
          var strided = Array(repeating: filler, count: 2 * length)
          try world.scatter(out, into: &strided[layout: .vector(count: length, stride: 2)], root: root)
          #expect(strided == wanted.flatMap { [$0, filler] })
        }
        func memory(_ placing: Placing) -> [Element] {
          world.rank == root ? placing.memory(own, filler: filler) : []
        }
        try send(memory(.sideBySide))
        try send(memory(.sideBySide)[...])
        try send(memory(.everyOther)[layout: layouts.everyOther])
        try send(memory(.columns)[each: layouts.column])
        try send(memory(.reversed)[layouts: layouts.reversed])
      }
      try everyType { type, length in try check(type, length) }
    }

    /// A rank without neighbors, or with some on one side only.
    @Test func noNeighborOnASide() throws {
      let lonely = try world.distributedGraph(sources: [], destinations: [])
      var received = [1, 2]
      var nothing: [Int] = []
      try lonely.neighborAllToAll([Int](), into: &nothing)
      try lonely.neighborAllToAll([3, 4][each: .contiguous(1)], into: &received[each: .contiguous(1)])
      try lonely.neighborAllGather([3, 4], into: &nothing)
      try lonely.neighborAllGather([3, 4], into: &received[layouts: []])
      #expect(received == [1, 2])
      #expect(nothing == [])
      try expectRefusal(.count, "neighborAllToAll", naming: "2 elements and must have 0", on: lonely) {
        try lonely.neighborAllToAll([3, 4], into: &nothing)
      }
      try expectRefusal(.count, "neighborAllToAll", naming: "2 elements and must have 0", on: lonely) {
        try lonely.neighborAllToAll([Int](), into: &received)
      }
      // Without a destination, the length of a block is bounded by nothing but what is said.
      let listener = try world.distributedGraph(edges: world.rank == 0 ? [(from: world.last, to: 0)] : [])
      if world.rank == 0 && listener.destinations.isEmpty {
        expectError(.count, "neighborAllToAll", naming: "share is \(Int.max)") {
          _ = try listener.persistent.neighborAllToAll([Int](), share: .max)
        }
      }
      // Rank 0 gives each other rank a block, and gets none.
      guard world.size > 1 else { return }
      let others = Array(1..<world.size)
      let star = try world.distributedGraph(
        sources: world.isRoot ? [] : [0], destinations: world.isRoot ? others : [])
      let out = world.isRoot ? others.flatMap { [$0, -$0] } : []
      var into = world.isRoot ? [] : [0, 0]
      try star.neighborAllToAll(out, into: &into)
      #expect(into == (world.isRoot ? [] : [world.rank, -world.rank]))
      into = world.isRoot ? [] : [0, 0]
      try star.nonblocking.neighborAllToAll(out, into: &into) { _ = try $0.test() }
      #expect(into == (world.isRoot ? [] : [world.rank, -world.rank]))
      let column = try Layout<Int>.vector(count: 2, stride: others.count).resized(extent: 1)
      let matrix = world.isRoot ? others + others.map { -$0 } : []
      into = world.isRoot ? [] : [0, 0]
      try star.neighborAllToAll(matrix[each: column], into: &into)
      #expect(into == (world.isRoot ? [] : [world.rank, -world.rank]))
    }

    /// Elements of one type to a field of another, among neighbors.
    @Test func fieldsOfNeighbors() throws {
      let ring = try ring()
      let neighbors = ring.sources.compactMap(\.rank)
      let mine = Padded.samples(2, from: 10 * world.rank)
      var weights = [0.0, 0.0]
      let weight = try Layout<Padded>.fields(\.weight, count: 1)
      try ring.neighborAllToAll(mine[each: weight, as: Double.self], into: &weights)
      #expect(weights == (0..<2).map { Padded.samples(2, from: 10 * neighbors[$0])[1 - $0].weight })
    }
  }
}

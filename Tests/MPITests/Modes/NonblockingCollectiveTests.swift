// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// That each nonblocking collective gives what the blocking one gives.
  @Suite struct NonblockingCollectiveTests {
    let world = Communicator.world
    var roots: [Int] { [0, world.last] }

    @Test func barrier() throws {
      var pending = try world.nonblocking.barrier()
      while try !pending.test() {}
      try pending.wait()
      try world.nonblocking.barrier().wait()
    }

    // MARK: Elements

    @Test func broadcast() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        for root in roots {
          let isRoot = world.rank == root
          let value = Element.sample(root + 3)
          #expect(try world.nonblocking.broadcast(isRoot ? value : nil, root: root).wait() == value, "\(Element.self)")
          for count in [0, 1, 9] {
            let all = Element.samples(count, from: root)
            let given = isRoot ? all : nil
            #expect(try world.nonblocking.broadcast(given, root: root, count: count).wait() == all, "\(Element.self)")
            var memory = isRoot ? all : Element.samples(count, from: 70)
            var span = memory.mutableSpan
            let answer = try world.nonblocking.broadcast(inPlace: &span, root: root) { pending in
              _ = try pending.test()
              return 42
            }
            #expect(memory == all && answer == 42, "\(Element.self)")
          }
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func gatherAndScatter() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        for root in roots {
          let isRoot = world.rank == root
          let values = Element.samples(world.size, from: 2)
          #expect(
            try world.nonblocking.gather(values[world.rank], root: root).wait() == (isRoot ? values : nil),
            "\(Element.self)")
          #expect(
            try world.nonblocking.scatter(each: isRoot ? values : nil, root: root).wait() == values[world.rank],
            "\(Element.self)")

          let equal = Element.samples(3 * world.size, from: 1)
          let share = Array(equal[3 * world.rank..<3 * world.rank + 3])
          var (memory, part) = (Element.samples(isRoot ? equal.count : 0, from: 60), Element.samples(3, from: 60))
          var span = memory.mutableSpan
          var partSpan = part.mutableSpan
          try world.nonblocking.gather(share.span, into: &span, root: root) { _ in }
          let whole = isRoot ? equal : []
          try world.nonblocking.scatter(whole.span, into: &partSpan, root: root) { _ in }
          #expect(memory == (isRoot ? equal : []) && part == share, "\(Element.self)")

          for empty in [0, world.last] {
            let counts = (0..<world.size).map { $0 == empty ? 0 : 2 * $0 + 3 }
            let all = RankPartitioned((0..<world.size).map { Element.samples(counts[$0], from: $0) })
            let mine = Array(all[world.rank])
            let gathered = try world.nonblocking.gather(mine, root: root, counts: counts).wait()
            #expect(gathered == (isRoot ? all : nil), "\(Element.self)")
            let given = isRoot ? all.elements : []
            #expect(
              try world.nonblocking.scatter(isRoot ? given : nil, root: root, counts: counts).wait() == mine,
              "\(Element.self)")

            memory = Element.samples(isRoot ? all.elements.count : 0, from: 60)
            part = Element.samples(mine.count, from: 60)
            span = memory.mutableSpan
            partSpan = part.mutableSpan
            try world.nonblocking.gather(mine.span, into: &span, counts: counts, root: root) { _ in }
            try world.nonblocking.scatter(given.span, into: &partSpan, counts: counts, root: root) { _ in }
            #expect(memory == (isRoot ? all.elements : []) && part == mine, "\(Element.self)")
          }
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func allGather() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let values = Element.samples(world.size, from: 2)
        #expect(try world.nonblocking.allGather(values[world.rank]).wait() == values, "\(Element.self)")

        let equal = Element.samples(3 * world.size, from: 1)
        let own = 3 * world.rank..<3 * world.rank + 3
        var memory = Element.samples(equal.count, from: 60)
        var span = memory.mutableSpan
        let share = Array(equal[own])
        try world.nonblocking.allGather(share.span, into: &span) { _ in }
        #expect(memory == equal, "\(Element.self)")
        memory = Element.samples(equal.count, from: 60)
        memory.replaceSubrange(own, with: equal[own])
        #expect(try world.nonblocking.allGather(inPlace: memory).wait() == equal, "\(Element.self)")

        for empty in [0, world.last] {
          let counts = (0..<world.size).map { $0 == empty ? 0 : 2 * $0 + 3 }
          let all = RankPartitioned((0..<world.size).map { Element.samples(counts[$0], from: $0) })
          let mine = Array(all[world.rank])
          #expect(try world.nonblocking.allGather(mine, counts: counts).wait() == all, "\(Element.self)")
          memory = Element.samples(all.elements.count, from: 60)
          span = memory.mutableSpan
          try world.nonblocking.allGather(mine.span, into: &span, counts: counts) { _ in }
          #expect(memory == all.elements, "\(Element.self)")
          memory = Element.samples(all.elements.count, from: 60)
          memory.replaceSubrange(all.offsets[world.rank]..<all.offsets[world.rank + 1], with: mine)
          #expect(
            try world.nonblocking.allGather(inPlace: memory, counts: counts).wait() == all.elements, "\(Element.self)")
        }
      }
      for type in everySample { try check(type) }
    }

    @Test func allToAll() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        // The block from rank r to rank s begins at 10 r + s.
        let out = (0..<world.size).flatMap { Element.samples(2, from: 10 * world.rank + $0) }
        let expected = (0..<world.size).flatMap { Element.samples(2, from: 10 * $0 + world.rank) }
        #expect(try world.nonblocking.allToAll(out).wait() == expected, "\(Element.self)")
        #expect(try world.nonblocking.allToAll(inPlace: out).wait() == expected, "\(Element.self)")
        var memory = Element.samples(out.count, from: 60)
        var span = memory.mutableSpan
        try world.nonblocking.allToAll(out.span, into: &span) { _ in }
        #expect(memory == expected, "\(Element.self)")

        func count(from: Int, to: Int) -> Int { (3 * from + to) % 4 }
        let parts = RankPartitioned(
          (0..<world.size).map { Element.samples(count(from: world.rank, to: $0), from: world.rank + $0) })
        let incoming = RankPartitioned(
          (0..<world.size).map { Element.samples(count(from: $0, to: world.rank), from: world.rank + $0) })
        #expect(
          try world.nonblocking.allToAll(parts, receivedCounts: incoming.counts).wait() == incoming, "\(Element.self)")
        memory = Element.samples(incoming.elements.count, from: 60)
        span = memory.mutableSpan
        try world.nonblocking.allToAll(
          parts.elements.span, counts: parts.counts, into: &span, receivedCounts: incoming.counts
        ) { _ in }
        #expect(memory == incoming.elements, "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    /// A rank whose arrays are both empty must not fall out of step with those that exchange something.
    @Test func oneRankHasNothingToExchange() throws {
      for idle in [0, world.last] {
        func count(from: Int, to: Int) -> Int { from == idle || to == idle ? 0 : from + to + 1 }
        let parts = RankPartitioned(
          (0..<world.size).map { Int.samples(count(from: world.rank, to: $0), from: world.rank + $0) })
        let incoming = RankPartitioned(
          (0..<world.size).map { Int.samples(count(from: $0, to: world.rank), from: world.rank + $0) })
        for _ in 0..<2 {
          let request = try world.nonblocking.allToAll(parts, receivedCounts: incoming.counts)
          #expect(try request.wait() == incoming)
          try world.nonblocking.barrier().wait()
        }
      }
    }

    // MARK: Reductions

    @Test(arguments: [0, 1, 13])
    func reductions(count: Int) throws {
      let mine = (0..<count).map { Double($0 + world.rank) }
      let sums = (0..<count).map { index in (0..<world.size).reduce(0.0) { $0 + Double(index + $1) } }
      let upTo = (0..<count).map { index in (0...world.rank).reduce(0.0) { $0 + Double(index + $1) } }
      let before = (0..<count).map { index in (0..<world.rank).reduce(0.0) { $0 + Double(index + $1) } }
      let now = world.nonblocking
      #expect(try now.allReduce(mine, .sum).wait() == sums)
      #expect(try now.allReduce(inPlace: mine, .sum).wait() == sums)
      #expect(try now.scan(mine, .sum).wait() == upTo)
      #expect(try now.scan(inPlace: mine, .sum).wait() == upTo)
      #expect(try now.exclusiveScan(mine, .sum).wait() == (world.isRoot ? nil : before))
      if !world.isRoot {
        #expect(try now.exclusiveScan(inPlace: mine, .sum).wait() == before)
      } else {
        _ = try now.exclusiveScan(inPlace: mine, .sum).wait()
      }
      for root in roots {
        let isRoot = world.rank == root
        #expect(try now.reduce(mine, .sum, root: root).wait() == (isRoot ? sums : nil))
        #expect(try now.reduce(inPlace: mine, .sum, root: root).wait() == (isRoot ? sums : mine))
      }
      let block = world.block(of: count)
      #expect(try now.reduceScatter(mine, .sum).wait() == Array(sums[block]))

      var memory = [Double](repeating: -1, count: count)
      var span = memory.mutableSpan
      try now.allReduce(mine.span, into: &span, .sum) { _ in }
      #expect(memory == sums)
      span = memory.mutableSpan
      try now.scan(mine.span, into: &span, .sum) { _ in }
      #expect(memory == upTo)
      span = memory.mutableSpan
      try now.exclusiveScan(mine.span, into: &span, .sum) { _ in }
      #expect(memory == (world.isRoot ? upTo : before))
      memory = [Double](repeating: -1, count: count)
      span = memory.mutableSpan
      try now.reduce(mine.span, into: &span, .sum, root: world.last) { _ in }
      if world.rank == world.last { #expect(memory == sums) }
      let wide = (0..<world.size).flatMap { _ in mine }
      span = memory.mutableSpan
      try now.reduceScatter(wide.span, into: &span, .sum) { _ in }
      #expect(memory == sums)
    }

    @Test func valuesReduced() throws {
      let now = world.nonblocking
      #expect(try now.allReduce(world.rank, .max).wait() == world.last)
      #expect(try now.reduce(1, .sum, root: world.last).wait() == (world.rank == world.last ? world.size : nil))
      #expect(try now.scan(1, .sum).wait() == world.rank + 1)
      #expect(try now.exclusiveScan(1, .sum).wait() == (world.isRoot ? nil : world.rank))
    }

    @Test func differentBlocksScattered() throws {
      let counts = (0..<world.size).map { $0 == world.last ? 0 : $0 + 2 }
      let mine = Int.samples(counts.reduce(0, +), from: world.rank)
      let blocking = try world.reduceScatter(mine, .sum, counts: counts)
      #expect(try world.nonblocking.reduceScatter(mine, .sum, counts: counts).wait() == blocking)
    }

    @Test func closures() throws {
      let product = Matrix.product(0..<world.size)
      for k in 1...3 {
        // Only the request holds the operation.
        let request = try world.nonblocking.allReduce(
          [Matrix.sample(world.rank)], .custom(isCommutative: false) { $0 * $1 })
        #expect(try request.wait() == [product], "\(k)")
      }
      #expect(
        try world.nonblocking.allReduce(Complex(real: 1, imaginary: Double(world.rank)), .sum).wait().real
          == Double(world.size))
    }

    // MARK: Many at once

    @Test func severalUnderWayAtOnce() throws {
      var sums = RequestSet<Int>()
      for value in 0..<20 { try sums.append(world.nonblocking.allReduce(value * (world.rank + 1), .sum)) }
      let total = (1...world.size).reduce(0, +)
      #expect(try sums.waitAll() == (0..<20).map { $0 * total })
    }

    @Test func oneThatIsDroppedGoesOn() throws {
      for _ in 0..<10 { _ = try world.nonblocking.allReduce([Double](repeating: 1, count: 1000), .sum) }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func workThatThrows() throws {
      struct Mishap: Error {}
      var memory = [0.0]
      #expect(throws: Mishap.self) {
        var span = memory.mutableSpan
        try world.nonblocking.allReduce([1.0].span, into: &span, .sum) { _ in throw Mishap() }
      }
      #expect(memory == [Double(world.size)])
      #expect(throws: Mishap.self) {
        var span = memory.mutableSpan
        try world.nonblocking.receive(into: &span, from: world.left, tag: 99) { _ in throw Mishap() }
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    // MARK: Wrong arguments

    @Test func wrongArguments() throws {
      let now = world.nonblocking
      try expectRefusal(.root, "broadcast", naming: "\(world.size)") {
        _ = try now.broadcast(1, root: world.size)
      }
      try expectRefusal(.root, "gather") { _ = try now.gather(1, root: -1) }
      try expectRefusal(.root, "reduce") { _ = try now.reduce([1], .sum, root: world.size) }
      try expectRefusal(.count, "broadcast", naming: "-2") { _ = try now.broadcast(nil as [Int]?, count: -2) }
      try expectRefusal(.count, "allGather", naming: "counts") { _ = try now.allGather([1], counts: []) }
      try expectRefusal(.count, "allGather") {
        _ = try now.allGather([1, 2], counts: Array(repeating: 1, count: world.size))
      }
      try expectRefusal(.count, "allToAll") {
        _ = try now.allToAll(RankPartitioned([[1]]), receivedCounts: Array(repeating: 1, count: world.size + 1))
      }
      try expectRefusal(.count, "allReduce", naming: "2", "3") {
        var memory = [0, 0]
        var span = memory.mutableSpan
        try now.allReduce([1, 2, 3].span, into: &span, .sum) { _ in }
      }
      if world.rank == world.last {
        expectError(.argument, "broadcast") { _ = try now.broadcast(nil as Int?, root: world.last) }
        expectError(.argument, "scatter") {
          _ = try now.scatter(nil as [Int]?, root: world.last, counts: Array(repeating: 1, count: world.size))
        }
        expectError(.count, "scatter") { _ = try now.scatter(each: [Int](), root: world.last) }
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }
  }
}

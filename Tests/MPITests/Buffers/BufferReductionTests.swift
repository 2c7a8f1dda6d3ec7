// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Reductions and broadcasts of every kind of buffer, in every mode.
  @Suite struct BufferReductionTests {
    let world = Communicator.world

    /// This rank's numbers.
    private func own(_ rank: Int, _ count: Int = 6) -> [Int] { (0..<count).map { 10 * rank + $0 } }

    /// The sums of the ranks in a range.
    private func sums(_ ranks: Range<Int>, _ count: Int = 6) -> [Int] {
      (0..<count).map { index in ranks.map { own($0)[index] }.reduce(0, +) }
    }

    private var even: Layout<Int> { get throws { try .vector(count: 3, stride: 2) } }
    private var odd: Layout<Int> { get throws { try .vector(count: 3, stride: 2, start: 1) } }

    /// Every other element.
    private func halves(_ all: [Int], from start: Int = 0) -> [Int] { [all[start], all[start + 2], all[start + 4]] }

    /// An array with other elements at the odd places.
    private func changed(_ all: [Int], _ odd: [Int]) -> [Int] { [all[0], odd[0], all[2], odd[1], all[4], odd[2]] }

    @Test func allReduceOfEveryKind() throws {
      let mine = own(world.rank)
      let all = sums(0..<world.size)
      #expect(try world.allReduce(mine[2..<5], .sum) == Array(all[2..<5]))
      #expect(try world.allReduce(mine.span, .sum, checkingCounts: false) == all)
      #expect(try world.allReduce(ContiguousArray(mine), .sum) == all)
      #expect(try world.allReduce(mine[layout: even], .sum) == halves(all))
      #expect(try world.allReduce(mine[3..<3], .sum) == [])
      var memory = mine
      try world.allReduce(mine[layout: even], into: &memory[layout: odd], .sum)
      #expect(memory == changed(mine, halves(all)))
      memory = mine
      try world.allReduce(mine[..<3], into: &memory[3...], .max)
      #expect(memory == Array(mine[..<3]) + Array(own(world.size - 1)[..<3]))
      memory = mine
      try world.allReduce(inPlace: &memory[layout: odd], .sum)
      #expect(memory == changed(mine, halves(all, from: 1)))
      memory = mine
      try world.allReduce(inPlace: &memory[1..<3], .sum)
      #expect(memory == [mine[0]] + Array(all[1..<3]) + Array(mine[3...]))
      expectError(.count, "allReduce", naming: "the memory for the result") {
        try world.allReduce(mine[layout: even], into: &memory[layout: .contiguous(2)], .sum)
      }
      expectError(.count, "allReduce", naming: "element 6 of a memory of 6") {
        _ = try world.allReduce(mine[layout: .contiguous(7)], .sum)
      }
      expectError(.type, "allReduce", naming: "twice") {
        try world.allReduce(inPlace: &memory[layout: .vector(count: 2, stride: 0)], .sum)
      }
    }

    @Test func allReduceOfEveryKindInEveryMode() throws {
      let mine = own(world.rank)
      let all = sums(0..<world.size)
      var memory = mine
      let work = try world.nonblocking.allReduce(mine[layout: even], into: &memory[layout: odd], .sum) { pending in
        _ = try pending.test()
        return "worked"
      }
      #expect(work == "worked" && memory == changed(mine, halves(all)))
      memory = mine
      try world.nonblocking.allReduce(inPlace: &memory, .sum) { _ in }
      #expect(memory == all)
      memory = mine
      try world.nonblocking.allReduce(inPlace: &memory[layout: odd], .sum) { _ in }
      #expect(memory == changed(mine, halves(all, from: 1)))
      #expect(try world.nonblocking.allReduce(mine[1...], .sum).wait() == Array(all[1...]))
      #expect(try world.nonblocking.allReduce(mine[layout: even], .sum).wait() == halves(all))
      let owned = try world.nonblocking.allReduce(inPlace: mine[layout: odd], .sum).wait().base
      #expect(owned == changed(mine, halves(all, from: 1)))
      #expect(try world.nonblocking.allReduce(inPlace: mine[2..<4], .sum).wait() == all[2..<4])
      // By a closure, which has a datatype of its own.
      let product = ReduceOperation<SIMD2<Float>>.custom { $0 * $1 }
      let vectors = (0..<4).map { SIMD2<Float>(Float($0 + 1), 2) }
      let expected = [vectors[0], vectors[2]].map { vector in
        (1..<world.size).reduce(vector) { result, _ in result * vector }
      }
      #expect(try world.allReduce(vectors[layout: .vector(count: 2, stride: 2)], product) == expected)
    }

    @Test func scansOfEveryKind() throws {
      let mine = own(world.rank)
      let (upTo, below) = (sums(0..<world.rank + 1), sums(0..<world.rank))
      #expect(try world.scan(mine[layout: even], .sum) == halves(upTo))
      #expect(try world.scan(mine[1..<3], .sum) == Array(upTo[1..<3]))
      var memory = mine
      try world.scan(inPlace: &memory[layout: odd], .sum)
      #expect(memory == changed(mine, halves(upTo, from: 1)))
      memory = mine
      try world.nonblocking.scan(inPlace: &memory[2...], .sum) { _ in }
      #expect(memory == Array(mine[..<2]) + Array(upTo[2...]))
      let result = try world.exclusiveScan(mine[layout: even], .sum)
      #expect(result == (world.rank == 0 ? nil : halves(below)))
      memory = mine
      try world.exclusiveScan(mine[layout: even], into: &memory[layout: odd], .sum)
      #expect(memory == (world.rank == 0 ? mine : changed(mine, halves(below))))
      memory = mine
      try world.nonblocking.exclusiveScan(mine[..<3], into: &memory[3...], .sum) { _ in }
      #expect(memory == (world.rank == 0 ? mine : Array(mine[..<3]) + Array(below[..<3])))
    }

    @Test func reduceOfEveryKindToEachRoot() throws {
      let mine = own(world.rank)
      let all = sums(0..<world.size)
      for root in 0..<world.size {
        let isRoot = world.rank == root
        #expect(try world.reduce(mine[layout: even], .sum, root: root) == (isRoot ? halves(all) : nil))
        #expect(try world.reduce(mine[4...], .sum, root: root) == (isRoot ? Array(all[4...]) : nil))
        var memory = mine
        try world.reduce(mine[layout: even], into: &memory[layout: odd], .sum, root: root)
        #expect(memory == (isRoot ? changed(mine, halves(all)) : mine))
        // Elsewhere the memory for the result is not used.
        var result = isRoot ? mine : []
        try world.reduce(mine, into: &result, .sum, root: root)
        #expect(result == (isRoot ? all : []))
        memory = mine
        try world.reduce(inPlace: &memory[layout: odd], .sum, root: root)
        #expect(memory == (isRoot ? changed(mine, halves(all, from: 1)) : mine))
        memory = mine
        try world.nonblocking.reduce(inPlace: &memory[1..<3], .sum, root: root) { _ in }
        #expect(memory == (isRoot ? [mine[0]] + Array(all[1..<3]) + Array(mine[3...]) : mine))
        let owned = try world.nonblocking.reduce(inPlace: mine[layout: odd], .sum, root: root).wait().base
        #expect(owned == (isRoot ? changed(mine, halves(all, from: 1)) : mine))
      }
      expectError(.root, "reduce", naming: "\(world.size)") {
        _ = try world.nonblocking.reduce(mine[1...], .sum, root: world.size)
      }
    }

    @Test func reduceScatterOfEveryKind() throws {
      let mine = own(world.rank, 2 * world.size)
      let all = (0..<2 * world.size).map { index in (0..<world.size).map { 10 * $0 + index }.reduce(0, +) }
      let own = Array(all[2 * world.rank..<2 * world.rank + 2])
      var two = [0, 0, 0]
      try world.reduceScatter(mine, into: &two[1...], .sum)
      #expect(two == [0] + own)
      try world.reduceScatter(mine.span, into: &two[layout: .vector(count: 2, stride: 2)], .sum)
      #expect(two == [own[0], own[0], own[1]])
      let doubled = mine.flatMap { [$0, -1] }
      let layout = try Layout<Int>.vector(count: 2 * world.size, stride: 2)
      #expect(try world.reduceScatter(doubled[layout: layout], .sum) == own)
      #expect(try world.reduceScatter(each: mine[..<world.size], .sum) == all[world.rank])
      #expect(try world.nonblocking.reduceScatter(doubled[layout: layout], .sum).wait() == own)
      let counts = (0..<world.size).map { $0 == 0 ? 2 * world.size : 0 }
      var rest = world.rank == 0 ? mine : []
      try world.nonblocking.reduceScatter(mine, into: &rest, .sum, counts: counts) { _ in }
      #expect(rest == (world.rank == 0 ? all : []))
      var memory = doubled
      try world.reduceScatter(inPlace: &memory[layout: layout], .sum)
      #expect([memory[0], memory[2]] == own && memory[1] == -1)
    }

    @Test func broadcastOfEveryKind() throws {
      for root in 0..<world.size {
        let (mine, theirs) = (own(world.rank), own(root))
        var memory = mine
        try world.broadcast(inPlace: &memory[1..<4], root: root)
        #expect(memory == [mine[0]] + Array(theirs[1..<4]) + Array(mine[4...]))
        // From even places to odd ones.
        memory = mine
        try world.broadcast(inPlace: &memory[layout: world.rank == root ? even : odd], root: root)
        #expect(memory == (world.rank == root ? mine : changed(mine, halves(theirs))))
        memory = mine
        try world.nonblocking.broadcast(inPlace: &memory[layout: odd], root: root) { _ in }
        #expect(memory == changed(mine, halves(theirs, from: 1)))
        #expect(try world.nonblocking.broadcast(inPlace: mine[2...], root: root).wait() == theirs[2...])
        let owned = try world.nonblocking.broadcast(inPlace: mine[layout: odd], root: root).wait().base
        #expect(owned == changed(mine, halves(theirs, from: 1)))
        if MPIEnvironment.supports(.persistentCollectives) {
          var request = try world.persistent.broadcast(inPlace: mine[layout: odd], root: root)
          for _ in 0..<2 {
            try request.start {}
            #expect((0..<6).map { request.output[$0] } == changed(mine, halves(theirs, from: 1)))
          }
        }
      }
    }
  }
}

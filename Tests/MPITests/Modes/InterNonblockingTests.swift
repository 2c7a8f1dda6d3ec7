// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Nonblocking collectives between two groups, the lower ranks of the world and the upper ones.
  @Suite struct InterNonblockingTests {
    let world = Communicator.world

    /// Runs a body with each root of each group: whether this rank is in the root's group, and the root.
    private func withRoots(_ across: Across, _ body: (_ isHere: Bool, _ root: Int) throws -> Void) throws {
      for rootIsUpper in [false, true] {
        let count = rootIsUpper ? world.size - across.lowerSize : across.lowerSize
        for root in 0..<count { try body(rootIsUpper == across.isUpper, root) }
      }
    }

    @Test func barrier() throws {
      guard let across = try Across(world) else { return }
      for _ in 0..<3 { try across.inter.nonblocking.barrier().wait() }
    }

    @Test func broadcast() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      try withRoots(across) { isHere, root in
        let values = Padded.samples(5, from: root)
        if isHere {
          let isRoot = inter.rank == root
          try inter.nonblocking.broadcast(isRoot ? values[0] : nil, localRoot: root).wait()
          try inter.nonblocking.broadcast(isRoot ? values : nil, localRoot: root).wait()
          try inter.nonblocking.broadcast(isRoot ? [Int]() : nil, localRoot: root).wait()
        } else {
          #expect(try inter.nonblocking.broadcast(Padded.self, remoteRoot: root).wait() == values[0])
          #expect(try inter.nonblocking.broadcast([Padded].self, count: 5, remoteRoot: root).wait() == values)
          #expect(try inter.nonblocking.broadcast([Int].self, count: 0, remoteRoot: root).wait() == [])
        }
      }
    }

    @Test func gather() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      try withRoots(across) { isHere, root in
        if isHere {
          let counts = across.remotes.map { $0 % 3 }
          let one = try inter.nonblocking.gather(Padded.self, localRoot: root)
          let many = try inter.nonblocking.gather([Int].self, counts: counts, localRoot: root)
          let values = try one.wait()
          let parts = try many.wait()
          guard inter.rank == root else {
            #expect(values == nil && parts == nil)
            return
          }
          #expect(values == across.remotes.map(Padded.sample))
          #expect(parts.map { $0.map(Array.init) } == across.remotes.map { Int.samples($0 % 3, from: $0) })
        } else {
          let one = try inter.nonblocking.gather(Padded.sample(world.rank), remoteRoot: root)
          let mine = Int.samples(world.rank % 3, from: world.rank)
          let many = try inter.nonblocking.gather(mine, remoteRoot: root)
          try one.wait()
          try many.wait()
        }
      }
    }

    @Test func scatter() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      try withRoots(across) { isHere, root in
        // One element more than can be even, and parts of different lengths.
        let length = 3 * (isHere ? inter.remoteSize : inter.size) + 1
        if isHere {
          let isRoot = inter.rank == root
          let parts = RankPartitioned(across.remotes.map { Padded.samples($0 % 3, from: $0) })
          let even = try inter.nonblocking.scatter(isRoot ? Int.samples(length) : nil, localRoot: root)
          let uneven = try inter.nonblocking.scatter(isRoot ? parts : nil, localRoot: root)
          try even.wait()
          try uneven.wait()
        } else {
          let start = inter.rank == 0 ? 0 : 3 * inter.rank + 1
          let count = inter.rank == 0 ? 4 : 3
          let even = try inter.nonblocking.scatter([Int].self, count: count, remoteRoot: root)
          let uneven = try inter.nonblocking.scatter([Padded].self, count: world.rank % 3, remoteRoot: root)
          #expect(try even.wait() == Int.samples(count, from: start))
          #expect(try uneven.wait() == Padded.samples(world.rank % 3, from: world.rank))
        }
      }
    }

    @Test func allGather() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let one = try inter.nonblocking.allGather(Padded.sample(world.rank))
      let mine = Int.samples(world.rank % 3, from: world.rank)
      let many = try inter.nonblocking.allGather(mine, counts: across.remotes.map { $0 % 3 })
      #expect(try one.wait() == across.remotes.map(Padded.sample))
      #expect(try many.wait().map(Array.init) == across.remotes.map { Int.samples($0 % 3, from: $0) })
    }

    @Test func allToAll() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let out = across.remotes.flatMap { Double.samples(2, from: 10 * world.rank + $0) }
      let equal = try inter.nonblocking.allToAll(out)
      let parts = RankPartitioned(across.remotes.map { [Int](repeating: world.rank, count: $0 % 3) })
      let own = [Int](repeating: world.rank % 3, count: inter.remoteSize)
      let uneven = try inter.nonblocking.allToAll(parts, receivedCounts: own)
      #expect(try equal.wait() == across.remotes.flatMap { Double.samples(2, from: 10 * $0 + world.rank) })
      #expect(try uneven.wait().map(Array.init) == across.remotes.map { [Int](repeating: $0, count: world.rank % 3) })
    }

    @Test func reduce() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let product = ReduceOperation<Matrix>.custom(isCommutative: false) { $0 * $1 }
      try withRoots(across) { isHere, root in
        if isHere {
          let one = try inter.nonblocking.reduce(Int.self, .sum, localRoot: root)
          let many = try inter.nonblocking.reduce([Double].self, .max, count: 3, localRoot: root)
          let ordered = try inter.nonblocking.reduce(Matrix.self, product, localRoot: root)
          let isRoot = inter.rank == root
          #expect(try one.wait() == (isRoot ? across.remotes.reduce(0, +) : nil))
          let largest = Double(across.remotes.max()!)
          #expect(try many.wait() == (isRoot ? [largest, 1, -Double(across.remotes.min()!)] : nil))
          #expect(try ordered.wait() == (isRoot ? Matrix.product(across.remotes) : nil))
        } else {
          let one = try inter.nonblocking.reduce(world.rank, .sum, remoteRoot: root)
          let mine = [Double(world.rank), 1, -Double(world.rank)]
          let many = try inter.nonblocking.reduce(mine, .max, remoteRoot: root)
          let ordered = try inter.nonblocking.reduce(Matrix.sample(world.rank), product, remoteRoot: root)
          try one.wait()
          try many.wait()
          try ordered.wait()
        }
      }
    }

    @Test func allReduce() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let one = try inter.nonblocking.allReduce(world.rank, .sum)
      let many = try inter.nonblocking.allReduce([world.rank, -world.rank, 1], .max)
      #expect(try one.wait() == across.remotes.reduce(0, +))
      #expect(try many.wait() == [across.remotes.max()!, -across.remotes.min()!, 1])
    }

    @Test func reduceScatter() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let length = 7
      let mine = (0..<length).map { 100 * world.rank + $0 }
      let block = try inter.nonblocking.reduceScatter(mine, .sum).wait()
      let (share, extra) = length.quotientAndRemainder(dividingBy: inter.size)
      let start = share * inter.rank + min(extra, inter.rank)
      let expected = (start..<start + share + (inter.rank < extra ? 1 : 0)).map { index in
        across.remotes.reduce(0) { $0 + 100 * $1 + index }
      }
      #expect(block == expected)
    }

    @Test func manyAtOnce() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      var requests = RequestSet<Int>()
      for round in 0..<50 { requests.append(try inter.nonblocking.allReduce(world.rank + round, .sum)) }
      let sums = try requests.waitAll()
      #expect(sums == (0..<50).map { round in across.remotes.reduce(0) { $0 + $1 + round } })
    }

    // MARK: Wrong arguments

    @Test func refusals() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let long = [Int](repeating: 1, count: inter.remoteSize + 1)
      var negative = Array(long.dropLast())
      negative[0] = -1
      expectError(.count, "gather", naming: "\(long.count) entries") {
        _ = try inter.nonblocking.gather([Int].self, counts: long, localRoot: inter.rank)
      }
      expectError(.count, "allGather", naming: "counts[0] is -1") {
        _ = try inter.nonblocking.allGather([1], counts: negative)
      }
      if inter.remoteSize > 1 {
        expectError(.count, "allToAll", naming: "\(long.count) elements", "\(inter.remoteSize) remote ranks") {
          _ = try inter.nonblocking.allToAll(long)
        }
      }
      expectError(.count, "allToAll", naming: "\(long.count) elements") {
        _ = try inter.nonblocking.allToAll(RankPartitioned(long, counts: long), receivedCounts: negative)
      }
      expectError(.count, "scatter", naming: "\(long.count) elements") {
        _ = try inter.nonblocking.scatter(RankPartitioned(long, counts: long), localRoot: inter.rank)
      }
      expectError(.argument, "scatter", naming: "nil") {
        _ = try inter.nonblocking.scatter(nil as [Int]?, localRoot: inter.rank)
      }
      expectError(.argument, "broadcast", naming: "nil") {
        _ = try inter.nonblocking.broadcast(nil as Int?, localRoot: inter.rank)
      }
      expectError(.count, "scatter", naming: "-1") {
        _ = try inter.nonblocking.scatter([Int].self, count: -1, remoteRoot: 0)
      }
      expectError(.root, "broadcast", naming: "\(inter.remoteSize)") {
        _ = try inter.nonblocking.broadcast(Int.self, remoteRoot: inter.remoteSize)
      }
      expectError(.root, "reduce", naming: "\(inter.size)") {
        _ = try inter.nonblocking.reduce(Int.self, .sum, localRoot: inter.size)
      }
      #expect(try inter.nonblocking.allReduce(1, .sum).wait() == inter.remoteSize)
    }
  }
}

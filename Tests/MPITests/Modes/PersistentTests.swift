// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Operations that are made ready once and started many times.
  @Suite(.enabled(if: MPIEnvironment.supports(.persistentCollectives), "this MPI has no persistent collectives"))
  struct PersistentTests {
    let world = Communicator.world
    var roots: [Int] { [0, world.last] }

    /// Starts a request several times, with what `input` gives and what `output` expects in each round.
    private func run(
      _ request: consuming PersistentRequest<Double>, input: (Int) -> [Double], output: (Int) -> [Double],
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      for round in 0..<4 {
        for (index, value) in input(round).enumerated() { request.input[index] = value }
        if round % 2 == 0 {
          try request.start()
          let hasStarted = request.isInFlight
          #expect(hasStarted, sourceLocation: sourceLocation)
          while try !request.test() {}
          try request.wait()
        } else {
          let answer = try request.start { round }
          #expect(answer == round, sourceLocation: sourceLocation)
        }
        let isInFlight = request.isInFlight
        let came = request.output.indices.map { request.output[$0] }
        #expect(!isInFlight, sourceLocation: sourceLocation)
        #expect(came == output(round), "round \(round)", sourceLocation: sourceLocation)
      }
    }

    /// What rank r gives in a round.
    private func values(_ rank: Int, _ round: Int, count: Int) -> [Double] {
      (0..<count).map { Double(100 * round + 10 * rank + $0) }
    }

    private func sums(_ ranks: Range<Int>, _ round: Int, count: Int) -> [Double] {
      (0..<count).map { index in ranks.reduce(0) { $0 + values($1, round, count: count)[index] } }
    }

    // MARK: Point to point

    @Test(arguments: [SendMode.standard, .synchronous])
    func ring(mode: SendMode) throws {
      var out = try world.persistent.send([0, 0], to: world.right, tag: 3, mode: mode)
      var into = try world.persistent.receive(Int.self, count: 5, from: world.left, tag: 3)
      for round in 0..<5 {
        out.input[0] = world.rank
        out.input[1] = round
        try into.start()
        try out.start()
        let status = try into.wait()
        try out.wait()
        #expect(status.source == world.left)
        #expect(try status.count(of: Int.self) == 2)
        let came = [into.output[0], into.output[1]]
        #expect(came == [world.left, round])
      }
    }

    @Test func buffered() throws {
      try withSendBuffer(byteCount: 10 * (100 + sendBufferOverhead)) {
        var out = try world.persistent.send([world.rank], to: world.right, mode: .buffered)
        for _ in 0..<3 {
          try out.start {}
          #expect(try world.receive(Int.self, from: world.left) == world.left)
        }
      }
    }

    @Test func both() throws {
      try run(
        world.persistent.sendReceive([0.0, 0], to: world.right, tag: 2, from: world.left),
        input: { values(world.rank, $0, count: 2) }, output: { values(world.left, $0, count: 2) })
      let idle = try world.persistent.sendReceive([1], to: .null, from: .null)
      _ = consume idle
    }

    // MARK: Collectives

    @Test func barrier() throws {
      var barrier = try world.persistent.barrier()
      for _ in 0..<3 { try barrier.start {} }
    }

    @Test func reductions() throws {
      for count in [0, 1, 8] {
        let zeros = [Double](repeating: 0, count: count)
        let own = { (round: Int) in values(world.rank, round, count: count) }
        let all = { (round: Int) in sums(0..<world.size, round, count: count) }
        try run(world.persistent.allReduce(zeros, .sum), input: own, output: all)
        try run(world.persistent.allReduce(inPlace: zeros, .sum), input: own, output: all)
        try run(
          world.persistent.scan(zeros, .sum), input: own, output: { sums(0..<world.rank + 1, $0, count: count) })
        for root in roots {
          try run(
            world.persistent.reduce(zeros, .sum, root: root), input: own,
            output: { world.rank == root ? all($0) : [] })
        }
        if !world.isRoot {
          try run(
            world.persistent.exclusiveScan(zeros, .sum), input: own,
            output: { sums(0..<world.rank, $0, count: count) })
        } else {
          // What the first rank gets is nothing: its memory stays as it was.
          try run(world.persistent.exclusiveScan(zeros, .sum), input: own, output: { _ in zeros })
        }
        let block = world.block(of: count)
        try run(world.persistent.reduceScatter(zeros, .sum), input: own, output: { Array(all($0)[block]) })
      }
    }

    @Test func closures() throws {
      let largest = 100.0
      try run(
        world.persistent.allReduce([0.0], .custom { min($0 + $1, largest) }), input: { _ in [60] },
        output: { _ in [world.size == 1 ? 60 : 100] })
    }

    @Test func broadcast() throws {
      for root in roots {
        try run(
          world.persistent.broadcast(inPlace: [0.0, 0, 0], root: root), input: { values(world.rank, $0, count: 3) },
          output: { values(root, $0, count: 3) })
      }
    }

    @Test func gathers() throws {
      let counts = (0..<world.size).map { $0 == world.last ? 0 : $0 + 2 }
      for unlike in [nil, counts] {
        let lengths = unlike ?? Array(repeating: 3, count: world.size)
        let zeros = [Double](repeating: 0, count: lengths[world.rank])
        let own = { (round: Int) in values(world.rank, round, count: lengths[world.rank]) }
        let all = { (round: Int) in (0..<world.size).flatMap { values($0, round, count: lengths[$0]) } }
        try run(world.persistent.allGather(zeros, counts: unlike), input: own, output: all)
        for root in roots {
          try run(
            world.persistent.gather(zeros, root: root, counts: unlike), input: own,
            output: { world.rank == root ? all($0) : [] })
          try run(
            world.persistent.scatter(
              world.rank == root ? [Double](repeating: 0, count: lengths.reduce(0, +)) : nil, root: root,
              counts: lengths),
            input: { world.rank == root ? all($0) : [] }, output: own)
        }
      }
    }

    @Test func allToAll() throws {
      let out = { (rank: Int, round: Int) in (0..<world.size).map { Double(100 * round + 10 * rank + $0) } }
      try run(
        world.persistent.allToAll([Double](repeating: 0, count: world.size)), input: { out(world.rank, $0) },
        output: { round in (0..<world.size).map { out($0, round)[world.rank] } })

      func part(_ from: Int, _ to: Int, _ round: Int) -> [Double] {
        (0..<(3 * from + to) % 4).map { Double(1000 * round + 100 * from + 10 * to + $0) }
      }
      let ranks = 0..<world.size
      try run(
        world.persistent.allToAll(
          RankPartitioned(ranks.map { part(world.rank, $0, 0) }),
          receivedCounts: ranks.map { part($0, world.rank, 0).count }),
        input: { round in ranks.flatMap { part(world.rank, $0, round) } },
        output: { round in ranks.flatMap { part($0, world.rank, round) } })
    }

    // MARK: What can go wrong

    @Test func startedTwice() throws {
      var into = try world.persistent.receive(Int.self, count: 1, from: world.left, tag: 8)
      try into.start()
      expectError(.request, "receive", naming: "in flight", on: world) { try into.start() }
      try world.send(1, to: world.right, tag: 8)
      try into.wait()
      let came = into.output[0]
      #expect(came == 1)
      try into.wait()
    }

    @Test func droppedWhileUnderWay() throws {
      do {
        var into = try world.persistent.receive(Int.self, count: 1, from: world.left, tag: 9)
        try into.start()
        var sum = try world.persistent.allReduce([1.0], .sum)
        try sum.start()
      }
      try world.barrier()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func workThatThrows() throws {
      struct Mishap: Error {}
      var sum = try world.persistent.allReduce([1], .sum)
      #expect(throws: Mishap.self) { try sum.start { throw Mishap() } }
      let came = sum.output[0]
      #expect(came == world.size)
    }

    @Test func wrongArguments() throws {
      let later = world.persistent
      try expectRefusal(.rank, "send") { _ = try later.send([1], to: world.size) }
      try expectRefusal(.count, "receive", naming: "-1") { _ = try later.receive(Int.self, count: -1, from: 0) }
      try expectRefusal(.root, "reduce") { _ = try later.reduce([1], .sum, root: world.size) }
      try expectRefusal(.count, "allGather") { _ = try later.allGather([1], counts: []) }
      try expectRefusal(.count, "allToAll") {
        _ = try later.allToAll(RankPartitioned([[1], [2]]), receivedCounts: [])
      }
    }
  }
}

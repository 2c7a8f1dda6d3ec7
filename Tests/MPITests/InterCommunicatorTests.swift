// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Two groups, the lower ranks of the world and the upper ones.
  @Suite struct InterCommunicatorTests {
    let world = Communicator.world

    @Test func groups() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      #expect(inter.size == (across.isUpper ? world.size - across.lowerSize : across.lowerSize))
      #expect(inter.remoteSize == world.size - inter.size)
      #expect(inter.rank == (across.isUpper ? world.rank - across.lowerSize : world.rank))
      #expect(inter.isRoot == (inter.rank == 0))
      #expect(inter.isConnected)
      #expect(inter.startErrors.isEmpty)
      #expect(try inter.localGroup.size == inter.size)
      let ranks = try inter.remoteGroup.translate(Array(0..<inter.remoteSize), to: world.group)
      #expect(ranks == across.remotes)
      inter.name = "over there"
      #expect(inter.description == "over there (rank \(inter.rank) of \(inter.size), to \(inter.remoteSize) others)")
      #expect(try inter.compare(inter.duplicate()) == .congruent)
    }

    @Test func merge() throws {
      guard let across = try Across(world) else { return }
      let straight = try across.inter.merge(high: across.isUpper)
      #expect(straight.rank == world.rank && straight.size == world.size)
      let crossed = try across.inter.merge(high: !across.isUpper)
      #expect(crossed.rank == (across.isUpper ? across.inter.rank : across.inter.rank + across.inter.remoteSize))
      #expect(try crossed.allReduce(1, .sum) == world.size)
    }

    // MARK: Objects

    @Test func reductionsOfObjects() throws {
      struct Stop: Error {}
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let theirs = across.remotes.map { "\($0)," }.joined()
      #expect(try inter.allReduce(object: "\(world.rank),", by: +) == theirs)
      let out = across.remotes.map { Document.sample(10 * world.rank + $0) }
      #expect(try inter.allToAll(object: out) == across.remotes.map { Document.sample(10 * $0 + world.rank) })
      for rootIsUpper in [false, true] {
        let last = (rootIsUpper ? world.size - across.lowerSize : across.lowerSize) - 1
        if rootIsUpper == across.isUpper {
          let all = try inter.reduce(object: String.self, localRoot: last, by: +)
          #expect(all == (inter.rank == last ? theirs : nil))
        } else {
          try inter.reduce(object: "\(world.rank),", remoteRoot: last)
        }
      }
      expectError(.count, "allToAll(object:)", naming: "0 elements", "must have \(inter.remoteSize)") {
        _ = try inter.allToAll(object: [String]())
      }
      if inter.remoteSize > 1 {
        expectError(.count, "allToAll", naming: "\(inter.remoteSize + 1) elements", "\(inter.remoteSize) remote ranks")
        {
          _ = try inter.allToAll([Int](repeating: 0, count: inter.remoteSize + 1))
        }
      }
      do {
        _ = try inter.allReduce(object: "a") { (_, _) throws -> String in throw Stop() }
        #expect(inter.remoteSize == 1)
      } catch {
        #expect(error is Stop && inter.remoteSize > 1)
      }
      #expect(try inter.allReduce(1, .sum) == inter.remoteSize)
    }

    // MARK: Messages

    @Test func messages() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      // Each with its partner of the same rank; who has none sits this out.
      guard inter.rank < inter.remoteSize else { return }
      let partner = inter.rank
      let theirs = across.worldRank(partner)
      if across.isUpper {
        try inter.send(Padded.sample(world.rank), to: partner, tag: 1)
        try inter.send(Int.samples(7, from: world.rank), to: partner, tag: 2)
        try inter.send(object: Document.sample(world.rank), to: partner, tag: 3)
        try inter.send([1.5, 2.5], to: partner, tag: 4)
        try inter.send(Int.samples(3, from: world.rank).span, to: partner, tag: 5)
      } else {
        #expect(try inter.probe(from: partner, tag: 1).source == partner)
        #expect(try inter.receive(Padded.self, from: partner, tag: 1) == Padded.sample(theirs))
        #expect(try inter.receive([Int].self, from: partner, tag: 2) == Int.samples(7, from: theirs))
        let document = try inter.receive(object: Document.self, from: partner, tag: 3)
        #expect(document == Document.sample(theirs))
        var memory = [0.0, 0, 9]
        let status = try inter.receive(into: &memory, from: .any, tag: 4)
        #expect(try memory == [1.5, 2.5, 9] && status.source == partner && status.count(of: Double.self) == 2)
        let message = try inter.matchedProbe(from: .any, tag: 5)
        #expect(try message.receive([Int].self) == Int.samples(3, from: theirs))
      }
      #expect(try inter.sendReceive(world.rank, to: partner, from: partner) == theirs)
      #expect(try inter.sendReceive([world.rank, 1], to: partner, from: partner) == [theirs, 1])
      #expect(
        try inter.sendReceive(object: Document.sample(world.rank), to: partner, from: partner)
          == Document.sample(theirs))
    }

    @Test func nonblockingMessages() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let incoming = try inter.nonblocking.receive(Int.self, count: 4, from: 0, tag: 2)
      let one = try inter.nonblocking.receive(Int.self, from: 0, tag: 1)
      var outgoing = RequestSet<[Int]>()
      if inter.rank == 0 {
        for rank in 0..<inter.remoteSize {
          try outgoing.append(inter.nonblocking.send(rank, to: rank, tag: 1))
          try outgoing.append(inter.nonblocking.send([world.rank, rank], to: rank, tag: 2))
        }
      }
      #expect(try one.wait() == inter.rank)
      #expect(try incoming.wait() == [across.worldRank(0), inter.rank])
      _ = try outgoing.waitAll()
      #expect(try inter.nonblocking.probe(from: .any) == nil)
      #expect(try inter.nonblocking.matchedProbe(from: .any) == nil)
      try inter.nonblocking.barrier().wait()
      try inter.barrier()
    }

    // MARK: Collectives

    @Test(arguments: [false, true]) func broadcast(fromUpper: Bool) throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let isGiving = across.isUpper == fromUpper
      let root = (isGiving ? inter.size : inter.remoteSize) - 1
      let source = isGiving ? 0 : across.worldRank(root)
      let isRoot = isGiving && inter.rank == root
      for count in [0, 1, 1000] {
        if isGiving {
          try inter.broadcast(isRoot ? Padded.sample(world.rank) : nil, localRoot: root)
          try inter.broadcast(isRoot ? Tupled.samples(count, from: world.rank) : nil, localRoot: root)
          try inter.broadcast(object: isRoot ? Document.sample(world.rank) : nil, localRoot: root)
        } else {
          #expect(try inter.broadcast(Padded.self, remoteRoot: root) == Padded.sample(source))
          #expect(try inter.broadcast([Tupled].self, remoteRoot: root) == Tupled.samples(count, from: source))
          #expect(try inter.broadcast(object: Document.self, remoteRoot: root) == Document.sample(source))
        }
      }
    }

    @Test(arguments: [false, true]) func gatherAndScatter(atUpper: Bool) throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let hasRoot = across.isUpper == atUpper
      let root = (hasRoot ? inter.size : inter.remoteSize) - 1
      let isRoot = hasRoot && inter.rank == root
      if hasRoot {
        let values = try inter.gather(Padded.self, localRoot: root)
        #expect(values == (isRoot ? across.remotes.map(Padded.sample) : nil))
        let arrays = try inter.gather([Int].self, localRoot: root)
        let expected = across.remotes.map { Int.samples($0, from: $0) }
        #expect(arrays == (isRoot ? RankPartitioned(expected) : nil))
        let objects = try inter.gather(object: Document.self, localRoot: root)
        #expect(objects == (isRoot ? across.remotes.map(Document.sample) : nil))
        try inter.scatter(isRoot ? Array(0..<inter.remoteSize * 3 + 1) : nil, localRoot: root)
        let parts = across.remotes.map { Padded.samples($0, from: $0) }
        try inter.scatter(isRoot ? RankPartitioned(parts) : nil, localRoot: root)
        try inter.scatter(object: isRoot ? across.remotes.map(Document.sample) : nil, localRoot: root)
      } else {
        try inter.gather(Padded.sample(world.rank), remoteRoot: root)
        try inter.gather(Int.samples(world.rank, from: world.rank), remoteRoot: root)
        try inter.gather(object: Document.sample(world.rank), remoteRoot: root)
        let start = inter.rank == 0 ? 0 : inter.rank * 3 + 1
        let block = try inter.scatter([Int].self, remoteRoot: root)
        #expect(block == Array(start..<(inter.rank + 1) * 3 + 1))
        let part = try inter.scatter([Padded].self, remoteRoot: root)
        #expect(part == Padded.samples(world.rank, from: world.rank))
        #expect(try inter.scatter(object: Document.self, remoteRoot: root) == Document.sample(world.rank))
      }
    }

    @Test func allGatherAndAllToAll() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      #expect(try inter.allGather(Padded.sample(world.rank)) == across.remotes.map(Padded.sample))
      let uneven = try inter.allGather(Padded.samples(world.rank * 3, from: world.rank))
      #expect(uneven == RankPartitioned(across.remotes.map { Padded.samples($0 * 3, from: $0) }))
      #expect(try inter.allGather([Int]()).elements.isEmpty)
      #expect(try inter.allGather(object: Document.sample(world.rank)) == across.remotes.map(Document.sample))
      let blocks = (0..<inter.remoteSize).flatMap { [world.rank, $0] }
      #expect(try inter.allToAll(blocks) == across.remotes.flatMap { [$0, inter.rank] })
      let parts = RankPartitioned((0..<inter.remoteSize).map { Tupled.samples(world.rank + $0, from: $0) })
      let came = try inter.allToAll(parts)
      #expect(came == RankPartitioned(across.remotes.map { Tupled.samples($0 + inter.rank, from: inter.rank) }))
    }

    @Test(arguments: [false, true]) func reduce(atUpper: Bool) throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let hasRoot = across.isUpper == atUpper
      let root = (hasRoot ? inter.size : inter.remoteSize) - 1
      let isRoot = hasRoot && inter.rank == root
      let product = ReduceOperation<Matrix>.custom { $0 * $1 }
      if hasRoot {
        let sum = across.remotes.reduce(0, +)
        #expect(try inter.reduce(Int.self, .sum, localRoot: root) == (isRoot ? sum : nil))
        let sums = try inter.reduce([Int].self, .sum, localRoot: root)
        #expect(sums == (isRoot ? (0..<9).map { sum + $0 * inter.remoteSize } : nil))
        #expect(try inter.reduce([Int].self, .max, localRoot: root) == (isRoot ? [] : nil))
        let matrix = try inter.reduce(Matrix.self, product, localRoot: root)
        #expect((matrix != nil) == isRoot)
      } else {
        try inter.reduce(world.rank, .sum, remoteRoot: root)
        try inter.reduce((0..<9).map { world.rank + $0 }, .sum, remoteRoot: root)
        try inter.reduce([Int](), .max, remoteRoot: root)
        try inter.reduce(Matrix.sample(world.rank), product, remoteRoot: root)
      }
    }

    @Test func allReduceAndReduceScatter() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let sum = across.remotes.reduce(0, +)
      #expect(try inter.allReduce(world.rank, .sum) == sum)
      #expect(try inter.allReduce([world.rank, 1], .sum) == [sum, inter.remoteSize])
      #expect(try inter.allReduce([Int](), .sum).isEmpty)
      #expect(try inter.allReduce(world.rank, .custom { max($0, $1) }) == across.remotes.max())
      let all = (0..<11).map { sum + $0 * inter.remoteSize }
      let part = try inter.reduceScatter((0..<11).map { world.rank + $0 }, .sum)
      let (share, extra) = 11.quotientAndRemainder(dividingBy: inter.size)
      let start = inter.rank * share + min(inter.rank, extra)
      #expect(part == Array(all[start..<start + share + (inter.rank < extra ? 1 : 0)]))
    }

    // MARK: Errors

    @Test func differentCounts() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let elements = [Int](repeating: 1, count: world.rank == world.last ? 3 : 2)
      expectError(.count, "allReduce", naming: "the least is 2, the most 3") { _ = try inter.allReduce(elements, .sum) }
      expectError(.count, "reduceScatter", naming: "different") { _ = try inter.reduceScatter(elements, .sum) }
      guard world.size > 2 else { return }
      // In the group of the upper ranks, which has two or more.
      expectError(.count, "reduce", naming: "the least is 2, the most 3") {
        if across.isUpper {
          try inter.reduce(elements, .sum, remoteRoot: 0)
        } else {
          _ = try inter.reduce([Int].self, .sum, localRoot: 0)
        }
      }
      try inter.barrier()
    }

    @Test func aRootWithoutAValue() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let isRoot = !across.isUpper && inter.rank == 0
      func expectFailure(_ body: () throws -> Void) throws {
        if isRoot || across.isUpper { expectError(.argument) { try body() } } else { try body() }
      }
      try expectFailure {
        if across.isUpper {
          _ = try inter.broadcast([Int].self, remoteRoot: 0)
        } else {
          try inter.broadcast(nil as [Int]?, localRoot: 0)
        }
      }
      try expectFailure {
        if across.isUpper {
          _ = try inter.scatter([Int].self, remoteRoot: 0)
        } else {
          try inter.scatter(nil as [Int]?, localRoot: 0)
        }
      }
      try inter.barrier()
    }

    @Test func wrongArguments() throws {
      try expectRefusal(.rank, "intercommunicator", naming: "local leader \(world.size)") {
        _ = try world.intercommunicator(localLeader: world.size, peer: world, remoteLeader: 0)
      }
      try expectRefusal(.rank, "intercommunicator", naming: "remote leader -1") {
        _ = try world.intercommunicator(peer: world, remoteLeader: -1)
      }
      try expectRefusal(.rank, "intercommunicator", naming: "is in this group") {
        _ = try world.intercommunicator(peer: world, remoteLeader: 0)
      }
      guard let across = try Across(world) else { return }
      let inter = across.inter
      let error = expectError(.rank, "send", naming: "the remote group has ranks 0 to \(inter.remoteSize - 1)") {
        try inter.send(1, to: inter.remoteSize)
      }
      #expect(error?.code == 0 && error?.rank == inter.rank && error?.communicator == inter.name)
      expectError(.root, "broadcast", naming: "localRoot \(inter.size)", "the local group") {
        try inter.broadcast(1, localRoot: inter.size)
      }
      expectError(.root, "gather", naming: "remoteRoot -1", "the remote group") {
        try inter.gather(1, remoteRoot: -1)
      }
      expectError(.tag, "send") { try inter.send(1, to: 0, tag: -1) }
      let uneven = [Int](repeating: 0, count: inter.remoteSize + 1)
      if inter.remoteSize > 1 { expectError(.count, "allToAll") { _ = try inter.allToAll(uneven) } }
      expectError(.count, "allToAll") { _ = try inter.allToAll(RankPartitioned<Int>([])) }
      expectError(.communicator, naming: "use InterCommunicator") {
        _ = try Communicator(borrowing: inter.rawValue)
      }
      expectError(.communicator, naming: "not that of an intercommunicator") {
        _ = try InterCommunicator(borrowing: world.rawValue)
      }
      let borrowed = try InterCommunicator(borrowing: inter.rawValue)
      #expect(try borrowed.allReduce(1, .sum) == borrowed.remoteSize)
      expectError(.communicator, "disconnect") { try borrowed.disconnect() }
      try inter.barrier()
    }

    @Test func disconnect() throws {
      guard let across = try Across(world) else { return }
      let inter = across.inter
      try inter.disconnect()
      #expect(!inter.isConnected)
      expectError(.communicator, "send", naming: "was disconnected") { try inter.send(1, to: 0) }
      expectError(.communicator, "barrier", naming: "was disconnected") { try inter.barrier() }
      expectError(.communicator, "receive") { _ = try inter.nonblocking.receive(Int.self, from: 0) }
      try inter.disconnect()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func manyAreMadeAndDropped() throws {
      guard let across = try Across(world) else { return }
      for _ in 0..<200 { _ = try across.inter.duplicate() }
      #expect(try across.inter.allReduce(1, .sum) == across.inter.remoteSize)
    }

    // MARK: Ports

    /// Whether this MPI has ports: MPICH 4.0 over UCX has none.
    private func hasPorts() throws -> Bool {
      let can = (try? Communicator.itself.withOpenPort { !$0.isEmpty }) ?? false
      if MPIEnvironment.vendor == .openMPI { #expect(can) }
      return try world.allReduce(can, .logicalAnd)
    }

    @Test func halvesConnect() throws {
      guard try hasPorts(), world.size > 1 else { return }
      let isServer = world.rank == 0
      let half = try world.split(color: isServer ? 0 : 1)
      // The name goes by a message, from the one process to the others.
      let inter: InterCommunicator
      if isServer {
        inter = try half.withOpenPort { port in
          try world.send(Array(port.utf8), to: 1)
          return try half.accept(on: port)
        }
      } else {
        let name: [UInt8] = half.isRoot ? try world.receive(from: 0) : []
        inter = try half.connect(to: half.isRoot ? String(decoding: name, as: UTF8.self) : nil)
      }
      #expect(inter.remoteSize == (isServer ? world.size - 1 : 1))
      #expect(try inter.allReduce(world.rank, .sum) == (isServer ? world.size * (world.size - 1) / 2 : 0))
      try inter.disconnect()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func namesOfPorts() throws {
      guard try hasPorts(), world.size > 1 else { return }
      let name = "swift-mpi names \(try world.broadcast(world.isRoot ? Int.random(in: 0...Int.max) : nil))"
      let isServer = world.rank == 0
      let half = try world.split(color: isServer ? 0 : 1)
      if isServer {
        try half.withOpenPort { port in
          try MPIEnvironment.withPublishedName(name, port: port) {
            try world.barrier()
            try half.accept(on: port).disconnect()
          }
        }
      } else {
        try world.barrier()
        try half.connect(to: half.isRoot ? MPIEnvironment.lookUp(name) : nil).disconnect()
      }
      try world.barrier()
      expectError(.name, "lookUp", naming: "'\(name)'") { _ = try MPIEnvironment.lookUp(name) }
    }

    @Test func wrongPorts() throws {
      for port in [nil, "", String(repeating: "x", count: 100_000)] {
        try expectRefusal(port == nil ? .argument : .port, "accept") { _ = try world.accept(on: port) }
        try expectRefusal(port == nil ? .argument : .port, "connect", naming: port == nil ? "nil" : "no name") {
          _ = try world.connect(to: port, root: world.last)
        }
      }
      try expectRefusal(.root, "accept") { _ = try world.accept(on: "x", root: world.size) }
      expectError(.service, "publish") { try MPIEnvironment.publish("", port: "x") }
      expectError(.argument, "join") { _ = try InterCommunicator.join(socket: -1) }
    }
  }
}

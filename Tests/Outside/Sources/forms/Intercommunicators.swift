// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Two halves of the world, of which one may be larger, and what joins them.
struct Halves<Element: Sample> {
  var trial: Trial<Element>
  var across: InterCommunicator
  /// The ranks of the other half, in the world.
  var others: [Int]
  /// Those of this one.
  var mine: [Int]
  /// In the first half, rank 0 is the root of operations that have one.
  var isFirst: Bool

  var me: Int { trial.me }
  /// The rank of the other half that this one sends to, and receives from, if both have as many.
  var partner: Int { across.rank }
  var isPaired: Bool { across.rank < min(mine.count, others.count) }

  init?(_ world: Communicator) throws {
    guard world.size > 1 else { return nil }
    let half = try world.split(color: world.rank % 2)
    trial = Trial(world)
    across = try half.intercommunicator(peer: world, remoteLeader: 1 - world.rank % 2)
    isFirst = world.rank % 2 == 0
    mine = (0..<world.size).filter { $0 % 2 == world.rank % 2 }
    others = (0..<world.size).filter { $0 % 2 != world.rank % 2 }
  }

  /// All elements of some ranks.
  func all(_ data: Data<Element>, _ ranks: [Int]) -> [Element] { ranks.flatMap { data($0) } }

  /// Their sums.
  func sums(_ data: Data<Element>, _ ranks: [Int]) -> [Element] {
    ranks.dropFirst().reduce(data(ranks[0])) { zip($0, data($1)).map(Element.plus) }
  }

  func messages() throws {
    if isPaired { try pairs() }
    try across.barrier()
    try across.nonblocking.barrier().wait()
  }

  private func pairs() throws {
    let other = others[partner]
    try trial.eachAndUneven { mine, data in
      try across.send(mine, to: partner)
      try expect(across.receive([Element].self, from: partner), data(other))
      try across.send(hidden(mine).span, to: partner)
      let received = try trial.changed(trial.blank(data.count(other))) {
        try across.receive(into: &$0, from: partner)
      }
      try expect(received, data(other))
    }
    try trial.eachAndUneven { mine, data in
      let request = try across.nonblocking.send(mine, to: partner)
      try expect(trial.filled(data.count(other)) { try across.receive(into: &$0, from: partner) }, data(other))
      try expect(request.wait(), mine)
    }
    try trial.eachAndUneven { mine, data in
      let request = try across.nonblocking.receive(Element.self, count: data.count(other), from: partner)
      try across.send(mine, to: partner)
      try expect(request.wait(), data(other))
    }
    try trial.eachAndUneven { mine, data in
      try expect(across.sendReceive(mine, to: partner, from: partner), data(other))
    }
    try expect(across.sendReceive(Element(me, 4), to: partner, from: partner), Element(other, 4))
    try expect(across.sendReceive(object: Note(me), to: partner, from: partner), Note(other))
    let request = try across.nonblocking.receive(Element.self, from: partner)
    try across.send(Element(me, 5), to: partner)
    try expect(request.wait(), Element(other, 5))
    _ = try across.nonblocking.send(Element(me, 6), to: partner).wait()
    try expect(across.probe(from: partner).count(of: Element.self), 1)
    try expect(across.receive(from: partner), Element(other, 6))
    try across.send(object: Note(me), to: partner)
    try expect(across.receive(object: Note.self, from: partner), Note(other))
    let sent = try across.nonblocking.send(object: Note(me), to: partner)
    try expect(across.matchedProbe(from: partner).receive(object: Note.self), Note(other))
    try sent.wait()
    try across.send([Element(me, 0), Element(me, 1)], to: partner)
    while try across.nonblocking.probe(from: partner) == nil {}
    while true {
      guard let message = try across.nonblocking.matchedProbe(from: partner) else { continue }
      try expect(message.receive([Element].self), Data<Element>(2)(other))
      break
    }
  }

  func collectives() throws {
    let add = Element.adding
    try trial.eachAndUneven { mine, data in
      try expect(across.allGather(mine).elements, all(data, others))
    }
    try trial.each { mine, data in try expect(across.allReduce(mine, add), sums(data, others)) }
    try expect(across.allGather(Element(me, 5)), others.map { Element($0, 5) })
    try expect(across.allGather(object: Note(me)), others.map { Note($0) })
    try expect(across.allReduce(Element(me, 0), add), sums(Data(1), others)[0])

    // One element for each of the other half.
    let bucket = others.map { Element(me, $0) }
    try expect(across.allToAll(bucket), others.map { Element($0, me) })
    try expect(
      across.allToAll(RankPartitioned(bucket.map { [$0, $0] })).elements,
      others.flatMap {
        [Element($0, me), Element($0, me)]
      })
    // What the other half has at this rank's places; the two halves' sizes divide twelve.
    let twelve = Data<Element>(12)
    let share = 12 / mine.count
    let start = share * across.rank
    try expect(across.reduceScatter(twelve(me), add), Array(sums(twelve, others)[start..<start + share]))

    // The first half's rank 0 is the root.
    try trial.each { mine, data in
      if isFirst {
        try across.broadcast(across.isRoot ? mine : nil, localRoot: 0)
        try expect(across.gather([Element].self, localRoot: 0)?.elements, across.isRoot ? all(data, others) : nil)
        try expect(across.reduce([Element].self, add, localRoot: 0), across.isRoot ? sums(data, others) : nil)
      } else {
        try expect(across.broadcast([Element].self, remoteRoot: 0), data(0))
        try across.gather(mine, remoteRoot: 0)
        try across.reduce(mine, add, remoteRoot: 0)
      }
    }
    if isFirst {
      try across.broadcast(across.isRoot ? Element(me, 5) : nil, localRoot: 0)
      try across.broadcast(object: across.isRoot ? Note(me) : nil, localRoot: 0)
      try expect(across.gather(Element.self, localRoot: 0), across.isRoot ? others.map { Element($0, 5) } : nil)
      try expect(across.gather(object: Note.self, localRoot: 0), across.isRoot ? others.map { Note($0) } : nil)
      try expect(across.reduce(Element.self, add, localRoot: 0), across.isRoot ? sums(Data(1), others)[0] : nil)
      try across.scatter(across.isRoot ? others.map { Element(me, $0) } : nil, localRoot: 0)
      try across.scatter(
        across.isRoot ? RankPartitioned(others.map { [Element(me, $0), Element(me, 0)] }) : nil, localRoot: 0)
      try across.scatter(object: across.isRoot ? others.map { Note($0) } : nil, localRoot: 0)
    } else {
      try expect(across.broadcast(remoteRoot: 0), Element(0, 5))
      try expect(across.broadcast(object: Note.self, remoteRoot: 0), Note(0))
      try across.gather(Element(me, 5), remoteRoot: 0)
      try across.gather(object: Note(me), remoteRoot: 0)
      try across.reduce(Element(me, 0), add, remoteRoot: 0)
      try expect(across.scatter(remoteRoot: 0), [Element(0, me)])
      try expect(across.scatter(remoteRoot: 0), [Element(0, me), Element(0, 0)])
      try expect(across.scatter(object: Note.self, remoteRoot: 0), Note(me))
    }
  }
}

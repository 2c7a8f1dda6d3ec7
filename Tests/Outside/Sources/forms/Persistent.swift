// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Trial {
  func persistent() throws {
    try persistentMessages()
    try partitioned()
    // Not every MPI has these.
    try persistentCollectives()
  }

  private func persistentMessages() throws {
    try eachAndUneven { mine, data in
      var sending = try world.persistent.send(mine, to: right)
      var receiving = try world.persistent.receive(Element.self, count: data.count(left), from: left)
      for _ in 0..<3 {
        try receiving.start()
        try sending.start()
        while try !receiving.test() {}
        try sending.wait()
        try receiving.wait()
        try expect(array(of: receiving.output), data(left))
      }
    }
    try eachAndUneven { mine, data in
      var both = try world.persistent.sendReceive(mine, to: right, count: data.count(left), from: left)
      for _ in 0..<3 {
        try both.start {}
        try expect(array(of: both.output), data(left))
      }
    }
  }

  private func persistentCollectives() throws {
    let add = Element.adding
    try each { mine, data in
      try repeated(try world.persistent.allReduce(mine, add), data.sums(ranks))
      try repeated(try world.persistent.scan(mine, add), data.sums(0..<me + 1))
      try repeated(try world.persistent.exclusiveScan(mine, add), me == 0 ? nil : data.sums(0..<me))
      try repeated(try world.persistent.reduce(mine, add, root: last), me == last ? data.sums(ranks) : nil)
      try repeated(try world.persistent.broadcast(inPlace: mine, root: last), data(last))
    }
    // In place, the input of a second time is the output of the first.
    let two = Data<Element>(2)
    var inPlace = try world.persistent.allReduce(inPlace: [Element(me, 0), Element(me, 1)], add)
    try inPlace.start {}
    try expect(array(of: inPlace.output), two.sums(ranks))
    var scan = try world.persistent.scan(inPlace: [Element(me, 0), Element(me, 1)], add)
    try scan.start {}
    try expect(array(of: scan.output), two.sums(0..<me + 1))
    var before = try world.persistent.exclusiveScan(inPlace: [Element(me, 0), Element(me, 1)], add)
    try before.start {}
    if me > 0 { try expect(array(of: before.output), two.sums(0..<me)) }

    try eachAndUneven { mine, data in
      let (all, counts) = (data.all(ranks), data.counts(ranks))
      try repeated(try world.persistent.allGather(mine, counts: counts), all)
      try repeated(try world.persistent.gather(mine, root: last, counts: counts), me == last ? all : nil)
      try repeated(
        try world.persistent.scatter(me == last ? all : nil, root: last, counts: counts),
        mine.indices.map {
          all[counts[..<me].reduce(0, +) + $0]
        })
    }
    try each { mine, data in
      try repeated(try world.persistent.allGather(mine), data.all(ranks))
      try repeated(try world.persistent.gather(mine), me == 0 ? data.all(ranks) : nil)
    }
    let mine = ranks.map { Element(me, $0) }
    try repeated(try world.persistent.allToAll(mine), ranks.map { Element($0, me) })
    let counts = ranks.map { ($0 + me) % 3 }
    let parts = RankPartitioned(ranks.map { rank in (0..<counts[rank]).map { Element(me, 10 * rank + $0) } })
    try repeated(
      try world.persistent.allToAll(parts, receivedCounts: counts),
      ranks.flatMap { rank in (0..<counts[rank]).map { Element(rank, 10 * me + $0) } })
    let data = Data<Element>(ranks.reduce(0, +))
    let start = me * (me - 1) / 2
    try repeated(
      try world.persistent.reduceScatter(data(me), add, counts: Array(ranks)),
      Array(data.sums(ranks)[start..<start + me]))
    var barrier = try world.persistent.barrier()
    for _ in 0..<2 { try barrier.start {} }
  }

  /// Starts an operation a few times; nil if its output isn't looked at.
  private func repeated(_ request: consuming PersistentRequest<Element>, _ wanted: [Element]?) throws {
    for _ in 0..<2 {
      try request.start {}
      if let wanted { try expect(array(of: request.output), wanted) }
    }
  }

  private func partitioned() throws {
    guard MPIEnvironment.supports(.partitionedCommunication) else { return }
    let channel = try world.duplicate()
    let sending = try channel.persistent.partitionedSend(
      [Element(me, 0), Element(me, 1), Element(me, 2), Element(me, 3)], partitions: 4, to: right)
    let receiving = try channel.persistent.partitionedReceive(Element.self, count: 4, partitions: 2, from: left)
    for round in 0..<2 {
      try receiving.start()
      try sending.start()
      try sending.write(3) { $0[0] = Element(me, 10 + round) }
      try sending.markReady(3)
      try sending.markReady([0])
      try sending.markReady(1..<3)
      while try !receiving.hasArrived(0) {}
      try expect(receiving.read(0) { array(of: $0) }, [Element(left, 0), Element(left, 1)])
      while try !sending.test() {}
      try sending.wait()
      while try !receiving.test() {}
      try receiving.wait()
      try expect(receiving.elements().suffix(2), [Element(left, 2), Element(left, 10 + round)])
    }
  }
}

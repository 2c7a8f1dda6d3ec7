// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// A note of several ranks, in their order.
private func joined(_ a: Note, _ b: Note) -> Note {
  var both = a
  both.lines += b.lines
  return both
}

extension Trial {
  /// Collective operations on values that are no elements.
  func objects() throws {
    /// What the notes of some ranks make together.
    func all(_ ranks: Range<Int>) -> Note { ranks.dropFirst().reduce(Note(ranks.lowerBound)) { joined($0, Note($1)) } }

    try expect(world.allToAll(object: ranks.map { Note(100 * me + $0) }), ranks.map { Note(100 * $0 + me) })
    try expect(world.reduce(object: Note(me), root: last, by: joined), me == last ? all(ranks) : nil)
    try expect(world.allReduce(object: Note(me), by: joined), all(ranks))
    try expect(world.allReduce(object: [me]) { $0 + $1 }, Array(ranks))
    try expect(world.reduceScatter(object: ranks.map { _ in Note(me) }, by: joined), all(ranks))
    try expect(world.scan(object: Note(me), by: joined), all(0..<me + 1))
    try expect(world.exclusiveScan(object: Note(me), by: joined), me == 0 ? nil : all(0..<me))
    try expect(world.inOrder { Note(me) }, Note(me))
    try expect(withMPIInfo { "\($0)" }, withMPIInfo([:]) { "\($0)" })
    try expect(withMPIInfo(["cb_nodes": "\(me)"]) { _ in me }, me)
  }
}

extension Halves {
  /// Operations between the halves on values that are no elements.
  func objects() throws {
    let all = others.dropFirst().reduce(Note(others[0])) { joined($0, Note($1)) }
    try expect(across.allReduce(object: Note(me), by: joined), all)
    try expect(across.allToAll(object: others.map { Note(100 * me + $0) }), others.map { Note(100 * $0 + me) })
    if isFirst {
      try expect(across.reduce(object: Note.self, localRoot: 0, by: joined), across.isRoot ? all : nil)
    } else {
      try across.reduce(object: Note(me), remoteRoot: 0)
    }
  }

  /// Collective operations between the halves, begun and waited for later.
  func begun() throws {
    let (add, later) = (Element.adding, across.nonblocking)
    try trial.eachAndUneven { mine, data in
      try expect(later.allGather(mine, counts: others.map { data.count($0) }).wait().elements, all(data, others))
    }
    try trial.each { mine, data in try expect(later.allReduce(mine, add).wait(), sums(data, others)) }
    try expect(later.allGather(Element(me, 5)).wait(), others.map { Element($0, 5) })
    try expect(later.allReduce(Element(me, 0), add).wait(), sums(Data(1), others)[0])
    let bucket = others.map { Element(me, $0) }
    try expect(later.allToAll(bucket).wait(), others.map { Element($0, me) })
    let pairs = RankPartitioned(bucket.map { [$0, $0] })
    try expect(
      later.allToAll(pairs, receivedCounts: others.map { _ in 2 }).wait().elements,
      others.flatMap { [Element($0, me), Element($0, me)] })
    let twelve = Data<Element>(12)
    let share = 12 / mine.count
    let start = share * across.rank
    try expect(later.reduceScatter(twelve(me), add).wait(), Array(sums(twelve, others)[start..<start + share]))

    try trial.each { mine, data in
      let count = mine.count
      if isFirst {
        try later.broadcast(across.isRoot ? mine : nil, localRoot: 0).wait()
        let gathered = try later.gather([Element].self, counts: others.map { _ in count }, localRoot: 0).wait()
        try expect(gathered?.elements, across.isRoot ? all(data, others) : nil)
        let reduced = try later.reduce([Element].self, add, count: count, localRoot: 0).wait()
        try expect(reduced, across.isRoot ? sums(data, others) : nil)
      } else {
        try expect(later.broadcast([Element].self, count: count, remoteRoot: 0).wait(), data(0))
        try later.gather(mine, remoteRoot: 0).wait()
        try later.reduce(mine, add, remoteRoot: 0).wait()
      }
    }
    if isFirst {
      try later.broadcast(across.isRoot ? Element(me, 5) : nil, localRoot: 0).wait()
      try expect(later.gather(Element.self, localRoot: 0).wait(), across.isRoot ? others.map { Element($0, 5) } : nil)
      try expect(
        later.reduce(Element.self, add, localRoot: 0).wait(), across.isRoot ? sums(Data(1), others)[0] : nil)
      try later.scatter(across.isRoot ? others.map { Element(me, $0) } : nil, localRoot: 0).wait()
      let parts = RankPartitioned(others.map { [Element(me, $0), Element(me, 0)] })
      try later.scatter(across.isRoot ? parts : nil, localRoot: 0).wait()
    } else {
      try expect(later.broadcast(Element.self, remoteRoot: 0).wait(), Element(0, 5))
      try later.gather(Element(me, 5), remoteRoot: 0).wait()
      try later.reduce(Element(me, 0), add, remoteRoot: 0).wait()
      try expect(later.scatter([Element].self, count: 1, remoteRoot: 0).wait(), [Element(0, me)])
      try expect(later.scatter([Element].self, count: 2, remoteRoot: 0).wait(), [Element(0, me), Element(0, 0)])
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Trial {
  func collectives() throws {
    try broadcasts()
    try gathers()
    try allGathers()
    try scatters()
    try allToAlls()
  }

  private func broadcasts() throws {
    try each { mine, data in try expect(world.broadcast(me == last ? mine : nil, root: last), data(last)) }
    try each { mine, data in try expect(world.broadcast(mine, count: data.count(0)), data(0)) }
    try each { mine, data in try expect(changed(mine) { try world.broadcast(inPlace: &$0, root: last) }, data(last)) }
    try each { mine, data in
      try expect(changedSpan(mine) { try world.broadcast(inPlace: &$0, root: last) }, data(last))
    }
    try each { mine, data in
      let request = try world.nonblocking.broadcast(me == last ? mine : nil, root: last, count: data.count(last))
      try expect(request.wait(), data(last))
    }
    try each { mine, data in
      try expect(
        changedSpan(mine) { try world.nonblocking.broadcast(inPlace: &$0, root: last) { _ = try $0.test() } },
        data(last))
    }
    try each { mine, data in
      try expect(world.nonblocking.broadcast(inPlace: mine, root: last).wait(), data(last))
      try expect(Array(world.nonblocking.broadcast(inPlace: mine[...], root: last).wait()), data(last))
    }
    try expect(world.broadcast(me == last ? Element(me, 5) : nil, root: last), Element(last, 5))
    try expect(world.nonblocking.broadcast(Element(me, 6), root: last).wait(), Element(last, 6))
    try expect(world.broadcast(object: me == last ? Note(me) : nil, root: last), Note(last))
  }

  private func gathers() throws {
    try eachAndUneven { mine, data in
      let gathered = try world.gather(mine, root: last)
      try expect(gathered?.elements, me == last ? data.all(ranks) : nil)
      if let gathered { try expect(Array(gathered[0]), data(0)) }
    }
    try eachAndUneven { mine, data in
      try expect(world.gather(mine, counts: data.counts(ranks))?.elements, me == 0 ? data.all(ranks) : nil)
    }
    try eachAndUneven { mine, data in
      let all = data.all(ranks)
      let received = try filled(all.count) {
        try world.gather(hidden(mine).span, into: &$0, counts: data.counts(ranks), root: last)
      }
      if me == last { try expect(received, all) }
    }
    try each { mine, data in
      let all = data.all(ranks)
      let received = try filled(all.count) { try world.gather(hidden(mine).span, into: &$0, root: last) }
      if me == last { try expect(received, all) }
    }
    try eachAndUneven { mine, data in
      let counts = data.counts(ranks)
      let request = try world.nonblocking.gather(mine, root: last, counts: counts)
      try expect(request.wait()?.elements, me == last ? data.all(ranks) : nil)
    }
    try eachAndUneven { mine, data in
      let all = data.all(ranks)
      let received = try filled(all.count) {
        try world.nonblocking.gather(hidden(mine).span, into: &$0, counts: data.counts(ranks), root: last) {
          _ = try $0.test()
        }
      }
      if me == last { try expect(received, all) }
    }
    try each { mine, data in
      // The root's own share lies in its place already; elsewhere the array is the share.
      let all = data.all(ranks)
      let start = me == last ? blank(all.count - mine.count) + mine : mine
      let gathered = try changed(start) { try world.gather(inPlace: &$0, root: last) }
      try expect(gathered, me == last ? all : mine)
      let again = try changedSpan(start) {
        try world.gather(inPlace: &$0, root: last, counts: data.counts(ranks))
      }
      try expect(again, me == last ? all : mine)
    }
    try expect(world.gather(Element(me, 5), root: last), me == last ? ranks.map { Element($0, 5) } : nil)
    let request = try world.nonblocking.gather(Element(me, 6))
    try expect(request.wait(), me == 0 ? ranks.map { Element($0, 6) } : nil)
    try expect(world.gather(object: Note(me), root: last), me == last ? ranks.map { Note($0) } : nil)
  }

  private func allGathers() throws {
    try eachAndUneven { mine, data in try expect(world.allGather(mine).elements, data.all(ranks)) }
    try eachAndUneven { mine, data in
      try expect(world.allGather(mine) == RankPartitioned(data.all(ranks), counts: data.counts(ranks)), true)
    }
    try eachAndUneven { mine, data in
      try expect(world.allGather(mine, counts: data.counts(ranks)).elements, data.all(ranks))
    }
    try each { mine, data in
      let all = data.all(ranks)
      try expect(filled(all.count) { try world.allGather(hidden(mine).span, into: &$0) }, all)
    }
    try eachAndUneven { mine, data in
      let all = data.all(ranks)
      try expect(
        filled(all.count) { try world.allGather(hidden(mine).span, into: &$0, counts: data.counts(ranks)) }, all)
    }
    try eachAndUneven { mine, data in
      try expect(world.nonblocking.allGather(mine, counts: data.counts(ranks)).wait().elements, data.all(ranks))
    }
    try eachAndUneven { mine, data in
      let all = data.all(ranks)
      let received = try filled(all.count) {
        try world.nonblocking.allGather(hidden(mine).span, into: &$0, counts: data.counts(ranks)) { _ = try $0.test() }
      }
      try expect(received, all)
    }
    try eachAndUneven { mine, data in
      // Each rank's share lies in its place already.
      let (all, counts) = (data.all(ranks), data.counts(ranks))
      let before = counts[..<me].reduce(0, +)
      let start = blank(before) + mine + blank(all.count - before - mine.count)
      try expect(changed(start) { try world.allGather(inPlace: &$0, counts: counts) }, all)
      try expect(changedSpan(start) { try world.allGather(inPlace: &$0, counts: counts) }, all)
      try expect(world.nonblocking.allGather(inPlace: start, counts: counts).wait(), all)
    }
    try expect(world.allGather(Element(me, 5)), ranks.map { Element($0, 5) })
    try expect(world.nonblocking.allGather(Element(me, 6)).wait(), ranks.map { Element($0, 6) })
    try expect(world.allGather(object: Note(me)), ranks.map { Note($0) })
  }

  /// What `data` has for a rank, of what the last rank has for all of them.
  private func share(of rank: Int, _ data: Data<Element>) -> [Element] {
    (0..<data.count(rank)).map { Element(last, 100 * rank + $0) }
  }

  /// All of it.
  private func shares(_ data: Data<Element>) -> [Element] { ranks.flatMap { share(of: $0, data) } }

  private func scatters() throws {
    // A literal at the root, one element for each of four ranks; with fewer ranks the last get nothing.
    let four = try world.scatter(
      [Element(me, 0), Element(me, 1), Element(me, 2), Element(me, 3)], root: last,
      counts: ranks.map { $0 == last ? 4 - last : 1 })
    try expect(four, me == last ? (last..<4).map { Element(last, $0) } : [Element(last, me)])
    try eachAndUneven { mine, data in
      let (all, counts) = (me == last ? shares(data) : nil, data.counts(ranks))
      try expect(world.scatter(all, root: last, counts: counts), share(of: me, data))
      try expect(world.scatter(all.map { RankPartitioned($0, counts: counts) }, root: last), share(of: me, data))
      try expect(world.nonblocking.scatter(all, root: last, counts: counts).wait(), share(of: me, data))
      let elements = all ?? []
      let received = try filled(mine.count) {
        try world.scatter(hidden(elements).span, into: &$0, counts: counts, root: last)
      }
      try expect(received, share(of: me, data))
      let later = try filled(mine.count) {
        try world.nonblocking.scatter(hidden(elements).span, into: &$0, counts: counts, root: last) {
          _ = try $0.test()
        }
      }
      try expect(later, share(of: me, data))
      let start = all ?? mine
      let inPlace = try changed(start) { try world.scatter(inPlace: &$0, root: last, counts: counts) }
      try expect(inPlace, all ?? share(of: me, data))
      let inPlaceSpan = try changedSpan(start) { try world.scatter(inPlace: &$0, root: last, counts: counts) }
      try expect(inPlaceSpan, all ?? share(of: me, data))
    }
    try each { mine, data in
      let elements = me == last ? shares(data) : []
      let received = try filled(mine.count) { try world.scatter(hidden(elements).span, into: &$0, root: last) }
      try expect(received, share(of: me, data))
    }
    let single = me == last ? ranks.map { Element(me, $0) } : nil
    try expect(world.scatter(each: single, root: last), Element(last, me))
    try expect(world.nonblocking.scatter(each: single, root: last).wait(), Element(last, me))
    try expect(world.scatter(object: me == last ? ranks.map { Note($0) } : nil, root: last), Note(me))
  }

  /// What a rank has for another.
  private func bucket(from rank: Int, to other: Int, _ count: Int) -> [Element] {
    (0..<count).map { Element(rank, 10 * other + $0) }
  }

  private func allToAlls() throws {
    for count in [0, 1, 3] {
      let mine = ranks.flatMap { bucket(from: me, to: $0, count) }
      let wanted = ranks.flatMap { bucket(from: $0, to: me, count) }
      try expect(world.allToAll(mine), wanted)
      try expect(filled(mine.count) { try world.allToAll(hidden(mine).span, into: &$0) }, wanted)
      try expect(changed(mine) { try world.allToAll(inPlace: &$0) }, wanted)
      try expect(changedSpan(mine) { try world.allToAll(inPlace: &$0) }, wanted)
      try expect(world.nonblocking.allToAll(mine).wait(), wanted)
      try expect(world.nonblocking.allToAll(inPlace: mine).wait(), wanted)
      let later = try filled(mine.count) {
        try world.nonblocking.allToAll(hidden(mine).span, into: &$0) { _ = try $0.test() }
      }
      try expect(later, wanted)
    }
    // To each rank as many as its number and the sender's say.
    let counts = ranks.map { ($0 + me) % 3 }
    let parts = RankPartitioned(ranks.map { bucket(from: me, to: $0, counts[$0]) })
    let wanted = ranks.flatMap { bucket(from: $0, to: me, counts[$0]) }
    try expect(world.allToAll(parts).elements, wanted)
    try expect(world.allToAll(parts, receivedCounts: counts).elements, wanted)
    try expect(world.nonblocking.allToAll(parts, receivedCounts: counts).wait().elements, wanted)
    let flat = parts.elements
    let received = try filled(wanted.count) {
      try world.allToAll(hidden(flat).span, counts: counts, into: &$0, receivedCounts: counts)
    }
    try expect(received, wanted)
    let later = try filled(wanted.count) {
      try world.nonblocking.allToAll(hidden(flat).span, counts: counts, into: &$0, receivedCounts: counts) {
        _ = try $0.test()
      }
    }
    try expect(later, wanted)
    // Literals: two buckets, of which the second is for the rank on the right.
    let literal = RankPartitioned(
      world.size == 1
        ? [[Element(me, 0), Element(me, 1)]] : ranks.map { $0 == right ? [Element(me, 0), Element(me, 1)] : [] })
    try expect(world.allToAll(literal).elements, [Element(left, 0), Element(left, 1)])
    let counted = RankPartitioned([Element(me, 0), Element(me, 1)], counts: ranks.map { $0 == right ? 2 : 0 })
    try expect(world.allToAll(counted).elements, [Element(left, 0), Element(left, 1)])
    if world.size == 2 {
      try expect(world.allToAll([Element(me, 0), Element(me, 1)]), [Element(0, me), Element(1, me)])
      try expect(
        world.nonblocking.allToAll([Element(me, 0), Element(me, 1)]).wait(), [Element(0, me), Element(1, me)])
    }
    if world.size == 3 {
      try expect(
        world.allToAll([Element(me, 0), Element(me, 1), Element(me, 2)]), ranks.map { Element($0, me) })
    }
  }
}

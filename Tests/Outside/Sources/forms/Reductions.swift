// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Trial {
  func reductions() throws {
    try reduces()
    try allReduces()
    try scans()
    try exclusiveScans()
    try reduceScatters()
    try local()
  }

  /// The sums of the first ranks' elements.
  private func prefix(_ data: Data<Element>, through rank: Int) -> [Element] { data.sums(0..<rank + 1) }

  private func reduces() throws {
    let add = Element.adding
    try each { mine, data in
      try expect(world.reduce(mine, add, root: last), me == last ? data.sums(ranks) : nil)
    }
    try each { mine, data in
      try expect(world.reduce(mine, add, checkingCounts: false), me == 0 ? data.sums(ranks) : nil)
    }
    try each { mine, data in
      let sums = try filled(mine.count) { try world.reduce(hidden(mine).span, into: &$0, add, root: last) }
      if me == last { try expect(sums, data.sums(ranks)) }
    }
    try each { mine, data in
      let sums = try changed(mine) { try world.reduce(inPlace: &$0, add, root: last) }
      if me == last { try expect(sums, data.sums(ranks)) }
    }
    try each { mine, data in
      let sums = try changedSpan(mine) { try world.reduce(inPlace: &$0, add, root: last) }
      if me == last { try expect(sums, data.sums(ranks)) }
    }
    try each { mine, data in
      let request = try world.nonblocking.reduce(mine, add, root: last)
      try expect(request.wait(), me == last ? data.sums(ranks) : nil)
    }
    try each { mine, data in
      let sums = try world.nonblocking.reduce(inPlace: mine, add, root: last).wait()
      if me == last { try expect(sums, data.sums(ranks)) }
    }
    try each { mine, data in
      let sums = try filled(mine.count) {
        try world.nonblocking.reduce(hidden(mine).span, into: &$0, add, root: last) { _ = try $0.test() }
      }
      if me == last { try expect(sums, data.sums(ranks)) }
    }
    try each { mine, data in
      let sums = try changed(mine) {
        try world.nonblocking.reduce(inPlace: &$0, add, root: last) { _ = try $0.test() }
      }
      if me == last { try expect(sums, data.sums(ranks)) }
    }
    let one = Data<Element>(1)
    try expect(world.reduce(Element(me, 0), add, root: last), me == last ? one.sums(ranks)[0] : nil)
    let request = try world.nonblocking.reduce(Element(me, 0), add)
    try expect(request.wait(), me == 0 ? one.sums(ranks)[0] : nil)
  }

  private func allReduces() throws {
    let add = Element.adding
    try each { mine, data in try expect(world.allReduce(mine, add), data.sums(ranks)) }
    try each { mine, data in try expect(world.allReduce(mine, add, checkingCounts: false), data.sums(ranks)) }
    try each { mine, data in
      try expect(filled(mine.count) { try world.allReduce(hidden(mine).span, into: &$0, add) }, data.sums(ranks))
    }
    try each { mine, data in try expect(changed(mine) { try world.allReduce(inPlace: &$0, add) }, data.sums(ranks)) }
    try each { mine, data in
      try expect(changedSpan(mine) { try world.allReduce(inPlace: &$0, add) }, data.sums(ranks))
    }
    try each { mine, data in try expect(world.nonblocking.allReduce(mine, add).wait(), data.sums(ranks)) }
    try each { mine, data in
      try expect(world.nonblocking.allReduce(inPlace: mine, add).wait(), data.sums(ranks))
    }
    try each { mine, data in
      let sums = try filled(mine.count) {
        try world.nonblocking.allReduce(hidden(mine).span, into: &$0, add) { _ = try $0.test() }
      }
      try expect(sums, data.sums(ranks))
    }
    try each { mine, data in
      try expect(changed(blank(mine.count)) { try world.allReduce(mine, into: &$0, add) }, data.sums(ranks))
    }
    try each { mine, data in
      try expect(world.allReduce(mine[...], add), data.sums(ranks))
      try expect(world.allReduce(mine[layout: .contiguous(mine.count)], add), data.sums(ranks))
    }
    try each { mine, data in
      let sums = try changed(mine) {
        try world.nonblocking.allReduce(inPlace: &$0[layout: .contiguous(mine.count)], add) { _ = try $0.test() }
      }
      try expect(sums, data.sums(ranks))
    }
    let one = Data<Element>(1).sums(ranks)[0]
    try expect(world.allReduce(Element(me, 0), add), one)
    try expect(world.nonblocking.allReduce(Element(me, 0), add).wait(), one)
  }

  private func scans() throws {
    let add = Element.adding
    try each { mine, data in try expect(world.scan(mine, add), prefix(data, through: me)) }
    try each { mine, data in try expect(world.scan(mine, add, checkingCounts: false), prefix(data, through: me)) }
    try each { mine, data in
      try expect(filled(mine.count) { try world.scan(hidden(mine).span, into: &$0, add) }, prefix(data, through: me))
    }
    try each { mine, data in
      try expect(changed(mine) { try world.scan(inPlace: &$0, add) }, prefix(data, through: me))
    }
    try each { mine, data in
      try expect(changedSpan(mine) { try world.scan(inPlace: &$0, add) }, prefix(data, through: me))
    }
    try each { mine, data in try expect(world.nonblocking.scan(mine, add).wait(), prefix(data, through: me)) }
    try each { mine, data in
      try expect(world.nonblocking.scan(inPlace: mine, add).wait(), prefix(data, through: me))
    }
    try each { mine, data in
      let sums = try filled(mine.count) {
        try world.nonblocking.scan(hidden(mine).span, into: &$0, add) { _ = try $0.test() }
      }
      try expect(sums, prefix(data, through: me))
    }
    try each { mine, data in
      let sums = try changed(mine) { try world.nonblocking.scan(inPlace: &$0, add) { _ = try $0.test() } }
      try expect(sums, prefix(data, through: me))
    }
    let one = prefix(Data<Element>(1), through: me)[0]
    try expect(world.scan(Element(me, 0), add), one)
    try expect(world.nonblocking.scan(Element(me, 0), add).wait(), one)
  }

  private func exclusiveScans() throws {
    let add = Element.adding
    try each { mine, data in
      try expect(world.exclusiveScan(mine, add), me == 0 ? nil : prefix(data, through: me - 1))
    }
    try each { mine, data in
      let sums = try world.exclusiveScan(mine, add, checkingCounts: false)
      try expect(sums, me == 0 ? nil : prefix(data, through: me - 1))
    }
    try each { mine, data in
      let sums = try filled(mine.count) { try world.exclusiveScan(hidden(mine).span, into: &$0, add) }
      if me > 0 { try expect(sums, prefix(data, through: me - 1)) }
    }
    try each { mine, data in
      let sums = try changed(mine) { try world.exclusiveScan(inPlace: &$0, add) }
      if me > 0 { try expect(sums, prefix(data, through: me - 1)) }
    }
    try each { mine, data in
      let sums = try changedSpan(mine) { try world.exclusiveScan(inPlace: &$0, add) }
      if me > 0 { try expect(sums, prefix(data, through: me - 1)) }
    }
    try each { mine, data in
      let request = try world.nonblocking.exclusiveScan(mine, add)
      try expect(request.wait(), me == 0 ? nil : prefix(data, through: me - 1))
    }
    try each { mine, data in
      let sums = try world.nonblocking.exclusiveScan(inPlace: mine, add).wait()
      if me > 0 { try expect(sums, prefix(data, through: me - 1)) }
    }
    try each { mine, data in
      let sums = try filled(mine.count) {
        try world.nonblocking.exclusiveScan(hidden(mine).span, into: &$0, add) { _ = try $0.test() }
      }
      if me > 0 { try expect(sums, prefix(data, through: me - 1)) }
    }
    try each { mine, data in
      let sums = try changed(mine) { try world.nonblocking.exclusiveScan(inPlace: &$0, add) { _ = try $0.test() } }
      if me > 0 { try expect(sums, prefix(data, through: me - 1)) }
    }
    let one = me == 0 ? nil : prefix(Data<Element>(1), through: me - 1)[0]
    try expect(world.exclusiveScan(Element(me, 0), add), one)
    try expect(world.nonblocking.exclusiveScan(Element(me, 0), add).wait(), one)
  }

  private func reduceScatters() throws {
    let add = Element.adding
    // A literal, all of which the last rank gets.
    let whole = ranks.map { $0 == last ? 2 : 0 }
    let two = Data<Element>(2).sums(ranks)
    try expect(world.reduceScatter([Element(me, 0), Element(me, 1)], add, counts: whole), me == last ? two : [])
    try expect(
      world.nonblocking.reduceScatter([Element(me, 0), Element(me, 1)], add, counts: whole).wait(),
      me == last ? two : [])
    if world.size == 2 {
      try expect(world.reduceScatter(each: [Element(me, 0), Element(me, 1)], add), two[me])
    }
    for share in [0, 1, 3] {
      let data = Data<Element>(share * world.size)
      let (mine, all) = (data(me), data.sums(ranks))
      let wanted = Array(all[me * share..<(me + 1) * share])
      try expect(world.reduceScatter(mine, add), wanted)
      try expect(filled(share) { try world.reduceScatter(hidden(mine).span, into: &$0, add) }, wanted)
      try expect(world.nonblocking.reduceScatter(mine, add).wait(), wanted)
      let later = try filled(share) {
        try world.nonblocking.reduceScatter(hidden(mine).span, into: &$0, add) { _ = try $0.test() }
      }
      try expect(later, wanted)
      try expect(Array(changed(mine) { try world.reduceScatter(inPlace: &$0, add) }.prefix(share)), wanted)
      try expect(Array(changedSpan(mine) { try world.reduceScatter(inPlace: &$0, add) }.prefix(share)), wanted)
      if share == 1 { try expect(world.reduceScatter(each: mine, add), wanted[0]) }
    }
    // As many for each rank as its number says.
    let data = Data<Element>(ranks.reduce(0, +))
    let (mine, counts, before) = (data(me), Array(ranks), me * (me - 1) / 2)
    let wanted = Array(data.sums(ranks)[before..<before + me])
    try expect(world.reduceScatter(mine, add, counts: counts, checkingCounts: false), wanted)
    try expect(filled(me) { try world.reduceScatter(hidden(mine).span, into: &$0, add, counts: counts) }, wanted)
    let inPlace = try changed(mine) { try world.reduceScatter(inPlace: &$0, add, counts: counts) }
    try expect(Array(inPlace.prefix(me)), wanted)
    let inPlaceSpan = try changedSpan(mine) { try world.reduceScatter(inPlace: &$0, add, counts: counts) }
    try expect(Array(inPlaceSpan.prefix(me)), wanted)
  }

  private func local() throws {
    let add = Element.adding
    try each { mine, data in
      let theirs = data(me + 1)
      let wanted = data.sums(me..<me + 2)
      try expect(changed(theirs) { try add.reduceLocal(mine, into: &$0) }, wanted)
      try expect(changedSpan(theirs) { try add.reduceLocal(hidden(mine).span, into: &$0) }, wanted)
    }
    try expect(add.reduceLocal(Element(me, 0), Element(me + 1, 0)), Data<Element>(1).sums(me..<me + 2)[0])
  }
}

/// What is for numbers alone.
func locations(_ world: Communicator) throws {
  let (me, last) = (world.rank, world.size - 1)
  let greatest = try world.allReduceLocation(Double(me), .max)
  try expect(greatest.value, Double(last))
  try expect(greatest.rank, last)
  let least = try world.reduceLocation(-me, .min, root: last)
  try expect(least?.rank, me == last ? last : nil)
  let all = try world.allReduceLocation([me, -me, 7], .max)
  try expect(all.map(\.value), [last, 0, 7])
  try expect(all.map(\.rank), [last, 0, 0])
  let some = try world.reduceLocation([me, -me, 7], .min, root: last, checkingCounts: false)
  try expect(some?.map(\.value), me == last ? [0, -last, 7] : nil)
  try expect(try world.allReduceLocation([Int](), .max).count, 0)
}

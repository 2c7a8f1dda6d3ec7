// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Trial {
  func topologies() throws {
    try neighborhoods()
    try halos()
  }

  private func neighborhoods() throws {
    // A ring: the left one is the first neighbor, the right one the second.
    let ring = try world.cartesian(dimensions: [world.size], periodic: [true], reorder: false)
    let line = try world.cartesian(dimensions: [world.size], periodic: [false], reorder: false)
    try eachAndUneven { mine, data in
      let around = data(left) + data(right)
      let counts = [data.count(left), data.count(right)]
      try expect(ring.neighborAllGather(mine).elements, around)
      try expect(ring.neighborAllGather(mine, counts: counts).elements, around)
      try expect(ring.nonblocking.neighborAllGather(mine, counts: counts).wait().elements, around)
      try expect(
        filled(around.count) { try ring.neighborAllGather(hidden(mine).span, into: &$0, counts: counts) }, around)
    }
    try each { mine, data in
      let around = data(left) + data(right)
      try expect(filled(around.count) { try ring.neighborAllGather(hidden(mine).span, into: &$0) }, around)
      let later = try filled(around.count) {
        try ring.nonblocking.neighborAllGather(hidden(mine).span, into: &$0) { _ = try $0.test() }
      }
      try expect(later, around)
    }
    let ends = [me == 0 ? nil : Element(me - 1, 5), me == last ? nil : Element(me + 1, 5)]
    try expect(line.neighborAllGather(Element(me, 5)), ends)
    try expect(line.nonblocking.neighborAllGather(Element(me, 5)).wait(), ends)

    // To the left the first element, to the right the second. Of two ranks, each is both of the other's neighbors.
    let fromBoth = [Element(left, 1), Element(right, 0)]
    try expect(ring.neighborAllToAll(each: [Element(me, 0), Element(me, 1)]), fromBoth)
    try expect(ring.nonblocking.neighborAllToAll(each: [Element(me, 0), Element(me, 1)]).wait(), fromBoth)
    let ones = [1, 1]
    try each { mine, data in
      let parts = RankPartitioned([mine, mine])
      let around = data(left) + data(right)
      let counts = [mine.count, mine.count]
      let flat = parts.elements
      try expect(ring.neighborAllToAll(parts).elements, around)
      try expect(ring.neighborAllToAll(parts, receivedCounts: counts).elements, around)
      try expect(ring.nonblocking.neighborAllToAll(parts, receivedCounts: counts).wait().elements, around)
      try expect(filled(around.count) { try ring.neighborAllToAll(hidden(flat).span, into: &$0) }, around)
      let uneven = try filled(around.count) {
        try ring.neighborAllToAll(hidden(flat).span, counts: counts, into: &$0, receivedCounts: counts)
      }
      try expect(uneven, around)
      let later = try filled(around.count) {
        try ring.nonblocking.neighborAllToAll(hidden(flat).span, into: &$0) { _ = try $0.test() }
      }
      try expect(later, around)
    }
    try expect(
      ring.neighborAllToAll(RankPartitioned([Element(me, 0), Element(me, 1)], counts: ones)).elements, fromBoth)

    let layouts = try (0..<2).map { try Layout<Element>.contiguous(1).shifted(by: $0) }
    let byLayouts = try changed(blank(2)) {
      try ring.neighborAllToAll([Element(me, 0), Element(me, 1)][layouts: layouts], into: &$0[layouts: layouts])
    }
    try expect(byLayouts, fromBoth)
    let inSpan = try filled(2) {
      try ring.neighborAllToAll(
        hidden([Element(me, 0), Element(me, 1)]).span[layouts: layouts], into: &$0[layouts: layouts])
    }
    try expect(inSpan, fromBoth)

    var gathering = try ring.persistent.neighborAllGather([Element(me, 0), Element(me, 1)])
    var counted = try ring.persistent.neighborAllGather([Element(me, 0), Element(me, 1)], counts: [2, 2])
    var shares = try ring.persistent.neighborAllToAll([Element(me, 0), Element(me, 1)])
    var parts = try ring.persistent.neighborAllToAll(
      RankPartitioned([Element(me, 0), Element(me, 1)], counts: ones), receivedCounts: ones)
    let around = Data<Element>(2)
    for _ in 0..<2 {
      try gathering.start {}
      try counted.start {}
      try shares.start {}
      try parts.start {}
      try expect(array(of: gathering.output), around(left) + around(right))
      try expect(array(of: counted.output), around(left) + around(right))
      try expect(array(of: shares.output), fromBoth)
      try expect(array(of: parts.output), fromBoth)
    }
  }

  private func halos() throws {
    let ring = try world.cartesian(dimensions: [world.size], periodic: [true], reorder: false)
    // Three elements of one's own between two of the neighbors'.
    let wanted = [Element(left, 3)] + (1..<4).map { Element(me, $0) } + [Element(right, 1)]
    try five { mine in
      try expect(changed(mine) { try ring.exchangeHalo(&$0, dimension: 0, width: 1) }, wanted)
      try expect(changedSpan(mine) { try ring.exchangeHalo(&$0, dimension: 0, width: 1) }, wanted)
      try expect(changed(mine) { try ring.exchangeHalo(&$0, shape: [5], width: [1]) }, wanted)
      try expect(changedSpan(mine) { try ring.exchangeHalo(&$0, shape: [5], width: [1]) }, wanted)
      try expect(ring.nonblocking.exchangeHalo(mine, shape: [5], width: [1]).wait(), wanted)
      let later = try changedSpan(mine) {
        try ring.nonblocking.exchangeHalo(&$0, shape: [5], width: [1]) { _, pending in _ = try pending.test() }
      }
      try expect(later, wanted)
      let halo = try ring.halo(of: Element.self, shape: [5], width: [1])
      try expect(changed(mine) { try halo.exchange(&$0) }, wanted)
      try expect(changedSpan(mine) { try halo.exchange(&$0) }, wanted)
      try expect(halo.nonblocking.exchange(mine).wait(), wanted)
      let laterAgain = try changedSpan(mine) {
        try halo.nonblocking.exchange(&$0) { _, pending in _ = try pending.test() }
      }
      try expect(laterAgain, wanted)
    }
    try five { mine in
      var exchange = try ring.persistent.exchangeHalo(mine, shape: [5], width: [1])
      try exchange.start {}
      try expect(array(of: exchange.output), wanted)
      var again = try ring.halo(of: Element.self, shape: [5], width: [1]).persistent.exchange(mine)
      try again.start {}
      try expect(array(of: again.output), wanted)
    }
  }

  @inline(__always)
  private func five(_ body: (_ mine: [Element]) throws -> Void) throws {
    try body([Element(99, 99), Element(me, 1), Element(me, 2), Element(me, 3), Element(99, 99)])
    var changed = [Element(99, 99), Element(me, 7), Element(me, 2), Element(me, 8), Element(99, 99)]
    changed[1] = Element(me, 1)
    changed[3] = Element(me, 3)
    try body(changed)
  }
}

/// Grids, graphs, groups and communicators made of lists that are literals.
func communicators(_ world: Communicator) throws {
  let (me, size, last) = (world.rank, world.size, world.size - 1)
  try expect(try world.balancedDimensions([0, size]), [1, size])
  try expect(try world.balancedDimensions(count: 2).reduce(1, *), size)
  let grid = try world.cartesian(dimensions: [size, 1], periodic: [true, false], reorder: false)
  try expect(grid.rank(at: [last, 0]), last)
  try expect(grid.coordinates(of: me), [me, 0])
  try expect(try grid.subgrid(keeping: [0]).size, size)
  try expect(try grid.subgrid(keeping: [false, true]).size, 1)
  let subset = try world.cartesianSubset(dimensions: [1, 1], periodic: [false, false], reorder: false)
  try expect(subset?.size, me == 0 ? 1 : nil)
  _ = try world.mappedRank(dimensions: [size, 1], periodic: [true, false])

  let next = (me + 1) % size
  let previous = (me + last) % size
  let ring = try world.distributedGraph(sources: [previous], destinations: [next])
  try expect(try ring.neighborAllGather([me, -me]).elements, [previous, -previous])
  let weighted = try world.distributedGraph(
    sources: [previous], destinations: [next], sourceWeights: [me + 1], destinationWeights: [me + 2])
  try expect(try weighted.neighborAllGather(me), [previous])
  let edges = try world.distributedGraph(edges: [(from: me, to: next)], weights: [me + 1])
  try expect(try edges.neighborAllGather(me), [previous])
  let star = try world.graph(neighbors: [Array(1..<size)] + (1..<size).map { _ in [0] })
  try expect(try star.neighborAllGather(me), me == 0 ? (1..<size).map { $0 } : [0])
  try expect(try world.graphSubset(neighbors: [[Int]()])?.size, me == 0 ? 1 : nil)
  _ = try world.mappedRank(neighbors: [Array(1..<size)] + (1..<size).map { _ in [0] })

  let group = try world.group.including([last, 0].prefix(size == 1 ? 1 : 2).map { $0 })
  try expect(try group.translate([0], to: world.group), [last])
  try expect(try world.group.excluding([last]).size, last)
  try expect(try world.group.including(ranges: [RankRange(0...last, by: 2)]).size, (size + 1) / 2)
  try expect(try world.group.excluding(ranges: [RankRange(0...last, by: 2)]).size, size / 2)
  try expect(try world.subset(ranks: [last])?.size, me == last ? 1 : nil)
  try expect(try world.create(from: group)?.size, me == last || me == 0 ? group.size : nil)
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Trial {
  /// Blocks in each form, from arrays and spans, in collectives of all ranks and of neighbors.
  func blocks() throws {
    // A rank's blocks are the columns of a matrix of two rows.
    let column = try Layout<Element>.vector(count: 2, stride: world.size).resized(extent: 1)
    let columns = try ranks.map { try Layout<Element>.vector(count: 2, stride: world.size, start: $0) }
    let matrix = (0..<2).flatMap { row in ranks.map { Element(me, 10 * $0 + row) } }
    let wanted = ranks.flatMap { rank in (0..<2).map { Element(rank, 10 * me + $0) } }
    let turned = (0..<2).flatMap { row in ranks.map { Element($0, 10 * me + row) } }
    try expect(world.allToAll(matrix[each: column]), wanted)
    try expect(world.allToAll(hidden(matrix).span[each: column]), wanted)
    try expect(changed(matrix) { try world.allToAll(inPlace: &$0[each: column]) }, turned)
    try expect(changedSpan(matrix) { try world.allToAll(inPlace: &$0[each: column, as: Element.self]) }, turned)
    try expect(changed(blank(matrix.count)) { try world.allToAll(matrix[each: column], into: &$0) }, wanted)
    let later = try filled(matrix.count) {
      try world.nonblocking.allToAll(hidden(matrix).span[layouts: columns], into: &$0[each: column]) {
        _ = try $0.test()
      }
    }
    try expect(later, turned)
    // As bytes.
    let bytes = try filled(matrix.count) {
      try world.allToAll(
        hidden(matrix).span[each: column, as: UInt8.self], into: &$0[layouts: columns, as: UInt8.self])
    }
    try expect(bytes, turned)
    let array = try changed(blank(matrix.count)) {
      try world.allToAll(matrix[layouts: columns, as: UInt8.self], into: &$0[each: column, as: UInt8.self])
    }
    try expect(array, turned)
    let span = try filled(matrix.count) {
      try world.allToAll(
        hidden(matrix).span[layouts: columns, as: UInt8.self], into: &$0[each: column, as: UInt8.self])
    }
    try expect(span, turned)

    let mine = [Element(me, 0), Element(me, 1)]
    let all = (0..<2).flatMap { row in ranks.map { Element($0, row) } }
    let gathered = try filled(all.count) {
      try world.nonblocking.gather(mine, into: &$0[each: column], root: last) { _ = try $0.test() }
    }
    if me == last { try expect(gathered, all) }
    let everywhere = try filled(all.count) {
      try world.nonblocking.allGather(mine[...], into: &$0[layouts: columns]) { _ = try $0.test() }
    }
    try expect(everywhere, all)
    let elements = me == last ? matrix : []
    let mineOfLast = [Element(last, 10 * me), Element(last, 10 * me + 1)]
    let scattered = try filled(2) {
      try world.nonblocking.scatter(hidden(elements).span[each: column], into: &$0, root: last) { _ = try $0.test() }
    }
    try expect(scattered, mineOfLast)
    try expect(world.scatter(ContiguousArray(elements)[each: column], root: last), mineOfLast)

    let ring = try world.cartesian(dimensions: [world.size], periodic: [true], reorder: false)
    let side = try Layout<Element>.vector(count: 2, stride: 2).resized(extent: 1)
    let sides = try (0..<2).map { try Layout<Element>.vector(count: 2, stride: 2, start: $0) }
    let around = [Element(left, 0), Element(right, 0), Element(left, 1), Element(right, 1)]
    try expect(changed(blank(4)) { try ring.neighborAllGather(mine, into: &$0[each: side]) }, around)
    try expect(
      changedSpan(blank(4)) {
        try ring.nonblocking.neighborAllGather(mine, into: &$0[layouts: sides]) { _ = try $0.test() }
      }, around)
    // To the left column 0, to the right column 1.
    let four = [Element(me, 0), Element(me, 1), Element(me, 2), Element(me, 3)]
    let fromBoth = [Element(left, 1), Element(left, 3), Element(right, 0), Element(right, 2)]
    try expect(changed(blank(4)) { try ring.neighborAllToAll(four[each: side], into: &$0) }, fromBoth)
    let spans = try filled(4) {
      try ring.nonblocking.neighborAllToAll(hidden(four).span[layouts: sides], into: &$0) { _ = try $0.test() }
    }
    try expect(spans, fromBoth)
  }
}

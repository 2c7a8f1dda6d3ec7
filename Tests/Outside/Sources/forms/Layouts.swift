// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Trial {
  func layouts() throws {
    try layoutMessages()
    try layoutCollectives()
    try packed()
  }

  /// Every other element of three; and, of an array of three, the last two.
  private var outer: Layout<Element> { get throws { try .vector(count: 2, stride: 2) } }
  private var rest: Layout<Element> { get throws { try Layout.contiguous(2).shifted(by: 1) } }

  private func layoutMessages() throws {
    let (outer, rest) = (try outer, try rest)
    let sent = [Element(left, 0), Element(left, 2)]
    let filler = Element(99, 99)
    // The elements that a rank sends: literals, just changed, and variables.
    try three { mine in
      try world.send(mine[layout: outer], to: right)
      try expect(world.receive([Element].self, from: left), sent)
    }
    try three { mine in
      try world.send(hidden(mine).span[layout: outer], to: right)
      try expect(changed(blank(3)) { try world.receive(into: &$0[layout: rest], from: left) }, [filler] + sent)
    }
    try three { mine in
      let request = try world.nonblocking.send(mine[layout: outer], to: right)
      try expect(filled(3) { try world.receive(into: &$0[layout: rest], from: left) }, [filler] + sent)
      try request.wait()
    }
    try three { mine in
      let received = try filled(3) { span in
        try world.nonblocking.receive(into: &span[layout: rest], from: left) { _ in
          try world.nonblocking.send(hidden(mine).span[layout: outer], to: right) { _ = try $0.test() }
        }
      }
      try expect(received, [filler] + sent)
    }
    try three { mine in
      let request = try world.nonblocking.receive(into: blank(3)[layout: rest], from: left)
      try world.send(mine[layout: outer], to: right)
      try expect(request.wait().base, [filler] + sent)
    }
    try three { mine in
      var sending = try world.persistent.send(mine[layout: outer], to: right)
      var receiving = try world.persistent.receive(into: blank(3)[layout: rest], from: left)
      for _ in 0..<2 {
        try receiving.start()
        try sending.start {}
        try receiving.wait()
        try expect(array(of: receiving.output), [filler] + sent)
      }
    }
    try three { mine in
      try world.send(mine[layout: outer], to: right)
      let message = try world.matchedProbe(from: left)
      var elements = blank(3)
      var span = elements.mutableSpan
      try message.receive(into: &span[layout: rest])
      try expect(elements, [filler] + sent)
    }
    try three { mine in
      let received = try changed(blank(3)) {
        try world.sendReceive(mine[layout: outer], to: right, into: &$0[layout: rest], from: left)
      }
      try expect(received, [filler] + sent)
    }
    try three { mine in
      let received = try filled(3) {
        try world.sendReceive(hidden(mine).span[layout: outer], to: right, into: &$0[layout: rest], from: left)
      }
      try expect(received, [filler] + sent)
    }
    try three { mine in
      let wanted = [Element(left, 0), Element(me, 1), Element(left, 2)]
      try expect(
        changed(mine) { try world.sendReceive(inPlace: &$0[layout: outer], to: right, from: left) }, wanted)
      try expect(
        changedSpan(mine) { try world.sendReceive(inPlace: &$0[layout: outer], to: right, from: left) }, wanted)
    }
    try three { mine in
      var elements = mine
      let span = elements.mutableSpan
      try world.send(span[layout: outer], to: right)
      try world.send(span[layout: outer, as: Element.self], to: right)
      for _ in 0..<2 { try expect(world.receive([Element].self, from: left), sent) }
    }
    try three { mine in
      // As bytes, and from one kind of memory to another.
      let count = 2 * MemoryLayout<Element>.stride
      var bytes = [UInt8](repeating: 0, count: count)
      try world.sendReceive(mine[layout: outer, as: UInt8.self], to: right, into: &bytes, from: left)
      let received = try changed(blank(3)) {
        try world.sendReceive(bytes, to: me, into: &$0[layout: rest, as: UInt8.self], from: me)
      }
      try expect(received, [filler] + sent)
      let spans = try changedSpan(blank(3)) {
        try world.sendReceive(
          hidden(mine).span[layout: outer, as: UInt8.self], to: right, into: &$0[layout: rest, as: UInt8.self],
          from: left)
      }
      try expect(spans, [filler] + sent)
    }
    try three { mine in
      let (first, last) = (try Layout<Element>.contiguous(1), try Layout<Element>.contiguous(1).shifted(by: 2))
      let wanted = [Element(me, 0), Element(me, 1), Element(left, 0)]
      let received = try changed(mine) {
        try world.sendReceive(within: &$0, layout: first, to: right, receivedLayout: last, from: left)
      }
      try expect(received, wanted)
      let receivedSpan = try changedSpan(mine) {
        try world.sendReceive(within: &$0, layout: first, to: right, receivedLayout: last, from: left)
      }
      try expect(receivedSpan, wanted)
    }
  }

  /// Calls `body` with three elements: a literal, an array that was just changed, and a variable.
  @inline(__always)
  private func three(_ body: (_ mine: [Element]) throws -> Void) throws {
    try body([Element(me, 0), Element(me, 1), Element(me, 2)])
    var changed = [Element(me, 7), Element(me, 1), Element(me, 8)]
    changed[2] = Element(me, 2)
    changed[0] = Element(me, 0)
    try body(changed)
    try opaque(body)
  }

  @inline(never)
  private func opaque(_ body: (_ mine: [Element]) throws -> Void) throws {
    try body(Data<Element>(3)(me))
    try body(Array((0..<9).map { Element(me, $0) }[0..<3]))
  }

  private func layoutCollectives() throws {
    let outer = try outer
    let wanted = [Element(last, 0), Element(me, 1), Element(last, 2)]
    try three { mine in
      let got = try changed(mine) { try world.broadcast(inPlace: &$0[layout: outer], root: last) }
      try expect(got, me == last ? mine : wanted)
      let span = try changedSpan(mine) { try world.broadcast(inPlace: &$0[layout: outer], root: last) }
      try expect(span, me == last ? mine : wanted)
    }
    // A rank's three elements are a column of the root's matrix.
    let column = try Layout<Element>.vector(count: 3, stride: world.size).resized(extent: 1)
    let columns = try ranks.map { try Layout<Element>.vector(count: 3, stride: world.size, start: $0) }
    let matrix = (0..<3).flatMap { row in ranks.map { Element($0, row) } }
    let three = try Layout<Element>.contiguous(3)
    try self.three { mine in
      let got = try changed(blank(matrix.count)) {
        try world.gather(mine, into: &$0[each: column], root: last)
      }
      if me == last { try expect(got, matrix) }
    }
    try self.three { mine in
      let got = try changed(blank(matrix.count)) {
        try world.gather(mine, into: &$0[layouts: columns], root: last)
      }
      if me == last { try expect(got, matrix) }
    }
    try self.three { mine in
      let spans = [
        try filled(matrix.count) { try world.gather(hidden(mine).span, into: &$0[each: column], root: last) },
        try filled(matrix.count) {
          try world.gather(hidden(mine).span, into: &$0[layouts: columns], root: last)
        },
        try filled(matrix.count) {
          try world.gather(hidden(mine).span[layout: three], into: &$0[layouts: columns], root: last)
        },
      ]
      if me == last { try expect(spans, [matrix, matrix, matrix]) }
    }
    try self.three { mine in
      let got = try changed(blank(matrix.count)) { try world.allGather(mine, into: &$0[layouts: columns]) }
      try expect(got, matrix)
    }
    try self.three { mine in
      try expect(
        filled(matrix.count) { try world.allGather(hidden(mine).span, into: &$0[layouts: columns]) }, matrix)
      try expect(
        filled(matrix.count) {
          try world.allGather(hidden(mine).span[layout: three], into: &$0[layouts: columns])
        }, matrix)
    }
    let mine = Data<Element>(3)(me)
    let elements = me == last ? matrix : []
    try expect(world.scatter(elements[each: column], root: last), mine)
    try expect(world.scatter(elements[layouts: columns], root: last), mine)
    try expect(changed(blank(3)) { try world.scatter(elements[layouts: columns], into: &$0, root: last) }, mine)
    try expect(filled(3) { try world.scatter(hidden(elements).span[each: column], into: &$0, root: last) }, mine)
    try expect(filled(3) { try world.scatter(hidden(elements).span[layouts: columns], into: &$0, root: last) }, mine)
    let received = try filled(3) {
      try world.scatter(hidden(elements).span[layouts: columns], into: &$0[layout: three], root: last)
    }
    try expect(received, mine)
    // A literal, of which each rank gets the first and the last.
    let literal = try world.scatter(
      [Element(me, 0), Element(me, 1), Element(me, 2)][layouts: ranks.map { _ in outer }], root: last)
    try expect(literal, [Element(last, 0), Element(last, 2)])

    // To each rank one element, and those that come in the other order.
    let one = try ranks.map { try Layout<Element>.contiguous(1).shifted(by: $0) }
    let reversed = try ranks.map { try Layout<Element>.contiguous(1).shifted(by: last - $0) }
    let row = ranks.map { Element(me, $0) }
    let turned = Array(ranks.map { Element($0, me) }.reversed())
    let got = try changed(blank(world.size)) {
      try world.allToAll(row[layouts: one], into: &$0[layouts: reversed])
    }
    try expect(got, turned)
    let span = try filled(world.size) {
      try world.allToAll(hidden(row).span[layouts: one], into: &$0[layouts: reversed])
    }
    try expect(span, turned)
    let inPlace = ranks.map { Element($0, me) }
    try expect(changed(row) { try world.allToAll(inPlace: &$0[layouts: one]) }, inPlace)
    try expect(changedSpan(row) { try world.allToAll(inPlace: &$0[layouts: one]) }, inPlace)
    if world.size == 2 {
      let literal = try changed(blank(2)) {
        try world.allToAll([Element(me, 0), Element(me, 1)][layouts: one], into: &$0[layouts: one])
      }
      try expect(literal, [Element(0, me), Element(1, me)])
    }
  }

  private func packed() throws {
    let (outer, rest) = (try outer, try rest)
    let filler = Element(99, 99)
    try eachAndUneven { mine, data in
      var message = PackedMessage(world)
      try message.append(mine)
      try message.append(hidden(mine).span)
      try message.append(Element(me, 5))
      var copy = PackedMessage(message.bytes, of: world)
      try expect(copy.next([Element].self, count: mine.count), data(me))
      try world.send(message, to: right)
      var incoming = try world.receive(PackedMessage.self, from: left)
      try expect(incoming.next([Element].self, count: data.count(left)), data(left))
      try expect(filled(data.count(left)) { try incoming.next(into: &$0) }, data(left))
      try expect(incoming.next(), Element(left, 5))
    }
    try three { mine in
      var message = PackedMessage(world)
      try message.append(mine[layout: outer])
      try message.append(hidden(mine).span[layout: outer])
      let request = try world.nonblocking.send(message, to: right)
      var incoming = try world.receive(PackedMessage.self, from: left)
      let sent = [filler, Element(left, 0), Element(left, 2)]
      try expect(changed(blank(3)) { try incoming.next(into: &$0[layout: rest]) }, sent)
      try expect(filled(3) { try incoming.next(into: &$0[layout: rest]) }, sent)
      try request.wait()
    }
    var message = PackedMessage(world)
    if me == last { try message.append([Element(me, 0), Element(me, 1)]) }
    var received = try world.broadcast(me == last ? message : nil, root: last)
    try expect(received.next([Element].self, count: 2), [Element(last, 0), Element(last, 1)])
  }

  /// What goes between machines of different kinds: numbers alone.
  func portable() throws where Element == Int {
    let (outer, rest) = (try outer, try rest)
    try each { mine, data in
      var bytes = PortableBytes()
      try bytes.append(mine)
      try bytes.append(hidden(mine).span)
      try bytes.append(Element(me, 5))
      var read = PortableBytes(bytes.bytes)
      try expect(read.next([Int].self, count: mine.count), data(me))
      try expect(filled(mine.count) { try read.next(into: &$0) }, data(me))
      try expect(read.next(), Element(me, 5))
    }
    try three { mine in
      var bytes = PortableBytes()
      try bytes.append(hidden(mine).span[layout: outer])
      var read = PortableBytes(bytes.bytes)
      try expect(filled(3) { try read.next(into: &$0[layout: rest]) }, [Element(99, 99), mine[0], mine[2]])
    }
  }
}

/// Layouts made in each way that there is, from lists that are literals.
func layoutMakers(_ world: Communicator) throws {
  let (me, right) = (world.rank, (world.rank + 1) % world.size)
  let left = (world.rank + world.size - 1) % world.size
  // Of a matrix of 3 by 5, whose elements are their places.
  func sent(_ layout: Layout<Int>) throws -> [Int] {
    try world.send((0..<15).map { 100 * world.rank + $0 }[layout: layout], to: right)
    return try world.receive([Int].self, from: left).map { $0 - 100 * left }
  }
  let three = me - me + 3
  try expect(sent(.indexed(starts: [1, three, 7])), [1, 3, 7])
  try expect(sent(.indexed(starts: [1, three + 2], blockLength: 2)), [1, 2, 5, 6])
  try expect(sent(.indexed(blocks: [(start: 0, length: 1), (start: three + 1, length: three)])), [0, 4, 5, 6])
  try expect(sent(.vector(count: 2, blockLength: 2, stride: three + 2, start: 1)), [1, 2, 6, 7])
  try expect(sent(.subarray(shape: [3, three + 2], start: [1, 1], extent: [2, three])), [6, 7, 8, 11, 12, 13])
  try expect(sent(.subarray(shape: [3, three + 2], ranges: [0..<2, three..<5])), [3, 4, 8, 9])
  let mine = try Layout<Int>.distributed(shape: [3, three + 2], as: [.block, .cyclic(1)], over: [1, 2], rank: 1)
  try expect(sent(mine), [1, 3, 6, 8, 11, 13])
  let combined = try Layout<Int>.combined([.contiguous(2), Layout.contiguous(1).shifted(by: three + 1)])
  try expect(sent(combined), [0, 1, 4])
  try expect(sent(Layout.contiguous(1).resized(extent: 4).repeated(three)), [0, 4, 8])

  let bodies = [Body(me, 0), Body(me, 1), Body(me, 2)]
  try world.send(bodies[layout: .fields(\.mass, count: three)], to: right)
  try expect(world.receive([Float].self, from: left), (0..<3).map { Body(left, $0).mass })
  try world.send([Body(me, 0), Body(me, 1)][layout: .fields(\.position, \.flag, count: three - 1)], to: right)
  var into = [Body(99, 99), Body(99, 99)]
  try world.receive(into: &into[layout: .fields(\.position, \.flag, count: 2)], from: left)
  try expect(into.map(\.position), (0..<2).map { Body(left, $0).position })
  try expect(into.map(\.flag), (0..<2).map { Body(left, $0).flag })
}

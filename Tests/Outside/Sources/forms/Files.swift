// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Trial {
  func files() throws {
    let path = try world.broadcast(object: world.isRoot ? "forms-\(MPIEnvironment.wallTime).tmp" : nil)
    try world.withFile(path, .create, .readWrite, .deleteOnClose) { file in
      try file.setView(Element.self)
      try expect(file.extent(of: Element.self), MemoryLayout<Element>.stride)
      try atPlaces(file)
      try collective(file)
      try layouts(file)
      try shared(file)
      try ordered(file)
    }
    try world.withNewFile(path) { file in
      try file.setView(Element.self)
      try file.writeAll([Element(me, 0), Element(me, 1)], at: 2 * me)
    }
    let file = try world.openFile(path, .read)
    try file.setView(Element.self)
    try expect(file.readAll(Element.self, at: 2 * me, count: 2), Data<Element>(2)(me))
    try file.close()
    try world.barrier()
    if world.isRoot { try MPIFile.delete(path) }
  }

  /// Empties the file, and waits until all have seen it.
  private func empty(_ file: MPIFile) throws {
    try world.barrier()
    try file.setSize(0)
    try file.seek(to: 0)
    try file.seekShared(to: 0)
    try world.barrier()
  }

  private func atPlaces(_ file: MPIFile) throws {
    try each { mine, data in
      let (place, count) = (10 * me, mine.count)
      try file.write(mine, at: place)
      try expect(file.read(Element.self, at: place, count: count), mine)
      try file.write(hidden(mine).span, at: place + 1)
      try expect(filled(count) { try file.read(into: &$0, at: place + 1) }, mine)
    }
    try each { mine, data in
      try file.write(mine, at: 10 * me)
      try expect(file.read(Element.self, at: 10 * me, count: mine.count), data(me))
    }
    try each { mine, data in
      try expect(file.nonblocking.write(mine, at: 10 * me).wait(), data(me))
      try expect(file.nonblocking.read(Element.self, at: 10 * me, count: mine.count).wait(), data(me))
    }
    try each { mine, data in
      try file.nonblocking.write(hidden(mine).span, at: 10 * me) { _ = try $0.test() }
      let read = try filled(mine.count) { try file.nonblocking.read(into: &$0, at: 10 * me) { _ = try $0.test() } }
      try expect(read, data(me))
    }
    // At the rank's own file pointer.
    try file.seek(to: 10 * me)
    try file.write([Element(me, 0), Element(me, 1)])
    try file.write(Element(me, 2))
    try file.seek(to: 10 * me)
    try expect(file.read(Element.self, count: 2), Data<Element>(2)(me))
    try expect(file.read(), Element(me, 2))
    try file.write(Element(me, 5), at: 10 * me)
    try expect(file.read(at: 10 * me), Element(me, 5))
    try empty(file)
  }

  private func collective(_ file: MPIFile) throws {
    try eachAndUneven { mine, data in
      let place = try self.place(data)
      try file.writeAll(mine, at: place)
      try expect(file.readAll(Element.self, at: place, count: mine.count), data(me))
    }
    try eachAndUneven { mine, data in
      let place = try self.place(data)
      try file.writeAll(hidden(mine).span, at: place)
      try expect(filled(mine.count) { try file.readAll(into: &$0, at: place) }, data(me))
    }
    try eachAndUneven { mine, data in
      let place = try self.place(data)
      try expect(file.nonblocking.writeAll(mine, at: place).wait(), data(me))
      try expect(file.nonblocking.readAll(Element.self, at: place, count: mine.count).wait(), data(me))
    }
    try eachAndUneven { mine, data in
      let place = try self.place(data)
      try file.nonblocking.writeAll(hidden(mine).span, at: place) { _ = try $0.test() }
      let read = try filled(mine.count) {
        try file.nonblocking.readAll(into: &$0, at: place) { _ = try $0.test() }
      }
      try expect(read, data(me))
    }
    try eachAndUneven { mine, data in
      let place = try self.place(data)
      try file.writeAll(hidden(mine).span, at: place) {}
      try expect(filled(mine.count) { try file.readAll(into: &$0, at: place) {} }, data(me))
    }
    try world.barrier()
    try file.writeAll(Element(me, 4), at: me)
    try expect(file.readAll(at: me), Element(me, 4))
    try empty(file)
  }

  /// Where a rank's elements begin. Another rank's may have been there: all are through with them.
  private func place(_ data: Data<Element>) throws -> Int {
    try world.barrier()
    return data.counts(0..<me).reduce(0, +)
  }

  /// Two of three elements.
  private func layouts(_ file: MPIFile) throws {
    let spread = try Layout<Element>.vector(count: 2, stride: 2)
    let mine = [Element(me, 0), Element(me, 9), Element(me, 1)]
    let (two, read) = (Data<Element>(2)(me), [Element(me, 0), Element(99, 99), Element(me, 1)])
    let place = 2 * me
    try file.write([Element(me, 0), Element(me, 9), Element(me, 1)][layout: spread], at: place)
    try expect(file.read(Element.self, at: place, count: 2), two)
    try expect(changed(blank(3)) { try file.read(into: &$0[layout: spread], at: place) }, read)
    try file.writeAll(hidden(mine).span[layout: spread], at: place)
    try expect(changedSpan(blank(3)) { try file.readAll(into: &$0[layout: spread], at: place) }, read)
    try file.nonblocking.write(mine[layout: spread], at: place).wait()
    try file.nonblocking.writeAll(mine[layout: spread], at: place) { _ = try $0.test() }
    let later = try changed(blank(3)) {
      try file.nonblocking.readAll(into: &$0[layout: spread], at: place) { _ = try $0.test() }
    }
    try expect(later, read)
    try world.barrier()
    // A column for each rank.
    try file.setView(Layout<Element>.vector(count: 2, stride: world.size, start: me))
    try file.writeAll(two, at: 0)
    try expect(file.readAll(Element.self, at: 0, count: 2), two)
    try file.setView(Element.self)
    let rows = try file.readAll(Element.self, at: 0, count: 2 * world.size)
    try expect(rows, (0..<2).flatMap { row in ranks.map { Element($0, row) } })
    try empty(file)
  }

  /// Each rank writes one element more often than the other ranks can mix it up.
  private func shared(_ file: MPIFile) throws {
    for count in [2, 3, 0] {
      try file.writeShared([Element](repeating: Element(5, 5), count: count))
    }
    try file.writeShared([Element(world.size, 5), Element(world.size, 5)])
    var changed = [Element(me, 7), Element(me, 7)]
    changed[0] = Element(world.size, 5)
    changed[1] = Element(world.size, 5)
    try file.writeShared(hidden(changed).span)
    try file.writeShared(Element(world.size, 5))
    try file.nonblocking.writeShared([Element(world.size, 5), Element(world.size, 5)]).wait()
    try world.barrier()
    let all = try file.read(Element.self, at: 0, count: 20 * world.size)
    try expect(all.filter { $0 == Element(world.size, 5) }.count, 7 * world.size + (world.size == 5 ? 5 : 0))
    try expect(all.count, 12 * world.size)
    try world.barrier()
    try file.seekShared(to: 0)
    try world.barrier()
    let counts = try [
      file.readShared(Element.self, count: 3).count, file.nonblocking.readShared(Element.self, count: 2).wait().count,
      filled(3) { try expect(file.readShared(into: &$0), 3) }.count,
    ]
    try expect(counts, [3, 2, 3])
    let single = try file.readShared(Element.self)
    try expect(single == Element(world.size, 5) || single == Element(5, 5), true)
    try empty(file)
  }

  private func ordered(_ file: MPIFile) throws {
    try eachAndUneven { mine, data in
      let all = data.all(ranks)
      try file.writeOrdered(mine)
      try world.barrier()
      try expect(file.read(Element.self, at: 0, count: all.count + 1), all)
      try world.barrier()
      try file.seekShared(to: 0)
      try expect(file.readOrdered(Element.self, count: mine.count), data(me))
      try empty(file)
    }
    try eachAndUneven { mine, data in
      try file.writeOrdered(hidden(mine).span)
      try world.barrier()
      try file.seekShared(to: 0)
      try expect(filled(mine.count) { try file.readOrdered(into: &$0) }, data(me))
      try empty(file)
    }
    try eachAndUneven { mine, data in
      try file.writeOrdered(hidden(mine).span) {}
      try world.barrier()
      try file.seekShared(to: 0)
      try expect(filled(mine.count) { try file.readOrdered(into: &$0) {} }, data(me))
      try empty(file)
    }
    try file.writeOrdered(Element(me, 4))
    try world.barrier()
    try file.seekShared(to: 0)
    try expect(file.readOrdered(), Element(me, 4))
    try empty(file)
  }
}

/// A file of which each rank sees a part, by patterns of lists that are literals.
func filePatterns(_ world: Communicator) throws {
  let (me, size) = (world.rank, world.size)
  let path = try world.broadcast(object: world.isRoot ? "forms-\(MPIEnvironment.wallTime).tmp" : nil)
  try world.withFile(path, .create, .readWrite, .deleteOnClose) { file in
    let patterns: [MPIFile.Pattern] = [
      .strided(blockLength: 1, stride: size, start: me),
      .subarray(sizes: [3, size], subsizes: [3, 1], starts: [0, me]),
      .distributed(sizes: [3, size], over: [1, size], [.whole, .block]),
    ]
    for pattern in patterns {
      try file.setView(Int.self, pattern)
      try file.writeAll([me, me + 10, me + 20], at: 0)
      try expect(try file.readAll(Int.self, at: 0, count: 3), [me, me + 10, me + 20])
      try file.setView(Int.self)
      let row = (0..<size).map { $0 }
      try expect(try file.readAll(Int.self, at: 0, count: 3 * size), row + row.map { $0 + 10 } + row.map { $0 + 20 })
    }
  }
}

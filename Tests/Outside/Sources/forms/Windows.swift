// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Trial {
  func windows() throws {
    try world.withWindow(of: Element.self, count: 8) { window in
      try puts(window)
      try gets(window)
      try requests(window)
      try layouts(window)
      try dynamic()
    }
    try others()
  }

  /// Calls `body` between fences, and gives what is in the window then.
  @inline(__always)
  private func fenced(
    _ window: Window<Element>, _ body: (FenceEpoch<Element>) throws -> Void
  ) throws -> [Element] {
    try window.fenced(body)
    let local = Array(window.local)
    try world.barrier()
    return local
  }

  private func puts(_ window: Window<Element>) throws {
    try each { mine, data in
      let local = try fenced(window) { try $0.put(mine, to: right, at: 1) }
      try expect(Array(local.dropFirst().prefix(mine.count)), data(left))
    }
    try each { mine, data in
      let local = try fenced(window) { try $0.put(hidden(mine).span, to: right, at: 1) }
      try expect(Array(local.dropFirst().prefix(mine.count)), data(left))
    }
    let local = try fenced(window) { try $0.put(Element(me, 5), to: right, at: 7) }
    try expect(local[7], Element(left, 5))
    try each { mine, data in
      let replaced = try fenced(window) { try $0.accumulate(mine, .replace, to: right, at: 0) }
      try expect(Array(replaced.prefix(mine.count)), data(left))
    }
    try each { mine, data in
      let replaced = try fenced(window) { try $0.accumulate(hidden(mine).span, .replace, to: right, at: 0) }
      try expect(Array(replaced.prefix(mine.count)), data(left))
    }
    let single = try fenced(window) { try $0.accumulate(Element(me, 6), .replace, to: right, at: 7) }
    try expect(single[7], Element(left, 6))
  }

  private func gets(_ window: Window<Element>) throws {
    try each { mine, data in
      _ = try fenced(window) { try $0.put(mine, to: me, at: 0) }
      let got = try window.locked(left, .shared) { try $0.get(count: mine.count, from: left, at: 0) }
      try expect(got, data(left))
      let span = try filled(mine.count) { span in
        try window.locked(left, .shared) { try $0.get(into: &span, from: left, at: 0) }
      }
      try expect(span, data(left))
      let deferred = try window.fenced { try $0.getDeferred(count: mine.count, from: left, at: 0) }
      try expect(Array(deferred.elements), data(left))
      try world.barrier()
    }
    _ = try fenced(window) { try $0.put(Element(me, 3), to: me, at: 0) }
    try expect(window.locked(left, .shared) { try $0.get(from: left, at: 0) }, Element(left, 3))
    try world.barrier()
    let (first, second) = (Element(left, 3), Element(me, 4))
    let previous = try window.locked(left) { try $0.getAccumulate([second], .replace, on: left, at: 0) }
    try expect(previous, [first])
    try world.barrier()
    let before = try filled(1) { span in
      let sent = [Element(me, 8)]
      try window.locked(left) { try $0.getAccumulate(hidden(sent).span, .replace, into: &span, on: left, at: 0) }
    }
    try expect(before, [second])
    try world.barrier()
  }

  private func requests(_ window: Window<Element>) throws {
    try each { mine, data in
      try world.barrier()
      try window.lockedAll { epoch in
        try epoch.nonblocking.put(mine, to: right, at: 0).wait()
        try epoch.flushAll()
      }
      try world.barrier()
      try window.lockedAll { epoch in
        try expect(epoch.nonblocking.get(count: mine.count, from: me, at: 0).wait(), data(left))
      }
      try world.barrier()
      try window.lockedAll { epoch in
        let request = try epoch.nonblocking.getAccumulate(mine, .replace, on: me, at: 0)
        try expect(request.wait(), data(left))
        try epoch.nonblocking.accumulate(mine, .replace, to: me, at: 0).wait()
        try epoch.flush(me)
        try expect(epoch.get(count: mine.count, from: me, at: 0), data(me))
      }
    }
    try world.barrier()
  }

  /// Every other element of this rank's memory, and of the target's.
  private func layouts(_ window: Window<Element>) throws {
    let spread = try Layout<Element>.vector(count: 2, stride: 2)
    let (first, second) = (Element(left, 0), Element(left, 1))
    func expectTwo(_ put: (FenceEpoch<Element>) throws -> Void) throws {
      let local = try fenced(window, put)
      try expect([local[1], local[3]], [first, second])
    }
    let mine = [Element(me, 0), Element(me, 9), Element(me, 1)]
    try expectTwo { try $0.put([Element(me, 0), Element(me, 1)], to: right, at: 1, layout: spread) }
    try expectTwo { try $0.put(mine[layout: spread], to: right, at: 1, layout: spread) }
    try expectTwo { try $0.put(hidden(mine).span[layout: spread], to: right, at: 1, layout: spread) }
    try expectTwo {
      try $0.accumulate([Element(me, 0), Element(me, 1)], .replace, to: right, at: 1, layout: spread)
    }
    let deferred = try window.fenced { try $0.getDeferred(from: me, at: 1, layout: spread) }
    try expect(deferred.elements, [first, second])
    try world.barrier()
    try window.locked(me) { epoch in
      try expect(epoch.get(from: me, at: 1, layout: spread), [first, second])
      try expect(epoch.nonblocking.get(from: me, at: 1, layout: spread).wait(), [first, second])
      let apart = try changed(blank(3)) { try epoch.get(into: &$0[layout: spread], from: me, at: 1, layout: spread) }
      try expect(apart, [first, Element(99, 99), second])
      let others = [Element(me, 5), Element(me, 6)]
      try expect(epoch.getAccumulate(others, .replace, on: me, at: 1, layout: spread), [first, second])
      let previous = try filled(2) {
        try epoch.getAccumulate(hidden(others).span, .noOperation, into: &$0, on: me, at: 1, layout: spread)
      }
      try expect(previous, others)
      try epoch.nonblocking.put(others, to: me, at: 0, layout: spread).wait()
      try epoch.nonblocking.accumulate(others[...], .replace, to: me, at: 0, layout: spread).wait()
      try epoch.flush(me)
      let request = try epoch.nonblocking.getAccumulate(others, .replace, on: me, at: 0, layout: spread)
      try expect(request.wait(), others)
    }
    try world.barrier()
  }

  private func dynamic() throws {
    let window = try world.dynamicWindow(of: Element.self)
    let memory = try window.attach(count: 3)
    memory[0] = Element(me, 0)
    memory[1] = Element(me, 1)
    memory[2] = Element(me, 2)
    let blocks = try world.allGather(memory.block)
    try world.barrier()
    try expect(window.locked(left, .shared) { try $0.get(from: left, in: blocks[left]) }, Data<Element>(3)(left))
    let two = try filled(2) { span in
      try window.locked(left, .shared) { try $0.get(into: &span, from: left, in: blocks[left], at: 1) }
    }
    try expect(two, Array(Data<Element>(3)(left)[1...]))
    try world.barrier()
    let sent = [Element(me, 5), Element(me, 6)]
    try window.locked(right) { try $0.put(hidden(sent).span, to: right, in: blocks[right], at: 1) }
    try world.barrier()
    try expect([memory[0], memory[1], memory[2]], [Element(me, 0), Element(left, 5), Element(left, 6)])
    try world.barrier()
    try window.detach(memory)
    try window.free()
  }

  private func others() throws {
    // Over an array of one's own, a literal and one that was just changed.
    let window = try world.window(over: [Element(me, 0), Element(me, 1)])
    try expect(window.locked(left, .shared) { try $0.get(count: 2, from: left, at: 0) }, Data<Element>(2)(left))
    try world.barrier()
    try window.free()
    var field = [Element(me, 7), Element(me, 1), Element(me, 8)]
    field[0] = Element(me, 0)
    field[2] = Element(me, 2)
    try world.withWindow(over: &field) { window in
      try expect(Array(window.local), Data<Element>(3)(me))
      try window.fenced { try $0.put(Element(me, 5), to: right, at: 1) }
    }
    try expect(field, [Element(me, 0), Element(left, 5), Element(me, 2)])

    let table = try SharedArray(
      world, from: me == last ? [Element(me, 0), Element(me, 1), Element(me, 2)] : nil, root: last)
    try expect((0..<3).map { table[$0] }, Data<Element>(3)(last))
    try expect(table.withSpan { array(of: $0) }, Data<Element>(3)(last))
    try expect(table.withSpan(of: 1..<3) { array(of: $0) }, Array(Data<Element>(3)(last)[1...]))
    try world.barrier()
    try table.mutate { block, range in
      for (place, index) in range.enumerated() { block[place] = Element(5, index) }
    }
    try expect((0..<3).map { table[$0] }, Data<Element>(3)(5))
    try table.free()
    let filled = try SharedArray(world, count: 3) { (span: inout MutableSpan<Element>) in
      for index in span.indices { span[index] = Element(4, index) }
    }
    try expect(filled.withSpan { array(of: $0) }, Data<Element>(3)(4))
    try filled.free()

    try withMPIMemory(of: Element.self, count: 3) { memory in
      for index in 0..<3 { memory[index] = Element(me, index) }
      try world.broadcast(inPlace: &memory, root: last)
      try expect(array(of: memory.span), Data<Element>(3)(last))
    }
  }
}

/// What is for numbers alone.
func counters(_ world: Communicator) throws {
  let (me, size, last) = (world.rank, world.size, world.size - 1)
  let right = (me + 1) % size
  try world.withWindow(of: Int.self, count: 4) { window in
    try window.fenced { epoch in
      try epoch.accumulate([me, 1], .sum, to: last, at: 0)
      try epoch.fence(.noStore)
      try epoch.accumulate(me, .max, to: last, at: 2)
    }
    try expect(Array(window.local), me == last ? [size * last / 2, size, last, 0] : [0, 0, 0, 0])
    try world.barrier()
    let ticket = try window.locked(0) { try $0.fetchAndOp(1, .sum, on: 0, at: 3) }
    try expect((0..<size).contains(ticket), true)
    try world.barrier()
    let (exchanged, original) = try window.locked(right) {
      try $0.compareAndSwap(expected: right == 0 ? size : 0, desired: me + 7, on: right, at: 3)
    }
    try expect(exchanged, true)
    try expect(original, right == 0 ? size : 0)
    try world.barrier()
    try expect(window.local[3], (me + last) % size + 7)
    let group = [(me + last) % size]
    try window.exposed(to: group) {
      try window.accessing([right]) { try $0.put([me, -me], to: right, at: 0) }
    }
    try expect(Array(window.local.prefix(2)), [group[0], -group[0]])
    let (before, after) = (try world.group.including(group), try world.group.including([right]))
    try window.exposed(to: before) {
      try window.accessing(after) { try $0.put([me + 1, -me - 1], to: right, at: 0) }
    }
    try expect(Array(window.local.prefix(2)), [group[0] + 1, -group[0] - 1])
    try expect(window.local.withContiguousStorageIfAvailable { $0[0] }, group[0] + 1)
  }
  let alone = try world.duplicate()
  let whole = try alone.window(of: Int.self, count: 2)
  try whole.fenced { try $0.accumulate([me, 1], AccumulateOperation(.sum), to: last, at: 0) }
  try expect(Array(whole.local), me == last ? [size * last / 2, size] : [0, 0])
  let dynamic = try world.dynamicWindow(of: Int.self)
  let memory = try dynamic.attach(count: 2)
  memory[1] = 0
  let block = try world.broadcast(memory.block)
  let place = try dynamic.locked(0) { try $0.fetchAndOp(1, .sum, on: 0, in: block, at: 1) }
  try expect((0..<size).contains(place), true)
  try world.barrier()
  if me == 0 { try expect(memory[1], size) }
  try dynamic.detach(memory)
  try dynamic.free()
  // Rank 0 puts; the last rank waits for it, and works meanwhile.
  try world.barrier()
  if size > 1 {
    if me == 0 { try whole.accessing([last]) { try $0.put([me + 5, size], to: last, at: 0) } }
    if me == last {
      var turns = 0
      try whole.pollExposed(to: [0]) { turns += 1 }
      try expect(Array(whole.local), [5, size])
    }
  }
  try whole.free()
  let shared = try world.sharedWindow(of: Int.self, count: 3)
  shared.local.withMutableSpan { for index in $0.indices { $0[index] = 10 * me + index } }
  let theirs = try shared.shared(of: right)
  try shared.lockedAll { epoch in
    try epoch.sync()
    try world.barrier()
    try epoch.sync()
  }
  try expect(theirs.withSpan { array(of: $0) }, (0..<3).map { 10 * right + $0 })
  try expect(theirs[2], 10 * right + 2)
  try world.barrier()
  try shared.free()

  let counter = try SharedCounter(world, start: 5)
  let number = try counter.next()
  try expect((5..<5 + size).contains(number), true)
  try world.barrier()
  try expect(try counter.value(), 5 + size)
  try world.barrier()
  _ = try counter.add(3)
  try world.barrier()
  try expect(try counter.value(), 5 + 4 * size)
  try counter.free()
}

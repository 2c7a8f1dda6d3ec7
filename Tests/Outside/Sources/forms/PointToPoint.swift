// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Trial {
  func pointToPoint() throws {
    try sends()
    try receives()
    try probes()
    try sendReceives()
    try lendings()
  }

  /// Many messages in flight on one memory.
  private func lendings() throws {
    let mine = [Element(me, 0), Element(me, 1)]
    let wanted = [Element(left, 1), Element(left, 0)] + mine
    func begin(_ memory: inout LentMemory<Element>) throws {
      try memory.receive(into: 0..<1, from: left, tag: 1)
      try memory.receive(into: 1..<2, from: left)
      try memory.send(2..<3, to: right)
      try memory.send(3..<4, to: right, tag: 1, mode: .synchronous)
    }
    let all = try changed(blank(2) + mine) { array in
      try world.nonblocking.lending(&array) {
        try begin(&$0)
        try $0.waitAll()
        try expect($0.messageCount, 0)
      }
    }
    try expect(all, wanted)
    let any = try changedSpan(blank(2) + mine) { span in
      try world.nonblocking.lending(&span) { memory in
        try begin(&memory)
        while let (range, _) = try memory.waitAny() {
          try expect(array(of: memory.elements(in: range)), Array(wanted[range]))
        }
      }
    }
    try expect(any, wanted)
    let tested = try changed(blank(2) + mine) { array in
      try world.nonblocking.lending(&array) { memory in
        try begin(&memory)
        while memory.messageCount > 0 { _ = try memory.testAny() }
      }
    }
    try expect(tested, wanted)
  }

  private func sends() throws {
    try eachAndUneven { mine, data in
      try world.send(mine, to: right)
      try expect(world.receive([Element].self, from: left), data(left))
    }
    try eachAndUneven { mine, data in
      try world.send(hidden(mine).span, to: right, tag: 3)
      try expect(world.receive(from: left, tag: 3), data(left))
    }
    try eachAndUneven { mine, data in
      try world.send(ContiguousArray(mine), to: right)
      try expect(world.receive([Element].self, from: left), data(left))
      try world.send(mine[...], to: right)
      try expect(world.receive([Element].self, from: left), data(left))
    }
    try eachAndUneven { mine, data in
      let sent = try world.nonblocking.send(mine[...], to: right)
      try expect(world.receive([Element].self, from: left), data(left))
      try expect(Array(sent.wait()), mine)
    }
    try eachAndUneven { mine, data in
      let sent = try world.nonblocking.send(mine, to: right, tag: 4)
      try expect(world.receive([Element].self, from: .any, tag: 4), data(left))
      try expect(sent.wait(), mine)
    }
    try eachAndUneven { mine, data in
      let received = try world.nonblocking.send(hidden(mine).span, to: right) { _ in
        try world.receive([Element].self, from: left)
      }
      try expect(received, data(left))
    }
    try withSendBuffer(byteCount: 4096 + 4 * sendBufferOverhead) {
      try world.send([Element(me, 0), Element(me, 1)], to: right, mode: .buffered)
      try expect(world.receive([Element].self, from: left), [Element(left, 0), Element(left, 1)])
    }
    let started = try world.nonblocking.receive(Element.self, count: 3, from: left)
    try world.send([Element(me, 0), Element(me, 1), Element(me, 2)], to: right, mode: .synchronous)
    try expect(started.wait(), (0..<3).map { Element(left, $0) })

    try world.send(Element(me, 5), to: right)
    try expect(world.receive(from: left), Element(left, 5))
    _ = try world.nonblocking.send(Element(me, 6), to: right).wait()
    try expect(world.receive(Element.self, from: left), Element(left, 6))
    try world.send(object: Note(me), to: right)
    try expect(world.receive(object: Note.self, from: left), Note(left))
    let sent = try world.nonblocking.send(object: Note(me, lines: 7), to: right)
    try expect(world.receive(object: Note.self, from: left), Note(left, lines: 7))
    try sent.wait()
  }

  private func receives() throws {
    try eachAndUneven { mine, data in
      try world.send(mine, to: right)
      let received = try changed(blank(data.count(left))) {
        let status = try world.receive(into: &$0, from: left)
        try expect(status.count(of: Element.self), data.count(left))
      }
      try expect(received, data(left))
    }
    try eachAndUneven { mine, data in
      try world.send(mine, to: right)
      try expect(filled(data.count(left)) { try world.receive(into: &$0, from: left) }, data(left))
    }
    try eachAndUneven { mine, data in
      try world.send(mine, to: right)
      let received = try filled(data.count(left)) {
        try world.nonblocking.receive(into: &$0, from: left) { _ = try $0.test() }
      }
      try expect(received, data(left))
    }
    try eachAndUneven { mine, data in
      let request = try world.nonblocking.receive(Element.self, count: data.count(left), from: left)
      try world.send(mine, to: right)
      try expect(request.wait(), data(left))
    }
    try eachAndUneven { mine, data in
      let request = try world.nonblocking.receive(into: blank(data.count(left) + 1), from: left)
      try world.send(mine, to: right)
      try expect(request.wait(), data(left) + blank(1))
    }
    try eachAndUneven { mine, data in
      try world.send(mine, to: right)
      let count = data.count(left)
      try expect(
        changed(blank(count + 2)) { try world.receive(into: &$0[1...], from: left) }, blank(1) + data(left) + blank(1))
    }
    let request = try world.nonblocking.receive(Element.self, from: left)
    try world.send(Element(me, 7), to: right)
    try expect(request.wait(), Element(left, 7))
    var value = Element(99, 99)
    try world.send(Element(me, 9), to: right)
    try world.receive(into: &value, from: left)
    try expect(value, Element(left, 9))
  }

  private func probes() throws {
    try eachAndUneven { mine, data in
      try world.send(mine, to: right)
      try expect(world.probe(from: left).count(of: Element.self), data.count(left))
      try expect(world.matchedProbe(from: left).receive([Element].self), data(left))
    }
    try eachAndUneven { mine, data in
      try world.send(mine, to: right)
      let message = try world.matchedProbe(from: left)
      var elements = blank(data.count(left))
      var span = elements.mutableSpan
      try message.receive(into: &span)
      try expect(elements, data(left))
    }
    try eachAndUneven { mine, data in
      try world.send(mine, to: right)
      let message = try world.matchedProbe(from: left)
      try expect(world.nonblocking.receive(message, as: Element.self).wait(), data(left))
    }
    try eachAndUneven { mine, data in
      try world.send(mine, to: right)
      let message = try world.matchedProbe(from: left)
      try expect(world.nonblocking.receive(message, into: blank(data.count(left))).wait(), data(left))
    }
    try world.send(Element(me, 8), to: right)
    while try world.nonblocking.probe(from: left) == nil {}
    while true {
      guard let message = try world.nonblocking.matchedProbe(from: left) else { continue }
      try expect(message.receive(), Element(left, 8))
      break
    }
    try world.send(object: Note(me), to: right)
    try expect(world.matchedProbe(from: left).receive(object: Note.self), Note(left))
  }

  private func sendReceives() throws {
    try eachAndUneven { mine, data in try expect(world.sendReceive(mine, to: right, from: left), data(left)) }
    try eachAndUneven { mine, data in
      let received = try filled(data.count(left)) {
        try world.sendReceive(hidden(mine).span, to: right, into: &$0, from: left)
      }
      try expect(received, data(left))
    }
    try eachAndUneven { mine, data in
      let received = try changed(blank(data.count(left))) {
        try world.sendReceive(mine, to: right, into: &$0, from: left)
      }
      try expect(received, data(left))
    }
    try each { mine, data in
      try expect(changed(mine) { try world.sendReceive(inPlace: &$0, to: right, from: left) }, data(left))
    }
    try each { mine, data in
      try expect(changedSpan(mine) { try world.sendReceive(inPlace: &$0, to: right, from: left) }, data(left))
    }
    try each { mine, data in
      try expect(world.nonblocking.sendReceive(mine, to: right, from: left).wait(), data(left))
    }
    try eachAndUneven { mine, data in
      let request = try world.nonblocking.sendReceive(mine, to: right, count: data.count(left), from: left)
      try expect(request.wait(), data(left))
    }
    try eachAndUneven { mine, data in
      let received = try filled(data.count(left)) {
        try world.nonblocking.sendReceive(hidden(mine).span, to: right, into: &$0, from: left) { _ = try $0.test() }
      }
      try expect(received, data(left))
    }
    try expect(world.sendReceive(Element(me, 3), to: right, from: left), Element(left, 3))
    var value = Element(me, 4)
    try world.sendReceive(inPlace: &value, to: right, from: left)
    try expect(value, Element(left, 4))
    try expect(world.sendReceive(object: Note(me), to: right, from: left), Note(left))
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPIObjectCoding
import Testing

@testable import MPITasks

/// The parts of task processes, without processes.
@Suite struct ProcessPartsTests {
  /// Puts frames through bytes, in pieces of a size.
  private func travel(
    _ frames: [Frame<PoolMessage>], pieces: Int, _ blocks: LentBlocks = LentBlocks()
  ) throws -> [Frame<PoolMessage>] {
    var bytes: [UInt8] = []
    for frame in frames { FrameBytes.append(frame, to: &bytes, blocks) }
    var parser = FrameParser()
    var rest = bytes[...]
    var come: [Frame<PoolMessage>] = []
    while !rest.isEmpty {
      parser.fill { room in
        let count = min(pieces, rest.count, room.count)
        room.copyBytes(from: rest.prefix(count))
        rest = rest.dropFirst(count)
        return count
      }
      while let frame = try parser.next() { come.append(frame) }
    }
    return come
  }

  private func work(_ batch: Int) -> PoolMessage {
    .work(
      WorkFields(batch: batch, type: 1, count: 2, first: 3, attempt: 0, seed: 4, timeLimit: 0, memoryLimit: 0, line: 5),
      typeName: batch.isMultiple(of: 2) ? "name" : nil)
  }

  @Test("Frames come out as they went in, in pieces of any size", arguments: [1, 7, 64, 1000, 1 << 20])
  func frames(pieces: Int) throws {
    let sizes = [0, 1, 100, 65_536, 5, 200_000, 0]
    let frames = sizes.enumerated().map { index, size in
      Frame(work(index), payload: Payload(bytes: (0..<size).map { UInt8(($0 + index) & 255) }))
    }
    let come = try travel(frames, pieces: pieces)
    #expect(come.count == frames.count)
    for (index, frame) in come.enumerated() {
      guard case .work(let fields, let name) = frame.message else {
        Issue.record("another message")
        continue
      }
      #expect(fields.batch == index && fields.line == 5 && name == (index.isMultiple(of: 2) ? "name" : nil))
      #expect(frame.payload.bytes == frames[index].payload.bytes)
    }
  }

  @Test("Every kind of message comes out as it went in")
  func messages() throws {
    let location = SharedMemory.Location(process: 1, descriptor: 2, file: 3, byteCount: 4)
    let setup = ProcessSetup(rank: 1, rankCount: 2, host: "h", node: "n", page: location, isPrepared: true)
    let messages: [PoolMessage] = [
      .setUp(setup), .died(batch: 3, .guilty, record: [1, 2]), .end, .ready, .cancel(batch: 9),
      .share(key: 4, .located(location)), .broken("text"),
    ]
    let come = try travel(messages.map { Frame($0) }, pieces: 13).map { "\($0.message)" }
    #expect(come == messages.map { "\($0)" })
  }

  @Test("A long array lies where both processes read it, and its memory is used again", arguments: [true, false])
  func longArrays(hasMemory: Bool) throws {
    let numbers = (0..<50_000).map(Double.init)
    let blocks = LentBlocks(isWithout: !hasMemory)
    for _ in 0..<5 {
      let (bytes, attachments) = try ObjectCoder.encode(
        numbers, attachingFrom: 1024, in: { [UInt8](repeating: 0, count: $0) })
      try #require(attachments.count == 1)
      let frame = Frame(work(1), payload: Payload(bytes: bytes, attachments: attachments))
      let come = try travel([frame, Frame(.ready)], pieces: 1000, blocks)
      #expect(come.count == 2)
      let payload = come[0].payload
      let decoded = try payload.bytes.withUnsafeBytes {
        try ObjectCoder.decode([Double].self, from: $0, payload.attachments)
      }
      #expect(decoded == numbers)
    }
    #expect(blocks.count == (hasMemory ? 1 : 0))
  }

  @Test("A task's long array stays where it came, until the last that has it lets go of it")
  func placedArrays() throws {
    let numbers = (0..<50_000).map(Double.init)
    let (blocks, placed) = (LentBlocks(), PlacedArrays())
    var parser = FrameParser(keeping: placed)
    func arrived() throws -> [Double] {
      let (bytes, attachments) = try ObjectCoder.encode(
        numbers, attachingFrom: 1024, in: { [UInt8](repeating: 0, count: $0) })
      var frame: [UInt8] = []
      FrameBytes.append(Frame(work(1), payload: Payload(bytes: bytes, attachments: attachments)), to: &frame, blocks)
      parser.fill { room in
        room.copyBytes(from: frame)
        return frame.count
      }
      let payload = try #require(try parser.next()).payload
      let decoded = try payload.bytes.withUnsafeBytes {
        try ObjectCoder.decode([Double].self, from: $0, payload.attachments)
      }
      #expect(decoded == numbers && decoded.withUnsafeBytes { $0.baseAddress } == payload.attachments[0].start)
      return decoded
    }
    var kept: [[Double]] = []
    for count in 1...3 {
      kept.append(try arrived())
      placed.giveBack()
      #expect(blocks.count == count)
    }
    kept[0][7] = -1
    kept[1].append(-1)
    #expect(try kept[2] == numbers && arrived() == numbers && kept[0][6...8] == [6, -1, 8])
    #expect(kept[1].count == 50_001 && kept[1].dropLast() == numbers[...])
    // Two of the three were copied when they were changed.
    for _ in 0..<5 {
      placed.giveBack()
      _ = try arrived()
    }
    #expect(blocks.count == 4)
    #expect(kept[2] == numbers)
  }

  @Test("A block is free once nobody has it, and a dead reader's can be taken")
  func blocks() throws {
    let blocks = LentBlocks()
    let size = 200_000
    do {
      _ = try #require(blocks.take(size))
    }
    // It was let go of.
    let block = try #require(blocks.take(size))
    #expect(blocks.count == 1 && block.isInUse)
    let location = block.passOn()
    let other = try #require(blocks.take(size))
    #expect(blocks.count == 2)
    do {
      let attachment = try BorrowedBlocks().attachment(at: location, size, elementType: 1)
      #expect(attachment.byteCount == size && block.isInUse)
    }
    #expect(!block.isInUse && other.isInUse)
    let again = try #require(blocks.take(size))
    // It is lent to another: that the first reader dies frees nothing.
    block.free()
    #expect(again.isInUse)
    _ = again.passOn()
    again.free()
    #expect(!again.isInUse)
  }

  @Test("A page knows what has begun, and lets the rest be taken back once")
  func page() throws {
    let page = try TaskPage()
    let other = try TaskPage(at: page.location)
    let line = try #require(page.newLine(7))
    let same = try #require(other.line(7))
    #expect(page.line(0) == nil && page.line(1 << 20) == nil)
    #expect(same.claim(1) && same.claim(1))
    #expect(line.begunCount == 2 && line.start == nil)
    same.note(isRunning: true)
    #expect(page.runningLine == 7 && line.start != nil)
    #expect(line.cut() == 2 && same.cut() == nil && same.isCut)
    #expect(!same.claim(1))
    same.note(isRunning: false)
    #expect(page.runningLine == 0)
    // There are lines for as many tasks as wait for others.
    let far = try #require(page.newLine(100_000))
    #expect(other.line(100_000)?.claim(1) == true && far.begunCount == 1)
    _ = page.newLine(7)
    #expect(!same.isCut && same.begunCount == 0 && line.start == nil)
    // One that is no page's is this process's own.
    let own = TaskPage.Line()
    own.note(isRunning: true)
    #expect(own.claim(3) && own.begunCount == 3 && own.start == nil)
  }

  @Test("Lines come whole, however they are written")
  func lines() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    var lines = PipedLines(ends[0])
    func put(_ text: String) { _ = text.withCString { write(ends[1], $0, strlen($0)) } }
    func take(isLast: Bool = false) -> [String] {
      lines.take(isLast: isLast).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(take() == [])
    put("a\n\nb")
    #expect(take() == ["a", ""])
    put("c\nd")
    #expect(take() == ["bc"])
    // A line without an end is passed on in parts once it is too long.
    let long = String(repeating: "x", count: 20_000)
    for _ in 0..<3 {
      put(long)
      #expect(take() == [])
    }
    put(long)
    #expect(take().map(\.count) == [80_001])
    put("e")
    close(ends[1])
    #expect(take(isLast: true) == ["e"])
    #expect(lines.hasEnded)
    close(ends[0])
  }

  @Test("A task has failed after so many deaths, or ten times as many suspicions")
  func deathRecords() {
    #expect(!DeathRecord().isFinal(limit: 1))
    #expect(DeathRecord(deaths: 1).isFinal(limit: 1))
    #expect(!DeathRecord(deaths: 2, suspicions: 29).isFinal(limit: 3))
    #expect(DeathRecord(deaths: 0, suspicions: 30).isFinal(limit: 3))
    #expect(DeathRecord(deaths: .max).isFinal(limit: 1000))
  }

  @Test("A death is described by its cause, its memory and its last words")
  func descriptions() {
    let death = TaskDeath(
      cause: .signal(SIGKILL), peakMemory: 12_000_000, lastLines: ["A.swift:3: Fatal error: no", "1 frame", "2 frame"])
    #expect(
      death.description == """
        its process was ended by signal 9 (killed: by hand, or because memory ran out); 12.0 MB of memory at most; \
        standard error: A.swift:3: Fatal error: no
        """)
    let quiet = TaskDeath(cause: .exit(status: 3), peakMemory: 0, lastLines: [])
    #expect("\(quiet)" == "its process ended with exit status 3")
    let talkative = TaskDeath(cause: .exit(status: 0), peakMemory: 0, lastLines: ["x", "y"])
    #expect("\(talkative)".hasSuffix("standard error: y"))
  }

  @Test("The environment decides where tasks run, unless the program does")
  func isolation() {
    #expect(TaskIsolation.resolved(.thread) == .thread)
    #expect(TaskIsolation.resolved(.process(deaths: 0)).settings?.deaths == 1)
    #expect(TaskIsolation.resolved(.process(grace: .seconds(-1))).settings?.grace == .zero)
    #expect(TaskIsolation.process == .process(deaths: 3, grace: .seconds(5)))
  }
}

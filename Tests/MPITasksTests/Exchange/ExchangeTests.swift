// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization
import Testing

@testable import MPITasks

/// A number, and how often it is still to be passed on.
private protocol Numbered: ExchangeMessage {
  var number: Int { get }
  init(number: Int)
}

extension Numbered {
  func write(to writer: inout FieldWriter) { writer.put(number) }
  init(from reader: inout FieldReader) { self.init(number: reader.take()) }
}

private struct First: Numbered {
  static let service: UInt8 = 7
  var number: Int
}

private struct Second: Numbered {
  static let service: UInt8 = 9
  var number: Int
}

/// Sends numbered messages of different lengths to all ranks, itself not among them, and takes theirs. It is over when
/// all have come.
private final class Crossing<Message: Numbered>: ExchangeService, @unchecked Sendable {
  private let exchange: Exchange
  private let count: Int
  private var ranks = 0
  private var rank = 0
  private var next = 0
  private(set) var received: [[Int]] = []
  private(set) var mistakes: [String] = []

  init(_ exchange: Exchange, count: Int) { (self.exchange, self.count) = (exchange, count) }

  /// Short ones, those that just fit into one message, and long ones.
  static func bytes(_ number: Int, from rank: Int) -> [UInt8] {
    let counts = [0, 1, 1000, Mailbox.longPayload, Mailbox.longPayload + 1, 300_000]
    return [UInt8](repeating: UInt8(truncatingIfNeeded: 31 * number + rank), count: counts[number % counts.count])
  }

  func meet(on communicator: Communicator, node: Communicator) throws {
    (rank, ranks) = (communicator.rank, communicator.size)
    received = Array(repeating: [], count: ranks)
  }

  func advance() throws -> Bool {
    guard ranks > 0, next < count else { return false }
    for other in 0..<ranks where other != rank {
      let payload = Payload(bytes: Self.bytes(next, from: rank))
      try exchange.send(Frame(Message(number: next), payload: payload), to: other)
    }
    next += 1
    return true
  }

  func receive(_ frame: consuming Frame<Message>, byteCount: Int, from rank: Int) throws {
    let number = frame.message.number
    received[rank].append(number)
    if frame.payload.bytes != Self.bytes(number, from: rank) {
      mistakes.append("\(number) from \(rank) has other bytes")
    }
    if byteCount < frame.payload.bytes.count { mistakes.append("\(number) from \(rank) has \(byteCount) bytes in all") }
  }

  func outlook(at now: Int) -> Pace.Outlook { Pace.Outlook(awake: Pace.awake) }

  var isOver: Bool {
    ranks > 0 && next == count && received.indices.allSatisfy { $0 == rank || received[$0].count == count }
  }
}

extension OnEveryRank {
  @Suite struct ExchangeTests {
    private var world: Communicator { .world }

    private func exchange() throws -> Exchange { try Exchange(world, "test", file: #fileID, line: #line) }

    @Test("Messages of two services go between any two ranks, in order", arguments: [0, 1, 40])
    func anyRankToAnyRank(count: Int) throws {
      let exchange = try exchange()
      let (first, second) = (Crossing<First>(exchange, count: count), Crossing<Second>(exchange, count: 2 * count))
      try exchange.run([first, second])
      #expect(first.mistakes == [] && second.mistakes == [])
      for other in 0..<world.size where other != world.rank {
        #expect(first.received[other] == Array(0..<count))
        #expect(second.received[other] == Array(0..<2 * count))
      }
      #expect(!exchange.hasMet)
    }

    @Test("Ranks that can't share memory look for their messages", arguments: [true, false])
    func withoutSharedMemory(canMake: Bool) throws {
      SharedMemory.folders.withLock { $0 = canMake ? ("/dev/shm", "/nowhere") : ("/nowhere", "/proc") }
      defer { SharedMemory.folders.withLock { $0 = ("/dev/shm", "/proc") } }
      let node = try world.split(.sharedMemory)
      #expect(try NodeBells(world, node: node, Doorbell()).areForAll == (world.size == 1))
      let exchange = try exchange()
      let crossing = Crossing<First>(exchange, count: 20)
      try exchange.run([crossing])
      #expect(crossing.mistakes == [])
      // Loops make theirs with the first one over a communicator.
      let own = try world.duplicate()
      #expect(try own.mapReduce(0..<1000, initial: 0, +) { $0 } == 499_500)
    }

    @Test func theRanksOfANodeRingOneAnother() throws {
      let node = try world.split(.sharedMemory)
      guard node.size == world.size else { return }
      let bell = Doorbell()
      let bells = try NodeBells(world, node: node, bell)
      #expect(bells.areForAll)
      for ringer in 0..<world.size {
        let rings = bell.rings
        try world.barrier()
        if ringer == world.rank {
          for other in 0..<world.size { bells.ring(other) }
        } else {
          while bell.rings == rings { bell.sleep(since: rings, nanoseconds: 20_000_000_000) }
        }
        // To itself it sends no message.
        if ringer == world.rank { #expect(bell.rings == rings) }
        try world.barrier()
      }
      bell.moveBack()
    }
  }
}

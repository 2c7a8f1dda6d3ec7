// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Messages between any two ranks of a communicator, for services that every rank has.
///
/// One thread of the process calls MPI for it: it sends and receives, and has the services do what is due. The ranks
/// come together without a rank that waits and keeps a core, however late the last one is; what a service can do alone
/// it does meanwhile.
final class Exchange: @unchecked Sendable {
  /// What its thread sleeps on. Other threads ring it when they have something for a service.
  let bell = Doorbell()

  // Of the thread alone, once that runs.
  private let program: Communicator
  private let operation: StaticString
  /// The barrier in which the ranks meet; nil once all have come.
  private var barrier: Request<Void>?
  private var mailbox: Mailbox?
  private var blocks: LentBlocks?
  /// Whether every rank that may send a message rings.
  private var areRung: Bool

  /// Begins, on the thread that makes the program's call.
  ///
  /// - Parameters:
  ///   - operation: the program's call, for errors and checked mode.
  ///   - file: with `line`, its place.
  init(_ communicator: Communicator, _ operation: StaticString, file: StaticString, line: Int) throws {
    program = communicator
    self.operation = operation
    areRung = communicator.size == 1
    if communicator.size > 1 {
      try communicator.partOfCall(operation, file, line) {
        barrier = try communicator.nonblocking.barrier(file: file, line: line)
      }
    }
  }

  /// Whether all ranks have come, so that messages can be sent.
  var hasMet: Bool { mailbox != nil }

  /// Whether anything is on its way, out or in. MPI moves long messages when it is asked for them.
  var isMoving: Bool { mailbox?.isMoving ?? false }

  /// Sends a frame; returns at once. For services, on the exchange's thread, once all ranks have come.
  ///
  /// - Returns: how many bytes travel.
  @discardableResult
  func send<Message>(_ frame: Frame<Message>, to rank: Int) throws(MPIError) -> Int {
    try mailbox!.send(frame, to: rank)
  }

  /// Does the work of the exchange's thread, until all services have ended.
  ///
  /// - Parameter blocks: where long arrays are received; nil for memory of this process.
  func run(_ services: [any ExchangeService], into blocks: LentBlocks? = nil) throws {
    self.blocks = blocks
    defer {
      mailbox = nil
      bell.moveBack()
    }
    try bell.watch { try look(services) }
  }

  private func look(_ services: [any ExchangeService]) throws -> Look {
    var hasMoved = try meet(services)
    if let mailbox {
      if try mailbox.finishSends() { hasMoved = true }
      // Not forever: other ranks wait for messages, too.
      for _ in 0..<64 {
        guard let arrival = try mailbox.receive() else { break }
        hasMoved = true
        try services.deliver(arrival)
      }
    }
    for service in services where try service.advance() { hasMoved = true }
    if let mailbox, !mailbox.isSending, services.allSatisfy(\.isOver) {
      assert(!mailbox.hasMessage, "a rank has sent something after its last message")
      return .end
    }
    if hasMoved { return .something }
    let now = monotonicNanoseconds()
    var outlook = services.dropFirst().reduce(services[0].outlook(at: now)) { $0.combined(with: $1.outlook(at: now)) }
    outlook.awaitsMessages = program.size > 1
    outlook.isRung = areRung && !isMoving
    return .nothing(outlook)
  }

  /// Goes on with the meeting of the ranks, as far as that is possible without waiting for one that is not there yet.
  ///
  /// - Returns: whether all have come just now.
  private func meet(_ services: [any ExchangeService]) throws -> Bool {
    guard mailbox == nil, try barrier?.test() ?? true else { return false }
    try barrier.take()?.wait()
    // All are here, so none waits long in these. On the program's own object, collective calls are refused by now.
    let own = try Communicator(borrowing: program.rawValue).channel(operation)
    let node = try own.split(.sharedMemory)
    let bells = try NodeBells(own, node: node, bell)
    mailbox = Mailbox(own, bells, blocks)
    areRung = bells.areForAll
    for service in services { try service.meet(on: own, node: node) }
    return true
  }
}

extension [any ExchangeService] {
  /// Gives what has come to the service that it is for.
  fileprivate func deliver(_ arrival: consuming Mailbox.Arrival) throws {
    let number = arrival.service
    guard let service = first(where: { $0.number == number }) else { isForeign("is of an unknown service") }
    try service.take(arrival)
  }
}

extension ExchangeService {
  fileprivate var number: UInt8 { Message.service }

  fileprivate func take(_ arrival: consuming Mailbox.Arrival) throws {
    let (source, byteCount) = (arrival.source, arrival.byteCount)
    try receive(arrival.frame(Message.self), byteCount: byteCount, from: source)
  }
}

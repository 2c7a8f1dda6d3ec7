// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// How the root receives from the ranks, and has them work in turns, without ever waiting for one that is lost.
struct RollCall {
  /// The tags of this program's messages.
  enum Tag {
    static let answer = 1
    static let order = 2
    static let begin = 3
    static let probe = 4
    static let clock = 5
  }

  /// All ranks.
  let world: Communicator

  /// How many seconds without a word make a rank a lost one.
  let patience: Double

  /// The root has had enough.
  struct Stopped: Error {}

  /// Brings a value of each rank to the root. All ranks call it.
  ///
  /// No rank goes on before the root has all values. A rank that isn't the root waits for as long as that takes: if it
  /// is the root that is lost, the launcher ends the job.
  ///
  /// - Returns: on the root the values, nil for each rank that didn't answer; elsewhere nothing.
  func collect<Value: Codable>(_ value: Value) throws -> [Value?] {
    guard world.isRoot else {
      try world.send(object: value, to: 0, tag: Tag.answer)
      let goesOn: Bool = try nextOrder()
      guard goesOn else { throw Stopped() }
      return []
    }
    let others = Array(0..<world.size).dropFirst()
    var values = try answers(Value.self, of: Set(others))
    values[0] = value
    if values.count == world.size {
      for rank in others { try world.send(true, to: rank, tag: Tag.order) }
    }
    return (0..<world.size).map { values[$0] }
  }

  /// Has ranks work in turns: in each, those for which there is an order follow it at the same time, and all others
  /// sleep, so that the cores and the network are theirs. All ranks call it.
  ///
  /// - Parameters:
  ///   - turns: on the root, the orders of each turn, by rank; elsewhere of no use.
  ///   - work: follows an order, on the rank that got it.
  ///   - judge: on the root, gets what came of a turn, by rank; those that didn't answer are missing. When it throws,
  ///     the turns have ended, and the other ranks wait for the end of the job.
  func takeTurns<Order: BitwiseCopyable, Value: Codable>(
    _ turns: some Collection<[Int: Order]>, _ work: (Order) throws -> Value, judge: ([Int: Value]) throws -> Void
  ) throws {
    guard world.isRoot else {
      while let order: Order = try nextOrder() {
        let _: Bool = try message(tag: Tag.begin, .soon(patience: .infinity)).receive()
        try world.send(object: work(order), to: 0, tag: Tag.answer)
      }
      return
    }
    // Orders are sent some turns ahead: it takes a while until a rank that sleeps looks for them.
    var ahead = turns.makeIterator()
    func sendOrders() throws {
      for (rank, order) in ahead.next() ?? [:] where rank != 0 {
        try world.send(Order?.some(order), to: rank, tag: Tag.order)
      }
    }
    for _ in 0..<Self.turnsAhead { try sendOrders() }
    for turn in turns {
      try sendOrders()
      for rank in turn.keys where rank != 0 { try world.send(true, to: rank, tag: Tag.begin) }
      let own = try turn[0].map(work)
      var values = try answers(Value.self, of: Set(turn.keys).subtracting([0]))
      values[0] = own
      try judge(values)
    }
    for rank in 0..<world.size where rank != 0 { try world.send(Order?.none, to: rank, tag: Tag.order) }
  }

  /// Sends a value of the root's to all ranks. All ranks call it, and all but the root sleep until then.
  ///
  /// - Parameter value: on the root, the value; elsewhere nil.
  func announce<Value: BitwiseCopyable>(_ value: Value?) throws -> Value {
    guard let value else { return try nextOrder() }
    for rank in 0..<world.size where rank != 0 { try world.send(value, to: rank, tag: Tag.order) }
    return value
  }

  /// By how many turns an order comes before its own.
  private static let turnsAhead = 2

  /// The root's next message to this rank.
  private func nextOrder<Order: BitwiseCopyable>() throws -> Order {
    try message(tag: Tag.order, .quietly(patience: .infinity)).receive()
  }

  /// The next message of the root with a tag. It will come, sooner or later.
  private func message(tag: Int, _ waiting: Waiting) throws -> Message {
    while true {
      let message = try waiting.forAnswer { try world.nonblocking.matchedProbe(from: 0, tag: tag) }
      if let message { return message }
    }
  }

  /// On the root, the messages of some ranks, of those that answer at all.
  private func answers<Value: Decodable>(_: Value.Type, of ranks: Set<Int>) throws -> [Int: Value] {
    var values: [Int: Value] = [:]
    // A pair of which one is lost takes its time to find out.
    let deadline = MPIEnvironment.wallTime + 2 * patience + 1
    while values.count < ranks.count {
      let message = try Waiting.soon(patience: deadline - MPIEnvironment.wallTime).forAnswer {
        try world.nonblocking.matchedProbe(from: .any, tag: Tag.answer)
      }
      guard let message else { break }
      guard let source = message.status.source else { continue }
      values[source] = try message.receive(object: Value.self)
    }
    return values
  }
}

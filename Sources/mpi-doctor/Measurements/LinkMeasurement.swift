// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// What two ranks found out about the way between them.
struct LinkMeasurement: Codable, Sendable, Equatable {
  /// The partner of this rank.
  var partner: Int
  /// Whether that one answered.
  var isAnswered = false
  /// The time of a message of 8 bytes one way, in seconds: half of the shortest round trip. 0 if it wasn't measured.
  var latency = 0.0
  /// The bytes in a second of a large message, of the quickest round trip.
  var bandwidth = 0.0
}

/// Measures a link by messages that go to and fro, and gives up on a partner that doesn't answer.
struct LinkProbe {
  /// What the root orders a rank to do.
  struct Order: BitwiseCopyable {
    /// The rank at the other end.
    var partner: Int
    /// About how many seconds it may take, if the link is no slower than that.
    var seconds: Double
    /// How to wait for the partner.
    var waiting: Waiting
  }

  /// All ranks.
  let world: Communicator
  /// The measurement that the root has ordered.
  let order: Order
  /// The bytes of a large message, if the link is fast enough for it.
  let largest: Int

  /// The rank at the other end.
  private var partner: Int { order.partner }

  /// Whether this is the end that begins, takes the times, and decides when it is enough.
  private var leads: Bool { world.rank < partner }

  /// The bytes of the message that sets how large a message the link is fit for.
  private static let trialSize = 65_536

  /// Measures. Both ends call it; the lower rank takes the times, and the other one's result has zeros.
  func measure() throws -> LinkMeasurement {
    var result = LinkMeasurement(partner: partner)
    // The first message makes the connection.
    guard try bounce(bytes: 8, atMost: 2, within: 0) != nil,
      let short = try bounce(bytes: 8, atMost: 30, within: order.seconds / 4)
    else { return result }
    guard var long = try bounce(bytes: min(largest, Self.trialSize), atMost: 10, within: order.seconds / 4) else {
      return result
    }
    // So large that two of them, to and fro, take half of the time.
    let affordable = order.seconds / 8 / (long / 2) * Double(Self.trialSize)
    guard var size = try agree(on: max(min(largest, Self.trialSize), Int(min(Double(largest), affordable)))) else {
      return result
    }
    if size > Self.trialSize {
      guard let time = try bounce(bytes: size, atMost: 10, within: order.seconds / 2) else { return result }
      long = time
    } else {
      size = min(largest, Self.trialSize)
    }
    result.isAnswered = true
    guard leads else { return result }
    result.latency = short / 2
    result.bandwidth = 2 * Double(size) / long
    return result
  }

  /// Sends a message to and fro, twice at least where so many are allowed. Its first byte is set if it is the last.
  ///
  /// - Returns: the seconds of the shortest round trip; nil if the partner didn't answer.
  private func bounce(bytes: Int, atMost limit: Int, within seconds: Double) throws -> Double? {
    var outgoing = try world.persistent.send(
      [UInt8](repeating: 0, count: bytes), to: partner, tag: RollCall.Tag.probe)
    var incoming = try world.persistent.receive(UInt8.self, count: bytes, from: partner, tag: RollCall.Tag.probe)
    let start = MPIEnvironment.wallTime
    var best = Double.infinity
    var count = 0
    var isLast = false
    while !isLast {
      let begin = MPIEnvironment.wallTime
      count += 1
      isLast = count >= limit || count >= 2 && begin - start > seconds
      try incoming.start()
      if leads {
        outgoing.input[0] = isLast ? 1 : 0
        try outgoing.start()
      }
      guard try isOver(&incoming) else { return nil }
      if !leads {
        isLast = incoming.output[0] == 1
        try outgoing.start()
      }
      guard try isOver(&outgoing) else { return nil }
      best = min(best, MPIEnvironment.wallTime - begin)
    }
    return best
  }

  /// Sends the size that the lower rank has chosen to the partner.
  private func agree(on size: Int) throws -> Int? {
    var outgoing = try world.persistent.send([size], to: partner, tag: RollCall.Tag.probe)
    var incoming = try world.persistent.receive(Int.self, count: 1, from: partner, tag: RollCall.Tag.probe)
    try incoming.start()
    try outgoing.start()
    guard try isOver(&incoming), try isOver(&outgoing) else { return nil }
    return leads ? size : incoming.output[0]
  }

  /// Waits for a request, up to the time limit.
  private func isOver<Element: BitwiseCopyable>(_ request: inout PersistentRequest<Element>) throws -> Bool {
    try order.waiting.forAnswer { try request.test() ? true : nil } ?? false
  }
}

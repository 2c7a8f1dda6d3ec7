import MPI

/// What two ranks found out about the way between them.
struct LinkMeasurement: Codable, Sendable, Equatable {
  /// Whom this rank met; nil where it sat the round out.
  var partner: Int?
  /// Whether that one answered.
  var isAnswered: Bool
  /// The time of a message of 8 bytes one way, in seconds: half of the shortest round trip. 0 where it wasn't measured.
  var latency: Double
  /// The bytes in a second of a large message, of the quickest round trip.
  var bandwidth: Double
}

/// Measures a link by messages that go to and fro, and gives up on a partner that doesn't answer.
struct LinkProbe {
  /// All ranks.
  let world: Communicator
  /// The rank at the other end.
  let partner: Int
  /// The seconds to wait for an answer.
  let patience: Double
  /// The bytes of a large message, where the link is fast enough for it.
  let largest: Int

  /// Measures. Both ends call it; the lower rank takes the times, and the other one's result has zeros.
  func measure() throws -> LinkMeasurement {
    var result = LinkMeasurement(partner: partner, isAnswered: false, latency: 0, bandwidth: 0)
    // The first message makes the connection.
    guard try bounce(bytes: 8, times: 3) != nil, let short = try bounce(bytes: 8, times: 30) else { return result }
    // A tenth of a second and more for a message is long enough to tell how fast the link is.
    guard let trial = try bounce(bytes: min(largest, 65_536), times: 3) else { return result }
    let affordable = Int(0.1 / (trial.min() ?? 1) * 65_536)
    guard let size = try agree(on: min(largest, max(65_536, affordable))) else { return result }
    guard let long = try bounce(bytes: size, times: 4) else { return result }
    result.isAnswered = true
    guard world.rank < partner else { return result }
    result.latency = (short.min() ?? 0) / 2
    result.bandwidth = 2 * Double(size) / (long.min() ?? .infinity)
    return result
  }

  /// Sends a message to and fro.
  ///
  /// - Returns: the seconds of each round trip; nil where the partner didn't answer.
  private func bounce(bytes: Int, times: Int) throws -> [Double]? {
    var outgoing = try world.persistent.send(
      [UInt8](repeating: 1, count: bytes), to: partner, tag: RollCall.Tag.probe)
    var incoming = try world.persistent.receive(UInt8.self, count: bytes, from: partner, tag: RollCall.Tag.probe)
    var seconds: [Double] = []
    for _ in 0..<times {
      let begin = MPIEnvironment.wallTime
      try incoming.start()
      if world.rank < partner { try outgoing.start() }
      guard try isOver(&incoming) else { return nil }
      if world.rank > partner { try outgoing.start() }
      guard try isOver(&outgoing) else { return nil }
      seconds.append(MPIEnvironment.wallTime - begin)
    }
    return seconds
  }

  /// Tells the partner the size that the lower rank has chosen.
  private func agree(on size: Int) throws -> Int? {
    var outgoing = try world.persistent.send([size], to: partner, tag: RollCall.Tag.probe)
    var incoming = try world.persistent.receive(Int.self, count: 1, from: partner, tag: RollCall.Tag.probe)
    try incoming.start()
    try outgoing.start()
    guard try isOver(&incoming), try isOver(&outgoing) else { return nil }
    return world.rank < partner ? size : incoming.output[0]
  }

  /// Waits for a request, until the patience is over.
  private func isOver<Element: BitwiseCopyable>(_ request: inout PersistentRequest<Element>) throws -> Bool {
    let deadline = MPIEnvironment.wallTime + patience
    while true {
      for _ in 0..<64 where try request.test() { return true }
      if MPIEnvironment.wallTime > deadline { return false }
    }
  }
}

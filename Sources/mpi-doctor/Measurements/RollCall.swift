import MPI

/// How the root hears from all ranks without ever waiting for one that is lost: it polls, up to a limit of time.
struct RollCall {
  /// The tags of this program's messages.
  enum Tag {
    static let answer = 1
    static let goOn = 2
    static let probe = 3
    static let clock = 4
  }

  /// All ranks.
  let world: Communicator

  /// How many seconds without a word make a rank a lost one.
  let patience: Double

  /// Brings a value of each rank to the root. All ranks call it.
  ///
  /// No rank goes on before the root has all values. A rank that isn't the root waits for as long as that takes: if it
  /// is the root that is lost, the launcher ends the job.
  ///
  /// - Returns: on the root the values, nil for each rank that didn't answer; elsewhere nothing.
  func collect<Value: Codable>(_ value: Value) throws -> [Value?] {
    guard world.isRoot else {
      try world.send(object: value, to: 0, tag: Tag.answer)
      let goesOn: Bool = try patiently(from: 0, tag: Tag.goOn).receive()
      guard goesOn else { throw Stopped() }
      return []
    }
    var values = [Value?](repeating: nil, count: world.size)
    values[0] = value
    // A pair of which one is lost takes its time to find out.
    let deadline = MPIEnvironment.wallTime + 2 * patience + 1
    var missing = world.size - 1
    while missing > 0, MPIEnvironment.wallTime < deadline {
      guard let message = try world.nonblocking.matchedProbe(from: .any, tag: Tag.answer) else {
        pause()
        continue
      }
      guard let source = message.status.source else { continue }
      values[source] = try message.receive(object: Value.self)
      missing -= 1
    }
    if missing == 0 {
      for rank in 1..<max(1, world.size) { try world.send(true, to: rank, tag: Tag.goOn) }
    }
    return values
  }

  /// A message that will come, sooner or later.
  private func patiently(from source: Int, tag: Int) throws -> Message {
    while true {
      if let message = try world.nonblocking.matchedProbe(from: source, tag: tag) { return message }
      pause()
    }
  }

  /// Leaves the core to those who measure.
  private func pause() { sleep(milliseconds: 1) }

  /// The root has had enough.
  struct Stopped: Error {}
}

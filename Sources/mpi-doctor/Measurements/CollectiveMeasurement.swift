// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// How long a collective takes.
struct CollectiveTime: Codable, Sendable, Equatable {
  /// Its name, as in the library.
  var operation: String
  /// The bytes that a rank gives or gets; 0 for a barrier.
  var bytes: Int
  /// The seconds of a call, on the rank that took longest.
  var seconds: Double
}

/// Measures collectives by size.
struct CollectiveMeasurement {
  /// All ranks.
  let world: Communicator

  /// The sizes that are measured, in bytes.
  private static let sizes = [8, 1024, 65_536, 1 << 20]

  /// The seconds after which a measurement has enough calls.
  private static let enough = 0.1

  /// Measures. All ranks call it, and all get the result.
  ///
  /// If a size takes long, those above are left out.
  func measure() throws -> [CollectiveTime] {
    var times = [CollectiveTime(operation: "barrier", bytes: 0, seconds: try time { try world.barrier() })]
    try measure("broadcast", into: &times) { bytes in
      var elements = [UInt8](repeating: 1, count: bytes)
      return { try world.broadcast(inPlace: &elements) }
    }
    try measure("allReduce", into: &times) { bytes in
      var elements = [Double](repeating: 0, count: bytes / 8)
      return { try world.allReduce(inPlace: &elements, .sum) }
    }
    try measure("allToAll", into: &times) { bytes in
      let elements = [UInt8](repeating: 1, count: max(1, bytes / world.size) * world.size)
      return { _ = try world.allToAll(elements) }
    }
    return times
  }

  /// Measures one operation in all sizes.
  private func measure(
    _ operation: String, into times: inout [CollectiveTime], _ call: (Int) -> () throws -> Void
  ) throws {
    for bytes in Self.sizes {
      let seconds = try time(call(bytes))
      times.append(CollectiveTime(operation: operation, bytes: bytes, seconds: seconds))
      if 16 * seconds > 0.5 { return }
    }
  }

  /// The seconds of a call, of at most twenty, on the rank that took longest. The same on every rank.
  private func time(_ call: () throws -> Void) throws -> Double {
    // The first one makes connections; the second one shows how many there is time for.
    try call()
    let trial = try seconds(of: 1, call)
    let count = max(1, min(20, Int(Self.enough / max(trial, 1e-9))))
    return count < 2 ? trial : try seconds(of: count, call)
  }

  /// The seconds of a call, of so many, on the rank that took longest. The same on every rank.
  private func seconds(of count: Int, _ call: () throws -> Void) throws -> Double {
    try world.barrier()
    let begin = MPIEnvironment.wallTime
    for _ in 0..<count { try call() }
    return try world.allReduce((MPIEnvironment.wallTime - begin) / Double(count), .max)
  }
}

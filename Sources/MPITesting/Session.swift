// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPIBase

/// MPI as it runs for the tests of this process: started by the first test, ended when the process ends.
final class Session: Sendable {
  /// A communicator that no test sees, for the ranks to meet on.
  private let meeting: Communicator
  /// This rank, in words: "rank 2 of 4 (node17)".
  let place: String

  static let shared: Result<Session, MPIError> = {
    do throws(MPIError) {
      return .success(try Session())
    } catch {
      return .failure(error)
    }
  }()

  private init() throws(MPIError) {
    _ = try Lifetime.begin(.multiple)
    let world = Communicator.world
    meeting = try world.channel("MPITesting")
    place = "rank \(world.rank) of \(world.size) (\(MPIEnvironment.processorName))"
    Watchdog.start(place: place)
    atexit {
      // A process that leaves in the middle of a test leaves the others waiting: end them.
      if let test = Watchdog.current {
        endJob("\(Session.shared.place) left the process in the middle of test \(test)")
      }
      Lifetime.end(isOutermost: true)
      Lifetime.finalize()
    }
  }

  /// Waits until all ranks are about to run a test, and makes sure that it is the same one.
  func begin(_ test: String) throws(MPIError) {
    let hash = Int(truncatingIfNeeded: StableHash(test).value)
    try meet(test, "waits to begin it; other ranks have not come")
    let hashes = try meeting.allGather(hash)
    if let other = hashes.firstIndex(where: { $0 != hash }) {
      endJob("\(place) runs test \(test) and rank \(other) another one: are all suites inside one with .everyRank?")
    }
  }

  /// Waits until all ranks are done with a test.
  func end(_ test: String, _ error: (any Error)?) throws(MPIError) {
    if let error {
      try meet(test, limit: 2, "threw \(error), and other ranks are still in the test")
    } else {
      try meet(test, "is done with it, and other ranks are not")
    }
  }

  /// A barrier that ends the job if the others do not come in time; else the watchdog does.
  private func meet(_ test: String, limit: Double = .infinity, _ reproach: String) throws(MPIError) {
    Watchdog.note(reproach)
    let end = MPIEnvironment.wallTime + limit
    var barrier = try meeting.nonblocking.barrier()
    while try !barrier.test() {
      if MPIEnvironment.wallTime > end { endJob("test \(test): \(place) \(reproach)") }
      usleep(50)
    }
    Watchdog.note("is still in it")
  }
}

extension Result where Success == Session {
  /// This rank, in words.
  fileprivate var place: String { (try? get().place) ?? "a rank" }
}

/// Ends every rank of the job with a nonzero status and a line on standard error.
func endJob(_ line: String) -> Never {
  writeToStandardError("✘ " + line)
  Lifetime.abort(status: 1)
}

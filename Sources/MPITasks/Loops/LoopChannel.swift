// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import Synchronization

/// What loops over a communicator keep for it: a duplicate of their own, and what is known of its ranks.
final class LoopChannel: @unchecked Sendable {
  let communicator: Communicator
  /// The compute threads of each rank.
  let threads: [Int]
  /// The name of each rank's host. Of the root alone.
  let hosts: [String]
  /// Which ranks are coordinated together.
  let nodes: LoopNodes
  /// What is odd about this rank's threads.
  let warning: String?
  /// For chunks that nothing stops.
  let neverSet = StopFlag()
  /// What the thread sleeps on that runs a loop.
  let bell = Doorbell()
  private let bells: NodeBells
  /// Whether every rank that may send a message rings.
  var areRung: Bool { bells.areForAll }
  private var loops = 0
  private var shares: StaticShares?

  private static let key = AttributeKey<LoopChannel>()

  /// The one of a communicator. Made at the first call, which is collective.
  static func of(_ communicator: Communicator) throws(MPIError) -> LoopChannel {
    if let known = communicator[key] { return known }
    try Surroundings.refuseLoop("computeThreads")
    let made = try LoopChannel(communicator)
    communicator[key] = made
    return made
  }

  private init(_ original: Communicator) throws(MPIError) {
    communicator = try original.channel("loops")
    communicator.isKeptByLibrary()
    communicator.name = "loops on \(original.name)"
    let node = try communicator.split(.sharedMemory)
    bells = try NodeBells(communicator, node: node, bell)
    let count = try ThreadCount.measured(communicator, node: node)
    threads = try communicator.allGather(count.count)
    warning = count.warning
    let host = MPIEnvironment.processorName
    hosts = try communicator.gather(object: host) ?? []
    if communicator.size > LoopNodes.mostUndivided || NodeName.isPretended {
      let name = StableHash(NodeName.of(rank: communicator.rank, host: host)).value
      nodes = LoopNodes(names: try communicator.allGather(name))
    } else {
      nodes = LoopNodes(undivided: communicator.size)
    }
    if communicator.isRoot { ThreadCount.warn(count.warning) }
  }

  /// Runs a loop, has its results collected, and prints the summary. Collective.
  ///
  /// - Parameter collect: is given what this rank has computed, and returns at the root how many bytes each rank has
  ///   sent it; none if there are no results.
  /// - Returns: the tags of the loop.
  /// - Throws: on every rank, ``LoopFailure`` if the closure has thrown on any, an `MPIError` if the ranks differ in
  ///   what they call, or `JobTimeUp` if the loop has stopped in time.
  func run(
    _ job: LoopJob, _ display: LoopDisplay, _ collect: (LoopPortion, LoopTags) throws -> [Int]
  ) throws -> LoopTags {
    if job.stopsInTime { JobClock.begin(asksBatchSystem: communicator.isRoot) }
    var opening = LoopOpening(job, self)
    let tags = opening.tags
    let mayEnd = !communicator.isRoot || (display.observer == nil && display.style.resolved() != .always)
    if let portion = try opening.run(mayEnd: mayEnd) {
      _ = try collect(portion, tags)
    } else {
      try LoopRun(opening, display).finish { try collect($0, tags) }
    }
    return tags
  }

  /// The blocks that ranks begin with, of so many indices. Those of the last count are kept.
  func shares(of count: Int) -> StaticShares {
    if let shares, shares.count == count { return shares }
    let made = StaticShares(count: count, threads: threads)
    shares = made
    return made
  }

  /// The ranks that this one passes messages of rank 0 to all on to.
  var followers: Range<Int> {
    let (rank, size) = (communicator.rank, communicator.size)
    return min(2 * rank + 1, size)..<min(2 * rank + 3, size)
  }

  /// Passes a message on that rank 0 sends to all.
  func passOn(_ message: LoopMessage, _ tags: LoopTags) throws(MPIError) {
    for other in followers { try send(message, to: other, tags) }
  }

  /// Sends a message to another rank, and wakes the thread there that waits for it.
  func send(_ message: LoopMessage, to other: Int, _ tags: LoopTags) throws(MPIError) {
    try communicator.send(message, to: other, tag: tags.control)
    bells.ring(other)
  }

  /// Takes the next message of a loop, if there is one. What follows it is still to be received.
  func nextMessage(_ tags: LoopTags) throws(MPIError) -> (message: LoopMessage, source: Int)? {
    guard let message = try communicator.nonblocking.matchedProbe(from: .any, tag: tags.control) else { return nil }
    let source = message.status.source ?? 0
    return (try message.receive(LoopMessage.self), source)
  }

  /// The tags of the next loop: a rank may be in the next one while another is still in the last.
  func nextTags() -> LoopTags {
    loops += 1
    return LoopTags(first: 4 * (loops % 4096))
  }
}

extension Communicator {
  /// The number of threads by which this rank computes in loops: its share of the cores that the ranks on its machine
  /// may run on, or the value of the environment variable `MPI_TASKS_THREADS`.
  ///
  /// Collective at the first call, and before the first loop.
  ///
  /// - Returns: the number of threads of this rank, 1 or more.
  /// - Throws: `MPIError` of the class `other` if the first call is inside the closure of a loop, in a task, or in the
  ///   body of a pool; else what MPI reports.
  public final func computeThreads() throws(MPIError) -> Int {
    try LoopChannel.of(self).threads[rank]
  }
}

/// The tags of the messages of one loop.
struct LoopTags: Sendable {
  var first: Int
  /// The messages of ranks.
  var control: Int { first }
  /// The bytes that belong to such a message.
  var payload: Int { first + 1 }
  /// Results.
  var results: Int { first + 2 }
}

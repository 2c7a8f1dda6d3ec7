// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The chunks of a loop whose schedule has rank 0 hand them out: which chunk goes to which rank.
///
/// Like ``LoopCoordinator`` it knows neither messages nor clocks.
package struct ChunkDispenser: Sendable {
  /// A chunk for a rank.
  package struct Grant: Sendable, Hashable {
    package var rank: Int
    package var chunk: Range<Int>
  }

  /// A rank's report of the chunks that it was given.
  package struct Counts: Sendable, Hashable, BitwiseCopyable {
    package var received = 0
    package var finished = 0

    package init(received: Int = 0, finished: Int = 0) {
      self.received = received
      self.finished = finished
    }
  }

  private let count: Int
  private let schedule: LoopSchedule
  private let threads: [Int]
  private let allThreads: Int
  /// The first index that was not handed out.
  private var next = 0
  /// How many chunks each rank was given, and its report of them.
  private var given: [Int]
  private var counts: [Counts]
  private var underway = 0
  private var isStopping = false

  /// Nil if the schedule hands out nothing.
  ///
  /// - Parameter threads: the compute threads of each rank.
  package init?(count: Int, schedule: LoopSchedule, threads: [Int]) {
    guard schedule.handsOut else { return nil }
    self.count = count
    self.schedule = schedule
    self.threads = threads
    allThreads = threads.reduce(0, +)
    given = Array(repeating: 0, count: threads.count)
    counts = Array(repeating: Counts(), count: threads.count)
  }

  /// The beginning: for each thread a chunk, and one to follow it.
  package mutating func begin() -> [Grant] {
    var grants: [Grant] = []
    for _ in 0..<2 {
      for rank in threads.indices { for _ in 0..<threads[rank] { grant(rank, &grants) } }
    }
    return grants
  }

  /// A rank has received chunks, or finished some.
  package mutating func heard(_ rank: Int, _ new: Counts) -> [Grant] {
    underway -= new.received - counts[rank].received
    counts[rank] = new
    var grants: [Grant] = []
    for _ in 0..<max(0, 2 * threads[rank] - (given[rank] - new.finished)) { grant(rank, &grants) }
    return grants
  }

  /// The loop has failed: nothing more is handed out.
  package mutating func stop() { isStopping = true }

  /// Whether every chunk has arrived, as far as is known.
  package var isSettled: Bool { underway == 0 }

  private mutating func grant(_ rank: Int, _ grants: inout [Grant]) {
    guard next < count, !isStopping else { return }
    let size =
      switch schedule {
      case .dynamic(let chunk): max(1, chunk)
      default: max(1, (count - next) / (2 * allThreads))
      }
    let end = size < count - next ? next + size : count
    grants.append(Grant(rank: rank, chunk: next..<end))
    next = end
    given[rank] += 1
    underway += 1
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The messages of ranks during a loop. They travel as they lie in memory; bytes may follow one as a message of their
/// own.
enum LoopMessage: BitwiseCopyable {
  typealias Report = LoopCoordinator.Report

  /// To the coordinator: how far a rank is with which loop.
  case report(Report, LoopIdentity)
  /// To rank 0, passed on by the coordinator: an index has failed. The ``LoopFailure`` follows.
  case failure
  /// To rank 0, passed on by the coordinator: time is up, as a rank has found.
  case timeUp(LoopTimeUp)
  /// From rank 0, passed on: so many nanoseconds are left until the job is ended.
  case clock(left: Int)
  /// From the coordinator: give to `rank`. It knows that so many blocks were given to the receiver.
  case ask(rank: Int, given: Int)
  /// The answer: `rank` was given a block, which takes it `time`; `ownTime` is left.
  case gave(rank: Int, time: Double, ownTime: Double)
  /// The answer: `rank` can't be given anything.
  case gaveNothing(rank: Int)
  /// A block of indices, from another rank. Its items follow if they travel.
  case block(LoopBlock)
  /// From rank 0, passed on: put the work down.
  case stop
  /// From rank 0, passed on: the loop has ended. The ``LoopVerdict`` follows if it has failed.
  case end(LoopEnd)

  // Between rank 0 and the first rank of a node, if there are several nodes.

  /// To rank 0: how far a node is with which loop.
  case nodeReport(Report, LoopIdentity)
  /// From rank 0: the node shall give to that of `rank`. It knows that so many blocks were given to the node.
  case nodeAsk(rank: Int, given: Int)
  /// The answer: the node of `rank` was given so many blocks, which take its ranks `time` on the average; `ownTime` is
  /// left to the ranks here, on the average.
  case nodeGave(rank: Int, blocks: Int, time: Double, ownTime: Double)
  /// To another node: its rank `rank` was given a block, which takes it `time`.
  case nodeGiven(rank: Int, time: Double)

  // If rank 0 hands out chunks.

  /// From rank 0: a chunk. Its items follow if they travel.
  case chunk(LoopBlock)
  /// To rank 0: how many chunks have come and are done.
  case chunks(ChunkDispenser.Counts)

  /// To rank 0: results, for a store. They follow.
  case parcel

  /// To rank 0: `rank` runs another loop.
  case mismatch(rank: Int, LoopIdentity)

  /// Whether bytes follow.
  var hasPayload: Bool {
    switch self {
    case .failure, .parcel: true
    case .block(let block), .chunk(let block): block.hasItems
    case .end(let end): end.hasVerdict
    default: false
    }
  }
}

/// Indices that a rank is given.
struct LoopBlock: BitwiseCopyable {
  var first: Int
  var end: Int
  /// What an index takes, in nanoseconds; 0 if that is not known.
  var cost = 0.0
  var hasItems = false

  init(_ range: Range<Int>, cost: Double = 0) {
    (first, end) = (range.lowerBound, range.upperBound)
    self.cost = cost
  }
}

/// What all ranks must agree on.
struct LoopIdentity: BitwiseCopyable, Equatable {
  /// How many indices the program gave.
  var count: Int
  /// A number for the operation and the schedule.
  var signature: UInt64
}

/// How a loop has ended.
struct LoopEnd: BitwiseCopyable {
  /// Whether it has failed.
  var hasVerdict = false
  /// Whether rank 0 wants to know what each rank has done, for its summary.
  var wantsFigures = false
  /// Whether each rank has computed the block that it began with, and nothing else.
  var areBlocksWhole = false
}

/// How a loop has failed, for all ranks.
struct LoopVerdict: Codable {
  var failure: LoopFailure?
  var mismatch: String?
  var timeUp: JobTimeUp?
}

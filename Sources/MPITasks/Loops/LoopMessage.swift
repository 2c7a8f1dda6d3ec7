// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The messages of ranks during a loop.
struct LoopMessage: BitwiseCopyable {
  enum Kind: Int32 {
    /// To the coordinator: how far a rank is.
    case report
    /// To rank 0, passed on by the coordinator: an index has failed. A payload follows.
    case failure
    /// From the coordinator: give to `other`. It knows that so many `blocks` were given to the rank.
    case ask
    /// The answer: `other` was given a block, which takes it `time`; `ownTime` is left.
    case gave
    /// The answer: `other` can't be given anything.
    case gaveNothing
    /// A block of indices. A payload follows where items travel.
    case block
    /// From rank 0, passed on: put the work down.
    case stop
    /// From rank 0, passed on: the loop has ended. If it has failed, a payload follows.
    case end

    // Between rank 0 and the first rank of a node, if there are several nodes.

    /// To rank 0: how far a node is.
    case nodeReport
    /// From rank 0: the node shall give to that of rank `other`. It knows that so many `blocks` were given to the node.
    case nodeAsk
    /// The answer: the node of `other` was given so many `blocks`, which take its ranks `time` on the average;
    /// `ownTime` is left to the ranks here, on the average.
    case nodeGave
    /// To another node: its rank `other` was given a block, which takes it `time`.
    case nodeGiven

    // Where rank 0 hands out chunks.

    /// From rank 0: a chunk. A payload follows where items travel.
    case chunk
    /// To rank 0: how many chunks have come and are done.
    case chunks

    /// To rank 0: `other` runs another loop, with such a `count` and `signature`.
    case mismatch
  }

  var kind: Int32
  var other: Int32 = 0
  /// Whether it has a payload.
  var hasPayload = false
  /// At the end: whether ranks send their figures.
  var wantsFigures = false
  /// At the end: whether each rank has computed the block that it began with, and nothing else.
  var areBlocksWhole = false
  var blocks: Int32 = 0
  var first = 0
  /// What an index of a block takes, in nanoseconds; 0 if that is not known.
  var cost = 0.0
  var end = 0
  var time = 0.0
  var ownTime = 0.0
  var report = LoopCoordinator.Report(level: .working, done: 0)
  var chunks = ChunkDispenser.Counts()
  /// What all ranks must agree on.
  var count = 0
  var signature: UInt64 = 0

  init(_ kind: Kind) { self.kind = kind.rawValue }

  /// How far a rank or a node is with a loop.
  init(_ kind: Kind, _ report: LoopCoordinator.Report, of job: LoopJob) {
    self.init(kind)
    self.report = report
    (count, signature) = (job.indices, job.signature)
  }

  /// Whether the rank that sent it runs this loop.
  func speaks(of job: LoopJob) -> Bool { count == job.indices && signature == job.signature }
}

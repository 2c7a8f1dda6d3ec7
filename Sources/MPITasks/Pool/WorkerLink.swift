// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// How rank 0 reaches one worker: a mailbox on some communicator, and the worker's rank there.
///
/// What is known of a worker is here and nowhere else, so that workers that come later, by a communicator of their own,
/// and workers that go, need no other code.
struct WorkerLink {
  let mailbox: Mailbox
  /// Its rank in the mailbox's communicator.
  let rank: Int
  /// What may still be sent to it.
  var side = LinkSide(.rank0)
  /// The name of its node; nil before it has reported it. It gets nothing before.
  var node: String?
  /// What is in flight to it.
  var flights = Flights<Batch>()
  /// The numbers of the types of tasks that it knows.
  var knownTypes: Set<Int> = []

  init(_ mailbox: Mailbox, rank: Int) {
    self.mailbox = mailbox
    self.rank = rank
  }
}

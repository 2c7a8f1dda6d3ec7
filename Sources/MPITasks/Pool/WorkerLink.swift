// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// One worker, as rank 0 keeps account of it.
struct WorkerLink {
  /// The worker's rank.
  let rank: Int
  /// What may still be sent to it.
  var side = LinkSide(.rank0)
  /// The name of its node; nil before it has reported it. It gets nothing before.
  var node: String?
  /// What is in flight to it.
  var flights = Flights<any Batch>()
  /// The numbers of the types of tasks that it knows.
  var knownTypes: Set<Int> = []

  init(rank: Int) { self.rank = rank }
}

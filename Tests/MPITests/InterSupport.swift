// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// An intercommunicator between the lower ranks of the world and the upper ones, and which group this rank is in.
struct Across {
  var inter: InterCommunicator
  var isUpper: Bool
  /// How many ranks are in the lower group.
  var lowerSize: Int

  /// Nil on one rank, which can't be two groups. All ranks of the world make it together.
  init?(_ world: Communicator) throws {
    guard world.size > 1 else { return nil }
    lowerSize = world.size / 2
    isUpper = world.rank >= lowerSize
    let half = try world.split(color: isUpper ? 1 : 0)
    inter = try half.intercommunicator(peer: world, remoteLeader: isUpper ? 0 : lowerSize, tag: 5)
  }

  /// The world's rank of a remote rank.
  func worldRank(_ remote: Int) -> Int { isUpper ? remote : lowerSize + remote }

  /// The world's ranks of the remote group.
  var remotes: [Int] { (0..<inter.remoteSize).map(worldRank) }
}

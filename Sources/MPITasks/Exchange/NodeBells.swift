// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The doorbells of the ranks of a communicator that are on one node, in memory that they share.
///
/// If the ranks of a node can't share memory (see ``SharedMemory``), none of them can ring, and each looks for its
/// messages.
final class NodeBells: @unchecked Sendable {
  /// Whether every other rank of the communicator can ring this rank's.
  let areForAll: Bool

  #if os(Linux)
    /// Those of other ranks, by rank.
    private var cells: [Doorbell.Cell?]
    /// What they lie in.
    private let memory: SharedMemory?

    /// Puts this rank's doorbell where the others of its node reach it. Collective.
    ///
    /// - Parameters:
    ///   - node: the ranks of `communicator` that are on this node.
    ///   - bell: this rank's.
    init(_ communicator: Communicator, node: Communicator, _ bell: Doorbell) throws(MPIError) {
      cells = Array(repeating: nil, count: communicator.size)
      guard node.size > 1 else {
        memory = nil
        areForAll = communicator.size == 1
        return
      }
      let ranks = try node.allGather(communicator.rank)
      let byteCount = Doorbell.Cell.byteCount * node.size
      var made: SharedMemory?
      if node.isRoot {
        made = [UInt8](repeating: 0, count: byteCount).withUnsafeBytes { try? SharedMemory($0, isWritable: true) }
      }
      let location = try node.broadcast(made?.location ?? .nowhere)
      if !node.isRoot, location != .nowhere { made = try? SharedMemory(at: location, isWritable: true) }
      let cell = { (place: Int) in made.map { Doorbell.Cell($0.start + Doorbell.Cell.byteCount * place) } }
      cell(node.rank)?.initialize()
      let isForAll = try node.allReduce(made == nil ? 0 : 1, .min) == 1
      // All have opened it, or never will.
      made?.closeDescriptor()
      guard isForAll, let memory = made, let own = cell(node.rank)
      else {
        self.memory = nil
        areForAll = false
        return
      }
      self.memory = memory
      for (place, rank) in ranks.enumerated() where place != node.rank { cells[rank] = cell(place) }
      bell.move(to: own, of: memory)
      areForAll = node.size == communicator.size
    }

    /// Rings the doorbell of a rank to which a message was sent, if it is on this node.
    func ring(_ rank: Int) { cells[rank]?.ring() }
  #else
    init(_ communicator: Communicator, node: Communicator, _ bell: Doorbell) throws(MPIError) {
      areForAll = communicator.size == 1
    }

    func ring(_ rank: Int) {}
  #endif
}

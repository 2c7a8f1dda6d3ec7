// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import Synchronization

/// How many compute threads a rank has.
package struct ThreadCount: Sendable, Hashable {
  /// The largest number of threads that a rank may be given.
  static let limit = 4096

  /// The number of threads, at least 1.
  package var count: Int
  /// A warning about the number, in a sentence; nil if there is none.
  package var warning: String?

  /// The number of threads that a rank has, of what is known of it and of its machine.
  ///
  /// - Parameters:
  ///   - sharers: for each core that the rank may run on, how many ranks of the job may run there, itself among them.
  ///   - reachable: how many cores the launcher could have given to the ranks on this machine.
  ///   - ranks: the ranks of the job on this machine.
  ///   - asked: the value of `MPI_TASKS_THREADS`.
  package init(sharers: [Int], reachable: Int, ranks: Int, asked: String? = nil) {
    if let asked, let number = Int(asked), (1...Self.limit).contains(number) {
      count = number
      return
    }
    // Of a core that three ranks may use, a third is this rank's. The sum is exact for whole numbers, but for rounding.
    count = max(1, Int(sharers.reduce(0) { $0 + 1 / Double(max(1, $1)) } + 1e-6))
    let share = reachable / max(1, ranks)
    if let asked, !asked.isEmpty {
      warning = "MPI_TASKS_THREADS is '\(asked)' and must be a number from 1 to \(Self.limit): taken as not set"
    } else if count < share {
      let cores = sharers.count == 1 ? "1 core" : "\(sharers.count) cores"
      warning = """
        each rank is bound to \(cores) of \(reachable), and \(share) would be its share: \
        launch with --bind-to none, or set MPI_TASKS_THREADS
        """
    }
  }
}

extension ThreadCount {
  private static let known = Mutex<ThreadCount?>(nil)
  /// Whether this process has printed what is odd about its threads.
  private static let hasWarned = Atomic<Bool>(false)

  /// Prints what is odd about the threads on standard error, once in a process.
  static func warn(_ text: String?) {
    guard let text, !hasWarned.exchange(true, ordering: .relaxed) else { return }
    writeToStandardError("warning: \(text)")
  }

  /// The number of threads of this rank, by the cores that the ranks of its machine may use. Collective.
  ///
  /// - Parameters:
  ///   - node: the ranks of `communicator` that are on this machine.
  ///   - asked: the number that the program asks for. If nil, the value of `MPI_TASKS_THREADS`, or else the number of
  ///     cores for this rank.
  static func measured(
    _ communicator: Communicator, node: Communicator, asked: Int? = nil
  ) throws(MPIError) -> ThreadCount {
    let mine = MPIEnvironment.allowedCores()
    let cores = try node.allReduce((mine.max() ?? 0) + 1, .max)
    var users = [Int](repeating: 0, count: cores)
    for core in mine { users[core] = 1 }
    try node.allReduce(inPlace: &users, .sum)
    var sharers = mine.map { users[$0] }
    if mine.isEmpty { sharers = Array(repeating: node.size, count: MPIEnvironment.machineCores) }
    // Slurm binds to what the user has asked for.
    let isSlurm = environmentVariable("SLURM_STEP_NUM_TASKS") != nil
    let reachable = isSlurm ? 0 : MPIEnvironment.coresOfParent.count
    let count = ThreadCount(
      sharers: sharers, reachable: reachable, ranks: node.size,
      asked: asked.map { "\($0)" } ?? environmentVariable("MPI_TASKS_THREADS"))
    if asked != nil { return count }
    // A part of the ranks leaves the others their cores.
    return known.withLock { known in
      if let found = known, communicator.size < Communicator.world.size { return found }
      known = count
      return count
    }
  }
}

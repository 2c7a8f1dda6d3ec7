import MPI
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
  private var loops = 0

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
    let count = try ThreadCount.measured(communicator)
    threads = try communicator.allGather(count.count)
    warning = count.warning
    let host = MPIEnvironment.processorName
    hosts = try communicator.gather(object: host) ?? []
    if communicator.size > LoopNodes.mostUndivided || NodeName.isPretended {
      let name = stableHash(NodeName.of(rank: communicator.rank, host: host))
      nodes = LoopNodes(names: try communicator.allGather(name))
    } else {
      nodes = LoopNodes(undivided: communicator.size)
    }
    if communicator.isRoot { ThreadCount.warn(count.warning) }
  }

  /// The tags of the next loop: a rank may be in the next one while another is still in the last.
  func nextTags() -> LoopTags {
    loops += 1
    return LoopTags(first: 4 * (loops % 4096))
  }
}

extension Communicator {
  /// The number of threads by which this rank computes in loops: its share of the cores that the ranks on its machine may
  /// run on, or what the environment variable `MPI_TASKS_THREADS` says.
  ///
  /// Collective at the first call, and before the first loop.
  public final func computeThreads() throws(MPIError) -> Int {
    try LoopChannel.of(self).threads[rank]
  }
}

/// The tags of the messages of one loop.
struct LoopTags: Sendable {
  var first: Int
  /// What ranks tell each other.
  var control: Int { first }
  /// The bytes that belong to such a message.
  var payload: Int { first + 1 }
  /// Results.
  var results: Int { first + 2 }
}

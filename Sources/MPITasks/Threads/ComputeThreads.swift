import MPI
import Synchronization

/// Threads that compute. They are made when they are first needed, and kept as long as the process lives.
///
/// They never call MPI.
package final class ComputeThreads: Sendable {
  /// This process's.
  package static let shared = ComputeThreads()

  private let idle = Mutex<[Worker]>([])
  private let identifiers = Mutex<Set<UInt>>([])

  private init() {}

  /// Runs `body` on each of a number of threads, at once, with numbers from 0.
  ///
  /// - Returns: the team of these threads. It must be joined: what `body` uses is in use until then.
  package func start(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> ComputeTeam {
    let team = ComputeTeam(count)
    var workers = idle.withLock { idle in
      let taken = Array(idle.suffix(count))
      idle.removeLast(taken.count)
      return taken
    }
    while workers.count < count { workers.append(Worker(self)) }
    for (index, worker) in workers.enumerated() {
      worker.give(Worker.Job(index: index, body: body, team: team))
    }
    return team
  }

  /// Whether this is one of these threads.
  package var isCurrent: Bool {
    let identifier = threadIdentifier()
    return identifiers.withLock { $0.contains(identifier) }
  }

  fileprivate func register() {
    let identifier = threadIdentifier()
    identifiers.withLock { _ = $0.insert(identifier) }
  }

  fileprivate func takeBack(_ worker: Worker) { idle.withLock { $0.append(worker) } }
}

/// Threads that run one function together.
package final class ComputeTeam: Sendable {
  private let running: Monitor<Int>

  fileprivate init(_ count: Int) { running = Monitor(count) }

  /// Waits until the function has returned on all of them.
  package func join() { running.wait { $0 == 0 ? () : nil } }

  fileprivate func leave() {
    running.withLock { count in
      count -= 1
      if count == 0 { running.wakeAll() }
    }
  }
}

/// A thread with what it has to do next.
private final class Worker: Sendable {
  struct Job: Sendable {
    var index: Int
    var body: @Sendable (Int) -> Void
    var team: ComputeTeam
  }

  private let job = Monitor<Job?>(nil)

  init(_ threads: ComputeThreads) {
    // The thread holds what it needs of this object, and never ends.
    _ = Thread { [self] in
      threads.register()
      while true {
        guard let next = job.wait(for: { $0.take() }) else { continue }
        next.body(next.index)
        // First, so that who has joined the team finds it idle.
        threads.takeBack(self)
        next.team.leave()
      }
    }
  }

  func give(_ next: Job) {
    job.withLock { $0 = next }
    job.wakeOne()
  }
}

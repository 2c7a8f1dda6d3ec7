import MPI

/// How the ranks of a pool come together: without a rank that waits keeping a core, however late the last one is.
struct Joining {
  /// What a rank knows when all are there.
  struct Joined {
    var mailbox: Mailbox
    var threads: Int
    /// What is odd about the threads.
    var warning: String?
  }

  private let communicator: Communicator
  private let asked: Int?
  private var meeting: Meeting?
  private(set) var isOver = false

  private final class Meeting {
    var request: Request<Void>?

    init(_ request: consuming Request<Void>) { self.request = consume request }
  }

  init(_ communicator: Communicator, threads: Int?) {
    self.communicator = communicator
    asked = threads
  }

  /// Goes on as far as that is possible without waiting for a rank that is not there yet.
  ///
  /// - Returns: the outcome, once.
  mutating func advance() throws -> Joined? {
    if isOver { return nil }
    guard communicator.size > 1 else {
      isOver = true
      let count = try ThreadCount.measured(communicator, asked: asked)
      return Joined(mailbox: Mailbox(communicator), threads: count.count, warning: count.warning)
    }
    if meeting == nil { meeting = Meeting(try communicator.nonblocking.barrier()) }
    guard let meeting, try meeting.request?.test() ?? true else { return nil }
    try meeting.request.take()?.wait()
    isOver = true
    // All are here, so none waits long in these.
    let own = try communicator.duplicate()
    let count = try ThreadCount.measured(own, asked: asked)
    return Joined(mailbox: Mailbox(own), threads: count.count, warning: count.warning)
  }
}

/// How rank 0 reaches one worker: a mailbox on some communicator, and the worker's rank there.
///
/// What is known of a worker is here and nowhere else, so that workers that come later, by a communicator of their own, and
/// workers that go, need no other code.
struct WorkerLink {
  /// A batch that has been sent and has not come back.
  struct Flight {
    var batch: Batch
    /// How many tasks of it wait for tasks that they have submitted.
    var children = 0
  }

  let mailbox: Mailbox
  /// Its rank in the mailbox's communicator.
  let rank: Int
  var window = LinkWindow()
  /// The name of its node; nil before it has said so. It gets nothing before.
  var node: String?
  /// What is under way to it, by number.
  var flights: [Int: Flight] = [:]
  /// The numbers of the types of tasks that it knows.
  var knownTypes: Set<Int> = []
  /// Whether it has said that it ends.
  var hasEnded = false

  init(_ mailbox: Mailbox, rank: Int) {
    self.mailbox = mailbox
    self.rank = rank
  }
}

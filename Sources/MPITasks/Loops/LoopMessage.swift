import MPI

/// What ranks tell each other during a loop.
struct LoopMessage: BitwiseCopyable {
  enum Kind: Int32 {
    /// To the root: how far a rank is.
    case report
    /// To the root: an index has failed. A payload follows.
    case failure
    /// From the root: give to `other`.
    case ask
    /// To the root: `other` was given a block, which takes it `time`; `ownTime` is left.
    case gave
    /// To the root: `other` can't be given anything.
    case gaveNothing
    /// A block of indices. A payload follows where items travel.
    case block
    /// From the root, passed on: put the work down.
    case stop
    /// From the root, passed on: the loop is over. Where it has failed, a payload follows.
    case end
  }

  var kind: Int32
  var other: Int32 = 0
  /// Whether it has a payload.
  var hasPayload = false
  var first = 0
  var end = 0
  var time = 0.0
  var ownTime = 0.0
  var report = LoopCoordinator.Report(level: .working, done: 0)
  var figures = LoopFigures()
  /// What all ranks must agree on.
  var count = 0
  var signature: UInt64 = 0

  init(_ kind: Kind) { self.kind = kind.rawValue }
}

/// The operations that begin and return at once: `world.nonblocking.send(…)`.
///
/// They have the names and the arguments of the blocking ones, and come in two forms:
///
/// - With values and arrays they return a ``Request``, which owns the memory and gives it back.
/// - With spans they take a closure, which runs while the operation is under way on the caller's memory. No allocation,
///   no copy.
///
/// What a blocking form learns by a message before (how long the arrays of the other ranks are) can't be learnt without
/// waiting: it is an argument here.
///
/// `Base` is the kind of communicator: some operations exist for those with a topology only.
public struct Nonblocking<Base: Communicator> {
  @usableFromInline let communicator: Base

  @usableFromInline
  init(_ communicator: Base) { self.communicator = communicator }
}

/// The operations that are made ready once and started many times: `world.persistent.allReduce(…)`.
///
/// They have the names and the arguments of the nonblocking ones, and return a ``PersistentRequest``.
///
/// Collective ones are made ready by all ranks, in the same order; not every MPI has them: see
/// ``MPIEnvironment/Feature/persistentCollectives``.
///
/// `Base` is the kind of communicator: some operations exist for those with a topology only.
public struct Persistent<Base: Communicator> {
  let communicator: Base
}

/// What gives every kind of communicator its modes, and each kind those of its own operations.
public protocol CommunicatorModes: Communicator {}

extension Communicator: CommunicatorModes {}

extension CommunicatorModes {
  /// The same operations, begun and not waited for.
  @inlinable
  public var nonblocking: Nonblocking<Self> { Nonblocking(self) }

  /// The same operations, made ready to be started many times.
  public var persistent: Persistent<Self> { Persistent(communicator: self) }
}

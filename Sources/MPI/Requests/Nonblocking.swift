/// The operations that begin and return at once, each as a ``Request``: `world.nonblocking.send(…)`.
///
/// They have the names and the arguments of the blocking ones.
public struct Nonblocking {
  @usableFromInline let communicator: Communicator

  @usableFromInline
  init(_ communicator: Communicator) { self.communicator = communicator }
}

extension Communicator {
  /// The same operations, begun and not waited for.
  public var nonblocking: Nonblocking { Nonblocking(self) }
}

/// The operations of a window that begin and return a ``Request``: `window.nonblocking.put(…)`.
///
/// They are allowed inside locks alone, and the request is waited for before the lock ends or after it.
///
/// C: `MPI_Rput` and its kin. MPI-3.1, section 11.3.5.
public struct WindowNonblocking<Element: BitwiseCopyable> {
  let window: Window<Element>

  /// Begins an operation, up to the call of MPI itself.
  func begin(
    _ operation: StaticString, _ kind: Begun.Kind, _ target: Int, _ index: Int, _ count: Int, _ file: StaticString,
    _ line: Int
  ) throws(MPIError) -> Begun {
    try window.communicator.checkRank(target, operation)
    _ = try window.reach(target, index, count, operation)
    try window.requirePassive(operation)
    return window.communicator.begin(operation, kind, file, line)
  }
}

extension Window {
  /// The same operations, begun and not waited for.
  public var nonblocking: WindowNonblocking<Element> { WindowNonblocking(window: self) }
}

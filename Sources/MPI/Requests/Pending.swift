import CMPI

/// An operation under way on memory that a closure's caller lends.
///
/// ```swift
/// try world.nonblocking.allReduce(partial.span, into: &total, .sum) { pending in
///   for block in blocks {
///     compute(block)
///     _ = try pending.test()   // lets MPI work
///   }
/// }
/// // Over: `total` may be read.
/// ```
///
/// While the closure runs, the compiler keeps hands off the memory. When it returns, the operation is waited for; when it
/// throws, too, but that a receive is canceled first.
///
/// C: `MPI_Request`. MPI-3.1, section 3.7.
@frozen
public struct Pending: ~Copyable {
  @usableFromInline var begun: Begun
  @usableFromInline var state = Status()

  @inlinable @inline(__always)
  init(_ begun: consuming Begun) { self.begun = begun }

  /// Whether it is over, without waiting. It lets MPI do some work.
  ///
  /// C: `MPI_Test`. MPI-3.1, section 3.7.3.
  public mutating func test() throws(MPIError) -> Bool { try begun.test(&state) }

  /// Does the work, then waits.
  ///
  /// - Parameter code: what the calls returned that began it.
  /// - Returns: what the work returns, and the status of the message.
  @inlinable @inline(__always)
  mutating func run<Result>(
    _ code: CInt, _ work: (inout Pending) throws -> Result
  ) throws -> (result: Result, status: Status) {
    // Pieces that were begun before one failed end with the others, or never: nothing more can be done for the memory.
    if _slowPath(code != 0) { throw begun.communicator.failure(code: code, begun.operation) }
    let result: Result
    do {
      result = try work(&self)
    } catch {
      giveUp()
      throw error
    }
    try begun.wait(&state, nil)
    return (result, state)
  }

  /// Waits, where the work has thrown. A receive is canceled, for its message may never come.
  @usableFromInline @inline(never)
  mutating func giveUp() {
    if begun.kind == .receive { _ = begun.handles.cancel() }
    try? begun.wait(&state, nil)
  }
}

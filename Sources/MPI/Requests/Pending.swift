// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// An operation in flight on memory that a closure's caller lends.
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
/// While the closure runs, the compiler keeps hands off the memory. When it returns, the operation is waited for; when
/// it throws, too, but that a receive is canceled first.
///
/// C: `MPI_Request`. MPI-3.1, section 3.7.
@frozen
public struct Pending: ~Copyable {
  /// Held by the caller that lends the memory, for longer than this lives: to hold it here, too, would cost two atomic
  /// counts.
  @usableFromInline unowned(unsafe) let communicator: Communicator
  @usableFromInline let operation: StaticString
  @usableFromInline let kind: Begun.Kind
  @usableFromInline let isFile: Bool
  @usableFromInline let checks: Begun.Checks?
  @usableFromInline var handles: Handles
  @usableFromInline var state: Status

  // Not of a `Begun`, which holds the communicator.

  /// An operation up to the call of MPI itself.
  @inlinable @inline(__always)
  init(
    _ communicator: Communicator, _ operation: StaticString, _ kind: Begun.Kind, _ file: StaticString, _ line: Int,
    comparison: Comparing? = nil
  ) {
    self.communicator = communicator
    self.operation = operation
    self.kind = kind
    isFile = false
    checks = communicator.checks(CallSite(file, line), comparison)
    handles = Handles()
    state = Status()
  }

  /// The same of what was begun otherwise. Its communicator must be held elsewhere.
  init(_ begun: borrowing Begun) {
    communicator = begun.communicator
    operation = begun.operation
    kind = begun.kind
    isFile = begun.isFile
    checks = begun.checks
    handles = begun.handles
    state = Status()
  }

  /// Whether it has completed, without waiting. It lets MPI do some work.
  ///
  /// C: `MPI_Test`. MPI-3.1, section 3.7.3.
  ///
  /// - Throws: what the operation throws, such as ``ErrorClass/truncate`` for a message longer than the memory.
  public mutating func test() throws(MPIError) -> Bool {
    try communicator.test(&handles, &state, operation, isFile: isFile, checks)
  }

  /// Does the work, then waits.
  ///
  /// - Parameter code: what the calls returned that began it.
  /// - Returns: what the work returns, and the status of the message.
  @inlinable @inline(__always)
  mutating func run<Result>(
    _ code: CInt, _ work: (inout Pending) throws -> Result
  ) throws -> (result: Result, status: Status) {
    try begin(code)
    let result: Result
    do {
      result = try work(&self)
    } catch {
      giveUp()
      throw error
    }
    try finish()
    return (result, state)
  }

  /// Throws if it could not be begun.
  ///
  /// Pieces that were begun before one failed end with the others, or never: nothing more can be done for the memory.
  @inlinable @inline(__always)
  func begin(_ code: CInt) throws(MPIError) {
    if _slowPath(code != 0) { throw communicator.failure(code: code, operation) }
  }

  /// Waits.
  @inlinable @inline(__always)
  mutating func finish() throws(MPIError) {
    try communicator.wait(&handles, &state, operation, isFile: isFile, checks, nil)
  }

  /// Waits, if the work has thrown. A receive is canceled, because its message may never come.
  @usableFromInline @inline(never)
  mutating func giveUp() {
    if kind == .receive { _ = handles.cancel() }
    try? communicator.wait(&handles, &state, operation, isFile: isFile, checks, nil)
  }
}

extension Communicator {
  /// Begins a collective on memory that is lent, up to the call of MPI itself. In checked mode the ranks' comparison
  /// begins, too.
  @inlinable @inline(__always)
  func pendingCollective<Element>(
    _ operation: StaticString, _: Element.Type, count: Int? = nil, root: Int? = nil, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Pending {
    if _fastPath(attention == 0) { return Pending(self, operation, .collective, file, line) }
    return try Pending(
      self, operation, .collective, file, line,
      comparison: beginComparing(operation, Element.self, count, root, CallSite(file, line), mode: "nonblocking."))
  }
}

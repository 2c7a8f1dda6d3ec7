// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// An operation that is made ready once and started many times, with memory of its own.
///
/// ```swift
/// var total = try world.persistent.allReduce([0.0, 0.0], .sum)
/// for step in 0..<1000 {
///   total.input[0] = local(step)
///   try total.start { work() }      // starts, works, waits
///   use(total.output[0])
/// }
/// ```
///
/// What goes out is written to ``input``, what came is read from ``output``; in a broadcast and in the forms in place
/// they are the same. Neither may be touched while the operation is in flight: within the closure of
/// ``start(file:line:while:)`` the compiler sees to that, between ``start(file:line:)`` and ``wait(file:line:)`` it is
/// checked as the program runs.
///
/// A dropped request is freed once its active operation has completed.
///
/// C: `MPI_Request`, made by the functions that end in `_init`. MPI-3.1, section 3.9; MPI-4.0, section 6.13.
@frozen
public struct PersistentRequest<Element: BitwiseCopyable>: ~Copyable {
  @usableFromInline var begun: Begun
  @usableFromInline let sent: Memory<Element>
  @usableFromInline let received: Memory<Element>
  /// What else MPI needs as long as this lives: counts, datatypes, closures.
  @usableFromInline let others: Any
  @usableFromInline var state = Status()

  init(_ begun: consuming Begun, sent: Memory<Element>, received: Memory<Element>, others: Any) {
    let count = begun.handles.count
    self.begun = begun
    self.sent = sent
    self.received = received
    self.others = others
    self.begun.handles.over = count
    self.begun.watch("persistent request")
  }

  deinit { Runtime.release(.underWay(AbandonedPersistentRequest(begun, memory: (sent, received, others)))) }

  /// Whether it was started and is not known to have completed.
  public var isInFlight: Bool { !begun.handles.areOver }

  /// The elements that the next start sends. Empty if this rank sends none.
  ///
  /// - Precondition: it is not in flight.
  public var input: MutableSpan<Element> {
    @_lifetime(&self)
    mutating get {
      refuseUnderWay("input")
      return unsafe _overrideLifetime(sent.buffer.mutableSpan, mutating: &self)
    }
    @_lifetime(&self)
    _modify {
      refuseUnderWay("input")
      var span = unsafe _overrideLifetime(sent.buffer.mutableSpan, mutating: &self)
      yield &span
    }
  }

  /// The elements received by the last start that has completed. Empty if this rank receives none.
  ///
  /// - Precondition: it is not in flight.
  public var output: Span<Element> {
    @_lifetime(borrow self)
    borrowing get {
      refuseUnderWay("output")
      return unsafe _overrideLifetime(received.buffer.span, borrowing: self)
    }
  }

  /// Starts it.
  ///
  /// C: `MPI_Start`. MPI-3.1, section 3.9.
  ///
  /// - Throws: ``ErrorClass/request`` if it is in flight.
  @inlinable
  public mutating func start(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try begun.communicator.require(
      begun.handles.areOver, .request, begun.operation, "it is in flight: wait for it before it is started again")
    begun.communicator.enter(begun.operation, file, line)
    state.failure = 0
    try begun.communicator.check(begun.handles.start(), begun.operation)
  }

  /// Waits until it has completed. At once, if it is not in flight.
  ///
  /// C: `MPI_Wait`. MPI-3.1, sections 3.7.3 and 3.9.
  ///
  /// - Returns: source, tag and length of the message that came.
  /// - Throws: what the operation throws, such as ``ErrorClass/truncate`` for a message longer than the memory.
  @inlinable
  @discardableResult
  public mutating func wait(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Status {
    try begun.wait(&state, CallSite(file, line))
    return state
  }

  /// Whether it has completed, without waiting. It lets MPI do some work.
  ///
  /// C: `MPI_Test`. MPI-3.1, sections 3.7.3 and 3.9.
  ///
  /// - Throws: what the operation throws, such as ``ErrorClass/truncate`` for a message longer than the memory.
  public mutating func test() throws(MPIError) -> Bool { try begun.test(&state) }

  /// Starts it, does some work, and waits.
  ///
  /// C: `MPI_Start`, `MPI_Wait`. MPI-3.1, section 3.9.
  ///
  /// - Parameter work: runs while it is in flight. If it throws, the operation is waited for all the same.
  /// - Returns: what the work returns.
  /// - Throws: ``ErrorClass/request`` if it is in flight; what the work throws; what the operation throws.
  @inlinable
  public mutating func start<Result>(
    file: StaticString = #fileID, line: Int = #line, while work: () throws -> Result
  ) throws -> Result {
    try start(file: file, line: line)
    let result: Result
    do {
      result = try work()
    } catch {
      _ = try? wait(file: file, line: line)
      throw error
    }
    try wait(file: file, line: line)
    return result
  }

  private func refuseUnderWay(_ what: StaticString) {
    demand(
      begun.handles.areOver,
      "\(what) of a persistent \(begun.operation) that is in flight was touched: wait for it first")
  }
}

extension Begun {
  /// The request that the user gets.
  ///
  /// - Parameters:
  ///   - code: what the calls returned that made it ready.
  ///   - sent: what goes out.
  ///   - received: where what comes goes; the same memory, in place.
  ///   - others: what else MPI needs as long as the request lives.
  consuming func persistent<Element>(
    _ code: CInt, sent: Memory<Element>, received: Memory<Element>, keeping others: Any = ()
  ) throws(MPIError) -> PersistentRequest<Element> {
    let (communicator, operation) = (communicator, operation)
    let request = PersistentRequest(self, sent: sent, received: received, others: others)
    if code != 0 { throw communicator.failure(code: code, operation) }
    return request
  }
}

/// A persistent request that is no longer held, and which may be in flight.
final class AbandonedPersistentRequest: Abandoned {
  private var begun: Begun
  private let memory: Any

  init(_ begun: consuming Begun, memory: Any) {
    begun.unwatch()
    self.begun = begun
    self.memory = memory
  }

  /// Gives it back, if it has completed.
  func isOver() -> Bool {
    var status = Status()
    if !begun.handles.areOver {
      if begun.kind == .receive { _ = begun.handles.cancel() }
      _ = begun.handles.test(&status)
    }
    guard begun.handles.areOver else { return false }
    begun.handles.free()
    return true
  }
}

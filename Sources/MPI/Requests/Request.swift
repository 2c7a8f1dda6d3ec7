// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// An operation in flight, which owns the memory that MPI reads or fills until it has completed.
///
/// ```swift
/// let incoming = try world.nonblocking.receive(Double.self, count: 100, from: left)
/// let outgoing = try world.nonblocking.send(edge, to: right)
/// work()
/// let ghost = try incoming.wait()
/// let sameEdge = try outgoing.wait()
/// ```
///
/// ``wait(file:line:)`` ends it and gives the memory back: elements that were sent, or that came. The compiler sees to
/// it that a request is waited for once. One that is dropped is canceled if it is a receive; a send or a collective
/// goes on, and its memory is kept until it is done.
///
/// Many at once are a ``RequestSet``. In `async` functions there is ``value()``.
///
/// C: `MPI_Request`. MPI-3.1, section 3.7.
@frozen
public struct Request<Output>: ~Copyable {
  /// Makes the output of a request that has completed. It holds the memory, too.
  @usableFromInline typealias Finish = (Communicator, Status) throws(MPIError) -> Output

  /// What a request is made of. It is moved and never copied.
  @usableFromInline @frozen
  struct Parts: ~Copyable {
    @usableFromInline var begun: Begun
    @usableFromInline let finish: Finish
    @usableFromInline var state: Status

    @inlinable @inline(__always)
    init(_ begun: consuming Begun, _ finish: @escaping Finish, _ state: Status) {
      self.begun = begun
      self.finish = finish
      self.state = state
    }

    /// Waits until it has completed.
    @inlinable @inline(__always)
    mutating func wait(_ site: CallSite) throws(MPIError) { try begun.wait(&state, site) }

    /// Whether it has completed.
    @inlinable
    mutating func test() throws(MPIError) -> Bool { try begun.test(&state) }

    /// The output of one that has completed.
    @inlinable @inline(__always)
    consuming func output() throws(MPIError) -> Output {
      begun.unwatch()
      return try finish(begun.communicator, state)
    }

    /// Leaves it to the runtime, unless it has completed.
    @usableFromInline @inline(never)
    consuming func drop() {
      let memory = finish
      if begun.handles.areOver { begun.unwatch() } else { begun.abandon(memory: memory) }
    }
  }

  /// Nil after the wait, or after it was handed over.
  @usableFromInline var parts: Parts?

  /// A request that MPI has begun.
  ///
  /// - Parameters:
  ///   - state: what is known of the message, if it has completed.
  ///   - finish: makes the output. It must hold the memory that MPI was given.
  @inlinable @inline(__always)
  init(_ begun: consuming Begun, _ state: Status = Status(), finish: @escaping Finish) {
    begun.watch("request")
    parts = Parts(begun, finish, state)
  }

  @inlinable
  deinit {
    if parts == nil { return }
    Self.drop(parts)
  }

  @usableFromInline @inline(never)
  static func drop(_ parts: consuming Parts?) { parts.take()?.drop() }

  /// Waits until it has completed.
  ///
  /// C: `MPI_Wait`. MPI-3.1, section 3.7.3.
  ///
  /// - Returns: the elements that came, as many as came; or those that were sent.
  /// - Throws: what the operation throws, such as ``ErrorClass/truncate`` for a message longer than the memory.
  @inlinable
  @discardableResult
  public consuming func wait(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Output {
    try parts!.wait(CallSite(file, line))
    return try taken().output()
  }

  /// Waits until it has completed, and returns the source, tag and length of the message.
  ///
  /// C: `MPI_Wait`. MPI-3.1, section 3.7.3.
  ///
  /// - Throws: what the operation throws, such as ``ErrorClass/truncate`` for a message longer than the memory.
  @inlinable
  public consuming func waitWithStatus(
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> (output: Output, status: Status) {
    try parts!.wait(CallSite(file, line))
    let status = parts!.state
    return try (taken().output(), status)
  }

  /// Whether it has completed, without waiting. It lets MPI do some work, so ask now and then while you compute.
  ///
  /// C: `MPI_Test`, `MPI_Request_get_status`. MPI-3.1, sections 3.7.3 and 3.7.6.
  ///
  /// - Throws: what the operation throws, such as ``ErrorClass/truncate`` for a message longer than the memory.
  @inlinable
  public mutating func test() throws(MPIError) -> Bool { try parts!.test() }

  /// Returns the status of the message, or nil while the operation is in flight.
  ///
  /// C: `MPI_Test`, `MPI_Request_get_status`. MPI-3.1, sections 3.7.3 and 3.7.6.
  ///
  /// - Throws: what the operation throws, such as ``ErrorClass/truncate`` for a message longer than the memory.
  @inlinable
  public mutating func status() throws(MPIError) -> Status? { try parts!.test() ? parts!.state : nil }

  /// Cancels a pending receive.
  ///
  /// If a matching message has already arrived, cancellation has no effect. Not every MPI can cancel a send.
  ///
  /// C: `MPI_Cancel`, `MPI_Test_cancelled`. MPI-3.1, section 3.8.4.
  ///
  /// - Returns: nil if it was canceled; the output if it had completed first.
  /// - Throws: ``ErrorClass/request`` for a collective, which can't be canceled and continues.
  public consuming func cancel(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Output? {
    try parts!.begun.cancel()
    try parts!.wait(CallSite(file, line))
    return parts!.state.isCanceled ? nil : try taken().output()
  }

  /// The same request with another output.
  ///
  /// - Parameter transform: called once, when the request is waited for.
  @inlinable
  public consuming func map<Other>(
    _ transform: @escaping (Output) throws(MPIError) -> Other
  ) -> Request<Other> {
    let parts = taken()
    let finish = parts.finish
    let state = parts.state
    return Request<Other>(parts.begun, state) { (communicator, status) throws(MPIError) in
      try transform(finish(communicator, status))
    }
  }

  /// Its parts, for the owner that takes over.
  @inlinable @inline(__always)
  consuming func taken() -> Parts { parts.take()! }
}

extension Request {
  /// Waits until it has completed, without keeping a thread.
  ///
  /// ```swift
  /// let ghost = try await incoming.value()
  /// ```
  ///
  /// The task asks MPI again and again, and lets other tasks run in between; after a while it sleeps in between, at
  /// most a millisecond at a time. So no thread of Swift's pool is ever blocked inside MPI, and any number of tasks can
  /// wait. The first answers cost some microseconds more than ``wait(file:line:)`` would.
  ///
  /// C: `MPI_Test`. MPI-3.1, section 3.7.3.
  ///
  /// - Throws: what ``wait(file:line:)`` throws; `CancellationError` if the task is canceled, and the request is
  ///   dropped then; ``ErrorClass/environment`` on a thread that may not call MPI: see `withMPI(threads:_:)`.
  @discardableResult
  public nonisolated(nonsending) consuming func value() async throws -> Output {
    var pause = Polling()
    while true {
      try Runtime.requireCallsHere("value")
      if try parts!.test() { return try taken().output() }
      try await pause.next()
    }
  }
}

/// How a task waits for what MPI alone knows: by asking, more and more rarely.
struct Polling {
  private var asked = 0

  /// Lets other tasks run: at once at first, then with a pause.
  nonisolated(nonsending) mutating func next() async throws {
    asked += 1
    if asked <= 200 {
      try Task.checkCancellation()
      await Task.yield()
    } else {
      try await Task.sleep(for: .microseconds(min(asked - 180, 1000)))
    }
  }
}

extension Communicator {
  /// Waits until all of an operation has completed.
  ///
  /// - Parameter site: where the program waits, if not where it began.
  @inlinable @inline(__always)
  func wait(
    _ handles: inout Handles, _ status: inout Status, _ operation: StaticString, isFile: Bool, _ checks: Begun.Checks?,
    _ site: CallSite?
  ) throws(MPIError) {
    if handles.areOver {
      if _slowPath(checks != nil || status.failure != 0) { try settle(status, operation, checks) }
      return
    }
    if let checks { try enterWait(operation, checks, site) }
    let code = _slowPath(isFile) ? handles.waitForFile(&status) : handles.wait(&status)
    try check(code, operation)
  }

  /// In checked mode, records what is waited for, and checks that the ranks agree.
  @usableFromInline @inline(never)
  func enterWait(_ operation: StaticString, _ checks: Begun.Checks, _ site: CallSite?) throws(MPIError) {
    enterChecked("the wait for ", operation, site ?? checks.site, begun: checks.site)
    // An operation that does not match those of other ranks may never end.
    try checks.comparison?.finish()
    Leaks.remove(checks.leak)
  }

  /// Throws the error of an operation that has completed, if a test has thrown it before; and, in checked mode, if the
  /// ranks do not agree.
  @usableFromInline @inline(never)
  func settle(_ status: Status, _ operation: StaticString, _ checks: Begun.Checks?) throws(MPIError) {
    try checks?.comparison?.finish()
    if status.failure != 0 { throw failure(code: status.failure, operation) }
  }

  /// Whether all of an operation has completed. The error of one that failed is thrown now, and by every later test and
  /// wait.
  @usableFromInline
  func test(
    _ handles: inout Handles, _ status: inout Status, _ operation: StaticString, isFile: Bool, _ checks: Begun.Checks?
  ) throws(MPIError) -> Bool {
    if !handles.areOver {
      let code = isFile ? handles.testFile(&status) : handles.test(&status)
      if code != 0 && status.failure == 0 { status.failure = code }
      if let checks, handles.areOver { Leaks.remove(checks.leak) }
    }
    try checks?.comparison?.advance()
    if status.failure != 0 { throw failure(code: status.failure, operation) }
    return handles.areOver
  }
}

extension Begun {
  /// Waits until all of it has completed.
  @inlinable @inline(__always)
  mutating func wait(_ status: inout Status, _ site: CallSite) throws(MPIError) {
    try communicator.wait(&handles, &status, operation, isFile: isFile, checks, site)
  }

  /// Whether all of it has completed.
  @inlinable
  mutating func test(_ status: inout Status) throws(MPIError) -> Bool {
    try communicator.test(&handles, &status, operation, isFile: isFile, checks)
  }

  /// Asks MPI to cancel it.
  mutating func cancel() throws(MPIError) {
    if handles.areOver { return }
    try communicator.require(
      kind != .collective, .request, operation,
      "a collective that has begun can't be canceled: the other ranks take part")
    try communicator.require(
      !isFile, .request, operation, "reading or writing a file that has begun can't be canceled")
    let code = handles.cancel()
    if code != 0 { throw communicator.failure(code: code, operation) }
  }

  /// Leaves it to the runtime, with the memory that it needs until it has completed.
  @usableFromInline @inline(never)
  consuming func abandon(memory: Any) {
    Leaks.drop(checks?.leak ?? 0)
    Runtime.release(.underWay(AbandonedRequest(self, memory: memory)))
  }
}

/// Something that its owner dropped while MPI works on it, with the memory that it needs until it has completed.
protocol Abandoned: AnyObject {
  /// Whether it has completed. Called by a thread that may call MPI.
  func isOver() -> Bool
}

/// A request whose owner dropped it, and the memory that it needs until it has completed.
final class AbandonedRequest: Abandoned {
  private var begun: Begun
  private let memory: Any
  private var mustCancel: Bool

  init(_ begun: consuming Begun, memory: Any) {
    mustCancel = begun.kind == .receive
    self.begun = begun
    self.memory = memory
  }

  func isOver() -> Bool {
    if mustCancel {
      mustCancel = false
      _ = begun.handles.cancel()
    }
    var status = Status()
    _ = begun.isFile ? begun.handles.testFile(&status) : begun.handles.test(&status)
    return begun.handles.areOver
  }
}

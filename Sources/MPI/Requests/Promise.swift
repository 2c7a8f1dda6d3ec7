// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

/// A value that Swift code brings later, from any thread: waited for as messages are.
///
/// ```swift
/// let promise = Promise<[Double]>()
/// Thread { try? promise.fulfill(readFile()) }
///
/// var incoming = RequestSet<[Double]>()
/// try incoming.append(world.nonblocking.request(for: promise))
/// try incoming.append(world.nonblocking.receive(Double.self, count: 100, from: left))
/// while let (index, values) = try incoming.waitAny() { use(values, index) }
/// ```
///
/// A wait in MPI polls, so a promise that is long in coming keeps a core busy.
///
/// A thread other than the main one may fulfill it if `withMPI(threads:)` allows that thread to call MPI.
///
/// C: a generalized request, `MPI_Grequest_start`. MPI-3.1, section 12.2.
public final class Promise<Output: Sendable>: Sendable {
  fileprivate let state = PromiseState<Output>()

  /// A promise that is not waited for yet.
  public init() {}

  deinit {
    let error = MPIError(
      .request, "the promise was dropped before it was fulfilled, so the value will never come", operation: "Promise")
    if let handle = state.settle(.failure(error)) { Runtime.release(.underWay(SettledPromise(handle.value))) }
  }

  /// Whether the value is no longer waited for: the request was canceled or dropped.
  public var isCanceled: Bool { state.isCanceled }

  /// Brings the value. It does nothing if the promise was fulfilled, failed or canceled before.
  ///
  /// C: `MPI_Grequest_complete`. MPI-3.1, section 12.2.
  ///
  /// - Parameter output: the value.
  /// - Throws: ``ErrorClass/environment`` on a thread that may not call MPI, and the value has not been brought then.
  public func fulfill(_ output: Output) throws(MPIError) { try bring(.success(output), "fulfill") }

  /// Fails the promise: a wait for the value throws an error.
  ///
  /// C: `MPI_Grequest_complete`. MPI-3.1, section 12.2.
  ///
  /// - Parameter error: what the wait for the value throws.
  /// - Throws: ``ErrorClass/environment`` on a thread that may not call MPI.
  public func fail(_ error: MPIError) throws(MPIError) { try bring(.failure(error), "fail") }

  private func bring(_ outcome: Result<Output, MPIError>, _ operation: StaticString) throws(MPIError) {
    if state.isAwaited { try Runtime.requireCallsHere(operation) }
    if let handle = state.settle(outcome) { try check(MPI_Grequest_complete(handle.value), operation) }
  }
}

extension Nonblocking where Base: Communicator {
  /// A request that has completed when a promise has been fulfilled.
  ///
  /// No message is sent, and no other rank takes part. If it is canceled or dropped, ``Promise/isCanceled`` reports it
  /// to the code that works on the value.
  ///
  /// C: `MPI_Grequest_start`, `MPI_Status_set_elements`, `MPI_Status_set_cancelled`. MPI-3.1, sections 12.2 and 12.3.
  ///
  /// - Parameter promise: one that has no request yet.
  /// - Throws: ``ErrorClass/request`` for a promise that has a request. The request throws what
  ///   ``Promise/fail(_:)`` was given.
  public func request<Output>(
    for promise: Promise<Output>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Output> {
    let state = promise.state
    try communicator.require(
      state.claim(), .request, "request(for:)", "the promise has a request already: one can be waited for once")
    var begun = communicator.begin("request(for:)", .receive, file, line)
    let context = Unmanaged.passRetained(state as PromiseCore)
    var handle = CMPI_REQUEST_NULL
    let code = MPI_Grequest_start(
      { PromiseCore.describe($1!, of: $0!) },
      { PromiseCore.free($0!) },
      { PromiseCore.cancel($0!, isOver: $1 != 0) },
      context.toOpaque(), &handle)
    if code != 0 {
      context.release()
      throw communicator.failure(code: code, "request(for:)")
    }
    begun.handles.next = handle
    let kept = begun.handles.keep(code)
    // Where the value is there already.
    if state.begin(PromiseCore.Handle(value: unwrapped(handle))) { MPI_Grequest_complete(unwrapped(handle)) }
    return try begun.request(kept) { (_, _) throws(MPIError) in try state.output() }
  }
}

/// What MPI's calls need of a promise: they know no types.
class PromiseCore: @unchecked Sendable {
  /// A handle that may move between threads.
  struct Handle: @unchecked Sendable {
    var value: MPI_Request
  }

  private struct State {
    var isClaimed = false
    /// The request, until it has completed.
    var handle: Handle?
    var isSettled = false
    var isCanceled = false
  }

  private let state = Mutex(State())

  var isCanceled: Bool { state.withLock { $0.isCanceled } }

  /// Whether a request would receive an outcome now.
  var isAwaited: Bool { state.withLock { $0.handle != nil } }

  /// Takes the one request that there can be. False if it is taken.
  func claim() -> Bool {
    state.withLock { state in
      defer { state.isClaimed = true }
      return !state.isClaimed
    }
  }

  /// Notes the request. True if the outcome is there, and the request is to be completed.
  func begin(_ handle: Handle) -> Bool {
    state.withLock { state in
      if !state.isSettled { state.handle = handle }
      return state.isSettled
    }
  }

  /// Notes that it has completed, if it had not.
  ///
  /// - Parameter store: keeps the outcome.
  /// - Returns: the request that is to be completed, if there is one.
  func settle(canceled: Bool = false, _ store: () -> Void) -> Handle? {
    state.withLock { state in
      if state.isSettled { return nil }
      state.isSettled = true
      state.isCanceled = canceled
      store()
      defer { state.handle = nil }
      return state.handle
    }
  }

  // MARK: MPI's calls

  static func describe(_ status: UnsafeMutablePointer<MPI_Status>, of context: UnsafeMutableRawPointer) -> CInt {
    let isCanceled = Unmanaged<PromiseCore>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.isCanceled }
    status.pointee.MPI_SOURCE = CMPI_PROC_NULL
    status.pointee.MPI_TAG = CMPI_ANY_TAG
    MPI_Status_set_elements(status, CMPI_BYTE, 0)
    MPI_Status_set_cancelled(status, isCanceled ? 1 : 0)
    return 0
  }

  static func free(_ context: UnsafeMutableRawPointer) -> CInt {
    Unmanaged<PromiseCore>.fromOpaque(context).release()
    return 0
  }

  static func cancel(_ context: UnsafeMutableRawPointer, isOver: Bool) -> CInt {
    if isOver { return 0 }
    let handle = Unmanaged<PromiseCore>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.settle(canceled: true) {} }
    // `Fault.completionInCancelAborts`: not completed here.
    if let handle { canceled.withLock { $0.append(handle) } }
    return 0
  }

  private static let canceled = Mutex<[Handle]>([])

  /// Completes the requests that were canceled. Called after `MPI_Cancel` has returned.
  static func completeCanceled() {
    let handles = canceled.withLock { handles in
      defer { handles = [] }
      return handles
    }
    for handle in handles { MPI_Grequest_complete(handle.value) }
  }
}

/// A promise as the promise itself and its request see it.
private final class PromiseState<Output: Sendable>: PromiseCore, @unchecked Sendable {
  private let outcome = Mutex<Result<Output, MPIError>?>(nil)

  func settle(_ outcome: Result<Output, MPIError>) -> Handle? {
    settle { self.outcome.withLock { $0 = outcome } }
  }

  func output() throws(MPIError) -> Output {
    guard let outcome = outcome.withLock({ $0 }) else {
      throw MPIError(.request, "the promise was canceled", operation: "request(for:)")
    }
    return try outcome.get()
  }
}

/// The request of a promise that was dropped, which a thread that may call MPI completes.
private final class SettledPromise: Abandoned {
  private let handle: MPI_Request

  init(_ handle: MPI_Request) { self.handle = handle }

  func isOver() -> Bool {
    MPI_Grequest_complete(handle)
    return true
  }
}

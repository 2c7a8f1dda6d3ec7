// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// An operation that MPI has begun, or has ready to start: what it is, on which communicator, and its requests.
///
/// How a nonblocking form is made of it, in the operation's own file:
///
/// ```swift
/// var begun = try communicator.begin("allReduce", Element.self, file, line)
/// let (result, code) = makeArray(elements.count) { into in … MPI_Iallreduce(…, &begun.handles.next) … }
/// return try begun.request(code) { (_, _) throws(MPIError) in result }
/// ```
///
/// It is moved and never copied: a copy would count the references in it up and down again, which takes more than the
/// rest.
@usableFromInline @frozen
struct Begun: ~Copyable {
  /// What can be done about an operation that is no longer waited for.
  @usableFromInline
  enum Kind: Sendable {
    /// A receive: it can be canceled.
    case receive
    /// A send: it goes on.
    case send
    /// A collective: it goes on, and ends when every rank has called it.
    case collective
  }

  @usableFromInline let communicator: Communicator
  @usableFromInline let operation: StaticString
  @usableFromInline let kind: Kind
  /// Whether it reads or writes a file: see `Files/FileRequests.swift`.
  @usableFromInline var isFile = false
  @usableFromInline var handles = Handles()
  /// What checked mode knows of it; nil if that is off. Apart, because a struct of more than 15 words is copied at
  /// every turn by Swift 6.3.1, references and all.
  @usableFromInline var checks: Checks?

  /// What checked mode knows of an operation.
  @usableFromInline
  final class Checks {
    /// Where the program began it.
    let site: CallSite
    /// The ranks' comparison of a collective, which is in flight as well.
    let comparison: Comparing?
    /// Its number among what was made.
    var leak = 0

    @usableFromInline
    init(_ site: CallSite, _ comparison: Comparing?) {
      self.site = site
      self.comparison = comparison
    }
  }

  @inlinable @inline(__always)
  init(
    _ communicator: Communicator, _ operation: StaticString, _ kind: Kind, _ site: CallSite,
    comparison: Comparing? = nil
  ) {
    self.communicator = communicator
    self.operation = operation
    self.kind = kind
    self.checks = communicator.checks(site, comparison)
  }

  /// The request that the user gets.
  ///
  /// - Parameters:
  ///   - code: what the calls returned that began it. An error is thrown; pieces that were begun go on as dropped ones.
  ///   - finish: makes the output. It must hold all memory that MPI was given. It is handed the communicator so that it
  ///     need not hold it: a closure that holds one array alone is not allocated.
  @inlinable @inline(__always)
  consuming func request<Output>(
    _ code: CInt, finish: @escaping Request<Output>.Finish
  ) throws(MPIError) -> Request<Output> {
    if _slowPath(code != 0) { throw failed(code, finish) }
    return Request(self, finish: finish)
  }

  /// The error of an operation that could not be begun, or not all of it.
  @usableFromInline @inline(never)
  consuming func failed<Output>(_ code: CInt, _ finish: @escaping Request<Output>.Finish) -> MPIError {
    let error = communicator.failure(code: code, operation)
    _ = Request(self, finish: finish)
    return error
  }
}

extension Communicator {
  /// Begins a send or a receive, up to the call of MPI itself.
  @inlinable @inline(__always)
  func begin(_ operation: StaticString, _ kind: Begun.Kind, _ file: StaticString, _ line: Int) -> Begun {
    Begun(self, operation, kind, CallSite(file, line))
  }

  /// Begins a collective, up to the call of MPI itself. In checked mode the ranks' comparison begins, too.
  @inlinable @inline(__always)
  func beginCollective<Element>(
    _ operation: StaticString, _: Element.Type, count: Int? = nil, root: Int? = nil, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Begun {
    let site = CallSite(file, line)
    if _fastPath(attention == 0) { return Begun(self, operation, .collective, site) }
    return try Begun(
      self, operation, .collective, site,
      comparison: beginComparing(operation, Element.self, count, root, site, mode: "nonblocking."))
  }

  /// Makes a persistent collective ready, up to the call of MPI itself. In checked mode the ranks compare it now.
  func makeReady<Element>(
    _ operation: StaticString, _: Element.Type, count: Int? = nil, root: Int? = nil, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Begun {
    try MPIEnvironment.require(.persistentCollectives, operation)
    let site = CallSite(file, line)
    try refuseIfOccupied(operation)
    if isChecked {
      try compare(operation, Element.self, count, root, site, mode: "persistent.")
      CallRecord.end()
    }
    return Begun(self, operation, .collective, site)
  }
}

/// Whether an operation begins now, or is made ready to start many times.
@usableFromInline
enum Start: Sendable {
  /// `MPI_Iallreduce` and its like.
  case now
  /// `MPI_Allreduce_init` and its like.
  case later
}

// The requests that own their memory. Each is given what calls MPI, and has it called with memory that stays where it
// is.

extension Begun {
  /// A request that reads one array and fills another.
  ///
  /// - Parameters:
  ///   - elements: the array that MPI reads.
  ///   - count: how many elements it fills.
  ///   - others: what else MPI needs until it has completed.
  ///   - begin: calls MPI.
  ///   - finish: makes the output of the array that was filled.
  @inlinable
  consuming func request<Element: BitwiseCopyable, Output>(
    reading elements: [Element], filling count: Int, keeping others: Any = (),
    _ begin: (UnsafePointer<Element>?, UnsafeMutablePointer<Element>?, inout Handles) -> CInt,
    finish: @escaping ([Element]) -> Output
  ) throws(MPIError) -> Request<Output> {
    // The addresses stay good: the closure below holds both arrays, and nothing writes to an array that two hold.
    let (result, code) = makeArray(count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { begin($0.baseAddress, into, &handles) }
    }
    return try request(code) { (_, _) throws(MPIError) in withExtendedLifetime((elements, others)) { finish(result) } }
  }

  /// A request that works in an array's own memory, and gives the array back.
  @inlinable
  consuming func request<Element: BitwiseCopyable>(
    over elements: consuming [Element], keeping others: Any = (),
    _ begin: (UnsafeMutablePointer<Element>?, inout Handles) -> CInt
  ) throws(MPIError) -> Request<[Element]> {
    // Makes the array the only holder of its memory, which it stays.
    let code = elements.withUnsafeMutableBufferPointer { begin($0.baseAddress, &handles) }
    let result = elements
    return try request(code) { (_, _) throws(MPIError) in withExtendedLifetime(others) { result } }
  }

  /// A persistent request.
  ///
  /// - Parameters:
  ///   - sent: what goes out.
  ///   - received: where what comes goes; the same memory, in place.
  ///   - others: what else MPI needs as long as the request lives.
  ///   - begin: calls MPI.
  consuming func persistent<Element>(
    _ sent: Memory<Element>, _ received: Memory<Element>, keeping others: Any = (),
    _ begin: (UnsafePointer<Element>?, UnsafeMutablePointer<Element>?, inout Handles) -> CInt
  ) throws(MPIError) -> PersistentRequest<Element> {
    let code = begin(UnsafePointer(sent.start), received.start, &handles)
    return try persistent(code, sent: sent, received: received, keeping: others)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase
import Synchronization

/// A call that a thread is in.
struct Call: Sendable {
  var operation: String
  var site: CallSite?
  var communicator: String
  var since: Double
  /// Whether it waits for other ranks, and does not compute.
  var isWaiting: Bool

  init(operation: String, site: CallSite?, communicator: Communicator, isWaiting: Bool = true) {
    self.operation = operation
    self.site = site
    self.communicator = communicator.name
    self.since = MPI_Wtime()
    self.isWaiting = isWaiting
  }

  /// What it is, and where.
  var words: String { operation + (site.map { " at \($0)" } ?? "") }

  /// What it is, where, and on which communicator.
  var text: String { "\(words) on \(communicator)" }
}

/// Which calls this process's threads are in, in checked mode.
enum CallRecord {
  private struct State {
    var current: [UInt: Call] = [:]
    /// The calls of the program's that a thread's calls are part of.
    var enclosing: [UInt: Call] = [:]
    var last: (text: String, end: Double)?

    /// What each thread is in.
    var calls: some Collection<Call> { enclosing.merging(current) { $1 }.values }
  }

  private static let state = Mutex(State())

  /// Notes that this thread begins a call.
  static func begin(_ call: Call) {
    let thread = threadIdentifier()
    state.withLock { state in
      var call = call
      if let enclosing = state.enclosing[thread] { (call.operation, call.site) = (enclosing.operation, enclosing.site) }
      state.current[thread] = call
    }
  }

  /// Notes that this thread's call has completed.
  static func end() {
    let thread = threadIdentifier()
    state.withLock { state in
      guard let call = state.current.removeValue(forKey: thread) else { return }
      state.last = (call.text, MPI_Wtime())
    }
  }

  // Calls of the program's that consist of many of these.

  /// Whether what this thread calls is part of a call.
  static var isEnclosed: Bool { enclosing != nil }

  /// The call that what this thread calls is part of.
  static var enclosing: Call? {
    let thread = threadIdentifier()
    return state.withLock { $0.enclosing[thread] }
  }

  /// Notes that what this thread calls from now on is part of a call.
  static func enclose(in call: Call) {
    let thread = threadIdentifier()
    state.withLock { $0.enclosing[thread] = call }
  }

  /// Notes that the call has completed that this thread's calls were part of.
  static func leaveEnclosing() {
    let thread = threadIdentifier()
    state.withLock { state in
      guard let call = state.enclosing.removeValue(forKey: thread) else { return }
      state.last = (call.text, MPI_Wtime())
    }
  }

  /// Notes for how many seconds this thread has waited in the call that its calls are part of; nil if it computes.
  static func enclosingHasWaited(_ seconds: Double?) {
    let thread = threadIdentifier()
    let now = MPI_Wtime()
    state.withLock { state in
      guard var call = state.enclosing[thread] else { return }
      if let seconds {
        call.since = now - seconds
      } else if call.isWaiting {
        call.since = now
      }
      call.isWaiting = seconds != nil
      state.enclosing[thread] = call
    }
  }

  /// For how long the oldest call has been waiting, in seconds.
  static var longestWait: Double {
    let begin = state.withLock { $0.calls.filter(\.isWaiting).map(\.since).min() }
    return begin.map { MPI_Wtime() - $0 } ?? 0
  }

  /// What this process does now, in words.
  static var text: String {
    let now = MPI_Wtime()
    let (calls, last) = state.withLock { state in
      (state.calls.sorted { $0.since < $1.since }, state.last)
    }
    if !calls.isEmpty {
      return calls.map { "\($0.isWaiting ? "" : "computing ")in \($0.text), for \(seconds(now - $0.since))" }
        .joined(separator: "; ")
    }
    guard let last else { return "in none of this library's calls, and it has made none" }
    return "in none of this library's calls, since \(last.text) ended \(seconds(now - last.end)) ago"
  }

  private static func seconds(_ value: Double) -> String { "\((value * 10).rounded() / 10) s" }
}

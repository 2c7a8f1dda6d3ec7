import CMPI
import Synchronization

/// A call that a thread is in.
struct Call: Sendable {
  var operation: String
  var site: CallSite?
  var communicator: String
  var since: Double

  init(operation: String, site: CallSite?, communicator: Communicator) {
    self.operation = operation
    self.site = site
    self.communicator = communicator.name
    self.since = MPI_Wtime()
  }

  /// What it is, where, and on which communicator.
  var text: String {
    let place = site.map { " at \($0)" } ?? ""
    return "\(operation)\(place) on \(communicator)"
  }
}

/// Which calls this process's threads are in, in checked mode.
enum CallRecord {
  private struct State {
    var current: [UInt: Call] = [:]
    var last: (text: String, end: Double)?
  }

  private static let state = Mutex(State())

  /// Notes that this thread begins a call.
  static func begin(_ call: Call) {
    let thread = threadIdentifier()
    state.withLock { $0.current[thread] = call }
  }

  /// Notes that this thread's call is over.
  static func end() {
    let thread = threadIdentifier()
    state.withLock { state in
      guard let call = state.current.removeValue(forKey: thread) else { return }
      state.last = (call.text, MPI_Wtime())
    }
  }

  /// For how long the oldest call has been waiting, in seconds.
  static var longestWait: Double {
    let begin = state.withLock { $0.current.values.map(\.since).min() }
    return begin.map { MPI_Wtime() - $0 } ?? 0
  }

  /// What this process does now, in words.
  static var text: String {
    let now = MPI_Wtime()
    let (calls, last) = state.withLock { state in
      (state.current.values.sorted { $0.since < $1.since }, state.last)
    }
    if !calls.isEmpty {
      return calls.map { "in \($0.text), for \(seconds(now - $0.since))" }.joined(separator: "; ")
    }
    guard let last else { return "in none of this library's calls, and it has made none" }
    return "in none of this library's calls, since \(last.text) ended \(seconds(now - last.end)) ago"
  }

  private static func seconds(_ value: Double) -> String { "\((value * 10).rounded() / 10) s" }
}

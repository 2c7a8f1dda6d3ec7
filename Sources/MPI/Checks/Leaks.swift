// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase
import Synchronization

/// What was made and not given back, in checked mode.
enum Leaks {
  private struct State {
    var next = 1
    var alive: [Int: String] = [:]
    var dropped: [String] = []
  }

  private static let state = Mutex(State())

  /// Notes that something was made.
  ///
  /// - Parameters:
  ///   - what: such as "a window".
  ///   - site: where the program made it.
  /// - Returns: its number; 0 if checked mode is off.
  static func add(_ what: String, _ site: CallSite?) -> Int {
    guard CheckedMode.isOn else { return 0 }
    return state.withLock { state in
      let number = state.next
      state.next += 1
      state.alive[number] = site.map { "\(what), made at \($0)" } ?? what
      return number
    }
  }

  /// Notes that it was given back as it should.
  static func remove(_ number: Int) {
    if number != 0 { state.withLock { _ = $0.alive.removeValue(forKey: number) } }
  }

  /// Notes that it was dropped before its end.
  static func drop(_ number: Int) {
    guard number != 0 else { return }
    state.withLock { state in
      if let text = state.alive.removeValue(forKey: number) { state.dropped.append(text) }
    }
  }

  /// Writes what is left to standard error, a line each.
  static func list(rank: Int) {
    let (alive, dropped) = state.withLock { state in
      (state.alive.sorted { $0.key < $1.key }.map(\.value), state.dropped)
    }
    // One piece, so that the ranks' lines do not mix.
    let lines =
      counted(dropped).map { "MPI_CHECK: rank \(rank) dropped \($0), before it was over" }
      + counted(alive).map { "MPI_CHECK: rank \(rank) never gave back \($0)" }
    if !lines.isEmpty { writeToStandardError(lines.joined(separator: "\n")) }
  }

  /// Each text once, in order, with how many there are of it.
  private static func counted(_ texts: [String]) -> [String] {
    var counts: [String: Int] = [:]
    for text in texts { counts[text, default: 0] += 1 }
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }.map { counts[$0]! == 1 ? $0 : "\($0) (\(counts[$0]!) times)" }
  }
}

extension Begun {
  /// In checked mode, notes that a request was made.
  @inlinable @inline(__always)
  func watch(_ what: StaticString) {
    if _slowPath(checks != nil) { note(what) }
  }

  /// Notes that it has completed.
  @inlinable @inline(__always)
  func unwatch() {
    if _slowPath(checks != nil) { forget() }
  }

  @usableFromInline @inline(never)
  func note(_ what: StaticString) {
    if let checks, checks.leak == 0 { checks.leak = Leaks.add("a \(what) of \(operation)", checks.site) }
  }

  @usableFromInline @inline(never)
  func forget() { Leaks.remove(checks?.leak ?? 0) }
}

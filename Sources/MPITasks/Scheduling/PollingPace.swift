// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// How long a thread that waits for messages rests between two looks.
///
/// MPI can't wake a thread, so one that waits asks: at once while things move, then more and more rarely. After a tenth
/// of a second without any event it asks a thousand times a second, which takes about a hundredth of a core.
struct PollingPace: Sendable {
  /// What to do before the next look.
  enum Rest: Sendable, Hashable {
    /// Let another thread have the core.
    case yield
    /// Sleep so many microseconds, or until woken.
    case sleep(microseconds: Int)
  }

  /// The longest sleep, in microseconds.
  static let longest = 1000
  /// The same if nothing need happen for a while. Each look costs a compute thread 10 µs of its core.
  static let longestCalm = 2000

  /// When something last happened, in seconds.
  private var lastEvent: Double
  /// How many looks there have been since.
  private var looks = 0
  /// How many looks are not followed by a sleep: few, for compute threads want the core.
  private static let eager = 4
  /// From how many seconds of calm on a sleep is worth it at once: the system makes it longer.
  private static let worthSleeping = 50e-6

  init(now: Double) { lastEvent = now }

  /// Notes that something happened.
  mutating func event(at now: Double) {
    lastEvent = now
    looks = 0
  }

  /// What to do after a look that found nothing.
  ///
  /// - Parameter calm: for how many seconds nothing need happen, as far as is known; infinity if that is long and it is
  ///   not known how long.
  mutating func rest(at now: Double, calm: Double = 0) -> Rest {
    looks += 1
    if looks <= Self.eager, calm < Self.worthSleeping { return .yield }
    // A sixty-fourth of the time that nothing has happened in.
    let quiet = min(Self.longest, Int((now - lastEvent) / 64 * 1e6))
    return .sleep(microseconds: max(20, quiet, Int(min(Double(Self.longestCalm), calm * 1e6))))
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// When a checkpoint is due, and how many calls pass until the ranks ask again. Rank 0 has it, and its clock.
///
/// The ranks make the same calls, so that "ask in 100 calls" is the same moment of the program on all of them. Between
/// those moments a call costs a count. The number grows while a checkpoint is far, and falls as it comes near: by half of
/// the calls that, at the measured pace, are left. So the ranks ask some 20 times from one checkpoint to the next, however
/// short the calls are.
struct SaveSchedule {
  private let interval: Duration
  /// When the last checkpoint was saved, or the program began.
  private var last: Duration
  /// When the ranks asked last, and how many calls ago.
  private var asked: Duration
  private var skipped = 1

  /// - Parameters:
  ///   - interval: the time between two checkpoints.
  ///   - now: the time on a clock that never goes back.
  init(every interval: Duration, now: Duration) {
    self.interval = interval
    last = now
    asked = now
  }

  /// The answer to all ranks.
  struct Answer: BitwiseCopyable {
    var isDue: Bool
    /// How many calls on they ask again.
    var next: Int
  }

  /// Decides, `next` calls after the last time.
  mutating func ask(now: Duration) -> Answer {
    let call = (now - asked) / skipped
    asked = now
    let left = last + interval - now
    guard left > .zero else {
      skipped = 1
      return Answer(isDue: true, next: 1)
    }
    // If calls become slower, the checkpoint is late by a sixteenth of the interval for each time that they do so.
    let wanted = min(left / 2, interval / 16)
    // A pace that was measured over few calls is not trusted for many.
    let most = skipped < 1 << 40 ? 2 * skipped : skipped
    let calls = call > .zero ? Int(min(wanted / call, Double(most))) : most
    skipped = max(1, calls)
    return Answer(isDue: false, next: skipped)
  }

  /// A checkpoint was saved, or could not be: the next one is an interval away.
  mutating func saved(now: Duration) {
    last = now
    asked = now
    skipped = 1
  }
}

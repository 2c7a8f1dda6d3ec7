// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How this program waits: it asks again and again, so that it can give up a partner that is lost.
///
/// For a moment it asks without a pause, because a partner that is at work answers then; later it sleeps between its
/// questions. If there are more ranks than cores, one that does nothing but ask keeps a core from those that it waits
/// for, and giving way to them (`sched_yield`) is no help with every kernel: Linux 6.18 then left some of 64 ranks on
/// two cores waiting for twenty seconds.
struct Waiting: BitwiseCopyable {
  /// The seconds after which it gives up.
  var patience: Double

  /// The seconds for which it asks without a pause.
  var haste: Double

  /// The longest nap, in seconds. Naps are a sixteenth of the time that was waited, so that times that are measured are
  /// wrong by little more than that.
  var longestNap: Double

  /// For a partner that is at work on the same thing at this moment.
  ///
  /// - Parameter isCrowded: whether there are more ranks than cores.
  static func busily(patience: Double, isCrowded: Bool) -> Waiting {
    Waiting(patience: patience, haste: isCrowded ? 0.000_02 : 0.000_2, longestNap: 0.001)
  }

  /// For those that are at work on something else, and want the cores.
  static func quietly(patience: Double) -> Waiting { Waiting(patience: patience, haste: 0, longestNap: 0.005) }

  /// For those whose turn is the next one.
  static func soon(patience: Double) -> Waiting { Waiting(patience: patience, haste: 0, longestNap: 0.000_2) }

  /// Waits for an answer.
  ///
  /// - Parameter ask: the question: nil as long as there is no answer.
  /// - Returns: the answer; nil if there was none for too long.
  func forAnswer<Answer: ~Copyable>(_ ask: () throws -> Answer?) rethrows -> Answer? {
    let begin = System.uptime
    while true {
      // What the first one lets MPI take in, the second one finds.
      for _ in 0..<2 {
        if let answer = try ask() { return answer }
      }
      let waited = System.uptime - begin
      if waited > patience { return nil }
      if waited > haste { Thread.sleep(forTimeInterval: min(longestNap, max(0.000_02, waited / 16))) }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Synchronization

/// Ends the job when a test takes too long, and prints where this rank was when it trapped.
///
/// A thread of its own: the test's may be inside MPI, if nothing can stop it.
enum Watchdog {
  private struct Watch {
    var test: String
    var note = "is still in it"
    var limit: Duration
    var deadline: ContinuousClock.Instant
  }

  private static let watch = Mutex<Watch?>(nil)
  private static let place = Mutex("")

  /// The test that is watched, or nil between tests.
  static var current: String? { watch.withLock { $0?.test } }

  static func start(place text: String) {
    place.withLock { $0 = text }
    Epitaph.prepare()
    Thread.detachNewThread {
      while true {
        usleep(20_000)
        if let late = watch.withLock({ $0 }), ContinuousClock.now > late.deadline {
          endJob("test \(late.test) took more than \(late.limit): \(place.withLock { $0 }) \(late.note)")
        }
      }
    }
  }

  /// Begins to watch a test.
  static func watch(_ test: String, limit: Duration) {
    watch.withLock { $0 = Watch(test: test, limit: limit, deadline: .now + limit) }
    Epitaph.text = "✘ \(place.withLock { $0 }) trapped in test \(test)\n"
  }

  /// What this rank does, for the line that is written when time is up.
  static func note(_ text: String) {
    watch.withLock { $0?.note = text }
  }

  /// The test has ended.
  static func rest() {
    watch.withLock { $0 = nil }
    Epitaph.text = ""
  }
}

/// The line that a process writes when it traps.
///
/// A signal handler may do almost nothing, so the line is made beforehand, and written by one call of the system.
private enum Epitaph {
  private static let capacity = 4096
  nonisolated(unsafe) private static let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
  nonisolated(unsafe) private static var count = 0

  /// What to write; nothing if it is empty.
  static var text: String {
    get { String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self) }
    set {
      count = 0
      for byte in newValue.utf8.prefix(capacity) {
        bytes[count] = byte
        count += 1
      }
    }
  }

  /// Sees to it that the line is written for the signals by which a Swift program traps.
  static func prepare() {
    text = ""
    for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE] {
      signal(number) { number in
        _ = write(2, Epitaph.bytes, Epitaph.count)
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization
import Testing

@testable import MPITasks

@Suite struct DoorbellTests {
  /// Far longer than a ring takes, and short enough for a test that fails.
  private static let long = 20_000_000_000

  private func seconds(_ body: () -> Void) -> Double {
    let start = monotonicSeconds()
    body()
    return monotonicSeconds() - start
  }

  @Test func aRingBeforeTheSleepEndsIt() {
    let bell = Doorbell()
    let rings = bell.rings
    bell.ring()
    #expect(bell.rings != rings)
    for ringer in [Doorbell.Ringer.any, .own] {
      #expect(seconds { bell.sleep(since: rings, nanoseconds: Self.long, until: ringer) } < 10)
    }
  }

  @Test func withoutARingTheTimeEndsTheSleep() {
    let bell = Doorbell()
    #expect(seconds { bell.sleep(since: bell.rings, nanoseconds: 30_000_000) } >= 0.03)
    #expect(seconds { bell.sleep(since: bell.rings, nanoseconds: 1) } < 10)
  }

  @Test("No ring is lost, whichever thread is the faster")
  func noRingIsLost() throws {
    let bell = Doorbell()
    let asked = Monitor(0)
    let answered = Atomic<Int>(0)
    let count = 20_000
    let ringer = try Thread {
      for turn in 1...count {
        // Now and then the other is asleep already.
        if turn % 64 == 0 { yieldThread() }
        answered.store(turn, ordering: .sequentiallyConsistent)
        bell.ring()
        asked.wait { $0 >= turn ? () : nil }
      }
    }
    var longest = 0.0
    for turn in 1...count {
      let start = monotonicSeconds()
      while true {
        let rings = bell.rings
        if answered.load(ordering: .sequentiallyConsistent) >= turn { break }
        bell.sleep(since: rings, nanoseconds: Self.long, until: turn % 2 == 0 ? .any : .own)
      }
      longest = max(longest, monotonicSeconds() - start)
      asked.withLock { $0 = turn }
      asked.wakeOne()
    }
    ringer.join()
    #expect(longest < 10)
  }

  #if os(Linux)
    @Test func aDozeIsEndedByTheOwnProcessAlone() throws {
      let bell = Doorbell()
      let start = UnsafeMutableRawPointer.allocate(byteCount: Doorbell.Cell.byteCount, alignment: 128)
      defer { start.deallocate() }
      let cell = Doorbell.Cell(start)
      cell.initialize()
      bell.move(to: cell, of: Signal())
      let rings = bell.rings
      cell.ring()
      #expect(bell.rings != rings)
      // As another process would ring: it ends a sleep, and no doze.
      #expect(seconds { bell.sleep(since: rings, nanoseconds: Self.long, until: .any) } < 10)
      #expect(seconds { bell.sleep(since: rings, nanoseconds: 30_000_000, until: .own) } >= 0.03)
      let other = try Thread {
        for _ in 0..<3 {
          sleepThread(milliseconds: 5)
          cell.ring()
        }
        sleepThread(milliseconds: 20)
        bell.ring()
      }
      #expect(seconds { bell.sleep(since: bell.rings, nanoseconds: Self.long, until: .own) } < 10)
      other.join()
      bell.moveBack()
      bell.ring()
    }
  #endif

  private func sleepThread(milliseconds: Int) {
    Doorbell().sleep(since: Doorbell().rings, nanoseconds: milliseconds * 1_000_000)
  }
}

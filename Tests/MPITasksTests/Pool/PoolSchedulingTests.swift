// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPITasks

/// The pool's policies, which know no clock and no messages.
@Suite struct PoolSchedulingTests {
  @Test func batchesTakeSomeMilliseconds() {
    var size = BatchSize()
    #expect(size.next(waiting: 1_000_000, threads: 2) == 1)
    size.record(count: 1, seconds: 1e-6)
    // Not at once: the first may be unlike the others.
    #expect(size.next(waiting: 1_000_000, threads: 2) == 8)
    size.record(count: 8, seconds: 8e-6)
    #expect(size.next(waiting: 1_000_000, threads: 2) == 64)
    size.record(count: 64, seconds: 64e-6)
    #expect(size.next(waiting: 1_000_000, threads: 2) == 512)
    size.record(count: 512, seconds: 512e-6)
    #expect((4039...4040).contains(size.next(waiting: 1_000_000, threads: 2)))
    #expect(size.next(waiting: 1_000_000, threads: 75) == BatchSize.limit)
    // Many that take long make the next ones short.
    size.record(count: 100, seconds: 1)
    #expect(size.next(waiting: 1_000_000, threads: 2) == 1)
    size.record(count: 0, seconds: 1)
    #expect(size.seconds == 0.01)
    // Where there are many threads, rank 0 has to do with each the less often.
    size.record(count: 100, seconds: 0.1)
    #expect(size.next(waiting: 1_000_000, threads: 75) == 5)
  }

  @Test func batchesTaperTowardTheEnd() {
    var size = BatchSize()
    for count in [1, 8, 64] { size.record(count: count, seconds: Double(count) * 100e-6) }
    var (waiting, sizes) = (1000, [Int]())
    while waiting > 0 {
      sizes.append(size.next(waiting: waiting, threads: 2))
      waiting -= sizes.last!
    }
    #expect(sizes[0] == 40 && sizes.last == 1)
    #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $0 >= $1 })
    // The last go one by one.
    #expect(sizes.suffix(6).allSatisfy { $0 == 1 })
    // So do tasks of which now and then one takes a hundred times as long: these count by their mean.
    for round in 0..<640 { size.record(count: 1, seconds: round.isMultiple(of: 64) ? 6.4e-3 : 100e-6) }
    #expect(size.next(waiting: 1_000_000, threads: 2) > 10)
    #expect(size.next(waiting: 7, threads: 2) == 1)
  }

  @Test func largeTasksGoOneByOne() {
    var size = BatchSize()
    for count in [1, 8, 64] { size.record(count: count, seconds: 0) }
    #expect(size.next(waiting: 1000, threads: 2, taskBytes: 100_000) == 10)
    #expect(size.next(waiting: 1000, threads: 2, taskBytes: 8_000_000) == 1)
  }

  @Test func howLongTasksTakeIsNotWhatTheLongestTook() throws {
    var size = BatchSize()
    #expect(size.mean == nil)
    for round in 0...640 { size.record(count: 1, seconds: round.isMultiple(of: 8) ? 1e-3 : 1e-4) }
    let mean = try #require(size.mean)
    #expect(mean > 1.5e-4 && mean < 3e-4)
    #expect(try #require(size.seconds) > mean)
    size.record(count: 1000, seconds: 1)
    #expect(abs(size.mean! - 1e-3) < 1e-9)
  }

  @Test func tasksOfNoLengthHaveALimitToo() {
    var size = BatchSize()
    for count in [1, 8, 64, 512, 4096] { size.record(count: count, seconds: 0) }
    #expect(size.next(waiting: .max / 4, threads: 1) == BatchSize.limit)
  }

  @Test func workersHaveSomethingInHandButDoNotHoard() {
    var window = LinkWindow()
    #expect(!window.wantsMore(waiting: 100, allThreads: 4, taskSeconds: nil))
    window.threads = 2
    for _ in 0..<4 {
      #expect(window.wantsMore(waiting: 100, allThreads: 4, taskSeconds: 1))
      window.add(tasks: 1, seconds: 1, at: 0)
    }
    #expect(!window.wantsMore(waiting: 100, allThreads: 4, taskSeconds: 1))
    window.remove(tasks: 1, seconds: 1, at: 1)
    #expect(window.wantsMore(waiting: 5, allThreads: 4, taskSeconds: 1))
    // The last long ones go to those who have nothing to do.
    #expect(!window.wantsMore(waiting: 4, allThreads: 4, taskSeconds: 1))
    window.suspended = 2
    #expect(window.wantsMore(waiting: 4, allThreads: 4, taskSeconds: 1))
  }

  @Test func shortBatchesAreManyUnderWay() {
    var window = LinkWindow()
    window.threads = 1
    #expect(fill(&window, batches: 10, waiting: 100_000, allThreads: 1, taskSeconds: 1e-6) == 16)
    for _ in 0..<16 { window.remove(tasks: 10, seconds: 10e-6, at: 0) }
    #expect(window.seconds == 0 && window.tasks == 0 && window.batches == 0)
    // Toward the end no more than half of what is left.
    #expect(fill(&window, batches: 40, waiting: 1000, allThreads: 2, taskSeconds: 1e-6) == 7)
  }

  @Test func batchesOfSomeMillisecondsAreThreeUnderWay() {
    var window = LinkWindow()
    window.threads = 1
    #expect(fill(&window, batches: 40, waiting: 1000, allThreads: 2, taskSeconds: 100e-6) == 3)
  }

  /// Adds batches of so many tasks as long as the worker wants more.
  ///
  /// - Returns: how many.
  private func fill(
    _ window: inout LinkWindow, batches size: Int, waiting: Int, allThreads: Int, taskSeconds: Double
  ) -> Int {
    var batches = 0
    while window.wantsMore(waiting: waiting, allThreads: allThreads, taskSeconds: taskSeconds) {
      window.add(tasks: size, seconds: Double(size) * taskSeconds, at: 0)
      batches += 1
    }
    return batches
  }

  @Test func itIsKnownWhenAWorkerRunsDry() {
    var window = LinkWindow()
    window.threads = 2
    #expect(window.secondsInHand(at: 5) == 0)
    window.add(tasks: 10, seconds: 8, at: 5)
    window.add(tasks: 10, seconds: 8, at: 6)
    #expect(window.secondsInHand(at: 6) == 7)
    #expect(window.secondsInHand(at: 12) == 1)
    #expect(window.secondsInHand(at: 20) == 0)
    // One has come back sooner than estimated: how far the other is, is not known.
    window.remove(tasks: 10, seconds: 8, at: 7)
    #expect(window.secondsInHand(at: 7) == 4)
    window.remove(tasks: 10, seconds: 8, at: 8)
    #expect(window.secondsInHand(at: 8) == 0)
    window.add(tasks: 1, seconds: 2, at: 30)
    #expect(window.secondsInHand(at: 30) == 1)
  }

  /// After so many looks, for compute threads want the core.
  private static let eager = 4

  @Test func withoutRingsLooksGetRarer() {
    for (awake, part) in [(0, 8), (1, 64)] {
      var pace = Pace(now: 0)
      let outlook = Pace.Outlook(awake: awake)
      for _ in 0..<Self.eager { #expect(pace.rest(at: 0, outlook) == .yield) }
      #expect(pace.rest(at: 1000, outlook) == .sleep(nanoseconds: 20_000))
      #expect(pace.rest(at: 1_000_000, outlook) == .sleep(nanoseconds: max(20_000, 1_000_000 / part)))
      #expect(pace.rest(at: 1_000_000_000, outlook) == .sleep(nanoseconds: Pace.longest))
      #expect(pace.rest(at: 1_000_000_000, Pace.Outlook(longest: 30_000)) == .sleep(nanoseconds: 30_000))
      pace.event(at: 1_000_000_000)
      #expect(pace.rest(at: 1_000_000_000, outlook) == .yield)
    }
  }

  @Test func aRankThatIsRungSleepsLong() {
    var pace = Pace(now: 0)
    for _ in 0..<Self.eager { #expect(pace.rest(at: 0, Pace.Outlook(isRung: true)) == .yield) }
    #expect(pace.rest(at: 1000, Pace.Outlook(isRung: true)) == .sleep(nanoseconds: Pace.longestRung))
    // But for what is due earlier, or has been.
    #expect(pace.rest(at: 1000, Pace.Outlook(isRung: true, next: 5000)) == .sleep(nanoseconds: 4000))
    #expect(pace.rest(at: 6000, Pace.Outlook(isRung: true, next: 5000)) == .sleep(nanoseconds: 1))
  }

  @Test func theMessageOfARingIsLookedForAWhile() {
    var pace = Pace(now: 0)
    let rung = Pace.Outlook(isRung: true)
    for _ in 0..<Self.eager { #expect(pace.rest(at: 0, rung) == .yield) }
    pace.ring(at: 1000)
    // More and more rarely, and then as before.
    #expect(pace.rest(at: 1000, rung) == .sleep(nanoseconds: 50_000))
    #expect(pace.rest(at: 101_000, rung) == .sleep(nanoseconds: 200_000))
    #expect(pace.rest(at: 2_001_000, rung) == .sleep(nanoseconds: Pace.longestRung))
    pace.ring(at: 3_000_000)
    pace.event(at: 3_000_000)
    for _ in 0..<Self.eager { #expect(pace.rest(at: 3_000_000, rung) == .yield) }
    #expect(pace.rest(at: 3_000_000, rung) == .sleep(nanoseconds: Pace.longestRung))
    #expect(pace.rest(at: 3_000_000, Pace.Outlook(next: .max)) == .sleep(nanoseconds: 20_000))
  }

  @Test func aThreadWhoseCoreIsFreeStaysAwakeByTheClock() {
    var pace = Pace(now: 0)
    let alone = Pace.Outlook(awake: Pace.awake, isRung: true)
    for now in stride(from: 0, to: Pace.awake, by: 100) { #expect(pace.rest(at: now, alone) == .yield) }
    #expect(pace.rest(at: Pace.awake, alone) == .sleep(nanoseconds: Pace.longestRung))
    #expect(pace.rest(at: Pace.awake, Pace.Outlook(awake: Pace.awake)) == .sleep(nanoseconds: 20_000))
  }

  @Test func aRankThatIsAloneLooksForNoMessages() {
    var pace = Pace(now: 0)
    let alone = Pace.Outlook(awaitsMessages: false)
    for _ in 0..<Self.eager { #expect(pace.rest(at: 0, alone) == .yield) }
    guard case .doze(let nanoseconds) = pace.rest(at: 0, alone) else {
      Issue.record("it looks for messages")
      return
    }
    #expect(nanoseconds > 1_000_000_000)
    #expect(pace.rest(at: 10, Pace.Outlook(awaitsMessages: false, next: 50)) == .doze(nanoseconds: 40))
  }

  @Test func inACalmItDozes() {
    var pace = Pace(now: 0)
    // Next to nothing is none.
    #expect(pace.rest(at: 0, Pace.Outlook(calm: 10_000, isRung: true)) == .yield)
    #expect(pace.rest(at: 0, Pace.Outlook(calm: 300_000, isRung: true)) == .doze(nanoseconds: 300_000))
    for long in [1_000_000_000, .max] {
      #expect(pace.rest(at: 0, Pace.Outlook(calm: long)) == .doze(nanoseconds: Pace.longestCalm))
    }
    #expect(pace.rest(at: 0, Pace.Outlook(calm: .max, isRung: true, next: 1000)) == .doze(nanoseconds: 1000))
    let both = Pace.Outlook(calm: 5, awake: 3, isRung: true, next: 7).combined(with: Pace.Outlook(calm: 9, longest: 3))
    #expect(both.calm == 5 && both.awake == 0 && !both.isRung && both.next == 7 && both.longest == 3)
  }

  @Test func theLookAheadGrowsForShortTasksAlone() {
    var ahead = LookAhead(threads: 2, fixed: nil)
    #expect(ahead.count == 8)
    ahead.grow(ranDry: true, taskSeconds: nil, taskBytes: 0, threads: 2)
    ahead.grow(ranDry: true, taskSeconds: 1, taskBytes: 0, threads: 2)
    ahead.grow(ranDry: true, taskSeconds: 1e-6, taskBytes: 8 << 20, threads: 2)
    #expect(ahead.count == 8)
    ahead.widen(to: 10)
    #expect(ahead.count == 40)
    ahead.widen(to: 1)
    #expect(ahead.count == 40)
    // Seven batches for each thread; more only where that has not been enough.
    for _ in 0..<30 { ahead.grow(ranDry: false, taskSeconds: 100e-6, taskBytes: 0, threads: 2) }
    #expect(ahead.count == 640)
    // More are taken when a quarter of many is over, and at once if there are few.
    #expect(ahead.worthTaking(threads: 2) == 160)
    #expect(ahead.worthTaking(threads: 1000) == 1)
    for _ in 0..<30 { ahead.grow(ranDry: true, taskSeconds: 1e-6, taskBytes: 8, threads: 2) }
    #expect(ahead.count == LookAhead.largest)
    var fixed = LookAhead(threads: 64, fixed: 5)
    #expect(fixed.count == 5)
    fixed.grow(ranDry: true, taskSeconds: 0, taskBytes: 0, threads: 64)
    #expect(fixed.count == 5)
    #expect(fixed.worthTaking(threads: 1) == 1)
  }

  @Test func aQueueLetsGoOfWhatWasTaken() {
    final class Thing {}
    var queue = Queue<Thing>()
    var things = (0..<3).map { _ in Thing() }
    weak let first = things[0]
    for thing in things { queue.append(thing) }
    things = []
    #expect(first != nil)
    _ = queue.removeFirst()
    // Others are still waiting.
    #expect(first == nil && !queue.isEmpty)
    var numbers = Queue<Int>()
    var taken: [Int] = []
    for number in 0..<5000 {
      numbers.append(number)
      if number > 2000 { taken.append(numbers.removeFirst()!) }
    }
    numbers.first = -1
    if let place = numbers.place(where: { $0 == 4000 }) { numbers.bringForward(place) }
    while let number = numbers.removeFirst() { taken.append(number) }
    #expect(Array(taken.prefix(2999)) == Array(0..<2999))
    #expect(taken.count == 5000 && taken[2999] == 4000 && taken[4000] == -1 && taken.last == 4999)
    #expect(numbers.removeFirst() == nil && numbers.first == nil)
  }

  @Test func theHighestPriorityFirstAndOthersInTurn() {
    var queue = PriorityQueue<String>()
    for (text, priority) in [("a", 0), ("b", 5), ("c", 0), ("d", 5), ("e", -1)] {
      queue.append(text, priority: priority)
    }
    #expect(queue.count == 5)
    #expect(queue.first?.element == "b")
    var order = ""
    while let (text, _) = queue.removeFirst() { order += text }
    #expect(order == "bdace")
    #expect(queue.first == nil && queue.count == 0)
    for number in 0..<5000 { queue.append("\(number)", priority: 0) }
    for number in 0..<5000 { #expect(queue.removeFirst()?.element == "\(number)") }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPITasks

/// The pool's policies on ranks that are simulated: who gets which task, and what is taken back.
@Suite struct PoolSimulationTests {
  /// A pool of one thread a rank, in steps of a millisecond. A message takes a step.
  struct Pool {
    struct Batch {
      var number: Int
      var tasks: Range<Int>
    }

    struct Rank {
      /// When it comes, in steps.
      var arrival: Int
      var queue: [Batch] = []
      /// What it is at: the batch, the task of it, and when that has completed.
      var current: (batch: Batch, task: Int, end: Int)?
    }

    let lengths: [Int]
    var ranks: [Rank]
    var flights: [Flights<Batch>]
    var waiting: [Range<Int>]
    var size: BatchSize
    /// When each task was over.
    var ends: [Int?]
    var begun: [Int]
    var messages = 0
    var now = 0
    /// What comes to rank 0 in the next step.
    var mail: [(rank: Int, mail: Mail)] = []

    enum Mail {
      case result(number: Int, ran: Int, steps: Int)
      case kept([(number: Int, count: Int)])
    }

    /// - Parameter known: how long a task is thought to take, in steps; nil if nothing is known.
    init(lengths: [Int], arrivals: [Int], known: Double? = nil) {
      self.lengths = lengths
      ranks = arrivals.map { Rank(arrival: $0) }
      flights = arrivals.map { _ in Flights() }
      waiting = [0..<lengths.count]
      size = BatchSize(seconds: known.map { $0 * 1e-3 })
      ends = lengths.map { _ in nil }
      begun = lengths.map { _ in 0 }
    }

    private var seconds: Double { Double(now) * 1e-3 }
    private var threads: Int { ranks.count { $0.arrival <= now } }

    private mutating func takeBatch() -> Range<Int>? {
      guard let first = waiting.first else { return nil }
      let count = min(first.count, size.next(waiting: waiting.reduce(0) { $0 + $1.count }, threads: threads))
      waiting[0] = first.dropFirst(count)
      if waiting[0].isEmpty { waiting.removeFirst() }
      return first.prefix(count)
    }

    private mutating func putBack(_ rest: Flights<Batch>.Rest?) {
      guard let rest, !rest.tasks.isEmpty else { return }
      let first = rest.load.tasks.lowerBound
      waiting.append(first + rest.tasks.lowerBound..<first + rest.tasks.upperBound)
    }

    /// Runs until all is over.
    ///
    /// - Returns: the steps that took.
    mutating func run() -> Int {
      var lastNumber = 0
      while ends.contains(nil) {
        let arrived = mail
        mail = []
        for rank in ranks.indices { compute(rank) }
        for (rank, mail) in arrived {
          switch mail {
          case .result(let number, let ran, let steps):
            guard let rest = flights[rank].comeBack(number, ran: ran, at: seconds) else { continue }
            size.record(count: ran, seconds: Double(steps) * 1e-3)
            putBack(rest)
          case .kept(let batches):
            for (number, count) in batches { putBack(flights[rank].keep(number, tasks: count, at: seconds)) }
            flights[rank].answer()
          }
        }
        // Rank 0's thread takes what it runs.
        if ranks[0].current == nil, ranks[0].queue.isEmpty, let tasks = takeBatch() {
          lastNumber += 1
          flights[0].add(
            lastNumber, Batch(number: lastNumber, tasks: tasks), tasks: tasks.count, seconds: expected(tasks),
            at: seconds)
          ranks[0].queue.append(Batch(number: lastNumber, tasks: tasks))
        }
        for rank in ranks.indices { flights[rank].threads = ranks[rank].arrival <= now ? 1 : 0 }
        var wanting = Array(ranks.indices.dropFirst())
        while !wanting.isEmpty {
          wanting = wanting.filter { rank in
            let left = waiting.reduce(0) { $0 + $1.count }
            guard left > 0, flights[rank].wantsMore(waiting: left, allThreads: threads, taskSeconds: size.mean),
              let tasks = takeBatch()
            else { return false }
            lastNumber += 1
            messages += 1
            let batch = Batch(number: lastNumber, tasks: tasks)
            flights[rank].add(lastNumber, batch, tasks: tasks.count, seconds: expected(tasks), at: seconds)
            ranks[rank].queue.append(batch)
            return true
          }
        }
        if waiting.isEmpty {
          let idle = flights.reduce(0) { $0 + $1.idleThreads }
          for rank in TakingBack.places(among: flights, idle: idle, allThreads: threads, at: seconds) {
            flights[rank].ask()
            messages += 1
            giveBack(rank)
          }
        }
        now = next()
        if now > 1_000_000 { return .max }
      }
      return ends.reduce(0) { max($0, $1 ?? .max) }
    }

    /// The next step in which there is something to do, or rank 0 looks around.
    private func next() -> Int {
      if !mail.isEmpty { return now + 1 }
      let events = ranks.map { rank in
        rank.arrival > now ? rank.arrival : rank.current?.end ?? (rank.queue.isEmpty ? .max : now + 1)
      }
      return max(now + 1, min(events.min() ?? .max, now + 8))
    }

    private func expected(_ tasks: Range<Int>) -> Double {
      Double(tasks.count) * (size.mean ?? BatchSize.target(threads: threads))
    }

    private mutating func compute(_ rank: Int) {
      guard ranks[rank].arrival <= now else { return }
      if let current = ranks[rank].current {
        guard current.end <= now else { return }
        ends[current.task] = now
        ranks[rank].current = nil
        if current.task + 1 < current.batch.tasks.upperBound { return begin(rank, current.batch, current.task + 1) }
        let steps = current.batch.tasks.reduce(0) { $0 + lengths[$1] }
        mail.append((rank, .result(number: current.batch.number, ran: current.batch.tasks.count, steps: steps)))
      }
      guard !ranks[rank].queue.isEmpty else { return }
      let batch = ranks[rank].queue.removeFirst()
      begin(rank, batch, batch.tasks.lowerBound)
    }

    private mutating func begin(_ rank: Int, _ batch: Batch, _ task: Int) {
      begun[task] += 1
      ranks[rank].current = (batch, task, now + lengths[task])
    }

    private mutating func giveBack(_ rank: Int) {
      var kept: [(number: Int, count: Int)] = ranks[rank].queue.map { ($0.number, 0) }
      ranks[rank].queue = []
      if let current = ranks[rank].current {
        let count = current.task + 1 - current.batch.tasks.lowerBound
        ranks[rank].current?.batch.tasks = current.batch.tasks.prefix(count)
        kept.append((current.batch.number, count))
      }
      mail.append((rank, .kept(kept)))
    }
  }

  /// The earliest end of tasks of one length, begun one after the other by the thread that is free first.
  private func ideal(_ count: Int, length: Int, arrivals: [Int]) -> Int {
    let ends = arrivals.flatMap { arrival in (1...count).map { arrival + $0 * length } }
    return ends.sorted()[count - 1]
  }

  /// No schedule ends earlier.
  private func bound(_ lengths: [Int], arrivals: [Int]) -> Int {
    let all = lengths.reduce(0, +)
    var end = lengths.max() ?? 0
    while arrivals.reduce(0, { $0 + max(0, end - $1) }) < all { end += 1 }
    return end
  }

  /// When ranks come: all at once; or some late, in the middle of tasks.
  static let patterns: [[Int]] = [
    [0, 0, 0, 0, 0, 0, 0, 0], [0, 3, 1, 7, 2, 5, 4, 6], [0, 40, 0, 40, 0, 40, 0, 40],
    [0, 230, 230, 230, 230, 230, 230, 230],
    [0, 0, 0, 0, 0, 0, 0, 730], [0, 100, 300, 700, 900, 1300, 1700, 2100], [0, 700, 0, 700, 1200, 0, 0, 3000],
  ]
  /// What messages and looking for them may cost, in milliseconds.
  static let slack = 60

  @Test("Tasks of one length, of which nothing is known, take as long as they must", arguments: 2...8)
  func equalTasks(ranks: Int) {
    for arrivals in Self.patterns.map({ Array($0.prefix(ranks)) }) {
      for count in 1...16 {
        var pool = Pool(lengths: Array(repeating: 500, count: count), arrivals: arrivals)
        let (steps, best) = (pool.run(), ideal(count, length: 500, arrivals: arrivals))
        #expect(steps <= best + Self.slack, "\(count) tasks, ranks at \(arrivals): \(steps) ms for \(best)")
        #expect(pool.begun.allSatisfy { $0 == 1 })
      }
    }
  }

  @Test("Tasks of any length are over a task's length after the ideal at the latest", arguments: 2...8)
  func unequalTasks(ranks: Int) {
    for arrivals in Self.patterns.map({ Array($0.prefix(ranks)) }) {
      for count in 1...16 {
        let lengths = (0..<count).map { 50 + 150 * (($0 * 7 + count) % 7) }
        var pool = Pool(lengths: lengths, arrivals: arrivals)
        let (steps, best) = (pool.run(), bound(lengths, arrivals: arrivals))
        #expect(
          steps <= best + lengths.max()! + Self.slack, "\(lengths), ranks at \(arrivals): \(steps) ms for \(best)")
        #expect(pool.begun.allSatisfy { $0 == 1 })
      }
    }
  }

  @Test("So are those that were thought to be far shorter, and handed out by the batch", arguments: 2...8)
  func mistakenTasks(ranks: Int) {
    for arrivals in Self.patterns.map({ Array($0.prefix(ranks)) }) {
      for count in [1, 4, 8, 16, 100] {
        var pool = Pool(lengths: Array(repeating: 500, count: count), arrivals: arrivals, known: 0.001)
        let (steps, best) = (pool.run(), bound(pool.lengths, arrivals: arrivals))
        #expect(steps <= best + 500 + 4 * Self.slack, "\(count) tasks, ranks at \(arrivals): \(steps) ms for \(best)")
        #expect(pool.begun.allSatisfy { $0 == 1 })
      }
    }
  }

  @Test("A task that takes long keeps none behind it")
  func longTask() {
    for place in [0, 50, 200, 399] {
      var lengths = Array(repeating: 1, count: 400)
      lengths[place] = 1000
      var pool = Pool(lengths: lengths, arrivals: [0, 0, 0, 0], known: 1)
      let steps = pool.run()
      #expect(steps <= place / 4 + 1000 + 2 * Self.slack, "\(place): \(steps) ms")
    }
  }

  @Test("Short tasks are not taken back")
  func shortTasks() {
    var pool = Pool(lengths: Array(repeating: 1, count: 4000), arrivals: [0, 0, 0, 0], known: 1)
    _ = pool.run()
    #expect(pool.messages < 4000)
    let batches = pool.messages
    pool = Pool(lengths: Array(repeating: 4, count: 1000), arrivals: [0, 0, 0, 0], known: 4)
    _ = pool.run()
    #expect(pool.messages <= 1000 && batches > 0)
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What is in flight to one worker: its batches, by number, and what each holds.
///
/// Tasks that were handed out and have not begun can be taken back. The worker is asked for all that it has of them,
/// and answers how many tasks of each batch it keeps. It may keep some of a batch that it works at, so a batch's result
/// may come before or after that answer; each task is either in the result or given back, once.
struct Flights<Load> {
  /// A batch that has been sent and has not come back.
  struct Flight {
    var load: Load
    /// How many tasks the worker has of it.
    var tasks: Int
    /// How long they will take, as far as that is known, in seconds for one thread.
    var seconds: Double
    /// When they should be over at the latest, in seconds.
    var due: Double
    /// Whether what had not begun of it was given back.
    var isCut = false
    /// How many tasks of it wait for tasks that they have submitted.
    var children = 0
  }

  /// Tasks of a batch that are to be handed out again, by their distances from its first.
  typealias Rest = (load: Load, tasks: Range<Int>)

  private(set) var window = LinkWindow()
  private var flights: [Int: Flight] = [:]
  /// How many of them are cut.
  private var cut = 0
  /// Whether the worker was asked for what has not begun, and has not answered.
  private(set) var isAsked = false

  /// The compute threads of the worker; 0 before it can begin.
  var threads: Int {
    get { window.threads }
    set { window.threads = newValue }
  }

  var isEmpty: Bool { flights.isEmpty }

  /// The numbers of the batches of which something is true.
  func numbers(where condition: (Load) -> Bool) -> [Int] { flights.filter { condition($0.value.load) }.map(\.key) }

  /// Notes a batch that goes out.
  mutating func add(_ number: Int, _ load: Load, tasks: Int, seconds: Double, at now: Double) {
    window.add(tasks: tasks, seconds: seconds, at: now)
    let due = max(now + seconds, now + window.secondsInHand(at: now))
    flights[number] = Flight(load: load, tasks: tasks, seconds: seconds, due: due)
  }

  /// Notes the result of a batch.
  ///
  /// - Parameter ran: how many of its tasks have run: the first ones.
  /// - Returns: the batch, and those of its tasks that no thread has yet; nil for a batch that is not in flight.
  mutating func comeBack(_ number: Int, ran: Int, at now: Double) -> Rest? {
    guard let flight = flights.removeValue(forKey: number) else { return nil }
    if flight.isCut { cut -= 1 }
    window.remove(tasks: flight.tasks, seconds: flight.seconds, at: now)
    if flight.children > 0 { window.suspended -= 1 }
    return (flight.load, min(ran, flight.tasks)..<flight.tasks)
  }

  /// Notes how many tasks of a batch the worker keeps, the first ones.
  ///
  /// - Returns: the batch, and the tasks that it has given back; nil for a batch that is not in flight.
  mutating func keep(_ number: Int, tasks kept: Int, at now: Double) -> Rest? {
    guard let flight = flights[number], kept > 0 else { return comeBack(number, ran: 0, at: now) }
    let back = min(kept, flight.tasks)..<flight.tasks
    let seconds = flight.seconds * Double(back.count) / Double(max(1, flight.tasks))
    window.shorten(tasks: back.count, seconds: seconds, at: now)
    flights[number]?.tasks -= back.count
    flights[number]?.seconds -= seconds
    flights[number]?.isCut = true
    if !flight.isCut { cut += 1 }
    return (flight.load, back)
  }

  /// Notes that the worker was asked for what has not begun.
  mutating func ask() { isAsked = true }

  /// Notes that the worker has answered: what it has of the batches that it had then, it has begun.
  mutating func answer() { isAsked = false }

  /// Whether it should get another batch: see ``LinkWindow/wantsMore(waiting:allThreads:taskSeconds:)``. One that had
  /// to give back gets none to wait behind what it is at.
  func wantsMore(waiting: Int, allThreads: Int, taskSeconds: Double?) -> Bool {
    cut > 0
      ? idleThreads > 0 : window.wantsMore(waiting: waiting, allThreads: allThreads, taskSeconds: taskSeconds)
  }

  /// How many tasks it has that have not begun, at least, as far as is known.
  var spare: Int {
    var (batches, tasks) = (0, 0)
    for flight in flights.values where !flight.isCut {
      batches += 1
      tasks += flight.tasks
    }
    return tasks - min(batches, max(0, threads - cut))
  }

  /// How many batches it has that don't wait for tasks that they have submitted.
  var activeCount: Int { window.batches - window.suspended }

  /// How many of its threads have nothing to do.
  var idleThreads: Int { max(0, threads - activeCount) }

  /// Whether it is worth asking for what has not begun, where another has nothing to do: not if all of it will be over,
  /// or has been for so many seconds at most, as far as is known.
  func isWorthAsking(patience: Double, at now: Double) -> Bool {
    guard !isAsked, spare > 0 else { return false }
    return flights.values.contains { !$0.isCut && abs($0.due - now) > patience }
  }

  /// Notes that a batch waits for so many tasks more, or less.
  mutating func count(children: Int, of number: Int) {
    guard let before = flights[number]?.children else { return }
    flights[number]?.children += children
    let isWaiting = before + children > 0
    if isWaiting != (before > 0) { window.suspended += isWaiting ? 1 : -1 }
  }
}

extension Flights: Sendable where Load: Sendable {}
extension Flights.Flight: Sendable where Load: Sendable {}

/// The workers to ask for tasks that have not begun.
enum TakingBack {
  /// How far from being over what a worker has must be, or how late, so that it is asked, in seconds.
  ///
  /// Batches of short tasks come back within some times ``BatchSize/target(threads:)``: they are never asked for.
  static func patience(allThreads: Int) -> Double { 4 * BatchSize.target(threads: allThreads) }

  /// The places of those to ask: those with the most first, until there is a task for each thread that has
  /// nothing to do.
  ///
  /// - Parameters:
  ///   - idle: how many threads have nothing to do, while nothing waits to be handed out.
  ///   - allThreads: how many threads there are on all ranks.
  static func places<Load>(
    among workers: [Flights<Load>], idle: Int, allThreads: Int, at now: Double
  ) -> [Int] {
    guard idle > 0 else { return [] }
    let patience = patience(allThreads: allThreads)
    let candidates = workers.indices.filter { workers[$0].isWorthAsking(patience: patience, at: now) }
    // What others were asked for already will come.
    var missing = idle - workers.reduce(0) { $0 + ($1.isAsked ? max(0, $1.spare) : 0) }
    var places: [Int] = []
    for place in candidates.sorted(by: { workers[$0].spare > workers[$1].spare }) where missing > 0 {
      places.append(place)
      missing -= workers[place].spare
    }
    return places
  }
}

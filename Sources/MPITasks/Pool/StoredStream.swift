// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIObjectCoding

/// What has become of tasks of a batch, as a store gets it.
package struct SettledTasks<Item: PoolTaskProtocol>: Sendable {
  private let delivery: Delivery<Item>
  /// Whether the call was canceled: a failure may be due to that.
  package let isCanceled: Bool
  /// The host that has run them.
  package let host: String

  init(_ delivery: Delivery<Item>, _ dispatcher: Dispatcher, _ flag: CancelFlag) {
    self.delivery = delivery
    isCanceled = flag.isSet
    host = delivery.rank == 0 ? dispatcher.place.host : dispatcher.allFigures[delivery.rank].host
  }

  /// How long each has taken on average, in seconds; nil if that is not known.
  package var seconds: Double? { delivery.seconds }

  /// Calls `body` with each that has completed, in order.
  package func visit(_ body: (_ index: Int, _ task: Item, _ result: Result<Item.Output, TaskFailure>) throws -> Void)
    rethrows
  {
    try delivery.visit(body)
  }
}

/// What a store has of a task before it is run.
package enum KnownTask<Output: Sendable>: Sendable {
  /// Nothing: it is to be run.
  case nothing
  case result(Output)
  case failure(TaskFailure)
  /// Nothing, but a task of the same key is running in this call.
  case sameAs(index: Int)
}

/// What looks tasks up before they are run, and takes what has become of those that were.
package protocol TaskKeeper<Item>: AnyObject, Sendable {
  associatedtype Item: PoolTaskProtocol

  /// Whether it has so much to write that no more tasks should be run.
  var isBehind: Bool { get }

  /// Looks up tasks that follow one another.
  func lookUp(_ tasks: [Item], first: Int) throws -> [KnownTask<Item.Output>]

  /// Takes what has become of tasks. Called on threads that must go on.
  func keep(_ settled: SettledTasks<Item>)

  /// Notes that the program gets the result of a task that was run.
  func handedOut(_ index: Int)
}

/// How the tasks of a call with a store are run.
package struct StoredCallOptions: Sendable {
  package var onFailure = FailurePolicy.stop
  package var priority = 0
  package var timeout: Duration?
  package var memoryLimit: Int?
  package var lookAhead: Int?

  package init(onFailure: FailurePolicy, priority: Int, timeout: Duration?, memoryLimit: Int?, lookAhead: Int?) {
    (self.onFailure, self.priority) = (onFailure, priority)
    (self.timeout, self.memoryLimit, self.lookAhead) = (timeout, memoryLimit, lookAhead)
  }
}

extension TaskPool {
  /// The seed of calls with a store: another run makes the same, whatever it calls before.
  package func seedForStores(_ seed: UInt64?) -> UInt64 { seed ?? mixed(self.seed, 0x7374_6F72_65) }
}

extension FailurePolicy {
  /// Whether the other tasks run if one has failed.
  package var runsOthers: Bool { goesOn }
}

extension TaskFailure {
  /// All of it as bytes, and back.
  package func encoded() -> [UInt8] {
    (try? ObjectCoder.encode(StoredFailure(record: record, attempts: attempts))) ?? []
  }

  package init(encoded bytes: [UInt8], index: Int) throws {
    let stored = try ObjectCoder.decode(StoredFailure.self, from: bytes)
    self.init(stored.record, first: index - stored.record.offset, attempts: stored.attempts)
  }

  /// The same of another task.
  package func moved(to index: Int) -> TaskFailure {
    TaskFailure(record, first: index - record.offset, attempts: attempts)
  }

  private struct StoredFailure: Codable {
    var record: FailureRecord
    var attempts: Int
  }
}

extension Shared {
  /// Its number, which no other one of this process has.
  package var number: Int { key }
}

/// What a call with a store brings back, as it is asked for: results that are known, and those of tasks that are run.
package final class StoredStream<Inputs: Sequence> where Inputs.Element: PoolTaskProtocol {
  package typealias Item = Inputs.Element
  package typealias Completed = (index: Int, task: Item, result: Result<Item.Output, TaskFailure>)

  /// How many tasks are looked up at a time, at most.
  private static var largestLook: Int { 1024 }

  private let call: TypedCall<Item>
  private let keeper: any TaskKeeper<Item>
  private var iterator: Inputs.Iterator?
  private var ahead: LookAhead
  private let hasFixedLookAhead: Bool
  private var look = 16
  private var taken = 0
  /// How many have been given to the call, and how many of those have completed.
  private var given = 0
  private var done = 0
  private let expected: Int
  private let isForAll: Bool
  /// Tasks that wait for another one's result, by its index.
  private var twins: [Int: [(index: Int, task: Item)]] = [:]
  private var twinCount = 0

  package init(
    _ inputs: Inputs, _ pool: TaskPool, _ keeper: any TaskKeeper<Item>, _ options: StoredCallOptions, seed: UInt64,
    isForAll: Bool
  ) throws {
    self.keeper = keeper
    self.isForAll = isForAll
    // What has completed is not lost.
    try pool.root.stopInTime()
    func keep<Keeper: TaskKeeper<Item>>(_ keeper: Keeper) -> @Sendable (SettledTasks<Item>) -> Void {
      { keeper.keep($0) }
    }
    call = try pool.begin(
      options.priority, options.timeout, options.memoryLimit, options.onFailure, seed, keep: keep(keeper))
    expected = min(inputs.underestimatedCount, 1 << 50)
    ahead = LookAhead(threads: call.threads, fixed: options.lookAhead)
    hasFixedLookAhead = options.lookAhead != nil
    iterator = inputs.makeIterator()
    call.expect(expected)
  }

  deinit {
    call.expect(done - expected)
    if done < given || iterator != nil { call.fail(CancellationError()) } else { call.finish() }
  }

  /// The next ones that complete; nil if all have.
  package nonisolated(nonsending) func next() async throws -> [Completed]? {
    while true {
      // The store writes less fast than tasks end.
      while keeper.isBehind { try await Task.sleep(for: .milliseconds(2)) }
      var ready: [Completed] = []
      try fill(&ready)
      if !ready.isEmpty { return ready }
      guard done < given else {
        if iterator == nil { return nil }
        continue
      }
      for delivery in try await call.deliveries(of: wanted) {
        done += delivery.count
        delivery.visit { index, task, result in
          keeper.handedOut(index)
          ready.append((index, task, result))
          guard let twins = twins.removeValue(forKey: index) else { return }
          twinCount -= twins.count
          for twin in twins { ready.append((twin.index, twin.task, result.mapError { $0.moved(to: twin.index) })) }
        }
      }
      if !ready.isEmpty { return ready }
    }
  }

  private var wanted: Int {
    guard isForAll else { return 1 }
    return min(given - done, iterator == nil ? .max : ahead.worthTaking(threads: call.threads))
  }

  /// Takes inputs, as many as may be in flight, and gives the call those that are not known.
  private func fill(_ ready: inout [Completed]) throws {
    ahead.widen(to: call.threads)
    call.grow(&ahead)
    while iterator != nil {
      let room = ahead.count - (given - done) - twinCount - ready.count
      guard room > 0 else { return }
      var tasks: [Item] = []
      let count = hasFixedLookAhead ? min(room, look) : look
      while tasks.count < count {
        guard let task = iterator?.next() else {
          iterator = nil
          break
        }
        tasks.append(task)
      }
      guard !tasks.isEmpty else { return }
      look = min(2 * look, Self.largestLook)
      try give(tasks, first: taken, &ready)
      taken += tasks.count
    }
  }

  private func give(_ tasks: [Item], first: Int, _ ready: inout [Completed]) throws {
    var unknown = 0..<0
    func giveUnknown() {
      call.append(tasks[unknown], first: first + unknown.lowerBound)
      given += unknown.count
    }
    for (offset, known) in try keeper.lookUp(tasks, first: first).enumerated() {
      switch known {
      case .nothing:
        if unknown.upperBound != offset {
          giveUnknown()
          unknown = offset..<offset
        }
        unknown = unknown.lowerBound..<offset + 1
      case .result(let output): ready.append((first + offset, tasks[offset], .success(output)))
      case .failure(let failure): ready.append((first + offset, tasks[offset], .failure(failure)))
      case .sameAs(let index):
        twins[index, default: []].append((first + offset, tasks[offset]))
        twinCount += 1
      }
    }
    giveUnknown()
  }
}

extension TaskFailures {
  /// Those of a call, in whatever order.
  package init(sorted failures: [TaskFailure]) { self.init(failures: failures.sorted { $0.index < $1.index }) }
}

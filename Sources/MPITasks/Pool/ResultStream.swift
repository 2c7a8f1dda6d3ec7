// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What a call brings back, as it is asked for; takes the input as far ahead as it should.
final class ResultStream<Inputs: Sequence> where Inputs.Element: PoolTaskProtocol {
  typealias Item = Inputs.Element

  private let call: TypedCall<Item>
  private var iterator: Inputs.Iterator?
  private var ahead: LookAhead
  /// How many inputs were taken.
  private var taken = 0
  /// How many of them have completed.
  private var done = 0
  private var order: Reordering<Item>?
  /// How many inputs there are at least.
  private let expected: Int
  /// Whether results are read only after all have arrived.
  private let isForAll: Bool

  init(_ inputs: Inputs, _ call: TypedCall<Item>, lookAhead: Int?, isOrdered: Bool, isForAll: Bool = false) {
    self.call = call
    self.isForAll = isForAll
    order = isOrdered ? Reordering() : nil
    expected = min(inputs.underestimatedCount, 1 << 50)
    call.expect(expected)
    ahead = LookAhead(threads: call.threads, fixed: lookAhead)
    if let array = inputs as? [Item], lookAhead == nil {
      // It's there already, so nothing is saved by taking it bit by bit.
      taken = array.count
      call.append(array[...], first: 0)
    } else {
      iterator = inputs.makeIterator()
    }
  }

  deinit {
    call.expect(done - expected)
    if done < taken || iterator != nil { call.fail(CancellationError()) } else { call.finish() }
  }

  /// The next one that completes; nil if all have.
  nonisolated(nonsending) func next() async throws -> [Delivery<Item>]? {
    while true {
      fill()
      guard done < taken else { return nil }
      var ready: [Delivery<Item>] = []
      for delivery in try await call.deliveries(of: wanted) {
        done += delivery.count
        if order == nil { ready.append(delivery) } else { order!.add(delivery, to: &ready) }
      }
      if !ready.isEmpty { return ready }
    }
  }

  /// How many results are worth waking up for.
  private var wanted: Int {
    guard isForAll else { return 1 }
    return min(taken - done, iterator == nil ? .max : ahead.worthTaking(threads: call.threads))
  }

  /// Takes inputs, as many as may be in flight.
  private func fill() {
    guard iterator != nil else { return }
    ahead.widen(to: call.threads)
    call.grow(&ahead)
    // What is done and waits for others before it counts, too.
    let room = ahead.count - (taken - done) - (order?.held ?? 0)
    guard room > 0 else { return }
    var tasks: [Item] = []
    while tasks.count < room {
      guard let task = iterator?.next() else {
        iterator = nil
        break
      }
      tasks.append(task)
    }
    call.append(tasks[...], first: taken)
    taken += tasks.count
  }
}

/// Brings deliveries into the order of the input.
struct Reordering<Item: PoolTaskProtocol> {
  /// The index of what comes next.
  private var next = 0
  /// What has come too early, by the index of its first.
  private var early: [Int: Delivery<Item>] = [:]
  /// How many tasks that is.
  private(set) var held = 0

  /// Takes a delivery, and hands out what follows on what was handed out.
  mutating func add(_ delivery: Delivery<Item>, to ready: inout [Delivery<Item>]) {
    for part in delivery.withoutHoles() {
      if part.first == next {
        ready.append(part)
        next += part.count
      } else {
        early[part.first] = part
        held += part.count
      }
    }
    while let part = early.removeValue(forKey: next) {
      ready.append(part)
      held -= part.count
      next += part.count
    }
  }
}

extension Delivery {
  /// The same in parts none of which lacks anything.
  func withoutHoles() -> [Delivery] {
    guard !absent.isEmpty else { return [self] }
    var parts: [Delivery] = []
    var start = 0
    var output = outputs.startIndex
    for hole in absent + [tasks.count] {
      if hole > start {
        let indices = first + start..<first + hole
        let failed = failures.filter { indices.contains($0.index) }
        let count = hole - start - failed.count
        let base = tasks.startIndex
        parts.append(
          Delivery(
            first: first + start, tasks: tasks[base + start..<base + hole],
            outputs: Array(outputs[output..<output + count]), failures: failed, absent: []))
        output += count
      }
      start = hole + 1
    }
    return parts
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding
import Synchronization

/// What brings results of a loop to the root while it runs.
@usableFromInline
package protocol LoopShipping: AnyObject, Sendable {
  /// Elsewhere than at the root: what was computed since the last call, as bytes; nil if nothing was.
  func parcel() throws -> [UInt8]?
  /// At the root: takes such bytes.
  func receive(_ parcel: [UInt8], from rank: Int, host: String)
}

/// Some of the indices of a range, numbered from 0.
@usableFromInline
package struct RemainingIndices: Sendable {
  /// The indices, in order.
  package let ranges: [Range<Int>]
  /// The number of the first of each.
  private let starts: [Int]
  package let count: Int

  package init(_ ranges: [Range<Int>]) {
    self.ranges = ranges.filter { !$0.isEmpty }
    var (starts, count): ([Int], Int) = ([], 0)
    for range in self.ranges {
      starts.append(count)
      count += range.count
    }
    (self.starts, self.count) = (starts, count)
  }

  /// The index of a number.
  package func programIndex(_ number: Int) -> Int {
    if ranges.count == 1 { return ranges[0].lowerBound + number }
    let place = place(of: number)
    return ranges.isEmpty ? number : ranges[place].lowerBound + number - starts[place]
  }

  /// The indices of numbers that follow one another, as ranges.
  package func programRanges(_ numbers: Range<Int>) -> [Range<Int>] {
    var (found, next): ([Range<Int>], Int) = ([], numbers.lowerBound)
    var place = ranges.isEmpty ? 0 : place(of: next)
    while next < numbers.upperBound, place < ranges.count {
      let first = ranges[place].lowerBound + next - starts[place]
      let count = min(ranges[place].upperBound - first, numbers.upperBound - next)
      found.append(first..<first + count)
      next += count
      place += 1
    }
    return found
  }

  private func place(of number: Int) -> Int {
    var (low, high) = (0, starts.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle] <= number { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

/// The results of a loop on their way to a store, on this rank.
package final class LoopShipment<Value>: LoopShipping, @unchecked Sendable {
  /// Results of indices that follow one another.
  package struct Block {
    package var range: Range<Int>
    /// How long they took, in seconds.
    package var seconds: Double
  }

  private struct Computed: @unchecked Sendable {
    var numbers: Range<Int>
    var values: UnsafeBufferPointer<Value>
    var seconds: Double
  }

  private struct Parcel: Codable {
    var first: [Int] = []
    var count: [Int] = []
    var seconds: [Double] = []
    var bytes: [[UInt8]] = []
  }

  private let remaining: RemainingIndices
  private let isRoot: Bool
  private let host: String
  private let encode: @Sendable (UnsafeBufferPointer<Value>) throws -> [UInt8]
  private let keepValues: @Sendable (Block, [Value], _ host: String) -> Void
  private let keepBytes: @Sendable (Block, [UInt8], _ host: String) -> Void
  private let waiting = Mutex<[Computed]>([])
  /// At the root: the numbers whose results the store has.
  private let kept = Mutex(IndexRanges())

  /// - Parameters:
  ///   - remaining: the indices of the loop.
  ///   - encode: makes the bytes that the store has of results.
  ///   - keepValues: takes results that the root has computed.
  ///   - keepBytes: takes the bytes of others.
  package init(
    _ remaining: RemainingIndices, isRoot: Bool, host: String,
    encode: @escaping @Sendable (UnsafeBufferPointer<Value>) throws -> [UInt8],
    keepValues: @escaping @Sendable (Block, [Value], _ host: String) -> Void,
    keepBytes: @escaping @Sendable (Block, [UInt8], _ host: String) -> Void
  ) {
    (self.remaining, self.isRoot, self.host, self.encode) = (remaining, isRoot, host, encode)
    (self.keepValues, self.keepBytes) = (keepValues, keepBytes)
  }

  /// Notes results that a thread has computed, which stay where they are until the loop has ended.
  func note(_ numbers: Range<Int>, _ memory: LoopMemory, seconds: Double) {
    guard !numbers.isEmpty else { return }
    let start = memory.start.assumingMemoryBound(to: Value.self)
    let values = UnsafeBufferPointer(start: start + (numbers.lowerBound - memory.first), count: numbers.count)
    if isRoot {
      keep(numbers, values, seconds: seconds)
    } else {
      waiting.withLock { $0.append(Computed(numbers: numbers, values: values, seconds: seconds)) }
    }
  }

  /// Gives the store results that it has not, when all are here.
  func keepRest(of values: UnsafeBufferPointer<Value>) {
    let done = kept.withLock { $0.ranges }
    var next = 0
    for range in done + [values.count..<values.count] {
      if next < range.lowerBound {
        let numbers = next..<range.lowerBound
        keep(numbers, UnsafeBufferPointer(rebasing: values[numbers]), seconds: 0)
      }
      next = range.upperBound
    }
  }

  private func keep(_ numbers: Range<Int>, _ values: UnsafeBufferPointer<Value>, seconds: Double) {
    kept.withLock { $0.insert(numbers) }
    var next = 0
    for range in remaining.programRanges(numbers) {
      let part = Array(values[next..<next + range.count])
      let share = seconds * Double(range.count) / Double(numbers.count)
      keepValues(Block(range: range, seconds: share), part, host)
      next += range.count
    }
  }

  package func parcel() throws -> [UInt8]? {
    var computed = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    guard !computed.isEmpty else { return nil }
    computed.sort { $0.numbers.lowerBound < $1.numbers.lowerBound }
    // What lies side by side goes as one.
    var joined: [Computed] = []
    for next in computed {
      if let last = joined.last, last.numbers.upperBound == next.numbers.lowerBound,
        last.values.baseAddress! + last.values.count == next.values.baseAddress!
      {
        joined[joined.count - 1].numbers = last.numbers.lowerBound..<next.numbers.upperBound
        joined[joined.count - 1].values = UnsafeBufferPointer(
          start: last.values.baseAddress, count: last.values.count + next.values.count)
        joined[joined.count - 1].seconds += next.seconds
      } else {
        joined.append(next)
      }
    }
    var parcel = Parcel()
    for block in joined {
      // The bytes are split by the program's ranges, because each is a block of the store.
      var next = 0
      for range in remaining.programRanges(block.numbers) {
        // What can't be encoded is an error of the loop at its end, as without a store.
        guard let bytes = try? encode(UnsafeBufferPointer(rebasing: block.values[next..<next + range.count])) else {
          next += range.count
          continue
        }
        parcel.first.append(block.numbers.lowerBound + next)
        parcel.count.append(range.count)
        parcel.seconds.append(block.seconds * Double(range.count) / Double(block.numbers.count))
        parcel.bytes.append(bytes)
        next += range.count
      }
    }
    return try ObjectCoder.encode(parcel)
  }

  package func receive(_ parcel: [UInt8], from rank: Int, host: String) {
    guard let parcel = try? ObjectCoder.decode(Parcel.self, from: parcel) else { return }
    for place in parcel.first.indices {
      let numbers = parcel.first[place]..<parcel.first[place] + parcel.count[place]
      guard numbers.upperBound <= remaining.count else { continue }
      kept.withLock { $0.insert(numbers) }
      for range in remaining.programRanges(numbers) {
        keepBytes(Block(range: range, seconds: parcel.seconds[place]), parcel.bytes[place], host)
      }
    }
  }
}

extension Communicator {
  /// Runs a loop over some indices, the same on every rank, and brings its results to the root while it runs and at its
  /// end. Collective.
  ///
  /// - Returns: at the root the results, in order; nil elsewhere.
  package final func mapRemaining<Result>(
    _ remaining: RemainingIndices, _ schedule: LoopSchedule, _ coding: ValueCoding<Result>,
    _ shipment: LoopShipment<Result>, _ progress: ProgressStyle, _ label: String, _ file: StaticString, _ line: Int,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result]? {
    try schedule.check("map")
    try coding.check(on: self, "map")
    let (count, display) = (remaining.count, LoopDisplay(progress, label, file, line))
    func loop(_ memory: UnsafeMutableBufferPointer<Result>?) throws {
      let results = LoopResultBlocks(memory, coding: coding, operation: "map")
      var job = LoopJob("map with a store", 0..<count, schedule, results: results) { chunk in
        try chunk.fill(shipment) { try body(remaining.programIndex($0)) }
      }
      job.operation = "map"
      (job.shipment, job.remaining) = (shipment, remaining)
      // What is done is not lost.
      job.stopsInTime = true
      try runLoop("map", display) { channel in
        _ = try channel.run(job, display) { computed, tags in try results.collect(computed, channel, tags) }
      }
    }
    guard isRoot else {
      try loop(nil)
      return nil
    }
    return try Array(unsafeUninitializedCapacity: count) { memory, initialized in
      let all = UnsafeMutableBufferPointer(start: memory.baseAddress, count: count)
      try loop(all)
      initialized = count
      shipment.keepRest(of: UnsafeBufferPointer(all))
    }
  }

  /// A closure of an index that makes a context for it.
  package final func callsWithContexts<Result>(
    _ seed: UInt64, _ body: @escaping @Sendable (Int, inout TaskContext) throws -> Result
  ) -> @Sendable (Int) throws -> Result {
    withContexts(seed, body)
  }
}

extension LoopChunk {
  /// For how many nanoseconds results are kept to themselves, if a chunk is long.
  private static var longest: Int { 20_000_000 }

  /// Puts the result of each index in its place, and notes them for a store now and then.
  fileprivate mutating func fill<Result>(
    _ shipment: LoopShipment<Result>, _ body: (Int) throws -> Result
  ) throws {
    let (memory, start) = (results!, monotonicNanoseconds())
    var (first, since) = (next, start)
    defer { shipment.note(first..<next, memory, seconds: Double(monotonicNanoseconds() - since) * 1e-9) }
    try fill { index in
      let now = monotonicNanoseconds()
      if now - since >= Self.longest {
        shipment.note(first..<index, memory, seconds: Double(now - since) * 1e-9)
        (first, since) = (index, now)
      }
      return try body(index)
    }
  }
}

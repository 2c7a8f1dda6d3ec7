// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import Synchronization

/// A chunk of a loop, for a closure that computes it on one thread.
@usableFromInline
package struct LoopChunk {
  /// The first index that has not been computed yet.
  @usableFromInline package var next: Int
  /// The index after the last.
  @usableFromInline var end: Int
  /// After how many indices it asks whether to put the rest back.
  @usableFromInline let stride: Int
  /// Where results and items lie; nil if there are none.
  @usableFromInline let results: LoopMemory?
  @usableFromInline let items: LoopMemory?
  private let flag: StopFlag

  init(_ range: Range<Int>, stride: Int, results: LoopMemory?, items: LoopMemory?, flag: StopFlag) {
    (next, end) = (range.lowerBound, range.upperBound)
    self.stride = stride
    self.results = results
    self.items = items
    self.flag = flag
  }

  /// Whether the rest of the chunk shall be put back.
  @usableFromInline var mustStop: Bool { flag.isSet }

  /// Calls a closure for each index, until all are done or the chunk must stop.
  @inlinable @inline(__always)
  mutating func eachIndex(_ body: (Int) throws -> Void) throws {
    var index = next
    // Where it throws, it stands at the index that failed.
    defer { next = index }
    while index < end {
      let pause = stride < end - index ? index + stride : end
      while index < pause {
        try body(index)
        index += 1
      }
      if mustStop { return }
    }
  }

  /// Puts the result of each index in its place.
  @inlinable @inline(__always)
  mutating func fill<Result>(_ body: (Int) throws -> Result) throws {
    let place = results!.start.assumingMemoryBound(to: Result.self)
    let first = results!.first
    try eachIndex { index in (place + (index - first)).initialize(to: try body(index)) }
  }

  /// Puts the result of each item in its place.
  @inlinable @inline(__always)
  mutating func fill<Item, Result>(_: Item.Type, _ body: (Item) throws -> Result) throws {
    let item = UnsafeRawPointer(items!.start).assumingMemoryBound(to: Item.self)
    let first = items!.first
    try fill { index in try body(item[index - first]) }
  }
}

/// Memory for the elements from an index on.
@usableFromInline
package struct LoopMemory: @unchecked Sendable {
  @usableFromInline var first: Int
  @usableFromInline var start: UnsafeMutableRawPointer
}

/// Has a thread put the rest of its chunk back.
final class StopFlag: Sendable {
  private let value = Atomic<Bool>(false)
  var isSet: Bool { value.load(ordering: .relaxed) }
  func set() { value.store(true, ordering: .relaxed) }
  func clear() { value.store(false, ordering: .relaxed) }
}

/// A loop that all ranks run: how many indices, what to do with each, where items come from and results go.
@usableFromInline
package struct LoopJob: Sendable {
  /// The name of the operation.
  var operation: String
  var count: Int
  /// How many indices the program gave, and how many make one of this loop's.
  var indices: Int
  var indicesPerItem = 1
  /// The first index that the program gave.
  var offset: Int
  var schedule: LoopSchedule
  var items: (any LoopItems)?
  var results: (any LoopResults)?
  var run: @Sendable (inout LoopChunk) throws -> Void
  /// Whether it stops when the time of the job is up.
  var stopsInTime: Bool
  /// Brings results to the root while the loop runs; nil if they come at its end alone.
  var shipment: (any LoopShipping)?
  /// Which of the program's indices this loop's are; nil if they are all of its range.
  var remaining: RemainingIndices?

  @usableFromInline
  init(
    _ operation: String, _ range: Range<Int>, _ schedule: LoopSchedule, items: (any LoopItems)? = nil,
    results: (any LoopResults)? = nil, run: @escaping @Sendable (inout LoopChunk) throws -> Void
  ) {
    self.operation = operation
    count = range.count
    indices = range.count
    offset = range.lowerBound
    self.schedule = schedule
    signature = StableHash(operation).value &+ schedule.number
    self.items = items
    self.results = results
    self.run = run
    stopsInTime = StoppingInTime.isOn
  }

  /// Whether the root hands out all that is computed, chunk by chunk.
  func handsOut(on channel: LoopChannel) -> Bool {
    schedule.handsOut && (channel.communicator.size > 1 || channel.threads[0] > 1)
  }

  /// The program's index, of one of this loop's.
  func programIndex(_ index: Int) -> Int {
    remaining?.programIndex(min(index, max(0, count - 1))) ?? offset + min(index * indicesPerItem, max(0, indices - 1))
  }

  /// How many of the program's indices so many of this loop's are.
  func programCount(_ count: Int) -> Int { min(count * indicesPerItem, indices) }

  /// What the loop throws because its closure has thrown, or an item could not be coded, on this rank.
  func failure(_ error: any Error, at index: Int, rank: Int) -> LoopFailure {
    if let coding = error as? LoopItemFailure { return coding.failure }
    return LoopFailure(error, index: programIndex(index), item: items?.words(for: index), rank: rank)
  }

  /// A number for the operation and the schedule.
  private let signature: UInt64

  /// What all ranks must agree on.
  var identity: LoopIdentity { LoopIdentity(count: indices, signature: signature) }
}

extension LoopSchedule {
  /// A number of its own.
  fileprivate var number: UInt64 {
    switch self {
    case .static: 1
    case .guided: 2
    case .adaptive: 3
    case .dynamic(let chunk): UInt64(bitPattern: Int64(chunk)) &+ 4
    }
  }

  /// Throws if no loop can be shared so.
  func check(_ operation: StaticString) throws(MPIError) {
    guard case .dynamic(let chunk) = self, chunk < 1 else { return }
    throw MPIError(
      .argument,
      "the chunk of the schedule \(self) must be 1 or more: it is the number of indices handed out at a time",
      operation: "\(operation)")
  }
}

/// Where the items of a loop lie on this rank. The root has all of them; blocks of them travel.
@usableFromInline
package protocol LoopItems: AnyObject, Sendable {
  /// The bytes of the items of a block that lies here; or those of a ``LoopItemFailure`` if one can't be encoded.
  func encoded(_ block: Range<Int>) throws -> [UInt8]
  /// Takes the items of a block that was given to this rank.
  ///
  /// - Throws: a ``LoopItemFailure`` if one could not be encoded, or can't be decoded.
  func take(_ bytes: [UInt8], for block: Range<Int>) throws
  /// An item that lies here in words, if they are few.
  func words(for index: Int) -> String?
  /// Where the items of a chunk lie.
  func memory(for chunk: Range<Int>) -> LoopMemory
}

/// Where the results of a loop lie on this rank, and how they get to the root.
@usableFromInline
package protocol LoopResults: AnyObject, Sendable {
  /// Makes room for the results of a block, if there is none yet.
  func prepare(_ block: Range<Int>)
  /// The memory for the results of a chunk.
  func memory(for chunk: Range<Int>) -> LoopMemory
  /// Drops results: the loop has failed.
  func discard(_ computed: IndexRanges)
}

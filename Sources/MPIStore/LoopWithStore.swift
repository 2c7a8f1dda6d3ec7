// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPIStoreFile
import MPITasks

/// A loop with a store, on one rank.
struct LoopWithStore<Value> {
  /// What rank 0 knows before the loop begins.
  private struct Opening: Codable {
    var range: [Int]
    /// The bounds of the ranges that are left.
    var remaining: [Int] = []
    var error: TaskStoreError?
  }

  private let communicator: Communicator
  private let range: Range<Int>
  private let store: TaskStore
  private let loop: StoreFile.LoopName
  private let codec: BlockCodec<Value>

  /// - Parameter seed: what its random numbers begin with; nil if its closure takes none.
  init(
    _ communicator: Communicator, _ range: Range<Int>, _ store: TaskStore, _ name: String, _ version: Int,
    seed: UInt64?, _ codec: BlockCodec<Value>
  ) {
    (self.communicator, self.range, self.store, self.codec) = (communicator, range, store, codec)
    loop = StoreFile.LoopName(
      name, version: version, result: String(reflecting: Value.self), seed: seed.map { "\($0)" } ?? "")
  }

  /// Runs it. Collective.
  func run(
    _ coding: ValueCoding<Value>, _ schedule: LoopSchedule, _ progress: ProgressStyle, _ label: String?,
    _ file: StaticString, _ line: Int, _ body: @escaping @Sendable (Int) throws -> Value
  ) throws -> [Value]? {
    var stored: [(range: Range<Int>, values: [Value])] = []
    var opened: OpenStore?
    var opening: Opening?
    if communicator.isRoot {
      opening = Opening(range: [range.lowerBound, range.upperBound])
      do throws(TaskStoreError) {
        opened = try store.opened()
        stored = try read(opened!)
        opening?.remaining = missing(from: stored)
      } catch {
        opening?.error = error
      }
    }
    let heard = try communicator.broadcast(object: opening, file: file, line: line)
    let isSame = heard.range == [range.lowerBound, range.upperBound]
    let areSame = try communicator.allReduce(isSame ? 1 : 0, .min, file: file, line: line) == 1
    if let error = heard.error { throw error }
    guard areSame else {
      throw MPIError(
        .argument,
        isSame
          ? "a rank gave another range than rank 0, whose range is \(range): all ranks must give the same"
          : "this rank gave the range \(range), and rank 0 another one: all ranks must give the same",
        operation: "map", communicator: communicator.name, rank: communicator.rank)
    }
    let remaining = RemainingIndices(
      stride(from: 0, to: heard.remaining.count, by: 2).map { heard.remaining[$0]..<heard.remaining[$0 + 1] })
    guard remaining.count > 0 else { return communicator.isRoot ? merged(stored, remaining, []) : nil }
    // However it ends, what was computed is committed.
    defer { try? opened?.writer.flush() }
    let computed = try communicator.mapRemaining(
      remaining, schedule, coding, shipment(remaining, opened), progress, label ?? loop.name, file, line, body)
    return computed.map { merged(stored, remaining, $0) }
  }

  /// The results that the store has, in parts that don't overlap, in order.
  private func read(_ opened: OpenStore) throws(TaskStoreError) -> [(range: Range<Int>, values: [Value])] {
    var stored: [(range: Range<Int>, values: [Value])] = []
    try? opened.writer.flush()
    do throws(StoreFailure) {
      try opened.file.blocks(of: loop, in: range) { block, bytes, run in
        // A block of a run whose range overlapped may be there twice.
        let first = max(block.lowerBound, range.lowerBound, stored.last?.range.upperBound ?? .min)
        let end = min(block.upperBound, range.upperBound)
        guard first < end else { return }
        do {
          let values = try codec.decode(bytes, block.count)
          stored.append((first..<end, Array(values[first - block.lowerBound..<end - block.lowerBound])))
          opened.notes.noteUse(of: run, type: loop.name)
        } catch {
          opened.notes.noteUnreadable("the loop '\(loop.name)'", error)
        }
      }
    } catch {
      throw TaskStoreError(error)
    }
    return stored
  }

  /// The bounds of the ranges that are not stored.
  private func missing(from stored: [(range: Range<Int>, values: [Value])]) -> [Int] {
    var (bounds, next): ([Int], Int) = ([], range.lowerBound)
    for part in stored.map(\.range) + [range.upperBound..<range.upperBound] {
      if next < part.lowerBound { bounds += [next, part.lowerBound] }
      next = part.upperBound
    }
    return bounds
  }

  /// What brings results to the store of rank 0.
  private func shipment(_ remaining: RemainingIndices, _ opened: OpenStore?) -> LoopShipment<Value> {
    let (loop, codec, notes) = (loop, codec, opened?.notes)
    return LoopShipment(
      remaining, isRoot: communicator.isRoot, host: MPIEnvironment.processorName, encode: { try codec.encode($0) },
      keepValues: { block, values, host in
        let box = Values(values)
        opened?.writer.add(keys: [], count: 1) {
          do {
            let bytes = try box.values.withUnsafeBufferPointer { try codec.encode($0) }
            return [
              .block(.init(loop: loop, host: host, range: block.range, seconds: block.seconds, value: bytes))
            ]
          } catch {
            notes?.noteUnstorable("the loop '\(loop.name)'", error)
            return []
          }
        }
      },
      keepBytes: { block, bytes, host in
        opened?.writer.add(keys: [], count: 1) {
          [.block(.init(loop: loop, host: host, range: block.range, seconds: block.seconds, value: bytes))]
        }
      })
  }

  /// Results that one thread after the other has.
  private struct Values: @unchecked Sendable {
    let values: [Value]
    init(_ values: [Value]) { self.values = values }
  }

  /// All results in order.
  private func merged(
    _ stored: [(range: Range<Int>, values: [Value])], _ remaining: RemainingIndices, _ computed: [Value]
  ) -> [Value] {
    if stored.isEmpty { return computed }
    var parts = stored.map { (first: $0.range.lowerBound, values: $0.values[...]) }
    var next = 0
    for range in remaining.ranges {
      parts.append((range.lowerBound, computed[next..<next + range.count]))
      next += range.count
    }
    parts.sort { $0.first < $1.first }
    var all: [Value] = []
    all.reserveCapacity(range.count)
    for part in parts { all += part.values }
    return all
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The results of a loop on this rank, each in its place, until the root has them.
final class LoopResultBlocks<Value>: LoopResults, @unchecked Sendable {
  private let blocks: LoopBlocks<Value>
  private let coding: ValueCoding<Value>
  private let operation: String

  /// - Parameter memory: at the root, that of all results.
  init(_ memory: UnsafeMutableBufferPointer<Value>?, coding: ValueCoding<Value>, operation: String) {
    self.coding = coding
    self.operation = operation
    blocks = memory.map { LoopBlocks($0) } ?? LoopBlocks()
  }

  func prepare(_ block: Range<Int>) { blocks.prepare(block) }
  func memory(for chunk: Range<Int>) -> LoopMemory { blocks.memory(for: chunk) }
  func discard(_ computed: IndexRanges) { blocks.deinitialize(computed) }

  /// Brings the results of all ranks to the root, each to its place. Collective.
  ///
  /// - Parameter portion: what this rank has computed. If the blocks of all ranks are known, nothing but values is
  ///   sent.
  /// - Returns: at the root, how many bytes each rank has sent; none elsewhere.
  /// - Throws: on every rank if results could not be coded on any. Then no result is left.
  func collect(_ portion: LoopPortion, _ channel: LoopChannel, _ tags: LoopTags) throws -> [Int] {
    let (communicator, computed) = (channel.communicator, portion.indices)
    if coding.isPlain, let parts = portion.blocks { return try collect(parts, communicator, tags.results) }
    guard communicator.isRoot else {
      defer { blocks.deinitialize(computed) }
      try send(computed, communicator, tags.results)
      guard !coding.isPlain else { return [] }
      let reason = try communicator.broadcast(nil as [UInt8]?)
      guard reason.isEmpty else { throw failure(String(decoding: reason, as: UTF8.self), rank: communicator.rank) }
      return []
    }
    var all = computed
    var failed: MPIError? = nil
    var bytes = [0]
    for other in 1..<max(1, communicator.size) {
      do {
        bytes.append(try receive(from: other, communicator, tags.results, &all))
      } catch let error as MPIError where error.errorClass == .serialization {
        failed = failed ?? error
      }
    }
    // Plain data can't fail; for coded results the others receive whether it failed.
    if !coding.isPlain { _ = try communicator.broadcast(Array((failed?.text ?? "").utf8)) }
    if let failed {
      blocks.deinitialize(all)
      throw failed
    }
    return bytes
  }

  /// Brings the results to the root, which knows the one part that each rank has.
  private func collect(_ parts: StaticShares, _ communicator: Communicator, _ tag: Int) throws -> [Int] {
    guard communicator.isRoot else {
      let own = blocks.values(parts[communicator.rank])
      defer { own.deinitialize() }
      let bytes = UnsafeRawBufferPointer(own).bindMemory(to: UInt8.self)
      if !bytes.isEmpty { try communicator.send(Span(_unsafeElements: bytes), to: 0, tag: tag) }
      return []
    }
    return try (0..<communicator.size).map { other in
      let bytes = UnsafeMutableRawBufferPointer(blocks.values(parts[other])).bindMemory(to: UInt8.self)
      guard other != 0, !bytes.isEmpty else { return 0 }
      var span = MutableSpan(_unsafeElements: bytes)
      try communicator.receive(into: &span, from: other, tag: tag)
      return bytes.count
    }
  }

  // A rank sends which parts it has, then the values: each part from where it lies, or all of them coded.

  private func send(_ computed: IndexRanges, _ communicator: Communicator, _ tag: Int) throws {
    let parts = blocks.parts(of: computed)
    if coding.isPlain {
      try communicator.send(parts.flatMap { [$0.lowerBound, $0.upperBound] }, to: 0, tag: tag)
      for part in parts {
        let bytes = UnsafeRawBufferPointer(blocks.values(part)).bindMemory(to: UInt8.self)
        if !bytes.isEmpty { try communicator.send(Span(_unsafeElements: bytes), to: 0, tag: tag) }
      }
      return
    }
    do {
      let coded = try parts.map { try coding.encode(block: UnsafeBufferPointer(blocks.values($0))) }
      try communicator.send(parts.flatMap { [$0.lowerBound, $0.upperBound] }, to: 0, tag: tag)
      for bytes in coded { try communicator.send(bytes, to: 0, tag: tag) }
    } catch let error as MPIError {
      throw error
    } catch {
      // An odd number of numbers, then the reason.
      try communicator.send([0], to: 0, tag: tag)
      try communicator.send(Array("\(error)".utf8), to: 0, tag: tag)
    }
  }

  private func receive(
    from other: Int, _ communicator: Communicator, _ tag: Int, _ all: inout IndexRanges
  ) throws -> Int {
    var count = 0
    let numbers = try communicator.receive([Int].self, from: other, tag: tag)
    guard numbers.count % 2 == 0 else {
      let reason = try communicator.receive([UInt8].self, from: other, tag: tag)
      throw failure("the results of rank \(other) could not be encoded: \(String(decoding: reason, as: UTF8.self))")
    }
    var failed: MPIError? = nil
    for index in stride(from: 0, to: numbers.count, by: 2) {
      let part = numbers[index]..<numbers[index + 1]
      let place = blocks.values(part)
      if coding.isPlain {
        let bytes = UnsafeMutableRawBufferPointer(place).bindMemory(to: UInt8.self)
        var span = MutableSpan(_unsafeElements: bytes)
        if !bytes.isEmpty { try communicator.receive(into: &span, from: other, tag: tag) }
        count += bytes.count
        all.insert(part)
        continue
      }
      let bytes = try communicator.receive([UInt8].self, from: other, tag: tag)
      count += bytes.count
      do {
        let values = try coding.decode(block: bytes)
        guard values.count == part.count else { throw failure("\(values.count) results came for \(part)") }
        _ = place.initialize(from: values)
        all.insert(part)
      } catch {
        // What follows must be received all the same.
        failed = failed ?? failure("the results of rank \(other) could not be decoded: \(error)")
      }
    }
    if let failed { throw failed }
    return count
  }

  private func failure(_ text: String, rank: Int = 0) -> MPIError {
    MPIError(.serialization, text, operation: operation, rank: rank)
  }
}

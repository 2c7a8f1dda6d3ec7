// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIObjectCoding
import Synchronization

/// Memory in which long arrays go from one process to another, of which one writes and the other reads it.
///
/// It is used again: fresh memory costs as much as copying. The reader marks a block as free in the block itself.
final class LentBlocks: Sendable {
  /// The part before the array: its mark, and room for what an array has before its elements.
  fileprivate static let headSize = 64
  /// How many blocks that are free are kept, and how many bytes they may have each.
  private static let most = 3
  private static let largest = 64 << 20

  private struct State {
    var blocks: [SharedMemory] = []
    var lastLoan = 0
    /// Whether memory could not be had once. From then on arrays go in the stream.
    var isWithout = false
  }

  private let state = Mutex(State())

  /// - Parameter isWithout: whether there is no such memory. For tests.
  init(isWithout: Bool = false) { state.withLock { $0.isWithout = isWithout } }

  /// How many blocks there are.
  var count: Int { state.withLock { $0.blocks.count } }

  /// A block for so many bytes, whatever they are; nil if there is no such memory.
  func take(_ byteCount: Int) -> LentBlock? {
    state.withLock { state -> LentBlock? in
      guard !state.isWithout else { return nil }
      state.lastLoan += 1
      let size = Self.headSize + byteCount
      let isFree = { (block: SharedMemory) in LentBlock.mark(of: block).value == 0 }
      if let block = state.blocks.first(where: { $0.location.byteCount >= size && isFree($0) }) {
        return LentBlock(block, loan: state.lastLoan)
      }
      do {
        let block = try SharedMemory(byteCount: size)
        try block.reserve(0..<size)
        while state.blocks.count(where: isFree) >= Self.most, let place = state.blocks.firstIndex(where: isFree) {
          state.blocks.remove(at: place)
        }
        // One that is not kept goes as soon as it is free.
        state.blocks.removeAll { isFree($0) && $0.location.byteCount > Self.largest }
        state.blocks.append(block)
        return LentBlock(block, loan: state.lastLoan)
      } catch {
        state.isWithout = true
        return nil
      }
    }
  }

  /// A block with a copy of an array; nil if there is no such memory.
  func copy(_ attachment: ObjectAttachment) -> LentBlock? {
    guard let block = take(attachment.byteCount) else { return nil }
    block.start.copyMemory(from: attachment.start, byteCount: attachment.byteCount)
    return block
  }
}

/// A block that has something in it for a reader. It is free when it is let go of, unless it is passed on.
final class LentBlock: @unchecked Sendable {
  private let memory: SharedMemory
  private let loan: Int
  private let isPassedOn = Atomic<Bool>(false)

  fileprivate init(_ memory: SharedMemory, loan: Int) {
    (self.memory, self.loan) = (memory, loan)
    Self.mark(of: memory).store(loan)
  }

  deinit { if !isPassedOn.load(ordering: .relaxed) { free() } }

  /// Where the bytes are.
  var start: UnsafeMutableRawPointer { memory.start + LentBlocks.headSize }

  /// Leaves it to a reader.
  ///
  /// - Returns: where that finds it.
  func passOn() -> SharedMemory.Location {
    isPassedOn.store(true, ordering: .relaxed)
    return memory.location
  }

  /// Whether the reader still has it.
  var isInUse: Bool { Self.mark(of: memory).value == loan }

  /// Frees it, if it is not free and lent again: its reader is dead.
  func free() { Self.mark(of: memory).clear(loan) }

  /// The mark of a block: 0 if it is free, else the number of the loan.
  static func mark(of block: SharedMemory) -> Mark { Mark(block.start.assumingMemoryBound(to: Atomic<Int>.self)) }

  /// An atomic number in memory.
  struct Mark {
    private let place: UnsafeMutablePointer<Atomic<Int>>

    fileprivate init(_ place: UnsafeMutablePointer<Atomic<Int>>) { self.place = place }

    var value: Int { place.pointee.load(ordering: .acquiring) }

    func store(_ value: Int) { place.pointee.store(value, ordering: .releasing) }

    /// Makes it 0, if it is `value`.
    func clear(_ value: Int) {
      _ = place.pointee.compareExchange(expected: value, desired: 0, ordering: .acquiringAndReleasing)
    }
  }
}

/// The blocks that the other process has lent, as far as they are known here.
final class BorrowedBlocks {
  private static let most = 4

  private var known: [SharedMemory] = []
  /// The arrays that stay in the blocks; nil if all are copied.
  private let placed: PlacedArrays?

  init(keeping placed: PlacedArrays? = nil) { self.placed = placed }

  /// A long array of a message, where it lies.
  ///
  /// - Throws: if the memory can't be reached: the other process is gone.
  func attachment(
    at location: SharedMemory.Location, _ byteCount: Int, elementType: UInt64
  ) throws(SharedMemory.Problem) -> ObjectAttachment {
    let block: SharedMemory
    if let place = known.firstIndex(where: { $0.location == location }) {
      block = known.remove(at: place)
    } else {
      block = try SharedMemory(at: location, isWritable: true)
      if known.count == Self.most { known.removeFirst() }
    }
    known.append(block)
    return ObjectAttachment(
      lying: block.start + LentBlocks.headSize, byteCount, in: Loan(block, placed), elementType: elementType)
  }

  /// Marks a block as free when nothing needs it any more.
  private final class Loan: ObjectArrayPlace {
    private let block: SharedMemory
    private let placed: PlacedArrays?

    init(_ block: SharedMemory, _ placed: PlacedArrays?) { (self.block, self.placed) = (block, placed) }

    deinit { LentBlock.mark(of: block).store(0) }

    func array<Element>(of type: Element.Type, at start: UnsafeRawPointer, count: Int) -> [Element]? {
      placed?.array(of: type, at: UnsafeMutableRawPointer(mutating: start), count: count, in: self)
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// An array stored once per node instead of once per rank, for large read-mostly tables.
///
/// ```swift
/// let table = try SharedArray(world, count: 1 << 26) { (span: inout MutableSpan<Float>) in
///   load(into: &span)              // on one rank of each node
/// }
/// let value = table[index]         // on every rank: a load, no message
/// try table.free()
/// ```
///
/// Reading is a plain load. ``mutate(file:line:_:)`` changes it, each rank its own part, with a barrier of the node
/// before and after. The copies of several nodes are apart: what one node changes does not come to the others.
///
/// C: `MPI_Win_allocate_shared`, `MPI_Win_shared_query`, `MPI_Win_lock_all`. MPI-3.1, sections 11.2.3 and 11.5.3.
public final class SharedArray<Element: BitwiseCopyable>: @unchecked Sendable {
  /// All ranks that made it.
  public let communicator: Communicator
  /// The ranks that have this copy.
  public let node: Communicator
  /// The number of elements.
  public let count: Int

  @usableFromInline let memory: WindowMemory<Element>
  private let window: Window<Element>

  /// An array that one rank of each node fills.
  ///
  /// Collective. It costs a split by node, an all-gather, a barrier of the node, and two all-reduces by which the ranks
  /// agree that none has failed. It is given back by ``free(file:line:)``.
  ///
  /// C: `MPI_Win_allocate_shared`, `MPI_Comm_split_type`. MPI-3.1, sections 6.4.2 and 11.2.3.
  ///
  /// - Parameters:
  ///   - communicator: the ranks that use it; of one node or several, and it may be one rank alone.
  ///   - count: how many elements, the same on every rank.
  ///   - fill: writes them, on the first rank of each node. Before, all their bytes are 0.
  /// - Throws: on every rank, ``ErrorClass/count`` for a count below 0; what `fill` throws on the rank where it threw,
  ///   and on the others an error with its words.
  public convenience init(
    _ communicator: Communicator, count: Int, file: StaticString = #fileID, line: Int = #line,
    fill: (inout MutableSpan<Element>) throws -> Void
  ) throws {
    try self.init(communicator, count, communicator.split(.sharedMemory), file, line)
    var thrown: (any Error)?
    if node.rank == 0 {
      do { try memory.withMutableSpan(fill) } catch { thrown = error }
    }
    do throws(MPIError) {
      let own = thrown.map { ($0 as? MPIError) ?? MPIError(.other, "\($0)", operation: "SharedArray.init") }
      try communicator.agree(own, "SharedArray.init")
    } catch {
      throw thrown ?? error
    }
    try meet("SharedArray.init", file, line)
  }

  /// An array whose elements come from one rank, and go once to each node.
  ///
  /// Collective. It costs two splits, a broadcast of the length, an all-gather and a barrier of the node, and a
  /// broadcast of the elements to one rank of each node, straight into the shared memory.
  ///
  /// C: `MPI_Win_allocate_shared`, `MPI_Bcast`. MPI-3.1, sections 5.4 and 11.2.3.
  ///
  /// - Parameters:
  ///   - communicator: the ranks that use it.
  ///   - elements: on the root, the elements; nil elsewhere.
  ///   - root: the rank whose elements they are.
  /// - Throws: ``ErrorClass/root``; ``ErrorClass/argument`` or ``ErrorClass/buffer`` if the root has no elements.
  public convenience init(
    _ communicator: Communicator, from elements: [Element]?, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    try communicator.agreeing("SharedArray.init") { () throws(MPIError) in
      try communicator.checkRoot(root, "SharedArray.init")
      try communicator.require(
        communicator.rank != root || elements != nil, .argument, "SharedArray.init", "the root gives no elements")
    }
    let count = try communicator.broadcast(communicator.rank == root ? elements?.count : nil, root: root)
    // The root comes first on its node, and its node first of all.
    let isRoot = communicator.rank == root
    let node = try communicator.split(.sharedMemory, key: isRoot ? 0 : 1)
    let leaders = try communicator.split(color: node.rank == 0 ? 0 : nil, key: isRoot ? 0 : 1)
    try self.init(communicator, count, node, file, line)
    if let leaders {
      let start = memory.start
      if isRoot, let elements, let start { start.update(from: elements, count: count) }
      if leaders.size > 1 {
        try leaders.check(leaders.broadcastElements(start, count, 0), "SharedArray.init")
      }
    }
    try meet("SharedArray.init", file, line)
  }

  private init(
    _ communicator: Communicator, _ count: Int, _ node: Communicator, _ file: StaticString, _ line: Int
  ) throws(MPIError) {
    self.communicator = communicator
    self.node = node
    self.count = count
    try communicator.agreeing("SharedArray.init") { () throws(MPIError) in
      try communicator.require(count >= 0, .count, "SharedArray.init", "count \(count) is below 0")
    }
    // Listed with all ranks, which make such arrays together, because the communicator of the node goes with the array.
    var made: Window<Element>? = nil
    do throws(MPIError) {
      try communicator.agreeing("SharedArray.init") { () throws(MPIError) in
        made = try node.window(
          of: Element.self, count: node.rank == 0 ? count : 0, .shared, [:], communicator.windows, file, line)
      }
    } catch {
      if let made { made.forget() } else { communicator.windows.skip() }
      throw error
    }
    window = made!
    // Loads and stores are ordered by `sync`, which is for the inside of locks.
    try window.beginLockAll(.noCheck, file, line)
    let first = try window.shared(of: 0)
    try node.require(
      first.count == count, .count, "SharedArray.init",
      "the ranks give different counts: the first of the node \(first.count), and this rank \(count)")
    memory = first
  }

  // MARK: Reading

  /// One element. It is a load, and two checks.
  ///
  /// - Parameter index: which one; the first is 0.
  /// - Precondition: the index is in range, and the array was not freed.
  @inlinable
  public subscript(index: Int) -> Element { memory[index] }

  /// All elements, as a collection.
  public var elements: some RandomAccessCollection<Element> { memory }

  /// Calls `body` with all elements. No copy.
  ///
  /// - Parameter body: is given the elements.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  @inlinable
  @discardableResult
  public func withSpan<Result>(_ body: (Span<Element>) throws -> Result) rethrows -> Result {
    try memory.withSpan(body)
  }

  /// Calls `body` with a range of the elements. No copy.
  ///
  /// - Parameters:
  ///   - range: which elements.
  ///   - body: is given them.
  /// - Returns: what `body` returns.
  /// - Throws: ``ErrorClass/windowRange`` for a range that is not in the array.
  @discardableResult
  public func withSpan<Result>(of range: Range<Int>, _ body: (Span<Element>) throws -> Result) throws -> Result {
    try communicator.require(
      range.lowerBound >= 0 && range.upperBound <= count, .windowRange, "SharedArray.withSpan",
      "the range \(range) is not in an array of \(count) elements")
    return try memory.withSpan { try body($0.extracting(range)) }
  }

  /// The block of elements that a rank has in ``mutate(file:line:_:)``: in the order of the node's ranks, with lengths
  /// that differ by one at most.
  ///
  /// - Parameter rank: a rank of ``node``; this one unless given.
  public func block(rank: Int? = nil) -> Range<Int> { node.block(of: count, rank: rank) }

  // MARK: Writing

  /// Lets every rank of the node change its block, then waits until all have.
  ///
  /// ```swift
  /// try table.mutate { block, range in
  ///   for (place, index) in range.enumerated() { block[place] = f(index) }
  /// }
  /// ```
  ///
  /// Collective among the ranks of the node, with a barrier of theirs before, so that no rank reads any more, and one
  /// after. On several nodes each changes its own copy.
  ///
  /// C: `MPI_Win_sync`, `MPI_Barrier`. MPI-3.1, sections 5.3 and 11.5.4.
  ///
  /// - Parameter body: is given this rank's elements, and which they are in the array.
  /// - Throws: what `body` throws, on its rank alone, after the second barrier: the others don't wait, and go on with
  ///   what it has written. ``ErrorClass/window`` if the array was freed.
  public func mutate(
    file: StaticString = #fileID, line: Int = #line, _ body: (inout MutableSpan<Element>, Range<Int>) throws -> Void
  ) throws {
    try meet("SharedArray.mutate", file, line)
    let block = block()
    window.beginSpan()
    defer { window.endSpan() }
    var span = UnsafeMutableBufferPointer(start: memory.start.map { $0 + block.lowerBound }, count: block.count)
      .mutableSpan
    do {
      try body(&span, block)
    } catch {
      try? meet("SharedArray.mutate", file, line)
      throw error
    }
    try meet("SharedArray.mutate", file, line)
  }

  /// Gives it back.
  ///
  /// Collective among the ranks of the node. An array that every rank has dropped without it is given back when they
  /// next make a window, an array or a communicator of the same communicator.
  ///
  /// C: `MPI_Win_unlock_all`, `MPI_Win_free`. MPI-3.1, sections 11.2.5 and 11.5.3.
  ///
  /// - Throws: ``ErrorClass/window`` if it was freed before, or a closure has a span of it.
  public func free(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try window.checkUsable("SharedArray.free")
    try window.requireNoSpans("SharedArray.free")
    try window.endLockAll(file, line)
    try window.free(file: file, line: line)
  }

  /// Waits for the other ranks of the node, and makes what each wrote visible to all.
  private func meet(_ operation: StaticString, _ file: StaticString, _ line: Int) throws(MPIError) {
    try window.sync()
    try node.enterCollective(operation, Never.self, file, line)
    try node.check(MPI_Barrier(node.rawValue), operation)
    try window.sync()
  }
}

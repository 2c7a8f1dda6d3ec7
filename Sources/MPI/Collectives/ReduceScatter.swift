// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Combines the ranks' elements, one by one, and hands out the result in blocks, in rank order.
  ///
  /// No allocation, no copy, unless `counts` are given.
  ///
  /// C: `MPI_Reduce_scatter_block`, `MPI_Reduce_scatter`. MPI-3.1, section 5.10.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank: those of all blocks. What a layout selects is copied side
  ///     by side.
  ///   - result: where this rank's block of the result goes.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank; if not given, all get the same number.
  /// - Throws: ``ErrorClass/count`` if the lengths do not agree. Whether the *ranks* give the same number is not
  /// checked.
  @inlinable
  public func reduceScatter<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into result: inout Result, _ operation: ReduceOperation<Buffer.Element>,
    counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    let code = try result._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let out = try outgoing(own, of: Buffer.self, "reduceScatter").flat(of: Element.self, self, "reduceScatter")
        let into = try incoming(other, of: Result.self, "reduceScatter").flat(of: Element.self, self, "reduceScatter")
        try checkBlocks(out.count, into.count, counts)
        try enterCollective("reduceScatter", Element.self, count: counts == nil ? into.count : nil, file, line)
        let (read, written) = (out.read(as: Element.self), into.written(as: Element.self))
        guard let counts else { return into.finish(reduceScatterEqual(read, written, into.count, operation)) }
        return into.finish(reduceScatterParts(read, written, counts, operation))
      }
    }
    try check(code, "reduceScatter")
  }

  /// Combines the ranks' elements, one by one, and hands out the result in blocks that are as even as can be, in new
  /// arrays.
  ///
  /// Rank r gets the elements of ``block(of:rank:)``, as with ``scatter(_:root:counts:file:line:)``. First the ranks
  /// compare their counts, in an all-reduce of two numbers, unless `checkingCounts` is false.
  ///
  /// C: `MPI_Reduce_scatter`. MPI-3.1, section 5.10.2.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank; as even as can be unless
  ///     given.
  ///   - checkingCounts: whether the ranks first compare their counts.
  /// - Returns: this rank's block of the result.
  /// - Throws: ``ErrorClass/count`` on every rank if the ranks give different counts.
  @inlinable
  public func reduceScatter<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, _ operation: ReduceOperation<Buffer.Element>, counts: [Int]? = nil,
    checkingCounts: Bool = true, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Buffer.Element] where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try buffer._withMemory { (own) throws(MPIError) in
      let out = try outgoing(own, of: Buffer.self, "reduceScatter").flat(of: Element.self, self, "reduceScatter")
      try enterCollective("reduceScatter", Element.self, file, line)
      if checkingCounts { try checkEqualCounts(out.count, "reduceScatter") }
      let counts = try blockCounts(counts, of: out.count)
      let (array, code) = makeArray(counts[rank]) { (into: UnsafeMutablePointer<Element>?) in
        reduceScatterParts(out.read(as: Element.self), into, counts, operation)
      }
      try check(code, "reduceScatter")
      return array
    }
  }

  /// Combines the ranks' arrays of one element for each rank, and hands out the result, one element to each.
  ///
  /// C: `MPI_Reduce_scatter_block`. MPI-3.1, section 5.10.1.
  ///
  /// - Parameters:
  ///   - buffer: one element for each rank.
  ///   - operation: how two elements become one.
  /// - Returns: this rank's element of the result.
  /// - Throws: ``ErrorClass/count`` if there is not one element for each rank.
  @inlinable
  public func reduceScatter<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    each buffer: borrowing Buffer, _ operation: ReduceOperation<Buffer.Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Buffer.Element where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try buffer._withMemory { (own) throws(MPIError) in
      let out = try outgoing(own, of: Buffer.self, "reduceScatter").flat(of: Element.self, self, "reduceScatter")
      try checkCount(out.count, size, "reduceScatter", "what is given, one element for each rank,")
      try enterCollective("reduceScatter", Element.self, file, line)
      let (element, code) = makeElement(Element.self) { into in
        reduceScatterEqual(out.read(as: Element.self), into, 1, operation)
      }
      try check(code, "reduceScatter")
      return element
    }
  }

  /// Combines the ranks' `Codable` values by a closure, in rank order, and hands out the result, one value to each
  /// rank.
  ///
  /// Each rank gives one value for each rank; rank r gets the combination of those for rank r. The values go first, in
  /// an ``allToAll(object:file:line:)``; then each rank combines its own `size` values, bracketed as in
  /// ``reduce(object:root:file:line:by:)``.
  ///
  /// C: `MPI_Alltoall`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - objects: one for each rank.
  ///   - combine: makes one value of two; the left one comes from lower ranks.
  /// - Returns: this rank's value of the result.
  /// - Throws: what the closure throws, on this rank alone: no other rank waits for its result. Also
  ///   ``ErrorClass/count`` if there is not one value for each rank, and ``ErrorClass/serialization`` if one can't be
  ///   encoded or decoded.
  public func reduceScatter<Object: Codable>(
    object objects: [Object], file: StaticString = #fileID, line: Int = #line,
    by combine: (Object, Object) throws -> Object
  ) throws -> Object {
    let operation: StaticString = "reduceScatter(object:)"
    try checkCount(objects.count, size, operation, "what is given, one value for each rank,")
    return try reduceObjects(operation, file, line, combine) { reduction in
      try reduction.result(reduction.fold(exchangeObjects(objects, operation, file, line)[...]))
    }
  }

  /// Combines the ranks' elements, one by one, and puts this rank's block of the result in the place of the first ones.
  ///
  /// What the elements after that block are is not defined.
  ///
  /// C: `MPI_Reduce_scatter` with `MPI_IN_PLACE`. MPI-3.1, section 5.10.2.
  ///
  /// - Parameters:
  ///   - buffer: as many elements on every rank.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank; as even as can be unless
  ///     given.
  /// - Throws: ``ErrorClass/count`` if the lengths do not agree.
  @inlinable
  public func reduceScatter<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>, counts: [Int]? = nil,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let place = try incoming(memory, of: Buffer.self, "reduceScatter").flat(of: Element.self, self, "reduceScatter")
      let counts = try blockCounts(counts, of: place.count)
      try enterCollective("reduceScatter", Element.self, count: place.count, file, line)
      return place.finish(reduceScatterParts(nil, place.written(as: Element.self), counts, operation))
    }
    try check(code, "reduceScatter")
  }

  @inlinable @inline(__always)
  func reduceScatterEqual<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    guard count * size <= largestCount else {
      return reduceScatterLarge(own, into, Array(repeating: count, count: size), operation)
    }
    return operation.reduce(count) { _, count, type, operation in
      MPI_Reduce_scatter_block(own, into, count, type, operation, rawValue)
    }
  }

  /// - Parameter own: this rank's elements, or nil if they are in `into`.
  @usableFromInline
  func reduceScatterParts<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    guard counts.reduce(0, +) <= largestCount else { return reduceScatterLarge(own, into, counts, operation) }
    let numbers = counts.map { CInt($0) }
    return operation.reduce(0) { _, _, type, operation in
      MPI_Reduce_scatter(
        own.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(CMPI_IN_PLACE), into, numbers, type, operation, rawValue)
    }
  }

  /// The way for more elements than MPI can count: one reduction for each rank's block, of which it is the root.
  @usableFromInline @inline(never)
  func reduceScatterLarge<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    let inPlace = own == nil
    let own = own ?? into.map { UnsafePointer($0) }
    var place = 0
    for (root, count) in counts.enumerated() {
      let code = operation.reduce(count) { offset, count, type, operation in
        let part = own.map { $0 + place + offset }
        guard root == rank else { return MPI_Reduce(part, nil, count, type, operation, CInt(root), rawValue) }
        return inPlace
          ? MPI_Reduce(CMPI_IN_PLACE, into.map { $0 + place + offset }, count, type, operation, CInt(root), rawValue)
          : MPI_Reduce(part, into.map { $0 + offset }, count, type, operation, CInt(root), rawValue)
      }
      if code != 0 { return code }
      place += count
    }
    if inPlace, let into { into.update(from: into + counts[..<rank].reduce(0, +), count: counts[rank]) }
    return 0
  }

  /// Begins it, or makes it ready.
  ///
  /// - Returns: MPI's code, and what must live until it is complete.
  @usableFromInline
  func startReduceScatter<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    _ operation: ReduceOperation<Element>, _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    guard counts.reduce(0, +) <= largestCount else {
      // One reduction to each rank in turn.
      var place = 0
      for (root, count) in counts.enumerated() {
        let pair = ReductionPair(own.map { $0 + place }, rank == root ? into : nil, count: count)
        let code = operation.start(start, pair, .reduce(root: root), self, &handles)
        if code != 0 { return (code, ()) }
        place += count
      }
      return (0, ())
    }
    let numbers = counts.map { CInt($0) }
    let code = operation.reduce(0) { _, _, type, operation in
      handles.keep(
        start == .now
          ? MPI_Ireduce_scatter(own, into, numbers, type, operation, rawValue, &handles.next)
          : cmpi_reduce_scatter_init(own, into, numbers, type, operation, rawValue, &handles.next))
    }
    return (code, numbers)
  }

  /// The counts of a reduction that is scattered: those that are given, else blocks as even as can be.
  @usableFromInline
  func blockCounts(_ counts: [Int]?, of count: Int) throws(MPIError) -> [Int] {
    let counts = counts ?? (0..<size).map { block(of: count, rank: $0).count }
    try checkCounts(counts, own: nil, "reduceScatter")
    try checkCount(count, counts.reduce(0, +), "reduceScatter", "what is given")
    return counts
  }

  /// Throws unless a buffer has as many elements as all blocks, and the result as many as this rank's.
  @inlinable @inline(__always)
  func checkBlocks(_ count: Int, _ own: Int, _ counts: [Int]?) throws(MPIError) {
    if let counts {
      try checkCounts(counts, own: own, "reduceScatter")
      try checkCount(count, counts.reduce(0, +), "reduceScatter", "what is given")
    } else {
      try checkCount(count, own * size, "reduceScatter", "what is given, size times the result,")
    }
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to combine the ranks' elements and to hand each rank a block of the result, does some work, and waits.
  ///
  /// No allocation, no copy, unless `counts` are given.
  ///
  /// C: `MPI_Ireduce_scatter_block`, `MPI_Ireduce_scatter`. MPI-3.1, sections 5.12.9 and 5.12.10.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank: those of all blocks.
  ///   - result: where this rank's block of the result goes.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank; if not given, all get the same number.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count`` if the lengths do not agree.
  @inlinable
  public func reduceScatter<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Received: IncomingBuffer & ~Copyable & ~Escapable, Result
  >(
    _ buffer: borrowing Buffer, into result: inout Received, _ operation: ReduceOperation<Buffer.Element>,
    counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable, Received.Element == Buffer.Element {
    typealias Element = Buffer.Element
    let communicator = communicator
    return try result._withMutableMemory { (other) throws in
      try buffer._withMemory { (own) throws in
        let out = try communicator.outgoing(own, of: Buffer.self, "reduceScatter").flat(
          of: Element.self, communicator, "reduceScatter")
        let into = try communicator.incoming(other, of: Received.self, "reduceScatter").flat(
          of: Element.self, communicator, "reduceScatter")
        try communicator.checkBlocks(out.count, into.count, counts)
        var pending = try communicator.pendingCollective(
          "reduceScatter", Element.self, count: counts == nil ? into.count : nil, file, line)
        var plan: Any? = nil
        let code: CInt
        if _fastPath(counts == nil && out.count <= largestCount) {
          code = operation.reduce(into.count) { _, count, type, operation in
            pending.handles.keep(
              MPI_Ireduce_scatter_block(
                out.start, into.start, count, type, operation, communicator.rawValue, &pending.handles.next))
          }
        } else {
          let counts = counts ?? Array(repeating: into.count, count: communicator.size)
          (code, plan) = communicator.startReduceScatter(
            .now, out.read(as: Element.self), into.written(as: Element.self), counts, operation, &pending.handles)
        }
        let output = try withExtendedLifetime(plan) { try pending.run(code, work).result }
        try communicator.check(into.finish(0), "reduceScatter")
        return output
      }
    }
  }

  /// Begins to combine the ranks' elements, one by one, and to hand each rank a block of the result, in a new array.
  ///
  /// C: `MPI_Ireduce_scatter`. MPI-3.1, section 5.12.10.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank, which is not checked. The request holds it.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank; as even as can be unless
  ///     given.
  /// - Throws: ``ErrorClass/count`` if the lengths do not agree.
  @inlinable
  public func reduceScatter<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, _ operation: ReduceOperation<Buffer.Element>, counts: [Int]? = nil, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<[Buffer.Element]> where Buffer.Element: BitwiseCopyable {
    let elements = try communicator.array(of: buffer, "reduceScatter")
    let counts = try communicator.blockCounts(counts, of: elements.count)
    let begun = try communicator.beginCollective(
      "reduceScatter", Buffer.Element.self, count: elements.count, file, line)
    let plan = Kept()
    return try begun.request(reading: elements, filling: counts[communicator.rank], keeping: (plan, operation)) {
      own, into, handles in
      plan.keep(communicator.startReduceScatter(.now, own, into, counts, operation, &handles))
    } finish: {
      $0
    }
  }
}

extension Persistent where Base: Communicator {
  /// Makes a combination of the ranks' elements, of which each rank gets a block, ready.
  ///
  /// C: `MPI_Reduce_scatter_init`, `MPI_Reduce_scatter_block_init`. MPI-4.0, section 6.13.9.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; the same number on every rank. They are copied.
  ///   - operation: how two elements become one.
  ///   - counts: how many elements of the result each rank gets, the same on every rank; as even as can be unless
  ///     given.
  /// - Throws: ``ErrorClass/count`` if the lengths do not agree; ``ErrorClass/notSupported`` if this MPI has no
  ///   persistent collectives.
  public func reduceScatter<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, counts: [Int]? = nil, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "reduceScatter")
    let counts = try communicator.blockCounts(counts, of: elements.count)
    let begun = try communicator.makeReady("reduceScatter", Element.self, count: elements.count, file, line)
    let plan = Kept()
    return try begun.persistent(
      Memory(elements), Memory(count: counts[communicator.rank]), keeping: (plan, operation)
    ) { own, into, handles in
      plan.keep(communicator.startReduceScatter(.later, own, into, counts, operation, &handles))
    }
  }
}

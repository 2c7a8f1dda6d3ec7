// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// MPI's functions for ``Communicator/allToAll(_:into:file:line:)``.
@usableFromInline
enum AllToAllFunctions: ExchangeFunctions {
  @inlinable @inline(__always)
  static var name: StaticString { "allToAll" }

  @inlinable @inline(__always)
  static var sendsBlocks: Bool { true }

  @inlinable @inline(__always)
  static var receivesBlocks: Bool { true }

  @inlinable @inline(__always)
  static func call(_ with: ExchangeArguments) -> CInt {
    MPI_Alltoall(
      with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator)
  }

  @inlinable @inline(__always)
  static func start(_ start: Start, _ with: ExchangeArguments, _ handles: inout Handles) -> CInt {
    start == .now
      ? MPI_Ialltoall(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator,
        &handles.next)
      : cmpi_alltoall_init(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator,
        &handles.next)
  }
}

extension Communicator {
  /// Sends a block to every rank and receives one from each.
  ///
  /// ```swift
  /// try world.allToAll(outgoing, into: &incoming)                              // side by side, all equally long
  /// try world.allToAll(rows[layouts: out], into: &columns[layouts: into])      // the transposition of a shared matrix
  /// ```
  ///
  /// No allocation, no copy, unless a side has one layout for all: what that selects is copied.
  ///
  /// C: `MPI_Alltoall`; with a layout for each rank `MPI_Alltoallw`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - buffer: the blocks that go out, in rank order, side by side, `[each:]` or `[layouts:]`. Layouts of what goes
  ///     out may have elements in common.
  ///   - received: where the blocks that come in go. If one side has `[layouts:]`, so must one side on every rank.
  /// - Throws: ``ErrorClass/count`` if the lengths do not agree, or are no multiple of `size`; if a layout does not lie
  ///   within its memory, this rank's two differ in length, or there is not one for each rank; ``ErrorClass/type`` if
  ///   an element is to be received twice.
  @inlinable
  public func allToAll<
    Buffer: OutgoingBlocks & ~Copyable & ~Escapable, Result: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into received: inout Result, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try run(Exchange(AllToAllFunctions.self), buffer, into: &received, file, line)
  }

  /// Sends a part to every rank and receives one from each, of different lengths.
  ///
  /// No message but the elements. Any one part, and all together, may be of any length.
  ///
  /// C: `MPI_Alltoallw`, which is `MPI_Alltoallv` with displacements that can't overflow. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - buffer: what goes out, in rank order.
  ///   - counts: how many of its elements go to each rank.
  ///   - received: where what comes in goes, in rank order.
  ///   - receivedCounts: how many come from each rank.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` or `receivedCounts` has not one entry of
  ///   0 or more for each rank, if they differ in the entry of this rank, and if `buffer` or `received` has another
  ///   length than they sum to.
  @inlinable
  public func allToAll<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, counts: [Int], into received: inout Result, receivedCounts: [Int],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    let code = try received._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let (out, into) = try allToAllPair(own, of: Buffer.self, counts, other, of: Result.self, receivedCounts)
        try enterCollective("allToAll", Element.self, file, line)
        return into.finish(
          exchangeParts(out.start, counts, into.start, receivedCounts, ElementType(Element.self)))
      }
    }
    try check(code, "allToAll")
  }

  /// Sends a block to every rank and receives one from each, all equally long.
  ///
  /// With `size` elements, element r goes to rank r, and element r of the result came from rank r.
  ///
  /// C: `MPI_Alltoall`. MPI-3.1, section 5.8.
  ///
  /// - Parameter buffer: the blocks that go out, in rank order, side by side; as many elements on every rank.
  /// - Returns: the blocks that came, in rank order; as many elements.
  /// - Throws: ``ErrorClass/count`` if their number is no multiple of `size`.
  @inlinable
  public func allToAll<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Buffer.Element] where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try buffer._withMemory { (own) throws(MPIError) in
      if own.form != nil { return try allToAllFormed(own, of: Buffer.self, file, line) }
      try checkElement(Element.self, "allToAll")
      let share = try checkShare(own.count, of: ranks, "allToAll")
      try enterCollective("allToAll", Element.self, count: share, file, line)
      let (array, code) = makeArray(own.count) { (into: UnsafeMutablePointer<Element>?) in
        allToAllEqual(own.start?.assumingMemoryBound(to: Element.self), into, share)
      }
      try check(code, "allToAll")
      return array
    }
  }

  /// Sends the elements that copies of a layout select, one copy to every rank, and receives as many from each.
  ///
  /// C: `MPI_Alltoall`. MPI-3.1, section 5.8.
  ///
  /// - Parameter buffer: `memory[each: layout]`; as many elements on every rank.
  /// - Returns: the blocks that came, in rank order, side by side.
  /// - Throws: ``ErrorClass/count`` if a copy does not lie within the memory.
  @inlinable
  public func allToAll<Base: OutgoingBuffer & ~Copyable & ~Escapable, Element: BitwiseCopyable>(
    _ buffer: borrowing CopiesBuffer<Base, Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try buffer._withMemory { (own) throws(MPIError) in
      try allToAllFormed(own, of: CopiesBuffer<Base, Element>.self, file, line)
    }
  }

  @usableFromInline @inline(never)
  func allToAllFormed<Buffer: OutgoingBlocks & ~Copyable & ~Escapable>(
    _ own: BufferMemory, of _: Buffer.Type, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> [Buffer.Element] where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    let out = try blocks(
      own, of: Buffer.self, for: ranks, byteCount: nil, isReceived: false, "what goes out", "allToAll")
    let share = out.piece.elementCount(of: Element.self)
    try enterCollective("allToAll", Element.self, count: share, file, line)
    let (array, code) = makeArray(share * size) { (into: UnsafeMutablePointer<Element>?) in
      call(Exchange(AllToAllFunctions.self), out.piece, Piece(into, count: share), of: Element.self)
    }
    try check(out.finish(code), "allToAll")
    return array
  }

  /// Sends a part to every rank and receives one from each, of whatever lengths they have.
  ///
  /// ```swift
  /// let outgoing = RankPartitioned(bucketsByOwner)      // [[Key]], one bucket for each rank
  /// let incoming = try world.allToAll(outgoing)         // divided by rank
  /// ```
  ///
  /// The lengths go first, in an all-to-all of one number a pair. Give `receivedCounts` if they are known, on every
  /// rank or on none, and it is spared.
  ///
  /// C: `MPI_Alltoall`, `MPI_Alltoallw`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - parts: one for each rank.
  ///   - receivedCounts: how many elements come from each rank, if known.
  /// - Returns: the parts that came, one from each rank.
  /// - Throws: ``ErrorClass/count`` if there is not one part for each rank.
  public func allToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Element> {
    try checkElement(Element.self, "allToAll")
    let counts = parts.counts
    try checkCount(counts.count, size, "allToAll", "what goes out, with a part for each rank,")
    let incoming: [Int]
    if let receivedCounts { incoming = receivedCounts } else { incoming = try allToAll(counts, file: file, line: line) }
    try checkCounts(incoming, own: counts[rank], "allToAll")
    let type = ElementType(Element.self)
    try enterCollective("allToAll", Element.self, file, line)
    let (array, code) = makeArray(incoming.reduce(0, +)) { (into: UnsafeMutablePointer<Element>?) in
      parts.elements.withUnsafeBytes { out in
        exchange(
          send: Parts(start: UnsafeMutableRawPointer(mutating: out.baseAddress), counts: counts, type: type),
          receive: Parts(start: into, counts: incoming, type: type))
      }
    }
    try check(code, "allToAll")
    return RankPartitioned(array, counts: incoming)
  }

  /// Sends a `Codable` value to every rank and receives one from each.
  ///
  /// ```swift
  /// let orders = try world.allToAll(object: (0..<world.size).map { orders(for: $0) })   // orders[r] came from rank r
  /// ```
  ///
  /// Two collectives: the lengths of their bytes, then the bytes.
  ///
  /// C: `MPI_Alltoall`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, section 5.8.
  ///
  /// - Parameter objects: one for each rank.
  /// - Returns: the values that came, in rank order.
  /// - Throws: ``ErrorClass/count`` if there is not one for each rank, ``ErrorClass/serialization`` if one can't be
  ///   encoded, on this rank and on the rank that it is for; if one that came can't be decoded.
  public func allToAll<Object: Codable>(
    object objects: [Object], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Object] {
    try checkCount(objects.count, size, "allToAll(object:)", "what goes out, one value for each rank,")
    return try exchangeObjects(objects, "allToAll(object:)", file, line)
  }

  /// Sends a value to every rank and receives one from each, as part of an operation.
  final func exchangeObjects<Object: Codable>(
    _ objects: [Object], _ operation: StaticString, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> [Object] {
    let own = try contribution(ofEach: objects, operation)
    let parts = try allToAll(own.bytes, file: file, line: line)
    try own.finish()
    return try decoded(Object.self, each: parts, operation)
  }

  /// Exchanges blocks of equal length with every rank, in place.
  ///
  /// MPI needs memory of its own for it.
  ///
  /// C: `MPI_Alltoall` with `MPI_IN_PLACE`; with a layout for each rank `MPI_Alltoallw`. MPI-3.1, section 5.8.
  ///
  /// - Parameter buffer: the blocks that go out, replaced by those that come: side by side, `[each:]` or `[layouts:]`.
  /// - Throws: on the rank that gives them, ``ErrorClass/count`` if their number is no multiple of `size`, if a layout
  ///   does not lie within the memory, or if there is not one for each rank; ``ErrorClass/type`` if an element takes
  ///   part twice.
  @inlinable
  public func allToAll<Buffer: IncomingBlocks & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      if Buffer._blocks == .layouts {
        let plan = try layoutsPlan(inPlace: memory, of: Buffer.self, "allToAll")
        try enterCollective("allToAll", Never.self, file, line)
        return plan.call(on: self)
      }
      let all = try blocks(
        memory, of: Buffer.self, for: ranks, byteCount: nil, isReceived: true, "what is exchanged", "allToAll")
      try enterCollective("allToAll", Element.self, count: all.piece.elementCount(of: Element.self), file, line)
      let code = transfer(all.piece, of: Element.self) { count, type in
        MPI_Alltoall(CMPI_IN_PLACE, 0, CMPI_BYTE, all.piece.start, count, type, rawValue)
      }
      return all.finish(code)
    }
    try check(code, "allToAll")
  }

  @inlinable @inline(__always)
  func allToAllEqual<Element>(
    _ out: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ share: Int
  ) -> CInt {
    transfer(share, of: Element.self) { count, type in
      MPI_Alltoall(out, count, type, into, count, type, rawValue)
    }
  }

  /// What MPI is given for an exchange with counts.
  @inlinable @inline(__always)
  func allToAllPair<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ own: BufferMemory, of _: Buffer.Type, _ counts: [Int], _ other: BufferMemory, of _: Result.Type,
    _ receivedCounts: [Int]
  ) throws(MPIError) -> (out: FlatPiece, into: FlatPiece) {
    let out = try outgoing(own, of: Buffer.self, "allToAll").flat(of: Buffer.Element.self, self, "allToAll")
    try checkAllToAll(out.count, counts, receivedCounts)
    let into = try incoming(other, of: Result.self, "allToAll").flat(of: Buffer.Element.self, self, "allToAll")
    try checkCount(into.count, receivedCounts.reduce(0, +), "allToAll", "the memory for what comes")
    return (out, into)
  }

  @usableFromInline
  func exchangeParts(
    _ out: UnsafeMutableRawPointer?, _ counts: [Int], _ into: UnsafeMutableRawPointer?, _ receivedCounts: [Int],
    _ type: ElementType
  ) -> CInt {
    exchange(
      send: Parts(start: out, counts: counts, type: type),
      receive: Parts(start: into, counts: receivedCounts, type: type))
  }

  /// Begins it with blocks of equal length, or makes it ready.
  @inlinable @inline(__always)
  func startAllToAll<Element>(
    _ start: Start, _ out: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ share: Int,
    inPlace: Bool = false, _ handles: inout Handles
  ) -> CInt {
    let out = inPlace ? CMPI_IN_PLACE : UnsafeMutableRawPointer(mutating: out)
    return self.start(
      Exchange(AllToAllFunctions.self), Piece(out, count: share, type: nil, byteCount: 0), Piece(into, count: share),
      of: Element.self, start, &handles)
  }

  /// Checks what an exchange of parts of known lengths is given.
  @usableFromInline
  func checkAllToAll(
    _ count: Int, _ counts: [Int], _ receivedCounts: [Int]
  ) throws(MPIError) {
    try checkCounts(counts, own: receivedCounts.count == size ? receivedCounts[rank] : nil, "allToAll")
    try checkCounts(receivedCounts, own: nil, "allToAll")
    try checkCount(count, counts.reduce(0, +), "allToAll", "what goes out")
  }

  /// Begins an exchange of parts of different lengths, or makes it ready.
  ///
  /// - Returns: MPI's code, and what must live until it has completed.
  @usableFromInline
  func startAllToAllParts<Element>(
    _ start: Start, _ out: UnsafePointer<Element>?, _ counts: [Int], _ into: UnsafeMutablePointer<Element>?,
    _ receivedCounts: [Int], _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    let type = ElementType(Element.self)
    let plan = ExchangePlan(
      send: Parts(start: UnsafeMutableRawPointer(mutating: out), counts: counts, type: type),
      receive: Parts(start: into, counts: receivedCounts, type: type))
    return (plan.start(start, on: self, &handles), plan)
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to send a block to every rank and to receive one from each, and waits after the work.
  ///
  /// No allocation, no copy, unless a side has one layout for all: what that selects is copied.
  ///
  /// C: `MPI_Ialltoall`; with a layout for each rank `MPI_Ialltoallw`. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - buffer: the blocks that go out, in rank order.
  ///   - received: where the blocks that come in go, in rank order; as many elements.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``Communicator/allToAll(_:into:file:line:)``.
  @inlinable
  public func allToAll<
    Buffer: OutgoingBlocks & ~Copyable & ~Escapable, Result: IncomingBlocks & ~Copyable & ~Escapable, Output
  >(
    _ buffer: borrowing Buffer, into received: inout Result, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try communicator.run(Exchange(AllToAllFunctions.self), buffer, into: &received, file, line, while: work)
  }

  /// Begins to send a part to every rank and to receive one from each, of different lengths, and waits after the work.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Ialltoallv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - buffer: what goes out, in rank order.
  ///   - counts: how many of its elements go to each rank.
  ///   - received: where what comes in goes, in rank order.
  ///   - receivedCounts: how many come from each rank.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``Communicator/allToAll(_:counts:into:receivedCounts:file:line:)``.
  @inlinable
  public func allToAll<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable, Output
  >(
    _ buffer: borrowing Buffer, counts: [Int], into received: inout Result, receivedCounts: [Int],
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    return try received._withMutableMemory { (other) throws in
      try buffer._withMemory { (own) throws in
        let (out, into) = try communicator.allToAllPair(
          own, of: Buffer.self, counts, other, of: Result.self, receivedCounts)
        var pending = try communicator.pendingCollective("allToAll", Element.self, file, line)
        let begun = communicator.startAllToAllParts(
          .now, out.read(as: Element.self), counts, into.written(as: Element.self), receivedCounts, &pending.handles)
        let result = try withExtendedLifetime((begun.plan, out)) { try pending.run(begun.code, work).result }
        try communicator.check(into.finish(0), "allToAll")
        return result
      }
    }
  }

  /// Begins to send a block to every rank and to receive one from each, all equally long.
  ///
  /// C: `MPI_Ialltoall`. MPI-3.1, section 5.12.6.
  ///
  /// - Parameter buffer: the blocks that go out, in rank order; as many elements on every rank. The request holds them;
  ///   what a layout selects is copied.
  /// - Returns: a request for the blocks that come, in rank order.
  /// - Throws: ``ErrorClass/count`` if their number is no multiple of the number of ranks.
  @inlinable
  public func allToAll<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Buffer.Element]> where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    let elements = try communicator.array(of: buffer, "allToAll")
    let share = try communicator.checkShare(elements.count, of: communicator.ranks, "allToAll")
    let begun = try communicator.beginCollective("allToAll", Element.self, count: elements.count, file, line)
    return try begun.request(reading: elements, filling: elements.count) { out, into, handles in
      communicator.startAllToAll(.now, out, into, share, &handles)
    } finish: {
      $0
    }
  }

  /// Begins to send a part to every rank and to receive one from each, of different lengths.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Ialltoallv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - parts: one for each rank.
  ///   - receivedCounts: how many elements come from each rank.
  /// - Returns: a request for the parts that come, one from each rank.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if there is not one part for each rank, if
  ///   `receivedCounts` has not one entry of 0 or more for each rank, and if its entry of this rank is not the length
  ///   of the part for this rank.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Element>> {
    try communicator.checkElement(Element.self, "allToAll")
    try communicator.checkAllToAll(parts.elements.count, parts.counts, receivedCounts)
    let begun = try communicator.beginCollective("allToAll", Element.self, file, line)
    let plan = Kept()
    return try begun.request(reading: parts.elements, filling: receivedCounts.reduce(0, +), keeping: plan) {
      out, into, handles in
      plan.keep(communicator.startAllToAllParts(.now, out, parts.counts, into, receivedCounts, &handles))
    } finish: {
      RankPartitioned($0, counts: receivedCounts)
    }
  }

  /// Begins to exchange blocks of equal length with every rank, in place.
  ///
  /// C: `MPI_Ialltoall` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.6.
  ///
  /// - Parameter elements: the blocks that go out, then those that come. The request takes it over: `consume` it.
  /// - Returns: a request for the same memory, with the blocks that have come.
  /// - Throws: ``ErrorClass/count`` if their number is no multiple of the number of ranks.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(
    inPlace elements: consuming [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "allToAll")
    let share = try communicator.checkShare(elements.count, of: communicator.ranks, "allToAll")
    let begun = try communicator.beginCollective("allToAll", Element.self, count: share, file, line)
    return try begun.request(over: elements) { memory, handles in
      communicator.startAllToAll(.now, nil, memory, share, inPlace: true, &handles)
    }
  }
}

extension Persistent where Base: Communicator {
  /// Makes ready to send a block to every rank and to receive one from each, all equally long.
  ///
  /// C: `MPI_Alltoall_init`. MPI-4.0, section 6.13.6.
  ///
  /// - Parameter elements: what ``PersistentRequest/input`` begins with: the blocks, in rank order. They are copied.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; ``ErrorClass/count`` if the
  ///   number of elements is no multiple of the number of ranks.
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "allToAll")
    let share = try communicator.checkShare(elements.count, of: communicator.ranks, "allToAll")
    let begun = try communicator.makeReady("allToAll", Element.self, count: elements.count, file, line)
    return try begun.persistent(Memory(elements), Memory(count: elements.count)) { out, into, handles in
      communicator.startAllToAll(.later, out, into, share, &handles)
    }
  }

  /// Makes ready to send a part to every rank and to receive one from each, of different lengths.
  ///
  /// C: `MPI_Alltoallw_init`, which is `MPI_Alltoallv_init` with displacements that can't overflow. MPI-4.0, section
  /// 6.13.6.
  ///
  /// - Parameters:
  ///   - parts: what ``PersistentRequest/input`` begins with: one part for each rank. They are copied.
  ///   - receivedCounts: how many elements come from each rank.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; ``ErrorClass/count``, on the rank
  ///   that gives them, if there is not one part for each rank, if `receivedCounts` has not one entry of 0 or more for
  ///   each rank, and if its entry of this rank is not the length of the part for this rank.
  public func allToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "allToAll")
    try communicator.checkAllToAll(parts.elements.count, parts.counts, receivedCounts)
    let begun = try communicator.makeReady("allToAll", Element.self, file, line)
    let plan = Kept()
    return try begun.persistent(
      Memory(parts.elements), Memory(count: receivedCounts.reduce(0, +)), keeping: plan
    ) { out, into, handles in
      plan.keep(communicator.startAllToAllParts(.later, out, parts.counts, into, receivedCounts, &handles))
    }
  }
}

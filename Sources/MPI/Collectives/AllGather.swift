// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// MPI's functions for ``Communicator/allGather(_:into:file:line:)``.
@usableFromInline
enum AllGatherFunctions: ExchangeFunctions {
  @inlinable @inline(__always)
  static var name: StaticString { "allGather" }

  @inlinable @inline(__always)
  static var sendsBlocks: Bool { false }

  @inlinable @inline(__always)
  static var receivesBlocks: Bool { true }

  @inlinable @inline(__always)
  static func call(_ with: ExchangeArguments) -> CInt {
    MPI_Allgather(with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator)
  }

  @inlinable @inline(__always)
  static func start(_ start: Start, _ with: ExchangeArguments, _ handles: inout Handles) -> CInt {
    start == .now
      ? MPI_Iallgather(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator,
        &handles.next)
      : cmpi_allgather_init(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.communicator,
        &handles.next)
  }
}

extension Communicator {
  /// Gathers the same number of elements of every rank on every rank, in rank order.
  ///
  /// ```swift
  /// try world.allGather(mine, into: &all)                        // side by side
  /// try world.allGather(mine, into: &matrix[each: column])       // rank r's become column r
  /// try world.allGather(mine, into: &matrix[layouts: tiles])     // rank r's become tile r, as many as that has
  /// ```
  ///
  /// No allocation, no copy, unless `received` has one layout for all: what that selects is copied.
  ///
  /// C: `MPI_Allgather`; with a layout for each rank `MPI_Alltoallw`. MPI-3.1, sections 5.7 and 5.8.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank, unless `received` has a layout for each.
  ///   - received: where all go: of the same kind on every rank, side by side, `[each:]` or `[layouts:]`.
  /// - Throws: ``ErrorClass/count`` if `received` has not `size` times as many elements, if a layout does not lie
  ///   within it or this rank's has another length than what it sends, or if there is not one layout for each rank;
  ///   ``ErrorClass/type`` if an element is to be received twice.
  @inlinable
  public func allGather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into received: inout Result, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try run(Exchange(AllGatherFunctions.self), buffer, into: &received, file, line)
  }

  /// Gathers a varying number of elements from each rank on every rank.
  ///
  /// No message but the elements.
  ///
  /// C: `MPI_Allgatherv`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, `counts[rank]` of them.
  ///   - received: where all go: as many as `counts` sums to.
  ///   - counts: how many each rank has, the same on every rank.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, if `buffer` has not `counts[rank]` elements, and if `received` has not as many as `counts` sums to.
  @inlinable
  public func allGather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into received: inout Result, counts: [Int], file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    let code = try received._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let (out, into) = try allGatherPair(own, of: Buffer.self, other, of: Result.self, counts)
        try enterCollective("allGather", Element.self, file, line)
        return into.finish(
          allGatherParts(out.start, into.start, counts, ElementType(Element.self), inPlace: false))
      }
    }
    try check(code, "allGather")
  }

  /// Gathers a value of every rank on every rank.
  ///
  /// C: `MPI_Allgather`. MPI-3.1, section 5.7.
  ///
  /// - Parameter value: this rank's.
  /// - Returns: the values in rank order.
  /// - Throws: what MPI reports.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(_ value: Element, file: StaticString = #fileID, line: Int = #line)
    throws(MPIError) -> [Element]
  {
    try checkElement(Element.self, "allGather")
    try enterCollective("allGather", Element.self, count: 1, file, line)
    let (array, code) = makeArray(size) { (into: UnsafeMutablePointer<Element>?) in
      withElement(value) { allGatherEqual($0, 1, into) }
    }
    try check(code, "allGather")
    return array
  }

  /// Gathers an array of every rank, of whatever lengths they have, on every rank.
  ///
  /// The lengths go first, in an all-gather of one number a rank. Give `counts` if every rank knows them, and it is
  /// spared.
  ///
  /// C: `MPI_Allgatherv`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, any number of them.
  ///   - counts: how many each rank has, if known, the same on every rank.
  /// - Returns: all of them, divided by rank.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `buffer` has not `counts[rank]` elements. Without `counts`, what MPI reports.
  @inlinable
  public func allGather<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Buffer.Element> where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    return try buffer._withMemory { (own) throws(MPIError) in
      let out = try outgoing(own, of: Buffer.self, "allGather").flat(of: Element.self, self, "allGather")
      let offsets = try offsetsOfAll(counts, own: out.count, file, line)
      try enterCollective("allGather", Element.self, file, line)
      let (array, code) = makeArray(offsets[size]) { (into: UnsafeMutablePointer<Element>?) in
        allGatherParts(out.start, into, offsets: offsets, ElementType(Element.self))
      }
      try check(code, "allGather")
      return RankPartitioned(array, offsets: offsets)
    }
  }

  /// Gathers a `Codable` value of every rank on every rank.
  ///
  /// Two collectives: the lengths of their bytes, then the bytes.
  ///
  /// C: `MPI_Allgatherv` of `MPI_BYTE`. MPI-3.1, section 5.7.
  ///
  /// - Parameter object: this rank's value.
  /// - Returns: the values in rank order.
  /// - Throws: ``ErrorClass/serialization`` on every rank if a value can't be encoded; on every rank that can't decode
  ///   a value.
  public func allGather<Object: Codable>(object: Object, file: StaticString = #fileID, line: Int = #line)
    throws(MPIError) -> [Object]
  {
    let own = try contribution(of: object, "allGather(object:)")
    let parts = try allGather(own.bytes, file: file, line: line)
    try own.finish()
    return try decoded(Object.self, each: parts, "allGather(object:)")
  }

  /// Gathers elements on every rank, each rank's own being where they belong already.
  ///
  /// C: `MPI_Allgather` and `MPI_Allgatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - buffer: memory for all, with this rank's own in their place.
  ///   - counts: how many each rank has, the same on every rank; if not given, all have the same number.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, if `elements` has not as many elements as `counts` sums to, and, without `counts`, if their number is no
  ///   multiple of `size`.
  @inlinable
  public func allGather<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let all = try incoming(memory, of: Buffer.self, "allGather").flat(of: Element.self, self, "allGather")
      let share = try checkAllInPlace(all.count, counts, "allGather")
      try enterCollective("allGather", Element.self, count: share, file, line)
      if let counts {
        return all.finish(allGatherParts(nil, all.start, counts, ElementType(Element.self), inPlace: true))
      }
      return all.finish(
        call(
          Exchange(AllGatherFunctions.self), Piece(CMPI_IN_PLACE, count: share ?? 0, type: nil, byteCount: 0),
          Piece(all.start, count: share ?? 0, type: nil, byteCount: 0), of: Element.self))
    }
    try check(code, "allGather")
  }

  @inlinable @inline(__always)
  func allGatherEqual<Element>(
    _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?
  ) -> CInt {
    call(Exchange(AllGatherFunctions.self), Piece(own, count: count), Piece(into, count: count), of: Element.self)
  }

  /// What MPI is given for an all-gather with counts.
  @inlinable @inline(__always)
  func allGatherPair<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ own: BufferMemory, of _: Buffer.Type, _ other: BufferMemory, of _: Result.Type, _ counts: [Int]
  ) throws(MPIError) -> (out: FlatPiece, into: FlatPiece) {
    let out = try outgoing(own, of: Buffer.self, "allGather").flat(of: Buffer.Element.self, self, "allGather")
    try checkCounts(counts, own: out.count, "allGather")
    let into = try incoming(other, of: Result.self, "allGather").flat(of: Buffer.Element.self, self, "allGather")
    try checkCount(into.count, counts.reduce(0, +), "allGather", "the memory for all")
    return (out, into)
  }

  /// Where each rank's part begins, and the end of the last: from the counts that the program gives, or from an
  /// all-gather of this rank's.
  @usableFromInline
  func offsetsOfAll(
    _ counts: [Int]?, own: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> [Int] {
    if let counts {
      try checkCounts(counts, own: own, "allGather")
      return offsetsOfParts(counts).offsets
    }
    try enterCollective("allGather", Int.self, count: 1, file, line)
    let size = size
    let (offsets, code) = makeArray(size + 1) { (memory: UnsafeMutablePointer<Int>?) in
      let memory = memory!
      memory[0] = 0
      let code = withElement(own) { allGatherEqual($0, 1, memory + 1) }
      if code == 0 { for rank in 0..<size { memory[rank + 1] += memory[rank] } }
      return code
    }
    try check(code, "allGather")
    return offsets
  }

  @usableFromInline
  func allGatherParts(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ counts: [Int], _ type: ElementType, inPlace: Bool
  ) -> CInt {
    allGatherParts(own, into, counts.reduce(0, +), type, inPlace: inPlace) { counts[$0] }
  }

  @usableFromInline
  func allGatherParts(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, offsets: [Int], _ type: ElementType
  ) -> CInt {
    allGatherParts(own, into, offsets[size], type, inPlace: false) { offsets[$0 + 1] - offsets[$0] }
  }

  @inline(__always)
  private func allGatherParts(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ total: Int, _ type: ElementType, inPlace: Bool,
    count: (Int) -> Int
  ) -> CInt {
    let size = size
    if type.fits(total) {
      return withCountsAndDisplacements(size, type, count) { counts, displacements in
        MPI_Allgatherv(
          inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : own, counts[rank], type.datatype, into, counts, displacements,
          type.datatype, rawValue)
      }
    }
    // The same part goes to every rank: one broadcast from each, of which every rank is root in turn.
    var place = 0
    for sender in 0..<size {
      let part = into.map { $0 + place }
      let bytes = count(sender) * type.stride
      if sender == rank, !inPlace, let part, let own { part.copyMemory(from: own, byteCount: bytes) }
      let code = transfer(bytes, of: UInt8.self) { count, type in
        MPI_Bcast(part, count, type, CInt(sender), rawValue)
      }
      if code != 0 { return code }
      place += bytes
    }
    return 0
  }

  /// Begins it with the same number of elements from every rank, or makes it ready.
  @inlinable @inline(__always)
  func startAllGather<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?,
    inPlace: Bool = false, _ handles: inout Handles
  ) -> CInt {
    let own = inPlace ? CMPI_IN_PLACE : UnsafeMutableRawPointer(mutating: own)
    return self.start(
      Exchange(AllGatherFunctions.self), Piece(own, count: count, type: nil, byteCount: 0), Piece(into, count: count),
      of: Element.self, start, &handles)
  }

  /// Begins it with different numbers of elements, or makes it ready.
  ///
  /// - Returns: MPI's code, and what must live until it has completed.
  @usableFromInline
  func startAllGatherParts<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    inPlace: Bool = false, _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    let type = ElementType(Element.self)
    let own = UnsafeMutableRawPointer(mutating: own)
    let parts = Parts(start: into, counts: counts, type: type, inPlace: inPlace ? rank : nil)
    // Past MPI's counts, this rank's part goes to each rank: from where it lies, which is its place, when in place.
    let place = counts[..<rank].reduce(0, +) * type.stride
    let from = inPlace ? into.map { UnsafeMutableRawPointer($0) + place } : own
    let plan = UnevenPlan(
      parts, send: Parts(repeating: from, count: counts[rank], type: type, ranks: size, inPlace: parts.inPlace),
      receive: parts)
    let code = plan.start(start, on: self, &handles) { counts, displacements, handles in
      let send = inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(own)
      return handles.keep(
        start == .now
          ? MPI_Iallgatherv(
            send, counts[rank], type.datatype, into, counts, displacements, type.datatype, rawValue, &handles.next)
          : cmpi_allgatherv_init(
            send, counts[rank], type.datatype, into, counts, displacements, type.datatype, rawValue, &handles.next))
    }
    return (code, plan)
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to gather the same number of elements of every rank on every rank, in rank order, and waits after the work.
  ///
  /// No allocation, no copy, unless `received` has one layout for all: what that selects is copied.
  ///
  /// C: `MPI_Iallgather`; with a layout for each rank `MPI_Ialltoallw`. MPI-3.1, sections 5.12.5 and 5.12.6.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank, unless `received` has a layout for each.
  ///   - received: where all go: of the same kind on every rank.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``Communicator/allGather(_:into:file:line:)``.
  @inlinable
  public func allGather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBlocks & ~Copyable & ~Escapable, Output
  >(
    _ buffer: borrowing Buffer, into received: inout Result, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try communicator.run(Exchange(AllGatherFunctions.self), buffer, into: &received, file, line, while: work)
  }

  /// Begins to gather a varying number of elements from each rank on every rank, and waits after the work.
  ///
  /// C: `MPI_Iallgatherv`. MPI-3.1, section 5.12.5.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, `counts[rank]` of them.
  ///   - received: where all go: as many as `counts` sums to.
  ///   - counts: how many each rank has, the same on every rank.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``Communicator/allGather(_:into:counts:file:line:)``.
  @inlinable
  public func allGather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable, Output
  >(
    _ buffer: borrowing Buffer, into received: inout Result, counts: [Int], file: StaticString = #fileID,
    line: Int = #line, while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    return try received._withMutableMemory { (other) throws in
      try buffer._withMemory { (own) throws in
        let (out, into) = try communicator.allGatherPair(own, of: Buffer.self, other, of: Result.self, counts)
        var pending = try communicator.pendingCollective("allGather", Element.self, file, line)
        let begun = communicator.startAllGatherParts(
          .now, out.read(as: Element.self), into.written(as: Element.self), counts, &pending.handles)
        let result = try withExtendedLifetime((begun.plan, out)) { try pending.run(begun.code, work).result }
        try communicator.check(into.finish(0), "allGather")
        return result
      }
    }
  }

  /// Begins to gather a value of every rank on every rank.
  ///
  /// C: `MPI_Iallgather`. MPI-3.1, section 5.12.5.
  ///
  /// - Parameter value: this rank's.
  /// - Returns: a request for the values in rank order.
  /// - Throws: what MPI reports.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    _ value: Element, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "allGather")
    let begun = try communicator.beginCollective("allGather", Element.self, count: 1, file, line)
    return try begun.request(reading: [value], filling: communicator.size) { own, into, handles in
      communicator.startAllGather(.now, own, 1, into, &handles)
    } finish: {
      $0
    }
  }

  /// Begins to gather an array of every rank on every rank.
  ///
  /// C: `MPI_Iallgatherv`. MPI-3.1, section 5.12.5.
  ///
  /// - Parameters:
  ///   - buffer: this rank's, `counts[rank]` of them.
  ///   - counts: how many each rank has, the same on every rank.
  /// - Returns: a request for all of them, divided by rank.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `buffer` has not `counts[rank]` elements.
  @inlinable
  public func allGather<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, counts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Buffer.Element>> where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    let elements = try communicator.array(of: buffer, "allGather")
    try communicator.checkCounts(counts, own: elements.count, "allGather")
    let begun = try communicator.beginCollective("allGather", Element.self, file, line)
    let plan = Kept()
    return try begun.request(reading: elements, filling: counts.reduce(0, +), keeping: plan) { own, into, handles in
      plan.keep(communicator.startAllGatherParts(.now, own, into, counts, &handles))
    } finish: {
      RankPartitioned($0, counts: counts)
    }
  }

  /// Begins to gather elements on every rank, each rank's own being where they belong already.
  ///
  /// C: `MPI_Iallgather`, `MPI_Iallgatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.5.
  ///
  /// - Parameters:
  ///   - elements: room for all, with this rank's own in their place. The request takes it over: `consume` it.
  ///   - counts: how many each rank has, the same on every rank; if not given, all have the same number.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, if `elements` has not as many elements as `counts` sums to, and, without `counts`, if their number is no
  ///   multiple of the number of ranks.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    inPlace elements: consuming [Element], counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkElement(Element.self, "allGather")
    let share = try communicator.checkAllInPlace(elements.count, counts, "allGather")
    let begun = try communicator.beginCollective("allGather", Element.self, count: share, file, line)
    let plan = Kept()
    return try begun.request(over: elements, keeping: plan) { memory, handles in
      guard let counts else {
        return communicator.startAllGather(.now, nil, share ?? 0, memory, inPlace: true, &handles)
      }
      return plan.keep(communicator.startAllGatherParts(.now, nil, memory, counts, inPlace: true, &handles))
    }
  }
}

extension Persistent where Base: Communicator {
  /// Makes ready to gather the ranks' elements on every rank, in rank order.
  ///
  /// C: `MPI_Allgather_init`, `MPI_Allgatherv_init`. MPI-4.0, section 6.13.5.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with. They are copied.
  ///   - counts: how many each rank has, the same on every rank; if not given, all have the same number.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; ``ErrorClass/count``, on the rank
  ///   that gives them, if `counts` has not one entry of 0 or more for each rank, and if `elements` has not
  ///   `counts[rank]` elements.
  public func allGather<Element: BitwiseCopyable>(
    _ elements: [Element], counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkElement(Element.self, "allGather")
    if let counts { try communicator.checkCounts(counts, own: elements.count, "allGather") }
    let count = elements.count
    let begun = try communicator.makeReady(
      "allGather", Element.self, count: counts == nil ? count : nil, file, line)
    let plan = Kept()
    let total = counts?.reduce(0, +) ?? count * communicator.size
    return try begun.persistent(Memory(elements), Memory(count: total), keeping: plan) { own, into, handles in
      guard let counts else { return communicator.startAllGather(.later, own, count, into, &handles) }
      return plan.keep(communicator.startAllGatherParts(.later, own, into, counts, &handles))
    }
  }
}

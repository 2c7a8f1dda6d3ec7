// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// MPI's functions for ``Communicator/scatter(_:into:root:file:line:)``.
@usableFromInline
enum ScatterFunctions: ExchangeFunctions {
  @inlinable @inline(__always)
  static var name: StaticString { "scatter" }

  @inlinable @inline(__always)
  static var sendsBlocks: Bool { true }

  @inlinable @inline(__always)
  static var receivesBlocks: Bool { false }

  @inlinable @inline(__always)
  static func call(_ with: ExchangeArguments) -> CInt {
    MPI_Scatter(
      with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.root, with.communicator)
  }

  @inlinable @inline(__always)
  static func start(_ start: Start, _ with: ExchangeArguments, _ handles: inout Handles) -> CInt {
    start == .now
      ? MPI_Iscatter(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.root, with.communicator,
        &handles.next)
      : cmpi_scatter_init(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.root, with.communicator,
        &handles.next)
  }
}

extension Communicator {
  /// Hands out the root's elements, the same number to every rank, in rank order.
  ///
  /// ```swift
  /// try world.scatter(all, into: &mine)                        // side by side
  /// try world.scatter(matrix[each: column], into: &mine)       // column r to rank r
  /// try world.scatter(matrix[layouts: tiles], into: &mine)     // tile r to rank r, as many as that has
  /// ```
  ///
  /// No allocation, no copy, unless `buffer` has one layout for all: what that selects is copied. No message but the
  /// elements.
  ///
  /// C: `MPI_Scatter`; with a layout for each rank `MPI_Alltoallw`, of which the root alone sends. MPI-3.1, sections
  /// 5.6 and 5.8.
  ///
  /// - Parameters:
  ///   - buffer: at the root, all. Elsewhere it is not used, but must be of the same kind: elements side by side,
  ///     `[each:]`, or `[layouts:]`, which may be empty there.
  ///   - received: where this rank's go, the same number on every rank, unless `buffer` has a layout for each.
  ///   - root: the rank whose elements they are.
  /// - Throws: ``ErrorClass/count`` at the root if `buffer` has not `size` times as many elements, if a layout does not
  ///   lie within it or has another length than what is received, or if there is not one layout for each rank;
  ///   ``ErrorClass/type`` if an element is to be received twice; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func scatter<
    Buffer: OutgoingBlocks & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into received: inout Result, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try run(Exchange(ScatterFunctions.self, root: root), buffer, into: &received, file, line)
  }

  /// Scatters a different number of the root's elements to each rank.
  ///
  /// No message but the elements.
  ///
  /// C: `MPI_Scatterv`. MPI-3.1, section 5.6.
  ///
  /// - Parameters:
  ///   - buffer: at the root, all: as many as `counts` sums to. Elsewhere it is not used.
  ///   - received: where this rank's go, `counts[rank]` of them.
  ///   - counts: how many each rank gets, the same on every rank.
  ///   - root: the rank whose elements they are.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `received` has not `counts[rank]` elements; at the root also if `buffer` has not as many as
  ///   `counts` sums to. ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func scatter<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into received: inout Result, counts: [Int], root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    try checkRoot(root, "scatter")
    let code = try received._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let (out, into) = try scatterPair(own, of: Buffer.self, other, of: Result.self, counts, root)
        try enterCollective("scatter", Element.self, root: root, file, line)
        return into.finish(
          scatterParts(out.start, into.start, counts, ElementType(Element.self), root, inPlace: false))
      }
    }
    try check(code, "scatter")
  }

  /// Hands out the root's array in blocks that are as even as can be, in rank order.
  ///
  /// ```swift
  /// let rows: [Row]? = world.isRoot ? readRows() : nil
  /// let mine = try world.scatter(rows)
  /// ```
  ///
  /// Rank r gets the elements of ``block(of:rank:)``, so their number need not be a multiple of `size`. It goes first,
  /// in a broadcast of one number; if `counts` is given, that is spared.
  ///
  /// C: `MPI_Scatterv`. MPI-3.1, section 5.6.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - root: the rank whose array it is.
  ///   - counts: how many each rank gets, the same on every rank; as even as can be unless given.
  /// - Returns: this rank's block, which is empty if there are too few for all.
  /// - Throws: ``ErrorClass/argument`` if the root gives nil, on every rank unless `counts` is given;
  ///   ``ErrorClass/count`` if `counts` does not fit; ``ErrorClass/root`` for a root out of range.
  public func scatter<Element: BitwiseCopyable>(
    _ elements: [Element]?, root: Int = 0, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkRoot(root, "scatter")
    try checkElement(Element.self, "scatter")
    let parts: [Int]
    if let counts {
      parts = counts
    } else {
      let total = try shareCount(elements?.count, root, "scatter", file, line)
      parts = (0..<size).map { block(of: total, rank: $0).count }
    }
    return try scatterArray(elements, parts, root, file, line)
  }

  /// Hands out the root's parts, one to each rank, of whatever lengths they have.
  ///
  /// Two broadcasts go first: how many parts there are, and their lengths.
  ///
  /// C: `MPI_Scatterv`. MPI-3.1, section 5.6.
  ///
  /// - Parameters:
  ///   - parts: at the root one part a rank; elsewhere they are not looked at, and may be nil.
  ///   - root: the rank whose parts they are.
  /// - Returns: this rank's part.
  /// - Throws: ``ErrorClass/argument`` on every rank if the root gives nil; ``ErrorClass/count`` on every rank if there
  ///   is not one part for each.
  public func scatter<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkRoot(root, "scatter")
    try checkElement(Element.self, "scatter")
    let number = try shareCount(parts?.count, root, "scatter", file, line)
    try checkCount(number, size, "scatter", "what the root gives, with a part for each rank,")
    let counts = try broadcast(
      rank == root ? parts?.counts : nil, root: root, count: size, file: file, line: line)
    return try scatterArray(parts?.elements, counts, root, file, line)
  }

  /// Hands out the root's elements, one to each rank.
  ///
  /// C: `MPI_Scatter`. MPI-3.1, section 5.6.
  ///
  /// - Parameters:
  ///   - elements: at the root one for each rank; elsewhere they are not looked at, and may be nil.
  ///   - root: the rank whose elements they are.
  /// - Returns: this rank's element.
  /// - Throws: at the root, ``ErrorClass/argument`` for nil and ``ErrorClass/count`` for too many or too few.
  @inlinable
  public func scatter<Element: BitwiseCopyable>(
    each elements: [Element]?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try checkRoot(root, "scatter")
    try checkElement(Element.self, "scatter")
    if rank == root {
      guard let elements else { throw missingAtRoot("scatter") }
      try checkCount(elements.count, size, "scatter", "the root's array, one element for each rank,")
    }
    try enterCollective("scatter", Element.self, root: root, file, line)
    let (element, code) = makeElement(Element.self) { into in
      guard let elements else { return scatterEqual(nil, into, 1, root) }
      return elements.withUnsafeBufferPointer { scatterEqual($0.baseAddress, into, 1, root) }
    }
    try check(code, "scatter")
    return element
  }

  /// Hands out the root's `Codable` values, one to each rank.
  ///
  /// Three collectives: how many there are, the lengths of their bytes, then the bytes.
  ///
  /// C: `MPI_Scatterv` of `MPI_BYTE`. MPI-3.1, section 5.6.
  ///
  /// - Parameters:
  ///   - objects: at the root one for each rank; elsewhere they are not looked at, and may be nil.
  ///   - root: the rank whose values they are.
  /// - Returns: this rank's value.
  /// - Throws: ``ErrorClass/count`` on every rank if there is not one for each, ``ErrorClass/argument`` if the root
  ///   gives nil, ``ErrorClass/serialization`` at the root and on the rank whose value can't be encoded, or on a rank
  ///   that can't decode its value. ``ErrorClass/root`` for a root out of range.
  public func scatter<Object: Codable>(
    object objects: [Object]?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    try checkRoot(root, "scatter(object:)")
    var own: Contribution<RankPartitioned<UInt8>>?
    if rank == root, let objects { own = try contribution(ofEach: objects, "scatter(object:)") }
    let part = try scatter(own?.bytes, root: root, file: file, line: line)
    try own?.finish()
    return try decoded(Object.self, part, "scatter(object:)")
  }

  /// Hands out elements of the root, whose own stay where they are.
  ///
  /// C: `MPI_Scatter` and `MPI_Scatterv` with `MPI_IN_PLACE`. MPI-3.1, section 5.6.
  ///
  /// - Parameters:
  ///   - buffer: at the root all elements; elsewhere memory for this rank's own.
  ///   - root: the rank whose elements they are.
  ///   - counts: how many each rank gets, the same on every rank; if not given, all get the same number.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `buffer` has not as many elements as `counts` sums to at the root, and `counts[rank]` elsewhere;
  ///   without `counts`, at the root if their number is no multiple of `size`. ``ErrorClass/root`` for a root out of
  ///   range.
  @inlinable
  public func scatter<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, root: Int = 0, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    try checkRoot(root, "scatter")
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let all = try incoming(memory, of: Buffer.self, "scatter").flat(of: Element.self, self, "scatter")
      let share = try checkInPlace(all.count, root, counts, "scatter")
      try enterCollective("scatter", Element.self, count: counts == nil ? share : nil, root: root, file, line)
      if let counts {
        return all.finish(scatterParts(all.start, all.start, counts, ElementType(Element.self), root, inPlace: true))
      }
      let own = rank == root ? CMPI_IN_PLACE : all.start
      return all.finish(
        call(
          Exchange(ScatterFunctions.self, root: root), Piece(all.start, count: share, type: nil, byteCount: 0),
          Piece(own, count: share, type: nil, byteCount: 0), of: Element.self))
    }
    try check(code, "scatter")
  }

  @inlinable @inline(__always)
  func scatterEqual<Element>(
    _ all: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int, _ root: Int
  ) -> CInt {
    call(
      Exchange(ScatterFunctions.self, root: root), Piece(all, count: count), Piece(into, count: count),
      of: Element.self)
  }

  /// What MPI is given for a scatter with counts.
  @inlinable @inline(__always)
  func scatterPair<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ own: BufferMemory, of _: Buffer.Type, _ other: BufferMemory, of _: Result.Type, _ counts: [Int], _ root: Int
  ) throws(MPIError) -> (out: FlatPiece, into: FlatPiece) {
    let into = try incoming(other, of: Result.self, "scatter").flat(of: Buffer.Element.self, self, "scatter")
    try checkCounts(counts, own: into.count, "scatter")
    guard rank == root else { return (FlatPiece(nil, count: 0), into) }
    let out = try outgoing(own, of: Buffer.self, "scatter").flat(of: Buffer.Element.self, self, "scatter")
    try checkCount(out.count, counts.reduce(0, +), "scatter", "the memory at the root")
    return (out, into)
  }

  private func scatterArray<Element: BitwiseCopyable>(
    _ elements: [Element]?, _ counts: [Int], _ root: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> [Element] {
    let elements = try checkScatter(elements, counts, root)
    try enterCollective("scatter", Element.self, root: root, file, line)
    let (array, code) = makeArray(counts[rank]) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBytes { all in
        scatterParts(all.baseAddress, into, counts, ElementType(Element.self), root, inPlace: false)
      }
    }
    try check(code, "scatter")
    return array
  }

  @usableFromInline
  func scatterParts(
    _ all: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ counts: [Int], _ type: ElementType, _ root: Int,
    inPlace: Bool
  ) -> CInt {
    let all = UnsafeMutableRawPointer(mutating: all)
    let isHere = inPlace && rank == root ? rank : nil
    return uneven(
      Parts(start: all, counts: counts, type: type),
      send: Parts(
        start: all, counts: rank == root ? counts : self.counts(of: 0, at: 0), type: type, inPlace: isHere),
      receive: Parts(start: into, counts: self.counts(of: counts[rank], at: root), type: type, inPlace: isHere)
    ) { parts in
      parts.withCountsAndDisplacements { counts, displacements in
        MPI_Scatterv(
          all, counts, displacements, type.datatype, isHere == nil ? into : CMPI_IN_PLACE, counts[rank], type.datatype,
          CInt(root), rawValue)
      }
    }
  }

  /// Begins it with the same number of elements for every rank, or makes it ready.
  @inlinable @inline(__always)
  func startScatter<Element>(
    _ start: Start, _ all: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int, _ root: Int,
    _ handles: inout Handles
  ) -> CInt {
    self.start(
      Exchange(ScatterFunctions.self, root: root), Piece(all, count: count), Piece(into, count: count),
      of: Element.self, start, &handles)
  }

  /// Begins it with different numbers of elements, or makes it ready.
  ///
  /// - Returns: MPI's code, and what must live until it has completed.
  @usableFromInline
  func startScatterParts<Element>(
    _ start: Start, _ all: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    _ root: Int, _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    let type = ElementType(Element.self)
    let from = UnsafeMutableRawPointer(mutating: all)
    let plan = UnevenPlan(
      Parts(start: from, counts: counts, type: type),
      send: Parts(start: from, counts: rank == root ? counts : self.counts(of: 0, at: 0), type: type),
      receive: Parts(start: into, counts: self.counts(of: counts[rank], at: root), type: type))
    let code = plan.start(start, on: self, &handles) { counts, displacements, handles in
      handles.keep(
        start == .now
          ? MPI_Iscatterv(
            all, counts, displacements, type.datatype, into, counts[rank], type.datatype, CInt(root), rawValue,
            &handles.next)
          : cmpi_scatterv_init(
            all, counts, displacements, type.datatype, into, counts[rank], type.datatype, CInt(root), rawValue,
            &handles.next))
    }
    return (code, plan)
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to hand out the root's elements, the same number to every rank, in rank order, and waits after the work.
  ///
  /// No allocation, no copy, unless `buffer` has one layout for all: what that selects is copied.
  ///
  /// C: `MPI_Iscatter`; with a layout for each rank `MPI_Ialltoallw`. MPI-3.1, sections 5.12.4 and 5.12.6.
  ///
  /// - Parameters:
  ///   - buffer: at the root, all. Elsewhere it is not used, but must be of the same kind.
  ///   - received: where this rank's go, the same number on every rank, unless `buffer` has a layout for each.
  ///   - root: the rank that hands out.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``Communicator/scatter(_:into:root:file:line:)``.
  @inlinable
  public func scatter<
    Buffer: OutgoingBlocks & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable, Output
  >(
    _ buffer: borrowing Buffer, into received: inout Result, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line, while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try communicator.run(
      Exchange(ScatterFunctions.self, root: root), buffer, into: &received, file, line, while: work)
  }

  /// Begins to hand out a different number of the root's elements to each rank, and waits after the work.
  ///
  /// C: `MPI_Iscatterv`. MPI-3.1, section 5.12.4.
  ///
  /// - Parameters:
  ///   - buffer: at the root, what is handed out. Elsewhere it is not used.
  ///   - received: where this rank's part goes, `counts[rank]` elements.
  ///   - counts: how many each rank gets, the same on every rank.
  ///   - root: the rank that hands out.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``Communicator/scatter(_:into:counts:root:file:line:)``.
  @inlinable
  public func scatter<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable, Output
  >(
    _ buffer: borrowing Buffer, into received: inout Result, counts: [Int], root: Int = 0,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    try communicator.checkRoot(root, "scatter")
    return try received._withMutableMemory { (other) throws in
      try buffer._withMemory { (own) throws in
        let (out, into) = try communicator.scatterPair(own, of: Buffer.self, other, of: Result.self, counts, root)
        var pending = try communicator.pendingCollective("scatter", Element.self, root: root, file, line)
        let begun = communicator.startScatterParts(
          .now, out.read(as: Element.self), into.written(as: Element.self), counts, root, &pending.handles)
        let result = try withExtendedLifetime((begun.plan, out)) { try pending.run(begun.code, work).result }
        try communicator.check(into.finish(0), "scatter")
        return result
      }
    }
  }

  /// Begins to hand out the root's array, in parts of the given lengths.
  ///
  /// C: `MPI_Iscatterv`. MPI-3.1, section 5.12.4.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - root: the rank that hands out.
  ///   - counts: how many each rank gets, the same on every rank: ``Communicator/block(of:rank:)`` divides evenly.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil; ``ErrorClass/count`` if its array has not as many
  ///   elements as `counts` sums to.
  @inlinable
  public func scatter<Element: BitwiseCopyable>(
    _ elements: [Element]?, root: Int = 0, counts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let all = try communicator.checkScatter(elements, counts, root)
    let begun = try communicator.beginCollective("scatter", Element.self, root: root, file, line)
    let plan = Kept()
    return try begun.request(reading: all, filling: counts[communicator.rank], keeping: plan) { all, into, handles in
      plan.keep(communicator.startScatterParts(.now, all, into, counts, root, &handles))
    } finish: {
      $0
    }
  }

  /// Begins to hand out the root's elements, one to each rank.
  ///
  /// C: `MPI_Iscatter`. MPI-3.1, section 5.12.4.
  ///
  /// - Parameters:
  ///   - elements: at the root one for each rank; elsewhere they are not looked at, and may be nil.
  ///   - root: the rank that hands out.
  /// - Returns: a request for this rank's element.
  /// - Throws: at the root, ``ErrorClass/argument`` for nil and ``ErrorClass/count`` if there is not one element for
  ///   each rank; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func scatter<Element: BitwiseCopyable>(
    each elements: [Element]?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    let counts = Array(repeating: 1, count: communicator.size)
    let all = try communicator.checkScatter(elements, counts, root)
    let begun = try communicator.beginCollective("scatter", Element.self, count: 1, root: root, file, line)
    return try begun.request(reading: all, filling: 1) { all, into, handles in
      communicator.startScatter(.now, all, into, 1, root, &handles)
    } finish: {
      $0[0]
    }
  }
}

extension Persistent where Base: Communicator {
  /// Makes ready to hand out the root's elements, in parts of the given lengths.
  ///
  /// C: `MPI_Scatter_init`, `MPI_Scatterv_init`. MPI-4.0, section 6.13.4.
  ///
  /// - Parameters:
  ///   - elements: at the root, what ``PersistentRequest/input`` begins with. They are copied. Elsewhere it has no
  ///     elements.
  ///   - root: the rank that hands out.
  ///   - counts: how many each rank gets, the same on every rank.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; ``ErrorClass/count``, on the rank
  ///   that gives them, if `counts` has not one entry of 0 or more for each rank; at the root, ``ErrorClass/argument``
  ///   for nil and ``ErrorClass/count`` if `elements` has not as many elements as `counts` sums to; ``ErrorClass/root``
  ///   for a root out of range.
  public func scatter<Element: BitwiseCopyable>(
    _ elements: [Element]?, root: Int = 0, counts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let all = try communicator.checkScatter(elements, counts, root)
    let begun = try communicator.makeReady("scatter", Element.self, root: root, file, line)
    let plan = Kept()
    let count = counts[communicator.rank]
    return try begun.persistent(Memory(all), Memory(count: count), keeping: plan) { all, into, handles in
      guard counts.allSatisfy({ $0 == count }) else {
        return plan.keep(communicator.startScatterParts(.later, all, into, counts, root, &handles))
      }
      return communicator.startScatter(.later, all, into, count, root, &handles)
    }
  }
}

extension Communicator {
  /// Checks what a scatter of parts of known lengths is given.
  ///
  /// - Returns: at the root its elements, elsewhere none.
  @usableFromInline
  func checkScatter<Element: BitwiseCopyable>(
    _ elements: [Element]?, _ counts: [Int], _ root: Int
  ) throws(MPIError) -> [Element] {
    try checkRoot(root, "scatter")
    try checkElement(Element.self, "scatter")
    try checkCounts(counts, own: nil, "scatter")
    guard rank == root else { return [] }
    guard let elements else { throw missingAtRoot("scatter") }
    try checkCount(elements.count, counts.reduce(0, +), "scatter", "the root's array")
    return elements
  }
}

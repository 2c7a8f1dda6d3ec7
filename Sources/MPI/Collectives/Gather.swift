// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// MPI's functions for ``Communicator/gather(_:into:root:file:line:)``.
@usableFromInline
enum GatherFunctions: ExchangeFunctions {
  @inlinable @inline(__always)
  static var name: StaticString { "gather" }

  @inlinable @inline(__always)
  static var sendsBlocks: Bool { false }

  @inlinable @inline(__always)
  static var receivesBlocks: Bool { true }

  @inlinable @inline(__always)
  static func call(_ with: ExchangeArguments) -> CInt {
    MPI_Gather(
      with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.root, with.communicator)
  }

  @inlinable @inline(__always)
  static func start(_ start: Start, _ with: ExchangeArguments, _ handles: inout Handles) -> CInt {
    start == .now
      ? MPI_Igather(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.root, with.communicator,
        &handles.next)
      : cmpi_gather_init(
        with.out, with.outCount, with.outType, with.into, with.intoCount, with.intoType, with.root, with.communicator,
        &handles.next)
  }
}

extension Communicator {
  /// Gathers the same number of elements of every rank at the root, in rank order.
  ///
  /// ```swift
  /// try world.gather(mine, into: &all)                        // side by side
  /// try world.gather(mine, into: &matrix[each: column])       // rank r's become column r
  /// try world.gather(mine, into: &matrix[layouts: tiles])     // rank r's become tile r, as many as that has
  /// ```
  ///
  /// No allocation, no copy, unless `received` has one layout for all: what that selects is copied. No message but the
  /// elements.
  ///
  /// C: `MPI_Gather`; with a layout for each rank `MPI_Alltoallw`, of which the root alone receives. MPI-3.1, sections
  /// 5.5 and 5.8.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank, unless `received` has a layout for each.
  ///   - received: at the root, where they go. Elsewhere it is not used, but must be of the same kind: elements side by
  ///     side, `[each:]`, or `[layouts:]`, which may be empty there.
  ///   - root: the rank that gets them.
  /// - Throws: ``ErrorClass/count`` at the root if `received` has not `size` times as many elements, if a layout does
  ///   not lie within it or has another length than what comes, or if there is not one layout for each rank;
  ///   ``ErrorClass/type`` if an element is to be received twice; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into received: inout Result, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try run(Exchange(GatherFunctions.self, root: root), buffer, into: &received, file, line)
  }

  /// Gathers a varying number of elements from each rank at the root.
  ///
  /// No message but the elements.
  ///
  /// C: `MPI_Gatherv`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, `counts[rank]` of them.
  ///   - received: at the root, where they go: as many as `counts` sums to. Elsewhere it is not used.
  ///   - counts: how many each rank has, the same on every rank.
  ///   - root: the rank that gets them.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `buffer` has not `counts[rank]` elements; at the root also if `received` has not as many as
  ///   `counts` sums to. ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into received: inout Result, counts: [Int], root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    try checkRoot(root, "gather")
    let code = try received._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let (out, into) = try gatherPair(own, of: Buffer.self, other, of: Result.self, counts, root)
        try enterCollective("gather", Element.self, root: root, file, line)
        return into.finish(
          gatherParts(out.start, into.start, counts, ElementType(Element.self), root, inPlace: false))
      }
    }
    try check(code, "gather")
  }

  /// Gathers a value of every rank at the root.
  ///
  /// C: `MPI_Gather`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - root: the rank that gets them.
  /// - Returns: at the root the values in rank order, elsewhere nil.
  /// - Throws: ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ value: Element, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element]? {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    try enterCollective("gather", Element.self, count: 1, root: root, file, line)
    guard rank == root else {
      try check(withElement(value) { gatherEqual($0, 1, nil, Element.self, root) }, "gather")
      return nil
    }
    let (array, code) = makeArray(size) { (into: UnsafeMutablePointer<Element>?) in
      withElement(value) { gatherEqual($0, 1, into, Element.self, root) }
    }
    try check(code, "gather")
    return array
  }

  /// Gathers an array of every rank, of whatever lengths they have, at the root.
  ///
  /// The lengths go first, in an all-gather of one number a rank. Give `counts` if every rank knows them, and it is
  /// spared.
  ///
  /// C: `MPI_Gatherv`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, any number of them.
  ///   - root: the rank that gets them.
  ///   - counts: how many each rank has, if known, the same on every rank.
  /// - Returns: at the root all of them, divided by rank; elsewhere nil.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `buffer` has not `counts[rank]` elements; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, root: Int = 0, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Buffer.Element>? where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    try checkRoot(root, "gather")
    return try buffer._withMemory { (own) throws(MPIError) in
      let out = try outgoing(own, of: Buffer.self, "gather").flat(of: Element.self, self, "gather")
      let counts = try known(counts, else: out.count, file, line)
      try checkCounts(counts, own: out.count, "gather")
      let total = rank == root ? counts.reduce(0, +) : 0
      try enterCollective("gather", Element.self, root: root, file, line)
      let (array, code) = makeArray(total) { (into: UnsafeMutablePointer<Element>?) in
        gatherParts(out.start, into, counts, ElementType(Element.self), root, inPlace: false)
      }
      try check(code, "gather")
      return rank == root ? RankPartitioned(array, counts: counts) : nil
    }
  }

  /// Gathers a `Codable` value of every rank at the root.
  ///
  /// Two collectives: the lengths of their bytes, then the bytes.
  ///
  /// C: `MPI_Gatherv` of `MPI_BYTE`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - root: the rank that gets them.
  /// - Returns: at the root the values in rank order, elsewhere nil.
  /// - Throws: ``ErrorClass/serialization``, on the rank whose value can't be encoded and at the root; at the root if
  ///   it can't decode a value. ``ErrorClass/root`` for a root out of range.
  public func gather<Object: Codable>(object: Object, root: Int = 0, file: StaticString = #fileID, line: Int = #line)
    throws(MPIError) -> [Object]?
  {
    let own = try contribution(of: object, "gather(object:)")
    let parts = try gather(own.bytes, root: root, file: file, line: line)
    try own.finish()
    guard let parts else { return nil }
    return try decoded(Object.self, each: parts, "gather(object:)")
  }

  /// Gathers elements at the root, whose own are where they belong already.
  ///
  /// C: `MPI_Gather` and `MPI_Gatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - buffer: at the root, memory for all, with the root's own in their place; elsewhere this rank's own.
  ///   - root: the rank that gets them.
  ///   - counts: how many each rank has, the same on every rank; if not given, all have the same number.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `buffer` has not as many elements as `counts` sums to at the root, and `counts[rank]` elsewhere;
  ///   without `counts`, at the root if their number is no multiple of `size`. ``ErrorClass/root`` for a root out of
  ///   range.
  @inlinable
  public func gather<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, root: Int = 0, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    try checkRoot(root, "gather")
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let all = try incoming(memory, of: Buffer.self, "gather").flat(of: Element.self, self, "gather")
      let share = try checkInPlace(all.count, root, counts, "gather")
      try enterCollective("gather", Element.self, count: counts == nil ? share : nil, root: root, file, line)
      if let counts {
        return all.finish(gatherParts(all.start, all.start, counts, ElementType(Element.self), root, inPlace: true))
      }
      let own = rank == root ? CMPI_IN_PLACE : all.start
      return all.finish(
        call(
          Exchange(GatherFunctions.self, root: root), Piece(own, count: share, type: nil, byteCount: 0),
          Piece(all.start, count: share, type: nil, byteCount: 0), of: Element.self))
    }
    try check(code, "gather")
  }

  @inlinable @inline(__always)
  func gatherEqual<Element>(
    _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?, _: Element.Type, _ root: Int
  ) -> CInt {
    call(
      Exchange(GatherFunctions.self, root: root), Piece(own, count: count), Piece(into, count: count), of: Element.self)
  }

  /// What MPI is given for a gather with counts.
  @inlinable @inline(__always)
  func gatherPair<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ own: BufferMemory, of _: Buffer.Type, _ other: BufferMemory, of _: Result.Type, _ counts: [Int], _ root: Int
  ) throws(MPIError) -> (out: FlatPiece, into: FlatPiece) {
    let out = try outgoing(own, of: Buffer.self, "gather").flat(of: Buffer.Element.self, self, "gather")
    try checkCounts(counts, own: out.count, "gather")
    guard rank == root else { return (out, FlatPiece(nil, count: 0)) }
    let into = try incoming(other, of: Result.self, "gather").flat(of: Buffer.Element.self, self, "gather")
    try checkCount(into.count, counts.reduce(0, +), "gather", "the memory at the root")
    return (out, into)
  }

  @usableFromInline
  func gatherParts(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ counts: [Int], _ type: ElementType, _ root: Int,
    inPlace: Bool
  ) -> CInt {
    let own = UnsafeMutableRawPointer(mutating: own)
    let isHere = inPlace && rank == root ? rank : nil
    return uneven(
      Parts(start: into, counts: counts, type: type),
      send: Parts(start: own, counts: self.counts(of: counts[rank], at: root), type: type, inPlace: isHere),
      receive: Parts(
        start: into, counts: rank == root ? counts : self.counts(of: 0, at: 0), type: type, inPlace: isHere)
    ) { all in
      all.withCountsAndDisplacements { counts, displacements in
        MPI_Gatherv(
          isHere == nil ? UnsafeRawPointer(own) : UnsafeRawPointer(CMPI_IN_PLACE), counts[rank], type.datatype, into,
          counts, displacements, type.datatype, CInt(root), rawValue)
      }
    }
  }

  /// Begins it with the same number of elements from every rank, or makes it ready.
  @inlinable @inline(__always)
  func startGather<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?, _ root: Int,
    _ handles: inout Handles
  ) -> CInt {
    self.start(
      Exchange(GatherFunctions.self, root: root), Piece(own, count: count), Piece(into, count: count), of: Element.self,
      start, &handles)
  }

  /// Begins it with different numbers of elements, or makes it ready.
  ///
  /// - Returns: MPI's code, and what must live until it has completed.
  @usableFromInline
  func startGatherParts<Element>(
    _ start: Start, _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ counts: [Int],
    _ root: Int, _ handles: inout Handles
  ) -> (code: CInt, plan: Any) {
    let type = ElementType(Element.self)
    let from = UnsafeMutableRawPointer(mutating: own)
    let plan = UnevenPlan(
      Parts(start: into, counts: counts, type: type),
      send: Parts(start: from, counts: self.counts(of: counts[rank], at: root), type: type),
      receive: Parts(start: into, counts: rank == root ? counts : self.counts(of: 0, at: 0), type: type))
    let code = plan.start(start, on: self, &handles) { counts, displacements, handles in
      handles.keep(
        start == .now
          ? MPI_Igatherv(
            own, counts[rank], type.datatype, into, counts, displacements, type.datatype, CInt(root), rawValue,
            &handles.next)
          : cmpi_gatherv_init(
            own, counts[rank], type.datatype, into, counts, displacements, type.datatype, CInt(root), rawValue,
            &handles.next))
    }
    return (code, plan)
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to gather the same number of elements of every rank at the root, in rank order, and waits after the work.
  ///
  /// No allocation, no copy, unless `received` has one layout for all: what that selects is copied.
  ///
  /// C: `MPI_Igather`; with a layout for each rank `MPI_Ialltoallw`. MPI-3.1, sections 5.12.3 and 5.12.6.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank, unless `received` has a layout for each.
  ///   - received: at the root, where all go. Elsewhere it is not used, but must be of the same kind.
  ///   - root: the rank that gets them.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``Communicator/gather(_:into:root:file:line:)``.
  @inlinable
  public func gather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBlocks & ~Copyable & ~Escapable, Output
  >(
    _ buffer: borrowing Buffer, into received: inout Result, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line, while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try communicator.run(
      Exchange(GatherFunctions.self, root: root), buffer, into: &received, file, line, while: work)
  }

  /// Begins to gather a varying number of elements from each rank at the root, and waits after the work.
  ///
  /// C: `MPI_Igatherv`. MPI-3.1, section 5.12.3.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, `counts[rank]` of them.
  ///   - received: at the root, where all go. Elsewhere it is not used.
  ///   - counts: how many each rank has, the same on every rank.
  ///   - root: the rank that gets them.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``Communicator/gather(_:into:counts:root:file:line:)``.
  @inlinable
  public func gather<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable, Output
  >(
    _ buffer: borrowing Buffer, into received: inout Result, counts: [Int], root: Int = 0,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    typealias Element = Buffer.Element
    try communicator.checkRoot(root, "gather")
    return try received._withMutableMemory { (other) throws in
      try buffer._withMemory { (own) throws in
        let (out, into) = try communicator.gatherPair(own, of: Buffer.self, other, of: Result.self, counts, root)
        var pending = try communicator.pendingCollective("gather", Element.self, root: root, file, line)
        let begun = communicator.startGatherParts(
          .now, out.read(as: Element.self), into.written(as: Element.self), counts, root, &pending.handles)
        let result = try withExtendedLifetime((begun.plan, out)) { try pending.run(begun.code, work).result }
        try communicator.check(into.finish(0), "gather")
        return result
      }
    }
  }

  /// Begins to gather a value of every rank at the root.
  ///
  /// C: `MPI_Igather`. MPI-3.1, section 5.12.3.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - root: the rank that gets them.
  /// - Returns: a request for the values in rank order at the root, and for nil elsewhere.
  /// - Throws: ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ value: Element, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]?> {
    try communicator.checkRoot(root, "gather")
    try communicator.checkElement(Element.self, "gather")
    let isRoot = communicator.rank == root
    let begun = try communicator.beginCollective("gather", Element.self, count: 1, root: root, file, line)
    return try begun.request(reading: [value], filling: isRoot ? communicator.size : 0) { own, into, handles in
      communicator.startGather(.now, own, 1, into, root, &handles)
    } finish: {
      isRoot ? $0 : nil
    }
  }

  /// Begins to gather an array of every rank at the root.
  ///
  /// C: `MPI_Igatherv`. MPI-3.1, section 5.12.3.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, `counts[rank]` of them. The request holds them; what a layout selects is copied.
  ///   - root: the rank that gets them.
  ///   - counts: how many each rank has, the same on every rank.
  /// - Returns: a request for all of them, divided by rank, at the root, and for nil elsewhere.
  /// - Throws: ``ErrorClass/count``, on the rank that gives them, if `counts` has not one entry of 0 or more for each
  ///   rank, and if `buffer` has not `counts[rank]` elements; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, root: Int = 0, counts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Buffer.Element>?> where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    try communicator.checkRoot(root, "gather")
    let elements = try communicator.array(of: buffer, "gather")
    try communicator.checkCounts(counts, own: elements.count, "gather")
    let isRoot = communicator.rank == root
    let begun = try communicator.beginCollective("gather", Element.self, root: root, file, line)
    let plan = Kept()
    return try begun.request(reading: elements, filling: isRoot ? counts.reduce(0, +) : 0, keeping: plan) {
      own, into, handles in
      plan.keep(communicator.startGatherParts(.now, own, into, counts, root, &handles))
    } finish: {
      isRoot ? RankPartitioned($0, counts: counts) : nil
    }
  }
}

extension Persistent where Base: Communicator {
  /// Makes ready to gather the ranks' elements at the root, in rank order.
  ///
  /// C: `MPI_Gather_init`, `MPI_Gatherv_init`. MPI-4.0, section 6.13.3.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with. They are copied.
  ///   - root: the rank that gets them. On the others ``PersistentRequest/output`` has no elements.
  ///   - counts: how many each rank has, the same on every rank; if not given, all have the same number.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; ``ErrorClass/count``, on the rank
  ///   that gives them, if `counts` has not one entry of 0 or more for each rank, and if `elements` has not
  ///   `counts[rank]` elements; ``ErrorClass/root`` for a root out of range.
  public func gather<Element: BitwiseCopyable>(
    _ elements: [Element], root: Int = 0, counts: [Int]? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkRoot(root, "gather")
    try communicator.checkElement(Element.self, "gather")
    if let counts { try communicator.checkCounts(counts, own: elements.count, "gather") }
    let count = elements.count
    let begun = try communicator.makeReady(
      "gather", Element.self, count: counts == nil ? count : nil, root: root, file, line)
    let plan = Kept()
    let total = communicator.rank == root ? counts?.reduce(0, +) ?? count * communicator.size : 0
    return try begun.persistent(Memory(elements), Memory(count: total), keeping: plan) { own, into, handles in
      guard let counts else { return communicator.startGather(.later, own, count, into, root, &handles) }
      return plan.keep(communicator.startGatherParts(.later, own, into, counts, root, &handles))
    }
  }
}

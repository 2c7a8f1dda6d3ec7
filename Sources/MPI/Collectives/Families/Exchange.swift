// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// What gather, scatter, allGather and allToAll have in common, and those between neighbors: each sends one block to
// every rank or to the root, or a block to each, and receives likewise. MPI's functions for them have the same
// arguments, but for the root.

/// The arguments of a call of MPI.
@usableFromInline @frozen
struct ExchangeArguments {
  @usableFromInline let out: UnsafeRawPointer?
  @usableFromInline let outCount: CInt
  @usableFromInline let outType: MPI_Datatype
  @usableFromInline let into: UnsafeMutableRawPointer?
  @usableFromInline let intoCount: CInt
  @usableFromInline let intoType: MPI_Datatype
  /// Which half of the operations don't have.
  @usableFromInline let root: CInt
  @usableFromInline let communicator: MPI_Comm

  @inlinable @inline(__always)
  init(
    out: UnsafeRawPointer?, _ outCount: CInt, _ outType: MPI_Datatype, into: UnsafeMutableRawPointer?,
    _ intoCount: CInt,
    _ intoType: MPI_Datatype, root: CInt, _ communicator: MPI_Comm
  ) {
    (self.out, self.outCount, self.outType) = (out, outCount, outType)
    (self.into, self.intoCount, self.intoType) = (into, intoCount, intoType)
    (self.root, self.communicator) = (root, communicator)
  }
}

/// The functions of MPI for one operation. A type and not a value, so that nothing is left of it but the call.
@usableFromInline
protocol ExchangeFunctions {
  /// What the operation is called.
  static var name: StaticString { get }
  /// Whether what goes out has a block for each rank, and whether what comes in has one from each.
  static var sendsBlocks: Bool { get }
  static var receivesBlocks: Bool { get }
  /// Whether blocks go to the neighbors alone, and come from them.
  static var isAmongNeighbors: Bool { get }

  /// The function that blocks.
  static func call(_ with: ExchangeArguments) -> CInt

  /// The function that begins, or the one that makes ready.
  static func start(_ start: Start, _ with: ExchangeArguments, _ handles: inout Handles) -> CInt
}

extension ExchangeFunctions {
  @inlinable @inline(__always)
  static var isAmongNeighbors: Bool { false }
}

/// An operation, and which ranks send and receive blocks.
@usableFromInline @frozen
struct Exchange<Functions: ExchangeFunctions> {
  /// The only rank that has blocks for all; nil if each has.
  @usableFromInline let root: Int?

  @inlinable @inline(__always)
  init(_: Functions.Type, root: Int? = nil) { self.root = root }

  @inlinable @inline(__always)
  var name: StaticString { Functions.name }

  /// The name of the memory with a block for each rank, for errors.
  @inlinable @inline(__always)
  var whatIsSent: StaticString { root == nil ? "what goes out" : "the memory at the root" }

  @inlinable @inline(__always)
  var whatIsReceived: StaticString { Functions.sendsBlocks ? "the memory for what comes" : "the memory for all" }

  /// Whether what a rank sends, or receives, is used at all.
  @inlinable @inline(__always)
  func sends(_ rank: Int) -> Bool { !Functions.sendsBlocks || root == nil || rank == root }

  @inlinable @inline(__always)
  func receives(_ rank: Int) -> Bool { !Functions.receivesBlocks || root == nil || rank == root }
}

/// What MPI is given for both sides. Its maker calls ``end()`` once.
@usableFromInline @frozen
struct ExchangePair {
  @usableFromInline let out: Piece
  @usableFromInline let into: Piece
  /// The number of elements of the part that each rank has, which the ranks compare in checked mode; nil if each rank's
  /// may differ.
  @usableFromInline let share: Int?
  // Without counting of references: it is nil if both sides lie side by side, and then nothing of it is left in the
  // code.
  @usableFromInline let kept: Unmanaged<ExchangeKept>?

  @inlinable @inline(__always)
  init(_ out: Piece, _ into: Piece, share: Int?) {
    (self.out, self.into, self.share, kept) = (out, into, share, nil)
  }

  init(_ out: Piece, _ into: Piece, share: Int?, keeping kept: ExchangeKept) {
    (self.out, self.into, self.share, self.kept) = (out, into, share, Unmanaged.passRetained(kept))
  }

  /// The plan, if there is a datatype for each rank.
  @inlinable @inline(__always)
  var plan: (any BlockPlan)? {
    if let kept { return kept._withUnsafeGuaranteedRef { $0.plan } }
    return nil
  }

  /// Puts what was received where it belongs.
  ///
  /// - Parameter code: the operation's.
  @inlinable @inline(__always)
  func finish(_ code: CInt) -> CInt {
    if let kept { return kept._withUnsafeGuaranteedRef { $0.finish(code) } }
    return code
  }

  /// Gives up what lived until here.
  @inlinable @inline(__always)
  func end() {
    if let kept { kept.release() }
  }
}

/// A call of MPI with a datatype for each rank or neighbor, and what it needs until it has completed.
@usableFromInline
protocol BlockPlan: AnyObject {
  /// Makes the call that blocks.
  func call(on communicator: Communicator) -> CInt

  /// Begins it, or makes it ready.
  func start(_ start: Start, on communicator: Communicator, _ handles: inout Handles) -> CInt
}

/// What must live until an operation has completed: copies of what layouts select, or a plan with a datatype for each
/// rank.
@usableFromInline
final class ExchangeKept {
  @usableFromInline let plan: (any BlockPlan)?
  private let sent: FlatCopy?
  private let received: FlatCopy?

  init(plan: (any BlockPlan)? = nil, sent: FlatCopy? = nil, received: FlatCopy? = nil) {
    (self.plan, self.sent, self.received) = (plan, sent, received)
  }

  @usableFromInline
  func finish(_ code: CInt) -> CInt {
    if let received, code == 0 { return received.giveBack() }
    return code
  }
}

/// The block of a rank, or the first of the blocks of all.
@usableFromInline @frozen
struct Block {
  @usableFromInline let piece: Piece
  @usableFromInline let copy: FlatCopy?

  @inlinable @inline(__always)
  init(_ piece: Piece, copy: FlatCopy? = nil) { (self.piece, self.copy) = (piece, copy) }

  /// Puts what was received where it belongs.
  ///
  /// - Parameter code: the operation's.
  @inlinable @inline(__always)
  func finish(_ code: CInt) -> CInt {
    if let copy, code == 0 { return copy.giveBack() }
    return code
  }
}

extension Communicator {
  // MARK: The forms

  /// Exchanges blocks of the same length.
  @inlinable @inline(__always)
  func run<
    Functions: ExchangeFunctions, Out: OutgoingBlocks & ~Copyable & ~Escapable,
    Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ exchange: Exchange<Functions>, _ out: borrowing Out, into: inout Into, _ file: StaticString, _ line: Int
  ) throws(MPIError) where Out.Element: BitwiseCopyable, Into.Element == Out.Element {
    try checkPeers(of: exchange)
    let code = try into._withMutableMemory { (other) throws(MPIError) in
      try out._withMemory { (own) throws(MPIError) in
        let pair = try exchangePair(exchange, nil, own, of: Out.self, other, of: Into.self)
        defer { pair.end() }
        try enterCollective(exchange.name, Out.Element.self, count: pair.share, root: exchange.root, file, line)
        return pair.finish(call(exchange, pair, of: Out.Element.self))
      }
    }
    try check(code, exchange.name)
  }

  /// Begins it on memory that is lent, does the work, and waits.
  @inlinable @inline(__always)
  func run<
    Functions: ExchangeFunctions, Out: OutgoingBlocks & ~Copyable & ~Escapable,
    Into: IncomingBlocks & ~Copyable & ~Escapable, Output
  >(
    _ exchange: Exchange<Functions>, _ out: borrowing Out, into: inout Into, _ file: StaticString, _ line: Int,
    while work: (inout Pending) throws -> Output
  ) throws -> Output where Out.Element: BitwiseCopyable, Into.Element == Out.Element {
    try checkPeers(of: exchange)
    return try into._withMutableMemory { (other) throws in
      try out._withMemory { (own) throws in
        let pair = try exchangePair(exchange, .now, own, of: Out.self, other, of: Into.self)
        defer { pair.end() }
        var pending = try pendingCollective(
          exchange.name, Out.Element.self, count: pair.share, root: exchange.root, file, line)
        let code = start(exchange, pair, of: Out.Element.self, .now, &pending.handles)
        let result = try pending.run(code, work).result
        try check(pair.finish(0), exchange.name)
        return result
      }
    }
  }

  // MARK: The calls

  @inlinable @inline(__always)
  func call<Functions: ExchangeFunctions, Element>(
    _ exchange: Exchange<Functions>, _ pair: ExchangePair, of _: Element.Type
  ) -> CInt {
    if let plan = pair.plan { return plan.call(on: self) }
    return call(exchange, pair.out, pair.into, of: Element.self)
  }

  @inlinable @inline(__always)
  func call<Functions: ExchangeFunctions, Element>(
    _ exchange: Exchange<Functions>, _ out: Piece, _ into: Piece, of _: Element.Type
  ) -> CInt {
    transfer(out, into, of: Element.self) { outCount, outType, intoCount, intoType in
      Functions.call(
        ExchangeArguments(
          out: out.start, outCount, outType, into: into.start, intoCount, intoType,
          root: CInt(truncatingIfNeeded: exchange.root ?? 0), rawValue))
    }
  }

  @inlinable @inline(__always)
  func start<Functions: ExchangeFunctions, Element>(
    _ exchange: Exchange<Functions>, _ pair: ExchangePair, of _: Element.Type, _ start: Start, _ handles: inout Handles
  ) -> CInt {
    if let plan = pair.plan { return plan.start(start, on: self, &handles) }
    return self.start(exchange, pair.out, pair.into, of: Element.self, start, &handles)
  }

  @inlinable @inline(__always)
  func start<Functions: ExchangeFunctions, Element>(
    _ exchange: Exchange<Functions>, _ out: Piece, _ into: Piece, of _: Element.Type, _ start: Start,
    _ handles: inout Handles
  ) -> CInt {
    transfer(out, into, of: Element.self) { outCount, outType, intoCount, intoType in
      handles.keep(
        Functions.start(
          start,
          ExchangeArguments(
            out: out.start, outCount, outType, into: into.start, intoCount, intoType,
            root: CInt(truncatingIfNeeded: exchange.root ?? 0), rawValue), &handles))
    }
  }

  // MARK: What MPI is given

  /// Throws if there is a root that is out of range, and on a graph on which a collective between neighbors would hang.
  @inlinable @inline(__always)
  func checkPeers<Functions: ExchangeFunctions>(of exchange: Exchange<Functions>) throws(MPIError) {
    if let root = exchange.root { try checkRoot(root, exchange.name) }
    if Functions.isAmongNeighbors { try neighborhood.checkMutual(exchange.name) }
  }

  /// What MPI is given for both sides.
  ///
  /// - Parameter start: how the operation begins; nil if it blocks.
  @inlinable @inline(__always)
  func exchangePair<
    Functions: ExchangeFunctions, Out: OutgoingBlocks & ~Copyable & ~Escapable,
    Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ exchange: Exchange<Functions>, _ start: Start?, _ own: BufferMemory, of _: Out.Type, _ other: BufferMemory,
    of _: Into.Type
  ) throws(MPIError) -> ExchangePair where Into.Element == Out.Element {
    if Out._blocks == .layouts || Into._blocks == .layouts {
      return try layoutsPair(exchange, own, of: Out.self, other, of: Into.self)
    }
    if _slowPath(own.form != nil || other.form != nil) {
      return try formedPair(exchange, start, own, of: Out.self, other, of: Into.self)
    }
    typealias Element = Out.Element
    try checkElement(Element.self, exchange.name)
    let share = try checkBlocks(exchange, own.count, other.count)
    if Functions.isAmongNeighbors && Functions.sendsBlocks && _slowPath(neighborhood.needsPlan(start)) {
      return neighborhood.pair(from: own.start, into: other.start, share, ElementType(Element.self))
    }
    let byteCount = share &* MemoryLayout<Element>.stride
    return ExchangePair(
      Piece(own.start, count: share, type: nil, byteCount: byteCount),
      Piece(other.start, count: share, type: nil, byteCount: byteCount),
      share: Functions.isAmongNeighbors ? nil : share)
  }

  /// Throws unless memory without layouts has as many elements as it must.
  ///
  /// - Returns: the number of elements of a block.
  @inlinable @inline(__always)
  func checkBlocks<Functions: ExchangeFunctions>(
    _ exchange: Exchange<Functions>, _ own: Int, _ other: Int
  ) throws(MPIError) -> Int {
    let (receivers, senders) = (receivers(of: exchange), senders(of: exchange))
    if Functions.sendsBlocks && Functions.receivesBlocks {
      if Functions.isAmongNeighbors && receivers.count == 0 {
        _ = try neighborhood.checkNeighborShare(own, of: receivers, exchange.name, exchange.whatIsSent)
        return try neighborhood.checkNeighborShare(other, of: senders, exchange.name, exchange.whatIsReceived)
      }
      let share = try checkShare(own, of: receivers, exchange.name)
      try checkCount(other, share &* senders.count, exchange.name, exchange.whatIsReceived)
      return share
    }
    let share = Functions.sendsBlocks ? other : own
    if Functions.sendsBlocks && exchange.sends(rank) {
      try checkCount(own, share &* receivers.count, exchange.name, exchange.whatIsSent)
    }
    if Functions.receivesBlocks && exchange.receives(rank) {
      try checkCount(other, share &* senders.count, exchange.name, exchange.whatIsReceived)
    }
    return share
  }

  /// The same if layouts select the elements of a side, one layout for all ranks.
  @usableFromInline @inline(never)
  func formedPair<
    Functions: ExchangeFunctions, Out: OutgoingBlocks & ~Copyable & ~Escapable,
    Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ exchange: Exchange<Functions>, _ start: Start?, _ own: BufferMemory, of _: Out.Type, _ other: BufferMemory,
    of _: Into.Type
  ) throws(MPIError) -> ExchangePair where Into.Element == Out.Element {
    let (name, receivers, senders) = (exchange.name, receivers(of: exchange), senders(of: exchange))
    // The side of one block has the length of each block.
    var (out, into) = (Block?.none, Block?.none)
    if !Functions.sendsBlocks { out = Block(try block(own, of: Out.self, isReceived: false, name)) }
    if !Functions.receivesBlocks { into = Block(try block(other, of: Into.self, isReceived: true, name)) }
    if Functions.sendsBlocks && exchange.sends(rank) && receivers.count > 0 {
      out = try blocks(
        own, of: Out.self, for: receivers, byteCount: into?.piece.byteCount, isReceived: false, exchange.whatIsSent,
        name)
    }
    if Functions.receivesBlocks && exchange.receives(rank) && senders.count > 0 {
      into = try blocks(
        other, of: Into.self, for: senders, byteCount: out?.piece.byteCount, isReceived: true,
        exchange.whatIsReceived, name)
    }
    if Functions.isAmongNeighbors && Functions.sendsBlocks && neighborhood.needsPlan(start) {
      return try layoutsPair(exchange, own, of: Out.self, other, of: Into.self)
    }
    let given = (out ?? into)?.piece ?? Piece(nil, count: 0, type: nil, byteCount: 0)
    // A side that this rank has no part in.
    let unused = Piece(nil, count: given.count, type: given.type, byteCount: given.byteCount)
    return ExchangePair(
      out?.piece ?? unused, into?.piece ?? unused,
      share: Functions.isAmongNeighbors ? nil : given.elementCount(of: Out.Element.self),
      keeping: ExchangeKept(sent: out?.copy, received: into?.copy))
  }

  /// Those that blocks go to.
  @inlinable @inline(__always)
  func receivers<Functions: ExchangeFunctions>(of _: Exchange<Functions>) -> Peers {
    Functions.isAmongNeighbors ? Peers(neighborhood.destinations.count, "neighbors") : ranks
  }

  /// Those that blocks come from.
  @inlinable @inline(__always)
  func senders<Functions: ExchangeFunctions>(of _: Exchange<Functions>) -> Peers {
    Functions.isAmongNeighbors ? Peers(neighborhood.sources.count, "neighbors") : ranks
  }

  /// This communicator in an operation among neighbors, which only a communicator with a topology has.
  @inlinable @inline(__always)
  var neighborhood: TopologyCommunicator { unsafeDowncast(self, to: TopologyCommunicator.self) }

  /// What MPI is given for a buffer of which one block is sent, or received into.
  @inlinable @inline(__always)
  func block<Buffer: OutgoingBlocks & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, isReceived: Bool, _ operation: StaticString
  ) throws(MPIError) -> Piece {
    try piece(memory, Buffer._MemoryElement.self, Buffer.Element.self, isReceived: isReceived, operation)
  }

  /// What MPI is given for blocks of the same length: the place of the first, and the count and the datatype of each.
  ///
  /// - Parameters:
  ///   - byteCount: how long a block must be; as the memory has it, if nil.
  ///   - what: what the memory is, for errors.
  @usableFromInline
  func blocks<Buffer: OutgoingBlocks & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, for peers: Peers, byteCount: Int?, isReceived: Bool,
    _ what: StaticString, _ operation: StaticString
  ) throws(MPIError) -> Block {
    let stride = MemoryLayout<Buffer.Element>.stride
    let copies = Buffer._blocks == .copies ? peers.count : 1
    var piece = try piece(
      memory, Buffer._MemoryElement.self, Buffer.Element.self, copies: copies, isReceived: isReceived, operation)
    if Buffer._blocks == .copies {
      if let byteCount { try checkLengths(piece.byteCount, byteCount, operation) }
      return Block(piece)
    }
    let flat = try piece.flat(of: Buffer.Element.self, self, operation)
    let share: Int
    if let byteCount {
      share = byteCount / stride
      try checkCount(flat.count, share &* peers.count, operation, what)
    } else {
      share = try checkShare(flat.count, of: peers, operation)
    }
    piece = Piece(flat.start, count: share, type: nil, byteCount: share &* stride)
    return Block(piece, copy: flat.copy)
  }
}

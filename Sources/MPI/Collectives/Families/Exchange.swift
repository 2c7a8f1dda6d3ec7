import CMPI

// What gather, scatter, allGather and allToAll have in common: each sends one block to every rank or to the root, or a block to
// each, and receives likewise. MPI's functions for them have the same arguments, but for the root.

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

  /// The function that blocks.
  static func call(_ with: ExchangeArguments) -> CInt

  /// The function that begins, or the one that makes ready.
  static func start(_ start: Start, _ with: ExchangeArguments, _ handles: inout Handles) -> CInt
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

  /// What the memory with a block for each rank is, for errors.
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

/// What MPI is given for both sides. Whoever has it made calls ``end()`` once.
@usableFromInline @frozen
struct ExchangePair {
  @usableFromInline let out: Piece
  @usableFromInline let into: Piece
  /// The number of elements of the part that each rank has, which the ranks compare in checked mode; nil if each rank's
  /// may differ.
  @usableFromInline let share: Int?
  // Without counting of references: it is nil if both sides lie side by side, and then nothing of it is left in the code.
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
  var plan: ExchangePlan? {
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

/// What must live until an operation has completed: copies of what layouts select, or a plan with a datatype for each rank.
@usableFromInline
final class ExchangeKept {
  @usableFromInline let plan: ExchangePlan?
  private let sent: FlatCopy?
  private let received: FlatCopy?

  init(plan: ExchangePlan) { (self.plan, sent, received) = (plan, nil, nil) }

  init(sent: FlatCopy?, received: FlatCopy?) { (plan, self.sent, self.received) = (nil, sent, received) }

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
    try checkRoot(of: exchange)
    let code = try into._withMutableMemory { (other) throws(MPIError) in
      try out._withMemory { (own) throws(MPIError) in
        let pair = try exchangePair(exchange, own, of: Out.self, other, of: Into.self)
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
    try checkRoot(of: exchange)
    return try into._withMutableMemory { (other) throws in
      try out._withMemory { (own) throws in
        let pair = try exchangePair(exchange, own, of: Out.self, other, of: Into.self)
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
    if let plan = pair.plan { return self.exchange(plan) }
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
    if let plan = pair.plan { return startExchange(start, plan, &handles) }
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

  /// Throws if there is a root that is out of range.
  @inlinable @inline(__always)
  func checkRoot<Functions: ExchangeFunctions>(of exchange: Exchange<Functions>) throws(MPIError) {
    if let root = exchange.root { try checkRoot(root, exchange.name) }
  }

  @inlinable @inline(__always)
  func exchangePair<
    Functions: ExchangeFunctions, Out: OutgoingBlocks & ~Copyable & ~Escapable,
    Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ exchange: Exchange<Functions>, _ own: BufferMemory, of _: Out.Type, _ other: BufferMemory, of _: Into.Type
  ) throws(MPIError) -> ExchangePair where Into.Element == Out.Element {
    if Out._blocks == .layouts || Into._blocks == .layouts {
      return try layoutsPair(exchange, own, of: Out.self, other, of: Into.self)
    }
    if _slowPath(own.form != nil || other.form != nil) {
      return try formedPair(exchange, own, of: Out.self, other, of: Into.self)
    }
    typealias Element = Out.Element
    try checkElement(Element.self, exchange.name)
    let share: Int
    if !Functions.sendsBlocks {
      share = own.count
    } else if !Functions.receivesBlocks {
      share = other.count
    } else {
      share = try checkBlocks(own.count, of: nil, exchange.whatIsSent, exchange.name)
    }
    if Functions.sendsBlocks && !Functions.receivesBlocks && exchange.sends(rank) {
      try checkCount(own.count, share &* size, exchange.name, exchange.whatIsSent)
    }
    if Functions.receivesBlocks && exchange.receives(rank) {
      try checkCount(other.count, share &* size, exchange.name, exchange.whatIsReceived)
    }
    let byteCount = share &* MemoryLayout<Element>.stride
    return ExchangePair(
      Piece(own.start, count: share, type: nil, byteCount: byteCount),
      Piece(other.start, count: share, type: nil, byteCount: byteCount), share: share)
  }

  /// The same if layouts select the elements of a side, one layout for all ranks.
  @usableFromInline @inline(never)
  func formedPair<
    Functions: ExchangeFunctions, Out: OutgoingBlocks & ~Copyable & ~Escapable,
    Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ exchange: Exchange<Functions>, _ own: BufferMemory, of _: Out.Type, _ other: BufferMemory, of _: Into.Type
  ) throws(MPIError) -> ExchangePair where Into.Element == Out.Element {
    let name = exchange.name
    // The side of one block says how long each block is.
    var (out, into) = (Block?.none, Block?.none)
    if !Functions.sendsBlocks { out = Block(try block(own, of: Out.self, isReceived: false, name)) }
    if !Functions.receivesBlocks { into = Block(try block(other, of: Into.self, isReceived: true, name)) }
    if Functions.sendsBlocks && exchange.sends(rank) {
      out = try blocks(
        own, of: Out.self, byteCount: into?.piece.byteCount, isReceived: false, exchange.whatIsSent, name)
    }
    if Functions.receivesBlocks && exchange.receives(rank) {
      into = try blocks(
        other, of: Into.self, byteCount: out?.piece.byteCount, isReceived: true, exchange.whatIsReceived, name)
    }
    let given = (out ?? into!).piece
    // A side that this rank has no part in.
    let unused = Piece(nil, count: given.count, type: given.type, byteCount: given.byteCount)
    return ExchangePair(
      out?.piece ?? unused, into?.piece ?? unused, share: given.elementCount(of: Out.Element.self),
      keeping: ExchangeKept(sent: out?.copy, received: into?.copy))
  }

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
  @inlinable @inline(__always)
  func blocks<Buffer: OutgoingBlocks & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, byteCount: Int?, isReceived: Bool, _ what: StaticString,
    _ operation: StaticString
  ) throws(MPIError) -> Block {
    let stride = MemoryLayout<Buffer.Element>.stride
    if memory.form == nil {
      try checkElement(Buffer.Element.self, operation)
      let share = try checkBlocks(memory.count, of: byteCount.map { $0 / stride }, what, operation)
      return Block(Piece(memory.start, count: share, type: nil, byteCount: share &* stride))
    }
    return try formedBlocks(memory, of: Buffer.self, byteCount: byteCount, isReceived: isReceived, what, operation)
  }

  /// The same of memory of which layouts select elements.
  @usableFromInline @inline(never)
  func formedBlocks<Buffer: OutgoingBlocks & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, byteCount: Int?, isReceived: Bool, _ what: StaticString,
    _ operation: StaticString
  ) throws(MPIError) -> Block {
    let stride = MemoryLayout<Buffer.Element>.stride
    let copies = Buffer._blocks == .copies ? size : 1
    let piece = try memory.form!.piece(
      memory, of: Buffer._MemoryElement.self, stride: MemoryLayout<Buffer._MemoryElement>.stride, travels: stride,
      copies: copies, isReceived: isReceived, self, operation)
    if Buffer._blocks == .copies {
      if let byteCount { try checkLengths(piece.byteCount, byteCount, operation) }
      return Block(piece)
    }
    let flat = try piece.flat(of: Buffer.Element.self, self, operation)
    let share = try checkBlocks(flat.count, of: byteCount.map { $0 / stride }, what, operation)
    return Block(Piece(flat.start, count: share, type: nil, byteCount: share &* stride), copy: flat.copy)
  }

  /// Throws unless memory has as many elements as a block for each rank has.
  ///
  /// - Returns: the number of elements of a block.
  @inlinable @inline(__always)
  func checkBlocks(
    _ count: Int, of share: Int?, _ what: StaticString, _ operation: StaticString
  ) throws(MPIError) -> Int {
    guard let share else {
      return try checkShare(count, operation, "counts, or a RankPartitioned with a part for each rank")
    }
    try checkCount(count, share &* size, operation, what)
    return share
  }
}

/// Calls an MPI function with the counts and the datatypes of two pieces with elements of one type.
///
/// `call` stands here once and is handed to nothing else, as in ``transfer(_:of:_:)``.
///
/// - Parameter call: given both, calls MPI once and returns its error code.
/// - Returns: that code, or that of making a larger datatype.
@inlinable @inline(__always)
func transfer<Element>(
  _ out: Piece, _ into: Piece, of _: Element.Type, _ call: (CInt, MPI_Datatype, CInt, MPI_Datatype) -> CInt
) -> CInt {
  let type = ElementType(Element.self)
  let units = out.count &* type.units
  // As many on both sides, if neither has a datatype of its own: that was checked.
  var (send, receive) = (TypedCount(units, type), TypedCount(units, type))
  if _slowPath(out.type != nil || into.type != nil || units > largestCount) {
    switch TypedCount.both(out, into, type) {
    case .failure(let failure): return failure.value
    case .success(let both): (send, receive) = both
    }
  }
  let code = call(send.count, send.datatype, receive.count, receive.datatype)
  // A transfer in flight keeps what it needs of the datatype: it may be freed at once.
  if _slowPath(send.isOurs) { free(send.datatype) }
  if _slowPath(receive.isOurs) { free(receive.datatype) }
  return code
}

/// A count and a datatype, as MPI is given them.
@usableFromInline @frozen
struct TypedCount {
  @usableFromInline let count: CInt
  @usableFromInline let datatype: MPI_Datatype
  /// Whether the datatype was made for this transfer.
  @usableFromInline let isOurs: Bool

  @inlinable @inline(__always)
  init(_ units: Int, _ type: ElementType) {
    self.init(count: CInt(truncatingIfNeeded: units), type.datatype)
  }

  @inlinable @inline(__always)
  init(count: CInt, _ datatype: MPI_Datatype, isOurs: Bool = false) {
    (self.count, self.datatype, self.isOurs) = (count, datatype, isOurs)
  }

  init(_ piece: Piece, _ type: ElementType) throws(DatatypeFailure) {
    if let other = piece.type {
      self.init(count: CInt(truncatingIfNeeded: piece.count), other)
    } else if piece.count * type.units <= largestCount {
      self.init(piece.count * type.units, type)
    } else {
      self.init(count: 1, try contiguousType(of: piece.count * type.units, type).get(), isOurs: true)
    }
  }

  @usableFromInline @inline(never)
  static func both(
    _ out: Piece, _ into: Piece, _ type: ElementType
  ) -> Result<(TypedCount, TypedCount), DatatypeFailure> {
    do throws(DatatypeFailure) {
      let send = try TypedCount(out, type)
      do throws(DatatypeFailure) { return .success((send, try TypedCount(into, type))) } catch {
        if send.isOurs { free(send.datatype) }
        throw error
      }
    } catch {
      return .failure(error)
    }
  }
}

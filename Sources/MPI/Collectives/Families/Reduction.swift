// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// What allReduce, scan, exclusiveScan and reduce have in common, which is all but their names: MPI's functions for them
// have the same arguments, but for the root.

/// The arguments of a call of MPI.
@usableFromInline @frozen
struct ReductionArguments {
  @usableFromInline let own: UnsafeRawPointer?
  @usableFromInline let into: UnsafeMutableRawPointer?
  @usableFromInline let count: CInt
  @usableFromInline let type: MPI_Datatype
  @usableFromInline let operation: MPI_Op
  @usableFromInline let communicator: MPI_Comm
  /// Which most operations don't have.
  @usableFromInline let root: CInt

  @inlinable @inline(__always)
  init(
    own: UnsafeRawPointer?, into: UnsafeMutableRawPointer?, count: CInt, type: MPI_Datatype, operation: MPI_Op,
    communicator: MPI_Comm, root: CInt
  ) {
    (self.own, self.into, self.count) = (own, into, count)
    (self.type, self.operation, self.communicator, self.root) = (type, operation, communicator, root)
  }
}

/// The functions of MPI for one operation. A type and not a value, so that nothing is left of it but the call.
@usableFromInline
protocol ReductionFunctions {
  /// What the operation is called.
  static var name: StaticString { get }

  /// Whether MPI writes a result on every rank.
  static var isForAll: Bool { get }

  /// The function that blocks.
  static func call(_ with: ReductionArguments) -> CInt

  /// The function that begins, or the one that makes ready.
  static func start(_ start: Start, _ with: ReductionArguments, _ handles: inout Handles) -> CInt
}

/// An operation, and which ranks get its result.
@usableFromInline @frozen
struct Reduction<Functions: ReductionFunctions> {
  /// The rank that gets the result; nil if every rank does.
  @usableFromInline let root: Int?

  @inlinable @inline(__always)
  init(root: Int? = nil) { self.root = root }

  @inlinable @inline(__always)
  var name: StaticString { Functions.name }

  /// Whether a rank gets the result.
  @inlinable @inline(__always)
  func reaches(_ rank: Int) -> Bool { root == nil || root == rank }
}

extension Communicator {
  // MARK: Blocking

  /// Reduces one buffer into another.
  @inlinable @inline(__always)
  func reduce<
    Functions: ReductionFunctions, Buffer: OutgoingBuffer & ~Copyable & ~Escapable,
    Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ reduction: Reduction<Functions>, _ buffer: borrowing Buffer, into result: inout Result,
    _ operation: ReduceOperation<Buffer.Element>, _ file: StaticString, _ line: Int
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    let code = try result._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let pair = try reductionPair(reduction, own, of: Buffer.self, other, of: Result.self)
        try enterCollective(
          reduction.name, Buffer.Element.self, count: pair.count, root: reduction.root, file, line)
        return pair.finish(operation.reduce(pair, reduction, self))
      }
    }
    try check(code, reduction.name)
  }

  /// Reduces a buffer in place: on the ranks that get the result it is there afterwards.
  @inlinable @inline(__always)
  func reduce<Functions: ReductionFunctions, Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    _ reduction: Reduction<Functions>, inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>,
    _ file: StaticString, _ line: Int
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    try checkRoot(of: reduction)
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let pair = try reductionPair(reduction, memory, of: Buffer.self)
      try enterCollective(reduction.name, Buffer.Element.self, count: pair.count, root: reduction.root, file, line)
      return pair.finish(operation.reduce(pair, reduction, self))
    }
    try check(code, reduction.name)
  }

  /// Reduces a value. The result has no meaning on ranks that get none.
  @inlinable @inline(__always)
  func reduce<Functions: ReductionFunctions, Element: BitwiseCopyable>(
    _ reduction: Reduction<Functions>, value: Element, _ operation: ReduceOperation<Element>, _ file: StaticString,
    _ line: Int
  ) throws(MPIError) -> Element {
    try checkRoot(of: reduction)
    try checkElement(Element.self, reduction.name)
    try enterCollective(reduction.name, Element.self, count: 1, root: reduction.root, file, line)
    // Memory for the result everywhere: it is on the stack and costs nothing.
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) { own in
        if !Functions.isForAll { into.initialize(to: value) }
        return operation.reduce(
          ReductionPair(own, into, count: 1), reduction, self)
      }
    }
    try check(code, reduction.name)
    return element
  }

  /// Reduces a buffer into a new array, which is empty on ranks that get no result.
  @inlinable @inline(__always)
  func reduce<Functions: ReductionFunctions, Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ reduction: Reduction<Functions>, array buffer: borrowing Buffer, _ operation: ReduceOperation<Buffer.Element>,
    checkingCounts: Bool, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> [Buffer.Element] where Buffer.Element: BitwiseCopyable {
    try checkRoot(of: reduction)
    return try buffer._withMemory { (own) throws(MPIError) in
      let out = try outgoing(own, of: Buffer.self, reduction.name).flat(of: Buffer.Element.self, self, reduction.name)
      try enterCollective(
        reduction.name, Buffer.Element.self, count: checkingCounts ? nil : out.count, root: reduction.root, file, line)
      if checkingCounts { try checkEqualCounts(out.count, reduction.name) }
      let isReceiver = reduction.reaches(rank)
      let (array, code) = makeArray(isReceiver ? out.count : 0) { (into: UnsafeMutablePointer<Buffer.Element>?) in
        operation.reduce(
          ReductionPair(out.start, isReceiver ? into : nil, count: out.count), reduction, self)
      }
      try check(code, reduction.name)
      return array
    }
  }

  // MARK: Nonblocking

  /// Begins to reduce one buffer into another, and waits after the work.
  @inlinable @inline(__always)
  func reduce<
    Functions: ReductionFunctions, Buffer: OutgoingBuffer & ~Copyable & ~Escapable,
    Result: IncomingBuffer & ~Copyable & ~Escapable, Output
  >(
    _ reduction: Reduction<Functions>, _ buffer: borrowing Buffer, into result: inout Result,
    _ operation: ReduceOperation<Buffer.Element>, _ file: StaticString, _ line: Int,
    while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try result._withMutableMemory { (other) throws in
      try buffer._withMemory { (own) throws in
        let pair = try reductionPair(reduction, own, of: Buffer.self, other, of: Result.self)
        var pending = try pendingCollective(
          reduction.name, Buffer.Element.self, count: pair.count, root: reduction.root, file, line)
        let code = operation.start(.now, pair, reduction, self, &pending.handles)
        let output = try pending.run(code, work).result
        try check(pair.finish(0), reduction.name)
        return output
      }
    }
  }

  /// Begins to reduce a buffer in place, and waits after the work.
  @inlinable @inline(__always)
  func reduce<Functions: ReductionFunctions, Buffer: IncomingBuffer & ~Copyable & ~Escapable, Output>(
    _ reduction: Reduction<Functions>, inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>,
    _ file: StaticString, _ line: Int, while work: (inout Pending) throws -> Output
  ) throws -> Output where Buffer.Element: BitwiseCopyable {
    try checkRoot(of: reduction)
    return try buffer._withMutableMemory { (memory) throws in
      let pair = try reductionPair(reduction, memory, of: Buffer.self)
      var pending = try pendingCollective(
        reduction.name, Buffer.Element.self, count: pair.count, root: reduction.root, file, line)
      let code = operation.start(.now, pair, reduction, self, &pending.handles)
      let output = try pending.run(code, work).result
      try check(pair.finish(0), reduction.name)
      return output
    }
  }

  /// Begins to reduce a buffer into a new array, which is empty on ranks that get no result.
  @inlinable @inline(__always)
  func beginReduce<Functions: ReductionFunctions, Buffer: OutgoingBuffer, Output>(
    _ reduction: Reduction<Functions>, _ buffer: Buffer, _ operation: ReduceOperation<Buffer.Element>,
    _ file: StaticString, _ line: Int, finish: @escaping ([Buffer.Element]) -> Output
  ) throws(MPIError) -> Request<Output> where Buffer.Element: BitwiseCopyable {
    try checkRoot(of: reduction)
    let isReceiver = reduction.reaches(rank)
    let comparable = try buffer._withMemory { (own) throws(MPIError) in
      try outgoing(own, of: Buffer.self, reduction.name).elementCount(of: Buffer.Element.self)
    }
    var begun = try beginCollective(
      reduction.name, Buffer.Element.self, count: comparable, root: reduction.root, file, line)
    // The addresses stay good: the closure below holds both, and storage with two references is not written to.
    let (result, code, copy) = try buffer._withMemory { (own) throws(MPIError) in
      let out = try outgoing(own, of: Buffer.self, reduction.name).flat(of: Buffer.Element.self, self, reduction.name)
      let (array, code) = makeArray(isReceiver ? out.count : 0) { (into: UnsafeMutablePointer<Buffer.Element>?) in
        operation.start(
          .now, ReductionPair(out.start, isReceiver ? into : nil, count: out.count), reduction, self,
          &begun.handles)
      }
      return (array, code, out.copy)
    }
    return try begun.request(code) { (_, _) throws(MPIError) in
      withExtendedLifetime((buffer, copy, operation)) { finish(result) }
    }
  }

  /// Begins to reduce a buffer in place. The request gives the buffer back.
  @inlinable @inline(__always)
  func beginReduce<Functions: ReductionFunctions, Buffer: IncomingBuffer>(
    _ reduction: Reduction<Functions>, inPlace buffer: consuming Buffer, _ operation: ReduceOperation<Buffer.Element>,
    _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    try checkRoot(of: reduction)
    let comparable = try buffer._withMemory { (own) throws(MPIError) in
      try outgoing(own, of: Buffer.self, reduction.name).elementCount(of: Buffer.Element.self)
    }
    var begun = try beginCollective(
      reduction.name, Buffer.Element.self, count: comparable, root: reduction.root, file, line)
    // The address stays good: the closure below holds the only reference to the storage.
    let (code, pair) = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let pair = try reductionPair(reduction, memory, of: Buffer.self)
      return (operation.start(.now, pair, reduction, self, &begun.handles), pair)
    }
    let result = buffer
    return try begun.request(code) { (communicator, _) throws(MPIError) in
      try withExtendedLifetime(operation) { () throws(MPIError) in
        try communicator.check(pair.finish(0), reduction.name)
        return result
      }
    }
  }

  // MARK: Persistent

  /// Makes a reduction of an array ready.
  func prepareReduce<Functions: ReductionFunctions, Element: BitwiseCopyable>(
    _ reduction: Reduction<Functions>, _ elements: [Element], _ operation: ReduceOperation<Element>,
    _ file: StaticString, _ line: Int
  ) throws(MPIError) -> PersistentRequest<Element> {
    try checkRoot(of: reduction)
    try checkElement(Element.self, reduction.name)
    let begun = try makeReady(
      reduction.name, Element.self, count: elements.count, root: reduction.root, file, line)
    let isReceiver = reduction.reaches(rank)
    let result = Memory<Element>(count: isReceiver ? elements.count : 0)
    return try begun.persistent(Memory(elements), result, keeping: operation) { own, into, handles in
      let pair = ReductionPair(own, isReceiver ? into : nil, count: elements.count)
      return operation.start(.later, pair, reduction, self, &handles)
    }
  }

  /// Makes a reduction in place ready: input and output are the same memory.
  func prepareReduce<Functions: ReductionFunctions, Element: BitwiseCopyable>(
    _ reduction: Reduction<Functions>, inPlace elements: [Element], _ operation: ReduceOperation<Element>,
    _ file: StaticString, _ line: Int
  ) throws(MPIError) -> PersistentRequest<Element> {
    try checkRoot(of: reduction)
    try checkElement(Element.self, reduction.name)
    let begun = try makeReady(
      reduction.name, Element.self, count: elements.count, root: reduction.root, file, line)
    let memory = Memory(elements)
    let isReceiver = reduction.reaches(rank)
    return try begun.persistent(memory, memory, keeping: operation) { _, place, handles in
      let pair = ReductionPair(inPlace: place, isReceiver: isReceiver, count: elements.count)
      return operation.start(.later, pair, reduction, self, &handles)
    }
  }

  // MARK: What MPI is given

  /// Throws if there is a root that is out of range.
  @inlinable @inline(__always)
  func checkRoot<Functions: ReductionFunctions>(of reduction: Reduction<Functions>) throws(MPIError) {
    if let root = reduction.root { try checkRoot(root, reduction.name) }
  }

  /// Two buffers of as many elements, side by side.
  @inlinable @inline(__always)
  func reductionPair<
    Functions: ReductionFunctions, Buffer: OutgoingBuffer & ~Copyable & ~Escapable,
    Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ reduction: Reduction<Functions>, _ own: BufferMemory, of _: Buffer.Type, _ other: BufferMemory, of _: Result.Type
  ) throws(MPIError) -> ReductionPair {
    try checkRoot(of: reduction)
    let out = try outgoing(own, of: Buffer.self, reduction.name).flat(of: Buffer.Element.self, self, reduction.name)
    guard reduction.reaches(rank) else {
      return ReductionPair(out.start, nil, count: out.count, copies: (out.copy, nil))
    }
    let result = try incoming(other, of: Result.self, reduction.name)
    try checkCount(
      result.elementCount(of: Buffer.Element.self), out.count, reduction.name, "the memory for the result")
    let into = try result.flat(of: Buffer.Element.self, self, reduction.name)
    return ReductionPair(out.start, into.start, count: out.count, copies: (out.copy, into.copy))
  }

  /// A buffer in place.
  @inlinable @inline(__always)
  func reductionPair<Functions: ReductionFunctions, Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    _ reduction: Reduction<Functions>, _ memory: BufferMemory, of _: Buffer.Type
  ) throws(MPIError) -> ReductionPair {
    let place = try incoming(memory, of: Buffer.self, reduction.name).flat(
      of: Buffer.Element.self, self, reduction.name)
    return ReductionPair(
      inPlace: place.start, isReceiver: reduction.reaches(rank), count: place.count, copy: place.copy)
  }
}

/// The two memories of a reduction.
@usableFromInline @frozen
struct ReductionPair {
  /// What is read; in place, MPI's word for it.
  @usableFromInline let own: UnsafeRawPointer?
  /// Where the result goes; nil on a rank that gets none.
  @usableFromInline let into: UnsafeMutableRawPointer?
  @usableFromInline let count: Int
  @usableFromInline let isInPlace: Bool
  /// What was copied because a layout selects it.
  @usableFromInline let copies: (out: FlatCopy?, into: FlatCopy?)

  @inlinable @inline(__always)
  init(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, count: Int, copies: (FlatCopy?, FlatCopy?) = (nil, nil)
  ) {
    self.own = own
    self.into = into
    self.count = count
    isInPlace = false
    self.copies = copies
  }

  @inlinable @inline(__always)
  init(inPlace place: UnsafeMutableRawPointer?, isReceiver: Bool, count: Int, copy: FlatCopy? = nil) {
    own = isReceiver ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(place)
    into = isReceiver ? place : nil
    self.count = count
    isInPlace = isReceiver
    copies = (nil, copy)
  }

  /// The arguments for a piece of the elements.
  @inlinable @inline(__always)
  func arguments<Element>(
    _: Element.Type, _ offset: Int, _ count: CInt, _ type: MPI_Datatype, _ operation: MPI_Op,
    _ communicator: Communicator, _ root: Int?
  ) -> ReductionArguments {
    let bytes = offset &* MemoryLayout<Element>.stride
    return ReductionArguments(
      own: isInPlace ? own : advanced(own, byBytes: bytes), into: advanced(into, byBytes: bytes), count: count,
      type: type, operation: operation, communicator: communicator.rawValue, root: CInt(truncatingIfNeeded: root ?? 0))
  }

  /// Puts the result where a layout selects. At the end of the operation.
  @inlinable @inline(__always)
  func finish(_ code: CInt) -> CInt {
    if let copy = copies.into, code == 0, into != nil { return copy.giveBack() }
    return code
  }
}

extension ReduceOperation {
  @inlinable @inline(__always)
  func reduce<Functions: ReductionFunctions>(
    _ pair: ReductionPair, _ reduction: Reduction<Functions>, _ communicator: Communicator
  ) -> CInt {
    reduce(pair.count) { offset, count, type, operation in
      Functions.call(pair.arguments(Element.self, offset, count, type, operation, communicator, reduction.root))
    }
  }

  @inlinable @inline(__always)
  func start<Functions: ReductionFunctions>(
    _ start: Start, _ pair: ReductionPair, _ reduction: Reduction<Functions>, _ communicator: Communicator,
    _ handles: inout Handles
  ) -> CInt {
    reduce(pair.count) { offset, count, type, operation in
      let arguments = pair.arguments(Element.self, offset, count, type, operation, communicator, reduction.root)
      return handles.keep(Functions.start(start, arguments, &handles))
    }
  }
}

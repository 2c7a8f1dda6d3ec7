// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Gives the root's elements to every rank, in place.
  ///
  /// ```swift
  /// try world.broadcast(inPlace: &parameters)                  // arrays of the same length on every rank
  /// try world.broadcast(inPlace: &matrix[layout: column])      // a column
  /// ```
  ///
  /// No allocation, no copy. Every rank gives memory for as many elements as the root has. Layouts may differ from rank
  /// to rank, if they select the same number of elements.
  ///
  /// C: `MPI_Bcast`. MPI-3.1, sections 4.1.11 and 5.4.
  ///
  /// - Parameters:
  ///   - buffer: at the root what is sent, elsewhere where it goes.
  ///   - root: the rank whose elements they are.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/truncate`` if a rank's memory is too short;
  ///   ``ErrorClass/count`` if a layout does not lie within the memory; ``ErrorClass/type`` if a layout to receive into
  ///   selects an element twice.
  @inlinable
  public func broadcast<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    try checkRoot(root, "broadcast")
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let piece = try broadcastPiece(memory, of: Buffer.self, root)
      try enterCollective(
        "broadcast", Buffer.Element.self, count: piece.elementCount(of: Buffer.Element.self), root: root, file, line)
      return broadcastElements(piece, of: Buffer.Element.self, root)
    }
    try check(code, "broadcast")
  }

  /// Gives the root's value to every rank.
  ///
  /// ```swift
  /// let seed = try world.broadcast(world.isRoot ? UInt64.random(in: 0...UInt64.max) : nil)
  /// ```
  ///
  /// C: `MPI_Bcast`. MPI-3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - value: at the root the value; elsewhere it is not used, and may be nil.
  ///   - root: the rank whose value it is.
  /// - Returns: the root's value, on every rank.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    _ value: Element?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try checkRoot(root, "broadcast")
    try checkElement(Element.self, "broadcast")
    if rank == root && value == nil { throw missingAtRoot("broadcast") }
    try enterCollective("broadcast", Element.self, count: 1, root: root, file, line)
    if rank == root, let value {
      try check(withElement(value) { broadcastElements($0, 1, root) }, "broadcast")
      return value
    }
    let (element, code) = makeElement(Element.self) { broadcastElements($0, 1, root) }
    try check(code, "broadcast")
    return element
  }

  /// Gives the root's array, of whatever length it has, to every rank.
  ///
  /// The length goes first, in a broadcast of its own. Give `count` if every rank knows it, and that one is spared.
  ///
  /// C: `MPI_Bcast`. MPI-3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - root: the rank whose array it is.
  ///   - count: its length, if known on every rank.
  /// - Returns: the root's array, on every rank.
  /// - Throws: ``ErrorClass/argument`` on every rank if the root gives nil; ``ErrorClass/count`` if the root's array
  ///   has not `count` elements; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    _ elements: [Element]?, root: Int = 0, count: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkRoot(root, "broadcast")
    try checkElement(Element.self, "broadcast")
    let known = count
    let count: Int
    if let known { count = known } else { count = try shareCount(elements?.count, root, "broadcast", file, line) }
    try require(count >= 0, .count, "broadcast", "count \(count) is below 0")
    if rank == root {
      guard let elements else { throw missingAtRoot("broadcast") }
      try checkCount(elements.count, count, "broadcast", "the root's array")
    }
    try enterCollective("broadcast", Element.self, count: count, root: root, file, line)
    if rank == root, let elements {
      let code = elements.withUnsafeBufferPointer { memory in
        // MPI takes one pointer for what is read at the root and written elsewhere.
        broadcastElements(Piece(memory.baseAddress, count: memory.count), of: Element.self, root)
      }
      try check(code, "broadcast")
      return elements
    }
    let (array, code) = makeArray(count) { (start: UnsafeMutablePointer<Element>?) in
      broadcastElements(start, count, root)
    }
    try check(code, "broadcast")
    return array
  }

  /// Gives the root's `Codable` value to every rank.
  ///
  /// Two broadcasts: the length of its bytes, then the bytes.
  ///
  /// C: `MPI_Bcast` of `MPI_BYTE`. MPI-3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - object: at the root the value; elsewhere it is not used, and may be nil.
  ///   - root: the rank whose value it is.
  /// - Returns: the value; at the root the one that was given, elsewhere a copy.
  /// - Throws: ``ErrorClass/serialization`` on every rank if it can't be encoded, and on a rank that can't decode it;
  ///   ``ErrorClass/argument`` on every rank if the root gives nil; ``ErrorClass/root`` for a root out of range.
  public func broadcast<Object: Codable>(
    object: Object?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    try checkRoot(root, "broadcast(object:)")
    guard rank == root, let object else {
      let bytes: [UInt8] = try broadcast(nil as [UInt8]?, root: root, file: file, line: line)
      return try decoded(Object.self, bytes, "broadcast(object:)")
    }
    let own = try contribution(of: object, "broadcast(object:)")
    _ = try broadcast(own.bytes, root: root, file: file, line: line)
    try own.finish()
    return object
  }

  /// What MPI is given for a buffer, which the root sends and the others receive into.
  @inlinable @inline(__always)
  func broadcastPiece<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, _ root: Int
  ) throws(MPIError) -> Piece {
    if rank == root { return try outgoing(memory, of: Buffer.self, "broadcast") }
    return try incoming(memory, of: Buffer.self, "broadcast")
  }

  @inlinable @inline(__always)
  func broadcastElements<Element>(_ piece: Piece, of _: Element.Type, _ root: Int) -> CInt {
    transfer(piece, of: Element.self) { count, type in
      MPI_Bcast(piece.start, count, type, CInt(truncatingIfNeeded: root), rawValue)
    }
  }

  @inlinable @inline(__always)
  func broadcastElements<Element>(_ start: UnsafeMutablePointer<Element>?, _ count: Int, _ root: Int) -> CInt {
    broadcastElements(Piece(start, count: count), of: Element.self, root)
  }

  /// Sends a count that the root alone has to every rank. If the root has none, every rank throws.
  @usableFromInline
  func shareCount(
    _ count: Int?, _ root: Int, _ operation: StaticString, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Int {
    let shared = try broadcast(rank == root ? count ?? -1 : nil, root: root, file: file, line: line)
    if shared < 0 { throw missingAtRoot(operation) }
    return shared
  }

  @usableFromInline @inline(never)
  func missingAtRoot(_ operation: StaticString) -> MPIError {
    failure(.argument, operation, "the root gave nil: at the root there must be a value")
  }

  /// Begins it, or makes it ready.
  @inlinable @inline(__always)
  func startBroadcast<Element>(
    _ start: Start, _ piece: Piece, of _: Element.Type, _ root: Int, _ handles: inout Handles
  ) -> CInt {
    let root = CInt(truncatingIfNeeded: root)
    return transfer(piece, of: Element.self) { count, type in
      handles.keep(
        start == .now
          ? MPI_Ibcast(piece.start, count, type, root, rawValue, &handles.next)
          : cmpi_bcast_init(piece.start, count, type, root, rawValue, &handles.next))
    }
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to give the root's elements to every rank, in place, does some work, and waits.
  ///
  /// No allocation, no copy. Every rank gives memory for as many elements as the root has.
  ///
  /// C: `MPI_Ibcast`. MPI-3.1, sections 4.1.11 and 5.12.2.
  ///
  /// - Parameters:
  ///   - buffer: at the root what is sent, elsewhere where it goes.
  ///   - root: the rank whose elements they are.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``Communicator/broadcast(inPlace:root:file:line:)``.
  @inlinable
  public func broadcast<Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result>(
    inPlace buffer: inout Buffer, root: Int = 0, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    let communicator = communicator
    try communicator.checkRoot(root, "broadcast")
    return try buffer._withMutableMemory { (memory) throws in
      let piece = try communicator.broadcastPiece(memory, of: Buffer.self, root)
      var pending = try communicator.pendingCollective(
        "broadcast", Buffer.Element.self, count: piece.elementCount(of: Buffer.Element.self), root: root, file, line)
      let code = communicator.startBroadcast(.now, piece, of: Buffer.Element.self, root, &pending.handles)
      return try pending.run(code, work).result
    }
  }

  /// Begins to give the root's elements to every rank, in a buffer that the request owns and gives back.
  ///
  /// C: `MPI_Ibcast`. MPI-3.1, sections 4.1.11 and 5.12.2.
  ///
  /// - Parameters:
  ///   - buffer: at the root what is sent, elsewhere where it goes: `consume` it, and no copy is made.
  ///   - root: the rank whose elements they are.
  /// - Throws: as ``Communicator/broadcast(inPlace:root:file:line:)``.
  @inlinable
  public func broadcast<Buffer: IncomingBuffer>(
    inPlace buffer: consuming Buffer, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    let communicator = communicator
    try communicator.checkRoot(root, "broadcast")
    let count = try buffer._withMemory { (memory) throws(MPIError) in
      try communicator.broadcastPiece(memory, of: Buffer.self, root).elementCount(of: Buffer.Element.self)
    }
    var begun = try communicator.beginCollective(
      "broadcast", Buffer.Element.self, count: count, root: root, file, line)
    // The address stays good: the closure below holds the only reference to the storage.
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let piece = try communicator.broadcastPiece(memory, of: Buffer.self, root)
      return communicator.startBroadcast(.now, piece, of: Buffer.Element.self, root, &begun.handles)
    }
    let result = buffer
    return try begun.request(code) { (_, _) throws(MPIError) in result }
  }

  /// Begins to give the root's value to every rank.
  ///
  /// C: `MPI_Ibcast`. MPI-3.1, section 5.12.2.
  ///
  /// - Parameters:
  ///   - value: at the root the value; elsewhere it is not used, and may be nil.
  ///   - root: the rank whose value it is.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    _ value: Element?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    let array: [Element]? = value.map { [$0] }
    return try broadcast(array, root: root, count: 1, file: file, line: line).map { (result) throws(MPIError) in
      result[0]
    }
  }

  /// Begins to give the root's array to every rank.
  ///
  /// C: `MPI_Ibcast`. MPI-3.1, section 5.12.2.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - root: the rank whose array it is.
  ///   - count: its length, the same on every rank.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil; ``ErrorClass/count`` if its array has not `count`
  ///   elements.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    _ elements: [Element]?, root: Int = 0, count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkRoot(root, "broadcast")
    try communicator.checkElement(Element.self, "broadcast")
    try communicator.require(count >= 0, .count, "broadcast", "count \(count) is below 0")
    let isRoot = communicator.rank == root
    if isRoot {
      guard let elements else { throw communicator.missingAtRoot("broadcast") }
      try communicator.checkCount(elements.count, count, "broadcast", "the root's array")
    }
    let begun = try communicator.beginCollective("broadcast", Element.self, count: count, root: root, file, line)
    let own = isRoot ? elements ?? [] : []
    return try begun.request(reading: own, filling: isRoot ? 0 : count) { from, into, handles in
      // MPI takes one pointer for what is read at the root and written elsewhere.
      let memory = isRoot ? UnsafeMutablePointer(mutating: from) : into
      return communicator.startBroadcast(.now, Piece(memory, count: count), of: Element.self, root, &handles)
    } finish: {
      isRoot ? own : $0
    }
  }
}

extension Persistent where Base: Communicator {
  /// Makes a broadcast of the root's elements ready: input and output are the same memory.
  ///
  /// C: `MPI_Bcast_init`. MPI-4.0, section 6.13.2.
  ///
  /// - Parameters:
  ///   - buffer: its memory is copied, and is what ``PersistentRequest/input`` begins with. Each start sends, or
  ///     receives into, all of it or what the layout selects; as many elements on every rank.
  ///   - root: the rank whose elements go to all.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; else as
  ///   ``Communicator/broadcast(inPlace:root:file:line:)``.
  public func broadcast<Buffer: IncomingBuffer>(
    inPlace buffer: Buffer, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Buffer._MemoryElement>
  where Buffer.Element: BitwiseCopyable, Buffer._MemoryElement: BitwiseCopyable {
    try communicator.checkRoot(root, "broadcast")
    let kept = Memory(copying: buffer)
    let piece = try communicator.broadcastPiece(kept.memory, of: Buffer.self, root)
    let begun = try communicator.makeReady(
      "broadcast", Buffer.Element.self, count: piece.elementCount(of: Buffer.Element.self), root: root, file, line)
    return try begun.persistent(kept, kept) { _, _, handles in
      communicator.startBroadcast(.later, piece, of: Buffer.Element.self, root, &handles)
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MessageChannel {
  /// Receives elements into a buffer.
  ///
  /// ```swift
  /// try world.receive(into: &forces, from: 0)                    // an array, which keeps its length
  /// try world.receive(into: &matrix[layout: column], from: 0)    // a column of a matrix
  /// ```
  ///
  /// The message may be shorter than the buffer: the status has how many elements it had, and the rest is left as it
  /// was. No allocation, no copy. The sender needs no layout.
  ///
  /// C: `MPI_Recv`. MPI-3.1, sections 3.2.4 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: where the elements go.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Returns: source, tag and length of the message.
  /// - Throws: ``ErrorClass/truncate`` if the message is longer than the buffer; ``ErrorClass/rank`` or
  ///   ``ErrorClass/tag`` for one out of range; ``ErrorClass/count`` if a layout does not lie within the memory;
  ///   ``ErrorClass/type`` if a layout selects an element twice.
  @inlinable
  @discardableResult
  public func receive<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    into buffer: inout Buffer, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status where Buffer.Element: BitwiseCopyable {
    let communicator = try _communicator("receive")
    let (rank, tag) = try communicator.checkReceive(source, tag)
    var status = Status()
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let piece = try communicator.incoming(memory, of: Buffer.self, "receive")
      communicator.enter("receive", file, line)
      return communicator.receiveMessage(piece, of: Buffer.Element.self, rank, tag, &status)
    }
    try communicator.check(code, "receive")
    return status
  }

  /// Receives a value into a variable.
  ///
  /// From ``MessageSource/null`` nothing comes, and the variable is left as it was.
  ///
  /// C: `MPI_Recv`. MPI-3.1, section 3.2.4.
  ///
  /// - Parameters:
  ///   - value: where the value goes.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Returns: source, tag and length of the message.
  /// - Throws: ``ErrorClass/truncate`` or ``ErrorClass/type`` if the message is longer or shorter than one element;
  ///   ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range.
  @inlinable
  @discardableResult
  public func receive<Element: BitwiseCopyable>(
    into value: inout Element, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    let communicator = try _communicator("receive")
    let (rank, tag) = try communicator.checkReceive(source, tag)
    try communicator.checkElement(Element.self, "receive")
    var status = Status()
    communicator.enter("receive", file, line)
    let (element, code) = makeElement(Element.self) {
      communicator.receiveMessage(Piece($0, count: 1), of: Element.self, rank, tag, &status)
    }
    try communicator.check(code, "receive")
    if rank == CMPI_PROC_NULL { return status }
    try communicator.checkOne(status, Element.self, "receive")
    value = element
    return status
  }

  /// Receives a value.
  ///
  /// ```swift
  /// let pressure: Double = try world.receive(from: 0)
  /// let anyPressure = try world.receive(Double.self, from: .any)
  /// ```
  ///
  /// C: `MPI_Recv`. MPI-3.1, section 3.2.4.
  ///
  /// - Parameters:
  ///   - type: the type of the value; it is inferred if the result has one.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Throws: ``ErrorClass/truncate`` or ``ErrorClass/type`` if the message is longer or shorter than one element;
  ///   ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _ type: Element.Type = Element.self, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    let communicator = try _communicator("receive")
    let (rank, tag) = try communicator.checkReceive(source, tag)
    try communicator.checkElement(Element.self, "receive")
    var status = Status()
    communicator.enter("receive", file, line)
    let (element, code) = makeElement(Element.self) {
      communicator.receiveMessage(Piece($0, count: 1), of: Element.self, rank, tag, &status)
    }
    try communicator.check(code, "receive")
    try communicator.checkOne(status, Element.self, "receive")
    return element
  }

  /// Receives an array of whatever length it has.
  ///
  /// ```swift
  /// let forces: [SIMD3<Double>] = try world.receive(from: .any)
  /// ```
  ///
  /// The message is probed for its length and then received, which no other receive can come between: one allocation,
  /// no copy, no message more.
  ///
  /// C: `MPI_Mprobe`, `MPI_Mrecv`. MPI-3.1, section 3.8.2.
  ///
  /// - Parameters:
  ///   - type: the type of the array; it is inferred if the result has one.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Returns: the elements; none from ``MessageSource/null``.
  /// - Throws: ``ErrorClass/type`` if the message's length is not a multiple of the element's, and the message is lost;
  ///   ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _ type: [Element].Type = [Element].self, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try _communicator("receive").takeMessage(source, tag, "receive", file, line)
      .receive([Element].self, file: file, line: line)
  }

  /// Receives a `Codable` value that was sent by ``send(object:to:tag:mode:file:line:)``.
  ///
  /// C: `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, section 3.8.2.
  ///
  /// - Parameters:
  ///   - type: the type of the value.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Throws: ``ErrorClass/serialization`` if the bytes are not of such a value; ``ErrorClass/rank`` or
  ///   ``ErrorClass/tag`` for one out of range.
  public func receive<Object: Decodable>(
    object type: Object.Type, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    try _communicator("receive(object:)").takeMessage(source, tag, "receive(object:)", file, line)
      .receive(object: type, file: file, line: line)
  }
}

extension Nonblocking {
  /// Begins to receive elements into a buffer, does some work, and waits.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, sections 3.7.2 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: where the elements go. The compiler refuses access to it until the call returns.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  ///   - work: runs while the receive is in flight. If it throws, the receive is canceled.
  /// - Returns: what the work returns, and source, tag and length of the message.
  /// - Throws: what the work throws; else as ``MessageChannel/receive(into:from:tag:file:line:)-(Buffer,_,_,_,_)``.
  @inlinable
  @discardableResult
  public func receive<Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result>(
    into buffer: inout Buffer, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> (result: Result, status: Status) where Buffer.Element: BitwiseCopyable {
    let communicator = try base._communicator("receive")
    let (rank, tag) = try communicator.checkReceive(source, tag)
    return try buffer._withMutableMemory { (memory) throws in
      let piece = try communicator.incoming(memory, of: Buffer.self, "receive")
      var pending = Pending(communicator, "receive", .receive, file, line)
      let code = communicator.beginReceive(piece, of: Buffer.Element.self, rank, tag, &pending.handles)
      return try pending.run(code, work)
    }
  }

  /// Begins to receive elements into a buffer, which the request owns until it is complete and then gives back.
  ///
  /// If nothing else holds the array (`consume` it), no copy is made.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, sections 3.7.2 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: an array, a slice, or the elements of an array that a layout selects.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Returns: a request that gives the buffer back. It keeps its length; ``Request/status()`` has how many elements
  ///   came.
  /// - Throws: as ``MessageChannel/receive(into:from:tag:file:line:)-(Buffer,_,_,_,_)``.
  @inlinable
  public func receive<Buffer: IncomingBuffer>(
    into buffer: consuming Buffer, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    let communicator = try base._communicator("receive")
    let (rank, tag) = try communicator.checkReceive(source, tag)
    var begun = communicator.begin("receive", .receive, file, line)
    // MPI writes to the address after this call. It stays good: the request holds the storage, and nothing else does.
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let piece = try communicator.incoming(memory, of: Buffer.self, "receive")
      return communicator.beginReceive(piece, of: Buffer.Element.self, rank, tag, &begun.handles)
    }
    let result = buffer
    return try begun.request(code) { (_, _) throws(MPIError) in result }
  }

  /// Begins to receive an array of at most `count` elements.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - type: the type of the elements.
  ///   - count: how many elements there is room for.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Returns: a request whose ``Request/wait(file:line:)`` gives the elements that came, as many as came.
  /// - Throws: ``ErrorClass/count`` if `count` is below 0; ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of
  ///   range. A longer message is an error of the wait.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _ type: Element.Type, count: Int, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let communicator = try base._communicator("receive")
    var begun = communicator.begin("receive", .receive, file, line)
    let (elements, code) = try communicator.beginReceive(Element.self, count, source, tag, &begun.handles)
    return try begun.request(code) { (communicator, status) throws(MPIError) in
      try communicator.whole(elements, status, "receive")
    }
  }

  /// Begins to receive a value.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - type: the type of the value.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range. A message that is longer or shorter than
  ///   one element is an error of the wait.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _ type: Element.Type, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    let communicator = try base._communicator("receive")
    var begun = communicator.begin("receive", .receive, file, line)
    let (elements, code) = try communicator.beginReceive(Element.self, 1, source, tag, &begun.handles)
    return try begun.request(code) { (communicator, status) throws(MPIError) in
      try communicator.checkOne(status, Element.self, "receive")
      return elements[0]
    }
  }
}

extension Communicator {
  /// Checks source and tag of a receive before MPI is called, and gives both as MPI takes them.
  @inlinable @inline(__always)
  func checkReceive(
    _ source: some MessageSource, _ tag: some MessageTag
  ) throws(MPIError) -> (rank: CInt, tag: CInt) {
    (try rank(of: source, "receive"), try number(of: tag, "receive"))
  }

  @inlinable @inline(__always)
  func receiveMessage<Element>(
    _ piece: Piece, of _: Element.Type, _ rank: CInt, _ tag: CInt, _ status: inout Status
  ) -> CInt {
    transfer(piece, of: Element.self) { count, type in
      MPI_Recv(piece.start, count, type, rank, tag, rawValue, &status.value)
    }
  }

  @inlinable @inline(__always)
  func beginReceive<Element>(
    _ piece: Piece, of _: Element.Type, _ rank: CInt, _ tag: CInt, _ handles: inout Handles
  ) -> CInt {
    transfer(piece, of: Element.self) { count, type in
      handles.keep(MPI_Irecv(piece.start, count, type, rank, tag, rawValue, &handles.next))
    }
  }

  /// Begins a receive into a fresh array. The closure that makes the output holds that array and nothing else, so that
  /// it is not allocated.
  @inlinable @inline(__always)
  func beginReceive<Element: BitwiseCopyable>(
    _: Element.Type, _ count: Int, _ source: some MessageSource, _ tag: some MessageTag, _ handles: inout Handles
  ) throws(MPIError) -> (array: [Element], code: CInt) {
    try require(count >= 0, .count, "receive", "count \(count) is below 0")
    let (rank, tag) = try checkReceive(source, tag)
    try checkElement(Element.self, "receive")
    // MPI writes to the address after this call. It stays good: the request holds the array, and nothing else does.
    return makeArray(count) { (start: UnsafeMutablePointer<Element>?) in
      beginReceive(Piece(start, count: count), of: Element.self, rank, tag, &handles)
    }
  }

  /// Throws unless a message has one element.
  @inlinable @inline(__always)
  func checkOne<Element>(
    _ status: Status, _: Element.Type, _ operation: StaticString
  ) throws(MPIError) {
    if status.byteCount != MemoryLayout<Element>.stride { throw mismatchFailure(status, Element.self, operation) }
  }

  /// As many of the elements that there was room for as came.
  @usableFromInline
  func whole<Element>(
    _ elements: [Element], _ status: Status, _ operation: StaticString
  ) throws(MPIError) -> [Element] {
    let (came, rest) = status.byteCount.quotientAndRemainder(dividingBy: MemoryLayout<Element>.stride)
    guard rest == 0 else {
      throw failure(.type, operation, status.mismatch(Element.self, needs: "a multiple of "))
    }
    return came == elements.count ? elements : Array(elements.prefix(came))
  }

  @usableFromInline @inline(never)
  func mismatchFailure<Element>(
    _ status: Status, _: Element.Type, _ operation: StaticString
  ) -> MPIError {
    failure(.type, operation, status.mismatch(Element.self))
  }
}

extension Persistent {
  /// Makes a receive of at most `count` elements ready.
  ///
  /// C: `MPI_Recv_init`. MPI-3.1, section 3.9.
  ///
  /// - Parameters:
  ///   - type: the type of the elements.
  ///   - count: how many elements there is room for.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Returns: a request whose ``PersistentRequest/output`` has room for `count` elements; its status has how many
  ///   came.
  /// - Throws: ``ErrorClass/count`` if `count` is below 0; ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of
  ///   range.
  public func receive<Element: BitwiseCopyable>(
    _ type: Element.Type, count: Int, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let communicator = try base._communicator("receive")
    try communicator.require(count >= 0, .count, "receive", "count \(count) is below 0")
    return try receive([Element].self, into: Memory(count: count), source, tag, file, line)
  }

  /// Makes a receive into a buffer ready.
  ///
  /// C: `MPI_Recv_init`. MPI-3.1, sections 3.9 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: its memory is copied, and is what ``PersistentRequest/output`` begins with. Each message goes to all
  ///     of it, or to what the layout selects.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Throws: as ``MessageChannel/receive(into:from:tag:file:line:)-(Buffer,_,_,_,_)``.
  public func receive<Buffer: IncomingBuffer>(
    into buffer: Buffer, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Buffer._MemoryElement>
  where Buffer.Element: BitwiseCopyable, Buffer._MemoryElement: BitwiseCopyable {
    try receive(Buffer.self, into: Memory(copying: buffer), source, tag, file, line)
  }

  private func receive<Buffer: IncomingBuffer>(
    _: Buffer.Type, into kept: Memory<Buffer._MemoryElement>, _ source: some MessageSource, _ tag: some MessageTag,
    _ file: StaticString, _ line: Int
  ) throws(MPIError) -> PersistentRequest<Buffer._MemoryElement> where Buffer._MemoryElement: BitwiseCopyable {
    let communicator = try base._communicator("receive")
    let (rank, tag) = try communicator.checkReceive(source, tag)
    let piece = try communicator.incoming(kept.memory, of: Buffer.self, "receive")
    var begun = communicator.begin("receive", .receive, file, line)
    let code = transfer(piece, of: Buffer.Element.self) { count, type in
      begun.handles.keep(
        MPI_Recv_init(piece.start, count, type, rank, tag, communicator.rawValue, &begun.handles.next))
    }
    return try begun.persistent(code, sent: Memory([]), received: kept)
  }
}

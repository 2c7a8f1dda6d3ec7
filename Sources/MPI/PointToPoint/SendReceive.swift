// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MessageChannel {
  /// Sends the elements of one buffer to a rank and receives into another from a rank, at once, so that a ring of ranks
  /// can't deadlock.
  ///
  /// ```swift
  /// try world.sendReceive(edge, to: right, into: &ghost, from: left)
  /// try world.sendReceive(a[layout: column], to: right, into: &b[layout: column], from: left)
  /// ```
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Sendrecv`. MPI-3.1, sections 3.10 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: what is sent.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that is sent.
  ///   - received: where the elements that come go. From ``MessageSource/null`` nothing comes, and it is left as it
  ///     was.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: source, tag and length of the message that came.
  /// - Throws: ``ErrorClass/truncate`` if the message is longer than `received`; ``ErrorClass/rank`` or
  ///   ``ErrorClass/tag`` for one out of range; ``ErrorClass/count`` if a layout does not lie within its memory;
  ///   ``ErrorClass/type`` if the layout to receive into selects an element twice.
  @inlinable
  @discardableResult
  public func sendReceive<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Received: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, to destination: some MessageDestination, tag: Int = 0,
    into received: inout Received, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status where Buffer.Element: BitwiseCopyable, Received.Element == Buffer.Element {
    let communicator = try _communicator("sendReceive")
    let ends = try communicator.checkExchange(destination, tag, source, receiveTag)
    var status = Status()
    let code = try received._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let out = try communicator.outgoing(own, of: Buffer.self, "sendReceive")
        let into = try communicator.incoming(other, of: Received.self, "sendReceive")
        communicator.enter("sendReceive", file, line)
        return communicator.exchange(out, into, of: Buffer.Element.self, ends, &status)
      }
    }
    try communicator.check(code, "sendReceive")
    return status
  }

  /// Sends a value to one rank and receives one from another, at once.
  ///
  /// ```swift
  /// let fromLeft = try world.sendReceive(mine, to: right, from: left)
  /// ```
  ///
  /// C: `MPI_Sendrecv`. MPI-3.1, section 3.10.
  ///
  /// - Parameters:
  ///   - value: what is sent.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that is sent.
  ///   - source: where from: a rank, or ``MessageSource/any``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: what came.
  /// - Throws: ``ErrorClass/type`` from ``MessageSource/null``, because no value comes from there: at the edge of a
  ///   grid use the form in place, which leaves the value as it was. Else as for buffers.
  @inlinable
  public func sendReceive<Element: BitwiseCopyable>(
    _ value: Element, to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    let communicator = try _communicator("sendReceive")
    let ends = try communicator.checkExchange(destination, tag, source, receiveTag)
    try communicator.checkElement(Element.self, "sendReceive")
    var status = Status()
    communicator.enter("sendReceive", file, line)
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) { out in
        communicator.exchange(Piece(out, count: 1), Piece(into, count: 1), of: Element.self, ends, &status)
      }
    }
    try communicator.check(code, "sendReceive")
    try communicator.checkOne(status, Element.self, "sendReceive")
    return element
  }

  /// Sends the elements of a buffer to one rank and receives an array, of whatever length it has, from another, at
  /// once.
  ///
  /// The message that comes is probed for its length: one allocation and a request, no message more.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv`. MPI-3.1, sections 3.7.2 and 3.8.2.
  ///
  /// - Parameters:
  ///   - buffer: what is sent.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that is sent.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: the elements that came; none from ``MessageSource/null``.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range; ``ErrorClass/count`` if a layout does
  ///   not lie within its memory; ``ErrorClass/type`` if the message's length is not a multiple of the element's.
  @inlinable
  public func sendReceive<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Buffer.Element] where Buffer.Element: BitwiseCopyable {
    let communicator = try _communicator("sendReceive")
    // All is checked before anything is sent.
    let ends = try communicator.checkExchange(destination, tag, source, receiveTag)
    return try buffer._withMemory { (memory) throws(MPIError) in
      let piece = try communicator.outgoing(memory, of: Buffer.self, "sendReceive")
      var pending = Pending(communicator, "sendReceive", .send, file, line)
      let code = communicator.beginSend(piece, of: Buffer.Element.self, ends.to, tag, .standard, &pending.handles)
      try pending.begin(code)
      let received: [Buffer.Element]
      do throws(MPIError) {
        received = try communicator.takeMessage(source, receiveTag, "sendReceive", file, line)
          .receive([Buffer.Element].self, file: file, line: line)
      } catch {
        pending.giveUp()
        throw error
      }
      try pending.finish()
      return received
    }
  }

  /// Sends any `Codable` value to one rank and receives one from another, at once.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.7.2 and 3.8.2.
  ///
  /// - Parameters:
  ///   - object: what is sent.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that is sent.
  ///   - source: where from: a rank, or ``MessageSource/any``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: what came.
  /// - Throws: ``ErrorClass/serialization`` if a value can't be encoded, or if what came is not of the same type;
  ///   ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range.
  public func sendReceive<Object: Codable>(
    object: Object, to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    let communicator = try _communicator("sendReceive(object:)")
    let bytes = try communicator.encoded(object, "sendReceive(object:)")
    return try communicator.decoded(
      Object.self,
      sendReceive(bytes, to: destination, tag: tag, from: source, receiveTag: receiveTag, file: file, line: line),
      "sendReceive(object:)")
  }

  /// Sends the elements of a buffer to one rank and puts what comes from another in their place.
  ///
  /// What comes may be shorter, never longer; from ``MessageSource/null`` nothing comes. MPI may copy the elements.
  ///
  /// C: `MPI_Sendrecv_replace`. MPI-3.1, sections 3.10 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: what is sent, and then what came.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that is sent.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: source, tag and length of the message that came.
  /// - Throws: as for two buffers.
  @inlinable
  @discardableResult
  public func sendReceive<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, to destination: some MessageDestination, tag: Int = 0,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Status where Buffer.Element: BitwiseCopyable {
    let communicator = try _communicator("sendReceive")
    let ends = try communicator.checkExchange(destination, tag, source, receiveTag)
    var status = Status()
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let piece = try communicator.incoming(memory, of: Buffer.self, "sendReceive")
      communicator.enter("sendReceive", file, line)
      return communicator.replace(piece, of: Buffer.Element.self, ends, &status)
    }
    try communicator.check(code, "sendReceive")
    return status
  }

  /// Sends a value to one rank and puts what comes from another in its place; from ``MessageSource/null``, nothing.
  ///
  /// C: `MPI_Sendrecv_replace`. MPI-3.1, section 3.10.
  ///
  /// - Parameters:
  ///   - value: what is sent, and then what came.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that is sent.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: source, tag and length of the message that came.
  /// - Throws: ``ErrorClass/truncate`` or ``ErrorClass/type`` if the message is longer or shorter than one element;
  ///   ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable>(
    inPlace value: inout Element, to destination: some MessageDestination, tag: Int = 0,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Status {
    let communicator = try _communicator("sendReceive")
    let ends = try communicator.checkExchange(destination, tag, source, receiveTag)
    try communicator.checkElement(Element.self, "sendReceive")
    var status = Status()
    communicator.enter("sendReceive", file, line)
    let (element, code) = withElement(value) { memory in
      let code = communicator.replace(Piece(memory, count: 1), of: Element.self, ends, &status)
      return (memory.pointee, code)
    }
    try communicator.check(code, "sendReceive")
    if ends.from != CMPI_PROC_NULL { try communicator.checkOne(status, Element.self, "sendReceive") }
    value = element
    return status
  }

  /// Sends one part of a buffer to a rank and receives into another part of it from a rank, at once: the edge of a
  /// field is sent, and the neighbor's is received beside it.
  ///
  /// ```swift
  /// // The last column but one goes to the right, and the left one's comes into the first.
  /// try world.sendReceive(
  ///   within: &field, layout: column(width - 2), to: right, receivedLayout: column(0), from: left)
  /// ```
  ///
  /// C: `MPI_Sendrecv`. MPI-3.1, sections 3.10 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: the memory of both parts.
  ///   - layout: which of its elements are sent.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that is sent.
  ///   - receivedLayout: which of its elements the message that comes goes to. None may be in `layout`.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: source, tag and length of the message that came.
  /// - Throws: ``ErrorClass/type`` if the layouts overlap, as far as that is known; else as for two buffers.
  @inlinable
  @discardableResult
  public func sendReceive<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    within buffer: inout Buffer, layout: Layout<Buffer.Element>, to destination: some MessageDestination,
    tag: Int = 0, receivedLayout: Layout<Buffer.Element>, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status where Buffer.Element: BitwiseCopyable {
    let communicator = try _communicator("sendReceive")
    let ends = try communicator.checkExchange(destination, tag, source, receiveTag)
    var status = Status()
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let (out, into) = try communicator.pieces(
        memory, layout, receivedLayout, "sendReceive")
      communicator.enter("sendReceive", file, line)
      return communicator.exchange(out, into, of: Buffer.Element.self, ends, &status)
    }
    try withExtendedLifetime((layout, receivedLayout)) { () throws(MPIError) in
      try communicator.check(code, "sendReceive")
    }
    return status
  }
}

/// The two ends of an exchange, as MPI takes them.
@usableFromInline @frozen
struct ExchangeEnds {
  @usableFromInline let to: CInt
  @usableFromInline let tag: CInt
  @usableFromInline let from: CInt
  @usableFromInline let receiveTag: CInt

  @inlinable @inline(__always)
  init(to: CInt, tag: Int, from: CInt, receiveTag: CInt) {
    (self.to, self.tag, self.from) = (to, CInt(truncatingIfNeeded: tag), from)
    self.receiveTag = receiveTag
  }
}

extension Communicator {
  /// Checks the two ends of an exchange before MPI is called.
  @inlinable @inline(__always)
  func checkExchange(
    _ destination: some MessageDestination, _ tag: Int, _ source: some MessageSource, _ receiveTag: some MessageTag
  ) throws(MPIError) -> ExchangeEnds {
    let to = try rank(of: destination, "sendReceive")
    let from = try rank(of: source, "sendReceive")
    try checkTag(tag, "sendReceive")
    return ExchangeEnds(to: to, tag: tag, from: from, receiveTag: try number(of: receiveTag, "sendReceive"))
  }

  @inlinable @inline(__always)
  func exchange<Element>(
    _ out: Piece, _ into: Piece, of _: Element.Type, _ ends: ExchangeEnds, _ status: inout Status
  ) -> CInt {
    transfer(out, of: Element.self) { outCount, outType in
      transfer(into, of: Element.self) { intoCount, intoType in
        MPI_Sendrecv(
          out.start, outCount, outType, ends.to, ends.tag, into.start, intoCount, intoType, ends.from, ends.receiveTag,
          rawValue, &status.value)
      }
    }
  }

  @inlinable @inline(__always)
  func replace<Element>(
    _ piece: Piece, of _: Element.Type, _ ends: ExchangeEnds, _ status: inout Status
  ) -> CInt {
    transfer(piece, of: Element.self) { count, type in
      MPI_Sendrecv_replace(
        piece.start, count, type, ends.to, ends.tag, ends.from, ends.receiveTag, rawValue, &status.value)
    }
  }

  /// What MPI is given for two parts of one memory, of which one is sent and the other received into.
  @usableFromInline
  func pieces<Element>(
    _ memory: BufferMemory, _ sent: Layout<Element>, _ received: Layout<Element>, _ operation: StaticString
  ) throws(MPIError) -> (out: Piece, into: Piece) {
    let stride = MemoryLayout<Element>.stride
    guard memory.form == nil else {
      throw failure(.argument, operation, "the buffer has a layout: give the whole buffer and two layouts")
    }
    let out = try sent.node.piece(
      memory, of: Element.self, stride: stride, travels: stride, copies: 1, isReceived: false, self, operation)
    let into = try received.node.piece(
      memory, of: Element.self, stride: stride, travels: stride, copies: 1, isReceived: true, self, operation)
    try checkApart([sent.node, received.node], operation)
    return (out, into)
  }

  /// Begins a send and a receive, or makes them ready.
  @inlinable @inline(__always)
  func startExchange<Element>(
    _ start: Start, _ out: Piece, _ into: Piece, of _: Element.Type, _ ends: ExchangeEnds, _ handles: inout Handles
  ) -> CInt {
    // The receive is the last: its status is the request's.
    let code = transfer(out, of: Element.self) { count, type in
      handles.keep(
        start == .now
          ? MPI_Isend(out.start, count, type, ends.to, ends.tag, rawValue, &handles.next)
          : MPI_Send_init(out.start, count, type, ends.to, ends.tag, rawValue, &handles.next))
    }
    if code != 0 { return code }
    return transfer(into, of: Element.self) { count, type in
      handles.keep(
        start == .now
          ? MPI_Irecv(into.start, count, type, ends.from, ends.receiveTag, rawValue, &handles.next)
          : MPI_Recv_init(into.start, count, type, ends.from, ends.receiveTag, rawValue, &handles.next))
    }
  }
}

extension Nonblocking {
  /// Begins to send the elements of one buffer to a rank and to receive into another from a rank, does some work, and
  /// waits for both.
  ///
  /// No allocation but one for the second request, no copy.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, which `MPI_Isendrecv` stands for. MPI-3.1, sections 3.7.2 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: what is sent.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that is sent.
  ///   - received: where the elements that come go.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  ///   - work: runs while both are in flight.
  /// - Returns: what the work returns, and source, tag and length of the message that came.
  /// - Throws: what the work throws; else as ``MessageChannel/sendReceive(_:to:tag:into:from:receiveTag:file:line:)``.
  @inlinable
  @discardableResult
  public func sendReceive<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Received: IncomingBuffer & ~Copyable & ~Escapable, Result
  >(
    _ buffer: borrowing Buffer, to destination: some MessageDestination, tag: Int = 0,
    into received: inout Received, from source: some MessageSource, receiveTag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> (result: Result, status: Status)
  where Buffer.Element: BitwiseCopyable, Received.Element == Buffer.Element {
    let communicator = try base._communicator("sendReceive")
    let ends = try communicator.checkExchange(destination, tag, source, receiveTag)
    return try received._withMutableMemory { (other) throws in
      try buffer._withMemory { (own) throws in
        let out = try communicator.outgoing(own, of: Buffer.self, "sendReceive")
        let into = try communicator.incoming(other, of: Received.self, "sendReceive")
        var pending = Pending(communicator, "sendReceive", .send, file, line)
        let code = communicator.startExchange(.now, out, into, of: Buffer.Element.self, ends, &pending.handles)
        return try pending.run(code, work)
      }
    }
  }

  /// Begins to send the elements of a buffer to one rank and to receive an array of at most `count` from another.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, which `MPI_Isendrecv` stands for. MPI-3.1, sections 3.7.2 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: what is sent. The request owns it until it is complete.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that is sent.
  ///   - count: the room for what comes; as many as are sent unless given.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: a request for the elements that come, as many as come.
  /// - Throws: ``ErrorClass/count`` if `count` is below 0, or if a layout does not lie within its memory;
  ///   ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range.
  @inlinable
  public func sendReceive<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, to destination: some MessageDestination, tag: Int = 0, count: Int? = nil,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<[Buffer.Element]> where Buffer.Element: BitwiseCopyable {
    let communicator = try base._communicator("sendReceive")
    try communicator.require(count ?? 0 >= 0, .count, "sendReceive", "count \(count ?? 0) is below 0")
    let ends = try communicator.checkExchange(destination, tag, source, receiveTag)
    var begun = communicator.begin("sendReceive", .send, file, line)
    // The addresses stay good: the closure below holds both, and nothing writes to storage that two hold.
    let (received, code) = try buffer._withMemory { (memory) throws(MPIError) in
      let out = try communicator.outgoing(memory, of: Buffer.self, "sendReceive")
      let room = count ?? out.byteCount / MemoryLayout<Buffer.Element>.stride
      return makeArray(room) { (into: UnsafeMutablePointer<Buffer.Element>?) in
        communicator.startExchange(
          .now, out, Piece(into, count: room), of: Buffer.Element.self, ends, &begun.handles)
      }
    }
    return try begun.request(code) { (communicator, status) throws(MPIError) in
      try withExtendedLifetime(buffer) { () throws(MPIError) in
        try communicator.whole(received, status, "sendReceive")
      }
    }
  }
}

extension Persistent {
  /// Makes a send of an array to one rank, and a receive of at most `count` elements from another, ready.
  ///
  /// C: `MPI_Send_init`, `MPI_Recv_init`. MPI-3.1, section 3.9.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with. They are copied.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that is sent.
  ///   - count: the room for what comes; as many as are sent unless given.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Throws: ``ErrorClass/count`` if `count` is below 0; ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of
  ///   range.
  public func sendReceive<Element: BitwiseCopyable>(
    _ elements: [Element], to destination: some MessageDestination, tag: Int = 0, count: Int? = nil,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let communicator = try base._communicator("sendReceive")
    let room = count ?? elements.count
    try communicator.require(room >= 0, .count, "sendReceive", "count \(room) is below 0")
    let ends = try communicator.checkExchange(destination, tag, source, receiveTag)
    try communicator.checkElement(Element.self, "sendReceive")
    let begun = communicator.begin("sendReceive", .send, file, line)
    return try begun.persistent(Memory(elements), Memory(count: room)) { out, into, handles in
      communicator.startExchange(
        .later, Piece(out, count: elements.count), Piece(into, count: room), of: Element.self, ends, &handles)
    }
  }
}

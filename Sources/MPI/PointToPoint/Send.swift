// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// When a send is complete.
///
/// C: `MPI_Send`, `MPI_Ssend`, `MPI_Bsend`, `MPI_Rsend`. MPI-3.1, section 3.4.
public enum SendMode: Sendable, Hashable {
  /// When the memory may be used again. MPI decides whether it copies the message or waits for the receiver.
  case standard
  /// When the receiver has begun to receive.
  case synchronous
  /// At once: the message is copied to the memory of ``withSendBuffer(byteCount:_:)``.
  case buffered
  /// As standard, and the program promises that the receive was posted before; an error if it was not.
  case ready
}

extension MessageChannel {
  /// Sends the elements of a buffer to a rank, from where they lie.
  ///
  /// ```swift
  /// try world.send(forces, to: 1)                       // an array
  /// try world.send(forces[..<10], to: 1)                // a slice
  /// try world.send(matrix[layout: column], to: 1)       // the elements that a layout selects
  /// ```
  ///
  /// No allocation, no copy. The length travels with the message. Of a layout, MPI may gather small blocks in memory of
  /// its own.
  ///
  /// C: `MPI_Send`, `MPI_Ssend`, `MPI_Bsend`, `MPI_Rsend`. MPI-3.1, sections 3.2.1, 3.4, 4.1.11 and 4.2.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements; none is a message too.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is complete.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range; ``ErrorClass/count`` if a layout does
  ///   not lie within the memory; ``ErrorClass/communicator`` if a message was packed for other ranks;
  ///   ``ErrorClass/buffer`` if there is too little memory for mode ``SendMode/buffered``.
  @inlinable
  public func send<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    let communicator = try _communicator("send")
    let rank = try communicator.checkSend(destination, tag)
    let code = try buffer._withMemory { (memory) throws(MPIError) in
      let piece = try communicator.outgoing(memory, of: Buffer.self, "send")
      if mode == .buffered { try communicator.checkSendBuffer(piece.byteCount, "send") }
      communicator.enter("send", file, line)
      return communicator.sendMessage(piece, of: Buffer.Element.self, rank, tag, mode)
    }
    try communicator.check(code, "send")
  }

  /// Sends a value to a rank.
  ///
  /// C: `MPI_Send`, `MPI_Ssend`, `MPI_Bsend`, `MPI_Rsend`. MPI-3.1, sections 3.2.1 and 3.4.
  ///
  /// - Parameters:
  ///   - value: one message of one element.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is complete.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range; ``ErrorClass/buffer`` if there is too
  ///   little memory for mode ``SendMode/buffered``.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ value: Element, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let communicator = try _communicator("send")
    let rank = try communicator.checkSend(destination, tag)
    try communicator.checkElement(Element.self, "send")
    if mode == .buffered { try communicator.checkSendBuffer(MemoryLayout<Element>.stride, "send") }
    communicator.enter("send", file, line)
    let code = withElement(value) {
      communicator.sendMessage(Piece($0, count: 1), of: Element.self, rank, tag, mode)
    }
    try communicator.check(code, "send")
  }

  /// Sends any `Codable` value to a rank.
  ///
  /// It travels in a compact binary form, with arrays of elements copied whole. The type must have the same name at
  /// both ends: if they are different programs, it belongs in a library of both.
  ///
  /// C: `MPI_Send` of `MPI_BYTE`. MPI-3.1, section 3.2.1.
  ///
  /// - Parameters:
  ///   - object: the value.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is complete.
  /// - Throws: ``ErrorClass/serialization`` if the value throws as it is encoded; else as for elements.
  public func send<Object: Encodable>(
    object: Object, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try _communicator("send(object:)").withEncoded(object, "send(object:)") { (bytes) throws(MPIError) in
      try send(bytes, to: destination, tag: tag, mode: mode, file: file, line: line)
    }
  }
}

extension Communicator {
  /// Checks destination and tag of a send before MPI is called, and gives the rank as MPI takes it.
  @inlinable @inline(__always)
  func checkSend(_ destination: some MessageDestination, _ tag: Int) throws(MPIError) -> CInt {
    let rank = try self.rank(of: destination, "send")
    try checkTag(tag, "send")
    return rank
  }

  @inlinable @inline(__always)
  func sendMessage<Element>(
    _ piece: Piece, of _: Element.Type, _ rank: CInt, _ tag: Int, _ mode: SendMode
  ) -> CInt {
    let (start, tag) = (piece.start, CInt(truncatingIfNeeded: tag))
    return transfer(piece, of: Element.self) { count, type in
      switch mode {
      case .standard: MPI_Send(start, count, type, rank, tag, rawValue)
      case .synchronous: MPI_Ssend(start, count, type, rank, tag, rawValue)
      case .buffered: MPI_Bsend(start, count, type, rank, tag, rawValue)
      case .ready: MPI_Rsend(start, count, type, rank, tag, rawValue)
      }
    }
  }

  @inlinable @inline(__always)
  func beginSend<Element>(
    _ piece: Piece, of _: Element.Type, _ rank: CInt, _ tag: Int, _ mode: SendMode, _ handles: inout Handles
  ) -> CInt {
    let (start, tag) = (piece.start, CInt(truncatingIfNeeded: tag))
    return transfer(piece, of: Element.self) { count, type in
      let code =
        switch mode {
        case .standard: MPI_Isend(start, count, type, rank, tag, rawValue, &handles.next)
        case .synchronous: MPI_Issend(start, count, type, rank, tag, rawValue, &handles.next)
        case .buffered: MPI_Ibsend(start, count, type, rank, tag, rawValue, &handles.next)
        case .ready: MPI_Irsend(start, count, type, rank, tag, rawValue, &handles.next)
        }
      return handles.keep(code)
    }
  }
}

extension Nonblocking {
  /// Begins to send the elements of a buffer from where they lie, does some work, and waits.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Isend`, `MPI_Issend`, `MPI_Ibsend`, `MPI_Irsend`. MPI-3.1, sections 3.7.2 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: any number of elements. The compiler refuses writes to them until the call returns.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is complete.
  ///   - work: runs while the message is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else as ``MessageChannel/send(_:to:tag:mode:file:line:)-(Buffer,_,_,_,_,_)``.
  @inlinable
  public func send<Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result>(
    _ buffer: borrowing Buffer, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    let communicator = try base._communicator("send")
    let rank = try communicator.checkSend(destination, tag)
    return try buffer._withMemory { (memory) throws in
      let piece = try communicator.outgoing(memory, of: Buffer.self, "send")
      if mode == .buffered { try communicator.checkSendBuffer(piece.byteCount, "send") }
      var pending = Pending(communicator, "send", .send, file, line)
      let code = communicator.beginSend(piece, of: Buffer.Element.self, rank, tag, mode, &pending.handles)
      return try pending.run(code, work).result
    }
  }

  /// Begins to send the elements of a buffer, which the request owns until it is complete and then gives back.
  ///
  /// One allocation at most, no copy.
  ///
  /// C: `MPI_Isend`, `MPI_Issend`, `MPI_Ibsend`, `MPI_Irsend`. MPI-3.1, sections 3.7.2 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: an array, a slice, a packed message, or the elements of an array that a layout selects. A span can't
  ///     be owned: use the form with a closure.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is complete.
  /// - Throws: as ``MessageChannel/send(_:to:tag:mode:file:line:)-(Buffer,_,_,_,_,_)``.
  @inlinable
  public func send<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    let communicator = try base._communicator("send")
    let rank = try communicator.checkSend(destination, tag)
    var begun = communicator.begin("send", .send, file, line)
    // The address stays good: `finish` below holds the storage, and nothing writes to storage that two hold.
    let code = try buffer._withMemory { (memory) throws(MPIError) in
      let piece = try communicator.outgoing(memory, of: Buffer.self, "send")
      if mode == .buffered { try communicator.checkSendBuffer(piece.byteCount, "send") }
      return communicator.beginSend(piece, of: Buffer.Element.self, rank, tag, mode, &begun.handles)
    }
    return try begun.request(code) { (_, _) throws(MPIError) in buffer }
  }

  /// Begins to send a value.
  ///
  /// C: `MPI_Isend`, `MPI_Issend`, `MPI_Ibsend`, `MPI_Irsend`. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - value: one message of one element. The request holds it in an array.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is complete.
  /// - Throws: as ``MessageChannel/send(_:to:tag:mode:file:line:)-(Buffer,_,_,_,_,_)``.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ value: Element, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try send([value], to: destination, tag: tag, mode: mode, file: file, line: line)
  }

  /// Begins to send any `Codable` value, as bytes that the request owns and gives back.
  ///
  /// C: `MPI_Isend` of `MPI_BYTE`. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - object: the value.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is complete.
  /// - Throws: ``ErrorClass/serialization`` if the value throws as it is encoded; else as for elements.
  public func send<Object: Encodable>(
    object: Object, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[UInt8]> {
    let bytes = try base._communicator("send(object:)").encoded(object, "send(object:)")
    return try send(bytes, to: destination, tag: tag, mode: mode, file: file, line: line)
  }
}

extension Persistent {
  /// Makes a send of the elements of a buffer ready.
  ///
  /// C: `MPI_Send_init`, `MPI_Ssend_init`, `MPI_Bsend_init`, `MPI_Rsend_init`. MPI-3.1, sections 3.9 and 4.1.11.
  ///
  /// - Parameters:
  ///   - buffer: its memory is copied, and is what ``PersistentRequest/input`` begins with. Each start sends all of it,
  ///     or what the layout selects.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is complete.
  /// - Throws: as ``MessageChannel/send(_:to:tag:mode:file:line:)-(Buffer,_,_,_,_,_)``.
  public func send<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Buffer._MemoryElement>
  where Buffer.Element: BitwiseCopyable, Buffer._MemoryElement: BitwiseCopyable {
    let communicator = try base._communicator("send")
    let rank = try communicator.checkSend(destination, tag)
    let kept = Memory(copying: buffer)
    let piece = try communicator.outgoing(kept.memory, of: Buffer.self, "send")
    if mode == .buffered { try communicator.checkSendBuffer(piece.byteCount, "send") }
    var begun = communicator.begin("send", .send, file, line)
    let (start, tag, channel) = (piece.start, CInt(truncatingIfNeeded: tag), communicator.rawValue)
    let code = transfer(piece, of: Buffer.Element.self) { count, type in
      let code =
        switch mode {
        case .standard: MPI_Send_init(start, count, type, rank, tag, channel, &begun.handles.next)
        case .synchronous: MPI_Ssend_init(start, count, type, rank, tag, channel, &begun.handles.next)
        case .buffered: MPI_Bsend_init(start, count, type, rank, tag, channel, &begun.handles.next)
        case .ready: MPI_Rsend_init(start, count, type, rank, tag, channel, &begun.handles.next)
        }
      return begun.handles.keep(code)
    }
    return try begun.persistent(code, sent: kept, received: Memory([]))
  }
}

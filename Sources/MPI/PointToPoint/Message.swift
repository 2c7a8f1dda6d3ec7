// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIObjectCoding

/// A message that was found by a matched probe and waits to be received, once, by this object.
///
/// ```swift
/// let message = try world.matchedProbe(from: .any)
/// print("\(message.status.byteCount) bytes from \(message.status.source!)")
/// let values = try message.receive([Double].self)
/// ```
///
/// One that is never received is taken and dropped.
///
/// C: `MPI_Message`. MPI-3.1, section 3.8.2.
public struct Message: ~Copyable {
  /// The source, the tag and the length of the message.
  public let status: Status
  @usableFromInline let communicator: Communicator
  @usableFromInline let handle: MPI_Message
  /// Whether it is still to be received.
  @usableFromInline var isWaiting = true

  @inlinable
  init(_ handle: MPI_Message, status: Status, communicator: Communicator) {
    self.handle = handle
    self.status = status
    self.communicator = communicator
  }

  deinit {
    if isWaiting {
      let handle = handle
      _ = makeArray(status.byteCount) { (start: UnsafeMutablePointer<UInt8>?) in
        Self.receive(Piece(start, count: status.byteCount), of: UInt8.self, handle)
      }
    }
  }

  /// Receives it as an array of its own length.
  ///
  /// C: `MPI_Mrecv`. MPI-3.1, section 3.8.3.
  ///
  /// - Throws: ``ErrorClass/type`` if its length is no multiple of the element's.
  @inlinable
  public consuming func receive<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let (communicator, handle) = (communicator, handle)
    let count = try count(of: Element.self)
    isWaiting = false
    communicator.enter("receive", file, line)
    let (array, code) = makeArray(count) { (start: UnsafeMutablePointer<Element>?) in
      Self.receive(Piece(start, count: count), of: Element.self, handle)
    }
    try communicator.check(code, "receive")
    return array
  }

  /// Receives it as one value.
  ///
  /// C: `MPI_Mrecv`. MPI-3.1, section 3.8.3.
  ///
  /// - Throws: ``ErrorClass/type`` if it is longer or shorter than one element.
  @inlinable
  public consuming func receive<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    let (communicator, handle, status) = (communicator, handle, status)
    try communicator.checkElement(Element.self, "receive")
    try communicator.checkOne(status, Element.self, "receive")
    isWaiting = false
    communicator.enter("receive", file, line)
    let (element, code) = makeElement(Element.self) { Self.receive(Piece($0, count: 1), of: Element.self, handle) }
    try communicator.check(code, "receive")
    return element
  }

  /// Receives it into a buffer, the rest of which is left as it was.
  ///
  /// C: `MPI_Mrecv`. MPI-3.1, sections 3.8.3 and 4.1.11.
  ///
  /// - Parameter buffer: an array, a span, or the elements of one that a layout selects.
  /// - Throws: ``ErrorClass/truncate`` if it is longer than the buffer; ``ErrorClass/count`` if a layout does not lie
  ///   within the memory; ``ErrorClass/type`` if a layout selects an element twice.
  @inlinable
  public consuming func receive<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    into buffer: inout Buffer, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    let (communicator, handle) = (communicator, handle)
    let code = try buffer._withMutableMemory { (memory) throws(MPIError) in
      let piece = try communicator.incoming(memory, of: Buffer.self, "receive")
      communicator.enter("receive", file, line)
      return Self.receive(piece, of: Buffer.Element.self, handle)
    }
    isWaiting = false
    try communicator.check(code, "receive")
  }

  /// Receives it as a `Codable` value that was sent by ``MessageChannel/send(object:to:tag:mode:file:line:)``.
  ///
  /// - Parameter type: the type of the value that was sent.
  /// - Throws: ``ErrorClass/serialization`` if the bytes are not of such a value.
  public consuming func receive<Object: Decodable>(
    object type: Object.Type, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    let (communicator, handle, count) = (communicator, handle, status.byteCount)
    isWaiting = false
    communicator.enter("receive", file, line)
    let memory = ObjectMemory(count)
    defer { memory.giveBack() }
    let bytes = UnsafeMutableBufferPointer(start: memory.start.assumingMemoryBound(to: UInt8.self), count: count)
    try communicator.check(Self.receive(Piece(bytes.baseAddress, count: count), of: UInt8.self, handle), "receive")
    return try communicator.decoded(type, bytes.span, "receive(object:)")
  }

  /// How many elements it has.
  @inlinable
  func count<Element>(of _: Element.Type) throws(MPIError) -> Int {
    try communicator.checkElement(Element.self, "receive")
    let (count, rest) = status.byteCount.quotientAndRemainder(dividingBy: MemoryLayout<Element>.stride)
    guard rest == 0 else {
      throw communicator.failure(.type, "receive", status.mismatch(Element.self, needs: "a multiple of "))
    }
    return count
  }

  @inlinable @inline(__always)
  static func receive<Element>(_ piece: Piece, of _: Element.Type, _ handle: MPI_Message) -> CInt {
    var variable = CMPI_MESSAGE_NULL
    variable = handle
    return transfer(piece, of: Element.self) { count, type in
      MPI_Mrecv(piece.start, count, type, &variable, CMPI_STATUS_IGNORE)
    }
  }

  /// The same, begun.
  @inlinable @inline(__always)
  static func beginReceive<Element>(
    _ piece: Piece, of _: Element.Type, _ handle: MPI_Message, _ handles: inout Handles
  ) -> CInt {
    var variable = CMPI_MESSAGE_NULL
    variable = handle
    return transfer(piece, of: Element.self) { count, type in
      handles.keep(MPI_Imrecv(piece.start, count, type, &variable, &handles.next))
    }
  }
}

extension Nonblocking {
  /// Begins to receive a message that a matched probe has found, as an array of its own length.
  ///
  /// C: `MPI_Imrecv`. MPI-3.1, section 3.8.3.
  ///
  /// - Parameters:
  ///   - message: of this communicator.
  ///   - type: what its elements are.
  /// - Throws: ``ErrorClass/type`` if its length is no multiple of the element's; the message is dropped then.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _ message: consuming Message, as type: Element.Type, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let handle = message.handle
    let count = try message.count(of: Element.self)
    message.isWaiting = false
    var begun = try base._communicator("receive").begin("receive", .send, file, line)
    let (elements, code) = makeArray(count) { (start: UnsafeMutablePointer<Element>?) in
      Message.beginReceive(Piece(start, count: count), of: Element.self, handle, &begun.handles)
    }
    return try begun.request(code) { (_, _) throws(MPIError) in elements }
  }

  /// Begins to receive a message that a matched probe has found, into the memory of an array that is long enough.
  ///
  /// For memory that is used again and again: memory that is fresh costs as much as the copying, from a MiB on.
  ///
  /// C: `MPI_Imrecv`. MPI-3.1, section 3.8.3.
  ///
  /// - Parameters:
  ///   - message: of this communicator.
  ///   - elements: the array; no other variable should hold it, because it is copied then.
  /// - Returns: a request that gives the array back, the elements that came first. What is behind them is as it was.
  /// - Throws: ``ErrorClass/truncate`` if the message is longer than the array, ``ErrorClass/type`` if its length is no
  ///   multiple of the element's; the message is dropped then.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _ message: consuming Message, into elements: consuming [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let handle = message.handle
    let count = try message.count(of: Element.self)
    let room = elements.count
    let communicator = try base._communicator("receive")
    try communicator.require(
      count <= room, .truncate, "receive", "the message has \(count) elements, and the array \(room)")
    message.isWaiting = false
    let begun = communicator.begin("receive", .send, file, line)
    return try begun.request(over: elements) { start, handles in
      Message.beginReceive(Piece(start, count: count), of: Element.self, handle, &handles)
    }
  }
}

// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Values of different types in one message, read in the order in which they were written.
///
/// ```swift
/// var packed = PackedMessage(world)
/// try packed.append(rows)
/// try packed.append([1.0, 2.0])
/// try packed.append(matrix[layout: column])
/// try world.send(packed, to: 1)
///
/// var message = try world.receive(PackedMessage.self, from: 0)
/// let count: Int = try message.next()
/// let pair: [Double] = try message.next(count: 2)
/// try message.next(into: &matrix[layout: column])
/// ```
///
/// A message does not have the types within: the reader must know what was written. So programs in C can
/// read it with `MPI_Unpack`, and write it with `MPI_Pack`. Reading past the end is an error. For values that carry
/// their types, send a `Codable` value by `object:`.
///
/// A message has at most 2³¹−1 bytes.
///
/// C: `MPI_Pack`, `MPI_Unpack`, `MPI_PACKED`. MPI-3.1, section 4.2.
public struct PackedMessage: Sendable {
  /// The communicator that it is packed for.
  public let communicator: Communicator
  /// The packed bytes.
  public internal(set) var bytes: [UInt8]
  /// The number of bytes read.
  public private(set) var bytesRead = 0

  /// An empty message, for the ranks of a communicator.
  ///
  /// - Parameter communicator: the one that the message goes over.
  public init(_ communicator: Communicator) { self.init([], of: communicator) }

  /// A message that was packed before, for the ranks of a communicator.
  ///
  /// - Parameters:
  ///   - bytes: what was packed, by this library or by `MPI_Pack`.
  ///   - communicator: the one that it was packed for.
  public init(_ bytes: [UInt8], of communicator: Communicator) {
    self.communicator = communicator
    self.bytes = bytes
  }

  /// Whether all was read.
  public var isAtEnd: Bool { bytesRead == bytes.count }

  // MARK: Write

  /// Adds elements, and not their number.
  ///
  /// C: `MPI_Pack`, `MPI_Pack_size`. MPI-3.1, section 4.2.
  ///
  /// - Parameter buffer: what is added.
  /// - Throws: ``ErrorClass/count`` if a layout does not lie within its memory, or the message grows past 2³¹−1 bytes.
  public mutating func append<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    try buffer._withMemory { (memory) throws(MPIError) in
      let operation: StaticString = "PackedMessage.append"
      try append(communicator.outgoing(memory, of: Buffer.self, operation), of: Buffer.Element.self, operation)
    }
  }

  /// Adds a value.
  ///
  /// C: `MPI_Pack`, `MPI_Pack_size`. MPI-3.1, section 4.2.
  ///
  /// - Parameter value: what is added.
  /// - Throws: ``ErrorClass/count`` if the message grows past 2³¹−1 bytes.
  public mutating func append<Element: BitwiseCopyable>(_ value: Element) throws(MPIError) { try append([value]) }

  private mutating func append<Element>(
    _ piece: Piece, of _: Element.Type, _ operation: StaticString
  ) throws(MPIError) {
    // Checked before MPI_Pack_size, whose result is an int, too.
    try communicator.require(
      piece.byteCount <= Int(CInt.max) - bytes.count, .count, operation,
      "\(piece.byteCount) bytes more are too many for a message of \(bytes.count): it can have \(CInt.max)")
    let (end, channel) = (bytes.count, communicator.rawValue)
    var position = CInt(end)
    let code = transfer(piece, of: Element.self) { count, type in
      var room: CInt = 0
      let code = MPI_Pack_size(count, type, channel, &room)
      if code != 0 { return code }
      let length = min(end + Int(room), Int(CInt.max))
      bytes.append(contentsOf: repeatElement(0, count: length - end))
      return bytes.withUnsafeMutableBytes { into in
        MPI_Pack(piece.start, count, type, into.baseAddress, CInt(into.count), &position, channel)
      }
    }
    bytes.removeLast(bytes.count - (code == 0 ? Int(position) : end))
    if code != 0 { throw communicator.failure(code: code, operation) }
  }

  // MARK: Read

  /// Reads elements into memory, as many as it has room for.
  ///
  /// C: `MPI_Unpack`. MPI-3.1, section 4.2.
  ///
  /// - Parameter received: where they go; its length is the number of elements that are read.
  /// - Throws: ``ErrorClass/truncate`` if fewer bytes are left, and nothing is read then; ``ErrorClass/count`` if a
  ///   layout does not lie within its memory; ``ErrorClass/type`` if an element takes part twice.
  public mutating func next<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    into received: inout Buffer
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    try received._withMutableMemory { (memory) throws(MPIError) in
      let operation: StaticString = "PackedMessage.next"
      let piece = try communicator.incoming(memory, of: Buffer.self, operation)
      try checkLeft(piece.byteCount)
      var position = CInt(bytesRead)
      let code = transfer(piece, of: Buffer.Element.self) { count, type in
        bytes.withUnsafeBytes { from in
          MPI_Unpack(
            from.baseAddress, CInt(from.count), &position, piece.start, count, type, communicator.rawValue)
        }
      }
      if code != 0 { throw communicator.failure(code: code, operation) }
      bytesRead = Int(position)
    }
  }

  /// Reads an array of `count` elements, or of all that are left.
  ///
  /// C: `MPI_Unpack`. MPI-3.1, section 4.2.
  ///
  /// - Parameter count: how many elements are read; all that are left unless given.
  /// - Throws: ``ErrorClass/truncate`` if fewer are left; ``ErrorClass/type`` if no count is given and what is left is
  ///   no multiple of the element's length; ``ErrorClass/count`` for a count below 0.
  public mutating func next<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, count: Int? = nil
  ) throws(MPIError) -> [Element] {
    let stride = MemoryLayout<Element>.stride
    let left = bytes.count - bytesRead
    let length = count ?? left / stride
    try communicator.require(length >= 0, .count, "PackedMessage.next", "count \(length) is below 0")
    try communicator.require(
      count != nil || left % stride == 0, .type, "PackedMessage.next",
      "\(left) bytes are left to read; \(Element.self) needs a multiple of \(stride)")
    let (wanted, overflow) = length.multipliedReportingOverflow(by: stride)
    try checkLeft(overflow ? Int.max : wanted)
    var elements = makeArray(length) { (_: UnsafeMutablePointer<Element>?) in 0 }.array
    try next(into: &elements)
    return elements
  }

  /// Reads a value.
  ///
  /// C: `MPI_Unpack`. MPI-3.1, section 4.2.
  ///
  /// - Throws: ``ErrorClass/truncate`` if fewer bytes are left.
  public mutating func next<Element: BitwiseCopyable>(_: Element.Type = Element.self) throws(MPIError) -> Element {
    try next([Element].self, count: 1)[0]
  }

  private func checkLeft(_ byteCount: Int) throws(MPIError) {
    try communicator.require(
      byteCount <= bytes.count - bytesRead, .truncate, "PackedMessage.next",
      "\(byteCount) bytes are to be read, and \(bytes.count - bytesRead) of \(bytes.count) are left")
  }
}

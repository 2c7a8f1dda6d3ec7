// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Numbers as bytes that mean the same on every computer: MPI's `external32`, big-endian, without padding.
///
/// ```swift
/// var record = PortableBytes()
/// try record.append(Int32(1))         // 00 00 00 01
/// try record.append([1.0, 2.0])
/// save(record.bytes)
///
/// var found = PortableBytes(load())
/// let version: Int32 = try found.next()
/// let pair: [Double] = try found.next(count: 2)
/// ```
///
/// Numbers have the lengths of their types, `Bool` has one byte. Structs and other types that MPI does not know have no
/// such form: append their fields.
///
/// C: `MPI_Pack_external`, `MPI_Unpack_external`. MPI-3.1, sections 4.3 and 13.5.2.
public struct PortableBytes: Sendable {
  /// The bytes.
  public private(set) var bytes: [UInt8]
  /// The number of bytes read.
  public private(set) var bytesRead = 0

  /// No bytes, or those that were made before.
  ///
  /// - Parameter bytes: those that were made before; none unless given.
  public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  /// Whether all was read.
  public var isAtEnd: Bool { bytesRead == bytes.count }

  // MARK: Write

  /// Adds elements, and not their number.
  ///
  /// C: `MPI_Pack_external`, `MPI_Pack_external_size`. MPI-3.1, section 4.3.
  ///
  /// - Parameter buffer: what is added.
  /// - Throws: ``ErrorClass/type`` for elements or fields that are no numbers; ``ErrorClass/count`` if a layout does
  ///   not lie within its memory.
  public mutating func append<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    try buffer._withMemory { (memory) throws(MPIError) in
      let operation: StaticString = "PortableBytes.append"
      let (node, piece) = try Self.numbers(memory, of: Buffer.self, isReceived: false, operation)
      let end = bytes.count
      var room = MPI_Aint(piece.byteCount)
      if node.metrics.type != nil, let type = piece.type {
        try check(MPI_Pack_external_size("external32", CInt(piece.count), type, &room), operation)
      }
      bytes.append(contentsOf: repeatElement(0, count: Int(room)))
      var position = MPI_Aint(end)
      let code = bytes.withUnsafeMutableBytes { into in
        Self.inUniformParts(node, piece) { offset, count, type in
          MPI_Pack_external(
            "external32", piece.start.map { $0 + offset }, count, type, into.baseAddress, MPI_Aint(into.count),
            &position)
        }
      }
      bytes.removeLast(bytes.count - (code == 0 ? Int(position) : end))
      try check(code, operation)
    }
  }

  /// Adds a number.
  ///
  /// C: `MPI_Pack_external`. MPI-3.1, section 4.3.
  ///
  /// - Parameter value: what is added.
  /// - Throws: ``ErrorClass/type`` for a value that is no number.
  public mutating func append<Element: BitwiseCopyable>(_ value: Element) throws(MPIError) { try append([value]) }

  // MARK: Read

  /// Reads elements into memory, as many as it has room for.
  ///
  /// C: `MPI_Unpack_external`. MPI-3.1, section 4.3.
  ///
  /// - Parameter received: where they go; its length is the number of elements that are read.
  /// - Throws: ``ErrorClass/truncate`` if fewer bytes are left, and nothing is read then; ``ErrorClass/type`` for
  ///   elements or fields that are no numbers, or if one takes part twice; ``ErrorClass/count`` if a layout does not
  ///   lie within its memory.
  public mutating func next<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    into received: inout Buffer
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    try received._withMutableMemory { (memory) throws(MPIError) in
      let operation: StaticString = "PortableBytes.next"
      let (node, piece) = try Self.numbers(memory, of: Buffer.self, isReceived: true, operation)
      try checkLeft(piece.byteCount)
      var position = MPI_Aint(bytesRead)
      let code = bytes.withUnsafeBytes { from in
        Self.inUniformParts(node, piece) { offset, count, type in
          MPI_Unpack_external(
            "external32", from.baseAddress, MPI_Aint(from.count), &position, piece.start.map { $0 + offset }, count,
            type)
        }
      }
      try check(code, operation)
      bytesRead = Int(position)
    }
  }

  /// Reads an array of `count` elements, or of all that are left.
  ///
  /// C: `MPI_Unpack_external`. MPI-3.1, section 4.3.
  ///
  /// - Parameter count: how many elements are read; all that are left unless given.
  /// - Throws: ``ErrorClass/truncate`` if fewer are left; ``ErrorClass/type`` for elements that are no numbers, or
  ///   if no count is given and what is left is no multiple of the element's length; ``ErrorClass/count`` for a
  ///   count below 0.
  public mutating func next<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, count: Int? = nil
  ) throws(MPIError) -> [Element] {
    let stride = MemoryLayout<Element>.stride
    let left = bytes.count - bytesRead
    let length = count ?? left / stride
    guard length >= 0 else {
      throw MPIError(.count, "count \(length) is below 0", operation: "PortableBytes.next")
    }
    guard count != nil || left % stride == 0 else {
      throw MPIError(
        .type, "\(left) bytes are left to read; \(Element.self) needs a multiple of \(stride)",
        operation: "PortableBytes.next")
    }
    let (wanted, overflow) = length.multipliedReportingOverflow(by: stride)
    try checkLeft(overflow ? Int.max : wanted)
    var elements = makeArray(length) { (_: UnsafeMutablePointer<Element>?) in 0 }.array
    try next(into: &elements)
    return elements
  }

  /// Reads a number.
  ///
  /// C: `MPI_Unpack_external`. MPI-3.1, section 4.3.
  ///
  /// - Throws: ``ErrorClass/truncate`` if fewer bytes are left; ``ErrorClass/type`` for a type that is no number's.
  public mutating func next<Element: BitwiseCopyable>(_: Element.Type = Element.self) throws(MPIError) -> Element {
    try next([Element].self, count: 1)[0]
  }

  private func checkLeft(_ byteCount: Int) throws(MPIError) {
    guard byteCount <= bytes.count - bytesRead else {
      throw MPIError(
        .truncate, "\(byteCount) bytes are to be read, and \(bytes.count - bytesRead) of \(bytes.count) are left",
        operation: "PortableBytes.next")
    }
  }

  /// What MPI is given for the numbers of a buffer, and the layout that selects them.
  private static func numbers<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, isReceived: Bool, _ operation: StaticString
  ) throws(MPIError) -> (node: LayoutNode, piece: Piece) {
    typealias Element = Buffer._MemoryElement
    let selected = memory.form as? LayoutNode
    let node: LayoutNode
    if let selected {
      node = selected
    } else {
      node = try LayoutNode.plain(memory.count, ElementType(Element.self), operation)
    }
    guard node.metrics.isPortable, memory.form == nil || selected != nil else {
      throw MPIError(
        .type, "\(Element.self) has no portable form, because MPI has no datatype for it: take its fields one by one",
        operation: "\(operation)")
    }
    let piece = try node.piece(
      memory, of: Element.self, stride: MemoryLayout<Element>.stride, travels: MemoryLayout<Buffer.Element>.stride,
      copies: 1, isReceived: isReceived, .itself, operation)
    return (node, piece)
  }

  /// Calls `body` with a layout of one type at once, and with the parts of another one by one: see
  /// `Fault.portableStructsAbort`.
  private static func inUniformParts(
    _ node: LayoutNode, _ piece: Piece, _ body: (_ offset: Int, _ count: CInt, MPI_Datatype) -> CInt
  ) -> CInt {
    if piece.count == 0 { return 0 }
    if node.metrics.type != nil, let type = piece.type { return body(0, CInt(piece.count), type) }
    var code: CInt = 0
    _ = node.forEachRun(at: 0) { run, type in
      let length = type.stride / type.units
      code = inPieces(run.count / length) { offset, count in
        body(run.lowerBound + offset * length, count, type.datatype)
      }
      return code == 0
    }
    return code
  }
}

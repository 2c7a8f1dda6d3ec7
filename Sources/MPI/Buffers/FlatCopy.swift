// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Reductions are for MPI's own datatypes alone, and blocks that one layout selects have no place each. So the elements
// are copied side by side before such an operation, and the result is copied to its places after it.

/// Elements side by side: the piece itself, or a copy of it.
@usableFromInline @frozen
struct FlatPiece {
  @usableFromInline let start: UnsafeMutableRawPointer?
  @usableFromInline let count: Int
  /// The copy, if it is one.
  @usableFromInline let copy: FlatCopy?

  @inlinable @inline(__always)
  init(_ start: UnsafeMutableRawPointer?, count: Int, copy: FlatCopy? = nil) {
    self.start = start
    self.count = count
    self.copy = copy
  }

  /// The address, as one of elements to be read.
  @inlinable @inline(__always)
  func read<Element>(as _: Element.Type) -> UnsafePointer<Element>? {
    UnsafePointer(start?.assumingMemoryBound(to: Element.self))
  }

  /// The address, as one of elements to be written.
  @inlinable @inline(__always)
  func written<Element>(as _: Element.Type) -> UnsafeMutablePointer<Element>? {
    start?.assumingMemoryBound(to: Element.self)
  }

  /// The elements, to be read.
  func elements<Element>(as _: Element.Type) -> UnsafeBufferPointer<Element> {
    UnsafeBufferPointer(start: read(as: Element.self), count: start == nil ? 0 : count)
  }

  /// Puts what was received where a layout selects. At the end of the operation.
  ///
  /// - Parameter code: the operation's.
  @inlinable @inline(__always)
  func finish(_ code: CInt) -> CInt {
    if let copy, code == 0 { return copy.giveBack() }
    return code
  }
}

extension Piece {
  /// Elements side by side as bytes: what was packed from a layout is unpacked by another of as many bytes.
  fileprivate var asBytes: Piece {
    type == nil ? Piece(start, count: byteCount, type: nil, byteCount: byteCount) : self
  }

  /// How many elements it has.
  @inlinable @inline(__always)
  func elementCount<Element>(of _: Element.Type) -> Int {
    type == nil ? count : byteCount / MemoryLayout<Element>.stride
  }

  /// The elements side by side.
  @inlinable @inline(__always)
  func flat<Element>(
    of _: Element.Type, _ communicator: Communicator, _ operation: StaticString
  ) throws(MPIError) -> FlatPiece {
    if type == nil { return FlatPiece(start, count: count) }
    let copy = try FlatCopy(of: self, stride: MemoryLayout<Element>.stride, communicator, operation)
    return FlatPiece(copy.start, count: copy.count, copy: copy)
  }
}

extension Communicator {
  /// The elements of a buffer as an array: the buffer itself, if it is one.
  @inlinable @inline(__always)
  func array<Buffer: OutgoingBuffer>(
    of buffer: Buffer, _ operation: StaticString
  ) throws(MPIError) -> [Buffer.Element] where Buffer.Element: BitwiseCopyable {
    if let array = buffer as? [Buffer.Element] {
      try checkElement(Buffer.Element.self, operation)
      return array
    }
    return try buffer._withMemory { (memory) throws(MPIError) in
      let flat = try outgoing(memory, of: Buffer.self, operation).flat(of: Buffer.Element.self, self, operation)
      return Array(UnsafeBufferPointer(start: flat.read(as: Buffer.Element.self), count: flat.count))
    }
  }
}

/// The elements that a layout selects, side by side in memory of their own.
@usableFromInline
final class FlatCopy: @unchecked Sendable {
  private let piece: Piece
  private let bytes: UnsafeMutableRawBufferPointer
  private let communicator: Communicator
  @usableFromInline let count: Int

  @usableFromInline
  init(
    of piece: Piece, stride: Int, _ communicator: Communicator, _ operation: StaticString
  ) throws(MPIError) {
    try communicator.require(
      piece.byteCount <= 1 << 30, .count, operation,
      "the layout selects \(piece.byteCount) bytes, and at most 2³⁰ are copied side by side here: copy them to an array"
    )
    self.piece = piece
    self.communicator = communicator
    count = piece.byteCount / stride
    bytes = .allocate(byteCount: piece.byteCount, alignment: 16)
    try communicator.check(communicator.copy(piece, to: flat), operation)
  }

  deinit { bytes.deallocate() }

  @usableFromInline
  var start: UnsafeMutableRawPointer? { bytes.baseAddress }

  /// Copies the elements back to their places.
  ///
  /// - Returns: MPI's code.
  @usableFromInline
  func giveBack() -> CInt { communicator.copy(flat, to: piece) }

  private var flat: Piece { Piece(bytes.baseAddress, count: bytes.count, type: nil, byteCount: bytes.count) }
}

extension Communicator {
  /// Copies the elements of one piece to the places of another: MPI packs and unpacks them, which it does for every
  /// layout.
  ///
  /// - Returns: MPI's code.
  func copy(_ source: Piece, to target: Piece) -> CInt {
    if source.type == nil && target.type == nil {
      if let from = source.start { target.start?.copyMemory(from: from, byteCount: source.byteCount) }
      return 0
    }
    let channel = rawValue
    let (source, target) = (source.asBytes, target.asBytes)
    return transfer(source, of: UInt8.self) { count, type in
      var (size, length): (CInt, CInt) = (0, 0)
      let code = MPI_Pack_size(count, type, channel, &size)
      guard code == 0 else { return code }
      return withUnsafeTemporaryAllocation(byteCount: Int(size), alignment: 1) { packed in
        let code = MPI_Pack(source.start, count, type, packed.baseAddress, size, &length, channel)
        guard code == 0 else { return code }
        return transfer(target, of: UInt8.self) { count, type in
          var position: CInt = 0
          return MPI_Unpack(packed.baseAddress, length, &position, target.start, count, type, channel)
        }
      }
    }
  }
}
